// SPDX-License-Identifier: BSL-1.0
// Lesson 5. Gradient descent: how long a step should be, and what optimisers make of the same gradients.
#include <cmath>
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

/// A valley, 25 times as steep across as along: (w_0^2 + 25 w_1^2) / 2.
constexpr auto height = telar::function([](auto w) {
    const auto [along, across] = std::pair(w[0], w[1]);
    return (square(along) + 25 * square(across)) / 2;
});
const tensor<float, 2> start = {5, 1};

/// How high w is after 50 steps of w <- w - rate dw, written by hand.
float descend(float rate) {
    variable<"w", tensor<float, 2>> w(start);
    const auto step = update(w = w - rate * gradient(height(w), w));
    for (int i = 0; i < 50; ++i) run(step);
    return height(w.value()).item();
}

/// How many steps an optimiser takes to come below 0.001.
int steps_of(const auto& optimizer) {
    variable<"w", tensor<float, 2>> w(start);
    auto step = minimize(height(w), optimizer);
    int count = 0;
    while (run(step).item() > 0.001f) ++count;
    return count;
}

int main() {
    std::cout << "start:      " << std::lround(height(start).item()) << '\n'
              << "rate 0.001: " << std::lround(descend(0.001f)) << '\n'     // too short: it hardly moves
              << "rate 0.07:  " << std::lround(descend(0.07f)) << '\n'      // good
              << "rate 0.083: " << std::lround(descend(0.083f)) << "\n\n";  // too long: each step goes beyond

    std::cout << "sgd:      " << steps_of(sgd{.learning_rate = 0.07}) << " steps\n"
              << "momentum: " << steps_of(momentum{.learning_rate = 0.03, .decay = 0.7}) << " steps\n"
              << "adam:     " << steps_of(adam{.learning_rate = 0.3}) << " steps\n";
}

// prints:
// start:      25
// rate 0.001: 12
// rate 0.07:  0
// /rate 0[.]083: 1728[0-9]/
//
// /sgd:      6[45] steps/
// /momentum: 3[01] steps/
// /adam:     (69|7[0-2]) steps/
