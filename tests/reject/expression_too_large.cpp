// SPDX-License-Identifier: BSL-1.0
// error: E140 expression: too large for an expression type: make this a telar::function
// error: expression_too_large
// error: nodes<1023>
// lines: 27
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

// Each step uses its operand twice, so the tree doubles; in a traced function it is one node more.
template <int Steps> constexpr auto doubled(auto x) {
    if constexpr (Steps == 0) return x;
    else return doubled<Steps - 1>(x + x);
}

int main() {
    input<"X", tensor<float, 3>> X;
#ifndef REJECT
    auto f = function([](auto x) { return doubled<9>(x); });
    [[maybe_unused]] auto y = f(X);
#else
    [[maybe_unused]] auto y = doubled<9>(X);
#endif
}
