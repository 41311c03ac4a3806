// SPDX-License-Identifier: BSL-1.0
#include "leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/symbol.hpp>
#include <telar/graph/verify.hpp>

using namespace telar;
using namespace telar::ir;

namespace {

/// The broadcast of two shapes of numbers; rank -1 if there is none.
constexpr shape joined(const shape& a, const shape& b) {
    graph g;
    shape r = broadcast(g, a, b, op::add);
    if (g.error.what == mistake_kind::broadcast) r.rank = -1;
    return r;
}
constexpr bool is_refused(const shape& a, const shape& b) { return joined(a, b).rank == -1; }

static_assert(joined(shape(), shape()) == shape());
static_assert(joined(shape(3), shape()) == shape(3));
static_assert(joined(shape(), shape(2, 3)) == shape(2, 3));
static_assert(joined(shape(8, 1, 6, 1), shape(7, 1, 5)) == shape(8, 7, 6, 5));
static_assert(joined(shape(1), shape(0)) == shape(0));
static_assert(joined(shape(0, 3), shape(3)) == shape(0, 3));
static_assert(is_refused(shape(2), shape(3)) && is_refused(shape(2, 1), shape(8, 4, 3)) &&
              is_refused(shape(0), shape(2)));

constexpr bool unknown_extents_are_taken_to_be_equal() {
    graph g;
    const symbol a = leaf(g, 0, shape(dyn, 3)), b = leaf(g, 1, shape(dyn, 3)), c = leaf(g, 2, shape(dyn));
    const symbol ab = a + b;  // n = m, checked when it runs
    if (!g.dims.same(a.extents(), b.extents()) || g.dims.equalities.size() != 1) return false;
    const symbol abc = ab * c;  // the last axis is 3, and so is c's from here on
    return g.dims.resolve(c.extents()[0]) == 3 && g.dims.equalities.size() == 2 &&
           g.dims.same(abc.extents(), a.extents()) && g.error.what == mistake_kind::none && verify(g);
}
constexpr bool only_a_literal_one_stretches() {
    graph g;
    const symbol a = leaf(g, 0, shape(dyn)), one = leaf(g, 1, shape(1));
    const symbol r = a + one;
    return g.dims.same(r.extents(), a.extents()) && g.dims.equalities.empty();
}
constexpr bool types_of_results() {
    graph g;
    const symbol x = leaf(g, 0, shape(3), dtype::float64), i = leaf(g, 1, shape(3), dtype::uint8);
    const symbol picked = emit::elementwise(op::select, i < 3, x, emit::elementwise(op::exp, x));
    return (x < x).type() == dtype::boolean && (i + i).type() == dtype::uint8 && picked.type() == dtype::float64 &&
           emit::elementwise(op::is_nan, x).type() == dtype::boolean &&
           emit::reduce(op::argmin, i, 1, false).type() == dtype::int64 &&
           emit::reduce(op::sum, i, 1, false).type() == dtype::uint8 && g.error.what == mistake_kind::none;
}
constexpr bool matmul_broadcasts_what_stands_before() {
    graph g;
    const symbol a = leaf(g, 0, shape(7, 1, 2, 3)), b = leaf(g, 1, shape(5, 3, 4)), c = leaf(g, 2, shape(dyn, 2));
    return emit::matmul(a, b).extents() == shape(7, 5, 2, 4) &&
           emit::matmul(c, a).extents() == shape(7, 1, c.extents()[0], 3) && verify(g);
}

/// The first mistake that a function of a graph makes.
template <class F> constexpr mistake_kind mistake_of(F f) {
    graph g;
    f(g);
    return g.error.what;
}
// clang-format off
static_assert(mistake_of([](graph& g) { emit::elementwise(op::exp, leaf(g, 0, shape(3), dtype::int32)); }) == mistake_kind::needs_float);
static_assert(mistake_of([](graph& g) { emit::elementwise(op::neg, leaf(g, 0, shape(3), dtype::boolean)); }) == mistake_kind::needs_number);
static_assert(mistake_of([](graph& g) { emit::elementwise(op::logical_not, leaf(g, 0, shape(3))); }) == mistake_kind::needs_boolean);
static_assert(mistake_of([](graph& g) { leaf(g, 0, shape(3)) + leaf(g, 1, shape(3), dtype::float64); }) == mistake_kind::types_differ);
static_assert(mistake_of([](graph& g) { const symbol x = leaf(g, 0, shape(3)); emit::elementwise(op::select, x, x, x); }) == mistake_kind::condition_type);
static_assert(mistake_of([](graph& g) { emit::matmul(leaf(g, 0, shape(2, 3)), leaf(g, 1, shape(4, 5))); }) == mistake_kind::matmul_extents);
static_assert(mistake_of([](graph& g) { emit::matmul(leaf(g, 0, shape(3)), leaf(g, 1, shape(3, 5))); }) == mistake_kind::matmul_rank);
static_assert(mistake_of([](graph& g) { emit::reduce(op::max, leaf(g, 0, shape(2, 0)), 2, false); }) == mistake_kind::empty_reduction);
static_assert(mistake_of([](graph& g) { emit::reduce(op::sum, leaf(g, 0, shape(2, 0)), 2, false); }) == mistake_kind::none);
static_assert(mistake_of([](graph& g) { emit::reshape(leaf(g, 0, shape(2, 3)), shape(5)); }) == mistake_kind::reshape_count);
static_assert(mistake_of([](graph& g) { emit::broadcast_to(leaf(g, 0, shape(2)), shape(3)); }) != mistake_kind::none);
static_assert(mistake_of([](graph& g) { emit::broadcast_to(leaf(g, 0, shape(2, 3)), shape(3)); }) == mistake_kind::broadcast_to);
static_assert(mistake_of([](graph& g) { const extent_t p[] = {0, 0}; emit::transpose(leaf(g, 0, shape(2, 3)), p); }) == mistake_kind::permutation);
static_assert(mistake_of([](graph& g) { const extent_t at[] = {1, 2}; emit::slice(leaf(g, 0, shape(2, 3)), at, shape(1, 2)); }) == mistake_kind::slice_range);
static_assert(mistake_of([](graph& g) { const extent_t at[] = {1}; emit::pad(leaf(g, 0, shape(3)), at, shape(3)); }) == mistake_kind::none);
static_assert(mistake_of([](graph& g) { const extent_t at[] = {2}; emit::pad(leaf(g, 0, shape(3)), at, shape(4)); }) == mistake_kind::pad_range);
static_assert(mistake_of([](graph& g) { emit::concat(leaf(g, 0, shape(2, 3)), leaf(g, 1, shape(3, 3)), 1); }) == mistake_kind::concat_extents);
// clang-format on

/// Whatever is wrong, the trace goes on with valid shapes.
constexpr bool traces_go_on_after_a_mistake() {
    graph g;
    const symbol a = leaf(g, 0, shape(2, 3)), b = leaf(g, 1, shape(4, 5));
    const symbol p = emit::matmul(a, b);
    const symbol c = p + a * b;
    const symbol d = emit::reduce(op::sum, emit::reshape(c, shape(7)), 1, false);
    return g.error.what == mistake_kind::matmul_extents && g.error.lhs == shape(2, 3) && g.error.rhs == shape(4, 5) &&
           d.rank() >= 0 && d.rank() <= max_rank;
}

}  // namespace

TEST_CASE("broadcasting follows NumPy for numbers") {
    CHECK(joined(shape(8, 1, 6, 1), shape(7, 1, 5)) == shape(8, 7, 6, 5));
    CHECK(is_refused(shape(2), shape(3)));
}
TEST_CASE("extents known only at run time never stretch") {
    static_assert(unknown_extents_are_taken_to_be_equal());
    CHECK(unknown_extents_are_taken_to_be_equal());
    static_assert(only_a_literal_one_stretches());
    CHECK(only_a_literal_one_stretches());
}
TEST_CASE("types of results") {
    static_assert(types_of_results());
    CHECK(types_of_results());
}
TEST_CASE("products of stacks of matrices") {
    static_assert(matmul_broadcasts_what_stands_before());
    CHECK(matmul_broadcasts_what_stands_before());
}
TEST_CASE("a mistake is recorded and the trace goes on") {
    static_assert(traces_go_on_after_a_mistake());
    CHECK(traces_go_on_after_a_mistake());
}
