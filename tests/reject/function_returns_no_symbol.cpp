// SPDX-License-Identifier: BSL-1.0
// error: E123 function: a traced function returns a symbol, or a tuple or array of them
// error: function_returns_no_symbol
// error: int
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
#ifndef REJECT
    auto f = function([](auto x) { return 0 * x + 1; });
#else
    auto f = function([](auto) { return 1; });
#endif
    [[maybe_unused]] auto y = f(X);
}
