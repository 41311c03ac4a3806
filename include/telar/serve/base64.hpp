// SPDX-License-Identifier: BSL-1.0
// Bytes that travel inside of JSON: {"b64": "aGk="}.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI::serve {

/// The bytes of a text in base64, with its padding or without; nothing if it is none.
///
/// edge      the bits that the last character has too many must be zero, so that no two texts mean the same bytes
/// source    RFC 4648, section 4
/// test      tests/serve/base64_test.cpp
inline std::optional<std::vector<std::byte>> base64_bytes(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.ends_with("==")) {
        if (text.size() % 4 != 0) return std::nullopt;
        text.remove_suffix(2);
    } else if (text.ends_with('=')) {
        if (text.size() % 4 != 0) return std::nullopt;
        text.remove_suffix(1);
    }
    if (text.size() % 4 == 1) return std::nullopt;
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 4 * 3 + 2);
    std::uint32_t bits = 0;
    int count = 0;
    for (const char c : text) {
        const std::size_t value = alphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        bytes.push_back(static_cast<std::byte>(bits >> count & 0xff));
        bits &= (1u << count) - 1;
    }
    if (bits != 0) return std::nullopt;
    return bytes;
}

}  // namespace telar::inline TELAR_ABI::serve
