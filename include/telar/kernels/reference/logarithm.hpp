// SPDX-License-Identifier: BSL-1.0
// ln x and what is made of it: log1p, asinh, acosh, atanh.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/minimax.hpp>
#include <telar/kernels/reference/float_parts.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

inline constexpr double ln2 = 0.6931471805599453;

/// ln(2^k (1 + f)) for sqrt(1/2) <= 1 + f <= sqrt(2).
constexpr double log_reduced(int k, double f) {
    using c = minimax<double>;
    const double half_square = 0.5 * f * f, s = f / (2 + f), z = s * s;
    const double rest = s * (half_square + z * polynomial(z, c::logarithm)) + k * c::ln2[1] - half_square;
    return k * c::ln2[0] + (f + rest);
}

/// y = ln x.
///
/// edge      log(0) = -inf, log(x < 0) = NaN
constexpr double log(double x) {
    if (is_nan(x)) return x;
    if (x == 0) return -infinity;
    if (x < 0) return nan;
    if (x == infinity) return x;
    const auto [exponent, significand] = split_float(x);
    return log_reduced(exponent, significand - 1);
}

/// y = ln(1 + x), accurate near 0.
constexpr double log1p(double x) {
    if (is_nan(x) || x == infinity || abs(x) < 0x1p-54) return x;
    if (x == -1) return -infinity;
    if (x < -1) return nan;
    const two_doubles u = add_exactly(1, x);
    const auto [exponent, significand] = split_float(u.high);
    return log_reduced(exponent, (significand - 1) + scale2(u.low, -exponent));
}

/// y = ln(x + sqrt(x^2 + 1)).
constexpr double asinh(double x) {
    const double a = abs(x);
    if (!is_finite(x) || a < 0x1p-28) return x;
    if (a > 0x1p58) return with_sign_of(x, log(a) + ln2);
    return with_sign_of(x, log1p(a + a * a / (1 + sqrt(a * a + 1))));
}

/// y = ln(x + sqrt(x^2 - 1)).
///
/// edge      acosh(x < 1) = NaN
constexpr double acosh(double x) {
    if (is_nan(x)) return x;
    if (x < 1) return nan;
    if (x == infinity) return x;
    if (x > 0x1p58) return log(x) + ln2;
    const double t = x - 1;
    return log1p(t + sqrt(t * t + 2 * t));
}

/// y = ln((1 + x) / (1 - x)) / 2.
///
/// edge      atanh(+-1) = +-inf, atanh(|x| > 1) = NaN
constexpr double atanh(double x) {
    const double a = abs(x);
    if (is_nan(x)) return x;
    if (a > 1) return nan;
    if (a == 1) return with_sign_of(x, infinity);
    return with_sign_of(x, 0.5 * log1p(2 * a / (1 - a)));
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
