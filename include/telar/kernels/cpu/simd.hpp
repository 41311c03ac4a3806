// SPDX-License-Identifier: BSL-1.0
// One register of numbers, vec<T>, and one register of truth values, mask<T>: all that a kernel may know about SIMD.
// This is the only file that names xsimd (8.1 and later). Raw intrinsics stand where xsimd 8.1 has no such function
// (masked load and store, gather, scalef) or a wrong one: its fma is not fused on AVX-512, its != is false for NaN.
// Every name is found by argument-dependent lookup, once one argument is a vec.
#pragma once
#include <telar/core/half.hpp>

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push  // g++ 12 takes its own _mm512_undefined_ps for a mistake (PR 105593)
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#if TELAR_HAS_XSIMD
#include <xsimd/xsimd.hpp>
#endif
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif
#if TELAR_HAS_XSIMD && !defined(XSIMD_NO_SUPPORTED_ARCHITECTURE)
#define TELAR_WIDE 1
#else
#define TELAR_WIDE 0
#include <telar/kernels/cpu/one_lane.hpp>
#endif
#if TELAR_WIDE && (defined(__AVX__) || defined(__AVX512F__))
#include <immintrin.h>
#endif

namespace telar::inline TELAR_ABI::simd {

#if TELAR_WIDE
namespace backend = ::xsimd;
#else
namespace backend = one_lane;
#endif
template <class T> using native = backend::batch<T>;
template <class T> using native_mask = typename native<T>::batch_bool_type;

/// Registers that a kernel may fill.
#if (TELAR_WIDE && defined(__AVX512F__)) || defined(__aarch64__)
inline constexpr int vector_registers = 32;
#else
inline constexpr int vector_registers = 16;
#endif

/// Element types that have a register: float, double, int32, int64. The others travel through load_as and store_as.
template <class T>
concept Lane =
    std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t>;
template <class T>
concept FloatLane = Lane<T> && std::floating_point<T>;
template <class T>
concept IntegerLane = Lane<T> && std::integral<T>;

/// The integer as wide as a float, and back.
template <class T> using integer_of = std::conditional_t<sizeof(T) == 4, std::int32_t, std::int64_t>;
template <class T> using float_of = std::conditional_t<sizeof(T) == 4, float, double>;

#if TELAR_WIDE && defined(__AVX512F__)
TELAR_INLINE __mmask16 low_bits_16(int n) { return static_cast<__mmask16>((1u << n) - 1); }
TELAR_INLINE __mmask8 low_bits_8(int n) { return static_cast<__mmask8>((1u << n) - 1); }
#elif TELAR_WIDE && defined(__AVX__)
// A window of this table that starts at 8 - n has its first n words set.
alignas(64) inline constexpr std::int32_t mask_words[16] = {-1, -1, -1, -1, -1, -1, -1, -1};
TELAR_INLINE __m256i low_words(int n) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(mask_words + 8 - n));
}
#endif

/// A truth value per lane.
template <Lane T> struct mask {
    native_mask<T> raw;

    mask() = default;
    TELAR_INLINE mask(bool b) : raw(b) {}
    TELAR_INLINE mask(native_mask<T> m) : raw(m) {}
    friend TELAR_INLINE mask operator&(mask a, mask b) { return native_mask<T>(a.raw & b.raw); }
    friend TELAR_INLINE mask operator|(mask a, mask b) { return native_mask<T>(a.raw | b.raw); }
    friend TELAR_INLINE mask operator^(mask a, mask b) {
        return (a | b) & !(a & b);
    }  // xsimd 8.1's ^ is an or on AVX-512
    friend TELAR_INLINE mask operator!(mask a) { return native_mask<T>(!a.raw); }
    friend TELAR_INLINE bool any(mask a) { return backend::any(a.raw); }
    friend TELAR_INLINE bool all(mask a) { return backend::all(a.raw); }
};

template <Lane T> struct vec;

/// a / b for integers, truncated. x / 0 = 0 and the lowest number / -1 is itself, since a lane must not trap.
template <IntegerLane T> TELAR_INLINE T quotient(T a, T b) {
    using wrapping = std::make_unsigned_t<T>;
    if (b == 0) return 0;
    return b == -1 ? static_cast<T>(wrapping(0) - static_cast<wrapping>(a)) : static_cast<T>(a / b);
}
template <Lane T> TELAR_INLINE vec<T> divide(vec<T> a, vec<T> b);
template <Lane T> TELAR_INLINE vec<T> multiply(vec<T> a, vec<T> b);

