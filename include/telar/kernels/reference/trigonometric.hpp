// SPDX-License-Identifier: BSL-1.0
// sin, cos, tan and their inverses.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/minimax.hpp>
#include <telar/kernels/reference/float_parts.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// x = quadrant pi/2 + r, |r| <= pi/4; of the quadrant only the lowest two bits count.
struct reduced_angle {
    int quadrant = 0;
    double r = 0;
};

/// 2/pi in words of 32 bits, most significant first: two words before the point, then the fraction.
// clang-format off
inline constexpr std::uint32_t two_over_pi[] = {
    0, 0,
    0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab, 0xdebbc561, 0xb7246e3a, 0x424dd2e0,
    0x06492eea, 0x09d1921c, 0xfe1deb1c, 0xb129a73e, 0xe88235f5, 0x2ebb4484, 0xe99c7026, 0xb45f7e41, 0x3991d639, 0x835339f4,
    0x9c845f8b, 0xbdf9283b, 0x1ff897ff, 0xde05980f, 0xef2f118b, 0x5a0a6d1f, 0x6d367ecf, 0x27cb09b7, 0x4f463f66, 0x9e5fea2d,
    0x7527bac7, 0xebe5f17b, 0x3d0739f7, 0x8a5292ea, 0x6bfb5fb1, 0x1f8d5d08, 0x56033046, 0xfc7b6bab, 0xf0cfbc20, 0x9af4361d};
// clang-format on

/// For finite x > 2^20. Of x * 2/pi only the two bits before the point and some 150 after it count, so only six words
/// of 2/pi are multiplied (Payne and Hanek, 1983).
constexpr reduced_angle reduce_far_angle(double x) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const std::uint64_t digits = (bits & 0xfffffffffffff) | std::uint64_t{1} << 52;  // x = digits * 2^exponent
    const int exponent = static_cast<int>(bits >> 52) - 1075;
    const int skipped = 64 + exponent - 2;  // bits of the table whose product with x is a multiple of 4

    constexpr int words = 6;  // least significant first
    std::uint32_t part[words] = {};
    for (int i = 0; i < words; ++i) {
        const int at = skipped + 32 * (words - 1 - i), word = at / 32;
        const std::uint64_t two = std::uint64_t{two_over_pi[word]} << 32 | two_over_pi[word + 1];
        part[i] = static_cast<std::uint32_t>(two << at % 32 >> 32);
    }
    std::uint32_t product[words] = {};  // digits * part modulo 2^192: x 2/pi modulo 4, times 2^190
    for (int half = 0; half < 2; ++half) {
        const std::uint64_t factor = half ? digits >> 32 : digits & 0xffffffff;
        std::uint64_t carry = 0;
        for (int i = 0; i + half < words; ++i) {
            carry += factor * part[i] + product[i + half];
            product[i + half] = static_cast<std::uint32_t>(carry);
            carry >>= 32;
        }
    }
    two_doubles turns;
    for (int i = words; i-- > 0;) {
        const two_doubles sum = add_exactly(turns.high, scale2(product[i], 32 * (i - words) + 2));
        turns = add_ordered(sum.high, sum.low + turns.low);
    }
    const double whole = nearest(turns.high);
    turns = add_exactly(turns.high - whole, turns.low);
    const two_doubles r = multiply(turns, {0x1.921fb54442d18p0, 0x1.1a62633145c07p-54});
    return {static_cast<int>(whole), r.high};
}

constexpr reduced_angle reduce_by_half_pi(double x) {
    if (abs(x) > 1.6e6) {
        const auto [quadrant, r] = reduce_far_angle(abs(x));
        return is_negative(x) ? reduced_angle{-quadrant, -r} : reduced_angle{quadrant, r};
    }
    const double n = nearest(x * 0.6366197723675814);
    // The products are exact, but for the last; what the differences lose joins it, so that one rounding is left.
    using c = minimax<double>;
    const double second = n * c::half_pi[1], third = n * c::half_pi[2];
    const double r1 = x - n * c::half_pi[0], r2 = r1 - second, r3 = r2 - third;
    const double lost = ((r1 - r2) - second) + ((r2 - r3) - third);
    return {static_cast<int>(n), r3 + (lost - n * c::half_pi[3])};
}

