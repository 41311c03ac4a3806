// SPDX-License-Identifier: BSL-1.0
// error: E129 window: one number for each axis of space
// error: window_numbers_do_not_fit
// error: of_shape<1, 8, 8, 3>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/pooling.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 1, 8, 8, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = max_pool(X, window<2>, steps<2, 1>);
#else
    [[maybe_unused]] auto y = max_pool(X, window<2>, steps<1, 2, 2>);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
