// SPDX-License-Identifier: BSL-1.0
// scan together with functions that say themselves how they are differentiated: checkpoint, custom_gradient, cond,
// grad.
#include "../support/finite_differences.hpp"
#include "../support/three_ways.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <algorithm>
#include <cmath>

using namespace telar;
using namespace telar::ir::passes;
using support::array;
using support::check_derivatives;
using support::gradients_of;
using support::results_of;
using support::scattered;

namespace {

constexpr auto cell = telar::function([](auto h, auto x, auto w) { return tanh(x + sin(matmul(tanh(h), w))); });
/// Every h of the cell; Step is the cell, or the same said in another way.
template <class Step> constexpr auto every_state(Step step) {
    return [step](symbol h, symbol xs, symbol w) {
        return scan([&](symbol s, symbol x) { return step(s, x, w); }, states(h), over(xs)).kept[0];
    };
}
constexpr auto plain = every_state([](symbol h, symbol x, symbol w) { return cell(h, x, w); });

const array h = scattered(shape(2, 3), -1, 1), xs = scattered(shape(4, 2, 3), -1, 1, 0.3),
            w = scattered(shape(3, 3), -1, 1, 0.6);

template <class F> void has_gradients_of_plain(F f) {
    const auto got = results_of(gradients_of(f), h, xs, w), want = results_of(gradients_of(plain), h, xs, w);
    for (std::size_t i = 0; i < 3; ++i)
        for (int k = 0; k < want[i].count(); ++k) CHECK(got[i].at(k) == doctest::Approx(want[i].at(k)).epsilon(1e-12));
    check_derivatives(f, h, xs, w);
}

constexpr auto tangent = telar::function([](auto x) { return tanh(x); });
constexpr auto slope_of_tangent = telar::function([](auto dy, auto x) { return dy * (1 - square(tanh(x))); });
constexpr auto product = telar::function([](auto x, auto m) { return matmul(x, m); });
constexpr auto slopes_of_product = telar::function(
    [](auto dy, auto x, auto m) { return std::tuple(matmul(dy, transpose(m)), matmul(transpose(x), dy)); });
constexpr auto chain = telar::function([](auto h0, auto x, auto m) { return plain(h0, x, m); });

constexpr auto left = telar::function([](auto s, auto x, auto m) { return matmul(tanh(s), m) + x; });
constexpr auto right = telar::function([](auto s, auto x, auto) { return s * x; });
constexpr auto first = telar::function([](auto a, auto) { return sin(a); });
constexpr auto scaled_by_second = telar::function([](auto dy, auto, auto b) { return std::tuple(b * dy, 0 * b); });
constexpr auto energy = telar::function([](auto s, auto m) { return sum(sin(s) * sum(m)); });

}  // namespace

TEST_CASE("checkpoint in a step: the same derivatives, by a captured weight too, and second ones") {
    has_gradients_of_plain(every_state([](symbol s, symbol x, symbol m) { return checkpoint(cell)(s, x, m); }));
}
TEST_CASE("custom_gradient in a step") {
    has_gradients_of_plain(every_state([](symbol s, symbol x, symbol m) {
        const symbol y = custom_gradient(product, slopes_of_product)(tanh(s), m);
        return custom_gradient(tangent, slope_of_tangent)(x + sin(y));
    }));
}
TEST_CASE("a scan in a checkpoint") {
    has_gradients_of_plain([](symbol s, symbol x, symbol m) { return checkpoint(chain)(s, x, m); });
}
TEST_CASE("cond in a step, whose weight comes from around and whose choice does not") {
    check_derivatives(every_state([](symbol s, symbol x, symbol m) { return cond(sum(x) > 0, left, right, s, x, m); }),
                      h, xs, w);
}
TEST_CASE("along what is reversed, in both directions") {
    const auto turned = [](symbol s, symbol x, symbol m) { return reverse(plain(s, reverse(x, 0), m), 0); };
    const auto got = results_of(turned, h, xs, w);
    array from_the_end(xs.type, xs.extents);
    for (int i = 3; i >= 0; --i)
        for (int k = 0; k < 6; ++k) from_the_end.push(xs.at(6 * i + k));
    const auto want = results_of(plain, h, from_the_end, w);
    for (int i = 0; i < 4; ++i)
        for (int k = 0; k < 6; ++k) CHECK(got[0].at(6 * i + k) == want[0].at(6 * (3 - i) + k));
    results_of(gradients_of(turned), h, xs, w);  // in all ways
    check_derivatives(turned, h, xs, w);
}
TEST_CASE("a value from around, with a derivative that reads the step") {
    const auto f = [](symbol a, symbol b) {
        const auto step = [&](symbol s, symbol x) { return s + custom_gradient(first, scaled_by_second)(a, x); };
        const symbol y = scan(step, states(0 * a), over(b)).state[0];
        const symbol by[] = {a};
        symbol d[1];
        differentiate(sum(y), by, 1, d);
        return std::array{d[0]};
    };
    const array a = scattered(shape(3), -1, 1), b = scattered(shape(5, 3), -1, 1, 0.2);
    std::vector<double> sums(3);
    for (int i = 0; i < 15; ++i) sums[static_cast<std::size_t>(i % 3)] += b.at(i);
    support::check_near(results_of(f, a, b)[0], sums);
}
TEST_CASE("a gradient in a step: a method of descent, and what its result depends on") {
    const auto descent =
        every_state([](symbol s, symbol x, symbol m) { return x + s - 0.25 * grad(energy, range<0, 1>)(s, m); });
    const auto spelled = every_state([](symbol s, symbol x, symbol m) { return x + s - 0.25 * cos(s) * sum(m); });
    const auto value = [](auto f) { return [f](symbol a, symbol b, symbol c) { return std::array{f(a, b, c)}; }; };
    const array got = results_of(value(descent), h, xs, w)[0], want = results_of(value(spelled), h, xs, w)[0];
    for (int k = 0; k < want.count(); ++k) CHECK(got.at(k) == doctest::Approx(want.at(k)).epsilon(1e-12));
    check_derivatives(descent, h, xs, w);
}
