// SPDX-License-Identifier: BSL-1.0
// Files that are damaged or meant to do harm: each is read, or refused by an error of telar's that names the file and
// the place or the node; none is half loaded.
#include <doctest/doctest.h>

#include "cases.hpp"
#include "written_model.hpp"

#include <telar/core/random.hpp>
#include <telar/io/onnx.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

using telar::file_error;
using telar::unsupported_model;

namespace {

using namespace written;

template <class E> void refuses(const message& m, const std::string& why) {
    CHECK_THROWS_WITH_AS(static_cast<void>(read(m)), ("file.onnx: " + why).c_str(), E);
}
void refuses_node(const message& m, const std::string& operation, const std::string& why) {
    refuses<unsupported_model>(model_of(m), "node \"n\", operator " + operation + ": " + why);
}

/// Whether bytes are read, or refused as they should be.
bool is_safe(std::span<const std::byte> bytes) {
    try {
        static_cast<void>(telar::io::onnx::model_of(bytes, "file.onnx", {}));
    } catch (const telar::error& e) { return std::string(e.what()).starts_with("file.onnx: "); }
    return true;
}

}  // namespace

TEST_CASE("what is refused, and how") {
    const telar::graph_model relu = read(model_of(node("Relu", {"x"})));
    CHECK(relu.outputs().at(0).extents == telar::shape(2, 3));

    const std::string form = "a form that telar does not have: ";
    refuses_node(node("Teleport", {"x"}), "Teleport", "telar has no such operation");
    refuses_node(node("Add", {"x"}), "Add", form + "operand 1 left out");
    refuses_node(node("Add", {"x", "z"}), "Add", form + "the value \"z\", which is not computed before");
    refuses_node(node("Softmax", {"x"}, number_attribute("axis", 9)), "Softmax", form + "axis 9 of 2");
    refuses_node(node("Transpose", {"x"}, numbers_attribute("perm", {0})), "Transpose",
                 form + "a permutation of other axes");
    refuses_node(node("Cast", {"x"}, number_attribute("to", 8)), "Cast",
                 "an element type that telar does not have: type 8");
    refuses_node(node("MatMul", {"x", "x"}), "MatMul",
                 "operands that do not fit: matmul of float32 (2, 3) and float32 (2, 3)");
    refuses_node(input("s", 7, {2}) + node("Reshape", {"x", "s"}), "Reshape",
                 "the value of input \"s\" decides about shapes: give it in onnx_options::values");
    refuses_node(whole_tensor("s", {2}, {-1, -1}) + node("Reshape", {"x", "s"}), "Reshape",
                 form + "a shape with two -1");
    refuses<file_error>(model_of(whole_tensor("s", {3}, {1})), "byte 25: tensor \"s\" has shape (3,), but 1 elements");
    refuses<file_error>("", "byte 0: it is no ONNX model: it has no graph");
    refuses<unsupported_model>(in_field(7, input("x", 8, {2})), "an element type that telar does not have: type 8");
}
TEST_CASE("numbers that would run away") {
    const std::int64_t large = INT64_MAX, small = INT64_MIN;
    const message image = input("i", 1, {1, 1, 8, 8}) + input("w", 1, {1, 1, 3, 3});
    for (const std::int64_t n : {small, std::int64_t{-1}, std::int64_t{0}, std::int64_t{1} << 40, large}) {
        CAPTURE(n);
        for (const char* name : {"strides", "dilations", "pads", "kernel_shape"})
            for (const char* operation : {"Conv", "ConvTranspose", "MaxPool", "AveragePool", "LpPool"}) {
                CAPTURE(name);
                CAPTURE(operation);
                message a = numbers_attribute(name, {n, n, n, n});
                if (std::string_view(name) != "kernel_shape") a += numbers_attribute("kernel_shape", {3, 3});
                const message m = model_of(image + node(operation, {"i", "w"}, a));
                CHECK(is_safe(std::as_bytes(std::span(m))));
            }
        for (const char* name : {"group", "axis", "blocksize", "size", "num_groups", "to", "k", "batch_dims"})
            for (const char* operation :
                 {"Conv", "ConvTranspose", "Concat", "Flatten", "DepthToSpace", "SpaceToDepth", "LRN",
                  "GroupNormalization", "Cast", "EyeLike", "GatherND", "Split", "Squeeze", "Hardmax",
                  "LayerNormalization", "OneHot", "DFT", "Trilu", "TopK"}) {
                CAPTURE(name);
                CAPTURE(operation);
                const message m = model_of(image + whole_tensor("s", {2}, {n, n}) +
                                           node(operation, {"i", "w", "s"}, number_attribute(name, n)));
                CHECK(is_safe(std::as_bytes(std::span(m))));
            }
        for (const char* operation :
             {"Reshape",       "Expand", "Tile",   "Pad",        "Slice",     "Unsqueeze", "Squeeze",
              "Split",         "TopK",   "OneHot", "CumSum",     "ReduceSum", "Resize",    "Upsample",
              "CenterCropPad", "STFT",   "Gather", "AffineGrid", "Col2Im",    "Trilu"}) {
            CAPTURE(operation);
            const message m = model_of(whole_tensor("s", {2}, {n, n}) + node(operation, {"x", "s", "s", "s", "s"}));
            CHECK(is_safe(std::as_bytes(std::span(m))));
        }
        for (const char* operation : {"ConstantOfShape", "Range", "BlackmanWindow", "HannWindow"}) {
            CAPTURE(operation);
            const message m = model_of(whole_tensor("s", {2}, {n, n}) + whole_tensor("t", {}, {n}) +
                                       node(operation, {operation[0] == 'C' ? "s" : "t", "t", "t"}));
            CHECK(is_safe(std::as_bytes(std::span(m))));
        }
    }
}
TEST_CASE("published models with bytes that were changed, left out, or cut off") {
    if (!onnx::is_there()) return;
    const onnx::archive files(onnx::published_archive());
    telar::generator g(11);
    int number = 0;
    for (const onnx::published_case& c : onnx::all_cases(files)) {
        if (++number % 5 != 0) continue;
        INFO(c.name);
        const auto bytes = files.files().at(onnx::published_case::root + c.name + "/model.onnx");
        if (bytes.size() > 20'000) continue;
        for (int k = 0; k < 12; ++k) {
            std::vector<std::byte> damaged(bytes.begin(), bytes.end());
            const auto place = [&] {
                return static_cast<std::size_t>(g.integers(0, static_cast<std::int64_t>(damaged.size())));
            };
            if (k % 4 == 0) damaged.resize(place());
            else if (k % 4 == 1) damaged.erase(damaged.begin() + static_cast<std::ptrdiff_t>(place()));
            else
                for (int i = 0; i < k % 4; ++i) damaged[place()] = static_cast<std::byte>(g.integers(0, 256));
            CAPTURE(k);
            CHECK(is_safe(damaged));
        }
    }
}
