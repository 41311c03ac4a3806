// SPDX-License-Identifier: BSL-1.0
// scan against the loop that it stands for: interpreted as traced, optimised, and as a schedule of kernels; derivatives
// against difference quotients, the second ones too.
#include <telar/expr/scan.hpp>

#include "../support/finite_differences.hpp"
#include "../support/three_ways.hpp"

#include <telar/expr/linear.hpp>
#include <telar/expr/reduce.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using support::array;
using support::check_near;
using support::results_of;
using support::scattered;

namespace {

constexpr auto running_mean = [](symbol x, symbol start) {  // s' = 0.9 s + 0.1 x
    const auto r = scan([](symbol s, symbol now) { return 0.9 * s + 0.1 * now; }, states(start), over(x));
    return std::array{r.state[0], r.kept[0]};
};

}  // namespace

TEST_CASE("a state goes from step to step, and every one is kept") {
    const array x = scattered(shape(5, 3), -1, 1), start = scattered(shape(3), 0, 1, 0.3);
    const auto got = results_of(running_mean, x, start);
    std::vector<double> s = {start.at(0), start.at(1), start.at(2)}, all;
    for (int t = 0; t < 5; ++t)
        for (int i = 0; i < 3; ++i)
            all.push_back(s[static_cast<std::size_t>(i)] =
                              0.9 * s[static_cast<std::size_t>(i)] + 0.1 * x.at(3 * t + i));
    REQUIRE(got[0].extents == shape(3));
    REQUIRE(got[1].extents == shape(5, 3));
    check_near(got[0], s);
    check_near(got[1], all);
}
TEST_CASE("no steps: the state is the one it began with, nothing is kept; one step is no scan") {
    const array start = scattered(shape(3), 0, 1);
    const auto none = results_of(running_mean, array(dtype::float64, shape(0, 3)), start);
    check_near(none[0], {start.at(0), start.at(1), start.at(2)});
    CHECK(none[1].extents == shape(0, 3));

    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(1, 3)}),
                 s = declare_leaf(g, 1, {dtype::float64, 0, shape(3)});
    for (const symbol r : running_mean(x, s)) g.roots.push({r.id, -1, 0, 0});
    CHECK(count(g, op::scan) == 1);
    CHECK(count(optimise(g), op::scan) == 0);
    const array one = scattered(shape(1, 3), -1, 1);
    const auto once = results_of(running_mean, one, start);
    check_near(once[0], {0.9 * start.at(0) + 0.1 * one.at(0), 0.9 * start.at(1) + 0.1 * one.at(1),
                         0.9 * start.at(2) + 0.1 * one.at(2)});
}
TEST_CASE("backward: what is kept of a step has the place of its x") {
    const array x = scattered(shape(4), -1, 1);
    const auto sums = [](symbol xs) {
        const auto r = scan([](symbol s, symbol now) { return s + now; }, states(0 * slice(xs, 0, 0, 1).plain()),
                            over(emit::reshape(xs, shape(4, 1))), direction::backward);
        return std::array{r.state[0], r.kept[0]};
    };
    const auto got = results_of(sums, x);
    std::vector<double> from_the_end(4);
    double s = 0;
    for (std::size_t t = 4; t-- > 0;) from_the_end[t] = s += x.at(static_cast<int>(t));
    check_near(got[0], {s});
    check_near(got[1], from_the_end);
}
TEST_CASE("states that begin alike are two; a step may hand them over crosswise and read what is around it") {
    const array x = scattered(shape(6, 2), -1, 1), w = scattered(shape(2), 1, 2);
    const auto crossed = [](symbol xs, symbol factor) {
        const symbol zeros = emit::broadcast_to(emit::constant(*xs.g, xs.type(), 0), shape(2));
        const auto r = scan(
            [&](symbol a, symbol b, symbol now) {
                return scanned{std::array{b + factor * now, a - now}, std::array{a * b}};
            },
            states(zeros, zeros), over(xs));
        return std::array{r.state[0], r.state[1], r.kept[0]};
    };
    const auto got = results_of(crossed, x, w);
    double a[2]{}, b[2]{};
    std::vector<double> products;
    for (int t = 0; t < 6; ++t)
        for (int i = 0; i < 2; ++i) {
            products.push_back(a[i] * b[i]);
            const double next = b[i] + w.at(i) * x.at(2 * t + i);
            b[i] = a[i] - x.at(2 * t + i);
            a[i] = next;
        }
    check_near(got[0], {a[0], a[1]});
    check_near(got[1], {b[0], b[1]});
    check_near(got[2], products);
    support::check_derivatives(
        [&](symbol xs, symbol factor) {
            const auto r = crossed(xs, factor);
            return sum(r[0] * r[1]) + sum(r[2]);
        },
        x, w);
}
TEST_CASE("a state that nobody asks for goes on where others read it") {
    const auto doubled = [](symbol x) {
        const auto r = scan([](symbol a, symbol b) { return scanned{states(a + b, 2 * b)}; }, states(x, x), 3);
        return std::array{r.state[0]};
    };
    check_near(results_of(doubled, support::scattered(shape(1), 1, 1))[0], {8});
}
TEST_CASE("without sequences: powers of a matrix, and the derivative of the 5th") {
    const array m = scattered(shape(2, 2), -1, 1), v = scattered(shape(1, 2), -1, 1);
    const auto power = [](symbol a, symbol x) {
        const auto r = scan([&](symbol y) { return matmul(y, a); }, states(x), 5);
        return std::array{r.state[0]};
    };
    const auto got = results_of(power, m, v);
    double y[] = {v.at(0), v.at(1)};
    for (int t = 0; t < 5; ++t) {
        const double first = y[0] * m.at(0) + y[1] * m.at(2);
        y[1] = y[0] * m.at(1) + y[1] * m.at(3);
        y[0] = first;
    }
    check_near(got[0], {y[0], y[1]});
    support::check_derivatives([&](symbol a, symbol x) { return power(a, x)[0]; }, m, v);
}
TEST_CASE("derivatives through time, by the start, the sequence, and two values around of one shape") {
    const auto network = [](symbol xs, symbol h0, symbol w, symbol u) {
        const auto r =
            scan([&](symbol h, symbol x) { return tanh(matmul(x, w) + matmul(h, u)); }, states(h0), over(xs));
        return sum(r.kept[0] * r.kept[0]) + sum(r.state[0]);
    };
    support::check_derivatives(network, scattered(shape(3, 2, 2), -1, 1), scattered(shape(2, 2), -1, 1, 0.1),
                               scattered(shape(2, 2), -1, 1, 0.2), scattered(shape(2, 2), -1, 1, 0.7));
}
TEST_CASE("the derivative of a scan backward, and of what the first steps alone reach") {
    const auto f = [](symbol xs, symbol start) {
        const auto r =
            scan([](symbol s, symbol x) { return sin(s) * x; }, states(start), over(xs), direction::backward);
        return sum(slice(r.kept[0], 0, 1, 3));
    };
    support::check_derivatives(f, scattered(shape(4, 2), -1, 1), scattered(shape(2), -1, 1));
}
TEST_CASE("what is traced twice runs once, and so does its derivative") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(5, 3)}),
                 s = declare_leaf(g, 1, {dtype::float64, 0, shape(3)});
    const auto loss = [&] { return sum(running_mean(x, s)[1] * running_mean(x, s)[1]); };
    symbol first[2], second[2];
    const symbol leaves[] = {x, s};
    differentiate(loss(), leaves, 2, first);
    differentiate(loss(), leaves, 2, second);
    CHECK(first[0].id == second[0].id);
    CHECK(first[1].id == second[1].id);
    g.roots.push({first[0].id, -1, 0, 0});
    CHECK(count(drop_dead_nodes(g), op::scan) == 2);  // forward and backward
}
TEST_CASE("what does not change from step to step is computed before") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(5, 3)}),
                 w = declare_leaf(g, 1, {dtype::float64, 0, shape(3)});
    const auto r = scan([&](symbol s, symbol now) { return s + now * exp(w); }, states(w), over(x));
    g.roots.push({r.state[0].id, -1, 0, 0});
    const scan_scopes scopes(g);
    for (int i = 0; i < g.size(); ++i)
        if (g[i].kind == op::exp) CHECK(scopes.runs[i] == -1);
    const schedule plan = make_schedule(optimise(g), support::cpu_target);
    REQUIRE(plan.repetitions.size() == 1);
    CHECK(plan.repetitions[0].end - plan.repetitions[0].first == 1);
}
TEST_CASE("mistakes") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(5, 3)}),
                 y = declare_leaf(g, 1, {dtype::float64, 0, shape(4, 3)});
    const symbol s = declare_leaf(g, 2, {dtype::float64, 0, shape(3)});
    const auto mistake_of = [&](auto f) {
        graph copy = g;
        f(symbol{&copy, x.id}, symbol{&copy, y.id}, symbol{&copy, s.id});
        return copy.error.what;
    };
    CHECK(mistake_of([](symbol a, symbol b, symbol c) {
              (void)scan([](symbol h, symbol p, symbol q) { return h + p * q; }, states(c), over(a, b));
          }) == mistake_kind::scan_length);
    CHECK(mistake_of([](symbol a, symbol, symbol c) {
              (void)scan([](symbol h, symbol p) { return sum(h + p); }, states(c), over(a));
          }) == mistake_kind::scan_state);
    CHECK(mistake_of([](symbol a, symbol, symbol c) {
              symbol taken;
              (void)scan([&](symbol h, symbol p) { return taken = h + p; }, states(c), over(a));
              (void)scan([&](symbol h, symbol p) { return h + p * taken; }, states(c), over(a));
          }) == mistake_kind::value_of_another_scan);
}
