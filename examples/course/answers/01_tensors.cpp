// SPDX-License-Identifier: BSL-1.0
// Answer 1. Each column with mean 0 and standard deviation 1, without a loop.
#include <iostream>
#include <telar/telar.hpp>

using namespace telar;

int main() {
    const tensor<float, 3, 4> celsius = {{10, 15, 20, 15}, {5, 10, 20, 10}, {15, 20, 35, 20}};
    const auto difference = celsius - mean(celsius, axis<0>);        // (3,4) - (4)
    const auto deviation = sqrt(mean(square(difference), axis<0>));  // (4)
    const auto standardised = difference / deviation;                // (3,4) / (4)
    std::cout << round(standardised * 100) / 100 << '\n'
              << round(abs(mean(standardised, axis<0>))) << '\n'
              << round(mean(square(standardised), axis<0>) * 1000) / 1000 << '\n';
}

// prints:
// tensor(
// [[ 0.    0.   -0.71  0.  ]
//  [-1.22 -1.22 -0.71 -1.22]
//  [ 1.22  1.22  1.41  1.22]], shape=(3, 4), dtype=float32)
// tensor([0. 0. 0. 0.], shape=(4,), dtype=float32)
// tensor([1. 1. 1. 1.], shape=(4,), dtype=float32)
