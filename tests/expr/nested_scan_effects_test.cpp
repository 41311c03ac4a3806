// SPDX-License-Identifier: BSL-1.0
// Scans in the steps of others, beside their values: random numbers, prints, indices that are refused, extents that are
// known only when it runs, and mistakes.
#include "nested_scan.hpp"

#include "../support/three_ways.hpp"

#include <telar/expr/arrange.hpp>
#include <telar/expr/control.hpp>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/indexing.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/random.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/expr/scan.hpp>
#include <telar/expr/sort.hpp>
#include <telar/graph/verify.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

using namespace telar;
using namespace telar::runtime;
using nested_scans::mistake_of;
using nested_scans::one_number;
using nested_scans::start;
using nested_scans::weight;
using nested_scans::xs;
using support::array;
using support::check_near;
using support::results_of;
using support::scattered;

namespace {}  // namespace

// ---------------------------------------------------------------- random numbers, prints, indices
namespace {

array state_of(std::int64_t seed) {
    array a(dtype::int64, shape(2));
    a.push(seed);
    a.push(std::int64_t{0});
    return a;
}

}  // namespace

TEST_CASE("a draw in the inner steps is the one of its place, with or without the outer scan") {
    const auto noisy = [](symbol x, symbol state) {  // two draws before, one in the step
        const symbol before = random_uniform_like(x[0][0], state) + random_uniform_like(x[0][0], state);
        const auto words = [state](symbol s, symbol sentence) {
            return scan([&](symbol h, symbol now) { return h + now * random_uniform_like(now, state); }, states(s),
                        over(sentence));
        };
        return std::pair{before, words};
    };
    const auto nested = [&](symbol x, symbol state) {
        const auto [before, words] = noisy(x, state);
        const auto outer = [&](symbol s, symbol sentence) { return words(s, sentence).state[0]; };
        const symbol y = scan(outer, states(before), over(x)).state[0];
        return std::array{y, random_uniform_like(y, state), differentiate(sum(y), x)};
    };
    const auto flat = [&](symbol x, symbol state) {
        const auto [before, words] = noisy(x, state);
        const symbol y = words(before, emit::reshape(x, shape(8, 3))).state[0];
        return std::array{y, random_uniform_like(y, state), differentiate(sum(y), x)};
    };
    const auto got = results_of(nested, xs, state_of(7)), want = results_of(flat, xs, state_of(7));
    for (std::size_t i = 0; i < 3; ++i) check_near(got[i], want[i]);
    CHECK(got[0].at(0) != results_of(nested, xs, state_of(8))[0].at(0));

    const auto by_key = [](symbol x, symbol state) {  // keys of both scans: dropout, the same on the way back
        const auto y = scan(
            [](symbol s, symbol sentence, symbol key) {
                return scan([](symbol h, symbol now, symbol own) { return h + now * dropout(now, 0.5, own); },
                            states(s), over(sentence, random_keys(key, extents<4>)))
                    .state[0];
            },
            states(0 * x[0][0]), over(x, random_keys(state, extents<2>)));
        return std::array{y.state[0], differentiate(sum(y.state[0]), x)};
    };
    const auto dropped = results_of(by_key, xs, state_of(3));
    int zeros = 0;
    for (int i = 0; i < 3; ++i) {
        double y = 0;  // of x^2 times 0 or 2, whose slope is 2 x times that
        for (int t = 0; t < 8; ++t) y += dropped[1].at(t * 3 + i) * xs.at(t * 3 + i) / 2;
        CHECK(dropped[0].at(i) == doctest::Approx(y));
        for (int t = 0; t < 8; ++t) zeros += dropped[1].at(t * 3 + i) == 0;
    }
    CHECK(zeros > 4);
    CHECK(zeros < 20);
}
namespace {

std::vector<std::string> printed;
void remember(std::string_view label, const array& x) {
    printed.push_back(std::string(label) + std::to_string(x.at(0)));
}

}  // namespace

