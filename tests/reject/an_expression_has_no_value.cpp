// SPDX-License-Identifier: BSL-1.0
// error: E240 expression: it has no value before it is run
// error: an_expression_has_no_value
// lines: 12, clang 16
// cases: 2
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float>> X;
#if REJECT == 1
    if (X > 0) return 1;
#elif REJECT == 2
    for (auto row : X + X) (void)row;
#else
    [[maybe_unused]] auto y = where(X > 0, 1, 0);
#endif
}
