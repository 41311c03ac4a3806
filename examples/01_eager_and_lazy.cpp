// SPDX-License-Identifier: BSL-1.0
// One operation, two ways: on tensors it computes now, on named inputs it builds a graph that is run later.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    tensor<std::int32_t, 3> a = {1, 2, 3}, b = {0, 0, 1};
    std::cout << a + b << '\n';  // eager: a value

    input<"a", tensor<std::int32_t, 3>> x;
    input<"b", tensor<std::int32_t, 3>> y;
    auto c = x + y;  // lazy: nothing was added; the type of c is the graph
    std::cout << c << '\n';
    std::cout << run(c, x = a, y = b) << '\n';
}

// prints:
// tensor([1 2 4], shape=(3,), dtype=int32)
// Tensor("add:0", shape=(3,), dtype=int32)
// tensor([1 2 4], shape=(3,), dtype=int32)
