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
std::string letters() {
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

TEST_CASE("every kind of block unpacks to what was packed") {
    CHECK(telar::is_gzip(stored));
    CHECK_FALSE(telar::is_gzip(of({31})));
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
    CHECK_THROWS_WITH_AS(unpack(longer), "test.gz: byte 28: gzip: truncated", telar::file_error);
    longer.insert(longer.end(), 30, std::byte{'x'});
    CHECK_THROWS_WITH_AS(unpack(longer), "test.gz: byte 30: gzip: not a gzip member", telar::file_error);
}
