// SPDX-License-Identifier: BSL-1.0
// error: E105 dtype: the operands have different element types
// error: element_types_differ
// error: lhs_type<.*float32>
// error: rhs_type<.*float64>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
    input<"Y", tensor<double, 3>> Y;
#ifndef REJECT
    [[maybe_unused]] auto y = X * cast<float>(Y);
#else
    [[maybe_unused]] auto y = X * Y;
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
