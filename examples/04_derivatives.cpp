// SPDX-License-Identifier: BSL-1.0
// Derivatives are graphs like any other: print them, combine them, take them again, and train by hand with them.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto cubes = telar::function([](auto x) { return sum(x * x * x); });
constexpr auto slope = grad(cubes);                                                 // 3 x^2
constexpr auto bend = grad(telar::function([](auto x) { return sum(slope(x)); }));  // 6 x

int main() {
    // ---- of a function
    tensor<double, 3> x = {1, 2, 3};
    std::cout << slope(x) << '\n' << bend(x) << '\n';
    auto [y, dy] = value_and_grad(cubes)(x);  // both in one program, which shares x * x
    std::cout << y << '\n' << dy << '\n';

    // ---- of an expression
    variable<"W", matrix<float, 1, 1>> W;
    variable<"b", tensor<float, 1>> b;
    input<"X", tensor<float, dyn, 1>> X;
    input<"Y", tensor<float, dyn, 1>> Y;
    auto loss = mean(square(W * X + b - Y));
    auto dW = gradient(loss, W);
    auto db = gradient(loss, b);
    std::cout << dW << '\n';

    // ---- gradient descent by hand: both updates read the old W and b, and are committed together
    tensor<float, 2, 1> data = {{-1}, {1}}, target = {{-1}, {3}};  // y = 2 x + 1
    auto descend = update(W = W - 0.25f * dW, b = b - 0.25f * db);
    for (int i = 0; i < 100; ++i) run(descend, X = data, Y = target);
    std::cout << W.value() << '\n' << b.value() << '\n';
}

// prints:
// tensor([ 3. 12. 27.], shape=(3,), dtype=float64)
// tensor([ 6. 12. 18.], shape=(3,), dtype=float64)
// tensor(36.0, shape=(), dtype=float64)
// tensor([ 3. 12. 27.], shape=(3,), dtype=float64)
// /Tensor."[a-z_0-9]+:0", shape=.1, 1., dtype=float32./
// /tensor.[[][[](2[.]|1[.]99999)[0-9]*[]][]], shape=.1, 1., dtype=float32./
// /tensor.[[](1[.]|0[.]99999)[0-9]*[]], shape=.1,., dtype=float32./