/// A register of `width` numbers. A default-constructed one is uninitialised. Integers wrap.
template <Lane T> struct vec {
    using value_type = T;
    static constexpr int width = static_cast<int>(native<T>::size);
    native<T> raw;

    vec() = default;
    TELAR_INLINE vec(T x) : raw(x) {}
    TELAR_INLINE vec(native<T> x) : raw(x) {}

    // Friends, not templates: so that the other operand may be a plain number.
    friend TELAR_INLINE vec operator+(vec a, vec b) { return native<T>(a.raw + b.raw); }
    friend TELAR_INLINE vec operator-(vec a, vec b) { return native<T>(a.raw - b.raw); }
    friend TELAR_INLINE vec operator*(vec a, vec b) { return multiply(a, b); }
    friend TELAR_INLINE vec operator/(vec a, vec b) { return divide(a, b); }
    TELAR_INLINE vec& operator+=(vec b) { return *this = *this + b; }
    TELAR_INLINE vec& operator-=(vec b) { return *this = *this - b; }
    TELAR_INLINE vec& operator*=(vec b) { return *this = *this * b; }
    TELAR_INLINE vec& operator/=(vec b) { return *this = *this / b; }

    friend TELAR_INLINE mask<T> operator==(vec a, vec b) { return native_mask<T>(a.raw == b.raw); }
    friend TELAR_INLINE mask<T> operator!=(vec a, vec b) { return !(a == b); }
    friend TELAR_INLINE mask<T> operator<(vec a, vec b) { return native_mask<T>(a.raw < b.raw); }
    friend TELAR_INLINE mask<T> operator<=(vec a, vec b) { return native_mask<T>(a.raw <= b.raw); }
    friend TELAR_INLINE mask<T> operator>(vec a, vec b) { return b < a; }
    friend TELAR_INLINE mask<T> operator>=(vec a, vec b) { return b <= a; }

    /// m ? a : b.
    friend TELAR_INLINE vec select(mask<T> m, vec a, vec b) {
#if TELAR_WIDE && defined(__AVX512F__)  // xsimd 8.1's does not compile for integers without optimisation
        if constexpr (std::same_as<T, std::int32_t>) return native<T>(_mm512_mask_blend_epi32(m.raw, b.raw, a.raw));
        else if constexpr (std::same_as<T, std::int64_t>)
            return native<T>(_mm512_mask_blend_epi64(m.raw, b.raw, a.raw));
        else
#endif
            return backend::select(m.raw, a.raw, b.raw);
    }
    /// a * b + c, rounded once where the machine can.
    friend TELAR_INLINE vec fma(vec a, vec b, vec c) { return fused(a, b, c); }
    /// c - a * b.
    friend TELAR_INLINE vec fnma(vec a, vec b, vec c) { return fused(-a, b, c); }
    /// min(a, b); NaN if either is.
    friend TELAR_INLINE vec minimum(vec a, vec b) { return smaller(a, b); }
    /// max(a, b); NaN if either is.
    friend TELAR_INLINE vec maximum(vec a, vec b) { return larger(a, b); }
};

// ---- to memory and back

template <Lane T> TELAR_INLINE vec<T> load(const T* p) { return native<T>::load_unaligned(p); }
template <Lane T> TELAR_INLINE void store(T* p, vec<T> v) { v.raw.store_unaligned(p); }

