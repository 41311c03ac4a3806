// SPDX-License-Identifier: BSL-1.0
// Text as JSON writes it: all that writing JSON needs.
#pragma once
#include <telar/core/config.hpp>

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

}  // namespace telar::inline TELAR_ABI::io
