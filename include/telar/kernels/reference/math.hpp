// SPDX-License-Identifier: BSL-1.0
// Elementary functions of a double for constant evaluation (before C++26 the standard's are not constexpr), and the
// oracle of the other targets. The same code at compile time and at run time, so the same bits, if the compiler does
// not contract a * b + c (-ffp-contract=off). Within 2 ulp, most within 1; NaN, infinities and -0 as in NumPy.
#pragma once
#include <telar/kernels/reference/error_function.hpp>
#include <telar/kernels/reference/exponential.hpp>
#include <telar/kernels/reference/gamma.hpp>
#include <telar/kernels/reference/logarithm.hpp>
#include <telar/kernels/reference/power.hpp>
#include <telar/kernels/reference/trigonometric.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// y = a - b floor(a / b): the remainder that has b's sign, as Python's a % b.
///
/// edge      NaN if b = 0 or a is infinite; 0 takes b's sign
constexpr double floor_mod(double a, double b) {
    if (is_nan(a) || is_nan(b) || abs(a) == infinity || b == 0) return nan;
    if (a == 0) return with_sign_of(b, 0.0);
    if (abs(b) == infinity) return is_negative(a) == is_negative(b) ? a : b;
    double rest = abs(a);
    const double size = abs(b);
    while (rest >= size) {  // long division: each step is exact
        double step = scale2(size, split_float(rest).exponent - split_float(size).exponent);
        if (step > rest) step = scale2(step, -1);
        rest -= step;
    }
    if (rest == 0) return with_sign_of(b, 0.0);
    return is_negative(a) == is_negative(b) ? with_sign_of(a, rest) : with_sign_of(b, size - rest);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
