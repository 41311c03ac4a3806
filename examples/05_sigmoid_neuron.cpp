// SPDX-License-Identifier: BSL-1.0
// One sigmoid neuron, three inputs, four examples: it finds out that the answer is the first input.
#include <cmath>
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    tensor<float, 4, 3> examples = {{0, 0, 1}, {1, 1, 1}, {1, 0, 1}, {0, 1, 1}};
    tensor<float, 4, 1> answers = {{0}, {1}, {1}, {0}};

    variable<"weights", matrix<float, 3, 1>> weights;
    generator random(1);
    random_uniform_initializer{-1, 1}(weights.value(), random);

    input<"X", tensor<float, dyn, 3>> X;
    input<"Y", tensor<float, dyn, 1>> Y;
    auto y = sigmoid(X * weights);  // (n, 3) x (3, 1) -> (n, 1)
    auto error = Y - y;

    // The rule of the textbook: weights += X^T (error y (1 - y)), for y (1 - y) is the slope of the sigmoid.
    auto learn = update(weights = weights + matmul(transpose(X), error * y * (1 - y)));

    for (int i = 0; i < 10000; ++i) run(learn, X = examples, Y = answers);
    auto learned = run(y, X = examples);
    std::cout << learned << '\n' << run(y, X = {{1, 0, 0}}) << '\n';  // the last one it has never seen

    // The rule is not magic: it is one step down the slope of half the squared error.
    auto loss = 0.5f * sum(square(error));
    auto by_hand = run(weights + matmul(transpose(X), error * y * (1 - y)), X = examples, Y = answers);
    auto by_gradient = run(weights - gradient(loss, weights), X = examples, Y = answers);
    std::cout << "the same as by the gradient: " << std::boolalpha << close(by_hand, by_gradient) << '\n';
    return close(learned, answers, 0, 0.02) ? 0 : 1;
}

// prints:
// tensor(
// /[[][[]0[.]00[0-9]+[]]/
// / [[]0[.]99[0-9]+ ?[]]/
// / [[]0[.]99[0-9]+ ?[]]/
// / [[]0[.]00[0-9]+[]][]], shape=.4, 1., dtype=float32./
// /tensor.[[][[]0[.]99[0-9]+[]][]], shape=.1, 1., dtype=float32./
// the same as by the gradient: true
