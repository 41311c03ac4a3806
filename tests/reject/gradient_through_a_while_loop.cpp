// SPDX-License-Identifier: BSL-1.0
// error: E135 gradient: a while_loop has no derivative
// error: gradient_through_a_while_loop
// lines: 24
#include <telar/telar.hpp>

using namespace telar;

constexpr auto halved = telar::function(
    [](auto x) { return while_loop([](auto s) { return any(s > 1); }, [](auto s) { return s / 2; }, states(x))[0]; });

int main() {
    variable<"x", tensor<float, 3>> x;
#ifndef REJECT
    (void)run(gradient(sum(x * halved(stop_gradient(x))), x));
#else
    (void)run(gradient(sum(x * halved(x)), x));
#endif
}
