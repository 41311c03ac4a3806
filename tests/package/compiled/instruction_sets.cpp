// SPDX-License-Identifier: BSL-1.0
// Late programs in a unit without flags. Prints the instruction set that they run on. What they compute is written to a
// file; or it is compared with what another instruction set has written there.
#include "../../support/counted_heap.hpp"

#include <telar/telar.hpp>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <string_view>
#include <thread>
#include <vector>

using namespace telar;

namespace {

std::vector<double> computed() {
    std::vector<double> all;
    const auto add = [&all](const auto& values) {
        for (const auto number : values) all.push_back(static_cast<double>(number));
    };
    generator g(7);
    const auto normal = [&g](extent_t rows, extent_t columns, double deviation) {
        return random_normal<float, dyn, dyn>(g, shape(rows, columns), 0, deviation);
    };
    const auto x = normal(137, 121, 1), y = normal(137, 3, 1);
    variable<"W", tensor<float, dyn, dyn>> W(normal(121, 65, 0.1));
    variable<"V", tensor<float, dyn, dyn>> V(normal(65, 3, 0.2));
    input<"X", tensor<float, dyn, dyn>> X;
    input<"Y", tensor<float, dyn, dyn>> Y;
    const auto hidden = matmul(X, W);
    auto step = minimize(late(mean(square(matmul(tanh(hidden), V) - Y))), adam{.learning_rate = 0.01f});
    for (int i = 0; i < 20; ++i) add(run(step, X = x, Y = y));
    add(V.value());
    add(run(late(sum(square(softmax(hidden)), axis<0>)), X = x));
    add(run(late(sum(sort(exp(X)), axis<0>)), X = x));
    add(run(late(mean(log(cast<double>(exp(X))), axis<1>)), X = x));
    random_state<"noise"> noise(3);
    add(run(late(random_uniform<float>(noise, extents<1000>))));
    input<"I", tensor<std::int64_t, dyn>> I;
    try {
        (void)run(late(gather(X, I)), X = x, I = {500});
    } catch (const index_error& e) { std::cout << e.what() << '\n'; }
    return all;
}
/// What the first run of a prepared program allocates, on another thread: its kernels find the memory that this unit's
/// workspace lends, whatever they are compiled for.
long allocations_when_prepared() {
    input<"A", tensor<float, dyn, dyn>> A;
    const auto program = compile(late(softmax(matmul(A, transpose(A)) * 0.01f)));
    tensor<float, dyn, dyn> a(shape(150, 90)), y(shape(150, 150));
    workspace w;
    program.prepare(w, A = a);
    long count = 0;
    std::thread([&] { count = counted_heap::allocations_of([&] { program.into(w, y, A = a); }); }).join();
    return count;
}
/// Whether numbers agree as those of two instruction sets do, of which sums have other orders, and only one has fma.
bool agree(const std::vector<double>& a, const std::vector<double>& b) {
    double most = 0;
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i)
        most = std::fmax(most, std::fabs(a[i] - b[i]) / (1 + std::fabs(b[i])));
    std::cout << a.size() << " numbers, largest difference " << most << '\n';
    return a.size() == b.size() && most < 2e-5;
}

}  // namespace

/// instruction_sets write|compare <file>
int main(int, char** words) {
    std::cout << late_instruction_set() << '\n';
    const std::vector<double> all = computed();
    if (allocations_when_prepared() != 0) {
        std::cout << "a prepared program allocates\n";
        return 1;
    }
    if (std::string_view(words[1]) == "write") {
        std::ofstream file(words[2]);
        file.precision(17);
        for (const double number : all) file << number << ' ';
        return 0;
    }
    std::vector<double> others;
    std::ifstream file(words[2]);
    for (double number; file >> number;) others.push_back(number);
    return agree(all, others) ? 0 : 1;
}
