// SPDX-License-Identifier: BSL-1.0
// error: E110 slice: it reaches outside of the operand
// error: slice_out_of_range
// error: of_shape<2, 7>
// error: to<2, 6>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 2, 7>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = slice(X, axis<1>, range<2, 7>);
#else
    [[maybe_unused]] auto y = slice(X, axis<1>, range<2, 8>);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
