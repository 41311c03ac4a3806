// SPDX-License-Identifier: BSL-1.0
// error: E240 expression: it has no value before it is run
// error: an_expression_has_no_value
// lines: 12, clang 16
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float>> X;
#ifdef REJECT
    if (X > 0) return 1;
#else
    [[maybe_unused]] auto y = where(X > 0, 1, 0);
#endif
}
