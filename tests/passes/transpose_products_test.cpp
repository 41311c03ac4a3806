// SPDX-License-Identifier: BSL-1.0
#include <telar/passes/transpose_products.hpp>

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/verify.hpp>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/passes/drop_dead_nodes.hpp>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;

namespace {

constexpr int number_of(op k, const graph& g) {
    int n = 0;
    for (const node& d : g.nodes) n += d.kind == k;
    return n;
}
/// f of x (2,3) and y (3,4), with the pass, if its values stay.
template <class F> constexpr graph after(F f) {
    graph g;
    g.roots.push({symbol{f(leaf(g, 0, shape(2, 3)), leaf(g, 1, shape(3, 4)))}.id, -1, 0, 0});
    if (!verify(g)) return {};
    graph r = drop_dead_nodes(transpose_products(drop_dead_nodes(g)));
    growable<reference::array> leaves;
    leaves.push(reference::array_of<float>(shape(2, 3), {1, 2, 3, 4, 5, 6}));
    leaves.push(reference::array_of<float>(shape(3, 4), {1, 0, 2, 1, -1, 3, 0, 2, 1, 1, 1, 5}));
    const auto expected = reference::interpret(g, leaves)[0], got = reference::interpret(r, leaves)[0];
    if (!verify(r) || expected.extents != got.extents) return {};
    for (int i = 0; i < expected.count(); ++i)
        if (expected.at(i) != got.at(i)) return {};
    return r;
}

}  // namespace

TEST_CASE("the transpose of a product becomes a product of transposes") {
    const graph g = after([](symbol x, symbol y) { return emit::swap_last(emit::matmul(x, y)); });
    REQUIRE(g.size() > 0);
    CHECK(g[g.roots[0].id].kind == op::matmul);
    CHECK(number_of(op::transpose, g) == 2);
}
TEST_CASE("transposes that meet vanish") {
    const graph g =
        after([](symbol x, symbol y) { return emit::swap_last(emit::matmul(emit::swap_last(y), emit::swap_last(x))); });
    REQUIRE(g.size() > 0);
    CHECK(number_of(op::matmul, g) == 1);
}
TEST_CASE("a product that something else reads stays") {
    const graph g = after([](symbol x, symbol y) {
        const symbol p = emit::matmul(x, y);
        return emit::matmul(p, emit::swap_last(p));
    });
    REQUIRE(g.size() > 0);
    CHECK(number_of(op::matmul, g) == 2);
    CHECK(number_of(op::transpose, g) == 1);
}
