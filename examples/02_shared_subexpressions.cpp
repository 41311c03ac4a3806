// SPDX-License-Identifier: BSL-1.0
// What is written twice is computed once: the compiler of the graph is the C++ compiler, which can be asked.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto compute = telar::function([](auto a, auto b, auto c) {
    auto d = a * b + c;
    auto e = a * b * c;
    return std::tuple(d, e);
});

int main() {
    tensor<float, 2> A = {1, 2}, B = {3, 4}, C = {5, 6};

    // Three * stand above. Two are left: a * b is one node, however often it is written.
    using program = decltype(graph_of(compute, A, B, C));
    static_assert(program::count(op::mul) == 2);
    static_assert(program::count(op::add) == 1);

    auto [d, e] = compute(A, B, C);
    std::cout << d << '\n' << e << '\n';
}

// prints:
// tensor([ 8. 14.], shape=(2,), dtype=float32)
// tensor([15. 48.], shape=(2,), dtype=float32)
