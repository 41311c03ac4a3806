// SPDX-License-Identifier: BSL-1.0
#include <telar/passes/fold_constants.hpp>

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/math.hpp>
#include <telar/graph/verify.hpp>
#include <telar/kernels/reference/interpret.hpp>

#include <cmath>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;

namespace {

/// What f of two constants becomes, where folding agrees with running it; NaN where it is not folded.
template <class F> constexpr double value_of(F f, double a, double b, dtype t = dtype::float64) {
    graph g;
    const symbol x = emit::constant(g, t, a), y = emit::constant(g, t, b);
    g.roots.push({symbol{f(x, y)}.id, -1, 0, 0});
    const graph r = fold_constants(g);
    const node n = r[r.roots[0].id];
    if (!verify(r) || n.kind != op::constant) return std::numeric_limits<double>::quiet_NaN();
    const double value = number_of(n), ran = reference::interpret(g, {})[0].at(0);
    return value == ran ? value : std::numeric_limits<double>::infinity();
}

// clang-format off
static_assert(value_of([](symbol x, symbol y) { return x + y; }, 3, 4) == 7);
static_assert(value_of([](symbol x, symbol y) { return x - y; }, 3, 4) == -1);
static_assert(value_of([](symbol x, symbol y) { return x * y; }, 3, 4) == 12);
static_assert(value_of([](symbol x, symbol y) { return x / y; }, 3, 4) == 0.75);
static_assert(value_of([](symbol x, symbol) { return -x; }, 3, 0) == -3);
static_assert(value_of([](symbol x, symbol y) { return x + y; }, 0.1f, 0.2f, dtype::float32) == double(0.1f + 0.2f));
static_assert(value_of([](symbol x, symbol y) { return x + y; }, 16777216, 1, dtype::float32) == 16777216);
// clang-format on

}  // namespace

TEST_CASE("integers of 32 bits and bytes wrap, or are left for the run") {
    const auto agrees = [](double v, double want) { return std::isnan(v) || v == want; };
    CHECK(agrees(value_of([](symbol x, symbol y) { return x * y; }, 65537, 65536, dtype::int32), 65536));
    CHECK(agrees(value_of([](symbol x, symbol y) { return x + y; }, 200, 100, dtype::uint8), 44));
    CHECK(agrees(value_of([](symbol x, symbol) { return -x; }, 1, 0, dtype::uint8), 255));
    CHECK(agrees(value_of([](symbol x, symbol y) { return x / y; }, 7, 0, dtype::int32), 0));
    CHECK(agrees(value_of([](symbol x, symbol y) { return x / y; }, -7, 2, dtype::int32), -3));
}
TEST_CASE("a division by zero is left for the run, as is what has no exact value") {
    CHECK(std::isnan(value_of([](symbol x, symbol y) { return x / y; }, 1, 0)));
    CHECK(std::isnan(value_of([](symbol x, symbol) { return exp(x); }, 1, 0)));
}
TEST_CASE("what is no constant stays") {
    graph g;
    const symbol x = leaf(g, 0, shape(3));
    g.roots.push({(x * 2 + 3).id, -1, 0, 0});
    const graph r = fold_constants(g);
    CHECK(verify(r));
    CHECK(r.size() == g.size());
}
