// SPDX-License-Identifier: BSL-1.0
#include <telar/io/png.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace telar;

namespace {

/// The chunks of a file, whose checksums are right.
std::vector<std::pair<std::string, std::string>> chunks_of(const std::string& file) {
    REQUIRE(file.substr(0, 8) == "\x89PNG\r\n\x1a\n");
    std::vector<std::pair<std::string, std::string>> chunks;
    const auto number = [&](std::size_t at) {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(file.at(at + i));
        return value;
    };
    for (std::size_t at = 8; at < file.size();) {
        const std::size_t size = number(at);
        CHECK(number(at + 8 + size) == io::crc32<io::ieee_802_3>(file.substr(at + 4, 4 + size)));
        chunks.emplace_back(file.substr(at + 4, 4), file.substr(at + 8, size));
        at += 12 + size;
    }
    return chunks;
}
std::string unpacked(const std::string& stream) {
#if TELAR_ZLIB
    std::string out(1 << 20, '\0');
    uLongf size = static_cast<uLongf>(out.size());
    REQUIRE(uncompress(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(stream.data()),
                       static_cast<uLong>(stream.size())) == Z_OK);
    return out.substr(0, size);
#else
    return stream.substr(7, stream.size() - 11);  // one block, which is not packed
#endif
}

}  // namespace

TEST_CASE("a zlib stream that packs nothing") {
    // Python: zlib.compress(b"telar", 0)
    CHECK(io::png_parts::stored("telar") == std::string("\x78\x01\x01\x05\x00\xfa\xfftelar\x06\x55\x02\x19", 16));
    CHECK(io::png_parts::stored("") == std::string("\x78\x01\x01\x00\x00\xff\xff\x00\x00\x00\x01", 11));
    const std::string two_blocks = io::png_parts::stored(std::string(65536, 'a'));
    CHECK(two_blocks.size() == 2 + 5 + 65535 + 5 + 1 + 4);
    CHECK(two_blocks.substr(2, 5) == std::string("\0\xff\xff\0\0", 5));
    CHECK(two_blocks.substr(2 + 5 + 65535, 5) == std::string("\1\1\0\xfe\xff", 5));
}

TEST_CASE("an image: head, rows, end") {
    const std::vector<std::uint8_t> pixels = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
    struct expected {
        std::uint32_t height, width;
        int channels;
        char kind;
        std::string rows;
    };
    const expected cases[] = {
        {3, 4, 1, 0, std::string("\0\1\2\3\4\0\5\6\7\10\0\11\12\13\14", 15)},
        {3, 2, 2, 4, std::string("\0\1\2\3\4\0\5\6\7\10\0\11\12\13\14", 15)},
        {2, 2, 3, 2, std::string("\0\1\2\3\4\5\6\0\7\10\11\12\13\14", 14)},
        {1, 3, 4, 6, std::string("\0\1\2\3\4\5\6\7\10\11\12\13\14", 13)},
    };
    for (const expected& e : cases) {
        const auto chunks = chunks_of(io::png(pixels, e.height, e.width, e.channels));
        REQUIRE(chunks.size() == 3);
        CHECK(chunks[0].first == "IHDR");
        const char head[] = {0, 0, 0, static_cast<char>(e.width), 0, 0, 0, static_cast<char>(e.height), 8, e.kind,
                             0, 0, 0};
        CHECK(chunks[0].second == std::string(head, sizeof head));
        CHECK(chunks[1].first == "IDAT");
        CHECK(unpacked(chunks[1].second) == e.rows);
        CHECK(chunks[2].first == "IEND");
        CHECK(chunks[2].second.empty());
    }
}
