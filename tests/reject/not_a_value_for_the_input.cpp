// SPDX-License-Identifier: BSL-1.0
// error: E150 feed: the right side of input = ... must be a tensor of its element type and rank
// error: not_a_value_for_the_input
// error: tensor<double, 3
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/composite.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn>> X;
#ifndef REJECT
    [[maybe_unused]] auto y = (X = tensor<float, 3>{1, 2, 3});
#else
    [[maybe_unused]] auto y = (X = tensor<double, 3>{1, 2, 3});
#endif
}