TEST_CASE("prints: one for each step of the scan whose value it is, in their order; a derivative prints nothing") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(2, 3)}),
                 s = declare_leaf(g, 1, {dtype::float64, 0, {}});
    const auto total = [&] {
        return scan(
                   [&](symbol h, symbol line) {
                       emit::print(h, "line ");
                       return scan(
                                  [&](symbol a, symbol b) {
                                      emit::print(s, "once ");
                                      emit::print(h, "of line ");
                                      emit::print(a + b, "word ");
                                      return a + b;
                                  },
                                  states(h), over(line))
                           .state[0];
                   },
                   states(s), over(x))
            .state[0];
    };
    const symbol y = total();
    g.roots.push({y.id, -1, 0, 0});
    g.roots.push({differentiate(y * y, x).id, -1, 0, 0});
    growable<array> leaves;
    leaves.push(reference::array_of(shape(2, 3), std::array{1., 2., 3., 4., 5., 6.}.data()));
    leaves.push(one_number(0));
    const std::vector<std::string> want = {"line 0",    "of line 0", "word 1",  "word 3",  "word 6", "line 6",
                                           "of line 6", "word 10",   "word 15", "word 21", "once 0"};
    const auto check = [&](const graph& each, const growable<graph_block>& blocks) {
        printed.clear();
        const auto results = reference::interpret(each, blocks, leaves, remember);
        CHECK(results[0].at(0) == 21);
        CHECK(results[1].at(0) == 42);
        REQUIRE(printed.size() == want.size());
        for (std::size_t i = 0; i < want.size(); ++i) CHECK(printed[i].substr(0, want[i].size()) == want[i]);
    };
    check(g, g.blocks);
    growable<graph_block> blocks = g.blocks;
    for (graph_block& b : blocks) b.body = optimise(b.body);
    check(optimise(g), blocks);
}
namespace {

constexpr auto loud = telar::function([](auto h, auto line) {
    emit::print(h, "loud ");
    return h + line;
});
constexpr auto quiet = telar::function([](auto h, auto line) { return h - line; });

}  // namespace

TEST_CASE("a side of a cond in the steps of a scan prints if it is taken") {
    const auto f = [](symbol x, symbol s) {
        return scan([](symbol h, symbol line) { return cond(line > 0, loud, quiet, h, line); }, states(s), over(x))
            .state[0];
    };
    graph g;
    const symbol y = f(declare_leaf(g, 0, {dtype::float64, 0, shape(4)}), declare_leaf(g, 1, {dtype::float64, 0, {}}));
    g.roots.push({y.id, -1, 0, 0});
    REQUIRE(g.error.what == mistake_kind::none);
    growable<array> leaves;
    leaves.push(reference::array_of(shape(4), std::array{1., -2., 3., -4.}.data()));
    leaves.push(one_number(0));
    printed.clear();
    CHECK(reference::interpret(g, g.blocks, leaves, remember)[0].at(0) == 10);
    REQUIRE(printed.size() == 2);
    CHECK(printed[0].substr(0, 6) == "loud 0");
    CHECK(printed[1].substr(0, 6) == "loud 3");
}
TEST_CASE("an index in the inner steps that is outside refuses the run") {
    const auto rows = [](symbol table, symbol numbers) {
        const symbol zero = 0 * table[0];
        return std::array{scan(
                              [&](symbol s, symbol line) {
                                  return scan([&](symbol h, symbol i) { return tanh(h) + gather(table, i); }, states(s),
                                              over(line))
                                      .state[0];
                              },
                              states(zero), over(numbers))
                              .state[0]};
    };
    const array table = scattered(shape(4, 2), -1, 1);
    const auto numbers = [](std::int64_t last) {
        return reference::array_of(shape(2, 2), std::array<std::int64_t, 4>{0, 3, 1, last}.data());
    };
    std::vector<double> h(2);
    for (const int i : {0, 3, 1, 2})
        for (int k = 0; k < 2; ++k) h[std::size_t(k)] = std::tanh(h[std::size_t(k)]) + table.at(i * 2 + k);
    check_near(results_of(rows, table, numbers(2))[0], h);
    CHECK_THROWS_AS(results_of(rows, table, numbers(4)), index_error);
}