/// The first n lanes from memory, 0 in the others. Reads nothing beyond p + n.
template <Lane T> TELAR_INLINE vec<T> load_first(const T* p, int n) {
    T lanes[vec<T>::width]{};
    for (int i = 0; i < n; ++i) lanes[i] = p[i];
    return load(lanes);
}
/// The first n lanes to memory. Writes nothing beyond p + n.
template <Lane T> TELAR_INLINE void store_first(T* p, vec<T> v, int n) {
    T lanes[vec<T>::width];
    store(lanes, v);
    for (int i = 0; i < n; ++i) p[i] = lanes[i];
}
// clang-format off
#if TELAR_WIDE && defined(__AVX512F__)
TELAR_INLINE vec<float> load_first(const float* p, int n) { return native<float>(_mm512_maskz_loadu_ps(low_bits_16(n), p)); }
TELAR_INLINE vec<double> load_first(const double* p, int n) { return native<double>(_mm512_maskz_loadu_pd(low_bits_8(n), p)); }
TELAR_INLINE vec<std::int32_t> load_first(const std::int32_t* p, int n) { return native<std::int32_t>(_mm512_maskz_loadu_epi32(low_bits_16(n), p)); }
TELAR_INLINE vec<std::int64_t> load_first(const std::int64_t* p, int n) { return native<std::int64_t>(_mm512_maskz_loadu_epi64(low_bits_8(n), p)); }
TELAR_INLINE void store_first(float* p, vec<float> v, int n) {
#if defined(__GNUC__)  // a masked store is not forwarded to the load that follows it: whole registers where the lanes are known
    if (__builtin_constant_p(n) && n == 8) return _mm256_storeu_ps(p, _mm512_castps512_ps256(v.raw));
    if (__builtin_constant_p(n) && n == 4) return _mm_storeu_ps(p, _mm512_castps512_ps128(v.raw));
    if (__builtin_constant_p(n) && n == 1) return _mm_store_ss(p, _mm512_castps512_ps128(v.raw));
#endif
    _mm512_mask_storeu_ps(p, low_bits_16(n), v.raw);
}
TELAR_INLINE void store_first(double* p, vec<double> v, int n) { _mm512_mask_storeu_pd(p, low_bits_8(n), v.raw); }
TELAR_INLINE void store_first(std::int32_t* p, vec<std::int32_t> v, int n) { _mm512_mask_storeu_epi32(p, low_bits_16(n), v.raw); }
TELAR_INLINE void store_first(std::int64_t* p, vec<std::int64_t> v, int n) { _mm512_mask_storeu_epi64(p, low_bits_8(n), v.raw); }
#elif TELAR_WIDE && defined(__AVX__)
TELAR_INLINE vec<float> load_first(const float* p, int n) { return native<float>(_mm256_maskload_ps(p, low_words(n))); }
TELAR_INLINE vec<double> load_first(const double* p, int n) { return native<double>(_mm256_maskload_pd(p, low_words(2 * n))); }
TELAR_INLINE void store_first(float* p, vec<float> v, int n) { _mm256_maskstore_ps(p, low_words(n), v.raw); }
TELAR_INLINE void store_first(double* p, vec<double> v, int n) { _mm256_maskstore_pd(p, low_words(2 * n), v.raw); }
#endif
// clang-format on

/// Lane i from p[i * stride], for i < n; 0 in the others.
template <Lane T> TELAR_INLINE vec<T> load_strided(const T* p, std::ptrdiff_t stride, int n) {
    T lanes[vec<T>::width]{};
    for (int i = 0; i < n; ++i) lanes[i] = p[i * stride];
    return load(lanes);
}
#if TELAR_WIDE && defined(__AVX512F__)
// clang-format off
TELAR_INLINE __m512i multiples(std::ptrdiff_t s) { return _mm512_set_epi64(7 * s, 6 * s, 5 * s, 4 * s, 3 * s, 2 * s, s, 0); }
TELAR_INLINE vec<double> load_strided(const double* p, std::ptrdiff_t stride, int n) {
    return native<double>(_mm512_mask_i64gather_pd(_mm512_setzero_pd(), low_bits_8(n), multiples(stride), p, 8));
}
TELAR_INLINE vec<std::int64_t> load_strided(const std::int64_t* p, std::ptrdiff_t stride, int n) {
    return native<std::int64_t>(_mm512_mask_i64gather_epi64(_mm512_setzero_si512(), low_bits_8(n), multiples(stride), p, 8));
}
// clang-format on
#endif

/// 0, 1, 2, ...
template <Lane T> TELAR_INLINE vec<T> iota() {
    T lanes[vec<T>::width];
    for (int i = 0; i < vec<T>::width; ++i) lanes[i] = static_cast<T>(i);
    return load(lanes);
}
/// True in the first n lanes.
template <Lane T> TELAR_INLINE mask<T> first_lanes(int n) {
#if TELAR_WIDE && defined(__AVX512F__)
    using bits = typename native_mask<T>::register_type;
    return native_mask<T>(static_cast<bits>((1u << n) - 1));
#else
    return iota<T>() < vec<T>(static_cast<T>(n));
#endif
}
/// v, before single lanes are taken from it. An AVX-512 mask in memory is one bit per lane; where one lane of a
/// selection is all that is used, clang (14 and 16) loads that bit alone, and takes the whole byte for it: 255 for
/// true. It cannot look through the empty statement.
template <Lane T> TELAR_INLINE vec<T> all_lanes(vec<T> v) {
#if TELAR_WIDE && defined(__AVX512F__) && defined(__clang__)
    asm("" : "+v"(v.raw.data));
#endif
    return v;
}
/// Lane 0.
template <Lane T> TELAR_INLINE T first(vec<T> v) {
    T lanes[vec<T>::width];
    store(lanes, all_lanes(v));
    return lanes[0];
}

