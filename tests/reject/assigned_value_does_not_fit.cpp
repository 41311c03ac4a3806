// SPDX-License-Identifier: BSL-1.0
// error: E151 assign: the new value has another element type or shape than the variable
// error: assigned_value_does_not_fit
// error: matrix<float, 3, 4>
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 4>> X;
    variable<"W", matrix<float, 3, 4>> W;
#ifndef REJECT
    [[maybe_unused]] auto u = update(W = W - 0.1f * gradient(sum(W * X), W));
#else
    [[maybe_unused]] auto u = update(W = W * X);
#endif
}
