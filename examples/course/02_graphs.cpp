// SPDX-License-Identifier: BSL-1.0
// Lesson 2. Why a graph? Who sees a whole formula before it runs can make less work of it.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

/// Heron's formula: the area of a triangle with sides a, b and c. Half the perimeter is written four times.
constexpr auto area = telar::function([](auto a, auto b, auto c) {
    return sqrt((a + b + c) / 2 * ((a + b + c) / 2 - a) * ((a + b + c) / 2 - b) * ((a + b + c) / 2 - c));
});

int main() {
    // Eager: called with tensors, it computes now.
    const tensor<float, 2> a = {3, 5}, b = {4, 12}, c = {5, 13};
    std::cout << area(a, b, c) << '\n';

    // Lazy: called with inputs, it computes nothing. The result is a graph, and the type of y.
    input<"a", tensor<float, dyn>> A;
    input<"b", tensor<float, dyn>> B;
    input<"c", tensor<float, dyn>> C;
    const auto y = area(A, B, C);
    std::cout << y << '\n' << run(y, A = a, B = b, C = c) << '\n';

    // The graph as it stands. a + b + c is there once, however often it is written.
    std::cout << show_graph(y);

    // What a run costs for a million triangles: node by node, as an eager library works, and as it is compiled here.
    const explanation e = explain(y, 1'000'000);
    const graph_cost one_by_one = e.stages.front().cost, compiled = e.stages.back().cost;
    std::cout << "one by one: " << one_by_one.kernels << " kernels, " << one_by_one.bytes / 1'000'000 << " MB moved\n"
              << "compiled:   " << compiled.kernels << " kernel, " << compiled.bytes / 1'000'000 << " MB moved\n";

    // A graph can be looked at, so it can be differentiated: how the area grows with a.
    std::cout << run(round(gradient(sum(y), A)), A = a, B = b, C = c) << '\n';
}

// prints:
// tensor([ 6. 30.], shape=(2,), dtype=float32)
// Tensor("sqrt:0", shape=(None,), dtype=float32)
// tensor([ 6. 30.], shape=(2,), dtype=float32)
// %0 = a  (None,) float32
// %1 = b  (None,) float32
// %2 = c  (None,) float32
// %3 = add(%0, %1)  (None,) float32
// %4 = add(%2, %3)  (None,) float32
// %5 = constant(2)  () float32
// %6 = div(%4, %5)  (None,) float32
// %7 = sub(%6, %0)  (None,) float32
// %8 = mul(%6, %7)  (None,) float32
// %9 = sub(%6, %1)  (None,) float32
// %10 = mul(%8, %9)  (None,) float32
// %11 = sub(%6, %2)  (None,) float32
// %12 = mul(%10, %11)  (None,) float32
// %13 = sqrt(%12)  (None,) float32
// return %13
// one by one: 10 kernels, 112 MB moved
// compiled:   1 kernel, 16 MB moved
// tensor([2. 6.], shape=(2,), dtype=float32)
