// SPDX-License-Identifier: BSL-1.0
// Lesson 1. A tensor: numbers, a shape and an element type.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    // Three days, and on each the temperature at 6, 12, 18 and 24 o'clock: two axes.
    const tensor<float, 3, 4> celsius = {{10, 15, 20, 15}, {5, 10, 20, 10}, {15, 20, 35, 20}};
    std::cout << celsius << '\n';

    // Element by element: one formula for all twelve numbers, and no loop.
    std::cout << celsius * 9 / 5 + 32 << '\n';

    // A reduction takes an axis away.
    std::cout << max(celsius, axis<1>) << '\n';  // (3,4) -> (3): the warmest of each day
    const auto usual = mean(celsius, axis<0>);   // (3,4) -> (4): the usual course of a day
    std::cout << usual << '\n';

    // Broadcasting: (3,4) - (4) takes the four numbers from each row.
    std::cout << celsius - usual << '\n';

    // A product joins the inner axes: (3,4) x (4,1) -> (3,1). The weights make a mean of each day.
    const tensor<float, 4, 1> weights = {{0.25f}, {0.25f}, {0.25f}, {0.25f}};
    std::cout << matmul(celsius, weights) << '\n';

    // The element type is part of the tensor. Nothing is converted unasked.
    const auto is_warm = celsius >= 20.0f;
    std::cout << is_warm << '\n' << sum(cast<std::int32_t>(is_warm)) << '\n';
}

// prints:
// tensor(
// [[10. 15. 20. 15.]
//  [ 5. 10. 20. 10.]
//  [15. 20. 35. 20.]], shape=(3, 4), dtype=float32)
// tensor(
// [[50. 59. 68. 59.]
//  [41. 50. 68. 50.]
//  [59. 68. 95. 68.]], shape=(3, 4), dtype=float32)
// tensor([20. 20. 35.], shape=(3,), dtype=float32)
// tensor([10. 15. 25. 15.], shape=(4,), dtype=float32)
// tensor(
// [[ 0.  0. -5.  0.]
//  [-5. -5. -5. -5.]
//  [ 5.  5. 10.  5.]], shape=(3, 4), dtype=float32)
// tensor(
// [[15.  ]
//  [11.25]
//  [22.5 ]], shape=(3, 1), dtype=float32)
// tensor(
// [[False False  True False]
//  [False False  True False]
//  [False  True  True  True]], shape=(3, 4), dtype=bool)
// tensor(5, shape=(), dtype=int32)
