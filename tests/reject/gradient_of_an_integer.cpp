// SPDX-License-Identifier: BSL-1.0
// error: E132 gradient: an integer or bool has no gradient
// error: gradient_of_an_integer
// error: int64
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"n", tensor<std::int64_t, 3>> n;
    variable<"x", tensor<float, 3>> x;
#ifndef REJECT
    [[maybe_unused]] auto y = gradient(sum(x * cast<float>(n)), x);
#else
    [[maybe_unused]] auto y = gradient(sum(x * cast<float>(n)), n);
#endif
}
