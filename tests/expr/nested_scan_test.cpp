// SPDX-License-Identifier: BSL-1.0
// Scans and while_loops in the steps of others, and conds between them, against loops in C++: interpreted as traced,
// optimised, and as schedules of kernels; derivatives against difference quotients, the second ones too.
#include "nested_scan.hpp"

#include "../support/three_ways.hpp"

#include <telar/expr/call.hpp>
#include <telar/expr/control.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/recurrent.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/expr/while_loop.hpp>
#include <telar/run/checkpoint.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

using namespace telar;
using namespace telar::runtime;
using nested_scans::mistake_of;
using nested_scans::one_number;
using nested_scans::start;
using nested_scans::weight;
using nested_scans::xs;
using support::array;
using support::check_derivatives;
using support::check_near;
using support::gradients_of;
using support::results_of;
using support::scattered;

namespace {

/// Within a sentence h' = tanh(h w + x + 0.1 s), where s is h as the sentence began.
constexpr auto sentences = [](symbol x, symbol h0, symbol w) {
    const auto r = scan(
        [&](symbol s, symbol sentence) {
            const auto words =
                scan([&](symbol h, symbol now) { return tanh(h * exp(w) + now + 0.1 * s); }, states(s), over(sentence));
            return scanned{states(words.state[0]), std::array{words.kept[0], sum(words.kept[0] * s)}};
        },
        states(h0), over(x));
    return std::array{r.state[0], r.kept[0], r.kept[1]};
};

}  // namespace

