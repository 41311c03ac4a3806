// SPDX-License-Identifier: BSL-1.0
// e^x and what is made of it: expm1, sigmoid, tanh, sinh, cosh.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/minimax.hpp>
#include <telar/kernels/reference/float_parts.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// x = n ln 2 + high + low, n whole, |high| <= ln(2)/2; and rest = e^(high + low) - 1 - high.
struct reduced_exponent {
    int n = 0;
    double high = 0, rest = 0;
};
constexpr reduced_exponent reduce_by_ln2(two_doubles x) {
    using c = minimax<double>;
    const double n = (x.high * 1.4426950408889634 + 0x1.8p52) - 0x1.8p52;  // rounds to a whole number
    const double high = x.high - n * c::ln2[0], low = x.low - n * c::ln2[1], r = high + low;
    return {static_cast<int>(n), high, r * r * polynomial(r, c::exponential) + low};
}
/// one + scale * (e^(high + low) - 1), with less than an ulp lost.
constexpr double add_expm1(double one, double scale, reduced_exponent e) {
    const two_doubles sum = add_exactly(one, scale * e.high);
    return sum.high + (sum.low + scale * e.rest);
}

/// e^(x + low) for |low| much less than |x|: keeps the digits that x alone has lost.
constexpr double exp(two_doubles x) {
    if (x.high > 710) return infinity;
    if (x.high < -746) return 0;
    const reduced_exponent e = reduce_by_ln2(x);
    return scale2(add_expm1(1, 1, e), e.n);
}

/// y = e^x.
constexpr double exp(double x) {
    if (is_nan(x)) return x;
    return abs(x) < 0x1p-54 ? 1 : exp(two_doubles{x, 0});
}

/// y = e^x - 1, accurate near 0.
constexpr double expm1(double x) {
    if (is_nan(x) || abs(x) < 0x1p-54) return x;
    if (x > 710) return infinity;
    if (x < -38) return -1;
    const reduced_exponent e = reduce_by_ln2({x, 0});
    const double half = scale2(0.5, e.n);  // 2^n itself may overflow where the result does not
    return scale2(add_expm1(half - 0.5, half, e), 1);
}

/// y = 1 / (1 + e^-x).
constexpr double sigmoid(double x) {
    if (is_nan(x)) return x;
    const double e = exp(-abs(x));
    return (x < 0 ? e : 1) / (1 + e);
}

/// y = tanh x.
constexpr double tanh(double x) {
    const double a = abs(x);
    if (is_nan(x) || a < 0x1p-28) return x;
    if (a > 20) return with_sign_of(x, 1);
    if (a > 0.55) return with_sign_of(x, 1 - 2 / (exp(2 * a) + 1));
    const double e = expm1(2 * a);
    return with_sign_of(x, e / (e + 2));
}

/// e^|x| / 2, finite wherever cosh and sinh are.
constexpr double half_exp(double a) {
    if (a > 712) return infinity;
    const reduced_exponent e = reduce_by_ln2({a, 0});
    return scale2(add_expm1(1, 1, e), e.n - 1);
}

/// y = (e^x + e^-x) / 2.
constexpr double cosh(double x) {
    if (is_nan(x)) return x;
    if (abs(x) < 0x1p-28) return 1;
    const double h = half_exp(abs(x));
    return h > 0x1p60 ? h : h + 0.25 / h;
}

/// y = (e^x - e^-x) / 2.
constexpr double sinh(double x) {
    if (is_nan(x) || abs(x) < 0x1p-28) return x;
    if (abs(x) < 1) return x + x * (x * x) * polynomial(x * x, minimax<double>::sinh_small);
    const double h = half_exp(abs(x));
    return with_sign_of(x, h > 0x1p60 ? h : h - 0.25 / h);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
