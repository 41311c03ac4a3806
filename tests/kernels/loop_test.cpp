// SPDX-License-Identifier: BSL-1.0
// Element-wise kernels of one operand, compiled for this machine, against the reference: odd sizes, special values.
#include <telar/kernels/cpu/loop.hpp>

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
TEST_CASE_TEMPLATE("special values", T, float, double) {
    const auto x = support::special_values<T>();
    CHECK(error_of_call(0, exact, x) == 0);
    CHECK(error_of_call(0, on_all_numbers, x) < roundings<T>(6));
    CHECK(error_of_call(0, on_some_numbers, x) < roundings<T>(6));
    CHECK(std::signbit(std::get<4>(exact(x))(1)));  // floor(-0.0) is -0.0
}