TEST_CASE("a scan over sentences of a scan over words: what it captures, and what is kept of both") {
    const auto got = results_of(sentences, xs, start, weight);
    std::vector<double> h(3), all, sums;
    for (int i = 0; i < 3; ++i) h[std::size_t(i)] = start.at(i);
    for (int s = 0; s < 2; ++s) {
        const std::vector<double> first = h;
        double total = 0;
        for (int t = 0; t < 4; ++t)
            for (std::size_t i = 0; i < 3; ++i) {
                const int at = static_cast<int>(i);
                h[i] = std::tanh(h[i] * std::exp(weight.at(at)) + xs.at((s * 4 + t) * 3 + at) + 0.1 * first[i]);
                all.push_back(h[i]);
                total += h[i] * first[i];
            }
        sums.push_back(total);
    }
    REQUIRE(got[1].extents == shape(2, 4, 3));
    check_near(got[0], h);
    check_near(got[1], all);
    check_near(got[2], sums);
}
TEST_CASE("first and second derivatives, by all that both steps read") {
    const auto loss = [](symbol x, symbol h0, symbol w) {
        const auto r = sentences(x, h0, w);
        return sum(r[0] * r[0]) + sum(sin(r[1])) + sum(r[2]);
    };
    check_derivatives(loss, xs, start, weight);
}
TEST_CASE("it is what compile_once around the inner scan is, and the inner function stands there once") {
    constexpr auto words = telar::function([](auto s, auto x, auto w) {
        return scan([&](auto h, auto now) { return tanh(matmul(h, w) + now * s); }, states(s), over(x)).kept[0];
    });
    const auto over_sentences = [](auto step) {
        return [=](symbol x, symbol h0, symbol w) {
            return scan(
                       [&](symbol s, symbol sentence) {
                           const symbol a = step(s, sentence, w), b = step(s, -sentence, w);
                           return s + sum(a, axis<0>) + sum(b, axis<0>);
                       },
                       states(h0), over(x))
                .kept[0];
        };
    };
    const array x = scattered(shape(2, 3, 1, 2), -1, 1), h0 = scattered(shape(1, 2), -1, 1, 0.3),
                w = scattered(shape(2, 2), -1, 1, 0.6);
    const auto plain = over_sentences(words);
    const auto explicit_blocks = over_sentences(compile_once(words));
    const auto got = results_of(gradients_of(plain), x, h0, w),
               want = results_of(gradients_of(explicit_blocks), x, h0, w);
    for (std::size_t i = 0; i < 3; ++i) check_near(got[i], want[i]);

    graph g;
    symbol leaves[3], d[3];
    const symbol y = support::traced(g, plain, std::array{x, h0, w}, leaves);
    CHECK(g.blocks.size() == 1);
    CHECK(count(g, op::scan) == 1);
    CHECK(count(g, op::call) == 2);
    differentiate(support::weighted(y), leaves, 3, d);
    CHECK(g.blocks.size() == 2);
    const int size = g.size();
    CHECK(plain(leaves[0], leaves[1], leaves[2]).id == y.id);  // what is traced twice runs once
    g.roots.push({y.id, -1, 0, 0});
    CHECK(g.blocks.size() == 2);
    CHECK(count(drop_dead_nodes(g), op::scan) == 1);
    CHECK(g.size() > size);
}
TEST_CASE("a scan that reads nothing of the steps around it stays outside, and so does what its steps may share") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float64, 0, shape(4, 3)}),
                 w = declare_leaf(g, 1, {dtype::float64, 0, shape(3)});
    const symbol y = scan(
                         [&](symbol h, symbol now) {
                             const symbol alone =
                                 scan([](symbol s, symbol r) { return s + r; }, states(w), over(x)).state[0];
                             return scan([&](symbol s) { return s * sqrt(w) + now; }, states(h), 3).state[0] + alone;
                         },
                         states(w), over(x))
                         .state[0];
    g.roots.push({y.id, -1, 0, 0});
    const graph alive = drop_dead_nodes(g);
    CHECK(count(alive, op::scan) == 2);
    REQUIRE(g.blocks.size() == 1);
    CHECK(count(g.blocks[0].body, op::sqrt) == 0);
    const scan_scopes scopes(alive);
    for (int i = 0; i < alive.size(); ++i)
        if (alive[i].kind == op::sqrt) CHECK(scopes.runs[i] == -1);
}
TEST_CASE("three levels") {
    const auto deep = [](symbol x, symbol h0, symbol w) {  // x (2, 2, 2, 2)
        return scan(
                   [&](symbol a, symbol page) {
                       const auto lines = scan(
                           [&](symbol b, symbol line) {
                               return scan([&](symbol c, symbol now) { return sin(c * w + now * b) + 0.5 * a; },
                                           states(b), over(line), direction::backward)
                                   .state[0];
                           },
                           states(a), over(page));
                       return lines.state[0] + sum(lines.kept[0], axis<0>);
                   },
                   states(h0), over(x))
            .kept[0];
    };
    const array x = scattered(shape(2, 2, 2, 2), -1, 1), h0 = scattered(shape(2), -1, 1, 0.3),
                w = scattered(shape(2), 0.5, 1, 0.6);
    const auto got = results_of([&](symbol a, symbol b, symbol c) { return std::array{deep(a, b, c)}; }, x, h0, w);
    std::vector<double> want;
    for (int i = 0; i < 2; ++i) {
        double a = h0.at(i);
        for (int p = 0; p < 2; ++p) {
            double b = a, kept = 0;
            for (int l = 0; l < 2; ++l) {
                double c = b;
                for (int k = 1; k >= 0; --k)
                    c = std::sin(c * w.at(i) + x.at(((p * 2 + l) * 2 + k) * 2 + i) * b) + 0.5 * a;
                kept += b = c;
            }
            want.push_back(a = b + kept);
        }
    }
    for (int p = 0; p < 2; ++p)
        for (int i = 0; i < 2; ++i)
            CHECK(got[0].at(p * 2 + i) == doctest::Approx(want[std::size_t(i * 2 + p)]).epsilon(1e-12));
    check_derivatives(deep, x, h0, w);
}

// ---------------------------------------------------------------- while_loop
namespace {

/// Newton's steps to the root of x, from r.
constexpr auto root_of = [](symbol x, symbol r) {
    return while_loop([&](symbol s) { return any(abs(s * s - x) > 1e-9); }, [&](symbol s) { return (s + x / s) / 2; },
                      states(r))[0];
};

}  // namespace

