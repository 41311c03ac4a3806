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

}  // namespace telar::inline TELAR_ABI
