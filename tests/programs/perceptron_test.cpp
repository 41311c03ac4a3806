// SPDX-License-Identifier: BSL-1.0
// Perceptrons that learn: exclusive or, and two rings that no line parts.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <numbers>

using namespace telar;

TEST_CASE("exclusive or") {
    generator g(3);
    variable<"W1", matrix<float, 8, 2>> W1(matrix<float, 8, 2>(random_uniform<float, 8, 2>(g, -1, 1)));
    variable<"b1", tensor<float, 8>> b1;
    variable<"W2", matrix<float, 1, 8>> W2(matrix<float, 1, 8>(random_uniform<float, 1, 8>(g, -1, 1)));
    variable<"b2", tensor<float, 1>> b2;
    input<"x", tensor<float, dyn, 2>> x;
    input<"y", tensor<float, dyn, 1>> y;
    const auto logits = W2 * tanh(W1 * x + b1) + b2;
    auto step = minimize(mean(binary_cross_entropy(y, logits, from_logits)), adam{.learning_rate = 0.05f});
    const tensor<float, 4, 2> inputs{{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    const tensor<float, 4, 1> outputs{{0}, {1}, {1}, {0}};
    const float first = run(step, x = inputs, y = outputs);
    float last = first;
    for (int i = 0; i < 400; ++i) last = run(step, x = inputs, y = outputs);
    CHECK(first > 0.5f);
    CHECK(last < 0.02f);
    const auto p = run(sigmoid(logits), x = inputs);
    for (extent_t i = 0; i < 4; ++i) CHECK(std::abs(p(i, 0) - outputs(i, 0)) < 0.1f);
}
TEST_CASE("two rings, in batches of which the last is smaller") {
    constexpr extent_t count = 150;
    generator g(4);
    tensor<float, dyn, 2> points(shape(count, 2));
    auto labels = zeros<std::int32_t, dyn>(shape(count));
    for (extent_t i = 0; i < count; ++i) {
        labels(i) = static_cast<std::int32_t>(i % 2);
        const double angle = 2 * std::numbers::pi * g.uniform(), radius = (i % 2 ? 2 : 1) + g.normal(0, 0.1);
        points(i, 0) = static_cast<float>(radius * std::cos(angle));
        points(i, 1) = static_cast<float>(radius * std::sin(angle));
    }
    variable<"W1", matrix<float, 16, 2>> W1(matrix<float, 16, 2>(random_normal<float, 16, 2>(g)));
    variable<"b1", tensor<float, 16>> b1;
    variable<"W2", matrix<float, 2, 16>> W2(matrix<float, 2, 16>(random_normal<float, 2, 16>(g, 0, 0.3)));
    variable<"b2", tensor<float, 2>> b2;
    input<"x", tensor<float, dyn, 2>> x;
    input<"y", tensor<std::int32_t, dyn>> y;
    const auto logits = W2 * relu(W1 * x + b1) + b2;
    const auto accuracy = mean(sparse_categorical_accuracy(y, logits));
    auto step =
        minimize(mean(sparse_softmax_cross_entropy(logits, y)), clip_by_global_norm(adam{.learning_rate = 0.02f}, 5));
    CHECK(float(run(accuracy, x = points, y = labels)) < 0.9f);
    for (int epoch = 0; epoch < 60; ++epoch)
        for (extent_t at = 0; at < count; at += 32) {
            const extent_t n = std::min<extent_t>(32, count - at);
            const auto some = tensor<float, dyn, 2>::from(
                shape(n, 2), std::span(points.data() + 2 * at, static_cast<std::size_t>(2 * n)));
            const auto their =
                tensor<std::int32_t, dyn>::from(shape(n), std::span(labels.data() + at, static_cast<std::size_t>(n)));
            run(step, x = some, y = their);
        }
    CHECK(float(run(accuracy, x = points, y = labels)) > 0.99f);
    CHECK(step.steps() == 60 * 5);
}
