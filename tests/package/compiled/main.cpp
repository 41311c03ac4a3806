// SPDX-License-Identifier: BSL-1.0
// Trains two layers on products of run-time extents and prints every bit of what it learned.
#include <telar/telar.hpp>

#include <cstdio>
#include <iostream>

using namespace telar;

void print_routines();

template <class T> void print_bits(const char* name, const T& t) {
    std::printf("%s", name);
    for (const float x : t) std::printf(" %a", static_cast<double>(x));
    std::printf("\n");
}

int main() {
    generator g(7);
    const auto x = random_normal<float, dyn, dyn>(g, shape(37, 21)),
               y = random_normal<float, dyn, dyn>(g, shape(37, 3));
    variable<"W", tensor<float, dyn, dyn>> W(random_normal<float, dyn, dyn>(g, shape(21, 19), 0, 0.2));
    variable<"V", tensor<float, dyn, dyn>> V(random_normal<float, dyn, dyn>(g, shape(19, 3), 0, 0.2));
    input<"X", tensor<float, dyn, dyn>> X;
    input<"Y", tensor<float, dyn, dyn>> Y;
    auto step = minimize(mean(square(matmul(tanh(matmul(X, W)), V) - Y)), adam{.learning_rate = 0.05f});
    for (int i = 0; i < 20; ++i) print_bits("loss", run(step, X = x, Y = y));
    print_bits("W", W.value());
    print_bits("V", V.value());
    try {
        run(step, X = y, Y = y);
    } catch (const wrong_shape& e) { std::cout << e.what() << '\n'; }
    print_routines();
}