/// sin r and cos r for |r| <= pi/4.
constexpr double sin_reduced(double r) {
    const double z = r * r;
    return r + r * z * polynomial(z, minimax<double>::sine);
}
constexpr double cos_reduced(double r) {
    const double z = r * r;
    return (1 - 0.5 * z) + z * z * polynomial(z, minimax<double>::cosine);
}

/// y = sin x, for every x.
///
/// edge      sin(+-inf) = NaN
constexpr double sin(double x) {
    if (!is_finite(x)) return nan;
    if (abs(x) < 0x1p-27) return x;
    const auto [quadrant, r] = reduce_by_half_pi(x);
    const double y = quadrant & 1 ? cos_reduced(r) : sin_reduced(r);
    return quadrant & 2 ? -y : y;
}

/// y = cos x, for every x.
///
/// edge      cos(+-inf) = NaN
constexpr double cos(double x) {
    if (!is_finite(x)) return nan;
    if (abs(x) < 0x1p-27) return 1;
    const auto [quadrant, r] = reduce_by_half_pi(x);
    const double y = quadrant & 1 ? sin_reduced(r) : cos_reduced(r);
    return (quadrant + 1) & 2 ? -y : y;
}

/// y = sin x / cos x, for every x.
///
/// edge      tan(+-inf) = NaN
constexpr double tan(double x) {
    if (!is_finite(x)) return nan;
    if (abs(x) < 0x1p-27) return x;
    const auto [quadrant, r] = reduce_by_half_pi(x);
    const double s = sin_reduced(r), c = cos_reduced(r);
    return quadrant & 1 ? -c / s : s / c;
}

/// pi/2 in two doubles.
inline constexpr two_doubles half_pi{0x1.921fb54442d18p0, 0x1.1a62633145c07p-54};

/// arctan of |t| <= sqrt(2) - 1.
constexpr double atan_reduced(double t) {
    if (abs(t) < 0x1p-28) return t;
    const double z = t * t;
    return t + t * z * polynomial(z, minimax<double>::arc_tangent);
}

/// y = arctan x, in [-pi/2, pi/2].
constexpr double atan(double x) {
    const double a = abs(x);
    if (is_nan(x)) return x;
    if (a > 2.414213562373095)  // tan(3 pi/8)
        return with_sign_of(x, half_pi.high + (half_pi.low + atan_reduced(-1 / a)));
    if (a > 0.4142135623730951)  // tan(pi/8)
        return with_sign_of(x, 0.5 * half_pi.high + (0.5 * half_pi.low + atan_reduced((a - 1) / (a + 1))));
    return with_sign_of(x, atan_reduced(a));
}

/// arcsin of t, with t^2 = z <= 1/4.
constexpr double asin_reduced(double t, double z) { return t + t * z * polynomial(z, minimax<double>::arc_sine); }

/// The angle of the point (x, y), in [-pi, pi].
///
/// edge      with signed zeros and infinities as C's
constexpr double atan2(double y, double x) {
    if (is_nan(x) || is_nan(y)) return nan;
    const double a = abs(x), b = abs(y), longer = a < b ? b : a, shorter = a < b ? a : b;
    const double ratio = longer == 0 ? 0 : shorter == infinity ? 1 : shorter / longer, angle = atan(ratio);
    const double from_axis = b > a ? half_pi.high - (angle - half_pi.low) : angle;
    return with_sign_of(y, is_negative(x) ? 2 * half_pi.high - (from_axis - 2 * half_pi.low) : from_axis);
}

/// y = arcsin x, in [-pi/2, pi/2].
///
/// edge      asin(|x| > 1) = NaN
constexpr double asin(double x) {
    const double a = abs(x);
    if (is_nan(x) || a < 0x1p-28) return x;
    if (a > 1) return nan;
    if (a <= 0.5) return asin_reduced(x, x * x);
    const double z = 0.5 * (1 - a);
    return with_sign_of(x, half_pi.high - (2 * asin_reduced(sqrt(z), z) - half_pi.low));
}

/// y = arccos x, in [0, pi].
///
/// edge      acos(|x| > 1) = NaN
constexpr double acos(double x) {
    const double a = abs(x);
    if (is_nan(x)) return x;
    if (a > 1) return nan;
    if (a < 0x1p-60) return half_pi.high;
    if (a <= 0.5) return half_pi.high - (asin_reduced(x, x * x) - half_pi.low);
    const double z = 0.5 * (1 - a), y = 2 * asin_reduced(sqrt(z), z);
    return x > 0 ? y : 2 * half_pi.high - (y - 2 * half_pi.low);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
