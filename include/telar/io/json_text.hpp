// SPDX-License-Identifier: BSL-1.0
// Texts and numbers as JSON writes them: all that writing JSON needs.
#pragma once
#include <telar/core/config.hpp>

#include <charconv>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::io {

/// "say \"hi\"": quoted, with quotes, backslashes and control characters escaped. What is UTF-8 stays so.
///
/// test      tests/io/kernel_trace_test.cpp
inline std::string json_text(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out = "\"";
    for (const char c : text) {
        const auto code = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\') out += {'\\', c};
        else if (code < 32) out += {'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
        else out += c;
    }
    return out + '"';
}

/// Appends a number that reads back as the same value, in the fewest digits; a whole float keeps its ".0", so that a
/// reader gives all elements of a tensor one type. What JSON has no word for is written as Python's json does: NaN,
/// Infinity, -Infinity.
///
/// types     float, double, integers, bool
/// test      tests/serve/json_tensor_test.cpp
template <class T> void append_json_number(std::string& out, T value) {
    if constexpr (std::same_as<T, bool>) out += value ? "true" : "false";
    else {
        if constexpr (std::floating_point<T>) {
            if (std::isnan(value)) return void(out += "NaN");
            if (std::isinf(value)) return void(out += value < 0 ? "-Infinity" : "Infinity");
        }
        char digits[32];
        const std::string_view text(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
        out += text;
        if (std::floating_point<T> && text.find_first_of(".e") == std::string_view::npos) out += ".0";
    }
}

}  // namespace telar::inline TELAR_ABI::io
