// SPDX-License-Identifier: BSL-1.0
// error: E107 dtype: a literal takes the tensor.s element type
// error: literal_is_no_integer
// error: got_type<.*int32>
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<int, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = 2 * X;
#else
    [[maybe_unused]] auto y = 2.5 * X;
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
