// SPDX-License-Identifier: BSL-1.0
// error: E205 shape: a value of this shape has more elements than memory has addresses
// error: too_many_elements
// error: of_shape<
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/arrange.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 4, 8>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = tile(X, copies<2, 4>);
#else
    constexpr extent_t many = extent_t{1} << 59;
    [[maybe_unused]] auto y = tile(X, copies<2, many>);
#endif
}
