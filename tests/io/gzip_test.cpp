// SPDX-License-Identifier: BSL-1.0
#include <telar/io/gzip.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace {

using bytes = std::vector<std::byte>;

bytes of(std::initializer_list<int> numbers) {
    bytes b;
    for (const int n : numbers) b.push_back(static_cast<std::byte>(n));
    return b;
}
std::string text(const bytes& b) { return {reinterpret_cast<const char*>(b.data()), b.size()}; }
std::string unpack(const bytes& packed) { return text(telar::gunzip(packed, "test.gz")); }

// clang-format off
// Made by zlib 1.2.13: level 0; level 9, fixed codes; level 0 with every optional field; level 9, its own codes.
const bytes stored = of({
    31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 1, 5, 0, 250, 255, 116, 101, 108, 97, 114, 145, 206, 168, 69, 5, 0, 0, 0});
const bytes fixed = of({
    31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 43, 73, 205, 73, 44, 82, 40, 65, 39, 1, 149, 9, 82, 146, 23, 0, 0, 0});
const bytes named = of({
    31, 139, 8, 28, 0, 0, 0, 0, 0, 3, 2, 0, 97, 98, 110, 97, 109, 101, 0, 99, 111, 109, 109, 101, 110, 116, 0, 1, 5,
    0, 250, 255, 116, 101, 108, 97, 114, 145, 206, 168, 69, 5, 0, 0, 0});
const bytes own = of({
    31, 139, 8, 0, 0, 0, 0, 0, 0, 3, 61, 79, 219, 22, 192, 32, 8, 250, 86, 72, 183, 102, 255, 255, 62, 81, 55, 79,
    94, 194, 4, 35, 145, 22, 136, 43, 163, 171, 198, 162, 176, 5, 48, 11, 213, 121, 172, 48, 213, 91, 80, 208, 208,
    198, 2, 211, 130, 94, 84, 86, 35, 216, 194, 79, 247, 79, 250, 131, 226, 218, 149, 138, 87, 172, 192, 221, 50,
    234, 177, 249, 22, 126, 234, 201, 61, 194, 103, 46, 233, 254, 247, 43, 28, 244, 150, 253, 151, 81, 152, 57, 248,
    80, 152, 212, 181, 32, 111, 5, 175, 215, 28, 221, 79, 126, 161, 247, 108, 110, 171, 78, 180, 76, 224, 5, 87,
    117, 21, 226, 44, 1, 0, 0});
// clang-format on

/// What `own` packs: 300 letters with frequencies far apart, so that their codes have many lengths.
[[maybe_unused]] std::string letters() {
    std::string s;
    std::uint32_t x = 1;
    for (int i = 0; i < 300; ++i) {
        x = (x * 1103515245u + 12345u) & 0x7fffffffu;
        const std::uint32_t k = x >> 16;
        s += static_cast<char>('a' + (k % 2 ? 0 : k % 3 ? 1 : k % 11));
    }
    return s;
}

}  // namespace

TEST_CASE("two bytes tell a gzip file") {
    for (const bytes& packed : {stored, fixed, named, own}) CHECK(telar::is_gzip(packed));
    CHECK_FALSE(telar::is_gzip(of({31})));
    CHECK_FALSE(telar::is_gzip(of({139, 31, 8})));
}

#if TELAR_ZLIB

TEST_CASE("every kind of block unpacks to what was packed") {
    CHECK(unpack(stored) == "telar");
    CHECK(unpack(fixed) == "telar telar telar telar");
    CHECK(unpack(named) == "telar");
    CHECK(unpack(own) == letters());
}

TEST_CASE("members follow each other") {
    bytes two = stored;
    two.insert(two.end(), fixed.begin(), fixed.end());
    CHECK(unpack(two) == "telartelar telar telar telar");
}

TEST_CASE("a file cut anywhere is refused") {
    for (const bytes& whole : {stored, fixed, named, own})
        for (std::size_t n = 0; n < whole.size(); ++n) {
            CAPTURE(n);
            const bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
            CHECK_THROWS_AS(unpack(cut), telar::file_error);
        }
}

TEST_CASE("a file with any bit flipped is refused, or the flip was in a field that says nothing of the content") {
    for (const bytes& whole : {stored, fixed, own})
        for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
            CAPTURE(bit);
            const std::size_t at = bit / 8;
            bytes damaged = whole;
            damaged[at] ^= static_cast<std::byte>(1 << bit % 8);
            std::string found;
            bool refused = false;
            try {
                found = unpack(damaged);
            } catch (const telar::file_error&) { refused = true; }
            const bool was_padding = !refused && found == unpack(whole);
            CHECK((refused || was_padding));
            if (at >= whole.size() - 8) CHECK(refused);
        }
}

TEST_CASE("bytes behind the last member are refused, with the offset") {
    bytes longer = stored;
    longer.push_back(std::byte{'x'});
    CHECK_THROWS_WITH_AS(unpack(longer), "test.gz: byte 28: gzip: no member begins here", telar::file_error);
    longer.insert(longer.end(), 30, std::byte{'x'});
    CHECK_THROWS_WITH_AS(unpack(longer), "test.gz: byte 28: gzip: no member begins here", telar::file_error);
}

TEST_CASE("the text says where and why") {
    bytes damaged = stored;
    damaged[20] = std::byte{'?'};  // a letter: the checksum behind the letters tells
    CHECK_THROWS_WITH_AS(unpack(damaged), "test.gz: byte 24: gzip: incorrect data check", telar::file_error);
    const bytes cut(stored.begin(), stored.end() - 3);
    CHECK_THROWS_WITH_AS(unpack(cut), "test.gz: byte 25: gzip: truncated", telar::file_error);
}

TEST_CASE("zeros, packed to a thousandth, unpack over many growths of the buffer") {
    const int most = 1 << 20;
    const std::string text(most, '\0');
    bytes packed(1 << 12);
    z_stream z{};
    REQUIRE(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    std::string copy = text;
    z.next_in = reinterpret_cast<Bytef*>(copy.data()), z.avail_in = most;
    z.next_out = reinterpret_cast<Bytef*>(packed.data()), z.avail_out = static_cast<uInt>(packed.size());
    REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    packed.resize(z.total_out);
    deflateEnd(&z);
    CHECK(packed.size() < most / 900);
    CHECK(unpack(packed) == text);
}

#else

TEST_CASE("without zlib a gzip file is refused with the way out") {
    MESSAGE("skipped: unpacking, as this was built without TELAR_ZLIB");
    CHECK_THROWS_WITH_AS(unpack(stored),
                         "test.gz: byte 0: gzip: this program was built without zlib: define TELAR_ZLIB=1 and link "
                         "zlib, or unpack the file first",
                         telar::file_error);
}

#endif
