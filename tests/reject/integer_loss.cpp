// SPDX-License-Identifier: BSL-1.0
// error: E132 gradient: an integer or bool has no gradient
// error: got_type<
// lines: 12, clang 16
// cases: 2
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W", tensor<float, 3>> W;
    variable<"n", tensor<std::int32_t, 3>> n;
    input<"X", tensor<std::int32_t, 3>> X;
#if REJECT == 1
    auto step = minimize(sum(n * X), sgd{});
#elif REJECT == 2
    auto step = minimize(sum(W * cast<float>(n * X)), sgd{}, wrt(W, n));
#else
    auto step = minimize(sum(W * cast<float>(n * X)), sgd{}, wrt(W));
#endif
    [[maybe_unused]] tensor<float> loss = run(step, X = {1, 2, 3});  // says nothing more
}
