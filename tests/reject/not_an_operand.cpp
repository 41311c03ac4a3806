// SPDX-License-Identifier: BSL-1.0
// error: E120 operand: this type is no tensor, expression, variable, input or number
// error: not_an_operand
// lines: 12, clang 16
// cases: 7
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

#include <string>
#include <vector>

using namespace telar;

struct model {};
constexpr auto f = function([](auto x, auto y) { return x + y; });

int main() {
    input<"X", tensor<float, 3>> X;
#if REJECT == 1
    [[maybe_unused]] auto y = X + "oops";
#elif REJECT == 2
    [[maybe_unused]] auto y = X * std::vector<std::string>{};
#elif REJECT == 3
    [[maybe_unused]] auto y = maximum(X, "oops");
#elif REJECT == 4
    [[maybe_unused]] auto y = maximum(model{}, X);
#elif REJECT == 5
    [[maybe_unused]] auto y = where(X > 0, X, std::string("oops"));
#elif REJECT == 6
    [[maybe_unused]] auto y = matmul(X, std::vector<float>{});
#elif REJECT == 7
    [[maybe_unused]] auto y = f(X, "oops");
#else
    [[maybe_unused]] auto y = maximum(X + 5, X) + f(X, 1);
#endif
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