// ---- conversion

#if TELAR_WIDE && defined(__GNUC__)
template <class T, int N> struct lanes { typedef T type __attribute__((vector_size(N * sizeof(T)))); };
template <class T, int N> using lanes_of = typename lanes<T, N>::type;
#endif

// A bfloat16 is shifted; machines have instructions for float16. (AVX512_BF16's is not used: it flushes subnormals.)
template <int N> TELAR_INLINE void widen_lanes(float* to, const bfloat16* from) {
#if TELAR_WIDE && defined(__GNUC__)
    using halves = lanes_of<std::uint16_t, N>;
    using words = lanes_of<std::uint32_t, N>;
    halves h;
    std::memcpy(&h, from, sizeof(h));
    const words w = __builtin_convertvector(h, words) << 16;
    std::memcpy(to, &w, sizeof(w));
#else
    for (int i = 0; i < N; ++i) to[i] = from[i];
#endif
}
template <int N> TELAR_INLINE void narrow_lanes(bfloat16* to, const float* from) {
#if TELAR_WIDE && defined(__GNUC__)
    using halves = lanes_of<std::uint16_t, N>;
    using words = lanes_of<std::uint32_t, N>;
    words w;
    std::memcpy(&w, from, sizeof(w));
    const words is_nan = (words)((w & ~half_bits::sign) > half_bits::infinity);
    const words near = w + 0x7fffu + (w >> 16 & 1u), quiet = w | half_bits::quiet;
    const halves h = __builtin_convertvector(((quiet & is_nan) | (near & ~is_nan)) >> 16, halves);
    std::memcpy(to, &h, sizeof(h));
#else
    for (int i = 0; i < N; ++i) to[i] = from[i];
#endif
}
template <int N> TELAR_INLINE void widen_lanes(float* to, const float16* from) {
#if TELAR_WIDE && defined(__AVX512F__)
    if constexpr (N == 16)
        return _mm512_storeu_ps(to, _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))));
#endif
#if TELAR_WIDE && defined(__F16C__) && defined(__AVX2__)  // all that have AVX2 have it: the ABI's name need not say so
    if constexpr (N == 8)
        return _mm256_storeu_ps(to, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
#endif
    for (int i = 0; i < N; ++i) to[i] = from[i];
}
template <int N> TELAR_INLINE void narrow_lanes(float16* to, const float* from) {
#if TELAR_WIDE && defined(__AVX512F__)
    if constexpr (N == 16)
        return _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), _mm512_cvtps_ph(_mm512_loadu_ps(from), 0));
#endif
#if TELAR_WIDE && defined(__F16C__) && defined(__AVX2__)
    if constexpr (N == 8)
        return _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(_mm256_loadu_ps(from), 0));
#endif
    for (int i = 0; i < N; ++i) to[i] = from[i];
}

/// to[i] = from[i] as a C++ cast would, for N lanes; a float too large for the integer gives an unspecified number.
template <int N, class To, class From> TELAR_INLINE void convert_lanes(To* to, const From* from) {
    if constexpr (std::same_as<To, From>) {
        std::memcpy(to, from, N * sizeof(To));
    } else if constexpr (Half<From> && std::same_as<To, float>) {
        widen_lanes<N>(to, from);
    } else if constexpr (Half<To> && std::same_as<From, float>) {
        narrow_lanes<N>(to, from);
    } else if constexpr (Half<From> || Half<To>) {
        float numbers[N];
        convert_lanes<N>(numbers, from);
        convert_lanes<N>(to, numbers);
    } else if constexpr (sizeof(To) == 1 && std::floating_point<From>) {  // by way of int32, so that it wraps
        std::int32_t whole[N];
        convert_lanes<N>(whole, from);
        convert_lanes<N>(to, whole);
    } else {
#if TELAR_WIDE && defined(__GNUC__)
        lanes_of<From, N> s;
        std::memcpy(&s, from, sizeof(s));
        const auto t = __builtin_convertvector(s, lanes_of<To, N>);
        std::memcpy(to, &t, sizeof(t));
#else
        for (int i = 0; i < N; ++i) to[i] = static_cast<To>(from[i]);
#endif
    }
}

