// SPDX-License-Identifier: BSL-1.0
// The hashes of bytes that TensorFlow's string operations have. They never change: what was trained on their buckets
// finds them again.
#pragma once
#include <telar/core/config.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace telar::inline TELAR_ABI {

/// The key of a SipHash.
using hash_salt = std::array<std::uint64_t, 2>;

namespace io::fingerprints {

// The constants of FarmHash and of CityHash before it.
inline constexpr std::uint64_t k0 = 0xc3a5c85c97cb3127, k1 = 0xb492b66fbe98f273, k2 = 0x9ae16a3b2f90404f;

/// The number that `Bytes` bytes are from `at` on, the lowest byte first.
template <int Bytes> constexpr std::uint64_t fetch(std::string_view s, std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = Bytes; i-- > 0;) value = value << 8 | static_cast<unsigned char>(s[at + i]);
    return value;
}
constexpr std::uint64_t shift_mix(std::uint64_t v) { return v ^ v >> 47; }
constexpr std::uint64_t mixed(std::uint64_t u, std::uint64_t v, std::uint64_t factor) {
    const std::uint64_t a = shift_mix((u ^ v) * factor);
    return shift_mix((v ^ a) * factor) * factor;
}

constexpr std::uint64_t of_up_to_16(std::string_view s) {
    const std::size_t n = s.size();
    if (n >= 8) {
        const std::uint64_t factor = k2 + n * 2, a = fetch<8>(s, 0) + k2, b = fetch<8>(s, n - 8);
        return mixed(std::rotr(b, 37) * factor + a, (std::rotr(a, 25) + b) * factor, factor);
    }
    if (n >= 4) return mixed(n + (fetch<4>(s, 0) << 3), fetch<4>(s, n - 4), k2 + n * 2);
    if (n == 0) return k2;
    const std::uint64_t y = fetch<1>(s, 0) + (fetch<1>(s, n / 2) << 8), z = n + (fetch<1>(s, n - 1) << 2);
    return shift_mix(y * k2 ^ z * k0) * k2;
}
constexpr std::uint64_t of_17_to_32(std::string_view s) {
    const std::size_t n = s.size();
    const std::uint64_t factor = k2 + n * 2, a = fetch<8>(s, 0) * k1, b = fetch<8>(s, 8);
    const std::uint64_t c = fetch<8>(s, n - 8) * factor, d = fetch<8>(s, n - 16) * k2;
    return mixed(std::rotr(a + b, 43) + std::rotr(c, 30) + d, a + std::rotr(b + k2, 18) + c, factor);
}
constexpr std::uint64_t of_33_to_64(std::string_view s) {
    const std::size_t n = s.size();
    const std::uint64_t factor = k2 + n * 2, a = fetch<8>(s, 0) * k2, b = fetch<8>(s, 8);
    const std::uint64_t c = fetch<8>(s, n - 8) * factor, d = fetch<8>(s, n - 16) * k2;
    const std::uint64_t y = std::rotr(a + b, 43) + std::rotr(c, 30) + d;
    const std::uint64_t z = mixed(y, a + std::rotr(b + k2, 18) + c, factor);
    const std::uint64_t e = fetch<8>(s, 16) * factor, f = fetch<8>(s, 24);
    const std::uint64_t g = (y + fetch<8>(s, n - 32)) * factor, h = (z + fetch<8>(s, n - 24)) * factor;
    return mixed(std::rotr(e + f, 43) + std::rotr(g, 30) + h, e + std::rotr(f + a, 18) + g, factor);
}

