// SPDX-License-Identifier: BSL-1.0
// error: E133 gradient: no differentiable path leads from the expression to the variable
// error: no_path_for_the_gradient
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"x", tensor<float, 3>> x;
#ifndef REJECT
    (void)run(gradient(sum(sin(x)), x));
#else
    (void)run(gradient(sum(floor(x)), x));
#endif
}
