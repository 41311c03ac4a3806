// SPDX-License-Identifier: BSL-1.0
// Somebody else's program.
#include <telar/telar.hpp>

static_assert(TELAR_VERSION / 10000 == TELAR_VERSION_MAJOR && TELAR_VERSION / 100 % 100 == TELAR_VERSION_MINOR &&
              TELAR_VERSION % 100 == TELAR_VERSION_PATCH);

int main() {
    const telar::matrix<float, 2, 2> a{{1, 2}, {3, 4}};
    const telar::tensor<float, 2, 2> b = telar::exp(a - a);
    return b(1, 0) == 1 ? 0 : 1;
}
