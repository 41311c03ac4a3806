// SPDX-License-Identifier: BSL-1.0
// x^y, the cube root and the inverse square root.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/math/exponential.hpp>
#include <telar/kernels/cpu/math/float_parts.hpp>
#include <telar/kernels/minimax.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// y = 1 / sqrt x.
///
/// types     float32 1.5 ulp, float64 1.5 ulp
/// edge      rsqrt(+-0) = +-inf, rsqrt(x < 0) = NaN
template <FloatLane T> TELAR_INLINE vec<T> rsqrt(vec<T> x) { return vec<T>(1) / sqrt(x); }

/// ln x in two floats, for x > 0: the exponent of x^y multiplies its error by up to 1024.
template <FloatLane T> TELAR_INLINE two_floats<T> precise_log(vec<T> x) {
    using c = minimax<T>;
    constexpr T lift = T(2) * layout<T>::two_to_fraction_bits;
    const mask<T> tiny = x < vec<T>(layout<T>::least_normal);
    const auto [exponent, significand] = split_float(select(tiny, x * vec<T>(lift), x));
    const vec<T> k = select(tiny, exponent - vec<T>(T(layout<T>::fraction_bits + 1)), exponent);

    // s = f / (2 + f), ln(1 + f) = 2 atanh s = 2 s + s^3 (2/3 + s^2 tail)
    const vec<T> f = significand - vec<T>(1);
    const auto [below, below_low] = add_ordered(vec<T>(2), f);
    const vec<T> inverse = vec<T>(1) / below, s_high = f * inverse;
    const auto [product, product_low] = multiply_exactly(s_high, below);
    const vec<T> remainder = fma(-s_high, below_low, (f - product) - product_low);
    const two_floats<T> s = add_ordered(s_high, remainder * inverse);
    const two_floats<T> square = multiply(s, s);
    constexpr T third = T(2) / T(3);
    const auto [w, w_low] = add_ordered(vec<T>(third), square.high * polynomial(square.high, c::log_tail));
    constexpr T third_low = choose<T>(-0x1.555556p-26f, 0x1.5555555555555p-55);
    const two_floats<T> cubic = multiply(multiply(s, square), {w, w_low + vec<T>(third_low)});

    const two_floats<T> sum = add_ordered(s.high + s.high, cubic.high);
    const vec<T> sum_low = sum.low + (cubic.low + (s.low + s.low));
    const two_floats<T> total = add_exactly(k * vec<T>(c::ln2[0]), sum.high);
    return add_ordered(total.high, total.low + fma(k, vec<T>(c::ln2[1]), sum_low));
}

/// y = a^b.
///
/// types     float32 1.3 ulp, float64 1.3 ulp
/// edge      as in C: pow(a, 0) = pow(1, b) = 1 even for NaN; a negative base wants a whole exponent, else NaN
template <FloatLane T> TELAR_INLINE vec<T> pow(vec<T> a, vec<T> b) {
    using l = layout<T>;
    const vec<T> base = magnitude(a);
    auto [log_high, log_low] = precise_log(base);
    log_high = select(base < vec<T>(l::infinity), log_high, base);  // infinite and NaN bases
    log_high = select(base == vec<T>(0), -l::infinity, log_high);
    auto [power, power_low] = multiply_exactly(b, log_high);
    power_low = select(magnitude(power) < vec<T>(2 * exp_high<T>), fma(b, log_low, power_low), vec<T>(0));
    vec<T> y = exp(two_floats<T>{power, power_low});

    const vec<T> half = b * vec<T>(T(0.5));
    const mask<T> whole = nearest(b) == b, odd = whole & (floor(half) != half);
    y = select(base == vec<T>(1), T(1), y);  // also for infinite b
    y = select(odd, with_sign_of(a, y), y);
    y = select((a < vec<T>(0)) & (base < vec<T>(l::infinity)) & !whole, l::nan, y);
    y = select(b == b, y, b);
    return select((b == vec<T>(0)) | (a == vec<T>(1)), T(1), y);
}

/// y = x^(1/3).
///
/// types     float32 1 ulp, float64 1 ulp
/// edge      cbrt(-x) = -cbrt(x)
template <FloatLane T> TELAR_INLINE vec<T> cbrt(vec<T> x) {
    constexpr int lift = 3 * 18;  // a multiple of 3 that makes a denormal normal
    const vec<T> a = magnitude(x);
    const mask<T> tiny = a < vec<T>(layout<T>::least_normal);
    const auto [exponent, significand] = split_float(select(tiny, a * vec<T>(T(std::int64_t(1) << lift)), a));
    const vec<T> third = nearest(exponent * vec<T>(T(1.0 / 3))), rest = exponent - vec<T>(3) * third;
    const mask<T> below = rest<vec<T>(0), above = rest> vec<T>(0);
    const vec<T> m = significand * select(below, T(0.5), select(above, T(2), vec<T>(1)));
    const vec<T> root = select(below, T(0.7937005259840998), select(above, T(1.2599210498948732), vec<T>(1)));

    vec<T> y = polynomial(significand, minimax<T>::cube_root) * root;
    if constexpr (sizeof(T) == 8) {  // a step of Newton before Halley's
        y = y + (m / (y * y) - y) * vec<T>(T(1.0 / 3));
    }
    const vec<T> cube = y * y * y;
    y = fma(y, (m - cube) / (cube + cube + m), y);
    y = y * power_of_two(select(tiny, third - vec<T>(T(lift / 3)), third));
    return select((a > vec<T>(0)) & (a < vec<T>(layout<T>::infinity)), with_sign_of(x, y), x);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
