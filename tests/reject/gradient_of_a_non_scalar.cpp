// SPDX-License-Identifier: BSL-1.0
// error: E130 gradient: only a scalar has a gradient; take sum or mean first
// error: gradient_of_a_non_scalar
// error: of_shape<-1, 3>
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 4>> X;
    variable<"W", matrix<float, 3, 4>> W;
#ifndef REJECT
    [[maybe_unused]] auto y = gradient(sum(W * X), W);
#else
    [[maybe_unused]] auto y = gradient(W * X, W);
#endif
}
