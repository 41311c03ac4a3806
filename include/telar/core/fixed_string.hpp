// SPDX-License-Identifier: BSL-1.0
// A name in a type: variable<"W", ...>.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <string_view>

namespace telar::inline TELAR_ABI {

/// A string that can be a template argument. N counts the closing zero.
template <std::size_t N> struct fixed_string {
    char text[N]{};

    constexpr fixed_string(const char (&from)[N]) {  // implicit, so that variable<"W", ...> can be written
        for (std::size_t i = 0; i < N; ++i) text[i] = from[i];
    }
    constexpr std::string_view view() const { return {text, N - 1}; }
};

/// Names within a name: template <fixed_string Layer> struct dense { variable<Layer + "/kernel", ...> kernel; };
template <std::size_t N, std::size_t M>
constexpr fixed_string<N + M - 1> operator+(const fixed_string<N>& name, const char (&more)[M]) {
    char both[N + M - 1]{};
    for (std::size_t i = 0; i + 1 < N; ++i) both[i] = name.text[i];
    for (std::size_t i = 0; i < M; ++i) both[N - 1 + i] = more[i];
    return both;
}

}  // namespace telar::inline TELAR_ABI
