// SPDX-License-Identifier: BSL-1.0
// From one element type to another, in registers and on the way from memory and back. Element types without a register
// (bool, float16, bfloat16, narrow and unsigned integers) are known here alone.
#pragma once
#include <telar/core/half.hpp>
#include <telar/kernels/cpu/simd/simd_register.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

// g++ 12 converts vectors lane by lane where a lane grows, or shrinks, to more than twice its bytes, or becomes a float
// as it grows: 60 instructions for 16 truth values. So it is done in steps.
template <class From> using wider_than = std::conditional_t<sizeof(From) == 1, std::int16_t, std::int32_t>;
template <class From> using half_of = std::conditional_t<sizeof(From) == 8, std::int32_t, std::int16_t>;
template <class To, class From>
inline constexpr bool widens_in_steps = std::integral<From> && sizeof(From) < 4 &&
                                        (sizeof(To) > 2 * sizeof(From) ||
                                         (std::floating_point<To> && sizeof(To) > sizeof(From)));

/// to[i] = from[i] as a C++ cast would, for N lanes; a float too large for the integer gives an unspecified number.
template <int N, class To, class From> TELAR_INLINE void convert_lanes(To* to, const From* from) {
    if constexpr (std::same_as<To, From>) {
        std::memcpy(to, from, N * sizeof(To));
    } else if constexpr (Half<From>) {
        float numbers[std::size_t(N)];
        for (int i = 0; i < N; ++i) numbers[i] = from[i];
        convert_lanes<N>(to, numbers);
    } else if constexpr (Half<To>) {
        float numbers[std::size_t(N)];
        convert_lanes<N>(numbers, from);
        for (int i = 0; i < N; ++i) to[i] = numbers[i];
    } else if constexpr (std::integral<To> && !Lane<To> && std::floating_point<From>) {  // so that it wraps
        std::conditional_t<sizeof(To) < 4, std::int32_t, std::int64_t> whole[std::size_t(N)];
        convert_lanes<N>(whole, from);
        convert_lanes<N>(to, whole);
    } else if constexpr (widens_in_steps<To, From>) {
        wider_than<From> wider[std::size_t(N)];
        convert_lanes<N>(wider, from);
        convert_lanes<N>(to, wider);
    } else if constexpr (sizeof(From) > 2 * sizeof(To)) {
        half_of<From> narrower[std::size_t(N)];
        convert_lanes<N>(narrower, from);
        convert_lanes<N>(to, narrower);
    } else {
#if TELAR_WIDE && defined(__GNUC__)
        typedef From source __attribute__((vector_size(N * sizeof(From))));
        typedef To target __attribute__((vector_size(N * sizeof(To))));
        source s;
        std::memcpy(&s, from, sizeof(s));
        const target t = __builtin_convertvector(s, target);
        std::memcpy(to, &t, sizeof(t));
#else
        for (int i = 0; i < N; ++i) to[i] = static_cast<To>(from[i]);
#endif
    }
}

// A register's worth of numbers of two bytes.
TELAR_INLINE vec<float> load_halves(const bfloat16* p);
TELAR_INLINE vec<float> load_halves(const float16* p);
TELAR_INLINE void store_halves(bfloat16* p, vec<float> v);
TELAR_INLINE void store_halves(float16* p, vec<float> v);

/// The first n numbers at p, converted to T lane by lane (float to integer truncates); 0 in the others.
template <Lane T, class U> TELAR_INLINE vec<T> load_as(const U* p, int n) {
    constexpr int width = vec<T>::width;
    if constexpr (std::same_as<T, U>) {
        return n == width ? load(p) : load_first(p, n);
    } else if constexpr (std::same_as<U, bool>) {
        return load_as<T>(reinterpret_cast<const std::uint8_t*>(p), n);
    } else {
        U first[std::size_t(width)]{};
        if (n < width) {
            for (int i = 0; i < n; ++i) first[i] = p[i];
            p = first;
        }
        if constexpr (Half<U> && std::same_as<T, float>) {
            return load_halves(p);
        } else {
            T lanes[std::size_t(width)];
            convert_lanes<width>(lanes, p);
            return load(lanes);
        }
    }
}
/// The first n lanes, converted to U (float to integer truncates; narrower integers wrap; bool is v != 0), to memory.
template <class U, Lane T> TELAR_INLINE void store_as(U* p, vec<T> v, int n) {
    constexpr int width = vec<T>::width;
    if constexpr (std::same_as<T, U>) {
        if (n == width) store(p, v);
        else store_first(p, v, n);
    } else if constexpr (std::same_as<U, bool>) {
        store_mask(p, v != vec<T>(T(0)), n);
    } else {
        U first[std::size_t(width)];
        U* to = n < width ? first : p;
        if constexpr (Half<U> && std::same_as<T, float>) {
            store_halves(to, all_lanes(v));
        } else {
            T lanes[std::size_t(width)];
            store(lanes, all_lanes(v));
            convert_lanes<width>(to, lanes);
        }
        if (n < width)
            for (int i = 0; i < n; ++i) p[i] = first[i];
    }
}

