// SPDX-License-Identifier: BSL-1.0
// Every rule once, and the tempting rules that would be wrong.
#include <telar/passes/simplify.hpp>

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/math.hpp>
#include <telar/graph/verify.hpp>
#include <telar/passes/drop_dead_nodes.hpp>

using namespace telar;
using namespace telar::ir::passes;

namespace {

/// The graph of f(x, y) with x (2,3) and y (3), simplified; only what is left.
template <class F> constexpr graph simplified(F f, dtype t = dtype::float64) {
    graph g;
    const symbol x = leaf(g, 0, shape(2, 3), t), y = leaf(g, 1, shape(3), t);
    g.roots.push({symbol{f(x, y)}.id, -1, 0, 0});
    if (!verify(g)) return {};
    return drop_dead_nodes(simplify(g));
}
constexpr op kind_of_root(const graph& g) { return g.roots.empty() ? op::concat : g[g.roots[0].id].kind; }
constexpr int operations(const graph& g) {
    int n = 0;
    for (const node& d : g.nodes) n += !is_source(d.kind);
    return n;
}
/// True if nothing is left but leaf x.
template <class F> constexpr bool vanishes(F f) {
    const graph g = simplified(f);
    return verify(g) && g.size() == 1 && kind_of_root(g) == op::leaf && g[0].attribute[0] == 0;
}
/// True if one operation is left, of that kind.
template <class F> constexpr bool becomes(op k, F f, dtype t = dtype::float64) {
    const graph g = simplified(f, t);
    return verify(g) && operations(g) == 1 && kind_of_root(g) == k;
}
template <class F> constexpr bool stays(int count, F f) {
    const graph g = simplified(f);
    return verify(g) && operations(g) == count;
}

// clang-format off
static_assert(vanishes([](symbol x, symbol) { return x * 1; }));
static_assert(vanishes([](symbol x, symbol) { return 1 * x; }));
static_assert(vanishes([](symbol x, symbol) { return x / 1; }));
static_assert(vanishes([](symbol x, symbol) { return x - 0; }));
static_assert(vanishes([](symbol x, symbol) { return x + -0.0; }));
static_assert(vanishes([](symbol x, symbol) { return -(-x); }));
static_assert(vanishes([](symbol x, symbol) { return pow(x, 1); }));
static_assert(vanishes([](symbol x, symbol) { return stop_gradient(x); }));
static_assert(vanishes([](symbol x, symbol y) { return where(y > 0, x, x); }));
static_assert(vanishes([](symbol x, symbol) { return emit::swap_last(emit::swap_last(x)); }));
static_assert(vanishes([](symbol x, symbol) { return emit::reshape(emit::reshape(x, shape(6)), shape(2, 3)); }));
static_assert(becomes(op::mul, [](symbol x, symbol y) { return (-x) * (-y); }));
static_assert(becomes(op::div, [](symbol x, symbol y) { return (-x) / (-y); }));
static_assert(becomes(op::sub, [](symbol x, symbol y) { return x + (-y); }));
static_assert(becomes(op::add, [](symbol x, symbol y) { return x - (-y); }));
static_assert(becomes(op::neg, [](symbol x, symbol) { return x * -1; }));
static_assert(becomes(op::neg, [](symbol x, symbol) { return x / -1; }));
static_assert(becomes(op::add, [](symbol x, symbol) { return x * 2; }));
static_assert(becomes(op::mul, [](symbol x, symbol) { return pow(x, 2); }));
static_assert(becomes(op::less, [](symbol x, symbol y) { return !(!(x < y)); }));
static_assert(becomes(op::mul, [](symbol x, symbol y) { return x * emit::broadcast_to(y, shape(2, 3)); }));
static_assert(becomes(op::transpose, [](symbol x, symbol) { return emit::swap_last(emit::swap_last(emit::swap_last(x))); }));
static_assert(becomes(op::reshape, [](symbol x, symbol) { return emit::reshape(emit::reshape(x, shape(6)), shape(3, 2)); }));
// what IEEE arithmetic forbids
static_assert(becomes(op::mul, [](symbol x, symbol) { return x * 0; }));        // inf, nan
static_assert(becomes(op::add, [](symbol x, symbol) { return x + 0.0; }));      // -0.0
static_assert(becomes(op::sub, [](symbol x, symbol) { return x - x; }));        // inf
static_assert(becomes(op::div, [](symbol x, symbol) { return x / x; }));        // 0, inf
static_assert(stays(2, [](symbol x, symbol y) { return (x + y) - y; }));
static_assert(stays(2, [](symbol x, symbol) { return (x + 1) + 1; }));
static_assert(stays(2, [](symbol x, symbol y) { return x * 3 + y; }));
// a rule that would change the shape: (3) * 1 beside (2, 3)
static_assert(stays(1, [](symbol x, symbol y) { return y * emit::broadcast_to(emit::constant(*x.g, dtype::float64, 1), shape(2, 3)); }) ||
              stays(2, [](symbol x, symbol y) { return y * emit::broadcast_to(emit::constant(*x.g, dtype::float64, 1), shape(2, 3)); }));
// clang-format on

constexpr bool keeps_the_shape() {
    const graph g = simplified([](symbol x, symbol y) {
        return y * emit::broadcast_to(emit::constant(*x.g, dtype::float64, 1), shape(2, 3));
    });
    return verify(g) && g[g.roots[0].id].extents == shape(2, 3);
}
static_assert(keeps_the_shape());

}  // namespace