/// The first n numbers at p, converted to T lane by lane (float to integer truncates); 0 in the others.
template <Lane T, class U> TELAR_INLINE vec<T> load_as(const U* p, int n) {
    constexpr int width = vec<T>::width;
    if constexpr (std::same_as<T, U>) {
        return n == width ? load(p) : load_first(p, n);
    } else if constexpr (std::same_as<U, bool>) {
        return load_as<T>(reinterpret_cast<const std::uint8_t*>(p), n);
    } else {
        T lanes[width];
        if (n == width) {
            convert_lanes<width>(lanes, p);
        } else {
            U source[width]{};
            for (int i = 0; i < n; ++i) source[i] = p[i];
            convert_lanes<width>(lanes, source);
        }
        return load(lanes);
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
        T lanes[width];
        store(lanes, all_lanes(v));
        if (n == width) {
            convert_lanes<width>(p, lanes);
        } else {
            U target[width];
            convert_lanes<width>(target, lanes);
            for (int i = 0; i < n; ++i) p[i] = target[i];
        }
    }
}
/// Each number as the narrower type holds it.
template <Half U> TELAR_INLINE vec<float> rounded_to(vec<float> v) {
    U lanes[vec<float>::width];
    store_as(lanes, v, vec<float>::width);
    return load_as<float>(static_cast<const U*>(lanes), vec<float>::width);
}

// ---- bits

template <Lane To, Lane From>
requires(sizeof(To) == sizeof(From)) TELAR_INLINE vec<To> reinterpret(vec<From> v) {
    using from_register = typename native<From>::register_type;
    using to_register = typename native<To>::register_type;
    return native<To>(std::bit_cast<to_register>(static_cast<from_register>(v.raw)));
}
/// The bits of a float, as an integer.
template <FloatLane T> TELAR_INLINE vec<integer_of<T>> bits(vec<T> v) { return reinterpret<integer_of<T>>(v); }
/// The float that has these bits.
template <IntegerLane T> TELAR_INLINE vec<float_of<T>> from_bits(vec<T> v) { return reinterpret<float_of<T>>(v); }
/// The same truth values, for lanes of another type of the same size.
template <Lane To, Lane From>
requires(sizeof(To) == sizeof(From)) TELAR_INLINE mask<To> mask_as(mask<From> m) {
    using from_register = typename native_mask<From>::register_type;
    using to_register = typename native_mask<To>::register_type;
    return native_mask<To>(std::bit_cast<to_register>(static_cast<from_register>(m.raw)));
}

// clang-format off
template <IntegerLane T> TELAR_INLINE vec<T> operator&(vec<T> a, vec<T> b) { return native<T>(a.raw & b.raw); }
template <IntegerLane T> TELAR_INLINE vec<T> operator|(vec<T> a, vec<T> b) { return native<T>(a.raw | b.raw); }
template <IntegerLane T> TELAR_INLINE vec<T> operator^(vec<T> a, vec<T> b) { return native<T>(a.raw ^ b.raw); }
template <IntegerLane T> TELAR_INLINE vec<T> shift_left(vec<T> a, int n) { return native<T>(a.raw << n); }
template <IntegerLane T> TELAR_INLINE vec<T> operator~(vec<T> a) { return a ^ vec<T>(T(-1)); }
/// Keeps the sign.
template <IntegerLane T> TELAR_INLINE vec<T> shift_right(vec<T> a, int n) { return native<T>(a.raw >> n); }
// clang-format on

/// The 64 bits of an unsigned product, in two registers.
struct wide_product {
    vec<std::int32_t> low, high;
};
TELAR_INLINE wide_product multiply_wide(vec<std::int32_t> a, std::uint32_t b) {
#if TELAR_WIDE && defined(__AVX512F__)
    const __m512i by = _mm512_set1_epi32(static_cast<int>(b)), all = a.raw;
    const __m512i even = _mm512_mul_epu32(all, by), odd = _mm512_mul_epu32(_mm512_srli_epi64(all, 32), by);
    return {native<std::int32_t>(_mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32))),
            native<std::int32_t>(_mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd))};
#elif TELAR_WIDE && defined(__AVX2__)
    const __m256i by = _mm256_set1_epi32(static_cast<int>(b)), all = a.raw;
    const __m256i even = _mm256_mul_epu32(all, by), odd = _mm256_mul_epu32(_mm256_srli_epi64(all, 32), by);
    return {native<std::int32_t>(_mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA)),
            native<std::int32_t>(_mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA))};
#else
    constexpr int width = vec<std::int32_t>::width;
    std::int32_t low[width], high[width];
    store(low, a);
    for (int i = 0; i < width; ++i) {
        const std::uint64_t product = std::uint64_t{static_cast<std::uint32_t>(low[i])} * b;
        low[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(product));
        high[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>(product >> 32));
    }
    return {load(low), load(high)};
