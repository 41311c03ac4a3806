// SPDX-License-Identifier: BSL-1.0
// UTF-8: characters out of bytes and back.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::io::utf8 {

inline constexpr char32_t replacement = 0xfffd;

/// A character, and how many bytes it takes.
struct decoded {
    char32_t value = replacement;
    std::size_t bytes = 1;
    bool is_valid = false;
};

/// The first character of a text that is not empty. Bytes that are no UTF-8 are U+FFFD, one for the longest beginning
/// of a character, as the WHATWG has it and ICU does.
///
/// source    The Unicode Standard 15, table 3-7
/// test      tests/data/hashing_test.cpp
constexpr decoded first_of(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    if (lead < 0xc2 || lead > 0xf4) return {};
    const std::size_t bytes = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    // The second byte is in 80..BF, but for what would be too long, a surrogate, or above U+10FFFF.
    const unsigned least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
    const unsigned most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
    char32_t value = lead & (0x7fu >> bytes);
    for (std::size_t i = 1; i < bytes; ++i) {
        if (i == text.size() || byte(i) < (i == 1 ? least : 0x80u) || byte(i) > (i == 1 ? most : 0xbfu))
            return {replacement, i, false};
        value = value << 6 | (byte(i) & 0x3fu);
    }
    return {value, bytes, true};
}

/// Where the first byte stands that is no UTF-8; the size of the text if there is none.
constexpr std::size_t first_invalid(std::string_view text) {
    std::size_t at = 0;
    while (at < text.size()) {
        const decoded c = first_of(text.substr(at));
        if (!c.is_valid) break;
        at += c.bytes;
    }
    return at;
}

/// Appends the bytes of a character.
constexpr void append(std::string& to, char32_t c) {
    const auto part = [&](unsigned mark, int shift, unsigned mask) {
        to += static_cast<char>(static_cast<unsigned char>(mark | (static_cast<unsigned>(c) >> shift & mask)));
    };
    if (c < 0x80) return part(0, 0, 0x7f);
    if (c < 0x800) part(0xc0, 6, 0x1f);
    else if (c < 0x10000) part(0xe0, 12, 0x0f), part(0x80, 6, 0x3f);
    else part(0xf0, 18, 0x07), part(0x80, 12, 0x3f), part(0x80, 6, 0x3f);
    part(0x80, 0, 0x3f);
}

}  // namespace telar::inline TELAR_ABI::io::utf8