TEST_CASE("a while_loop in a scan, a scan in a while_loop, in its condition, and two while_loops") {
    const array x = scattered(shape(3, 2), 1, 9), one = reference::array_of(shape(2), std::array{1.0, 1.0}.data());
    const auto roots = [](symbol lines, symbol r) {
        return std::array{scan([](symbol h, symbol line) { return root_of(line, h); }, states(r), over(lines)).kept[0]};
    };
    const auto got = results_of(roots, x, one);
    for (int i = 0; i < 6; ++i) CHECK(got[0].at(i) == doctest::Approx(std::sqrt(x.at(i))).epsilon(1e-8));

    const auto until_large = [](symbol lines, symbol s) {  // the sum of the lines again and again, and how often
        const symbol zero = emit::constant(*s.g, dtype::int64, 0);
        const auto added = [&](symbol h) {
            return scan([](symbol a, symbol b) { return a + b; }, states(h), over(lines)).state[0];
        };
        return while_loop([&](symbol h, symbol) { return sum(added(h)) < 100; },
                          [&](symbol h, symbol n) { return states(added(h), n + 1); }, states(s, zero));
    };
    const auto large = results_of(until_large, x, one);
    double total = 0, h = 2;
    for (int i = 0; i < 6; ++i) total += x.at(i);
    int n = 0;
    for (; h + total < 100; ++n) h += total;
    CHECK(n > 1);
    CHECK(large[1].at(0) == n);
    CHECK(large[0].at(0) + large[0].at(1) == doctest::Approx(h));

    const auto powers = [](symbol x0, symbol) {  // doubled until it is above 10, as long as that is below 25
        return std::array{while_loop([](symbol s) { return all(s < 25); },
                                     [](symbol s) {
                                         return 1.5 * while_loop([](symbol t) { return any(t < 10); },
                                                                 [](symbol t) { return 2 * t; }, states(s))[0];
                                     },
                                     states(x0))[0]};
    };
    const array three = one_number(3);
    check_near(results_of(powers, three, three)[0], {27});  // 12 -> 18 -> 27
}
TEST_CASE("no derivative goes through a while_loop in a scan, unless it need not") {
    CHECK(mistake_of([](symbol x, symbol h, symbol) {
              const auto r =
                  scan([](symbol s, symbol sentence) { return root_of(abs(sentence[0]) + 1, s); }, states(h), over(x));
              (void)differentiate(sum(r.state[0]), h);
          }) == mistake_kind::while_gradient);
    const auto scaled = [](symbol x, symbol h, symbol w) {
        const auto r = scan(
            [&](symbol s, symbol sentence) {
                const symbol line = emit::elementwise(op::stop_gradient, abs(sentence[0]) + 1);
                const symbol one = emit::broadcast_to(emit::constant(*x.g, x.type(), 1), shape(3));
                return s * w * root_of(line, one);
            },
            states(h), over(x));
        return std::array{differentiate(sum(r.state[0]), h)};
    };
    std::vector<double> want;
    for (int i = 0; i < 3; ++i)
        want.push_back(weight.at(i) * std::sqrt(std::abs(xs.at(i)) + 1) * weight.at(i) *
                       std::sqrt(std::abs(xs.at(12 + i)) + 1));
    const auto got = results_of(scaled, xs, start, weight);
    for (int i = 0; i < 3; ++i) CHECK(got[0].at(i) == doctest::Approx(want[std::size_t(i)]).epsilon(1e-8));
}

// ---------------------------------------------------------------- cond
namespace {

constexpr auto running = telar::function([](auto h, auto x, auto w) {
    return scan([&](auto s, auto now) { return sin(s * w + now * h); }, states(h), over(x)).state[0];
});
constexpr auto first_word = telar::function([](auto h, auto x, auto w) { return h + w * x[0]; });
constexpr auto never_ends = telar::function([](auto h, auto, auto) {
    return while_loop([](auto s) { return all(s < s + 1); }, [](auto s) { return s; }, states(h))[0];
});

}  // namespace

TEST_CASE("a cond between two scans: one side runs, and its derivative") {
    const auto chosen = [](symbol x, symbol h0, symbol w) {
        return scan([&](symbol h,
                        symbol sentence) { return cond(sentence[0][0] > 0, running, first_word, h, sentence, w); },
                    states(h0), over(x))
            .kept[0];
    };
    const auto got = results_of([&](auto... s) { return std::array{chosen(s...)}; }, xs, start, weight);
    std::vector<double> h(3), want;
    for (int i = 0; i < 3; ++i) h[std::size_t(i)] = start.at(i);
    int both = 0;
    for (int s = 0; s < 2; ++s) {
        const bool is_positive = xs.at(s * 12) > 0;
        both |= is_positive ? 1 : 2;
        for (int i = 0; i < 3; ++i) {
            const double before = h[std::size_t(i)];
            double& now = h[std::size_t(i)];
            if (is_positive)
                for (int t = 0; t < 4; ++t) now = std::sin(now * weight.at(i) + xs.at((s * 4 + t) * 3 + i) * before);
            else now += weight.at(i) * xs.at(s * 12 + i);
            want.push_back(now);
        }
    }
    CHECK(both == 3);
    check_near(got[0], want);
    check_derivatives(chosen, xs, start, weight);
}
TEST_CASE("a side that is not taken does not run: not in a step, nor where it holds a loop that would not end") {
    const auto f = [](symbol x, symbol h0, symbol w) {
        const symbol no = sum(x * x) < 0;
        const symbol y = cond(no, never_ends, first_word, h0, x[0], w);
        const auto step = [&](symbol h, symbol sentence) {
            return cond(sum(sentence * sentence) < 0, never_ends, first_word, h, sentence, w);
        };
        return std::array{scan(step, states(y), over(x)).state[0]};
    };
    std::vector<double> want;
    for (int i = 0; i < 3; ++i) want.push_back(start.at(i) + weight.at(i) * (2 * xs.at(i) + xs.at(12 + i)));
    check_near(results_of(f, xs, start, weight)[0], want);
}

