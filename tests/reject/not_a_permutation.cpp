// SPDX-License-Identifier: BSL-1.0
// error: E109 transpose: the permutation must name every axis once
// error: not_a_permutation
// error: of_shape<2, 3>
// error: at_line<17>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

constexpr auto inner = function([](auto x) {
    auto y = relu(x);
#ifndef REJECT
    return transpose(y, axes<1, 0>);
#else
    return transpose(y, axes<1, 1>);
#endif
});
constexpr auto outer_function = function([](auto x) { return 2 * inner(x); });

int main() {
    input<"X", tensor<float, 2, 3>> X;
    [[maybe_unused]] auto y = outer_function(X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
