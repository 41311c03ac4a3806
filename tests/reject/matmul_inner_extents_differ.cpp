// SPDX-License-Identifier: BSL-1.0
// error: E101 matmul: columns of lhs must equal rows of rhs
// error: matmul_inner_extents_differ
// error: lhs<-1, 784>
// error: rhs<10, 784>
// lines: 12, clang 16
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    variable<"W", matrix<float, 10, 784>> W;
    input<"X", tensor<float, dyn, 784>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = W * X;
#else
    [[maybe_unused]] auto y = X * W;
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
