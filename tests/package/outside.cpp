// SPDX-License-Identifier: BSL-1.0
// Somebody else's program.
#include <telar/core/tensor.hpp>

int main() {
    const telar::matrix<float, 2, 2> a{{1, 2}, {3, 4}};
    return a(1, 0) == 3 ? 0 : 1;
}
