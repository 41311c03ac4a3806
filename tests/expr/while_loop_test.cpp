// SPDX-License-Identifier: BSL-1.0
// while_loop against the loop that it stands for: interpreted as traced, optimised, and as a schedule of kernels, and
// in constant evaluation.
#include <telar/expr/while_loop.hpp>

#include "../support/finite_differences.hpp"
#include "../support/three_ways.hpp"

#include <telar/expr/linear.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/graph/verify.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::array;
using support::check_near;
using support::results_of;
using support::scattered;

namespace {

template <class T> constexpr array scalar_of(T v) { return reference::array_of(shape(), &v); }

constexpr auto root_of = [](symbol x) {
    const auto last = while_loop([](symbol r, symbol before) { return abs(r - before) > 1e-14 * r; },
                                 [&](symbol r, symbol) { return states((r + x / r) / 2, r); }, states(x, 0 * x));
    return std::array{last[0]};
};
/// n -> n / 2 or 3 n + 1 until it is 1: how often, and the largest on the way.
constexpr auto collatz = [](symbol n) {
    const auto last = while_loop([](symbol k, symbol, symbol) { return k != 1; },
                                 [](symbol k, symbol steps, symbol largest) {
                                     const symbol next = where(floor_mod(k, 2) == 0, k / 2, 3 * k + 1);
                                     return states(next, steps + 1, maximum(largest, next));
                                 },
                                 states(n, 0 * n, n));
    return std::array{last[1], last[2]};
};
constexpr auto greatest_divisor = [](symbol a, symbol b) {
    const auto last = while_loop([](symbol, symbol y) { return y != 0; },
                                 [](symbol x, symbol y) { return states(y, floor_mod(x, y)); }, states(a, b));
    return std::array{last[0]};
};
/// Doubled at most so often, while below a limit.
constexpr auto doubled = [](symbol x, symbol limit, extent_t most) {
    return std::array{
        while_loop([&](symbol y) { return all(y < limit); }, [](symbol y) { return 2 * y; }, states(x), most)[0]};
};

constexpr bool divides_in_constant_evaluation() {
    graph g;
    const symbol a = declare_leaf(g, 0, {dtype::int64, 0, {}}), b = declare_leaf(g, 1, {dtype::int64, 0, {}});
    g.roots.push({greatest_divisor(a, b)[0].id, -1, 0, 0});
    growable<array> leaves;
    leaves.push(scalar_of<std::int64_t>(1071));
    leaves.push(scalar_of<std::int64_t>(462));
    return verify(g) && reference::interpret(g, leaves)[0].at<std::int64_t>(0) == 21;
}

}  // namespace

