// SPDX-License-Identifier: BSL-1.0
// error: E116 shape: a tensor has at most six axes
// error: too_many_axes
// error: of_shape<1, 2, 3, 4, 5, 6>
// error: at_line<17>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

constexpr auto inner = function([](auto x) {
    auto y = relu(x);
#ifndef REJECT
    return expand_dims(squeeze(y), axis<0>);
#else
    return expand_dims(y, axis<0>);
#endif
});
constexpr auto outer_function = function([](auto x) { return 2 * inner(x); });

int main() {
    input<"X", tensor<float, 1, 2, 3, 4, 5, 6>> X;
    [[maybe_unused]] auto y = outer_function(X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
