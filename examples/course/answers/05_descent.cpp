// SPDX-License-Identifier: BSL-1.0
// Answer 5. A step along w_1 multiplies it by 1 - 25 rate, so the rate must be below 2/25 = 0.08. In a round valley one
// step is enough.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"rate", tensor<float>> rate;
    variable<"w", tensor<float, 2>> w;
    const tensor<float, 2> steepness = {1, 25};
    const auto height = sum(steepness * square(w)) / 2.0f;
    const auto step = update(w = w - rate * gradient(height, w));
    for (const float r : {0.079f, 0.081f}) {
        w = tensor<float, 2>{5, 1};
        for (int i = 0; i < 300; ++i) run(step, rate = r);
        std::cout << "rate " << r << ": " << (run(height).item() < 1 ? "arrives" : "climbs") << '\n';
    }

    // u = (w_0, 5 w_1) makes the valley round: the height is (u_0^2 + u_1^2) / 2, and a step of 1 leads to its floor.
    variable<"u", tensor<float, 2>> u(tensor<float, 2>{5, 5});
    const auto round_height = sum(square(u)) / 2.0f;
    run(update(u = u - gradient(round_height, u)));
    std::cout << "round, one step: " << run(round_height).item() << '\n';
}

// prints:
// rate 0.079: arrives
// rate 0.081: climbs
// round, one step: 0
