// SPDX-License-Identifier: BSL-1.0
// error: E127 indices: beside the axis that is indexed
// error: indices_do_not_fit
// error: lhs<7, 2>
// error: rhs<6>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/indexing.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 5, 2>> X;
    input<"U", tensor<float, 7, 2>> U;
#ifndef REJECT
    input<"I", tensor<int, 7>> I;
#else
    input<"I", tensor<int, 6>> I;
#endif
    [[maybe_unused]] auto y = scatter_add(X, I, U);
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
