// SPDX-License-Identifier: BSL-1.0
// Lesson 6. A sigmoid neuron learns "and" and "or". It cannot learn "exclusive or": no line parts those points.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    const tensor<float, 4, 2> points = {{0, 0}, {0, 1}, {1, 0}, {1, 1}};

    variable<"w", matrix<float, 1, 2>> w;
    variable<"b", tensor<float, 1>> b;
    input<"X", tensor<float, dyn, 2>> X;
    input<"Y", tensor<float, dyn, 1>> Y;

    const auto logit = w * X + b;   // (n,1): above 0 on one side of a line, below 0 on the other
    const auto p = sigmoid(logit);  // the probability of "yes"
    const auto loss = mean(binary_cross_entropy(Y, logit, from_logits));
    auto step = minimize(loss, sgd{.learning_rate = 1});

    const auto learn = [&](const char* name, const tensor<float, 4, 1>& answers) {
        w = zeros<float, 1, 2>();
        b = zeros<float, 1>();
        for (int i = 0; i < 2000; ++i) run(step, X = points, Y = answers);
        std::cout << name << ":";
        for (const float yes : run(p, X = points)) std::cout << ' ' << std::round(100 * yes);
        std::cout << " %\n";
    };
    learn("and", {{0}, {0}, {0}, {1}});
    learn("or ", {{0}, {1}, {1}, {1}});
    learn("xor", {{0}, {1}, {1}, {0}});

    // The slope of this loss at the logit is p - y: it stays large where the neuron is sure, and wrong.
    const auto slope = gradient(loss, b) * 4.0f - sum(p - Y, axis<0>);
    std::cout << "difference: " << run(slope, X = points, Y = {{1}, {0}, {0}, {1}}).item() << '\n';
}

// prints:
// and: 0 1 1 99 %
// or : 1 100 100 100 %
// xor: 50 50 50 50 %
// difference: 0