TEST_CASE("Newton's square root") {
    for (const double x : {2.0, 1e10, 1e-6, 1.0, 0.3}) check_near(results_of(root_of, scalar_of(x))[0], {std::sqrt(x)});
}
TEST_CASE("Collatz: three states; none of the steps, one, and many") {
    for (const std::int64_t n : {1, 2, 3, 27, 97}) {
        std::int64_t steps = 0, largest = n;
        for (std::int64_t k = n; k != 1; ++steps) largest = std::max(largest, k = k % 2 ? 3 * k + 1 : k / 2);
        const auto got = results_of(collatz, scalar_of(n));
        CHECK(got[0].at<std::int64_t>(0) == steps);
        CHECK(got[1].at<std::int64_t>(0) == largest);
    }
}
TEST_CASE("Euclid's greatest common divisor, beyond what a double holds; in constant evaluation") {
    static_assert(divides_in_constant_evaluation());
    const std::int64_t big = 3 * (std::int64_t(1) << 60);
    const std::int64_t pairs[][2] = {{1071, 462}, {462, 1071}, {7, 0}, {0, 7}, {big, 81}, {big + 3, big}, {13, 13}};
    for (const auto& p : pairs)
        CHECK(results_of(greatest_divisor, scalar_of(p[0]), scalar_of(p[1]))[0].at<std::int64_t>(0) ==
              std::gcd(p[0], p[1]));
}
TEST_CASE("power iteration: states of several shapes and types, a matrix and a tolerance from around") {
    const array m = scattered(shape(3, 3), 0.1, 1), start = scattered(shape(3, 1), 0.5, 1);
    const auto largest_eigenvalue = [](symbol a, symbol x) {
        const symbol zero = emit::constant(*a.g, dtype::float64, 0), none = emit::constant(*a.g, dtype::int32, 0);
        const symbol tolerance = exp(zero - 28);
        return while_loop([&](symbol, symbol now, symbol before,
                              symbol n) { return (abs(now - before) > tolerance * abs(now)) || (n < 2); },
                          [&](symbol v, symbol now, symbol, symbol n) {
                              const symbol next = matmul(a, v), norm = sqrt(sum(next * next));
                              return states(next / norm, norm, now, n + 1);
                          },
                          states(x, zero, zero, none));
    };
    const auto got = results_of(largest_eigenvalue, m, start);

    double v[] = {start.at(0), start.at(1), start.at(2)}, now = 0, before = 0;
    int n = 0;
    for (; std::abs(now - before) > std::exp(-28.0) * now || n < 2; ++n) {
        double next[3]{}, norm = 0;
        for (int i = 0; i < 3; ++i) {
            for (int k = 0; k < 3; ++k) next[i] += m.at(3 * i + k) * v[k];
            norm += next[i] * next[i];
        }
        before = now;
        now = std::sqrt(norm);
        for (int i = 0; i < 3; ++i) v[i] = next[i] / now;
    }
    CHECK(n > 5);
    check_near(got[0], {v[0], v[1], v[2]});
    check_near(got[1], {now});
    CHECK(got[3].type == dtype::int32);
    CHECK(got[3].at<std::int32_t>(0) == doctest::Approx(n).epsilon(0.2));
}
TEST_CASE("at most so many steps; a condition that does not hold at first") {
    const array x = scattered(shape(2, 5), 1, 2);
    const auto after = [&](extent_t most, double limit) {
        const auto f = [&](symbol s, symbol l) { return doubled(s, l, most); };
        return results_of(f, x, scalar_of(limit))[0].at(0) / x.at(0);
    };
    CHECK(after(0, 1e6) == 1);
    CHECK(after(1, 1e6) == 2);
    CHECK(after(3, 1e6) == 8);
    CHECK(after(1000, 20.0) == 16);
    CHECK(after(unlimited_steps, 20.0) == 16);
    CHECK(after(5, 0.5) == 1);
}
TEST_CASE("the number of steps may be an extent; what the loop makes may begin another, and run in a scan's start") {
    const array x = scattered(shape(4, 3), 1, 2);
    const auto f = [](symbol a) {
        const symbol lines = sum(a, axis<0>);
        const symbol once = while_loop([](symbol s) { return all(s < 1e9); }, [](symbol s) { return 3 * s; },
                                       states(lines), a.extents()[0])[0];
        const symbol twice =
            while_loop([](symbol s) { return any(s > 1); }, [](symbol s) { return s / 2; }, states(once))[0];
        return std::array{once, twice, scan([](symbol s, symbol r) { return s * r; }, states(twice), over(a)).state[0]};
    };
    const auto got = results_of(f, x);
    double s[3]{}, t[3]{}, largest = 0;
    for (int i = 0; i < 12; ++i) s[i % 3] += x.at(i);
    for (int i = 0; i < 3; ++i) largest = std::max(largest, t[i] = s[i] *= 81);
    for (; largest > 1; largest /= 2)
        for (double& y : t) y /= 2;
    check_near(got[0], {s[0], s[1], s[2]});
    check_near(got[1], {t[0], t[1], t[2]});
    for (int i = 0; i < 12; ++i) t[i % 3] *= x.at(i);
    check_near(got[2], {t[0], t[1], t[2]});
}
TEST_CASE("states handed over crosswise; one that never changes, one that nobody asks for") {
    const auto fibonacci = [](symbol n) {
        const symbol one = emit::constant(*n.g, dtype::int64, 1), zero = emit::constant(*n.g, dtype::int64, 0);
        const auto last =
            while_loop([](symbol, symbol, symbol i, symbol end) { return i < end; },
                       [](symbol a, symbol b, symbol i, symbol end) { return states(b, a + b, i + 1, end); },
                       states(zero, one, zero, n));
        return std::array{last[0]};
    };
    for (const auto& [n, value] : {std::pair{0, 0}, {1, 1}, {10, 55}, {40, 102334155}})
        CHECK(results_of(fibonacci, scalar_of<std::int64_t>(n))[0].at<std::int64_t>(0) == value);
}
TEST_CASE("what is traced twice runs once; two with other limits are two") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(3)}),
                 limit = declare_leaf(g, 1, {dtype::float64, 0, {}});
    CHECK(doubled(x, limit, 7)[0].id == doubled(x, limit, 7)[0].id);
    CHECK(doubled(x, limit, 7)[0].id != doubled(x, limit, 8)[0].id);
    CHECK(doubled(x, limit, 5)[0].id != scan([](symbol y) { return 2 * y; }, states(x), 5).state[0].id);
}
TEST_CASE("one step at most is a choice: of element-wise work, both are computed; of more, a scan remains") {
    const auto scans_left = [](auto f) {
        graph g;
        const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(3, 3)}),
                     limit = declare_leaf(g, 1, {dtype::float64, 0, {}});
        g.roots.push({f(x, limit).id, -1, 0, 0});
        return count(optimise(g), op::scan);
    };
    const auto multiplied = [](symbol x, symbol limit) {
        return while_loop([&](symbol y) { return all(y < limit); }, [&](symbol y) { return matmul(y, x); }, states(x),
                          1)[0];
    };
    CHECK(scans_left([](symbol x, symbol limit) {
              return while_loop([&](symbol) { return limit > 0; }, [](symbol y) { return 2 * y; }, states(x), 1)[0];
          }) == 0);
    CHECK(scans_left(multiplied) == 1);
    const array x = scattered(shape(3, 3), 0, 1), y = scalar_of(0.1), z = scalar_of(2.0);
    const auto value = [&](symbol a, symbol b) { return std::array{multiplied(a, b)}; };
    CHECK(results_of(value, x, y)[0].at(4) == x.at(4));
    CHECK(results_of(value, x, z)[0].at(4) ==
          doctest::Approx(x.at(3) * x.at(1) + x.at(4) * x.at(4) + x.at(5) * x.at(7)));
}
TEST_CASE("mistakes, and what is none: a loop that the derivative does not pass") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(3)}),
                 y = declare_leaf(g, 1, {dtype::float64, 0, shape(4, 3)});
    const auto mistake_of = [&](auto f) {
        graph copy = g;
        f(symbol{&copy, x.id}, symbol{&copy, y.id});
        return copy.error.what;
    };
    const auto halved = [](symbol s) {
        return while_loop([](symbol a) { return any(a > 1); }, [](symbol a) { return a / 2; }, states(s))[0];
    };
    CHECK(mistake_of([](symbol a, symbol) {
              (void)while_loop([](symbol s) { return sum(s); }, [](symbol s) { return s; }, states(a));
          }) == mistake_kind::needs_boolean);
    CHECK(mistake_of([](symbol a, symbol) {
              (void)while_loop([](symbol s) { return s > 1; }, [](symbol s) { return s; }, states(a));
          }) == mistake_kind::reshape_count);
    CHECK(mistake_of([](symbol a, symbol) {
              (void)while_loop([](symbol s) { return any(s > 1); }, [](symbol s) { return sum(s); }, states(a));
          }) == mistake_kind::scan_state);
    CHECK(mistake_of([&](symbol a, symbol) { (void)differentiate(sum(halved(a)), a); }) ==
          mistake_kind::while_gradient);
    CHECK(mistake_of([&](symbol a, symbol) {
              (void)differentiate(sum(a * halved(emit::elementwise(op::stop_gradient, a))), a);
          }) == mistake_kind::none);
    const auto scaled = [&](symbol a) {
        return std::array{differentiate(sum(a * halved(emit::elementwise(op::stop_gradient, a))), a)};
    };
    const array at = scattered(shape(3), 3, 4);  // halved twice
    check_near(results_of(scaled, at)[0], {at.at(0) / 4, at.at(1) / 4, at.at(2) / 4});
}
