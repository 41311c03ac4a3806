// SPDX-License-Identifier: BSL-1.0
// erf, erfc and their inverses.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/minimax.hpp>
#include <telar/kernels/reference/exponential.hpp>
#include <telar/kernels/reference/float_parts.hpp>
#include <telar/kernels/reference/logarithm.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// 1 - erf a for 0.47 <= a <= 28.
constexpr double erfc_tail(double a) {
    const two_doubles square = multiply_exactly(a, a);
    const double share = polynomial((a - 3) / (a + 3), minimax<double>::erfc_tail) / (2 * a + 1);
    return exp(two_doubles{-square.high, -square.low}) * share;
}

/// y = 2/sqrt(pi) * (integral of e^(-t^2) from 0 to x).
constexpr double erf(double x) {
    if (is_nan(x)) return x;
    if (abs(x) < 0x1p-28) return scale2(scale2(x, 100) * minimax<double>::erf_small[0], -100);
    if (abs(x) < 1) return x * polynomial(x * x, minimax<double>::erf_small);
    return with_sign_of(x, abs(x) > 6 ? 1 : 1 - erfc_tail(abs(x)));
}

/// y = 1 - erf x, accurate where that is small.
constexpr double erfc(double x) {
    if (is_nan(x)) return x;
    if (abs(x) < 0x1p-60) return 1;
    if (abs(x) < 0.5) return 1 - erf(x);
    if (abs(x) > 28) return x > 0 ? 0 : 2;
    return x > 0 ? erfc_tail(x) : 2 - erfc_tail(-x);
}

/// y with erf y = x, |x| <= 17/32.
constexpr double erfinv_near_zero(double x) {
    if (abs(x) < 0x1p-28) return scale2(scale2(x, 100) * minimax<double>::erf_inverse_small[0], -100);
    return x * polynomial(x * x, minimax<double>::erf_inverse_small);
}
/// y with erfc y = q, 0 <= q < 1/2.
constexpr double erfcinv_tail(double q) {
    if (q == 0) return infinity;
    if (q < 0) return nan;
    const double r = sqrt(-log(q));
    return r - polynomial(r, minimax<double>::erfc_inverse_above) / polynomial(r, minimax<double>::erfc_inverse_below);
}

/// y with erf y = x.
///
/// edge      erfinv(+-1) = +-inf, erfinv(|x| > 1) = NaN
constexpr double erfinv(double x) {
    if (is_nan(x)) return x;
    if (abs(x) > 1) return nan;
    return abs(x) <= 0.53125 ? erfinv_near_zero(x) : with_sign_of(x, erfcinv_tail(1 - abs(x)));
}

/// y with erfc y = x, accurate where x is small.
///
/// edge      erfcinv(0) = inf, erfcinv(2) = -inf, beyond NaN
constexpr double erfcinv(double x) {
    if (is_nan(x)) return x;
    if (x < 0 || x > 2) return nan;
    if (abs(1 - x) <= 0.53125) return erfinv_near_zero(1 - x);
    return x < 1 ? erfcinv_tail(x) : -erfcinv_tail(2 - x);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
