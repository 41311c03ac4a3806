// SPDX-License-Identifier: BSL-1.0
// error: E122 function: a tensor, variable or input inside a traced function
// error: value_inside_a_traced_function
// error: matrix<float, 3, 4>
// lines: 36
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

variable<"W", matrix<float, 3, 4>> W;

int main() {
    input<"X", tensor<float, dyn, 4>> X;
#ifndef REJECT
    auto f = function([](auto w, auto x) { return w * x; });
    [[maybe_unused]] auto y = f(W, X);
#else
    auto f = function([](auto x) { return W * x; });
    [[maybe_unused]] auto y = f(X);
#endif
}
