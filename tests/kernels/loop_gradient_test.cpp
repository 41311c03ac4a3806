// SPDX-License-Identifier: BSL-1.0
// Gradients of what runs row by row, in one program with the value, against the reference.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/run/grad.hpp>

using namespace telar;
using support::error_of_call;
using support::matrix_shapes;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto softmax_loss = telar::function([](auto x, auto t) { return mean(softmax_cross_entropy(x, t)); });
constexpr auto column_loss =
    telar::function([](auto x, auto t) { return sum(softmax(x, 0) * t) + sum(log_softmax(x, 1) * t); });
constexpr auto norm_loss = telar::function([](auto x, auto g, auto b) { return sum(square(layer_norm(x, g, b)) * x); });
constexpr auto logits_loss =
    telar::function([](auto x, auto t) { return mean(binary_cross_entropy(t, x, from_logits)) + mean(huber(t, x)); });
constexpr auto softmax_gradient = value_and_grad(softmax_loss, range<0>);
constexpr auto column_gradient = value_and_grad(column_loss, range<0>);
constexpr auto norm_gradient = value_and_grad(norm_loss, range<0>);
constexpr auto logits_gradient = value_and_grad(logits_loss, range<0>);

}  // namespace

TEST_CASE_TEMPLATE("gradients of row kernels", T, float, double) {
    generator random(2);
    for (const shape& s : matrix_shapes) {
        CAPTURE(to_string(s));
        const auto x = random_tensor<T, dyn, dyn>(random, s, -4, 4), t = random_tensor<T, dyn, dyn>(random, s, 0, 1);
        const auto g = random_tensor<T, dyn>(random, shape(s[1]), 0.5, 2),
                   b = random_tensor<T, dyn>(random, shape(s[1]));
        CHECK(error_of_call(1, softmax_gradient, x, t) < roundings<T>(60));
        CHECK(error_of_call(1, column_gradient, x, t) < roundings<T>(60));
        CHECK(error_of_call(1, logits_gradient, x, t) < roundings<T>(60));
        CHECK(error_of_call(30, norm_gradient, x, g, b) < roundings<T>(600));
    }
}
TEST_CASE_TEMPLATE("stable for numbers of 1e4", T, float, double) {
    const tensor<T, dyn, dyn> x =
        tensor<T, 3, 4>{{T(1e4), T(-1e4), 0, T(9999)}, {T(-1e4), T(-1e4), T(-1e4), T(-9990)}, {0, 0, 0, 0}};
    const tensor<T, dyn, dyn> t = tensor<T, 3, 4>{{0, 1, 0, 0}, {0, 0, 0, 1}, {1, 0, 0, 0}};
    const auto [loss, dx, dt] = softmax_gradient(x, t);
    CHECK(float(loss.item()) == doctest::Approx((2e4 + 0.0000454 * 3 + 1.386294 - 0.0) / 3).epsilon(1e-4));
    for (const T d : dx) CHECK(std::isfinite(d));
    CHECK(error_of_call(1, logits_gradient, x, t) < roundings<T>(60));
}
