// SPDX-License-Identifier: BSL-1.0
// x^y and the cube root.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/minimax.hpp>
#include <telar/kernels/reference/exponential.hpp>
#include <telar/kernels/reference/float_parts.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// ln x in two doubles, for finite x > 0: the exponent of x^y multiplies its error by up to 1024.
constexpr two_doubles precise_log(double x) {
    using c = minimax<double>;
    const auto [k, significand] = split_float(x);

    // s = f / (2 + f), ln(1 + f) = 2 atanh s = 2 s + s^3 (2/3 + s^2 tail)
    const double f = significand - 1;
    const two_doubles below = add_ordered(2, f);
    const double first = f / below.high;
    const two_doubles product = multiply_exactly(first, below.high);
    const two_doubles s = add_ordered(first, (((f - product.high) - product.low) - first * below.low) / below.high);
    const two_doubles square = multiply(s, s);
    const two_doubles w = add_ordered(2.0 / 3, square.high * polynomial(square.high, c::log_tail));
    const two_doubles cubic = multiply(multiply(s, square), {w.high, w.low + 0x1.5555555555555p-55});

    const two_doubles sum = add_ordered(2 * s.high, cubic.high);
    const two_doubles total = add_exactly(k * c::ln2[0], sum.high);
    return add_ordered(total.high, total.low + (k * c::ln2[1] + (sum.low + (cubic.low + 2 * s.low))));
}

constexpr bool is_whole(double x) { return nearest(x) == x; }
constexpr bool is_odd(double x) { return is_whole(x) && !is_whole(0.5 * x); }

/// y = a^b.
///
/// edge      as in C: pow(a, 0) = pow(1, b) = 1 even for NaN; a negative base wants a whole exponent, else NaN
constexpr double pow(double a, double b) {
    if (bits_of_abs(b) == 0 || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(1.0)) return 1;
    if (is_nan(a) || is_nan(b)) return nan;
    const double base = abs(a), sign = is_negative(a) && is_odd(b) ? -1 : 1;
    if (base == 1 && abs(b) == infinity) return 1;
    if (base == 0 || base == infinity || abs(b) == infinity)
        return (base > 1) == (b > 0) ? sign * infinity : sign * 0.0;
    if (a < 0 && !is_whole(b)) return nan;
    if (base == 1) return sign;
    if (abs(b) < 0x1p-65) return sign;  // the products below would lose their last digits, or overflow
    if (abs(b) > 0x1p80) return (base > 1) == (b > 0) ? sign * infinity : sign * 0.0;
    const two_doubles logarithm = precise_log(base);
    const two_doubles power = multiply_exactly(b, logarithm.high);
    return sign * exp(two_doubles{power.high, power.low + b * logarithm.low});
}

/// y = x^(1/3).
constexpr double cbrt(double x) {
    if (!is_finite(x) || x == 0) return x;
    const auto [exponent, significand] = split_float(abs(x));
    const int third = static_cast<int>(floor(exponent / 3.0)), rest = exponent - 3 * third;
    const double m = scale2(significand, rest);
    double y = polynomial(significand, minimax<double>::cube_root) * (rest == 0   ? 1
                                                                      : rest == 1 ? 1.2599210498948732
                                                                                  : 1.5874010519681996);
    y += (m / (y * y) - y) / 3;  // Newton
    const two_doubles square = multiply_exactly(y, y), cube = multiply(square, {y, 0});
    y += y * (((m - cube.high) - cube.low) / (2 * cube.high + m));  // Halley
    return with_sign_of(x, scale2(y, third));
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
