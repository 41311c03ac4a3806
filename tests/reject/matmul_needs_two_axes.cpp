// SPDX-License-Identifier: BSL-1.0
// error: E112 matmul: both operands need two axes or more
// error: matmul_needs_two_axes
// error: lhs<2, 3>
// error: rhs<>
// error: at_line<18>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

constexpr auto inner = function([](auto x, auto z) {
    auto y = relu(x);
#ifndef REJECT
    return z * y;
#else
    return matmul(y, z);
#endif
});
constexpr auto outer_function = function([](auto x, auto z) { return 2 * inner(x, z); });

int main() {
    input<"X", tensor<float, 2, 3>> X;
    input<"Y", tensor<float>> Y;
    [[maybe_unused]] auto y = outer_function(X, Y);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
