// SPDX-License-Identifier: BSL-1.0
#include "leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/symbol.hpp>

using namespace telar;
using namespace telar::ir;

namespace {

constexpr bool equal_nodes_are_one_node() {
    graph g;
    const symbol a = leaf(g, 0, shape(3)), b = leaf(g, 1, shape(3));
    const symbol x = a + b, y = a + b;
    return x.id == y.id && g.size() == 3;
}
constexpr bool operands_of_commuting_operations_are_ordered() {
    graph g;
    const symbol a = leaf(g, 0, shape(3)), b = leaf(g, 1, shape(3));
    return (a * b).id == (b * a).id && (a - b).id != (b - a).id && (a < b).id == (b > a).id;
}
constexpr bool different_nodes_stay_apart() {
    graph g;
    const symbol a = leaf(g, 0, shape(3, 4));
    const extent_t zero[max_rank]{}, one[max_rank]{1};
    const int ids[] = {a.id,
                       leaf(g, 1, shape(3, 4)).id,
                       emit::constant(g, dtype::float32, 1).id,
                       emit::constant(g, dtype::float64, 1).id,
                       emit::constant(g, dtype::float32, 0.0).id,
                       emit::constant(g, dtype::float32, -0.0).id,
                       emit::reduce(op::sum, a, 1, true).id,
                       emit::reduce(op::sum, a, 2, true).id,
                       emit::reduce(op::max, a, 1, true).id,
                       emit::slice(a, zero, shape(1, 4)).id,
                       emit::slice(a, one, shape(1, 4)).id,
                       emit::slice(a, zero, shape(2, 4)).id,
                       emit::reshape(a, shape(4, 3)).id,
                       emit::reshape(a, shape(12)).id,
                       emit::cast(a, dtype::int32).id,
                       emit::cast(a, dtype::int64).id,
                       emit::iota(g, 3, dtype::int32).id,
                       emit::iota(g, 4, dtype::int32).id};
    for (int i = 0; i < 18; ++i)
        for (int j = 0; j < i; ++j)
            if (ids[i] == ids[j]) return false;
    return true;
}
constexpr bool copies_never_merge() {
    graph g;
    const symbol a = leaf(g, 0, shape(3));
    node n = g[emit::elementwise(op::exp, a).id];
    const int first = g.add(n);
    n.copy = 1;
    const int second = g.add(n);
    return first != second && g.add(n) == second && g.size() == 3;
}
/// Past several growths of the hash table every node is still found.
constexpr bool all_are_found_again(int nodes) {
    graph g;
    symbol x = leaf(g, 0, shape(3));
    for (int i = 1; i < nodes; ++i) x = i % 2 ? x + x : emit::elementwise(op::exp, x);
    if (g.size() != nodes) return false;
    for (int i = 0; i < nodes; ++i)
        if (g.add(g[i]) != i) return false;
    return g.size() == nodes;
}
constexpr bool copy_is_independent() {
    graph g;
    const symbol a = leaf(g, 0, shape(3));
    graph copy = g;
    const symbol b{&copy, a.id, false};
    const symbol sum = b + b;
    return g.size() == 1 && copy.size() == 2 && (b + b).id == sum.id;
}
constexpr bool first_mistake_stays() {
    graph g;
    g.line = 7;
    const symbol a = leaf(g, 0, shape(2, dyn)), b = leaf(g, 1, shape(3));
    g.fail({mistake_kind::axis, op::sum, {}, {}, 5, a.extents(), b.extents(), 0});
    g.line = 8;
    g.fail({mistake_kind::broadcast, op::add, {}, {}, 0, b.extents(), a.extents(), 0});
    return g.error.what == mistake_kind::axis && g.error.number == 5 && g.error.line == 7 &&
           g.error.lhs == shape(2, dyn) && g.error.rhs == shape(3);
}
constexpr bool constants_hold_what_their_type_can() {
    graph g;
    return number_of(emit::constant(g, dtype::float32, 0.1).self()) == static_cast<double>(0.1f) &&
           number_of(emit::constant(g, dtype::float64, 0.1).self()) == 0.1 &&
           number_of(emit::constant(g, dtype::int64, -7).self()) == -7;
}

}  // namespace

TEST_CASE("adding an equal node gives the one that exists") {
    static_assert(equal_nodes_are_one_node());
    CHECK(equal_nodes_are_one_node());
    static_assert(operands_of_commuting_operations_are_ordered());
    CHECK(operands_of_commuting_operations_are_ordered());
}

TEST_CASE("nodes that differ in type, attribute, extents, value or copy stay apart") {
    static_assert(different_nodes_stay_apart());
    CHECK(different_nodes_stay_apart());
    static_assert(copies_never_merge());
    CHECK(copies_never_merge());
}

TEST_CASE("a graph of 2,000 nodes is built in one constant evaluation, without a compiler flag") {
    static_assert(all_are_found_again(2000));
    CHECK(all_are_found_again(2000));
    CHECK(all_are_found_again(100'000));
}

TEST_CASE("a copy of a graph is independent") {
    static_assert(copy_is_independent());
    CHECK(copy_is_independent());
}

TEST_CASE("the first mistake is kept, with its line; unknown extents in it are dyn") {
    static_assert(first_mistake_stays());
    CHECK(first_mistake_stays());
}

TEST_CASE("a constant is rounded to its type") {
    static_assert(constants_hold_what_their_type_can());
    CHECK(constants_hold_what_their_type_can());
}
