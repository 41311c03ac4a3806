// SPDX-License-Identifier: BSL-1.0
// Checksums that find damage: CRC-32 by any polynomial.
#pragma once
#include <telar/core/config.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace telar::inline TELAR_ABI::io {

inline constexpr std::uint32_t castagnoli = 0x82f63b78;  // CRC-32C: TensorFlow's records
inline constexpr std::uint32_t ieee_802_3 = 0xedb88320;  // PNG, gzip, zip

/// The remainder that each value of a byte leaves. The lowest bit stands for the highest power.
template <std::uint32_t Polynomial>
inline constexpr auto crc32_table = [] {
    std::array<std::uint32_t, 256> table{};
    for (std::uint32_t i = 0; i < 256; ++i) {
        table[i] = i;
        for (int bit = 0; bit < 8; ++bit) table[i] = table[i] >> 1 ^ (table[i] & 1 ? Polynomial : 0);
    }
    return table;
}();

/// The CRC-32 of bytes.
///
/// source    RFC 3720, appendix B.4; RFC 1952, section 8
/// test      tests/io/record_file_test.cpp
template <std::uint32_t Polynomial> constexpr std::uint32_t crc32(std::string_view bytes) {
    std::uint32_t crc = ~std::uint32_t{0};
    for (const char c : bytes) crc = crc >> 8 ^ crc32_table<Polynomial>[(crc ^ static_cast<unsigned char>(c)) & 255];
    return ~crc;
}

}  // namespace telar::inline TELAR_ABI::io
