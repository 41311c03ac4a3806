// SPDX-License-Identifier: BSL-1.0
// The smallest program that runs something: one sum of two inputs.
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"x", tensor<float, 4>> x;
    input<"y", tensor<float, 4>> y;
    tensor<float, 4> a = {1, 2, 3, 4}, b = {4, 3, 2, 1};
    return run(x + y, x = a, y = b)(0) == 5 ? 0 : 1;
}
