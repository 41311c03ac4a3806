// SPDX-License-Identifier: BSL-1.0
// e^x and what is made of it: expm1, sigmoid, tanh, sinh, cosh.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/math/float_parts.hpp>
#include <telar/kernels/minimax.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// x = n ln 2 + r, n whole, |r| <= ln(2)/2.
template <FloatLane T> struct reduced_exponent { vec<T> n, r; };
template <FloatLane T> TELAR_INLINE reduced_exponent<T> reduce_by_ln2(vec<T> x) {
    using c = minimax<T>;
    constexpr T shift = layout<T>::shift;
    const vec<T> n = fma(x, vec<T>(T(1.4426950408889634)), vec<T>(shift)) - vec<T>(shift);  // nearest(x / ln 2)
    return {n, fma(n, vec<T>(-c::ln2[1]), fma(n, vec<T>(-c::ln2[0]), x))};
}
/// e^r - 1 for |r| <= ln(2)/2.
template <FloatLane T> TELAR_INLINE vec<T> expm1_reduced(vec<T> r) {
    if constexpr (sizeof(T) == 4) return fma(r * r, estrin(r, minimax<T>::exponential), r);
    else return fma(r * r, polynomial(r, minimax<T>::exponential), r);
}

/// e^r for |r| <= ln(2)/2.
template <FloatLane T> TELAR_INLINE vec<T> exp_reduced(vec<T> r) {
    if constexpr (sizeof(T) == 4) {
        return expm1_reduced(r) + vec<T>(1);
    } else {  // the digits that 1 + r loses are added last
        const auto [sum, lost] = add_ordered(vec<T>(1), r);
        return sum + fma(r * r, polynomial(r, minimax<T>::exponential), lost);
    }
}
/// The same for float32 within 2.3 ulp.
template <FloatLane T> TELAR_INLINE vec<T> exp_reduced_roughly(vec<T> r) {
    if constexpr (sizeof(T) == 4) return fma(r * r, estrin(r, minimax<T>::exponential_short), r) + vec<T>(1);
    else return exp_reduced(r);
}
/// 2^n y, where y = e^r as long as r is small. Where it is not, n alone decides: any y > 0 will do.
template <FloatLane T> TELAR_INLINE vec<T> scale_exp(reduced_exponent<T> x, vec<T> y) {
    if constexpr (scale2_is_total) return scale2(select(x.r * x.r < vec<T>(1), y, vec<T>(1)), x.n);
    else return scale2(y, x.n);
}

/// The x beyond which e^x is 0 or infinite, a little rounded.
template <FloatLane T> inline constexpr T exp_low = choose<T>(-104, -746);
template <FloatLane T> inline constexpr T exp_high = choose<T>(89, 710);

/// y = e^x.
///
/// types     float32 1.1 ulp, float64 0.8 ulp
/// edge      exp(-inf) = 0, exp(inf) = inf; results below the normal numbers are rounded once
template <FloatLane T> TELAR_INLINE vec<T> exp(vec<T> x) {
    if constexpr (!scale2_is_total) x = clamp(x, exp_low<T>, exp_high<T>);
    const auto reduced = reduce_by_ln2(x);
    return scale_exp(reduced, exp_reduced(reduced.r));
}

/// y = e^x where that is finite, for softer bounds: float32 2.3 ulp, float64 0.8 ulp. -inf gives 0, NaN stays.
template <FloatLane T> TELAR_INLINE vec<T> exp_roughly(vec<T> x) {
    if constexpr (!scale2_is_total) x = at_least(x, exp_low<T>);
    const auto reduced = reduce_by_ln2(x);
    return scale_exp(reduced, exp_reduced_roughly(reduced.r));
}

/// e^(x + low) for |low| much less than |x|: keeps the digits that x alone has lost.
template <FloatLane T> TELAR_INLINE vec<T> exp(two_floats<T> x) {
    const auto [n, r] = reduce_by_ln2(clamp(x.high, exp_low<T>, exp_high<T>));
    return scale2(exp_reduced(r + x.low), n);
}

