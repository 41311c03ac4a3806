// SPDX-License-Identifier: BSL-1.0
// error: E108 dtype: this operation takes bool
// error: needs_a_boolean
// error: got_type<.*float32>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = any(X != 0);
#else
    [[maybe_unused]] auto y = any(X);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
