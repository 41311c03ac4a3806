// SPDX-License-Identifier: BSL-1.0
// Functions with derivatives of their own, and a choice between two functions.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cmath>

using namespace telar;

namespace {

// ---- a derivative that is no derivative shows which one was taken
constexpr auto product = telar::function([](auto x, auto y) { return x * y * y; });
constexpr auto told = telar::function([](auto dy, auto x, auto y) { return std::tuple(100 * dy * y, dy * exp(x)); });
constexpr auto total = telar::function([](auto x, auto y) { return sum(3 * custom_gradient(product, told)(x, y)); });

// ---- clipped on the way back alone, as for recurrent networks
constexpr auto same = telar::function([](auto x) { return x; });
constexpr auto clipped = telar::function([](auto dy, auto) { return clip(dy, -1, 1); });
constexpr auto clipping = telar::function([](auto x) { return sum(square(custom_gradient(same, clipped)(x))); });

// ---- a linear map stays one, inside and in the derivative
constexpr auto mapped = telar::function([](auto W, auto x) { return W * x; });
constexpr auto mapped_back = telar::function([](auto dy, auto W, auto x) { return std::tuple(outer(dy, x), dy * W); });
constexpr auto through =
    telar::function([](auto W, auto x) { return sum(tanh(custom_gradient(mapped, mapped_back)(W, x))); });
constexpr auto plainly = telar::function([](auto W, auto x) { return sum(tanh(W * x)); });

// ---- a choice
constexpr auto logarithms = telar::function([](auto x, auto scale) { return sum(log(x)) * scale; });
constexpr auto squares = telar::function([](auto x, auto) { return sum(square(x)); });
constexpr auto chosen =
    telar::function([](auto p, auto x, auto scale) { return cond(p, logarithms, squares, x, scale); });
constexpr auto slopes = value_and_grad(chosen, range<1, 2>);
constexpr auto bend =
    telar::function([](auto p, auto x, auto scale) { return sum(grad(chosen, range<1, 2>)(p, x, scale)); });

}  // namespace

TEST_CASE("custom_gradient: the value is the function's, the derivative what was said") {
    const tensor<double, 2> x{1, -2}, y{3, 0.5};
    const auto [value, dx, dy] = value_and_grad(total, range<0>)(x, y);
    CHECK(value.item() == doctest::Approx(3 * (9 - 0.5)));
    for (extent_t i = 0; i < 2; ++i) {
        CHECK(dx(i) == doctest::Approx(300 * y(i)));
        CHECK(dy(i) == doctest::Approx(3 * std::exp(x(i))));
    }
    const tensor<double, 2> once = grad(clipping)(tensor<double, 2>{0.25, -4});
    CHECK(once(0) == 0.5);
    CHECK(once(1) == -1);
}
TEST_CASE("custom_gradient: a matrix is a linear map, in expressions too") {
    variable<"W", matrix<double, 2, 2>> W(matrix<double, 2, 2>{{0.5, -1}, {0.25, 2}});
    variable<"x", tensor<double, 2>> x(tensor<double, 2>{0.3, -0.6});
    const auto y = through(W, x);
    const auto z = plainly(W, x);
    const auto [y0, a, b] = run(fetch(y, gradient(y, W), gradient(y, x)));
    const auto [z0, c, d] = run(fetch(z, gradient(z, W), gradient(z, x)));
    CHECK(y0.item() == doctest::Approx(z0.item()));
    for (extent_t i = 0; i < 2; ++i) {
        CHECK(b(i) == doctest::Approx(d(i)));
        for (extent_t k = 0; k < 2; ++k) CHECK(a(i, k) == doctest::Approx(c(i, k)));
    }
}
TEST_CASE("cond: one side's value and derivative; the other's NaN is not seen") {
    const tensor<bool> yes(true), no(false);
    const tensor<double> scale(2);
    const tensor<double, 3> positive{1, 2, 4}, mixed{-1, 0, 3};
    const auto [log_value, log_slope] = slopes(yes, positive, scale);
    CHECK(log_value.item() == doctest::Approx(2 * std::log(8.0)));
    for (extent_t i = 0; i < 3; ++i) CHECK(log_slope(i) == doctest::Approx(2 / positive(i)));
    const auto [value, slope] = slopes(no, mixed, scale);  // the logarithms are NaN and -inf, 2 / x is inf
    CHECK(value.item() == 10);
    for (extent_t i = 0; i < 3; ++i) CHECK(slope(i) == 2 * mixed(i));
    const auto [bad_value, bad_slope] = slopes(yes, mixed, scale);
    CHECK(std::isnan(bad_value.item()));
    CHECK(std::isinf(bad_slope(1)));
    const tensor<double, 3> curvature = grad(bend, range<1, 2>)(yes, positive, scale),
                            flat = grad(bend, range<1, 2>)(no, mixed, scale);
    for (extent_t i = 0; i < 3; ++i) {
        CHECK(curvature(i) == doctest::Approx(-2 / (positive(i) * positive(i))));
        CHECK(flat(i) == 2);
    }
}
TEST_CASE("cond: what is chosen may be fed") {
    input<"p", tensor<bool, 1>> p;  // one element
    input<"x", tensor<double, dyn>> x;
    const auto y = cond(p, logarithms, squares, x, 0.5);
    const auto both = fetch(y, gradient(y, x));
    for (const extent_t n : {0, 1, 5}) {
        tensor<double, dyn> data(shape{n});
        for (extent_t i = 0; i < n; ++i) data(i) = static_cast<double>(i + 1);
        const auto [a, da] = run(both, p = tensor<bool, 1>{true}, x = data);
        const auto [b, db] = run(both, p = tensor<bool, 1>{false}, x = data);
        double logs = 0, total_squares = 0;
        for (extent_t i = 0; i < n; ++i) logs += std::log(data(i)) / 2, total_squares += data(i) * data(i);
        CHECK(a.item() == doctest::Approx(logs));
        CHECK(b.item() == doctest::Approx(total_squares));
        for (extent_t i = 0; i < n; ++i) {
            CHECK(da(i) == doctest::Approx(0.5 / data(i)));
            CHECK(db(i) == doctest::Approx(2 * data(i)));
        }
    }
}
