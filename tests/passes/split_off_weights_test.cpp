// SPDX-License-Identifier: BSL-1.0
#include <telar/passes/split_off_weights.hpp>

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/graph/verify.hpp>
#include <telar/kernels/reference/interpret.hpp>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;

namespace {

/// f of x (3), an input, and w (3) and v (2, 3), weights, split, if both parts give its values together.
template <class F> constexpr split_graph split(F f) {
    graph g;
    const symbol x = leaf(g, 0, shape(3)), w = leaf(g, 1, shape(3)), v = leaf(g, 2, shape(2, 3));
    g.roots.push({symbol{f(x, w, v)}.id, -1, 0, 0});
    split_graph s = split_off_weights(g, 1, 3);
    growable<reference::array> leaves;
    leaves.push(reference::array_of<float>(shape(3), {1, -2, 3}));
    leaves.push(reference::array_of<float>(shape(3), {4, 9, 16}));
    leaves.push(reference::array_of<float>(shape(2, 3), {1, 2, 3, 4, 5, 6}));
    const auto expected = reference::interpret(g, leaves)[0];
    for (const reference::array& a : reference::interpret(s.of_weights, leaves)) leaves.push(a);
    const auto got = reference::interpret(s.rest, leaves)[0];
    bool are_equal = verify(s.of_weights) && verify(s.rest) && expected.extents == got.extents;
    for (int i = 0; are_equal && i < expected.count(); ++i) are_equal = expected.at(i) == got.at(i);
    return are_equal ? s : split_graph{};
}

}  // namespace

TEST_CASE("what depends on weights alone is a leaf of the rest") {
    const split_graph s = split([](symbol x, symbol w, symbol v) { return x * sqrt(w) + sum(v, 0); });
    REQUIRE(s.rest.size() > 0);
    CHECK(s.nodes.size() == 2);
    CHECK(count(s.rest, op::mul) == 1);
    CHECK(s.of_weights.roots.size() == 2);
}
TEST_CASE("a weight that is read as it is, a number and what an input decides are not") {
    CHECK(split([](symbol x, symbol w, symbol) { return x * w + 2; }).nodes.size() == 0);
    CHECK(split([](symbol x, symbol, symbol) { return sqrt(abs(x)); }).nodes.size() == 0);
}
TEST_CASE("what is only spread over more places is spread in each run") {
    const split_graph s =
        split([](symbol x, symbol w, symbol v) { return x + v * emit::broadcast_to(sqrt(w), shape(2, 3)); });
    REQUIRE(s.rest.size() > 0);
    CHECK(s.nodes.size() == 1);
    CHECK(count(s.rest, op::broadcast_to) == 1);
}
TEST_CASE("a result that no input decides") {
    const split_graph s = split([](symbol, symbol w, symbol) { return sqrt(w); });
    REQUIRE(s.rest.size() > 0);
    CHECK(s.nodes.size() == 1);
    CHECK(s.rest[s.rest.roots[0].id].kind == op::leaf);
}
TEST_CASE("extents that an input decides do not concern the weights") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 3)), w = leaf(g, 1, shape(3));
    const symbol y = x * sqrt(w);
    g.dims.unify(y.extents()[0], 4);
    g.roots.push({y.id, -1, 0, 0});
    const split_graph s = split_off_weights(g, 1, 2);
    CHECK(s.nodes.size() == 1);
    CHECK(s.of_weights.dims.equalities.empty());
    CHECK(s.rest.dims.equalities.size() == 1);
    CHECK(verify(s.of_weights));
    CHECK(verify(s.rest));
}
TEST_CASE("an extent as a value is not known before a run") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn)), w = leaf(g, 1, shape(3));
    const symbol y = sqrt(w) * emit::extent(g, x.extents()[0], dtype::float32);
    g.roots.push({y.id, -1, 0, 0});
    const split_graph s = split_off_weights(g, 1, 2);
    CHECK(s.nodes.size() == 1);
    CHECK(count(s.rest, op::mul) == 1);
    CHECK(count(s.rest, op::extent) == 1);
}
