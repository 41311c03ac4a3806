// SPDX-License-Identifier: BSL-1.0
// Recurrent layers against their formulas, one number at a time; derivatives against difference quotients.
#include <telar/expr/recurrent.hpp>

#include "../support/finite_differences.hpp"

#include <doctest/doctest.h>
#include <telar/graph/verify.hpp>

#include <cmath>
#include <vector>

using namespace telar;
using namespace telar::expr;
using namespace telar::ir::kernels;
using support::array;
using support::scattered;

namespace {

using numbers = std::vector<double>;

double sigma(double x) { return 1 / (1 + std::exp(-x)); }
/// x_t W + h U + b of one sample: part `gate`, unit `i`.
struct weights {
    array w, u, b;
    int gates;

    int units() const { return static_cast<int>(u.extents[0]); }
    int column(int gate, int i) const { return gate * units() + i; }
    double input(const numbers& x, int gate, int i) const {
        double z = b.at(column(gate, i));
        for (std::size_t k = 0; k < x.size(); ++k)
            z += x[k] * w.at(static_cast<int>(k) * gates * units() + column(gate, i));
        return z;
    }
    double recurrent(const numbers& h, int gate, int i) const {
        double z = 0;
        for (std::size_t k = 0; k < h.size(); ++k)
            z += h[k] * u.at(static_cast<int>(k) * gates * units() + column(gate, i));
        return z;
    }
    double second_bias(int gate, int i) const { return b.at(gates * units() + column(gate, i)); }
};
weights some(int inputs, int units, int gates, bool two_biases = false) {
    return {scattered(shape(inputs, gates * units), -1, 1), scattered(shape(units, gates * units), -1, 1, 0.3),
            scattered(two_biases ? shape(2, gates * units) : shape(gates * units), -1, 1, 0.6), gates};
}
void lstm_by_hand(const weights& p, const numbers& x, numbers& h, numbers& c) {
    const numbers old = h;
    for (int i = 0; i < p.units(); ++i) {
        const auto z = [&](int gate) { return p.input(x, gate, i) + p.recurrent(old, gate, i); };
        const auto at = static_cast<std::size_t>(i);
        c[at] = sigma(z(1)) * c[at] + sigma(z(0)) * std::tanh(z(2));
        h[at] = sigma(z(3)) * std::tanh(c[at]);
    }
}
void gru_by_hand(const weights& p, const numbers& x, numbers& h) {
    const numbers old = h;
    const bool after = p.b.extents.rank == 2;
    numbers reset;
    for (int i = 0; i < p.units(); ++i) {
        const double r = sigma(p.input(x, 1, i) + p.recurrent(old, 1, i) + (after ? p.second_bias(1, i) : 0));
        reset.push_back(after ? r : r * old[static_cast<std::size_t>(i)]);
    }
    for (int i = 0; i < p.units(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const double z = sigma(p.input(x, 0, i) + p.recurrent(old, 0, i) + (after ? p.second_bias(0, i) : 0));
        const double from_state =
            after ? reset[at] * (p.recurrent(old, 2, i) + p.second_bias(2, i)) : p.recurrent(reset, 2, i);
        h[at] = z * old[at] + (1 - z) * std::tanh(p.input(x, 2, i) + from_state);
    }
}
/// The results of f(x, w, u, b).
template <class F> growable<array> evaluated(F f, const array& x, const weights& p) {
    graph g;
    growable<array> leaves;
    const auto leaf = [&](const array& a) { return declare_leaf(g, leaves.push(a), {a.type, 0, a.extents}); };
    const symbol s[] = {leaf(x), leaf(p.w), leaf(p.u), leaf(p.b)};
    for (const symbol r : f(s[0], s[1], s[2], s[3])) g.roots.push({r.id, -1, 0, 0});
    REQUIRE(g.error.what == mistake_kind::none);
    if (const char* why = first_illegality(g)) FAIL(why);
    return support::interpreted(g, leaves);
}
/// Steps of one sample by hand, against results for a batch: all h, the last h.
template <class Step> void check_layer(const array& x, const growable<array>& got, int units, Step step) {
    const int batch = static_cast<int>(x.extents[0]), steps = static_cast<int>(x.extents[1]),
              inputs = static_cast<int>(x.extents[2]);
    REQUIRE(got[0].extents == shape(batch, steps, units));
    REQUIRE(got[1].extents == shape(batch, units));
    for (int n = 0; n < batch; ++n) {
        numbers h(static_cast<std::size_t>(units)), c = h;
        for (int t = 0; t < steps; ++t) {
            numbers now;
            for (int k = 0; k < inputs; ++k) now.push_back(x.at((n * steps + t) * inputs + k));
            step(now, h, c);
            for (int i = 0; i < units; ++i)
                CHECK(got[0].at((n * steps + t) * units + i) == doctest::Approx(h[static_cast<std::size_t>(i)]));
        }
        for (int i = 0; i < units; ++i) {
            CHECK(got[1].at(n * units + i) == doctest::Approx(h[static_cast<std::size_t>(i)]));
            if (got.size() > 2) CHECK(got[2].at(n * units + i) == doctest::Approx(c[static_cast<std::size_t>(i)]));
        }
    }
}

constexpr auto as_lstm = [](auto... s) { return lstm(s...); };
constexpr auto as_gru = [](auto... s) { return gru(s...); };

}  // namespace

TEST_CASE("lstm: every h, the last h and c") {
    const array x = scattered(shape(2, 5, 3), -1, 1, 0.1);
    const weights p = some(3, 4, 4);
    check_layer(x, evaluated(as_lstm, x, p), 4,
                [&](const numbers& now, numbers& h, numbers& c) { lstm_by_hand(p, now, h, c); });
}
TEST_CASE("gru in both forms") {
    const array x = scattered(shape(3, 4, 2), -1, 1, 0.1);
    for (const bool after : {true, false}) {
        const weights p = some(2, 3, 3, after);
        check_layer(x, evaluated(as_gru, x, p), 3,
                    [&](const numbers& now, numbers& h, numbers&) { gru_by_hand(p, now, h); });
    }
}
TEST_CASE("simple_rnn; a sequence without a batch") {
    const weights p = some(2, 3, 1);
    const array x = scattered(shape(1, 4, 2), -1, 1);
    check_layer(x, evaluated([](auto... s) { return simple_rnn(s...); }, x, p), 3,
                [&](const numbers& now, numbers& h, numbers&) {
                    const numbers old = h;
                    for (int i = 0; i < 3; ++i)
                        h[static_cast<std::size_t>(i)] = std::tanh(p.input(now, 0, i) + p.recurrent(old, 0, i));
                });
    array alone = x;
    alone.extents = shape(4, 2);
    const auto with = evaluated(as_lstm, x, some(2, 3, 4)), without = evaluated(as_lstm, alone, some(2, 3, 4));
    REQUIRE(without[0].extents == shape(4, 3));
    REQUIRE(without[2].extents == shape(3));
    for (int k = 0; k < 3; ++k)
        for (int i = 0; i < with[k].count(); ++i) CHECK(without[k].at(i) == with[k].at(i));
}
TEST_CASE("a layer is its cell, again and again; it may begin with given states") {
    const array x = scattered(shape(2, 2, 3), -1, 1);
    const auto by_cells = [](symbol xs, symbol w, symbol u, symbol b) {
        const auto at = [&](int t) { return reshape(slice(xs, 1, t, t + 1), shape(2, 3)); };
        const symbol zeros = emit::broadcast_to(emit::constant(*xs.g, xs.type(), 0), shape(2, 2));
        const auto first = lstm_cell(at(0), zeros, zeros, w, u, b),
                   second = lstm_cell(at(1), first[0], first[1], w, u, b);
        const auto from_first = lstm(slice(xs, 1, 1, 2), w, u, b, first[0], first[1]);
        const auto all = lstm(xs, w, u, b);
        return std::array{second[0] - all[1], second[1] - all[2], from_first[1] - all[1], from_first[2] - all[2]};
    };
    for (const array& difference : evaluated(by_cells, x, some(3, 2, 4)))
        for (int i = 0; i < difference.count(); ++i) CHECK(std::abs(difference.at(i)) < 1e-15);
}
TEST_CASE("derivatives by the sequence and every weight") {
    const array x = scattered(shape(2, 3, 2), -1, 1);
    const weights l = some(2, 2, 4), g = some(2, 2, 3, true), first_form = some(2, 2, 3);
    const auto of_lstm = [](auto... s) {
        const auto r = lstm(s...);
        return sum(r[0] * r[0]) + sum(r[1] * r[2]);
    };
    const auto of_gru = [](auto... s) { return sum(gru(s...)[0]); };
    support::check_derivatives(of_lstm, x, l.w, l.u, l.b);
    support::check_derivatives(of_gru, x, g.w, g.u, g.b);
    support::check_derivatives(of_gru, x, first_form.w, first_form.u, first_form.b);
}
TEST_CASE("weights that do not fit") {
    const auto mistake_of = [](const shape& w, const shape& u, const shape& b) {
        graph g;
        const auto leaf = [&](int number, const shape& s) { return declare_leaf(g, number, {dtype::float64, 0, s}); };
        (void)lstm(leaf(0, shape(2, 5, 3)), leaf(1, w), leaf(2, u), leaf(3, b));
        return g.error.what;
    };
    CHECK(mistake_of(shape(3, 8), shape(2, 8), shape(8)) == mistake_kind::none);
    CHECK(mistake_of(shape(3, 8), shape(2, 6), shape(8)) == mistake_kind::recurrent_weights);
    CHECK(mistake_of(shape(3, 8), shape(2, 8), shape(4)) == mistake_kind::recurrent_weights);
    CHECK(mistake_of(shape(3, 12), shape(2, 8), shape(8)) == mistake_kind::recurrent_weights);
}
