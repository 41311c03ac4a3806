// SPDX-License-Identifier: BSL-1.0
// error: E106 dtype: this operation takes floats
// error: needs_a_float
// error: got_type<.*int32>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<int, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = mean(cast<float>(X));
#else
    [[maybe_unused]] auto y = mean(X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
