// SPDX-License-Identifier: BSL-1.0
// error: E120 operand: this type is no tensor, expression, variable, input or number
// error: not_an_operand
// error: char.*5
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = X + 5;
#else
    [[maybe_unused]] auto y = X + "oops";
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
