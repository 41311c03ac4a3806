// SPDX-License-Identifier: BSL-1.0
// The frame of a JPEG file, for what stb_image takes on trust: its tables of Huffman codes, and that it has an end.
#pragma once
#include <telar/io/piece.hpp>

#include <cstdint>
#include <string>

namespace telar::inline TELAR_ABI::io {

/// Goes from marker to marker up to the end of the image, through the scans too.
///
/// errors    file_error with path and byte: truncated, a segment or a table of Huffman codes that cannot be
/// source    ITU-T T.81, B.1 and B.2.4.2
/// test      tests/data/images_test.cpp
inline void require_jpeg(const piece& file) {
    const auto byte = [&](std::uint64_t at) { return file.number<std::uint8_t>(at); };
    for (std::uint64_t at = 0;;) {
        // Of a scan 0xff00 is the byte 0xff, D0 to D7 begin a part of it; 0xff may stand before a marker any number of
        // times.
        const int code = byte(at) == 0xff ? byte(at + 1) : 0;
        if (code == 0 || code == 0xff || (code >= 0xd0 && code <= 0xd7)) {
            ++at;
            continue;
        }
        at += 2;
        if (code == 0xd9) return;
        if (code == 0xd8 || code == 0x01) continue;  // markers that stand alone
        const unsigned size = byte(at) * 256u + byte(at + 1);
        if (size < 2) file.refuse(at, "a segment of " + std::to_string(size) + " bytes");
        const piece segment = file.part(at + 2, size - 2);
        for (std::uint64_t table = 0; code == 0xc4 && table < segment.size();) {
            unsigned codes = 0;
            for (unsigned length = 1; length <= 16; ++length) codes += segment.number<std::uint8_t>(table + length);
            if (codes > 256) segment.refuse(table, std::to_string(codes) + " Huffman codes");
            table = table + segment.part(table, 17 + codes).size();
        }
        at += size;
    }
}

}  // namespace telar::inline TELAR_ABI::io