#endif
}
/// Each lane by its own number of bits: a 2^n, 0 where n is below 0 or beyond the bits of T.
template <IntegerLane T> TELAR_INLINE vec<T> shift_left(vec<T> a, vec<T> n) {
    using word = std::make_unsigned_t<T>;
    constexpr word count = 8 * sizeof(T);
    T x[vec<T>::width], by[vec<T>::width];
    store(x, a);
    store(by, n);
    for (int i = 0; i < vec<T>::width; ++i) {
        const word k = static_cast<word>(by[i]);
        x[i] = k < count ? static_cast<T>(static_cast<word>(x[i]) << k) : T(0);
    }
    return load(x);
}
/// floor(a / 2^n); the sign alone where n is below 0 or beyond the bits of T.
template <IntegerLane T> TELAR_INLINE vec<T> shift_right(vec<T> a, vec<T> n) {
    using word = std::make_unsigned_t<T>;
    constexpr word last = 8 * sizeof(T) - 1;
    T x[vec<T>::width], by[vec<T>::width];
    store(x, a);
    store(by, n);
    for (int i = 0; i < vec<T>::width; ++i) {
        const word k = static_cast<word>(by[i]);
        x[i] = static_cast<T>(x[i] >> (k < last ? k : last));
    }
    return load(x);
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

// ---- arithmetic

template <Lane T> TELAR_INLINE vec<T> operator-(vec<T> a) {
    if constexpr (std::integral<T>) {
        return vec<T>(0) - a;
    } else {  // 0 - x would lose the sign of zero
        constexpr auto sign = std::bit_cast<integer_of<T>>(T(-0.0));
        return from_bits(bits(a) ^ vec<integer_of<T>>(sign));
    }
}

template <Lane T> TELAR_INLINE vec<T> multiply(vec<T> a, vec<T> b) {
#if TELAR_WIDE
    // As unsigned ones: where the machine has no such instruction, xsimd multiplies in C++.
    if constexpr (std::integral<T>) {
        using wrapping = backend::batch<std::make_unsigned_t<T>>;
        const auto as_wrapping = [](native<T> v) TELAR_INLINE_LAMBDA {
            return wrapping(
                std::bit_cast<typename wrapping::register_type>(static_cast<typename native<T>::register_type>(v)));
        };
        const wrapping result = as_wrapping(a.raw) * as_wrapping(b.raw);
        return native<T>(
            std::bit_cast<typename native<T>::register_type>(static_cast<typename wrapping::register_type>(result)));
    } else
#endif
        return native<T>(a.raw * b.raw);
}
template <Lane T> TELAR_INLINE vec<T> divide(vec<T> a, vec<T> b) {
    if constexpr (std::floating_point<T>) {
        return native<T>(a.raw / b.raw);
    } else {
        T x[vec<T>::width], y[vec<T>::width];
        store(x, a);
        store(y, b);
        for (int i = 0; i < vec<T>::width; ++i) x[i] = quotient(x[i], y[i]);
        return load(x);
    }
}

template <Lane T> TELAR_INLINE vec<T> fused(vec<T> a, vec<T> b, vec<T> c) {
    if constexpr (std::integral<T>) return a * b + c;
    else return backend::fma(a.raw, b.raw, c.raw);
}

template <Lane T> TELAR_INLINE vec<T> smaller(vec<T> a, vec<T> b) {
    const vec<T> least = select(b < a, b, a);  // a if either is NaN
    if constexpr (std::integral<T>) return least;
    else return select(b == b, least, b);
}
template <Lane T> TELAR_INLINE vec<T> larger(vec<T> a, vec<T> b) {
    const vec<T> most = select(a < b, b, a);  // a if either is NaN
    if constexpr (std::integral<T>) return most;
    else return select(b == b, most, b);
}

#if TELAR_WIDE && defined(__AVX512F__)
// xsimd 8.1 has no fused multiply-add here. min_ps(b, a) gives a if either is NaN; the mask keeps a NaN in b.
// clang-format off
TELAR_INLINE vec<float> fused(vec<float> a, vec<float> b, vec<float> c) { return native<float>(_mm512_fmadd_ps(a.raw, b.raw, c.raw)); }
TELAR_INLINE vec<double> fused(vec<double> a, vec<double> b, vec<double> c) { return native<double>(_mm512_fmadd_pd(a.raw, b.raw, c.raw)); }
TELAR_INLINE __mmask16 numbers_in(vec<float> a) { return _mm512_cmp_ps_mask(a.raw, a.raw, _CMP_ORD_Q); }
TELAR_INLINE __mmask8 numbers_in(vec<double> a) { return _mm512_cmp_pd_mask(a.raw, a.raw, _CMP_ORD_Q); }
TELAR_INLINE vec<float> smaller(vec<float> a, vec<float> b) { return native<float>(_mm512_mask_min_ps(b.raw, numbers_in(b), b.raw, a.raw)); }
TELAR_INLINE vec<double> smaller(vec<double> a, vec<double> b) { return native<double>(_mm512_mask_min_pd(b.raw, numbers_in(b), b.raw, a.raw)); }
TELAR_INLINE vec<float> larger(vec<float> a, vec<float> b) { return native<float>(_mm512_mask_max_ps(b.raw, numbers_in(b), b.raw, a.raw)); }
TELAR_INLINE vec<double> larger(vec<double> a, vec<double> b) { return native<double>(_mm512_mask_max_pd(b.raw, numbers_in(b), b.raw, a.raw)); }
// clang-format on
#elif TELAR_WIDE && defined(__AVX__)
// clang-format off
TELAR_INLINE vec<float> smaller(vec<float> a, vec<float> b) {
    return native<float>(_mm256_blendv_ps(_mm256_min_ps(b.raw, a.raw), b.raw, _mm256_cmp_ps(b.raw, b.raw, _CMP_UNORD_Q)));
}
TELAR_INLINE vec<double> smaller(vec<double> a, vec<double> b) {
    return native<double>(_mm256_blendv_pd(_mm256_min_pd(b.raw, a.raw), b.raw, _mm256_cmp_pd(b.raw, b.raw, _CMP_UNORD_Q)));
}
TELAR_INLINE vec<float> larger(vec<float> a, vec<float> b) {
    return native<float>(_mm256_blendv_ps(_mm256_max_ps(b.raw, a.raw), b.raw, _mm256_cmp_ps(b.raw, b.raw, _CMP_UNORD_Q)));
}
TELAR_INLINE vec<double> larger(vec<double> a, vec<double> b) {
    return native<double>(_mm256_blendv_pd(_mm256_max_pd(b.raw, a.raw), b.raw, _mm256_cmp_pd(b.raw, b.raw, _CMP_UNORD_Q)));
}
// clang-format on
#endif

// clang-format off
template <Lane T> TELAR_INLINE vec<T> abs(vec<T> a) { return backend::abs(a.raw); }
template <FloatLane T> TELAR_INLINE vec<T> sqrt(vec<T> a) { return backend::sqrt(a.raw); }
/// The nearest whole number; half goes to the even one.
template <FloatLane T> TELAR_INLINE vec<T> nearest(vec<T> a) { return backend::nearbyint(a.raw); }
#if TELAR_WIDE && defined(__SSE2__) && !defined(__SSE4_1__)  // xsimd goes by way of integers, which may be too small
template <FloatLane T> TELAR_INLINE vec<T> floor(vec<T> a) { const vec<T> n = nearest(a); return select(n > a, n - vec<T>(1), n); }
template <FloatLane T> TELAR_INLINE vec<T> ceil(vec<T> a) { return -floor(-a); }
template <FloatLane T> TELAR_INLINE vec<T> trunc(vec<T> a) { return backend::copysign(floor(abs(a)).raw, a.raw); }
#else
template <FloatLane T> TELAR_INLINE vec<T> floor(vec<T> a) { return backend::floor(a.raw); }
template <FloatLane T> TELAR_INLINE vec<T> ceil(vec<T> a) { return backend::ceil(a.raw); }
template <FloatLane T> TELAR_INLINE vec<T> trunc(vec<T> a) { return backend::trunc(a.raw); }
#endif
// clang-format on

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

/// 2^n for a whole number n that gives a normal float. The addition leaves n + bias in the low bits.
template <FloatLane T> TELAR_INLINE vec<T> power_of_two(vec<T> n) {
    if constexpr (sizeof(T) == 4) return from_bits(shift_left(bits(n + vec<T>(12582912.0f + 127.0f)), 23));
    else return from_bits(shift_left(bits(n + vec<T>(6755399441055744.0 + 1023.0)), 52));
}

/// x * 2^n for a whole number n, rounded once: also where the result is denormal or overflows.
template <FloatLane T> TELAR_INLINE vec<T> scale2(vec<T> x, vec<T> n) {
    constexpr T least = sizeof(T) == 4 ? T(-126) : T(-1022);  // exponents of the normal numbers
    constexpr T most = sizeof(T) == 4 ? T(127) : T(1023);
    constexpr T step = sizeof(T) == 4 ? T(-102) : T(-969);  // leaves room for the digits: no rounding until the last
    if (!all((n >= vec<T>(least)) & (n <= vec<T>(most)))) {
        for (int i = 0; i < 2; ++i) {
            const vec<T> part = select(n < vec<T>(least), vec<T>(step), select(n > vec<T>(most), vec<T>(most), T(0)));
            x *= power_of_two(part);
            n -= part;
        }
        n = maximum(minimum(n, vec<T>(most)), vec<T>(least));
    }
    return x * power_of_two(n);
}
// clang-format off
#if TELAR_WIDE && defined(__AVX512F__)
TELAR_INLINE vec<float> scale2(vec<float> x, vec<float> n) { return native<float>(_mm512_maskz_scalef_ps(low_bits_16(16), x.raw, n.raw)); }
TELAR_INLINE vec<double> scale2(vec<double> x, vec<double> n) { return native<double>(_mm512_maskz_scalef_pd(low_bits_8(8), x.raw, n.raw)); }
#endif
// clang-format on

// ---- across the lanes

/// v with lanes i and i ^ distance exchanged.
template <int distance, Lane T> TELAR_INLINE vec<T> exchange_lanes(vec<T> v) {
    T from[vec<T>::width], to[vec<T>::width];
    store(from, v);
#if TELAR_WIDE && !defined(__CUDACC__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12))
    typedef T lanes __attribute__((vector_size(sizeof(T) * vec<T>::width)));
    lanes x;
    std::memcpy(&x, from, sizeof(x));
    [&]<int... i>(std::integer_sequence<int, i...>) TELAR_INLINE_LAMBDA {
        x = __builtin_shufflevector(x, x, (i ^ distance)...);
    }
    (std::make_integer_sequence<int, vec<T>::width>{});
    std::memcpy(to, &x, sizeof(x));
#else
    for (int i = 0; i < vec<T>::width; ++i) to[i] = from[i ^ distance];
#endif
    return load(to);
}
/// One step of a transposition: exchanges the lanes of a that have the bit `distance` with those of b that have not.
template <int distance, Lane T> TELAR_INLINE void trade_lanes(vec<T>& a, vec<T>& b) {
    constexpr int width = vec<T>::width;
    T x[width], y[width];
    store(x, a);
    store(y, b);
#if TELAR_WIDE && !defined(__CUDACC__) && (defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12))
    typedef T lanes __attribute__((vector_size(sizeof(T) * width)));
    lanes p, q;
    std::memcpy(&p, x, sizeof(p));
    std::memcpy(&q, y, sizeof(q));
    [&]<int... i>(std::integer_sequence<int, i...>) TELAR_INLINE_LAMBDA {
        const lanes low = __builtin_shufflevector(p, q, ((i & distance) ? width + (i ^ distance) : i)...);
        q = __builtin_shufflevector(p, q, ((i & distance) ? width + i : (i ^ distance))...);
        p = low;
    }
    (std::make_integer_sequence<int, width>{});
    std::memcpy(x, &p, sizeof(p));
    std::memcpy(y, &q, sizeof(q));
#else
    for (int i = 0; i < width; ++i)
        if (i & distance) std::swap(x[i], y[i ^ distance]);
#endif
    a = load(x);
    b = load(y);
}
/// Transposes a width x width block: lane j of rows[i] becomes lane i of rows[j].
template <Lane T, int distance = vec<T>::width / 2> TELAR_INLINE void transpose(vec<T> (&rows)[vec<T>::width]) {
    if constexpr (distance > 0) {
        TELAR_UNROLL
        for (int i = 0; i < vec<T>::width; ++i)
            if (!(i & distance)) trade_lanes<distance>(rows[i], rows[i ^ distance]);
        transpose<T, distance / 2>(rows);
    }
}

template <int distance, Lane T, class Operation> TELAR_INLINE T fold(vec<T> v, Operation operation) {
    if constexpr (distance == 0) return first(v);
    else return fold<distance / 2>(operation(v, exchange_lanes<distance>(v)), operation);
}
// clang-format off
template <Lane T> TELAR_INLINE T hsum(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return a + b; }); }
template <Lane T> TELAR_INLINE T hprod(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return a * b; }); }
/// NaN if any lane is.
template <Lane T> TELAR_INLINE T hmin(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return minimum(a, b); }); }
/// NaN if any lane is.
template <Lane T> TELAR_INLINE T hmax(vec<T> v) { return fold<vec<T>::width / 2>(v, [](vec<T> a, vec<T> b) TELAR_INLINE_LAMBDA { return maximum(a, b); }); }
// clang-format on

}  // namespace telar::inline TELAR_ABI::simd
