// SPDX-License-Identifier: BSL-1.0
// Element-wise kernels on numbers of two bytes: they compute in float32 and round each result.
#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/linear.hpp>
#include <telar/expr/movement.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto arithmetic = telar::function([](auto x, auto y) {
    return std::array{x + y, x - y, x * y, -x, abs(x), relu(x - 1), maximum(x, y), minimum(x, y), (x * y + x) * y - 1};
});
constexpr auto curves = telar::function([](auto x, auto y) {
    return std::array{exp(x), tanh(x) / 3, sqrt(abs(y)) * 0.1, where(x < y, x, y * y)};
});

/// What half a unit of rounding more or less may change: one step of the type.
template <class T> constexpr double one_step = roundings<T>(1.01);

}  // namespace

TEST_CASE_TEMPLATE("element-wise: each operation is rounded", T, float16, bfloat16) {
    generator random(5);
    for (const extent_t n : support::sizes) {
        CAPTURE(n);
        const auto x = random_tensor<T, dyn>(random, shape(n)), y = random_tensor<T, dyn>(random, shape(n));
        CHECK(error_of_call(0, arithmetic, x, y) == 0);  // so no grouping may leave out a rounding
        CHECK(error_of_call(0, curves, x, y) <= one_step<T>);
    }
}
TEST_CASE_TEMPLATE("broadcast and strided operands", T, float16, bfloat16) {
    generator random(6);
    const auto x = random_tensor<T, 5, 5>(random, shape(5, 5));
    const auto row = random_tensor<T, 5>(random, shape(5));
    const auto column = random_tensor<T, 5, 1>(random, shape(5, 1));
    constexpr auto g = telar::function([](auto a, auto r, auto c) {
        return std::array{a * r + c, transpose(a) * c, transpose(a) + r, concat(a, transpose(a), axis<0>) * 2};
    });
    CHECK(error_of_call(0, g, x, row, column) == 0);
}
