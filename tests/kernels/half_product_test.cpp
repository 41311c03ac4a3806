// SPDX-License-Identifier: BSL-1.0
// Products of numbers of two bytes: in float32, rounded once.
#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/run/grad.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

/// What half a unit of rounding more or less may change: one step of the type.
template <class T> constexpr double one_step = roundings<T>(1.01);

}  // namespace

TEST_CASE_TEMPLATE("products sum in float32 and round once", T, float16, bfloat16) {
    constexpr auto product = telar::function([](auto a, auto b, auto bias) { return relu(matmul(a, b) + bias); });
    generator random(9);
    for (const extent_t k : {extent_t{0}, extent_t{1}, extent_t{17}, extent_t{300}}) {
        CAPTURE(k);
        const auto a = random_tensor<T, dyn, dyn>(random, shape(7, k));
        const auto b = random_tensor<T, dyn, dyn>(random, shape(k, 19));
        const auto bias = random_tensor<T, dyn>(random, shape(19));
        CHECK(error_of_call(1, product, a, b, bias) <= 2 * one_step<T>);
    }
    const auto a = tensor<T, 1, 3000>::filled(shape(1, 3000), T(1)), b = a;
    CHECK(float{matmul(a, transpose(b)).item()} == float{T(3000)});
}
TEST_CASE_TEMPLATE("gradients", T, float16, bfloat16) {
    constexpr auto loss = telar::function([](auto x, auto w) { return sum(square(matmul(x, w)) * 0.25); });
    generator random(10);
    const auto x = random_tensor<T, 5, 7>(random, shape(5, 7));
    const auto w = random_tensor<T, 7, 3>(random, shape(7, 3));
    const auto [dx, dw] = grad(loss, range<0>)(x, w);
    const tensor<float, 5, 7> x32 = cast<float>(x);
    const tensor<float, 7, 3> w32 = cast<float>(w);
    const auto [dx32, dw32] = grad(loss, range<0>)(x32, w32);
    CHECK(decltype(dx)::type == dtype_of<T>());
    CHECK(close(dx, dx32, 0, 30 * roundings<T>(1)));
    CHECK(close(dw, dw32, 0, 30 * roundings<T>(1)));
}
