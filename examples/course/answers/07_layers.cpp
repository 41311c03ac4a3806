// SPDX-License-Identifier: BSL-1.0
// Answer 7. A layer of two neurons: Fahrenheit and Kelvin at once. They share the input and nothing else.
#include <cmath>
#include <iostream>
#include <telar/nn.hpp>

using namespace telar;

inline constexpr auto two_scales = nn::dense{2};

int main() {
    const tensor<float, 4, 1> celsius = {{-40}, {0}, {20}, {38}};
    const tensor<float, 4, 2> both = {{-40, 233.15f}, {32, 273.15f}, {68, 293.15f}, {100.4f, 311.15f}};
    nn::model_of<two_scales, tensor<float, dyn, 1>> net(1);
    auto trainer = nn::compile<nn::mean_squared_error{}>(nn::late(net), adam{.learning_rate = 0.5});
    trainer.fit(celsius, both, {.epochs = 3000, .verbose = 0});
    const auto kernel = net.get<"kernel">();
    const auto bias = net.get<"bias">();
    for (extent_t k = 0; k < 2; ++k)
        std::cout << std::round(kernel(0, k) * 100) / 100 << " c + " << std::round(bias(k) * 10) / 10 << '\n';
}

// prints:
// 1.8 c + 32
// /1 c [+] 273[.][12]/