/// n truth values from memory; false in the other lanes.
template <Lane T, class Byte>
requires(sizeof(Byte) == 1) TELAR_INLINE mask<T> load_mask(const Byte* p, int n) {
    const auto v = load_as<integer_of<T>>(reinterpret_cast<const std::uint8_t*>(p), n);
    return mask_as<T>(v != vec<integer_of<T>>(0));
}
/// The first n truth values, as bytes 0 and 1.
template <class Byte, Lane T>
requires(sizeof(Byte) == 1) TELAR_INLINE void store_mask(Byte* p, mask<T> m, int n) {
    using integer = vec<integer_of<T>>;
    store_as(reinterpret_cast<std::uint8_t*>(p), select(mask_as<integer_of<T>>(m), integer(1), integer(0)), n);
}

// ---- numbers of two bytes

/// Each number as the narrower type holds it.
template <Half U> TELAR_INLINE vec<float> rounded_to(vec<float> v) {
    U lanes[vec<float>::width];
    store_halves(lanes, v);
    return load_halves(lanes);
}
/// A bfloat16 is the upper half of a float. (AVX512_BF16's instruction is not used: it flushes subnormal numbers. A
/// template, because nvcc looks for select while it reads what is none.)
template <std::same_as<float> T> TELAR_INLINE vec<T> upper_half(vec<T> v) {
    using integer = vec<integer_of<T>>;
    const integer w = bits(v), odd = shift_right(w, 16) & integer(1);
    const integer near = w + (odd + integer(0x7fff)), quiet = w | integer(half_bits::quiet);
    return from_bits(select(mask_as<integer_of<T>>(v == v), near, quiet) & integer(-0x10000));
}
template <std::same_as<bfloat16> U> TELAR_INLINE vec<float> rounded_to(vec<float> v) requires Half<U> {
    return upper_half(v);
}
TELAR_INLINE vec<float> load_halves(const bfloat16* p) {
#if TELAR_WIDE && defined(__AVX512F__)  // g++ 12 converts a register of 512 bits in two halves
    const vec<std::int32_t> w =
        native<std::int32_t>(_mm512_cvtepu16_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))));
#else
    const auto w = load_as<std::int32_t>(&p->bits, vec<float>::width);
#endif
    return from_bits(shift_left(w, 16));
}
TELAR_INLINE void store_halves(bfloat16* p, vec<float> v) {
    const vec<std::int32_t> w = shift_right(bits(rounded_to<bfloat16>(v)), 16);
#if TELAR_WIDE && defined(__AVX512F__)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(w.raw));
#else
    store_as(&p->bits, w, vec<float>::width);
#endif
}

// For float16 there are instructions.
// clang-format off
#if TELAR_WIDE && defined(__AVX512F__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"  // of the intrinsics, which are macros where g++ does not optimise
TELAR_INLINE vec<float> load_halves(const float16* p) { return native<float>(_mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)))); }
TELAR_INLINE void store_halves(float16* p, vec<float> v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v.raw, _MM_FROUND_TO_NEAREST_INT)); }
#pragma GCC diagnostic pop
#elif TELAR_WIDE && defined(__F16C__) && defined(__AVX2__)
TELAR_INLINE vec<float> load_halves(const float16* p) { return native<float>(_mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))); }
TELAR_INLINE void store_halves(float16* p, vec<float> v) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v.raw, _MM_FROUND_TO_NEAREST_INT)); }
#else
TELAR_INLINE vec<float> load_halves(const float16* p) {
    float lanes[vec<float>::width];
    convert_lanes<vec<float>::width>(lanes, p);
    return load(lanes);
}
TELAR_INLINE void store_halves(float16* p, vec<float> v) {
    float lanes[vec<float>::width];
    store(lanes, v);
    convert_lanes<vec<float>::width>(p, lanes);
}
#endif
// clang-format on

// ---- whole numbers

/// The nearest integer, for |a| below 2^31 (float) or 2^51 (double).
template <FloatLane T> TELAR_INLINE vec<integer_of<T>> to_int(vec<T> a) {
    if constexpr (sizeof(T) == 4) {
        T lanes[vec<T>::width];
        store(lanes, nearest(a));
        return load_as<std::int32_t>(lanes, vec<T>::width);
    } else {  // below AVX-512 no machine converts doubles to int64: let the addition round to the last bit
        constexpr T shift = 6755399441055744.0;  // 1.5 * 2^52
        return bits(a + vec<T>(shift)) - vec<std::int64_t>(std::bit_cast<std::int64_t>(shift));
    }
}
template <IntegerLane T> TELAR_INLINE vec<float_of<T>> to_float(vec<T> a) {
    T lanes[vec<T>::width];
    store(lanes, a);
    return load_as<float_of<T>>(lanes, vec<T>::width);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