/// y = e^x - 1, accurate near 0.
///
/// types     float32 1.6 ulp, float64 2.1 ulp
/// edge      expm1(-0) = -0, expm1(-inf) = -1
template <FloatLane T> TELAR_INLINE vec<T> expm1(vec<T> x) {
    const auto [n, r] = reduce_by_ln2(clamp(x, choose<T>(-18, -38), exp_high<T>));
    const vec<T> half = power_of_two(n - vec<T>(1));  // 2^n itself may overflow where the result does not
    const vec<T> y = fma(half, expm1_reduced(r), half - vec<T>(T(0.5)));
    return select(magnitude(x) < vec<T>(choose<T>(0x1p-25f, 0x1p-54)), x, y + y);
}

/// a / (1 + b) for 0 <= b, with the digits that 1 + b loses: a step of Newton brings them in.
template <FloatLane T> TELAR_INLINE vec<T> divide_by_one_plus(vec<T> a, vec<T> b) {
    const auto [sum, lost] = add_exactly(vec<T>(1), b);
    const vec<T> inverse = vec<T>(1) / sum, y = a * inverse;
    const auto [product, product_low] = multiply_exactly(y, sum);
    return fma(fma(-y, lost, (a - product) - product_low), inverse, y);
}

/// y = 1 / (1 + e^-x).
///
/// types     float32 3.6 ulp, float64 1.6 ulp, also where the result is denormal
template <FloatLane T> TELAR_INLINE vec<T> sigmoid(vec<T> x) {
    if constexpr (sizeof(T) == 4) {
        const vec<T> e = exp_roughly(at_most(x, T(18)));  // beyond 17.4 the result is 1
        return e / (e + vec<T>(1));
    } else {
        const vec<T> e = exp_roughly(-magnitude(x));  // never overflows
        return divide_by_one_plus(select(x < vec<T>(0), e, vec<T>(1)), e);
    }
}

/// y = tanh x. float32: 2t / (1 + t^2), where t = tanh(x/2) is a ratio of polynomials, n/q; as t nears 1, its error
/// leaves the result. float64: E / (E + 2), with E = e^(2|x|) - 1.
///
/// types     float32 4.1 ulp (4.9 where fma rounds twice), float64 2 ulp
/// edge      tanh(-0) = -0; |y| <= 1
template <FloatLane T> TELAR_INLINE vec<T> tanh(vec<T> x) {
    if constexpr (sizeof(T) == 4) {
        using c = minimax<T>;
        constexpr T limit = T(8.67);  // from here on the result is 1
        const vec<T> z = x * x;
        const vec<T> n = fma(x * z, polynomial(z, c::half_tanh_above), x), q = polynomial(z, c::half_tanh_below);
        const vec<T> y = (n + n) * q / fma(q, q, n * n);
        return select(z > vec<T>(limit * limit), with_sign_of(x, vec<T>(1)), y);
    } else {
        const vec<T> a = at_most(magnitude(x), T(20));
        const auto [n, r] = reduce_by_ln2(a + a);
        const vec<T> half = power_of_two(n - vec<T>(1));
        const vec<T> half_expm1 = fma(half, expm1_reduced(r), half - vec<T>(T(0.5)));
        const vec<T> y = with_sign_of(x, divide_by_one_plus(half_expm1, half_expm1));
        return select(a < vec<T>(T(0x1p-28)), x, y);  // denormals keep all digits
    }
}

/// e^|x| / 2, finite wherever cosh and sinh are.
template <FloatLane T> TELAR_INLINE vec<T> half_exp(vec<T> a) {
    const auto [n, r] = reduce_by_ln2(at_most(a, choose<T>(91, 712)));
    return scale2(exp_reduced(r), n - vec<T>(1));
}

/// y = (e^x + e^-x) / 2.
///
/// types     float32 1.5 ulp, float64 1.5 ulp
template <FloatLane T> TELAR_INLINE vec<T> cosh(vec<T> x) {
    const vec<T> h = half_exp(magnitude(x));
    return h + vec<T>(T(0.25)) / h;
}

/// y = (e^x - e^-x) / 2.
///
/// types     float32 1.6 ulp, float64 1.6 ulp
/// edge      sinh(-0) = -0
template <FloatLane T> TELAR_INLINE vec<T> sinh(vec<T> x) {
    const vec<T> a = magnitude(x), z = x * x, h = half_exp(a);
    const vec<T> small = fma(a * z, polynomial(z, minimax<T>::sinh_small), a);
    return with_sign_of(x, select(a < vec<T>(1), small, h - vec<T>(T(0.25)) / h));
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
