// SPDX-License-Identifier: BSL-1.0
// Images as PNG. With TELAR_ZLIB they are packed; without they are larger, and as good.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/tensor.hpp>
#include <telar/io/crc32.hpp>
#include <telar/io/output_file.hpp>

#if TELAR_ZLIB
#include <zlib.h>
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::io {

namespace png_parts {

inline std::string big_endian(std::uint32_t value) {
    std::string bytes;
    for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 255);
    return bytes;
}
inline std::string chunk(std::string_view kind, std::string_view bytes) {
    const std::string content = std::string(kind).append(bytes);
    return big_endian(static_cast<std::uint32_t>(bytes.size())) + content + big_endian(crc32<ieee_802_3>(content));
}

/// A zlib stream that packs nothing: blocks of at most 65,535 bytes, as they are. RFC 1950, RFC 1951
inline std::string stored(std::string_view bytes) {
    std::uint32_t a = 1, b = 0;  // Adler-32
    for (const char c : bytes) a = (a + static_cast<unsigned char>(c)) % 65521, b = (b + a) % 65521;
    std::string out = "\x78\x01";
    do {
        const std::size_t size = std::min<std::size_t>(bytes.size(), 65535);
        out += size == bytes.size() ? '\1' : '\0';
        for (const std::size_t number : {size, ~size})
            out += {static_cast<char>(number & 255), static_cast<char>(number >> 8 & 255)};
        out += bytes.substr(0, size);
        bytes.remove_prefix(size);
    } while (!bytes.empty());
    return out + big_endian(b << 16 | a);
}
inline std::string packed(std::string_view bytes) {
#if TELAR_ZLIB
    uLongf size = compressBound(static_cast<uLong>(bytes.size()));
    std::string out(static_cast<std::size_t>(size), '\0');
    if (compress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                 static_cast<uLong>(bytes.size())) == Z_OK) {
        out.resize(static_cast<std::size_t>(size));
        return out;
    }
#endif
    return stored(bytes);
}

}  // namespace png_parts

/// An image as a PNG file.
///
/// shapes    pixels (H, W, C), C of 1: grey, 2: grey and alpha, 3: red, green, blue, 4: these and alpha
/// edge      no row is filtered: the files of photographs are larger than they could be
/// source    https://www.w3.org/TR/png-3
/// test      tests/io/png_test.cpp
inline std::string png(std::span<const std::uint8_t> pixels, std::uint32_t height, std::uint32_t width, int channels) {
    using namespace png_parts;
    constexpr char kinds[] = {0, 4, 2, 6};  // of colour, by channels
    const std::size_t row = std::size_t{width} * static_cast<std::size_t>(channels);
    std::string rows;
    for (std::size_t y = 0; y < height; ++y) {
        rows += '\0';  // not filtered
        rows.append(reinterpret_cast<const char*>(pixels.data()) + y * row, row);
    }
    const std::string head = big_endian(height).insert(0, big_endian(width)) + '\x8' + kinds[channels - 1] +
                             std::string(3, '\0');  // 8 bits; deflate, filters of rows, from the top
    return "\x89PNG\r\n\x1a\n" + chunk("IHDR", head) + chunk("IDAT", packed(rows)) + chunk("IEND", "");
}

}  // namespace telar::inline TELAR_ABI::io

namespace telar::inline TELAR_ABI {

/// Writes an image as a PNG file.
///
/// shapes    (H, W), (H, W, 1) grey; (H, W, 2) grey and alpha; (H, W, 3) red, green, blue; (H, W, 4) these and alpha
/// types     uint8: of floats in [0, 1] it is cast<std::uint8_t>(round(x * 255))
/// errors    wrong_shape: no element, or other channels; file_error: the file cannot be written
/// test      tests/data/images_test.cpp
template <Tensor X> void save_png(const std::filesystem::path& path, const X& x) {
    static_assert(X::type == dtype::uint8, "save_png: the image is of uint8");
    static_assert(X::rank == 2 || X::rank == 3, "save_png: an image is (height, width) or (height, width, channels)");
    extent_t channels = 1;
    if constexpr (X::rank == 3) channels = x.extent(2);
    constexpr extent_t most = std::numeric_limits<std::int32_t>::max();
    if (x.size() == 0 || channels > 4 || x.extent(0) > most || x.extent(1) > most)
        fail<wrong_shape>("save_png: an image of shape " + to_string(x.extents()));
    write_file(path, io::png(x.span(), static_cast<std::uint32_t>(x.extent(0)), static_cast<std::uint32_t>(x.extent(1)),
                             static_cast<int>(channels)));
}

}  // namespace telar::inline TELAR_ABI
