// SPDX-License-Identifier: BSL-1.0
// What a training step assigns beside its weights.
#include <telar/run/minimize.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using support::same_bits;

TEST_CASE("what update names is assigned in the same step, and sees its start") {
    variable<"w", tensor<float, 2>> w(tensor<float, 2>{1, 2});
    variable<"average", tensor<float, 2>, false> average(tensor<float, 2>{5, 6});
    input<"x", tensor<float, 2>> x;
    const auto loss = 0.5f * sum(square(w - x));
    auto step = minimize(loss, sgd{.learning_rate = 0.5f}, update(average = 0.75f * average + 0.25f * w));
    const tensor<float, 2> zero;
    CHECK(float(run(step, x = zero)) == 2.5f);
    CHECK(same_bits(w.value(), tensor<float, 2>{0.5f, 1}));
    CHECK(same_bits(average.value(), tensor<float, 2>{4, 5}));  // of the old w
    CHECK(float(run(step, x = zero)) == 0.625f);
    CHECK(same_bits(average.value(), tensor<float, 2>{3.125f, 4}));

    auto other = minimize(loss, sgd{.learning_rate = 0.5f}, wrt(w), update(assign(average, w)));
    run(other, x = zero);
    CHECK(same_bits(average.value(), tensor<float, 2>{0.25f, 0.5f}));
    CHECK(same_bits(w.value(), tensor<float, 2>{0.125f, 0.25f}));
}
TEST_CASE("a model's moving statistics are committed with its weights; it is traced once for all that it returns") {
    constexpr auto model = telar::function([](auto x, auto t, auto w, auto gamma, auto beta, auto mean, auto variance) {
        const auto [y, new_mean, new_variance] =
            batch_norm_in_training(tanh(w * x), gamma, beta, mean, variance, 0.75, 1e-3);
        return std::tuple(telar::mean(square(y - t)), new_mean, new_variance);
    });
    variable<"w", matrix<float, 2, 3>> w(matrix<float, 2, 3>{{1, -1, 0.5f}, {0.25f, 0.5f, -1}});
    variable<"gamma", tensor<float, 2>> gamma(tensor<float, 2>{1, 2});
    variable<"beta", tensor<float, 2>> beta;
    variable<"mean", tensor<float, 2>, false> moving_mean;
    variable<"variance", tensor<float, 2>, false> moving_variance(tensor<float, 2>{1, 1});
    input<"x", tensor<float, dyn, 3>> x;
    input<"t", tensor<float, dyn, 2>> t;

    const auto [loss, new_mean, new_variance] = model(x, t, w, gamma, beta, moving_mean, moving_variance);
    auto step = minimize(loss, adam{}, update(moving_mean = new_mean, moving_variance = new_variance));
    CHECK(decltype(step)::code::count(op::tanh) == 1);

    const tensor<float, 4, 3> batch{{1, 2, 3}, {0, 1, -1}, {2, -2, 1}, {-1, 0.5f, 0}};
    const tensor<float, 4, 2> target{{1, 0}, {0, 1}, {1, 1}, {0, 0}};
    const auto h = tanh(w.value() * batch);
    run(step, x = batch, t = target);
    for (int c = 0; c < 2; ++c) {
        double mean = 0, variance = 0;
        for (int i = 0; i < 4; ++i) mean += h(i, c) / 4.0;
        for (int i = 0; i < 4; ++i) variance += (h(i, c) - mean) * (h(i, c) - mean) / 4;
        CHECK(moving_mean.value()(c) == doctest::Approx(0.25 * mean).epsilon(1e-5));
        CHECK(moving_variance.value()(c) == doctest::Approx(0.75 + 0.25 * variance).epsilon(1e-5));
    }
    CHECK(gamma.value()(0) != 1);
    CHECK(step.steps() == 1);
}
