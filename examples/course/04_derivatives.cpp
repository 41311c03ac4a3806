// SPDX-License-Identifier: BSL-1.0
// Lesson 4. Backpropagation, by hand and by the compiler of the graph.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

/// The error of one neuron: (sigmoid(w x + b) - y)^2.
constexpr auto squared_error =
    telar::function([](auto w, auto b, auto x, auto y) { return square(sigmoid(w * x + b) - y); });

void say(const char* how, const tensor<double>& dw, const tensor<double>& db) {
    std::cout << how << round(dw * 1e6).item() / 1e6 << ' ' << round(db * 1e6).item() / 1e6 << '\n';
}

int main() {
    const tensor<double> w = 0.5, b = -1, x = 3, y = 0;

    // Forward: each step keeps its result.
    const tensor<double> z = w * x + b;
    const tensor<double> a = sigmoid(z);
    const tensor<double> e = a - y;

    // Backward: from the error to the parameters, the chain rule at each step.
    const tensor<double> da = 2 * e;             // square: d(e^2) = 2 e de
    const tensor<double> dz = da * a * (1 - a);  // sigmoid: da = a (1 - a) dz
    say("by hand:        ", dz * x, dz);         // w x + b: dz = x dw + w dx + db

    // The same by the compiler: it walks through the graph and does what stands above.
    const auto [dw, db] = grad(squared_error, argnums<0, 1>)(w, b, x, y);
    say("by grad:        ", dw, db);

    // And by the definition of a derivative, with two evaluations for each parameter.
    const tensor<double> h = 1e-5;
    say("by differences: ", (squared_error(w + h, b, x, y) - squared_error(w - h, b, x, y)) / (2 * h),
        (squared_error(w, b + h, x, y) - squared_error(w, b - h, x, y)) / (2 * h));

    // A derivative is a graph as any other. That of (W - 3)^2 is 2 (W - 3), written as a sum:
    variable<"W", tensor<double>> W;
    std::cout << show_graph(gradient(square(W - 3.0), W));
}

// prints:
// by hand:        0.877682 0.292561
// by grad:        0.877682 0.292561
// by differences: 0.877682 0.292561
// %0 = W  () float64
// %1 = leaf_1  () float64
// %2 = sub(%0, %1)  () float64
// %3 = add(%2, %2)  () float64
// return %3
