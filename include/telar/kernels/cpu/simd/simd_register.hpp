// SPDX-License-Identifier: BSL-1.0
// One register of numbers, vec<T>, and one register of truth values, mask<T>: what they are, to memory and back, their
// bits. Every name is found by argument-dependent lookup, once one argument is a vec.
// Only simd.hpp and the two files that it includes name xsimd (8.1 and later). Raw intrinsics stand where xsimd 8.1 has
// no such function (masked load and store, gather, scalef, float16) or a wrong one: its fma is not fused on AVX-512,
// its
// != is false for NaN.
#pragma once
#include <telar/core/config.hpp>

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
#elif TELAR_HAS_WASM_REGISTERS
#define TELAR_WIDE 1
#include <telar/kernels/cpu/simd/wasm_registers.hpp>
#else
#define TELAR_WIDE 0
#include <telar/kernels/cpu/simd/one_lane.hpp>
#endif
#if TELAR_WIDE && (defined(__AVX__) || defined(__AVX512F__))
#include <immintrin.h>
#endif

namespace telar::inline TELAR_ABI::ir::kernels::simd {

#if TELAR_HAS_WASM_REGISTERS
namespace backend = wasm_registers;
#elif TELAR_WIDE
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

/// Whether a masked load costs what a full one does.
#if TELAR_WIDE && defined(__AVX512F__)
inline constexpr bool masks_are_free = true;
#else
inline constexpr bool masks_are_free = false;
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
TELAR_INLINE vec<float> load_first(const float* p, int n) {
#if defined(__GNUC__)  // as store_first
    if (__builtin_constant_p(n) && n == 16) return load(p);
    if (__builtin_constant_p(n) && n == 8) return native<float>(_mm512_zextps256_ps512(_mm256_loadu_ps(p)));
    if (__builtin_constant_p(n) && n == 4) return native<float>(_mm512_zextps128_ps512(_mm_loadu_ps(p)));
    if (__builtin_constant_p(n) && n == 1) return native<float>(_mm512_zextps128_ps512(_mm_load_ss(p)));
#endif
    return native<float>(_mm512_maskz_loadu_ps(low_bits_16(n), p));
}
TELAR_INLINE vec<double> load_first(const double* p, int n) { return native<double>(_mm512_maskz_loadu_pd(low_bits_8(n), p)); }
TELAR_INLINE vec<std::int32_t> load_first(const std::int32_t* p, int n) { return native<std::int32_t>(_mm512_maskz_loadu_epi32(low_bits_16(n), p)); }
TELAR_INLINE vec<std::int64_t> load_first(const std::int64_t* p, int n) { return native<std::int64_t>(_mm512_maskz_loadu_epi64(low_bits_8(n), p)); }
TELAR_INLINE void store_first(float* p, vec<float> v, int n) {
#if defined(__GNUC__)  // a masked store is not forwarded to the load that follows it: whole registers where the lanes are known
    if (__builtin_constant_p(n) && n == 16) return store(p, v);
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
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wsign-conversion"  // of the intrinsics, which are macros where g++ does not optimise
TELAR_INLINE __m512i multiples(std::ptrdiff_t s) { return _mm512_set_epi64(7 * s, 6 * s, 5 * s, 4 * s, 3 * s, 2 * s, s, 0); }
TELAR_INLINE vec<double> load_strided(const double* p, std::ptrdiff_t stride, int n) {
    return native<double>(_mm512_mask_i64gather_pd(_mm512_setzero_pd(), low_bits_8(n), multiples(stride), p, 8));
}
TELAR_INLINE vec<std::int64_t> load_strided(const std::int64_t* p, std::ptrdiff_t stride, int n) {
    return native<std::int64_t>(_mm512_mask_i64gather_epi64(_mm512_setzero_si512(), low_bits_8(n), multiples(stride), p, 8));
}
#pragma GCC diagnostic pop
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

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
