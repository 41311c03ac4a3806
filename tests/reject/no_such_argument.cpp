// SPDX-License-Identifier: BSL-1.0
// error: E241 grad: the function has no such argument
// error: argument_numbers<2>
// error: operands<2>
// lines: 20, clang 36
#include <telar/telar.hpp>

using namespace telar;

constexpr auto loss = telar::function([](auto a, auto b) { return sum(a * b); });

int main() {
    input<"X", tensor<float, 3>> X;
    input<"Y", tensor<float, 3>> Y;
#ifdef REJECT
    [[maybe_unused]] auto y = grad(loss, argnums<2>)(X, Y);
#else
    [[maybe_unused]] auto y = grad(loss, argnums<1>)(X, Y);
#endif
}
