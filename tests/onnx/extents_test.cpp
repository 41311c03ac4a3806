// SPDX-License-Identifier: BSL-1.0
// Models whose extents are known when they run: shapes that are computed from shapes, as exporters write them.
#include <doctest/doctest.h>

#include "written_model.hpp"

#include <telar/core/tensor.hpp>

#include <numeric>
#include <string>

using namespace telar;
using namespace written;

namespace {

tensor<float, dyn, 2, 3> batch_of(extent_t n) {
    auto x = tensor<float, dyn, 2, 3>::uninitialized(shape(n, 2, 3));
    std::iota(x.begin(), x.end(), 1.0f);
    return x;
}
const message x = input_of("x", {"batch", 2, 3});

/// y holds the elements of x (batch, 2, 3) in this shape, for batches of several sizes; 0 stands for the batch.
void check(const message& content, std::initializer_list<extent_t> wanted) {
    const graph_model m = read(model_from(x + content));
    for (const extent_t n : {1, 4, 2}) {
        CAPTURE(n);
        shape s;
        for (const extent_t e : wanted) s.append(e == 0 ? n : e);
        const any_tensor y = m(batch_of(n));
        CHECK(y.extents() == s);
        for (std::size_t i = 0; i < y.size(); ++i) CHECK(y.values<float>()[i] == static_cast<float>(i + 1));
    }
}
const message shape_of_x = node("Shape", {"x"}, {}, "s"), zero = whole_tensor("zero", {}, {0}),
              axis_0 = whole_tensor("axis", {1}, {0}), rest = whole_tensor("rest", {1}, {-1});
const message batch =
    shape_of_x + zero + node("Gather", {"s", "zero"}, {}, "n") + axis_0 + node("Unsqueeze", {"n", "axis"}, {}, "batch");

}  // namespace

TEST_CASE("a batch that is flattened") {
    check(node("Flatten", {"x"}), {0, 6});
    check(whole_tensor("to", {2}, {0, -1}) + node("Reshape", {"x", "to"}), {0, 6});
    check(whole_tensor("to", {2}, {-1, 6}) + node("Reshape", {"x", "to"}), {0, 6});
    check(whole_tensor("to", {3}, {0, 3, 2}) + node("Reshape", {"x", "to"}), {0, 3, 2});
    check(batch + rest + node("Concat", {"batch", "rest"}, number_attribute("axis", 0), "to") +
              node("Reshape", {"x", "to"}),
          {0, 6});
    const message product = batch + whole_tensor("two", {1}, {2}) + node("Mul", {"batch", "two"}, {}, "twice") + rest +
                            node("Concat", {"twice", "rest"}, number_attribute("axis", 0), "to");
    const graph_model m = read(model_from(x + product + node("Reshape", {"x", "to"})));
    CHECK(m(batch_of(5)).extents() == shape(10, 3));
}
TEST_CASE("a shape as a result, and a constant of that shape") {
    const graph_model m = read(model_from(x + node("Shape", {"x"})));
    CHECK(m(batch_of(3)).values<std::int64_t>()[0] == 3);
    CHECK(m(batch_of(3)).values<std::int64_t>()[2] == 3);
    const message one = in_field(5, number_field(1, 1) + number_field(2, 1) + text_field(8, "one") +
                                        in_field(4, std::string("\0\0\x80\x3f", 4)));
    const graph_model spread = read(model_from(x + one + shape_of_x + node("Expand", {"one", "s"})));
    CHECK(spread(batch_of(2)).extents() == shape(2, 2, 3));
    CHECK(spread(batch_of(2)).values<float>()[11] == 1);
}
TEST_CASE("what has to be known earlier is refused, with the words that help") {
    const message tiled = x + batch + node("ConstantOfShape", {"batch"});
    CHECK_THROWS_WITH_AS(static_cast<void>(read(model_from(tiled))),
                         "file.onnx: node \"n\", operator ConstantOfShape: the extent \"batch\" must be known: give it "
                         "in onnx_options::extents or shapes",
                         unsupported_model);
    onnx_options options;
    options.extents["batch"] = 4;
    CHECK(read(model_from(tiled), options).outputs().at(0).extents == shape(4));
    onnx_options shapes;
    shapes.shapes["x"] = shape(2, 2, 3);
    CHECK(read(model_from(tiled), shapes).outputs().at(0).extents == shape(2));

    const message two = written::input("x", 1, {2, 3}) + written::input("to", 7, {2}) + node("Reshape", {"x", "to"});
    onnx_options values;
    values.values["to"] = tensor<std::int64_t, 2>{3, 2};
    const graph_model m = read(model_from(two), values);
    CHECK(m.inputs().size() == 1);
    CHECK(m(tensor<float, 2, 3>{{1, 2, 3}, {4, 5, 6}}).extents() == shape(3, 2));
}
TEST_CASE("inputs that share the name of an extent must have it") {
    const graph_model m = read(model_from(input_of("a", {"n"}) + input_of("b", {"n"}) + node("Add", {"a", "b"})));
    const tensor<float, dyn> two = {1, 2}, three = {1, 2, 3};
    CHECK(m.run({{"a", two}, {"b", two}})["y"].values<float>()[1] == 4);
    CHECK_THROWS_AS(static_cast<void>(m.run({{"a", two}, {"b", three}})), wrong_shape);
}
