// SPDX-License-Identifier: BSL-1.0
// error: E114 reduce: the largest or smallest of no elements
// error: reduction_over_nothing
// error: of_shape<0, 3>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 0, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = max(X, axis<1>);
#else
    [[maybe_unused]] auto y = max(X, axis<0>);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
