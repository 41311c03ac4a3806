// SPDX-License-Identifier: BSL-1.0
// What becomes of a program, to look at: explorer.html shows its graph after each pass, its kernels, its memory, and
// the values of a run, eager beside lazy.
//
//     11_explorer           writes explorer.html here: open it in a browser
#include <iostream>
#include <telar/io/explorer.hpp>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto hidden = scope<"hidden">(telar::function([](auto x, auto W, auto b) { return tanh(matmul(x, W) + b); }));
constexpr auto out = scope<"out">(telar::function([](auto x, auto W) { return matmul(x, W); }));

int main() {
    input<"X", tensor<float, dyn, 4>> X;
    input<"Y", tensor<float, dyn, 1>> Y;
    variable<"W1", tensor<float, 4, 8>> W1;
    variable<"b1", tensor<float, 8>> b1;
    variable<"W2", tensor<float, 8, 1>> W2;
    generator random(1);
    glorot_uniform{}(W1.value(), random);
    glorot_uniform{}(W2.value(), random);

    auto step = minimize(mean(square(out(hidden(X, W1, b1), W2) - Y)), sgd{.learning_rate = 0.1f});

    const auto x = random_uniform<float, 6, 4>(random);
    const tensor<float, 6, 1> y = ones<float, 6, 1>();
    save_explorer("explorer.html", step, {.title = "one step of a small network"}, X = x, Y = y);

    // The step was not taken: the page says what the next one would compute.
    std::cout << "loss " << run(step, X = x, Y = y).item() << ", see explorer.html\n";
}

// prints:
// /loss [0-9.]+, see explorer[.]html/