// ---------------------------------------------------------------- extents
namespace {

/// h' of h and a line now, by operations whose extents are made of now's.
constexpr auto arranged = [](symbol h, symbol now, symbol w) {
    graph& g = *h.g;
    const extent_t n = now.extents()[0];
    const symbol sorted = sort(cumsum(now, axis<0>) * h + w);
    const symbol both = concat(reverse(sorted, axis<0>), now, axis<0>);
    const symbol middle = emit::part_of_axis(both, 0, 1, g.dims.subtract(g.dims.multiply(n, 2), 2));
    const symbol windows = emit::windows(middle, {0, 3, 2, 1});
    const symbol energy = sum(windows * windows) / emit::extent(g, windows.extents()[0], windows.type());
    const symbol places = floor(abs(sin(now)) * 0.999 * emit::extent(g, n, now.type()));
    return tanh(h * 0.5 + gather(sorted, cast<std::int64_t>(places)) * 0.1 + energy * 0.01 + mean(now));
};
/// Over lines of lines, x (dyn, dyn, dyn), or over all lines at once: the last state, all states, derivatives.
graph over_all_lines(bool is_nested) {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(dyn, dyn, dyn)}),
                 w = declare_leaf(g, 1, {dtype::float64, 0, shape(dyn)});
    const auto step = [&](symbol h, symbol now) { return arranged(h, now, w); };
    const auto outer = [&](symbol h, symbol lines) {
        const auto r = scan(step, states(h), over(lines));
        return scanned{r.state, r.kept};
    };
    (void)(x[0][0] + w);  // of one extent
    const shape s = x.extents();
    const auto r = is_nested
                       ? scan(outer, states(0.1 * w), over(x))
                       : scan(step, states(0.1 * w), over(emit::reshape(x, shape(g.dims.multiply(s[0], s[1]), s[2]))));
    const symbol all = emit::reshape(r.kept[0], s), by[] = {x, w};
    symbol d[2];
    differentiate(sum(all * sin(all)) + sum(r.state[0]), by, 2, d);
    for (const symbol& each : {r.state[0], all, d[0], d[1]}) g.roots.push({each.id, -1, 0, 0});
    return g;
}

}  // namespace

TEST_CASE("extents that are known only when it runs: all that is made of them is known in the block") {
    const graph nested = over_all_lines(true), flat = over_all_lines(false);
    REQUIRE(nested.error.what == mistake_kind::none);
    REQUIRE(nested.blocks.size() == 2);
    CHECK(first_illegality(nested) == nullptr);
    for (const graph_block& b : nested.blocks) {
        CHECK(first_illegality(b.body) == nullptr);
        CHECK(b.body.dims.equalities.empty());
    }
    const graph better = optimise(nested);
    const schedule plan = make_schedule(better, support::cpu_target);
    for (const extent_t n : {4, 7}) {
        growable<array> leaves;
        leaves.push(scattered(shape(2, 3, n), -1, 1));
        leaves.push(scattered(shape(n), -1, 1, 0.3));
        const auto want = support::interpreted(flat, leaves), got = support::interpreted(nested, leaves);
        const auto scheduled = support::run_schedule(better, plan, leaves, nested.blocks).results;
        for (int i = 0; i < want.size(); ++i) {
            check_near(got[i], want[i]);
            check_near(scheduled[static_cast<std::size_t>(i)], want[i]);
        }
    }
}
TEST_CASE("extents that are known only when it runs, also one that no operand of the inner scan has") {
    constexpr auto f = [](symbol x, symbol y) {  // x (n, t, 2), y (m)
        const extent_t n = x.extents()[0], m = y.extents()[0];
        const symbol zeros = emit::broadcast_to(emit::constant(*x.g, x.type(), 0), shape(x.g->dims.add(m, 1)));
        return scan(
                   [&](symbol s, symbol line) {
                       const auto r = scan([&](symbol h, symbol now) { return h * 0.5 + sum(now) * s; }, states(zeros),
                                           over(line));
                       return s + sum(r.state[0]) / emit::extent(*x.g, n, x.type()) + sum(slice(r.kept[0], 0, 0, 1));
                   },
                   states(emit::constant(*x.g, x.type(), 0.25)), over(x))
            .state[0];
    };
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(dyn, dyn, 2)}),
                 y = declare_leaf(g, 1, {dtype::float64, 0, shape(dyn)});
    const symbol r = f(x, y);
    g.roots.push({r.id, -1, 0, 0});
    g.roots.push({differentiate(r, x).id, -1, 0, 0});
    REQUIRE(g.error.what == mistake_kind::none);
    REQUIRE(g.blocks.size() == 2);
    CHECK(first_illegality(g) == nullptr);
    for (const graph_block& b : g.blocks) {
        CHECK(first_illegality(b.body) == nullptr);
        CHECK(b.body.dims.equalities.empty());  // all that has to be equal is known
    }
    const graph better = optimise(g);
    const schedule plan = make_schedule(better, support::cpu_target);
    for (const extent_t words : {3, 5}) {
        growable<array> leaves;
        leaves.push(scattered(shape(2, words, 2), -1, 1));
        leaves.push(scattered(shape(words + 1), -1, 1));
        const auto got = support::run_schedule(better, plan, leaves, g.blocks).results;
        const auto want = support::interpreted(g, leaves);
        const auto at = [&](double by, int i) {
            array a = leaves[0];
            a.numbers[i] = a.at(i) + by;
            double s = 0.25;
            for (int k = 0; k < 2; ++k) {
                double h = 0, sum_of_states = 0, first = 0;
                for (int t = 0; t < words; ++t) {
                    const int place = (k * static_cast<int>(words) + t) * 2;
                    h = h * 0.5 + (a.at(place) + a.at(place + 1)) * s;
                    if (t == 0) first = h * static_cast<double>(words + 2);
                }
                sum_of_states = h * static_cast<double>(words + 2);
                s += sum_of_states / 2 + first;
            }
            return s;
        };
        CHECK(got[0].at(0) == doctest::Approx(at(0, 0)).epsilon(1e-12));
        CHECK(want[0].at(0) == doctest::Approx(at(0, 0)).epsilon(1e-12));
        for (int i = 0; i < leaves[0].count(); ++i) {
            const double slope = (at(1e-5, i) - at(-1e-5, i)) / 2e-5;
            CHECK(got[1].at(i) == doctest::Approx(slope).epsilon(1e-6));
            CHECK(want[1].at(i) == doctest::Approx(slope).epsilon(1e-6));
        }
    }
}

