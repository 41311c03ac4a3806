// SPDX-License-Identifier: BSL-1.0
// erf, erfc and their inverses.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/math/exponential.hpp>
#include <telar/kernels/cpu/math/float_parts.hpp>
#include <telar/kernels/cpu/math/logarithm.hpp>
#include <telar/kernels/minimax.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// 1 - erf a for a >= 0.47.
template <FloatLane T> TELAR_INLINE vec<T> erfc_tail(vec<T> a) {
    const auto [square, low] = multiply_exactly(a, a);
    const vec<T> t = (a - vec<T>(3)) / (a + vec<T>(3));
    return exp(two_floats<T>{-square, -low}) * (polynomial(t, minimax<T>::erfc_tail) / fma(a, vec<T>(2), vec<T>(1)));
}

/// y = 2/sqrt(pi) * (integral of e^(-t^2) from 0 to x).
///
/// types     float32 2.5 ulp, float64 2 ulp
/// edge      erf(-0) = -0, erf(+-inf) = +-1
template <FloatLane T> TELAR_INLINE vec<T> erf(vec<T> x) {
    const vec<T> a = magnitude(x);
    if constexpr (sizeof(T) == 4) {  // from 1 on, the digits that e^-polynomial loses no longer count
        const vec<T> small = x * polynomial(x * x, minimax<T>::erf_small);
        const vec<T> large = vec<T>(1) - exp_roughly(-estrin(at_most(a, T(4)), minimax<T>::erf_log));
        return select(a < vec<T>(1), small, with_sign_of(x, large));
    } else {
        const vec<T> small = x * polynomial(x * x, minimax<T>::erf_small);
        return select(a < vec<T>(1), small, with_sign_of(x, vec<T>(1) - erfc_tail(at_most(a, T(6)))));
    }
}

/// y = 1 - erf x, accurate where that is small.
///
/// types     float32 4.5 ulp, float64 4 ulp
template <FloatLane T> TELAR_INLINE vec<T> erfc(vec<T> x) {
    const vec<T> a = magnitude(x), tail = erfc_tail(at_most(a, choose<T>(11, 28)));
    const vec<T> small = fma(-x, polynomial(x * x, minimax<T>::erf_small), vec<T>(1));
    return select(a < vec<T>(T(0.5)), small, select(x < vec<T>(0), vec<T>(2) - tail, tail));
}

/// y with erf y = x, |x| <= 17/32.
template <FloatLane T> TELAR_INLINE vec<T> erfinv_near_zero(vec<T> x) {
    return x * polynomial(x * x, minimax<T>::erf_inverse_small);
}
/// y with erfc y = q, 0 <= q < 1/2; NaN below.
template <FloatLane T> TELAR_INLINE vec<T> erfcinv_tail(vec<T> q) {
    const vec<T> r = sqrt(-log(q));
    const vec<T> above = polynomial(r, minimax<T>::erfc_inverse_above),
                 below = polynomial(r, minimax<T>::erfc_inverse_below);
    return select(q == vec<T>(0), vec<T>(layout<T>::infinity), r - above / below);
}

/// y with erf y = x.
///
/// types     float32, float64: see docs/ops_accuracy.md
/// edge      erfinv(-0) = -0, erfinv(+-1) = +-inf, erfinv(|x| > 1) = NaN
template <FloatLane T> TELAR_INLINE vec<T> erfinv(vec<T> x) {
    const vec<T> a = magnitude(x), tail = erfcinv_tail(vec<T>(1) - a);
    return select(a <= vec<T>(T(0.53125)), erfinv_near_zero(x), with_sign_of(x, tail));
}

/// y with erfc y = x, accurate where x is small.
///
/// types     float32, float64: see docs/ops_accuracy.md
/// edge      erfcinv(0) = inf, erfcinv(2) = -inf, beyond NaN
template <FloatLane T> TELAR_INLINE vec<T> erfcinv(vec<T> x) {
    const vec<T> p = vec<T>(1) - x;
    const mask<T> is_left = x > vec<T>(1);  // of 0
    const vec<T> tail = erfcinv_tail(select(is_left, vec<T>(2) - x, x));
    return select(magnitude(p) <= vec<T>(T(0.53125)), erfinv_near_zero(p), select(is_left, -tail, tail));
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
