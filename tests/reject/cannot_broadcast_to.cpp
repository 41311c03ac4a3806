// SPDX-License-Identifier: BSL-1.0
// error: E111 broadcast_to: the operand does not stretch to this shape
// error: cannot_broadcast_to
// error: from<2, 3>
// error: to<3>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 2, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = broadcast_to(X, extents<5, 2, 3>);
#else
    [[maybe_unused]] auto y = broadcast_to(X, extents<3>);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
