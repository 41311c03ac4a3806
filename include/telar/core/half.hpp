// SPDX-License-Identifier: BSL-1.0
// float16 and bfloat16: numbers of two bytes, for memory. They become float where something is computed with them.
#pragma once
#include <telar/core/config.hpp>

#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

namespace telar::inline TELAR_ABI {

namespace core::half_bits {

inline constexpr std::uint32_t sign = 0x8000'0000u, infinity = 0x7f80'0000u, quiet = 0x0040'0000u;

/// The bits of the float that a float16's bits stand for.
constexpr std::uint32_t widened_float16(std::uint16_t half) {
    const std::uint32_t negative = static_cast<std::uint32_t>(half & 0x8000u) << 16;
    const std::uint32_t size = static_cast<std::uint32_t>(half & 0x7fffu) << 13;
    if (size >= 0x0f80'0000u) {  // infinity and NaN, which becomes quiet
        const std::uint32_t rest = size & 0x007f'e000u;
        return negative | infinity | rest | (rest ? quiet : 0);
    }
    if (size >= 0x0080'0000u) return negative | (size + 0x3800'0000u);  // the exponent of a float lies 112 higher
    const float least = std::bit_cast<float>(0x3880'0000u);             // 2^-14: below it a float16 is subnormal
    return negative | std::bit_cast<std::uint32_t>(std::bit_cast<float>(size + 0x3880'0000u) - least);
}
/// The bits of the nearest float16; half goes to the even one.
constexpr std::uint16_t narrowed_float16(std::uint32_t number) {
    const std::uint32_t negative = (number & sign) >> 16, size = number & ~sign;
    std::uint32_t half = 0;
    if (size > infinity) {
        half = 0x7e00u | (size >> 13 & 0x3ffu);
    } else if (size >= 0x4780'0000u) {  // 2^16: beyond what rounds to the largest
        half = 0x7c00u;
    } else if (size < 0x3880'0000u) {  // below 2^-14 the step is 2^-24, as that of the floats from 1/2 to 1
        half = std::bit_cast<std::uint32_t>(std::bit_cast<float>(size) + 0.5f) - 0x3f00'0000u;
    } else {
        half = (size - 0x3800'0000u + 0xfffu + (size >> 13 & 1u)) >> 13;  // a carry goes to the exponent, as it should
    }
    return static_cast<std::uint16_t>(negative | half);
}

/// A bfloat16 is the upper half of a float.
constexpr std::uint32_t widened_bfloat16(std::uint16_t half) { return static_cast<std::uint32_t>(half) << 16; }
constexpr std::uint16_t narrowed_bfloat16(std::uint32_t number) {
    const bool is_nan = (number & ~sign) > infinity;
    const std::uint32_t rounded = is_nan ? number | quiet : number + 0x7fffu + (number >> 16 & 1u);
    return static_cast<std::uint16_t>(rounded >> 16);
}

}  // namespace core::half_bits

/// IEEE's binary16: 1 bit of sign, 5 of exponent, 10 of fraction; up to 65504, 3 decimal digits.
///
/// types     from and to every C++ number, always by way of float: from a double it is rounded twice, as in TensorFlow
/// edge      rounded to nearest, half to even; what is too large is an infinity; a NaN is a quiet NaN; subnormal
///           numbers are kept. It has no arithmetic of its own: a + b is a float.
/// test      tests/core/half_test.cpp
struct float16 {
    std::uint16_t bits;

    float16() = default;
    template <class T>
    requires std::is_arithmetic_v<T>
    constexpr float16(T v)
        : bits(core::half_bits::narrowed_float16(std::bit_cast<std::uint32_t>(static_cast<float>(v)))) {}
    constexpr operator float() const { return std::bit_cast<float>(core::half_bits::widened_float16(bits)); }
};

/// The upper half of a float: 1 bit of sign, 8 of exponent, 7 of fraction; a float's range, 2 decimal digits.
///
/// types, edge, test     as float16
struct bfloat16 {
    std::uint16_t bits;

    bfloat16() = default;
    template <class T>
    requires std::is_arithmetic_v<T>
    constexpr bfloat16(T v)
        : bits(core::half_bits::narrowed_bfloat16(std::bit_cast<std::uint32_t>(static_cast<float>(v)))) {}
    explicit constexpr bfloat16(float16 v) : bfloat16(static_cast<float>(v)) {}
    constexpr operator float() const { return std::bit_cast<float>(core::half_bits::widened_bfloat16(bits)); }
    explicit constexpr operator float16() const { return static_cast<float>(*this); }
};

template <class T>
concept Half = std::same_as<T, float16> || std::same_as<T, bfloat16>;

/// A number with a fraction: float, double, float16, bfloat16.
template <class T>
concept Real = std::floating_point<T> || Half<T>;

// Named, so that two halves mean two floats also where other operators would take them.
// clang-format off
template <Half A, Half B> constexpr float operator+(A a, B b) { return static_cast<float>(a) + static_cast<float>(b); }
template <Half A, Half B> constexpr float operator-(A a, B b) { return static_cast<float>(a) - static_cast<float>(b); }
template <Half A, Half B> constexpr float operator*(A a, B b) { return static_cast<float>(a) * static_cast<float>(b); }
template <Half A, Half B> constexpr float operator/(A a, B b) { return static_cast<float>(a) / static_cast<float>(b); }
template <Half A, Half B> constexpr bool operator==(A a, B b) { return static_cast<float>(a) == static_cast<float>(b); }
template <Half A, Half B> constexpr auto operator<=>(A a, B b) { return static_cast<float>(a) <=> static_cast<float>(b); }
// clang-format on

/// The number with these bits.
template <Half T> constexpr T half_from_bits(std::uint16_t bits) {
    T v{};
    v.bits = bits;
    return v;
}

namespace core {
/// What std::numeric_limits says of them.
template <Half T, int Digits, int MaxExponent> struct half_limits {
    static constexpr bool is_specialized = true, is_signed = true, is_integer = false, is_exact = false;
    static constexpr bool has_infinity = true, has_quiet_NaN = true, has_signaling_NaN = true;
    static constexpr bool is_iec559 = true, is_bounded = true, is_modulo = false;
    static constexpr bool traps = false, tinyness_before = false;
    static constexpr std::float_round_style round_style = std::round_to_nearest;
    static constexpr int radix = 2, digits = Digits, digits10 = (Digits - 1) * 30103 / 100000;
    static constexpr int max_digits10 = 2 + Digits * 30103 / 100000;
    static constexpr int max_exponent = MaxExponent, min_exponent = 3 - MaxExponent;
    static constexpr int max_exponent10 = MaxExponent * 30103 / 100000;
    static constexpr int min_exponent10 = (min_exponent - 1) * 30103 / 100000;

    static constexpr std::uint16_t one_exponent = 1u << (Digits - 1);  // the lowest bit of the exponent
    static constexpr std::uint16_t all_exponents = 0x8000u - one_exponent;
    static constexpr T min() { return half_from_bits<T>(one_exponent); }
    static constexpr T max() { return half_from_bits<T>(all_exponents - 1); }
    static constexpr T lowest() { return half_from_bits<T>(0x8000u | (all_exponents - 1)); }
    static constexpr T denorm_min() { return half_from_bits<T>(1); }
    static constexpr T infinity() { return half_from_bits<T>(all_exponents); }
    static constexpr T quiet_NaN() { return half_from_bits<T>(all_exponents | one_exponent / 2); }
    static constexpr T signaling_NaN() { return half_from_bits<T>(all_exponents | one_exponent / 4); }
    static constexpr T epsilon() { return std::bit_cast<float>((128u - Digits) << 23); }
    static constexpr T round_error() { return 0.5f; }
};
}  // namespace core

}  // namespace telar::inline TELAR_ABI

template <> struct std::numeric_limits<telar::float16> : telar::core::half_limits<telar::float16, 11, 16> {};
template <> struct std::numeric_limits<telar::bfloat16> : telar::core::half_limits<telar::bfloat16, 8, 128> {};
