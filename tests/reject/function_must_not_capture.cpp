// SPDX-License-Identifier: BSL-1.0
// error: E121 function: a traced function captures nothing
// error: function_must_not_capture
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 3>> X;
#ifndef REJECT
    auto f = function([](auto x, auto scale) { return scale * x; });
    [[maybe_unused]] auto y = f(X, 2);
#else
    int scale = 2;
    auto f = function([scale](auto x) { return scale * x; });
    [[maybe_unused]] auto y = f(X);
#endif
}
