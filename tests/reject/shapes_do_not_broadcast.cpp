// SPDX-License-Identifier: BSL-1.0
// error: E100 broadcast: extents must be equal or 1
// error: shapes_do_not_broadcast
// error: lhs<2, 3>
// error: rhs<3, 2>
// lines: 12, clang 16
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 2, 3>> X;
    input<"Y", tensor<float, 3, 2>> Y;
#ifndef REJECT
    [[maybe_unused]] auto y = X + transpose(Y);
#else
    [[maybe_unused]] auto y = X + Y;
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
