// SPDX-License-Identifier: BSL-1.0
// error: E102 reshape: the two shapes hold different numbers of elements
// error: reshape_changes_the_number_of_elements
// error: from<2, 3>
// error: to<4, 2>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 2, 3>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = reshape(X, extents<3, 2>);
#else
    [[maybe_unused]] auto y = reshape(X, extents<4, 2>);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
