// SPDX-License-Identifier: BSL-1.0
// Answer 3. The mean of all values so far: what a session keeps are the values of variables.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"x", tensor<float>> x;
    variable<"sum", tensor<float>> total;
    variable<"count", tensor<float>> count;
    const auto next_total = total + x;
    const auto next_count = count + 1.0f;

    session s;
    for (const float value : {4.f, 8.f, 6.f}) {
        const auto mean = s.run(fetch(next_total / next_count, total = next_total, count = next_count), x = value);
        std::cout << mean.item() << '\n';
    }
    // A result is computed from the values before the run; assignments come last.
    const auto before = s.run(fetch(total, total = total + x), x = 100);
    std::cout << before.item() << ", then " << total.value().item() << '\n';
}

// prints:
// 4
// 6
// 6
// 18, then 118
