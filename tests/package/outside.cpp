// SPDX-License-Identifier: BSL-1.0
// Somebody else's program.
#include <telar/telar.hpp>

int main() {
    const telar::matrix<float, 2, 2> a{{1, 2}, {3, 4}};
    const telar::tensor<float, 2, 2> b = telar::exp(a - a);
    return b(1, 0) == 1 ? 0 : 1;
}
