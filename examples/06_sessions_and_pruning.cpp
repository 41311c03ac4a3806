// SPDX-License-Identifier: BSL-1.0
// A session computes what is asked for, and nothing else.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"x", tensor<float>> x;
    input<"y", tensor<float>> y;
    auto total = x + y;
    auto product = x * y;
    auto power = pow(product, total);
    auto unused = x * total;

    session s;
    std::cout << s.run(power, x = 2, y = 3) << "\n\n";  // (2 * 3)^(2 + 3)

    // Two at once: one program, in which x + y stands once.
    auto [p, u] = s.run(fetch(power, unused), x = 2, y = 3);
    std::cout << p << '\n' << u << "\n\n";

    // What runs. Nothing of `unused` is in the first program.
    std::cout << show_graph(power) << '\n' << show_graph(fetch(power, unused));
}

// prints:
// tensor(7776.0, shape=(), dtype=float32)
//
// tensor(7776.0, shape=(), dtype=float32)
// tensor(10.0, shape=(), dtype=float32)
//
// %0 = x  () float32
// %1 = y  () float32
// %2 = mul(%0, %1)  () float32
// %3 = add(%0, %1)  () float32
// %4 = pow(%2, %3)  () float32
// return %4
//
// %0 = x  () float32
// %1 = y  () float32
// %2 = mul(%0, %1)  () float32
// %3 = add(%0, %1)  () float32
// %4 = pow(%2, %3)  () float32
// %5 = mul(%0, %3)  () float32
// return %4, %5
