// SPDX-License-Identifier: BSL-1.0
// error: E103 axis: there is no such axis, or it is named twice
// error: axis_out_of_range
// error: axis_number<2>
// error: of_shape<2, 3>
// error: at_line<18>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

constexpr auto inner = function([](auto x) {
    auto y = relu(x);
#ifndef REJECT
    return sum(y, axis<1>);
#else
    return sum(y, axis<2>);
#endif
});
constexpr auto outer_function = function([](auto x) { return 2 * inner(x); });

int main() {
    input<"X", tensor<float, 2, 3>> X;
    [[maybe_unused]] auto y = outer_function(X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
