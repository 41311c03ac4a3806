// SPDX-License-Identifier: BSL-1.0
// ln x and what is made of it: log1p, asinh, acosh, atanh.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/float_parts.hpp>
#include <telar/kernels/minimax.hpp>

namespace telar::inline TELAR_ABI::simd {

/// ln(2^k (1 + f)) for sqrt(1/2) <= 1 + f <= sqrt(2).
template <FloatLane T> TELAR_INLINE vec<T> log_reduced(vec<T> k, vec<T> f) {
    using c = minimax<T>;
    const vec<T> half_square = f * f * vec<T>(T(0.5)), low = k * vec<T>(c::ln2[1]);
    vec<T> rest;
    if constexpr (sizeof(T) == 4) {
        rest = fma(f * f * f, polynomial(f, c::logarithm), low) - half_square;
    } else {  // half the terms, in s^2
        const vec<T> s = f / (f + vec<T>(2)), z = s * s;
        rest = fma(s, fma(z, polynomial(z, c::logarithm), half_square), low) - half_square;
    }
    return fma(k, vec<T>(c::ln2[0]), f + rest);
}

/// y = ln x.
///
/// types     float32 1 ulp, float64 1 ulp
/// edge      log(0) = -inf, log(x < 0) = NaN
template <FloatLane T> TELAR_INLINE vec<T> log(vec<T> x) {
    constexpr T lift = T(2) * layout<T>::two_to_fraction_bits;  // makes a denormal normal
    const mask<T> tiny = x < vec<T>(layout<T>::least_normal);
    const auto [exponent, significand] = split_float(select(tiny, x * vec<T>(lift), x));
    const vec<T> k = select(tiny, exponent - vec<T>(T(layout<T>::fraction_bits + 1)), exponent);
    vec<T> y = log_reduced(k, significand - vec<T>(1));
    y = select(x < vec<T>(layout<T>::infinity), y, x);
    return select(x > vec<T>(0), y, select(x == vec<T>(0), vec<T>(-layout<T>::infinity), layout<T>::nan));
}

/// y = ln(1 + x), accurate near 0.
///
/// types     float32 1.4 ulp, float64 1 ulp
/// edge      log1p(-0) = -0, log1p(-1) = -inf, log1p(x < -1) = NaN
template <FloatLane T> TELAR_INLINE vec<T> log1p(vec<T> x) {
    const auto [u, low] = add_exactly(vec<T>(1), x);
    const auto [k, significand] = split_float(u);
    const vec<T> low_part = low * power_of_two(-at_most(k, T(60)));  // beyond 2^60 it no longer counts
    vec<T> y = log_reduced(k, (significand - vec<T>(1)) + low_part);
    y = select(x < vec<T>(layout<T>::infinity), y, x);
    y = select(u > vec<T>(0), y, select(u == vec<T>(0), vec<T>(-layout<T>::infinity), layout<T>::nan));
    return select(magnitude(x) < vec<T>(choose<T>(0x1p-25f, 0x1p-54)), x, y);
}

/// Where sqrt(x^2 +- 1) no longer differs from |x|.
template <FloatLane T> inline constexpr T far_out = choose<T>(0x1p28f, 0x1p58);

/// y = ln(x + sqrt(x^2 + 1)).
///
/// types     float32 2 ulp, float64 2 ulp
/// edge      asinh(-0) = -0
template <FloatLane T> TELAR_INLINE vec<T> asinh(vec<T> x) {
    const vec<T> a = magnitude(x), square = a * a;
    const mask<T> is_far = a > vec<T>(far_out<T>);
    const vec<T> near = a + square / (vec<T>(1) + sqrt(square + vec<T>(1)));
    return with_sign_of(x, log1p(select(is_far, a, near)) + select(is_far, T(0.6931471805599453), vec<T>(0)));
}

/// y = ln(x + sqrt(x^2 - 1)).
///
/// types     float32 2 ulp, float64 2.1 ulp
/// edge      acosh(x < 1) = NaN
template <FloatLane T> TELAR_INLINE vec<T> acosh(vec<T> x) {
    const vec<T> t = x - vec<T>(1);
    const mask<T> is_far = x > vec<T>(far_out<T>);
    const vec<T> near = t + sqrt(fma(t, t, t + t));
    const vec<T> y = log1p(select(is_far, x, near)) + select(is_far, T(0.6931471805599453), vec<T>(0));
    return select(x < vec<T>(1), layout<T>::nan, y);
}

/// y = ln((1 + x) / (1 - x)) / 2.
///
/// types     float32 2 ulp, float64 2 ulp
/// edge      atanh(+-1) = +-inf, atanh(|x| > 1) = NaN, atanh(-0) = -0
template <FloatLane T> TELAR_INLINE vec<T> atanh(vec<T> x) {
    const vec<T> a = magnitude(x);
    return with_sign_of(x, vec<T>(T(0.5)) * log1p((a + a) / (vec<T>(1) - a)));
}

}  // namespace telar::inline TELAR_ABI::simd
