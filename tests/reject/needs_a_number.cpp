// SPDX-License-Identifier: BSL-1.0
// error: E113 dtype: this operation takes numbers, not bool
// error: needs_a_number
// error: got_type<.*boolean>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = sum(cast<float>(X > 0));
#else
    [[maybe_unused]] auto y = sum(X > 0);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
