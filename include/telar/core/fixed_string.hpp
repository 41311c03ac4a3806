// SPDX-License-Identifier: BSL-1.0
// A name in a type: variable<"W", ...>.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>

namespace telar::inline TELAR_ABI {

/// A string that can be a template argument. N counts the closing zero.
template <std::size_t N> struct fixed_string {
    char text[N]{};

    constexpr fixed_string(const char (&from)[N]) {  // implicit, so that variable<"W", ...> can be written
        for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

/// Names are put together where they are used, as template arguments:
///
///     template <fixed_string Layer, int I> struct block { variable<Layer + "/W" + number<I>, ...> W; };  //
///     "encoder/W3"
template <std::size_t N, std::size_t M>
constexpr fixed_string<N + M - 1> operator+(const fixed_string<N>& name, const fixed_string<M>& more) {
    char both[N + M - 1]{};
    for (std::size_t i = 0; i + 1 < N; ++i) both[i] = name.text[i];
    for (std::size_t i = 0; i < M; ++i) both[N - 1 + i] = more.text[i];
    return both;
}
template <std::size_t N, std::size_t M>
constexpr fixed_string<N + M - 1> operator+(const fixed_string<N>& name, const char (&more)[M]) {
    return name + fixed_string<M>(more);
}
template <std::size_t N, std::size_t M>
constexpr fixed_string<N + M - 1> operator+(const char (&name)[N], const fixed_string<M>& more) {
    return fixed_string<N>(name) + more;
}

namespace core {
/// How many characters a whole number has in decimal.
constexpr std::size_t digits_of(long long i) {
    std::size_t n = i < 0 ? 2 : 1;
    for (; i >= 10 || i <= -10; i /= 10) ++n;
    return n;
}
/// Its characters.
template <auto I> constexpr fixed_string<digits_of(I) + 1> decimal() {
    char text[digits_of(I) + 1]{};
    long long rest = I;
    for (std::size_t k = digits_of(I); k > (I < 0 ? 1u : 0u); rest /= 10)
        text[--k] = static_cast<char>('0' + (rest % 10 < 0 ? -(rest % 10) : rest % 10));
    if (I < 0) text[0] = '-';
    return text;
}
}  // namespace core

/// A whole number as part of a name: number<12> is "12".
template <auto I>
requires std::is_integral_v<decltype(I)>
inline constexpr fixed_string<core::digits_of(I) + 1> number = core::decimal<I>();

}  // namespace telar::inline TELAR_ABI
