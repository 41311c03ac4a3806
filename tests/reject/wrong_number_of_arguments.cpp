// SPDX-License-Identifier: BSL-1.0
// A function called with fewer or more arguments than it takes, alone and wrapped.
// error: E242 call: the function takes another number of arguments
// error: wrong_number_of_arguments
// error: takes<2>
// lines: 12, clang 16
// cases: 5
#include <telar/telar.hpp>

using namespace telar;

constexpr auto f = telar::function([](const auto& x, auto y) { return sum(x * y); });
constexpr auto once = compile_once(f);
constexpr auto variadic = telar::function([](auto x, auto... rest) { return (x + ... + rest); });
constexpr auto with_default = telar::function([](auto x, float slope = 2) { return x * slope; });
constexpr auto outer_function = telar::function([](auto x) { return f(x, x); });

int main() {
    [[maybe_unused]] input<"X", tensor<float, 3>> X;
    [[maybe_unused]] tensor<float, 3> t{1, 2, 3};
#if REJECT == 1
    [[maybe_unused]] auto y = f(X);
#elif REJECT == 2
    [[maybe_unused]] auto y = f(t, t, t);
#elif REJECT == 3
    [[maybe_unused]] auto y = f();
#elif REJECT == 4
    [[maybe_unused]] auto y = grad(f)(t);
#elif REJECT == 5
    [[maybe_unused]] auto y = once(X);
#else
    [[maybe_unused]] auto y = outer_function(X);
    [[maybe_unused]] auto z = variadic(X, X, X) + with_default(X) + once(X, X);
#endif
}
