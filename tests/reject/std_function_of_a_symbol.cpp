// SPDX-License-Identifier: BSL-1.0
// Compilers that compute std::exp while compiling see the number that is asked of a symbol, the others no constant.
// error: E23[78] function
// lines: 12, clang 16
// cases: 5
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

#include <cmath>

using namespace telar;

constexpr auto f = function([](auto x) {
#if REJECT == 1
    return x * std::exp(x);
#elif REJECT == 2
    return x + std::sqrt(sum(x));
#elif REJECT == 3
    return x + std::pow(x, 2);
#elif REJECT == 4
    return x + std::abs(x);
#elif REJECT == 5
    return x + std::fmax(x, 0);
#else
    return x * exp(x) + sqrt(sum(x)) + pow(x, 2) + abs(x) + maximum(x, 0);
#endif
});

int main() {
    input<"X", tensor<float, 3>> X;
    [[maybe_unused]] auto y = f(X);
}
