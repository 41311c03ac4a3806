// SPDX-License-Identifier: BSL-1.0
// What the reference's functions share: a double taken apart and put together, rounding to whole numbers, polynomials,
// numbers held in two doubles. Constant evaluation refuses to produce NaN and overflow, in
// nvcc also to underflow and to compare NaN, so no operation here does: the exceptional cases are looked at first.
#pragma once
#include <telar/core/config.hpp>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

inline constexpr double infinity = std::numeric_limits<double>::infinity();
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

constexpr std::uint64_t bits_of_abs(double x) { return std::bit_cast<std::uint64_t>(x) << 1 >> 1; }
constexpr bool is_nan(double x) { return bits_of_abs(x) > std::uint64_t{0x7ff} << 52; }
constexpr bool is_finite(double x) { return bits_of_abs(x) < std::uint64_t{0x7ff} << 52; }
constexpr bool is_negative(double x) { return std::bit_cast<std::int64_t>(x) < 0; }  // true for -0
constexpr double abs(double x) { return std::bit_cast<double>(bits_of_abs(x)); }
/// The size of y >= 0 and the sign of x.
constexpr double with_sign_of(double x, double y) { return is_negative(x) ? -y : y; }

/// The whole number next to x towards 0.
constexpr double trunc(double x) {
    if (!is_finite(x) || abs(x) >= 0x1p52) return x;
    return with_sign_of(x, static_cast<double>(static_cast<std::int64_t>(abs(x))));
}
/// The greatest whole number <= x.
constexpr double floor(double x) {
    if (is_nan(x)) return x;
    const double t = trunc(x);
    return t > x ? t - 1 : t;
}
/// The least whole number >= x.
constexpr double ceil(double x) { return -floor(-x); }
/// The nearest whole number; half goes to the even one.
constexpr double nearest(double x) {
    if (!is_finite(x) || abs(x) >= 0x1p52) return x;
    return with_sign_of(x, (abs(x) + 0x1p52) - 0x1p52);  // the sum has no room for a fraction
}

/// x * 2^n, rounded once.
constexpr double scale2(double x, int n) {
    if (!is_finite(x) || x == 0) return x;
    int exponent = static_cast<int>(std::bit_cast<std::uint64_t>(x) >> 52 & 0x7ff);
    if (exponent == 0) return n < -2000 ? with_sign_of(x, 0.0) : scale2(x * 0x1p54, n - 54);  // a denormal
    exponent += n < -4000 ? -4000 : n > 4000 ? 4000 : n;
    if (exponent > 2046) return with_sign_of(x, infinity);
    const auto others = std::bit_cast<std::uint64_t>(x) & ~(std::uint64_t{0x7ff} << 52);
    if (exponent > 0) return std::bit_cast<double>(others | static_cast<std::uint64_t>(exponent) << 52);
    if (exponent < -53) return with_sign_of(x, 0.0);
    const std::uint64_t digits = (others & 0xfffffffffffff) | std::uint64_t{1} << 52;  // a denormal result: to even
    const std::uint64_t dropped = static_cast<std::uint64_t>(1 - exponent), kept = digits >> dropped;
    const std::uint64_t rounding = (std::uint64_t{1} << (dropped - 1)) - 1 + (kept & 1);
    return with_sign_of(x, std::bit_cast<double>((digits + rounding) >> dropped));
}

/// x = 2^exponent * significand, with sqrt(1/2) <= significand < sqrt(2). For finite x > 0.
struct float_parts {
    int exponent = 0;
    double significand = 1;
};
constexpr float_parts split_float(double x) {
    const bool tiny = x < std::numeric_limits<double>::min();
    const auto bits = std::bit_cast<std::int64_t>(tiny ? x * 0x1p54 : x);
    constexpr auto root = std::bit_cast<std::int64_t>(0x1.6a09e667f3bcdp-1);
    const std::int64_t from_root = bits - root, exponent = from_root >> 52;
    return {static_cast<int>(exponent) - (tiny ? 54 : 0), std::bit_cast<double>((from_root & 0xfffffffffffff) + root)};
}

/// c[0] + c[1] x + c[2] x^2 + ... No loop: clang counts the steps of a constant evaluation by statements.
template <std::size_t N> constexpr double polynomial(double x, const double (&c)[N]) {
    double sum = c[N - 1];
    [&]<std::size_t... i>(std::index_sequence<i...>) { ((sum = sum * x + c[N - 2 - i]), ...); }
    (std::make_index_sequence<N - 1>{});
    return sum;
}

/// A number held as the unevaluated sum high + low, |low| <= ulp(high) / 2.
struct two_doubles {
    double high = 0, low = 0;
};
/// a + b exactly, for |a| >= |b| or a = 0.
constexpr two_doubles add_ordered(double a, double b) {
    const double sum = a + b;
    return {sum, b - (sum - a)};
}
/// a + b exactly.
constexpr two_doubles add_exactly(double a, double b) {
    const double sum = a + b, b_part = sum - a;
    return {sum, (a - (sum - b_part)) + (b - b_part)};
}
/// The upper 26 digits of a; the others fit in 26 digits and a sign.
constexpr double upper_half(double a) {
    return std::bit_cast<double>(std::bit_cast<std::uint64_t>(a) & ~std::uint64_t{0x7ffffff});
}
/// a * b exactly, barring underflow and overflow.
constexpr two_doubles multiply_exactly(double a, double b) {
    const double product = a * b, a1 = upper_half(a), b1 = upper_half(b), a2 = a - a1, b2 = b - b1;
    return {product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
}
/// a * b to about 100 digits.
constexpr two_doubles multiply(two_doubles a, two_doubles b) {
    const two_doubles product = multiply_exactly(a.high, b.high);
    return add_ordered(product.high, product.low + (a.high * b.low + a.low * b.high));
}

/// y = sqrt x, correctly rounded.
///
/// edge      sqrt(-0) = -0, sqrt(x < 0) = NaN
constexpr double sqrt(double x) {
    if (!std::is_constant_evaluated()) return std::sqrt(x);  // the same bits, by IEEE 754
    if (is_nan(x) || x == 0 || x == infinity) return x;
    if (x < 0) return nan;
    const auto [exponent, significand] = split_float(x);
    const int odd = exponent & 1;
    const double m = odd ? 2 * significand : significand;  // in [0.7, 2.9)
    double y = 0.5 + 0.5 * m;
    for (int i = 0; i < 6; ++i) y = 0.5 * (y + m / y);
    // m - y^2 and y * ulp are exact multiples of the same unit, so that comparing them decides the rounding
    const two_doubles square = multiply_exactly(y, y);
    const double rest = (m - square.high) - square.low;
    const double up = y < 1 ? 0x1p-53 : 0x1p-52, down = y <= 1 ? 0x1p-53 : 0x1p-52;
    if (rest > y * up) y += up;
    else if (rest <= -y * down) y -= down;
    return scale2(y, (exponent - odd) / 2);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
