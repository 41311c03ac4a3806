// SPDX-License-Identifier: BSL-1.0
#include <telar/passes/drop_dead_nodes.hpp>

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/verify.hpp>

using namespace telar;
using namespace telar::ir::passes;

namespace {

constexpr bool only_what_a_root_needs_stays() {
    graph g;
    const symbol x = leaf(g, 0, shape(3)), unused = leaf(g, 1, shape(3)), y = leaf(g, 2, shape(3));
    const symbol kept = x * y, dead = unused + kept, deader = dead * dead;
    g.roots.push({kept.id, -1, 0, 0});
    g.roots.push({y.id, 2, 1, 0});
    const graph small = drop_dead_nodes(g);
    return verify(g) && deader.id == 5 && verify(small) && small.size() == 3 && small.roots.size() == 2 &&
           small[small.roots[0].id].kind == op::mul && small[small.roots[1].id].attribute[0] == 2 &&
           small.roots[1].target == 2 && small.roots[1].linear == 1;
}
static_assert(only_what_a_root_needs_stays());

constexpr bool dimensions_and_mistakes_stay() {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, dyn)), y = leaf(g, 1, shape(dyn, dyn));
    const symbol sum = x + y;
    g.roots.push({x.id, -1, 0, 0});
    graph small = drop_dead_nodes(g);
    const bool keeps = small.dims.equalities.size() == 2 && small.dims.table.size() == 4 && small.size() == 1;
    g.fail({mistake_kind::axis, op::sum, {}, {}, 3, sum.extents(), {}, 0});
    return keeps && drop_dead_nodes(g).error.what == mistake_kind::axis;
}
static_assert(dimensions_and_mistakes_stay());

}  // namespace

TEST_CASE("only what a root needs stays") { CHECK(only_what_a_root_needs_stays()); }
TEST_CASE("dimensions and mistakes stay") { CHECK(dimensions_and_mistakes_stay()); }
