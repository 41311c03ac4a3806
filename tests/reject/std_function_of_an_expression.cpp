// SPDX-License-Identifier: BSL-1.0
// error: E240
// error: std::exp
// lines: 12, clang 16
// cases: 5
#include <telar/telar.hpp>

#include <cmath>

using namespace telar;

static_assert(!std::is_convertible_v<input<"X", tensor<float>>, double>);
static_assert(!std::is_constructible_v<float, variable<"X", tensor<float>>>);

int main() {
    input<"X", tensor<float, 3>> X;
    variable<"W", tensor<float, 3>> W;
#if REJECT == 1
    [[maybe_unused]] auto y = std::exp(X + W);
#elif REJECT == 2
    [[maybe_unused]] auto y = std::sqrt(W);
#elif REJECT == 3
    [[maybe_unused]] auto y = std::pow(X, 2);
#elif REJECT == 4
    [[maybe_unused]] double y = X;
#elif REJECT == 5
    if (W) return 1;
#else
    [[maybe_unused]] auto y = exp(X + W) + sqrt(W) + pow(X, 2);
#endif
}