// ---------------------------------------------------------------- layers, blocks, rules of one's own
TEST_CASE("an lstm over the words of a sentence in a scan over sentences") {
    constexpr int n = 2, units = 3, inputs = 2;
    const auto network = [](symbol x, symbol w, symbol u, symbol b) {  // x (sentences, N, words, F)
        const symbol zeros = emit::broadcast_to(emit::constant(*x.g, x.type(), 0), shape(n, units));
        return scan(
                   [&](symbol h, symbol sentence) {
                       const auto [all, last, c] = lstm(sentence, w, u, b, h, zeros);
                       return last + 0.5 * mean(all, axis<1>) * c;
                   },
                   states(zeros), over(x))
            .kept[0];
    };
    const array x = scattered(shape(2, n, 2, inputs), -1, 1), w = scattered(shape(inputs, 4 * units), -1, 1, 0.2),
                u = scattered(shape(units, 4 * units), -1, 1, 0.4), b = scattered(shape(4 * units), -1, 1, 0.6);
    const auto got = results_of([&](auto... s) { return std::array{network(s...)}; }, x, w, u, b);
    const auto unrolled = [](symbol a, symbol w0, symbol u0, symbol b0) {
        const symbol zeros = emit::broadcast_to(emit::constant(*a.g, a.type(), 0), shape(n, units));
        symbol h = zeros;
        std::array<symbol, 2> kept;
        for (extent_t s = 0; s < 2; ++s) {
            const auto [all, last, c] = lstm(a[s], w0, u0, b0, h, zeros);
            kept[std::size_t(s)] = h = last + 0.5 * mean(all, axis<1>) * c;
        }
        return kept;
    };
    const auto want = results_of(unrolled, x, w, u, b);
    for (int k = 0; k < n * units; ++k) {
        CHECK(got[0].at(k) == doctest::Approx(want[0].at(k)).epsilon(1e-12));
        CHECK(got[0].at(n * units + k) == doctest::Approx(want[1].at(k)).epsilon(1e-12));
    }
    CHECK(support::error_of_gradient([&](auto... s) { return support::weighted(network(s...)); },
                                     std::array{x, w, u, b}) < 1e-8);
}
namespace {

constexpr auto whole = telar::function([](auto x, auto h, auto w) { return sentences(x, h, w)[1]; });
constexpr auto tangent = telar::function([](auto x) { return tanh(x); });
constexpr auto twice_the_slope = telar::function([](auto dy, auto x) { return 2 * dy * (1 - square(tanh(x))); });
constexpr auto cell = telar::function([](auto h, auto x, auto w) { return tanh(h * w + sin(x * h)); });

}  // namespace

