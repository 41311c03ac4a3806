// SPDX-License-Identifier: BSL-1.0
// What follows from a refused product says nothing more, neither in the expression nor in the step.
// error: E101 matmul: columns of lhs must equal rows of rhs
// lines: 12, clang 16
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W", matrix<float, 5, 3>> W;
    variable<"b", tensor<float, 5>> b;
#ifdef REJECT
    input<"X", tensor<float, dyn, 4>> X;
#else
    input<"X", tensor<float, dyn, 3>> X;
#endif
    input<"Y", tensor<float, dyn, 5>> Y;
    auto z = W * X + b;
    auto step = minimize(mean(square(z - Y)), sgd{});
    run(step, X = {{1, 2, 3}}, Y = {{1, 2, 3, 4, 5}});
}
