// SPDX-License-Identifier: BSL-1.0
#include <telar/passes/sink_reshapes.hpp>

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/graph/verify.hpp>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/run/program.hpp>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;

namespace {

/// f of w (2,3), x (3,1) and b (2), with the pass, if its values stay.
template <class F> constexpr graph sunk(F f) {
    graph g;
    g.roots.push({symbol{f(leaf(g, 0, shape(2, 3)), leaf(g, 1, shape(3, 1)), leaf(g, 2, shape(2)))}.id, -1, 0, 0});
    if (!verify(g)) return {};
    const graph r = sink_reshapes(g);
    growable<reference::array> leaves;
    leaves.push(reference::array_of<float>(shape(2, 3), {1, 2, 3, 4, 5, 6}));
    leaves.push(reference::array_of<float>(shape(3, 1), {1, -2, 2}));
    leaves.push(reference::array_of<float>(shape(2), {7, -30}));
    const auto expected = reference::interpret(g, leaves)[0], got = reference::interpret(r, leaves)[0];
    if (!verify(r) || expected.extents != got.extents) return {};
    for (int i = 0; i < expected.count(); ++i)
        if (expected.at(i) != got.at(i)) return {};
    return r;
}
constexpr symbol flat(symbol x) { return emit::reshape(x, shape(2)); }
constexpr int kernels_of_layers(auto y) { return decltype(graph_of(y))::plan_sizes.kernels; }

}  // namespace

TEST_CASE("the work on a vector that was a product comes before its reshape") {
    const graph g = sunk([](symbol w, symbol x, symbol b) { return relu(flat(emit::matmul(w, x)) + b); });
    REQUIRE(g.size() > 0);
    const node last = g[g.roots[0].id];
    CHECK(last.kind == op::reshape);
    CHECK(g[last.in[0]].kind == op::relu);
    CHECK(g[last.in[0]].extents == shape(2, 1));
}
TEST_CASE("a broadcast to another shape, and a reshape that mixes axes, stay where they are") {
    const graph wide = sunk([](symbol w, symbol x, symbol) { return flat(emit::matmul(w, x)) + emit::matmul(w, x); });
    REQUIRE(wide.size() > 0);
    CHECK(wide[wide.roots[0].id].kind == op::add);
    const graph mixed = sunk(
        [](symbol w, symbol, symbol) { return relu(emit::reshape(emit::matmul(w, emit::swap_last(w)), shape(4))); });
    REQUIRE(mixed.size() > 0);
    CHECK(mixed[mixed.roots[0].id].kind == op::relu);
    const graph plain = sunk([](symbol w, symbol, symbol) { return relu(emit::reshape(w, shape(1, 2, 3))); });
    REQUIRE(plain.size() > 0);
    CHECK(plain[plain.roots[0].id].kind == op::relu);
}
TEST_CASE("a network of vectors has one kernel for each layer") {
    input<"x", tensor<float, 3>> x;
    variable<"W1", matrix<float, 8, 3>> W1;
    variable<"b1", tensor<float, 8>> b1;
    variable<"W2", matrix<float, 2, 8>> W2;
    variable<"b2", tensor<float, 2>> b2;
    CHECK(kernels_of_layers(W2 * tanh(W1 * x + b1) + b2) == 2);
    CHECK(kernels_of_layers(2.0f * softmax(relu(W1 * x + b1))) == 2);
}
