// SPDX-License-Identifier: BSL-1.0
// error: E118 einsum: the string names each axis of each operand by a letter
// error: not_an_einsum
// error: operands<2>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/einsum.hpp>

using namespace telar;

int main() {
    input<"A", tensor<float, 2, 3>> A;
    input<"B", tensor<float, 3, 4>> B;
#ifndef REJECT
    [[maybe_unused]] auto y = einsum<"ij,jk->ik">(A, B);
#else
    [[maybe_unused]] auto y = einsum<"ij,jk->il">(A, B);
    [[maybe_unused]] auto z = y + y;  // says nothing more
#endif
}
