// SPDX-License-Identifier: BSL-1.0
// The logarithm of the gamma function, and its derivative.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/math/float_parts.hpp>
#include <telar/kernels/cpu/math/logarithm.hpp>
#include <telar/kernels/cpu/math/trigonometric.hpp>
#include <telar/kernels/minimax.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

template <FloatLane T> inline constexpr T pi_of = T(3.141592653589793);

/// ln gamma(a) for a >= 0.
template <FloatLane T> TELAR_INLINE vec<T> lgamma_of_magnitude(vec<T> a) {
    const vec<T> one(1);
    // a <= 8: gamma(a) is a product, or one over a product, times gamma(2 + t), -0.8 <= t <= 1/2
    vec<T> between = a, above = one;
    TELAR_UNROLL
    for (int k = 0; k < 6; ++k) {
        const mask<T> too_big = between >= vec<T>(T(2.5));
        between = select(too_big, between - one, between);
        above = select(too_big, above * between, above);
    }
    const mask<T> is_far = a > vec<T>(8), is_small = a < vec<T>(T(1.2)), is_tiny = a < vec<T>(T(0.5));
    const vec<T> t = select(is_tiny, a, select(is_small, a - one, between - vec<T>(2)));
    const vec<T> below = select(is_tiny, a * (a + one), a);
    const vec<T> y = log(select(is_far | is_small, select(is_tiny, below, a), above));
    const vec<T> near = fma(t * (t + one), polynomial(t, minimax<T>::log_gamma), select(is_small, -y, y));
    // else Stirling's series, and the Bernoulli numbers in it
    constexpr T half_ln_two_pi_less_half = T(0.4189385332046727);
    const vec<T> inverse = one / a, square = inverse * inverse;
    vec<T> rest;
    if constexpr (sizeof(T) == 4) {
        constexpr T series[] = {T(1.0 / 12), T(-1.0 / 360), T(1.0 / 1260)};
        rest = polynomial(square, series);
    } else {
        constexpr T series[] = {1.0 / 12,        -1.0 / 360, 1.0 / 1260,       -1.0 / 1680,     1.0 / 1188,
                                -691.0 / 360360, 1.0 / 156,  -3617.0 / 122400, 43867.0 / 244188};
        rest = polynomial(square, series);
    }
    const vec<T> far = fma(a - vec<T>(T(0.5)), y - one, fma(inverse, rest, vec<T>(half_ln_two_pi_less_half)));
    return select(is_far, far, near);
}

/// The series of sin(pi x) / (pi x) in x^2, without the 1 that it begins with.
template <FloatLane T> struct half_turn_series {
    T coefficients[sizeof(T) == 4 ? 6 : 13]{};

    constexpr half_turn_series() {
        double n = 2, term = 1;
        for (T& c : coefficients) {
            term *= -9.869604401089358 / (n * (n + 1));
            c = static_cast<T>(term);
            n += 2;
        }
    }
};
template <FloatLane T> inline constexpr half_turn_series<T> half_turns;

/// sin(pi x) / pi for 0 <= x <= 1/2: more digits are right than of the sine of a rounded pi x.
template <FloatLane T> TELAR_INLINE vec<T> sine_of_half_turns(vec<T> x) {
    const vec<T> square = x * x;
    return fma(x * square, polynomial(square, half_turns<T>.coefficients), x);
}

/// y = ln |gamma(x)|.
///
/// types     float32, float64: see docs/ops_accuracy.md; left of 0, where it has zeros, to the error of lgamma(-x)
/// edge      +inf at 0, at the negative whole numbers and at +-inf
template <FloatLane T> TELAR_INLINE vec<T> lgamma(vec<T> x) {
    const vec<T> a = magnitude(x), y = lgamma_of_magnitude(a);
    const mask<T> negative = x < vec<T>(0);
    if (!any(negative)) return y;
    // gamma(-a) gamma(a) = -pi / (a sin(pi a)); where a is tiny, -ln a - euler x
    const vec<T> off = magnitude(a - nearest(a));
    const mask<T> is_tiny = a < vec<T>(choose<T>(0x1p-12f, 0x1p-27));
    const vec<T> share = log(select(is_tiny, a, a * sine_of_half_turns(off)));
    const vec<T> reflected = -(share + select(is_tiny, vec<T>(T(0.5772156649015329)) * x, y));
    const mask<T> is_pole = (off == vec<T>(0)) | (a == vec<T>(layout<T>::infinity));
    return select(negative, select(is_pole, layout<T>::infinity, reflected), y);
}

/// y = (ln gamma)'(x).
///
/// types     float32, float64: see docs/ops_accuracy.md; left of 0, where it has zeros, to the error of digamma(-x)
/// edge      -inf at 0, +inf at -0; NaN at the negative whole numbers and at -inf
template <FloatLane T> TELAR_INLINE vec<T> digamma(vec<T> x) {
    const mask<T> negative = x < vec<T>(0);
    const vec<T> one(1), a = select(negative, -x, x);
    // from 1 to 2 a polynomial; psi(z + 1) = psi(z) + 1/z: the fractions are one, above / below
    constexpr int steps = sizeof(T) == 4 ? 4 : 8;
    vec<T> z = a, above(0), below = one;
    TELAR_UNROLL
    for (int k = 0; k < steps; ++k) {
        const mask<T> too_big = z > vec<T>(2);
        z = select(too_big, z - one, z);
        above = select(too_big, fma(above, z, below), above);
        below = select(too_big, below * z, below);
    }
    const mask<T> is_far = z > vec<T>(2), is_small = a < one;
    z = select(is_small, a + one, z);
    const vec<T> from_zero = (z - vec<T>(minimax<T>::digamma_zero[0])) - vec<T>(minimax<T>::digamma_zero[1]);
    const vec<T> fractions = select(is_small, T(-1), above) / select(is_small, a, below);
    const vec<T> near = fma(from_zero, polynomial(z - vec<T>(T(1.5)), minimax<T>::digamma), fractions);
    // else the series of the logarithm
    const vec<T> inverse = one / a, square = inverse * inverse;
    vec<T> rest;
    if constexpr (sizeof(T) == 4) {
        constexpr T series[] = {T(-1.0 / 12), T(1.0 / 120), T(-1.0 / 252)};
        rest = polynomial(square, series);
    } else {
        constexpr T series[] = {-1.0 / 12, 1.0 / 120, -1.0 / 252, 1.0 / 240, -1.0 / 132, 691.0 / 32760, -1.0 / 12};
        rest = polynomial(square, series);
    }
    const vec<T> far = log(a) - fma(vec<T>(T(0.5)), inverse, -(rest * square)), y = select(is_far, far, near);
    if (!any(negative)) return y;
    // psi(-a) = psi(a) + 1/a + pi cot(pi a)
    const vec<T> off = a - nearest(a);
    const vec<T> reflected = y + (one / a + vec<T>(pi_of<T>) / tan(vec<T>(pi_of<T>) * off));
    const mask<T> is_tiny = a < vec<T>(choose<T>(0x1p-25f, 0x1p-54));
    return select(negative, select(off == vec<T>(0), layout<T>::nan, select(is_tiny, one / a, reflected)), y);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
