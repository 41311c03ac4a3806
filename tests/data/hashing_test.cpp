// SPDX-License-Identifier: BSL-1.0
// Characters, hashes and buckets of texts. (Against TensorFlow: tests/fixtures/keras_text_test.cpp.)
#include <telar/data/hashing.hpp>
#include <telar/data/text_list.hpp>
#include <telar/io/utf8.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstdint>
#include <limits>
#include <list>
#include <string>
#include <string_view>
#include <vector>

using namespace telar;

namespace {

/// The characters of a text, in hexadecimal; of what is no UTF-8 a question mark.
std::string characters(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string all;
    while (!text.empty()) {
        const io::utf8::decoded c = io::utf8::first_of(text);
        if (!c.is_valid) all += '?';
        else
            for (int shift = 20; shift >= 0; shift -= 4)
                if (c.value >> shift != 0 || shift == 0) all += digits[c.value >> shift & 15];
        all += ' ';
        text.remove_prefix(c.bytes);
    }
    return all;
}

/// The first n of the bytes 0, 1, 2, ..., as SipHash's own test vectors have them.
constexpr std::uint64_t siphash_of_first(std::size_t n) {
    std::array<char, 64> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
    return io::fingerprints::siphash64({bytes.data(), n}, {0x0706050403020100, 0x0f0e0d0c0b0a0908});
}

}  // namespace

TEST_CASE("every character is written and read back; the others are no characters") {
    std::size_t wrong = 0;
    for (char32_t c = 0; c <= 0x10ffff; ++c) {
        std::string text;
        io::utf8::append(text, c);
        const io::utf8::decoded back = io::utf8::first_of(text);
        const bool is_surrogate = c >= 0xd800 && c < 0xe000;
        wrong += is_surrogate ? back.is_valid : !back.is_valid || back.value != c || back.bytes != text.size();
    }
    CHECK(wrong == 0);
    CHECK(io::utf8::first_invalid("naïve 日本\xf0\x9f\x98\x80") == 17);
    CHECK(io::utf8::first_invalid("na\xefve") == 2);
}

TEST_CASE("bytes that are no UTF-8: one character for the longest beginning") {
    CHECK(characters("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80") == "61 e9 20ac 1f600 ");
    CHECK(characters("\xff\x80") == "? ? ");
    CHECK(characters("\xc3") == "? ");
    CHECK(characters("\xe2\x82"
                     "a") == "? 61 ");
    CHECK(characters("\xf0\x9f\x98") == "? ");
    CHECK(characters("\xc0\x80") == "? ? ");              // too long for U+0000
    CHECK(characters("\xe0\x9f\xbf") == "? ? ? ");        // too long for U+07FF
    CHECK(characters("\xed\xa0\x80") == "? ? ? ");        // a surrogate
    CHECK(characters("\xf4\x90\x80\x80") == "? ? ? ? ");  // above U+10FFFF
    CHECK(characters("\xf0\x8f\xbf\xbf") == "? ? ? ? ");
    CHECK(characters("\xe2\x82\xe2\x82\xac") == "? 20ac ");
}

TEST_CASE("hashes are those that others publish, and constants") {
    static_assert(io::fingerprints::farmhash64("") == 0x9ae16a3b2f90404f);
    static_assert(io::fingerprints::farmhash64("abc") == 0x24a5b3a074e7f369);
    static_assert(siphash_of_first(0) == 0x726fdb47dd0e0e31);
    static_assert(siphash_of_first(1) == 0x74f839c593dc67fd);
    static_assert(siphash_of_first(8) == 0x93f5f5799a932462);
    static_assert(siphash_of_first(15) == 0xa129ca6149be45e5);
}

TEST_CASE("a number is hashed as its digits, a list as its elements, in the same shape") {
    const hashing bucket{.num_bins = 100};
    CHECK(bucket(-42) == bucket("-42"));
    CHECK(bucket(std::numeric_limits<std::int64_t>::min()) == bucket("-9223372036854775808"));
    CHECK(bucket(std::uint8_t{200}) == bucket(std::string("200")));
    const auto x = bucket(tensor<std::int32_t, 2, 2>{{1, 2}, {3, -42}});
    static_assert(std::is_same_v<decltype(x), const tensor<std::int64_t, 2, 2>>);
    CHECK(x(1, 1) == bucket("-42"));
    const std::list<std::string> texts{"red", "green"};
    CHECK(same(bucket(texts), tensor<std::int64_t, 2>{bucket("red"), bucket("green")}));
    CHECK(same(bucket({"red", "green"}), bucket(texts)));
    CHECK(same(bucket(std::vector<std::string_view>{"red", "green"}), bucket(texts)));
    CHECK(bucket(std::vector<std::string>{}).size() == 0);
    CHECK(hashing{.num_bins = 1, .mask_value = "x"}("y") == 0);
    CHECK(hashing{.num_bins = 2, .mask_value = "x"}("y") == 1);
    CHECK(hashing{.num_bins = 2, .mask_value = "x"}("x") == 0);
    CHECK(bucket("a") != hashing{.num_bins = 100, .salt = hash_salt{1, 2}}("a"));
    CHECK_THROWS_WITH_AS(hashing{.num_bins = 0}("a"), "hashing: num_bins is 0", invalid_argument);
    static_assert(!std::is_invocable_v<hashing, tensor<float, 2>>);
    static_assert(!std::is_invocable_v<hashing, bool>);
}

TEST_CASE("a cross of columns") {
    const hashed_crossing cross{.num_bins = 1000};
    const std::vector<std::string> city{"Rome", "Oslo", "Rome"};
    const tensor<std::int32_t, 3> hour{7, 7, 8};
    const auto x = cross(city, hour);
    for (int i = 0; i < 3; ++i) CHECK(x(i) == cross(city[static_cast<std::size_t>(i)], hour(i)));
    CHECK(x(0) != x(1));
    CHECK(x(0) != x(2));
    CHECK(cross(1, 2) != cross(2, 1));
    CHECK(same(cross(hour, hour), cross(std::vector<int>{7, 7, 8}, hour)));
    CHECK_THROWS_WITH_AS(cross(city, tensor<std::int32_t, 2>{1, 2}),
                         "hashed_crossing: a feature has 2 values, the first 3", wrong_shape);
    CHECK_THROWS_AS(cross(std::vector<int>{}, hour), wrong_shape);
    CHECK_THROWS_WITH_AS(hashed_crossing{.num_bins = -1}(1, 2), "hashed_crossing: num_bins is -1", invalid_argument);
}
