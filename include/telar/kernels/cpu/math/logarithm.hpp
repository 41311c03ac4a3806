// SPDX-License-Identifier: BSL-1.0
// ln x and what is made of it: log1p, asinh, acosh, atanh.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/math/float_parts.hpp>
#include <telar/kernels/minimax.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// x = 2^k m for every x, so that k ln 2 + ln m is right without more ado: 0 has k = -inf, inf has k = inf, and of a
/// negative number or NaN one part is NaN.
template <FloatLane T> TELAR_INLINE float_parts<T> split_for_log(vec<T> x) {
    constexpr T lift = T(2) * layout<T>::two_to_fraction_bits;  // makes a denormal normal
    const mask<T> tiny = x < vec<T>(layout<T>::least_normal);
    const auto [exponent, m] = split_float(select(tiny, x * vec<T>(lift), x), choose<T>(0.75f, half_root<double>));
    vec<T> k = select(tiny, exponent - vec<T>(T(layout<T>::fraction_bits + 1)), exponent);
    k = select(x < vec<T>(layout<T>::infinity), k, x);
    return {select(x > vec<T>(0), k, select(x == vec<T>(0), vec<T>(-layout<T>::infinity), layout<T>::nan)), m};
}
#if TELAR_WIDE && defined(__AVX512F__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"  // of the intrinsics, which are macros where g++ does not optimise
TELAR_INLINE float_parts<float> split_for_log(vec<float> x) {
    const __mmask16 all = low_bits_16(16);
    const __m512 m = _mm512_maskz_getmant_ps(all, x.raw, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan);
    const vec<float> k = native<float>(_mm512_maskz_getexp_ps(all, x.raw));
    return {k - vec<float>(native<float>(_mm512_maskz_getexp_ps(all, m))), native<float>(m)};
}
#pragma GCC diagnostic pop
#endif

/// k ln 2 + ln(1 + f) for the f = m - 1 of split_for_log.
template <FloatLane T> TELAR_INLINE vec<T> log_reduced(vec<T> k, vec<T> f) {
    using c = minimax<T>;
    if constexpr (sizeof(T) == 4) {
        const vec<T> y = fma(f * f, estrin(f, c::logarithm), f);
        if constexpr (fma_rounds_once<T>) return fma(k, vec<T>(T(0.6931471805599453)), y);
        else return k * vec<T>(c::ln2[0]) + (k * vec<T>(c::ln2[1]) + y);
    } else {  // half the terms, in s^2
        const vec<T> half_square = f * f * vec<T>(T(0.5)), low = k * vec<T>(c::ln2[1]);
        const vec<T> s = f / (f + vec<T>(2)), z = s * s;
        const vec<T> rest = fma(s, fma(z, polynomial(z, c::logarithm), half_square), low) - half_square;
        return fma(k, vec<T>(c::ln2[0]), f + rest);
    }
}

/// y = ln x.
///
/// types     float32 1.2 ulp, float64 1 ulp
/// edge      log(0) = -inf, log(x < 0) = NaN
template <FloatLane T> TELAR_INLINE vec<T> log(vec<T> x) {
    const auto [k, m] = split_for_log(x);
    return log_reduced(k, m - vec<T>(1));
}

/// y = ln(1 + x), accurate near 0.
///
/// types     float32 1.4 ulp, float64 1 ulp
/// edge      log1p(-0) = -0, log1p(-1) = -inf, log1p(x < -1) = NaN
template <FloatLane T> TELAR_INLINE vec<T> log1p(vec<T> x) {
    const auto [u, low] = add_exactly(vec<T>(1), x);
    const auto [k, m] = split_for_log(u);
    const vec<T> low_part = low * power_of_two(-at_most(k, T(60)));  // beyond 2^60 it no longer counts
    const vec<T> y = select(x < vec<T>(layout<T>::infinity), log_reduced(k, (m - vec<T>(1)) + low_part), x);
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

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
