// SPDX-License-Identifier: BSL-1.0
// error: E125 window: it is longer than the axis
// error: window_does_not_fit
// error: of_shape<1, 4, 3>
// error: window<5, 1, 1>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/pooling.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 1, 4, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = max_pool(X, window<4>);
#else
    [[maybe_unused]] auto y = max_pool(X, window<5>, steps<1>);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
