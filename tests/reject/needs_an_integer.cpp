// SPDX-License-Identifier: BSL-1.0
// error: E117 dtype: this operation takes integers
// error: needs_an_integer
// error: got_type<.*float32>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/math.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = bitwise_and(cast<std::int32_t>(X), 255);
#else
    [[maybe_unused]] auto y = bitwise_and(X, X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
