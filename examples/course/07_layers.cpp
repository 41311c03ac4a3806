// SPDX-License-Identifier: BSL-1.0
// Lesson 7. Regression: a neuron finds f = 1.8 c + 32. First by hand, then with a layer, compile and fit.
#include <iostream>
#include <telar/nn.hpp>

using namespace telar;

inline constexpr auto neuron = nn::dense{1};

int main() {
    const tensor<float, 7, 1> celsius = {{-40}, {-10}, {0}, {8}, {15}, {22}, {38}};
    const tensor<float, 7, 1> fahrenheit = {{-40}, {14}, {32}, {46.4f}, {59}, {71.6f}, {100.4f}};

    // A layer makes its variables, compile joins loss, gradients and updates, fit is the loop.
    nn::model_of<neuron, tensor<float, dyn, 1>> net(1);
    const float first_weight = net.get<"kernel">()(0, 0);
    std::cout << summary(net);
    auto trainer = nn::compile<nn::mean_squared_error{}>(net, adam{.learning_rate = 0.5});
    const auto history = trainer.fit(celsius, fahrenheit, {.epochs = 500, .verbose = 0});

    // The same by hand, from the same weights.
    variable<"W", matrix<float, 1, 1>> W({{first_weight}});
    variable<"b", tensor<float, 1>> b;
    input<"X", tensor<float, dyn, 1>> X;
    input<"Y", tensor<float, dyn, 1>> Y;
    const auto y = W * X + b;
    auto step = minimize(mean(square(y - Y)), adam{.learning_rate = 0.5});
    for (int epoch = 0; epoch < 500; ++epoch) run(step, X = celsius, Y = fahrenheit);

    const auto say = [](const char* how, float weight, float bias) {
        std::cout << how << std::round(weight * 100) / 100 << " c + " << std::round(bias * 10) / 10 << '\n';
    };
    say("with a layer: f = ", net.get<"kernel">()(0, 0), net.get<"bias">()(0));
    say("by hand:      f = ", W.value()(0, 0), b.value()(0));
    std::cout << "loss: from " << std::lround(history["loss"].front()) << " to "
              << std::round(history["loss"].back() * 100) / 100 << '\n'
              << "100 C are " << std::round(net(tensor<float, 1, 1>{{100}})(0, 0)) << " F\n";
}

// prints:
//   type   output shape  parameters
//   dense  (None, 1)              2
// total: 2 (128 bytes), trainable: 2, not trainable: 0
// one prediction: 2 operations, 16 bytes moved, 0 bytes of arena
// with a layer: f = 1.8 c + 32
// by hand:      f = 1.8 c + 32
// loss: from 1272 to 0
// 100 C are 212 F
