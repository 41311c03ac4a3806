// SPDX-License-Identifier: BSL-1.0
// error: E126 convolution: x is \(batch, space..., channels in\)
// error: convolution_does_not_fit
// error: lhs<1, 8, 8, 3>
// error: rhs<3, 3, 1, 16>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/convolution.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 1, 8, 8, 3>> X;
#ifndef REJECT
    input<"W", tensor<float, 3, 3, 3, 16>> W;
#else
    input<"W", tensor<float, 3, 3, 1, 16>> W;
#endif
    [[maybe_unused]] auto y = conv(X, W);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