// ---------------------------------------------------------------- mistakes
TEST_CASE("mistakes: a value of one scan's steps in another's, and those of the inner scan") {
    const auto sums = [](symbol x, symbol s, symbol& last_sum) {
        return scan([&](symbol h, symbol now) { return last_sum = h + now; }, states(s), over(x)).state[0];
    };
    CHECK(mistake_of([&](symbol x, symbol h, symbol) {
              symbol taken;
              (void)sums(x[0], h, taken);
              (void)scan([&](symbol s, symbol now) { return s + now * taken; }, states(h), over(x[1]));
          }) == mistake_kind::value_of_another_scan);
    CHECK(mistake_of([&](symbol x, symbol h, symbol) {
              symbol taken;
              const auto step = [&](symbol s, symbol sentence) {
                  const symbol y = sums(sentence, s, taken);
                  return y * taken;
              };
              (void)scan(step, states(h), over(x));
          }) == mistake_kind::value_of_another_scan);
    CHECK(mistake_of([&](symbol x, symbol h, symbol) {
              symbol taken;
              const auto step = [&](symbol s, symbol sentence) { return sums(sentence, s, taken); };
              (void)scan(step, states(h), over(x));
              refuse_values_taken_out(*(h + taken).g);
          }) == mistake_kind::value_of_another_scan);
    CHECK(mistake_of([&](symbol x, symbol h, symbol w) {  // what does not depend on the steps may be taken
              symbol root;
              const auto words = [&](symbol t, symbol now) { return t + now * (root = sqrt(w)); };
              const auto step = [&](symbol s, symbol sentence) {
                  const symbol y = scan(words, states(s), over(sentence)).state[0];
                  return y * root;
              };
              const symbol y = scan(step, states(h), over(x)).state[0];
              refuse_values_taken_out(*(y + root).g);
          }) == mistake_kind::none);
    CHECK(
        mistake_of([&](symbol x, symbol h, symbol) {
            (void)scan(
                [&](symbol s, symbol sentence) {
                    return scan([&](symbol t, symbol now) { return sum(t + now); }, states(s), over(sentence)).state[0];
                },
                states(h), over(x));
        }) == mistake_kind::scan_state);
    CHECK(mistake_of([&](symbol x, symbol h, symbol) {
              (void)scan(
                  [&](symbol s, symbol sentence) {
                      return scan([&](symbol t, symbol now, symbol) { return t + now; }, states(s), over(sentence, x))
                          .state[0];
                  },
                  states(h), over(x));
          }) == mistake_kind::scan_length);
    const auto reads_many = [](int count) {
        return [count](symbol x, symbol h, symbol) {
            (void)scan(
                [&](symbol s, symbol sentence) {
                    growable<symbol> values;
                    for (int i = 0; i < count; ++i) values.push(s * (i + 2));
                    return scan(
                               [&](symbol t, symbol now) {
                                   for (const symbol& v : values) t = t + v * now;
                                   return t;
                               },
                               states(s), over(sentence))
                        .state[0];
                },
                states(h), over(x));
        };
    };
    CHECK(mistake_of(reads_many(60)) == mistake_kind::none);  // and its state and its sequence
    CHECK(mistake_of(reads_many(61)) == mistake_kind::value_of_another_scan);
}
