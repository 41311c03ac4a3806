// SPDX-License-Identifier: BSL-1.0
// Element-wise kernels of one operand, compiled for this machine, against the reference: odd sizes, special values.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/math.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;
using support::sizes;

namespace {

// Several operations in one function are one kernel with several results: fewer kernels to compile.
constexpr auto exact = telar::function([](auto x) {
    return std::array{-x, abs(x), sign(x), sqrt(abs(x)), floor(x), ceil(x), round(x), relu(x), stop_gradient(x)};
});
constexpr auto on_all_numbers = telar::function([](auto x) {
    return std::array{exp(x), expm1(x), sin(x), cos(x), tan(x), atan(x), tanh(x), asinh(x), sigmoid(x), erf(x)};
});
constexpr auto on_some_numbers = telar::function([](auto x) {
    const auto unit = minimum(maximum(x, -1), 1), positive = abs(x);
    return std::array{log(positive), log1p(positive),     asin(unit),  acos(unit), sinh(x),
                      cosh(x),       acosh(positive + 1), atanh(unit), softplus(x)};
});
// Few enough formulas for several registers to go together, also the last, broken ones.
constexpr auto three_formulas = telar::function([](auto x) { return std::array{sigmoid(x), tanh(x), x * exp(x)}; });
constexpr auto six_formulas = telar::function([](auto x) {
    const auto c = sigmoid(x) * x + sigmoid(-x) * tanh(x);
    return std::array{sigmoid(2 * x) * tanh(c), exp(c), c};
});
}  // namespace

TEST_CASE_TEMPLATE("unary operations at every odd size", T, float, double) {
    generator random(1);
    for (const extent_t n : sizes) {
        CAPTURE(n);
        const auto x = random_tensor<T, dyn>(random, shape(n), -4, 4);
        CHECK(error_of_call(0, exact, x) == 0);
        CHECK(error_of_call(0, on_all_numbers, x) < roundings<T>(6));
        CHECK(error_of_call(0, on_some_numbers, x) < roundings<T>(6));
    }
}
TEST_CASE_TEMPLATE("some formulas at every size of a few registers", T, float, double) {
    generator random(2);
    for (extent_t n = 1; n <= 70; ++n) {
        CAPTURE(n);
        const auto x = random_tensor<T, dyn>(random, shape(n), -4, 4);
        CHECK(error_of_call(0, three_formulas, x) < roundings<T>(6));
        CHECK(error_of_call(0, six_formulas, x) < roundings<T>(16));
    }
}
TEST_CASE_TEMPLATE("special values", T, float, double) {
    const auto x = support::special_values<T>();
    CHECK(error_of_call(0, exact, x) == 0);
    CHECK(error_of_call(0, on_all_numbers, x) < roundings<T>(6));
    CHECK(error_of_call(0, on_some_numbers, x) < roundings<T>(6));
    CHECK(std::signbit(std::get<4>(exact(x))(1)));  // floor(-0.0) is -0.0
}
