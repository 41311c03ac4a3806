// SPDX-License-Identifier: BSL-1.0
// Compiled twice, with different flags, and linked into one program.
#include "report.hpp"

#include <telar/telar.hpp>

report REPORT() {
    const telar::matrix<float, 2, 2> a{{1, 2}, {3, 4}};
    const telar::matrix<float, 2, 2> b{{0, 1}, {1, 0}};
    const telar::tensor<float, 2, 2> c = telar::exp(a * b - a);
    const auto square = [](const auto& x) { return x * x; };
    return {telar::instruction_set(),
            telar::abi_name(),
            reinterpret_cast<const void*>(&telar::set_failure_handler),
            c(0, 0),
            square,
            square};
}
float CALL(const telar::callable<float(float)>& f, float x) {
    const telar::callable<float(float)> copied = f;
    float y = 0;
    copied.into(y, x);
    return y == copied(x) ? y : -1.f;
}