namespace {
/// Operations of a kind that are left of the product of a (rows, terms) and b (terms, columns).
constexpr int left_of_product(op kind, extent_t rows, extent_t terms, extent_t columns, dtype t = dtype::float32) {
    graph g;
    const symbol a = leaf(g, 0, shape(rows, terms), t), b = leaf(g, 1, shape(terms, columns), t);
    if (terms == dyn) g.dims.unify(a.extents()[1], b.extents()[0]);
    g.roots.push({emit::matmul(a, b).id, -1, 0, 0});
    if (!verify(g)) return -1;
    const graph s = drop_dead_nodes(simplify(g));
    return verify(s) ? count(s, kind) : -1;
}
}  // namespace

TEST_CASE("a dot product of unknown length is the sum of a row") {
    static_assert(left_of_product(op::sum, 1, dyn, 1) == 1 && left_of_product(op::matmul, 1, dyn, 1) == 0);
    CHECK(left_of_product(op::sum, 1, dyn, 1, dtype::float64) == 1);
    CHECK(left_of_product(op::matmul, 1, 8, 1) == 1);  // there is a kernel for just this length
    CHECK(left_of_product(op::matmul, 2, dyn, 1) == 1);
    CHECK(left_of_product(op::matmul, 1, dyn, 2) == 1);
    CHECK(left_of_product(op::cast, 1, dyn, 1, dtype::bfloat16) == 3);  // float32 inside: it rounds once
    CHECK(left_of_product(op::mul, 3, 1, 2) == 1);                      // sums of one term
}
TEST_CASE("constants are folded through operations") {
    const graph g = simplified([](symbol x, symbol) {
        return x * (emit::constant(*x.g, dtype::float64, 3) + 4) - (emit::constant(*x.g, dtype::float64, 2) * 2) * x;
    });
    CHECK(verify(g));
    int constants = 0;
    for (const node& n : g.nodes) constants += n.kind == op::constant;
    CHECK(constants == 2);
    CHECK(operations(g) == 3);
}
TEST_CASE("simplifying twice changes nothing more") {
    const auto f = [](symbol x, symbol y) { return -(-(x * 1 + (-y))) * 2 - (-(x / 1)); };
    const graph once = simplified(f), twice = drop_dead_nodes(simplify(once));
    CHECK(once.size() == twice.size());
    CHECK(keeps_the_shape());
}
TEST_CASE("work on one number is done once, whatever its shape") {
    const graph g = simplified(
        [](symbol x, symbol) { return -emit::broadcast_to(emit::reduce(op::sum, x, 3, false), shape(2, 3)); });
    const node last = g[g.roots[0].id];
    CHECK(last.kind == op::broadcast_to);
    CHECK(g[last.in[0]].kind == op::neg);
    CHECK(g[last.in[0]].extents.rank == 0);
}
