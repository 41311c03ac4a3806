// SPDX-License-Identifier: BSL-1.0
// What the elementary functions share: a float taken apart and put together, polynomials, numbers held in two floats.
#pragma once
#include <telar/core/config.hpp>
#include <telar/kernels/cpu/simd/simd.hpp>

#include <bit>
#include <cstddef>
#include <limits>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// True where fma rounds once. Where it is false an exact product costs more steps.
#if TELAR_WIDE && (defined(__AVX512F__) || (defined(__AVX2__) && defined(__FMA__)) || defined(__aarch64__))
template <FloatLane T> inline constexpr bool fma_rounds_once = true;
#elif !TELAR_WIDE
template <FloatLane T> inline constexpr bool fma_rounds_once = one_lane::has_fma<T>;
#else
template <FloatLane T> inline constexpr bool fma_rounds_once = false;
#endif

/// True where scale2(x, n) is right for every n, also beyond the exponents of T, infinite or NaN: AVX-512's scalef.
#if TELAR_WIDE && defined(__AVX512F__)
inline constexpr bool scale2_is_total = true;
#else
inline constexpr bool scale2_is_total = false;
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
/// Whether the sign bit is set: true for -0.
template <FloatLane T> TELAR_INLINE mask<T> is_negative(vec<T> x) {
    return mask_as<T>(bits(x) < vec<integer_of<T>>(0));
}
/// x or -x, as the sign bit of `flip` says.
template <FloatLane T> TELAR_INLINE vec<T> flip_sign(vec<T> x, vec<integer_of<T>> flip) {
    return from_bits(bits(x) ^ flip);
}
/// The sign of x put on y >= 0.
template <FloatLane T> TELAR_INLINE vec<T> with_sign_of(vec<T> x, vec<T> y) { return from_bits(bits(y) | sign_bit(x)); }

/// min(x, high); NaN stays: the machines' own min gives the second operand if either is NaN, or NaN.
template <FloatLane T> TELAR_INLINE vec<T> at_most(vec<T> x, T high) {
#if TELAR_WIDE
    return native<T>(backend::min(native<T>(high), x.raw));
#else
    return select(x > vec<T>(high), high, x);
#endif
}
/// max(x, low); NaN stays.
template <FloatLane T> TELAR_INLINE vec<T> at_least(vec<T> x, T low) {
#if TELAR_WIDE
    return native<T>(backend::max(native<T>(low), x.raw));
#else
    return select(x < vec<T>(low), low, x);
#endif
}
template <FloatLane T> TELAR_INLINE vec<T> clamp(vec<T> x, T low, T high) { return at_most(at_least(x, low), high); }

/// c[0] + c[1] x + c[2] x^2 + ..., from the highest power down.
template <FloatLane T, std::size_t N> TELAR_INLINE vec<T> polynomial(vec<T> x, const T (&c)[N]) {
    vec<T> sum(c[N - 1]);
    [&]<std::size_t... i>(std::index_sequence<i...>) TELAR_INLINE_LAMBDA {
        ((sum = fma(sum, x, vec<T>(c[N - 2 - i]))), ...);
    }
    (std::make_index_sequence<N - 1>{});
    return sum;
}

/// powers: x, x^2, x^4, ...
template <std::size_t from, std::size_t count, FloatLane T>
TELAR_INLINE vec<T> estrin_terms(const vec<T>* powers, const T* c) {
    if constexpr (count == 1) {
        return vec<T>(c[from]);
    } else {
        constexpr std::size_t low = std::bit_floor(2 * count / 3);
        return fma(estrin_terms<from + low, count - low>(powers, c), powers[std::bit_width(low) - 1],
                   estrin_terms<from, low>(powers, c));
    }
}
/// The same polynomial in pairs of terms, pairs of pairs, ... (Estrin): a product or two more, but for nine terms half
/// the steps that wait for each other.
template <FloatLane T, std::size_t N>
requires(N > 1) TELAR_INLINE vec<T> estrin(vec<T> x, const T (&c)[N]) {
    constexpr std::size_t doublings = std::bit_width(2 * N / 3);
    vec<T> powers[doublings];
    powers[0] = x;
    [&]<std::size_t... i>(std::index_sequence<i...>) TELAR_INLINE_LAMBDA {
        ((powers[i + 1] = powers[i] * powers[i]), ...);
    }
    (std::make_index_sequence<doublings - 1>{});
    return estrin_terms<0, N>(powers, c);
}

/// x = 2^exponent * significand, with least <= significand < 2 least. For normal x > 0.
template <FloatLane T> struct float_parts { vec<T> exponent, significand; };
template <FloatLane T> inline constexpr T half_root = choose<T>(0x1.6a09e6p-1f, 0x1.6a09e667f3bcdp-1);  // sqrt(1/2)
template <FloatLane T> TELAR_INLINE float_parts<T> split_float(vec<T> x, T least = half_root<T>) {
    using integer = vec<integer_of<T>>;
    constexpr auto one = std::bit_cast<integer_of<T>>(T(1));
    constexpr auto whole = std::bit_cast<integer_of<T>>(layout<T>::two_to_fraction_bits);
    const auto start = std::bit_cast<integer_of<T>>(least);
    const integer from_start = bits(x) + integer(one - start);
    const integer exponent =
        shift_right(from_start, layout<T>::fraction_bits) | integer(whole);  // a float, once shifted
    return {from_bits(exponent) - vec<T>(layout<T>::two_to_fraction_bits + layout<T>::bias),
            from_bits((from_start & integer(layout<T>::fraction)) + integer(start))};
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
    if constexpr (fma_rounds_once<T>) {
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

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
