// SPDX-License-Identifier: BSL-1.0
// error: E131 gradient: the variable does not stand in the expression
// error: variable_not_in_the_expression
// error: tensor<float, 3>
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 4>> X;
    variable<"W", matrix<float, 3, 4>> W;
    variable<"b", tensor<float, 3>> b;
#ifndef REJECT
    [[maybe_unused]] auto y = gradient(sum(W * X + b), b);
#else
    [[maybe_unused]] auto y = gradient(sum(W * X), b);
#endif
}