using pair = std::pair<std::uint64_t, std::uint64_t>;
/// 32 bytes, weakly.
constexpr pair weak(std::string_view s, std::size_t at, std::uint64_t a, std::uint64_t b) {
    const std::uint64_t z = fetch<8>(s, at + 24), before = a + fetch<8>(s, at);
    b = std::rotr(b + before + z, 21);
    a = before + fetch<8>(s, at + 8) + fetch<8>(s, at + 16);
    return {a + z, b + std::rotr(a, 44) + before};
}
constexpr std::uint64_t of_more_than_64(std::string_view s) {
    std::uint64_t x = 81 * k2 + fetch<8>(s, 0), y = 81 * k1 + 113, z = shift_mix(y * k2 + 113) * k2;
    pair v{0, 0}, w{0, 0};
    // Every 64 bytes, and at last the 64 at the end with another factor.
    const auto take = [&](std::size_t at, std::uint64_t factor, std::uint64_t times) {
        x = std::rotr(x + y + v.first + fetch<8>(s, at + 8), 37) * factor;
        y = std::rotr(y + v.second + fetch<8>(s, at + 48), 42) * factor;
        x ^= w.second * times;
        y += v.first * times + fetch<8>(s, at + 40);
        z = std::rotr(z + w.first, 33) * factor;
        v = weak(s, at, v.second * factor, x + w.first);
        w = weak(s, at + 32, z + w.second, y + fetch<8>(s, at + 16));
        std::swap(z, x);
    };
    const std::size_t last = (s.size() - 1) / 64 * 64;
    for (std::size_t at = 0; at < last; at += 64) take(at, k1, 1);
    const std::uint64_t factor = k1 + ((z & 255) << 1);
    w.first += (s.size() - 1) % 64;
    v.first += w.first;
    w.first += v.first;
    take(s.size() - 64, factor, 9);
    return mixed(mixed(v.first, w.first, factor) + shift_mix(y) * k0 + z, mixed(v.second, w.second, factor) + x,
                 factor);
}

/// FarmHash's Fingerprint64: tf.strings.to_hash_bucket_fast is its remainder.
///
/// source    Pike, FarmHash (github.com/google/farmhash, MIT): farmhashna::Hash64
/// test      tests/data/hashing_test.cpp, tests/fixtures/keras_text_test.cpp
constexpr std::uint64_t farmhash64(std::string_view s) {
    if (s.size() <= 16) return of_up_to_16(s);
    if (s.size() <= 32) return of_17_to_32(s);
    return s.size() <= 64 ? of_33_to_64(s) : of_more_than_64(s);
}

/// SipHash-2-4: tf.strings.to_hash_bucket_strong is its remainder.
///
/// source    Aumasson and Bernstein, SipHash: a fast short-input PRF (2012)
/// test      tests/data/hashing_test.cpp, tests/fixtures/keras_text_test.cpp
constexpr std::uint64_t siphash64(std::string_view s, const hash_salt& key) {
    std::uint64_t v0 = key[0] ^ 0x736f6d6570736575, v1 = key[1] ^ 0x646f72616e646f6d;
    std::uint64_t v2 = key[0] ^ 0x6c7967656e657261, v3 = key[1] ^ 0x7465646279746573;
    const auto rounds = [&](int count) {
        for (; count > 0; --count) {
            v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
            v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
            v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
            v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
        }
    };
    const auto take = [&](std::uint64_t word) {
        v3 ^= word;
        rounds(2);
        v0 ^= word;
    };
    std::size_t at = 0;
    for (; at + 8 <= s.size(); at += 8) take(fetch<8>(s, at));
    std::uint64_t rest = static_cast<std::uint64_t>(s.size()) << 56;
    for (int shift = 0; at < s.size(); ++at, shift += 8) rest |= fetch<1>(s, at) << shift;
    take(rest);
    v2 ^= 255;
    rounds(4);
    return v0 ^ v1 ^ v2 ^ v3;
}

/// What a cross of features begins with, and how it takes one more: tf.sparse.cross_hashed is the remainder.
inline constexpr std::uint64_t cross_begin = 0xdecafcaffe, cross_factor = 0xc6a4a7935bd1e995;
constexpr std::uint64_t crossed(std::uint64_t before, std::uint64_t next) {
    const std::uint64_t both = (before ^ cross_factor ^ shift_mix(next * cross_factor) * cross_factor) * cross_factor;
    return shift_mix(shift_mix(both) * cross_factor);
}

/// The bucket of a hash, and of a text.
constexpr std::int64_t bucket(std::uint64_t hash, std::int64_t buckets) {
    return static_cast<std::int64_t>(hash % static_cast<std::uint64_t>(buckets));
}
constexpr std::int64_t bucket(std::string_view text, std::int64_t buckets, const std::optional<hash_salt>& salt) {
    return bucket(salt ? siphash64(text, *salt) : farmhash64(text), buckets);
}

}  // namespace io::fingerprints

}  // namespace telar::inline TELAR_ABI
