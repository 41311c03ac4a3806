// SPDX-License-Identifier: BSL-1.0
// error: E128 where: how many elements a condition selects is known only from values
// error: selection_has_no_shape
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/math.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 4>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = where(X > 0, X, 0);
#else
    [[maybe_unused]] auto y = where(X > 0);
#endif
}
