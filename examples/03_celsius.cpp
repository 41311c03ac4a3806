// SPDX-License-Identifier: BSL-1.0
// A neuron without an activation learns what a thermometer's two scales have to do with each other: f = 1.8 c + 32.
#include <cmath>
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    tensor<float, 7, 1> celsius = {{-40}, {-10}, {0}, {8}, {15}, {22}, {38}};
    tensor<float, 7, 1> fahrenheit = {{-40}, {14}, {32}, {46.4f}, {59}, {71.6f}, {100.4f}};

    variable<"W", matrix<float, 1, 1>> W;  // a linear map: W * X is the product of the textbooks
    variable<"b", tensor<float, 1>> bias;
    input<"X", tensor<float, dyn, 1>> X;  // any number of examples, each of one feature
    input<"Y", tensor<float, dyn, 1>> Y;

    auto predicted = W * X + bias;
    auto loss = mean(square(predicted - Y));
    auto step = minimize(loss, adam{.learning_rate = 0.5f});

    for (int epoch = 0; epoch < 500; ++epoch) run(step, X = celsius, Y = fahrenheit);

    const float at_100 = run(predicted, X = {{100.f}}).item();
    std::cout << "100 C are " << at_100 << " F\n"
              << "W = " << W.value().item() << ", b = " << bias.value().item() << '\n';
    return std::fabs(at_100 - 212) < 1 ? 0 : 1;
}

// prints:
// /100 C are (212|211[.]9|212[.]0)[0-9]* F/
// /W = 1[.](79|80|8)[0-9]*, b = (32|31[.]9)[.]?[0-9]*/
