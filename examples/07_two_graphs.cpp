// SPDX-License-Identifier: BSL-1.0
// Two graphs side by side. There is no default graph that everything falls into: each expression is its own.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    // Both graphs have an "x". They are two things: a name is one thing only within one graph.
    input<"x", tensor<float, 3>> x;
    auto squares = x * x + x;

    input<"x", tensor<std::int32_t, 2, 2>> image;
    auto mirrored = transpose(image) - image;

    session first, second;  // each owns the memory of what it has run, and may live in a thread of its own
    tensor<float, 3> t = {1, 2, 3};
    tensor<std::int32_t, 2, 2> pixels = {{1, 2}, {3, 4}};
    std::cout << squares << '\n' << mirrored << '\n';
    std::cout << first.run(squares, x = t) << '\n' << second.run(mirrored, image = pixels) << '\n';
    std::cout << show_graph(squares) << show_graph(mirrored);
}

// prints:
// Tensor("add:0", shape=(3,), dtype=float32)
// Tensor("sub:0", shape=(2, 2), dtype=int32)
// tensor([ 2.  6. 12.], shape=(3,), dtype=float32)
// tensor(
// [[ 0  1]
//  [-1  0]], shape=(2, 2), dtype=int32)
// %0 = x  (3,) float32
// %1 = mul(%0, %0)  (3,) float32
// %2 = add(%0, %1)  (3,) float32
// return %2
// %0 = x  (2, 2) int32
// %1 = transpose(%0, permutation=(1, 0))  (2, 2) int32
// %2 = sub(%1, %0)  (2, 2) int32
// return %2
