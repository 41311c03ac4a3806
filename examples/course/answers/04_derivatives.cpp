// SPDX-License-Identifier: BSL-1.0
// Answer 4. Backpropagation through two layers of one neuron each: (v tanh(w x) - y)^2.
#include <cmath>
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto squared_error =
    telar::function([](auto v, auto w, auto x, auto y) { return square(v * tanh(w * x) - y); });

int main() {
    const double v = 2, w = 0.5, x = 1, y = 1;

    const double h = std::tanh(w * x), e = v * h - y;  // forward
    const double dout = 2 * e;                         // backward: the square
    const double dv = dout * h, dh = dout * v;         // the product v h
    const double dw = dh * (1 - h * h) * x;            // tanh, then the product w x

    using number = tensor<double>;
    const auto [by_v, by_w] = grad(squared_error, argnums<0, 1>)(number(v), number(w), number(x), number(y));
    std::cout << "dv = " << std::round(dv * 1e4) / 1e4 << ", dw = " << std::round(dw * 1e4) / 1e4 << '\n';
    const bool agrees = std::abs(by_v.item() - dv) < 1e-12 && std::abs(by_w.item() - dw) < 1e-12;
    std::cout << "as grad says: " << std::boolalpha << agrees << '\n';
}

// prints:
// dv = -0.07, dw = -0.2383
// as grad says: true
