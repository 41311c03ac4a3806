// SPDX-License-Identifier: BSL-1.0
// The second unit: the same instances, and routines.
#include <telar/telar.hpp>

#include <iostream>

using namespace telar;

void print_routines() {
    random_state<"noise"> noise(3);
    const auto a = run(random_uniform<float>(noise, extents<5, 7>));
    std::cout << a << '\n' << sort(a) << '\n' << argsort(a) << '\n';
    generator g(5);
    const auto left = random_normal<float, dyn, dyn>(g, shape(5, 7));
    std::cout << matmul(left, transpose(left)) << '\n';
}
