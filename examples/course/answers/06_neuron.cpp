// SPDX-License-Identifier: BSL-1.0
// Answer 6. "Exclusive or" with a layer of four neurons in front: they bend the plane until a line parts the points.
#include <cmath>
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    const tensor<float, 4, 2> points = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};
    const tensor<float, 4, 1> answers = {{0}, {1}, {1}, {0}};

    variable<"W1", matrix<float, 4, 2>> W1;
    variable<"b1", tensor<float, 4>> b1;
    variable<"W2", matrix<float, 1, 4>> W2;
    variable<"b2", tensor<float, 1>> b2;
    generator random(1);
    glorot_uniform{}(W1.value(), random);
    glorot_uniform{}(W2.value(), random);

    input<"X", tensor<float, dyn, 2>> X;
    input<"Y", tensor<float, dyn, 1>> Y;
    const auto logit = W2 * tanh(W1 * X + b1) + b2;
    auto step = minimize(mean(binary_cross_entropy(Y, logit, from_logits)), adam{.learning_rate = 0.05});
    for (int i = 0; i < 500; ++i) run(step, X = points, Y = answers);
    for (const float yes : run(sigmoid(logit), X = points)) std::cout << (yes > 0.95f) - (yes < 0.05f) << '\n';
}

// prints:
// -1
// 1
// 1
// -1
