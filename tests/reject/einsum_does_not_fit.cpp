// SPDX-License-Identifier: BSL-1.0
// error: E119 einsum: an operand needs one axis for each of its letters
// error: einsum_does_not_fit
// error: lhs<2, 3>
// error: rhs<4, 3>
// lines: 20
#include <telar/core/errors.hpp>
#include <telar/expr/einsum.hpp>

using namespace telar;

int main() {
    input<"A", tensor<float, 2, 3>> A;
    input<"B", tensor<float, 4, 3>> B;
#ifndef REJECT
    [[maybe_unused]] auto y = einsum<"ij,kj->ik">(A, B);
#else
    [[maybe_unused]] auto y = einsum<"ij,jk->ik">(A, B);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