TEST_CASE("compile_once and checkpoint around both scans; a checkpoint and a derivative of one's own within") {
    const auto plain = [](auto... s) { return whole(s...); };
    const auto want = results_of(gradients_of(plain), xs, start, weight);
    const auto agrees = [&](auto f) {
        const auto got = results_of(gradients_of(f), xs, start, weight);
        for (std::size_t i = 0; i < 3; ++i) check_near(got[i], want[i]);
    };
    agrees([](auto... s) { return compile_once(whole)(s...); });
    agrees([](auto... s) { return checkpoint(whole)(s...); });

    const auto remembered = [](auto step) {
        return [=](symbol x, symbol h0, symbol w) {
            return scan(
                       [&](symbol s, symbol sentence) {
                           return scan([&](symbol h, symbol now) { return step(h, now * s, w); }, states(s),
                                       over(sentence))
                               .state[0];
                       },
                       states(h0), over(x))
                .kept[0];
        };
    };
    const auto all = results_of(gradients_of(remembered(cell)), xs, start, weight),
               less = results_of(gradients_of(remembered(checkpoint(cell))), xs, start, weight);
    for (std::size_t i = 0; i < 3; ++i) check_near(less[i], all[i]);
    check_derivatives(remembered(checkpoint(cell)), xs, start, weight);

    const auto doubled = [](symbol x, symbol h0, symbol w) {  // a factor of 2 for each of two sentences and two words
        const auto y = scan(
            [&](symbol s, symbol sentence) {
                return scan([&](symbol h, symbol now) { return custom_gradient(tangent, twice_the_slope)(h) * now; },
                            states(s * w), over(sentence))
                    .state[0];
            },
            states(h0), over(x));
        return y.state[0];
    };
    const auto single = [](symbol x, symbol h0, symbol w) {
        const auto step = [&](symbol s, symbol sentence) {
            return scan([&](symbol h, symbol now) { return tanh(h) * now; }, states(s * w), over(sentence)).state[0];
        };
        return scan(step, states(h0), over(x)).state[0];
    };
    const auto two = results_of(gradients_of(doubled), xs, start, weight),
               one = results_of(gradients_of(single), xs, start, weight);
    for (int i = 0; i < 3; ++i) CHECK(two[1].at(i) == doctest::Approx(256 * one[1].at(i)).epsilon(1e-12));
}
TEST_CASE("derivatives that are asked for in the steps: by a state of either scan, and of a scan that stands before") {
    const auto within = [](symbol x, symbol h0, symbol w) {
        return scan(
                   [&](symbol s, symbol sentence) {
                       const symbol square_of_s = s * s;  // a value of the outer step
                       const auto r = scan(
                           [&](symbol h, symbol now) {
                               const symbol energy = sum(sin(h * now) * square_of_s);
                               return h - 0.1 * differentiate(energy, h) + 0.2 * differentiate(energy, s);
                           },
                           states(s * w), over(sentence));
                       return r.state[0];
                   },
                   states(h0), over(x))
            .kept[0];
    };
    const auto got = results_of([&](auto... s) { return std::array{within(s...)}; }, xs, start, weight);
    std::vector<double> want(6);
    for (int i = 0; i < 3; ++i) {
        double s = start.at(i);
        for (int k = 0; k < 2; ++k) {
            double h = s * weight.at(i);
            for (int t = 0; t < 4; ++t) {
                const double x = xs.at((k * 4 + t) * 3 + i);
                h += -0.1 * std::cos(h * x) * x * s * s + 0.2 * std::sin(h * x) * 2 * s;
            }
            want[std::size_t(k * 3 + i)] = s = h;
        }
    }
    check_near(got[0], want);
    check_derivatives(within, xs, start, weight);

    const auto through_the_inner = [](symbol x, symbol h0, symbol w) {  // a step down the slope of the inner scan
        return scan(
                   [&](symbol s, symbol sentence) {
                       const symbol r =
                           scan([&](symbol h, symbol now) { return h * w + now * s; }, states(s), over(sentence))
                               .state[0];
                       return s - 0.1 * differentiate(sum(r * r), s);
                   },
                   states(h0), over(x))
            .kept[0];
    };
    const auto steps = results_of([&](auto... s) { return std::array{through_the_inner(s...)}; }, xs, start, weight);
    for (int i = 0; i < 3; ++i) {
        double s = start.at(i);
        for (int k = 0; k < 2; ++k) {
            double factor = 1;  // r = factor s
            for (int t = 0; t < 4; ++t) factor = factor * weight.at(i) + xs.at((k * 4 + t) * 3 + i);
            want[std::size_t(k * 3 + i)] = s -= 0.1 * 2 * factor * factor * s;
        }
    }
    check_near(steps[0], want);
    check_derivatives(through_the_inner, xs, start, weight);

    const auto of_a_scan = [](symbol x, symbol h0, symbol w) {  // y = w^4 h0: its derivative by w, of a step's energy
        return scan(
                   [&](symbol s, symbol sentence) {
                       const symbol y = scan([&](symbol h) { return h * w; }, states(h0), 4).state[0];
                       return s + differentiate(sum(y * s * sentence[0]), w);
                   },
                   states(h0), over(x))
            .kept[0];
    };
    const auto slopes = results_of([&](auto... s) { return std::array{of_a_scan(s...)}; }, xs, start, weight);
    for (int i = 0; i < 3; ++i) {
        double s = start.at(i);
        for (int k = 0; k < 2; ++k) {
            s += 4 * std::pow(weight.at(i), 3) * start.at(i) * s * xs.at(k * 12 + i);
            want[std::size_t(k * 3 + i)] = s;
        }
    }
    check_near(slopes[0], want);
    check_derivatives(of_a_scan, xs, start, weight);
}
