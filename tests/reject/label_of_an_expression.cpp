// SPDX-License-Identifier: BSL-1.0
// error: E247 print: the label of an expression is part of its type
// error: label_of_an_expression
// lines: 12
#include <telar/core/errors.hpp>
#include <telar/io/print.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 2>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = print<"X">(X);
#else
    [[maybe_unused]] auto y = print(X, "X");
#endif
}
