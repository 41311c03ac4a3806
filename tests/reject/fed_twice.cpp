// SPDX-License-Identifier: BSL-1.0
// error: E230 feed: one input is given two values in one run
// error: fed_twice
// error: {"X"}
// lines: 16
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"sum", tensor<float, 3>> total;
    input<"X", tensor<float, 3>> X;
    const auto step = update(total += X);
    const tensor<float, 3> a = {1, 2, 3};
#ifndef REJECT
    run(step, X = a);
#else
    run(step, X = a, X = a);
#endif
}
