// SPDX-License-Identifier: BSL-1.0
// An if, a loop, a choice or a number that depends on a value that is known only when the program runs.
// error: E237 function: nothing has a value while a function is traced
// error: a_symbol_has_no_value
// lines: 12, clang 16
// cases: 9
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

#include <algorithm>

using namespace telar;

constexpr auto model = function([](auto x, auto n) {
    n = n + sum(x);
#if REJECT == 1
    if (x > 0) return n;
    return -n;
#elif REJECT == 2
    for (int i = 0; i < n; ++i) x = 2 * x;
    return x;
#elif REJECT == 3
    while (sum(x) < 10 && n > 0) x = 2 * x;
    return x;
#elif REJECT == 4
    return x > 0 ? x : 0.1f * x;
#elif REJECT == 5
    const float m = mean(x);
    return x - m;
#elif REJECT == 6
    const int steps = n;
    for (int i = 0; i < steps; ++i) x = 2 * x;
    return x;
#elif REJECT == 7
    return x * static_cast<float>(n == 1);
#elif REJECT == 8
    return std::max(x, n);
#elif REJECT == 9
    for (auto row : x) n += row;
    return n;
#else
    return where(x > n, x[0], n * 0.5f);
#endif
});

int main() {
    input<"X", tensor<float, 2, 3>> X;
    input<"N", tensor<float>> N;
    [[maybe_unused]] auto y = model(X, N);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
