// SPDX-License-Identifier: BSL-1.0
// error: E104 concat: extents must be equal on every axis but the joined one
// error: concat_extents_differ
// error: lhs<2, 3>
// error: rhs<4, 3>
// error: axis_number<1>
// error: at_line<19>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

constexpr auto inner = function([](auto x, auto z) {
    auto y = relu(x);
#ifndef REJECT
    return concat(y, z, axis<0>);
#else
    return concat(y, z, axis<1>);
#endif
});
constexpr auto outer_function = function([](auto x, auto z) { return 2 * inner(x, z); });

int main() {
    input<"X", tensor<float, 2, 3>> X;
    input<"Y", tensor<float, 4, 3>> Y;
    [[maybe_unused]] auto y = outer_function(X, Y);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
