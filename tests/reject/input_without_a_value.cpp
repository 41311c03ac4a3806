// SPDX-License-Identifier: BSL-1.0
// error: E227 feed: an input of the graph has no value; write run(..., X = data)
// error: input_without_a_value
// error: {"Y"}
// lines: 16
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 3>> X;
    input<"Y", tensor<float, dyn, 3>> Y;
    const tensor<float, dyn, 3> data = {{1, 2, 3}};
#ifndef REJECT
    return run(X + Y, X = data, Y = data).rank == 2 ? 0 : 1;
#else
    return run(X + Y, X = data).rank == 2 ? 0 : 1;
#endif
}
