// SPDX-License-Identifier: BSL-1.0
// Lab 1. A neuron finds the rule between two scales of temperature, f = 1.8 c + 32; a chain of three layers finds it,
// too, and hides it in 33 numbers.
#include <cmath>
#include <iostream>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "lab.hpp"

using namespace telar;

inline constexpr auto neuron = nn::dense{1};
inline constexpr auto chain = nn::dense{4} | nn::dense{4} | nn::dense{1};

using temperatures = tensor<float, dyn, 1>;

nn::history learn(auto& net, double learning_rate) {
    const auto table = read_csv("examples/data/celsius.csv", {.has_header = true});  // (7,2): Celsius, Fahrenheit
    temperatures celsius(shape(table.extent(0), 1)), fahrenheit(celsius.extents());
    for (extent_t row = 0; row < table.extent(0); ++row) {
        celsius(row, 0) = table(row, 0);
        fahrenheit(row, 0) = table(row, 1);
    }
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, adam{.learning_rate = learning_rate});
    return trainer.fit(celsius, fahrenheit, {.epochs = 500, .verbose = 0});
}

int main() {
    nn::model_of<neuron, temperatures> one(1);
    const auto history = learn(one, 0.5);
    const float weight = one.get<"kernel">()(0, 0), bias = one.get<"bias">()(0);
    std::cout << "f = " << weight << " c + " << bias << '\n';
    std::cout << "100 C are " << one(temperatures{{100}})(0, 0) << " F\n\n";

    nn::model_of<chain, temperatures> three(1);
    const auto longer_history = learn(three, 0.05);
    std::cout << summary(three);
    const auto f = three(temperatures{{0}, {1}});  // of layers without an activation a line is left
    std::cout << "f = " << f(1, 0) - f(0, 0) << " c + " << f(0, 0) << '\n';

    save_line_chart(lab::picture("01_loss.svg"),
                    {{"one neuron", history["loss"]}, {"three layers", longer_history["loss"]}},
                    {.title = "Celsius to Fahrenheit", .x_label = "epoch", .y_label = "squared error", .log_y = true});
    return std::abs(weight - 1.8f) < 1e-3f && std::abs(bias - 32) < 0.05f ? 0 : 1;
}

// prints:
// /f = 1[.](8|79)[0-9]* c [+] (32|31[.]9|32[.]0)[0-9]*/
// /100 C are (212|211[.]9|212[.]0)[0-9]* F/
//
// layer  type   output shape  parameters
// 0      dense  (None, 4)              8
// 1      dense  (None, 4)             20
// 2      dense  (None, 1)              5
// total: 33 (384 bytes), trainable: 33, not trainable: 0
// one prediction: 53 operations, 204 bytes moved, 128 bytes of arena
// /f = 1[.](8|79)[0-9]* c [+] (32|31[.]|32[.])[0-9]*/
