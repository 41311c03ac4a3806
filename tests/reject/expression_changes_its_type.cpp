// SPDX-License-Identifier: BSL-1.0
// A loop outside of a function: each turn would be another type.
// error: E239 expression: its type is its graph, so it cannot be assigned another
// error: expression_changes_its_type
// lines: 12, clang 16
// cases: 2
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    variable<"W", matrix<float, 3, 3>> W;
    input<"X", tensor<float, dyn, 3>> X;
    auto h = relu(W * X);
#if REJECT == 1
    for (int i = 0; i < 3; ++i) h = relu(W * h);
#elif REJECT == 2
    for (int i = 0; i < 3; ++i) h += X;
#else
    h = relu(W * X);
#endif
}
