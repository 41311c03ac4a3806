// SPDX-License-Identifier: BSL-1.0
// What the elementary functions share: a float taken apart and put together, polynomials, numbers held in two floats.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/simd.hpp>

#include <bit>
#include <cstddef>
#include <limits>
#include <utility>

namespace telar::inline TELAR_ABI::simd {

/// True where fma rounds once. Where it is false an exact product costs more steps.
#if TELAR_WIDE && (defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__)) || defined(__aarch64__))
inline constexpr bool fma_rounds_once = true;
#elif !TELAR_WIDE && defined(__FP_FAST_FMA) && defined(__FP_FAST_FMAF)
inline constexpr bool fma_rounds_once = true;
#else
inline constexpr bool fma_rounds_once = false;
#endif

/// How a float is stored: sign, exponent + bias, fraction.
template <FloatLane T> struct layout {
    using integer = integer_of<T>;
    static constexpr int fraction_bits = std::numeric_limits<T>::digits - 1;
    static constexpr T bias = T(std::numeric_limits<T>::max_exponent - 1);
    static constexpr T infinity = std::numeric_limits<T>::infinity();
    static constexpr T nan = std::numeric_limits<T>::quiet_NaN();
    static constexpr T least_normal = std::numeric_limits<T>::min();
    static constexpr integer sign = std::numeric_limits<integer>::min();
    static constexpr integer fraction = (integer(1) << fraction_bits) - 1;
    static constexpr T two_to_fraction_bits = T(integer(1) << fraction_bits);
    /// x + shift leaves the nearest integer to x in the low bits.
    static constexpr T shift = T(1.5) * two_to_fraction_bits;
};

/// One number for float, another for double.
template <FloatLane T> constexpr T choose(float for_float, double for_double) {
    if constexpr (sizeof(T) == 4) return for_float;
    else return for_double;
}

template <FloatLane T> TELAR_INLINE vec<integer_of<T>> sign_bit(vec<T> x) {
    return bits(x) & vec<integer_of<T>>(layout<T>::sign);
}
template <FloatLane T> TELAR_INLINE vec<T> magnitude(vec<T> x) {
    return from_bits(bits(x) & vec<integer_of<T>>(std::numeric_limits<integer_of<T>>::max()));
}
/// x or -x, as the sign bit of `flip` says.
template <FloatLane T> TELAR_INLINE vec<T> flip_sign(vec<T> x, vec<integer_of<T>> flip) {
    return from_bits(bits(x) ^ flip);
}
/// The sign of x put on y >= 0.
template <FloatLane T> TELAR_INLINE vec<T> with_sign_of(vec<T> x, vec<T> y) { return from_bits(bits(y) | sign_bit(x)); }

/// min(max(x, low), high); NaN stays.
template <FloatLane T> TELAR_INLINE vec<T> clamp(vec<T> x, T low, T high) {
    x = select(x < vec<T>(low), low, x);
    return select(x > vec<T>(high), high, x);
}
/// min(x, high); NaN stays.
template <FloatLane T> TELAR_INLINE vec<T> at_most(vec<T> x, T high) { return select(x > vec<T>(high), high, x); }

/// c[0] + c[1] x + c[2] x^2 + ...
template <FloatLane T, std::size_t N> TELAR_INLINE vec<T> polynomial(vec<T> x, const T (&c)[N]) {
    vec<T> sum(c[N - 1]);
    [&]<std::size_t... i>(std::index_sequence<i...>) TELAR_INLINE_LAMBDA {
        ((sum = fma(sum, x, vec<T>(c[N - 2 - i]))), ...);
    }
    (std::make_index_sequence<N - 1>{});
    return sum;
}

/// x = 2^exponent * significand, with sqrt(1/2) <= significand < sqrt(2). For normal x > 0.
template <FloatLane T> struct float_parts { vec<T> exponent, significand; };
template <FloatLane T> TELAR_INLINE float_parts<T> split_float(vec<T> x) {
    using integer = vec<integer_of<T>>;
    constexpr auto root = std::bit_cast<integer_of<T>>(choose<T>(0x1.6a09e6p-1f, 0x1.6a09e667f3bcdp-1));
    constexpr auto one = std::bit_cast<integer_of<T>>(T(1));
    constexpr auto whole = std::bit_cast<integer_of<T>>(layout<T>::two_to_fraction_bits);
    const integer from_root = bits(x) + integer(one - root);
    const integer exponent =
        shift_right(from_root, layout<T>::fraction_bits) | integer(whole);  // a float, once shifted
    return {from_bits(exponent) - vec<T>(layout<T>::two_to_fraction_bits + layout<T>::bias),
            from_bits((from_root & integer(layout<T>::fraction)) + integer(root))};
}

/// A number held as the unevaluated sum high + low, |low| <= ulp(high) / 2.
template <FloatLane T> struct two_floats { vec<T> high, low; };
/// a + b exactly, for |a| >= |b| or a = 0.
template <FloatLane T> TELAR_INLINE two_floats<T> add_ordered(vec<T> a, vec<T> b) {
    const vec<T> sum = a + b;
    return {sum, b - (sum - a)};
}
/// a + b exactly.
template <FloatLane T> TELAR_INLINE two_floats<T> add_exactly(vec<T> a, vec<T> b) {
    const vec<T> sum = a + b, b_part = sum - a;
    return {sum, (a - (sum - b_part)) + (b - b_part)};
}
/// a * b exactly, barring underflow and overflow.
template <FloatLane T> TELAR_INLINE two_floats<T> multiply_exactly(vec<T> a, vec<T> b) {
    const vec<T> product = a * b;
    if constexpr (fma_rounds_once) {
        return {product, fma(a, b, -product)};
    } else {  // halves of the digits, so that the partial products are exact
        const vec<integer_of<T>> upper(-(integer_of<T>(1) << ((layout<T>::fraction_bits + 2) / 2)));
        const vec<T> a1 = from_bits(bits(a) & upper), b1 = from_bits(bits(b) & upper), a2 = a - a1, b2 = b - b1;
        return {product, ((a1 * b1 - product) + a1 * b2 + a2 * b1) + a2 * b2};
    }
}
/// a * b to about twice the digits of T; low may reach a few ulps of high.
template <FloatLane T> TELAR_INLINE two_floats<T> multiply(two_floats<T> a, two_floats<T> b) {
    const two_floats<T> product = multiply_exactly(a.high, b.high);
    return {product.high, fma(a.high, b.low, fma(a.low, b.high, product.low))};
}

}  // namespace telar::inline TELAR_ABI::simd
