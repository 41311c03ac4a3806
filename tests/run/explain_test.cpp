// SPDX-License-Identifier: BSL-1.0
#include <telar/run/explain.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <sstream>
#include <string>

using namespace telar;
using namespace telar::ir::passes;

namespace {

constexpr auto dense = [] {
    input<"X", tensor<float, dyn, 784>> X;
    variable<"W", matrix<float, 128, 784>> W;
    variable<"b", tensor<float, 128>> b;
    return relu(W * X + b);
};
constexpr auto learning = [] {
    input<"X", tensor<float, dyn, 4>> X;
    input<"Y", tensor<float, dyn, 3>> Y;
    variable<"W1", matrix<float, 8, 4>> W1;
    variable<"b1", tensor<float, 8>> b1;
    variable<"W2", matrix<float, 3, 8>> W2;
    variable<"b2", tensor<float, 3>> b2;
    return minimize(mean(square(W2 * relu(W1 * X + b1) + b2 - Y)), sgd{});
};
using learning_code = decltype(learning())::code;

std::string printed(const auto& v) {
    std::ostringstream out;
    out << v;
    return out.str();
}
bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("what an expression came to, as two tables") {
    CHECK(printed(explain(dense(), 32)) ==
          "stage               nodes  kernels  operations  bytes moved  memory\n"
          "traced                  7        3   6,430,720      584,192  32,768\n"
          "simplify                7        3   6,430,720      584,192  32,768\n"
          "drop_dead_nodes         7        3   6,430,720      584,192  32,768\n"
          "transpose_products      7        3   6,430,720      584,192  32,768\n"
          "sink_reshapes           7        3   6,430,720      584,192  32,768\n"
          "simplify                7        3   6,430,720      584,192  32,768\n"
          "drop_dead_nodes         7        3   6,430,720      584,192  32,768\n"
          "fuse                    7        1   6,430,720      518,656       0\n"
          "\n"
          "kernel  kind     space            operations  bytes read  bytes written  ops/byte  computes\n"
          "     0  product  (32, 128) k=784   6,430,720     502,272         16,384     12.40  matmul, add, relu\n");
}
TEST_CASE("the tables' numbers are the constants") {
    const explanation e = explain(learning(), 5);
    REQUIRE(e.stages.size() == optimisation_count + 2);
    CHECK(e.stages.front().name == "traced");
    CHECK(e.stages.front().cost == cost_after<learning_code, 0>(5));
    CHECK(e.stages[1].name == "simplify");
    CHECK(e.stages.back().name == "fuse");
    CHECK(e.stages.back().cost.memory == learning_code::workspace_bytes(5));
    CHECK(e.stages.back().cost.bytes == cost_of_program<learning_code>(5).bytes());
    CHECK(e.stages.back().cost.bytes < e.stages[e.stages.size() - 2].cost.bytes);
    REQUIRE(e.kernels.size() == static_cast<std::size_t>(learning_code::description().kernel_count));
    for (std::size_t k = 0; k < e.kernels.size(); ++k)
        CHECK(e.kernels[k].cost == cost_of_kernel<learning_code>(static_cast<int>(k), 5));
    CHECK(e.kernels[0].kind == "product");
    CHECK(e.kernels[0].space == "(5, 8) k=4");
    CHECK(e.kernels[0].computes == "matmul, add, relu, less");
}
TEST_CASE("kinds of kernels") {
    const auto kind_of = [](const auto& e) { return explain(e).kernels.back().kind; };
    input<"x", tensor<float, 6, 7>> x;
    CHECK(kind_of(x + 1.f) == "map");
    CHECK(kind_of(softmax(x)) == "rows");
    CHECK(kind_of(sum(x, axis<0>)) == "columns");
    CHECK(kind_of(sum(x)) == "rows");
    CHECK(kind_of(matmul(x, transpose(x))) == "product");
    CHECK(explain(concat(x, x, axis<0>)).kernels.back().computes == "copy");
    input<"y", tensor<float, 2, 6, 7>> y;
    const explanation attention = explain(matmul(softmax(matmul(y, swap_axes(y, axes<1, 2>))), y));
    REQUIRE(attention.kernels.size() == 1);
    CHECK(attention.kernels[0].kind == "chain");
    CHECK(attention.kernels[0].space == "(2, 6, 6) k=7 n=7");
    CHECK(attention.kernels[0].computes == "2 matmul, max, sub, exp, sum, div, mul");
}
TEST_CASE("everything that is compiled can be explained") {
    variable<"v", tensor<float, 3>> v;
    input<"x", tensor<float, dyn, 3>> x;
    CHECK(explain(v).kernels.size() == 1);  // a copy
    CHECK(explain(x, 9).kernels[0].cost == kernel_cost{0, 9 * 3 * 4, 9 * 3 * 4});
    CHECK(explain(fetch(exp(v), exp(v) + 1.f)).stages.back().cost.operations == 6);
    CHECK(explain(update(v = v * 2.f)).kernels[0].cost == kernel_cost{3, 12 + 4, 12});
    CHECK(explain(compile(v * 2.f)).kernels[0].cost == kernel_cost{3, 12 + 4, 12});
    const tensor<float, dyn> a(shape(5));
    const tensor<float, 5> b;
    constexpr auto f = telar::function([](auto p, auto q) { return (p + q) * q; });
    CHECK(explain(f, b, b).kernels[0].cost == kernel_cost{10, 2 * 5 * 4, 5 * 4});
    CHECK(explain(f, a, a).kernels[0].cost == kernel_cost{10, 2 * 5 * 4, 5 * 4});  // as the tensors are
    CHECK(holds(to_string(explain(f, a, a)), "add, mul"));
}
