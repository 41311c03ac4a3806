// SPDX-License-Identifier: BSL-1.0
// Every one of the 65,536 values, and every place between two of them, against their definition.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <telar/core/half.hpp>
#include <type_traits>

using namespace telar;

namespace {

static_assert(sizeof(float16) == 2 && sizeof(bfloat16) == 2 && alignof(float16) == 2);
static_assert(std::is_trivially_copyable_v<float16> && std::is_trivially_default_constructible_v<bfloat16>);
static_assert(float16(1).bits == 0x3c00 && bfloat16(1).bits == 0x3f80 && float16(-2.5).bits == 0xc100);
static_assert(float16(1) == 1.0f && bfloat16(0.1) != 0.1f && float16{}.bits == 0);
static_assert(std::is_same_v<decltype(float16(1) + float16(2)), float>);
static_assert(float16(2) == float16(2) && float16(1) < bfloat16(2) && bfloat16(3) * float16(2) == 6.0f);
static_assert(std::is_convertible_v<bfloat16, float> && std::is_convertible_v<double, bfloat16>);
static_assert(!std::is_convertible_v<bfloat16, float16> && !std::is_convertible_v<float16, bfloat16>);
static_assert(static_cast<float16>(bfloat16(65536)) == std::numeric_limits<float>::infinity());
static_assert(static_cast<bfloat16>(float16(0.1)) == 0.10009765625f);

/// (-1)^s 1.f 2^(e - bias), and 0.f 2^(1 - bias) for e = 0: what the bits of a type with so many of fraction mean.
template <class T> double meaning(std::uint16_t bits) {
    constexpr int fraction_bits = std::numeric_limits<T>::digits - 1, bias = std::numeric_limits<T>::max_exponent - 1;
    const int fraction = bits & ((1 << fraction_bits) - 1), exponent = (bits & 0x7fff) >> fraction_bits;
    const double sign = bits & 0x8000 ? -1 : 1;
    if (exponent == 2 * bias + 1) return fraction ? std::nan("") : sign * INFINITY;
    const double size = exponent ? std::ldexp(fraction + (1 << fraction_bits), exponent - bias - fraction_bits)
                                 : std::ldexp(fraction, 1 - bias - fraction_bits);
    return sign * size;
}
template <class T> std::uint16_t nearest_bits(float v) { return T(v).bits; }

}  // namespace

TEST_CASE_TEMPLATE("every value means what its bits say, and comes back", T, float16, bfloat16) {
    int wrong = 0;
    for (int i = 0; i <= 0xffff; ++i) {
        const auto bits = static_cast<std::uint16_t>(i);
        const float value = half_from_bits<T>(bits);
        const double want = meaning<T>(bits);
        const std::uint16_t back = T(value).bits;
        if (std::isnan(want)) {
            const std::uint16_t quiet =
                std::numeric_limits<T>::quiet_NaN().bits & ~std::numeric_limits<T>::infinity().bits;
            wrong += !std::isnan(value) || back != (bits | quiet);
        } else {
            wrong += double{value} != want || std::signbit(value) != std::signbit(want) || back != bits;
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("between two neighbours the nearer is taken, half-way the even one", T, float16, bfloat16) {
    const int largest = std::numeric_limits<T>::max().bits;
    int wrong = 0;
    for (int i = 0; i <= largest; ++i) {
        const double low = meaning<T>(static_cast<std::uint16_t>(i));
        const double high = i < largest ? meaning<T>(static_cast<std::uint16_t>(i + 1))
                                        : std::ldexp(1.0, std::numeric_limits<T>::max_exponent);  // is infinity
        const auto middle = static_cast<float>((low + high) / 2);
        REQUIRE(double{middle} == (low + high) / 2);
        const int even = i % 2 ? i + 1 : i;
        for (const int sign : {0, 0x8000}) {
            const float s = sign ? -1.0f : 1.0f;
            wrong += nearest_bits<T>(s * middle) != (even | sign);
            wrong += nearest_bits<T>(s * std::nextafter(middle, 0.0f)) != (i | sign);
            wrong += nearest_bits<T>(s * std::nextafter(middle, INFINITY)) != ((i + 1) | sign);
        }
    }
    CHECK(wrong == 0);
}

TEST_CASE_TEMPLATE("what is too large is infinite; a NaN is quiet and keeps its sign", T, float16, bfloat16) {
    using limits = std::numeric_limits<T>;
    CHECK(T(INFINITY).bits == limits::infinity().bits);
    CHECK(T(-INFINITY).bits == (limits::infinity().bits | 0x8000));
    CHECK(T(std::numeric_limits<float>::max()).bits == limits::infinity().bits);
    CHECK(T(1e300).bits == limits::infinity().bits);
    for (const std::uint32_t bits : {0x7f800001u, 0xff800001u, 0x7fc00000u, 0xffffffffu, 0x7f802000u}) {
        const T x(std::bit_cast<float>(bits));
        CHECK(std::isnan(float{x}));
        CHECK((x.bits & limits::quiet_NaN().bits) == limits::quiet_NaN().bits);
        CHECK((x.bits & 0x8000) == (bits >> 16 & 0x8000));
    }
}

TEST_CASE("by way of float") {
    const double just_above_the_middle = 1 + std::ldexp(1.0, -11) + std::ldexp(1.0, -40);
    CHECK(float16(just_above_the_middle) == 1.0f);
    CHECK(float16(2049) == 2048.0f);
    CHECK(bfloat16(std::int64_t{1} << 40) == std::ldexp(1.0f, 40));
    CHECK(float16(true) == 1.0f);
}

TEST_CASE_TEMPLATE("the numeric limits", T, float16, bfloat16) {
    using limits = std::numeric_limits<T>;
    CHECK(limits::is_specialized);
    CHECK(double{limits::min()} == std::ldexp(1.0, limits::min_exponent - 1));
    CHECK(double{limits::denorm_min()} == std::ldexp(1.0, limits::min_exponent - limits::digits));
    CHECK(double{limits::max()} == std::ldexp(1 - std::ldexp(1.0, -limits::digits), limits::max_exponent));
    CHECK(double{limits::lowest()} == -double{limits::max()});
    CHECK(double{limits::epsilon()} == std::ldexp(1.0, 1 - limits::digits));
    CHECK(T(1 + limits::epsilon()).bits == T(1).bits + 1);
    CHECK(std::isinf(float{limits::infinity()}));
    CHECK(std::isnan(float{limits::quiet_NaN()}));
    CHECK(std::isnan(float{limits::signaling_NaN()}));
    CHECK(limits::digits10 == static_cast<int>(std::floor((limits::digits - 1) * std::log10(2))));
    CHECK(limits::max_digits10 == static_cast<int>(std::ceil(limits::digits * std::log10(2) + 1)));
    CHECK(limits::max_exponent10 == static_cast<int>(std::floor(std::log10(double{limits::max()}))));
    CHECK(limits::min_exponent10 == static_cast<int>(std::ceil(std::log10(double{limits::min()}))));
}
