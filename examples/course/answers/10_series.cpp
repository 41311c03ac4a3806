// SPDX-License-Identifier: BSL-1.0
// Answer 10. The recurrent layer as a loop: h <- tanh(x W + h U + b), twelve times, with the layer's own weights.
#include <iostream>
#include <telar/nn.hpp>

using namespace telar;

inline constexpr auto recurrent = nn::simple_rnn{16};

int main() {
    nn::model_of<recurrent, tensor<float, dyn, 12, 1>> layer(1);
    const tensor<float, 1, 16> W(layer.get<"kernel">());
    const tensor<float, 16, 16> U(layer.get<"recurrent_kernel">());
    const tensor<float, 16> b(layer.get<"bias">());

    tensor<float, 1, 12, 1> x;
    for (extent_t t = 0; t < 12; ++t) x(0, t, 0) = static_cast<float>(t % 5) - 2;

    tensor<float, 1, 16> h;  // the state: zeros before the first step
    for (extent_t t = 0; t < 12; ++t) {
        const tensor<float, 1, 1> now = {{x(0, t, 0)}};
        h = tanh(matmul(now, W) + matmul(h, U) + b);
    }
    std::cout << "the loop is the layer: " << std::boolalpha << close(h, layer(x), 1e-5, 1e-6) << '\n';
}

// prints:
// the loop is the layer: true
