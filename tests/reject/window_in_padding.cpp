// SPDX-License-Identifier: BSL-1.0
// error: E206 pooling: a window lies in the padding alone, so it has neither a largest element nor a mean
// error: window_in_padding
// error: of_shape<1, 4, 3>
// error: window<2, 2, 1>
// error: axis_number<1>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/pooling.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 1, 4, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = max_pool(X, window<2>, padding<1>);
#else
    [[maybe_unused]] auto y = max_pool(X, window<2>, padding<2>);
#endif
}
