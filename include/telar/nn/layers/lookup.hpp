// SPDX-License-Identifier: BSL-1.0
// Layers that number whole numbers: those of a vocabulary, and buckets of hashes. (Texts, and vocabularies that are
// known at run time only, are looked up before the model: data/lookup.hpp, data/hashing.hpp.)
#pragma once
#include <telar/data/fingerprint.hpp>
#include <telar/nn/layers/preprocessing.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace telar::inline TELAR_ABI::nn {

/// FarmHash on symbols: int64 stands for 64 bits, which wrap.
namespace hashes {
constexpr std::int64_t k0 = static_cast<std::int64_t>(io::fingerprints::k0);
constexpr std::int64_t k1 = static_cast<std::int64_t>(io::fingerprints::k1);
constexpr std::int64_t k2 = static_cast<std::int64_t>(io::fingerprints::k2);

constexpr symbol as_int64(symbol x) { return ir::emit::cast(x.plain(), dtype::int64); }
constexpr symbol shifted(symbol x, int n) {  // to the right, and zeros follow
    return bitwise_and(shift_right(x, n), INT64_MAX >> (n - 1));
}
constexpr symbol rotated(symbol x, int n) { return bitwise_or(shifted(x, n), shift_left(x, 64 - n)); }
constexpr symbol shift_mix(symbol x) { return bitwise_xor(x, shifted(x, 47)); }
constexpr symbol mixed(symbol u, symbol v, symbol factor) {
    const symbol a = shift_mix(bitwise_xor(u, v) * factor);
    return shift_mix(bitwise_xor(v, a) * factor) * factor;
}
/// The bits as a number without a sign, modulo n.
constexpr symbol bucket(symbol x, std::int64_t n) {
    if (n < 1) {
        x.g->fail({ir::mistake_kind::layer_without_units, op::leaf, {}, {}, 0, {}, shape(0), 0});
        return x;
    }
    return floor_mod(floor_mod(shifted(x, 1), n) * 2 + bitwise_and(x, 1), n);
}

/// The eight digits of a number below 10^8, the first one in the lowest byte.
constexpr symbol eight_digits(symbol x) {
    const symbol first_four = x / 10000;
    const symbol fours = first_four + shift_left(x - first_four * 10000, 32);
    const symbol first_two = bitwise_and(shift_right(fours * 10486, 20), 0x7f0000007f);  // each / 100
    const symbol twos = first_two + shift_left(fours - first_two * 100, 16);
    const symbol first_one = bitwise_and(shift_right(twos * 103, 10), 0x000f000f000f000f);  // each / 10
    return first_one + shift_left(twos - first_one * 10, 8) + 0x3030303030303030;
}

/// A whole number as the text of its digits: the last `length` of 24 characters, of which each word holds eight.
struct text {
    symbol word[3], length;

    constexpr explicit text(symbol x) : word{x, x, x}, length(x) {
        constexpr std::int64_t e8 = 100'000'000;
        const symbol above = x / e8, top = above / e8;
        const symbol low = abs(x - above * e8), middle = abs(above - top * e8), high = abs(top);
        const symbol leading = where(high > 0, high, where(middle > 0, middle, low));
        symbol digits = where(high > 0, 17, where(middle > 0, 9, ir::emit::whole_constant(*x.g, dtype::int64, 1)));
        for (std::int64_t power = 10; power < e8; power *= 10) digits = digits + as_int64(leading >= power);
        const symbol is_negative = as_int64(x < 0), from_0_to_minus = is_negative * ('0' ^ '-');
        const symbol* const groups[]{&high, &middle, &low};
        for (int i = 0; i < 3; ++i) {
            const symbol place = (23 - digits) * 8 - 64 * i;  // of the minus; a shift out of the word gives 0
            word[i] = bitwise_xor(eight_digits(*groups[i]), shift_left(from_0_to_minus, place));
        }
        length = digits + is_negative;
    }
    /// Eight characters from the i-th on; behind the end are zeros.
    constexpr symbol eight_from(int i) const {
        const symbol bits = (24 + i - length) * 8;  // before them
        symbol found = shift_right(word[0], bits);
        for (int w = 1; w < 3; ++w)
            found =
                bitwise_or(found, bitwise_or(shift_left(word[w], 64 * w - bits), shift_right(word[w], bits - 64 * w)));
        return found;
    }
};

/// io::fingerprints::farmhash64 of the digits of a whole number, which are at most 20 characters.
constexpr symbol farmhash64(symbol x) {
    const text s(as_int64(x));
    const symbol n = s.length, factor = n * 2 + k2;
    const symbol first = s.eight_from(0), second = s.eight_from(8), last = s.word[2], before_last = s.word[1];

    const symbol y = bitwise_and(first, 255) + shift_left(bitwise_and(shift_right(first, n / 2 * 8), 255), 8);
    const symbol z = n + shift_left(shift_right(last, 56), 2);
    const symbol of_3 = shift_mix(bitwise_xor(y * k2, z * k0)) * k2;

    const symbol a = first + k2, a17 = first * k1, c17 = last * factor;
    const symbol u4 = n + shift_left(bitwise_and(first, 0xffffffff), 3), v4 = shift_right(last, 32);
    const symbol u8 = rotated(last, 37) * factor + a, v8 = (rotated(a, 25) + last) * factor;
    const symbol u17 = rotated(a17 + second, 43) + rotated(c17, 30) + before_last * k2;
    const symbol v17 = a17 + rotated(second + k2, 18) + c17;
    const symbol u = where(n >= 17, u17, where(n >= 8, u8, u4)), v = where(n >= 17, v17, where(n >= 8, v8, v4));
    return where(n >= 4, mixed(u, v, factor), of_3);
}
}  // namespace hashes

/// The bucket of each whole number: the hash of its digits modulo num_bins, as telar::hashing has it.
///
/// shapes    integer: any -> the same; others as category_encoding, of num_bins categories
/// types     integers; floats, of which the fraction is cut off -> int64, or the model's type
/// units     0 .. num_bins - 1; with a mask_value 0 is its bucket alone
/// errors    E255 layer_without_units: num_bins < 1
/// edge      without a salt; with one, telar::hashing before the model
/// source    Keras' Hashing
/// test      tests/fixtures/keras_text_test.cpp
struct hashing {
    std::int64_t num_bins = 1;
    std::optional<std::int64_t> mask_value{};
    category_mode output_mode = category_mode::integer;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "hashing");
        x = hashes::as_int64(x);
        const bool is_masked = mask_value && num_bins > 1;
        symbol y = hashes::bucket(hashes::farmhash64(x), is_masked ? num_bins - 1 : num_bins);
        if (is_masked) y = where(x == ir::emit::whole_constant(*x.g, dtype::int64, *mask_value), 0, y + 1);
        return call.gives(preprocessing::encoded(here, y, static_cast<int>(num_bins), output_mode));
    }
};

/// The bucket of several whole numbers together: the hash of all modulo num_bins, as telar::hashed_crossing has it.
///
/// shapes    two operands or more, (N) or (N,1) -> the same; one_hot: (N,num_bins)
/// types     integers -> int64, or the model's type
/// errors    E255 layer_without_units: num_bins < 1
/// source    Keras' HashedCrossing
/// test      tests/fixtures/keras_text_test.cpp
struct hashed_crossing {
    std::int64_t num_bins = 1;
    category_mode output_mode = category_mode::integer;
    site here{};

    template <std::same_as<symbol>... More> constexpr symbol operator()(symbol a, symbol b, More... more) const {
        const layer_call call(here, a, "hashed_crossing");
        constexpr auto factor = static_cast<std::int64_t>(io::fingerprints::cross_factor);
        symbol all = ir::emit::whole_constant(*a.g, dtype::int64, io::fingerprints::cross_begin);
        for (const symbol next : {a, b, more...}) {
            const symbol mixed = hashes::shift_mix(hashes::as_int64(next) * factor) * factor;
            all = bitwise_xor(bitwise_xor(all, factor), mixed) * factor;
            all = hashes::shift_mix(hashes::shift_mix(all) * factor);
        }
        const symbol y = hashes::bucket(all, num_bins);
        return call.gives(preprocessing::encoded(here, y, static_cast<int>(num_bins), output_mode));
    }
};

/// The index of each whole number in a vocabulary that is a constant of the model.
///
///     nn::sequential body = nn::integer_lookup{{12, 36, 1138}} | nn::embedding{4, 8};
///     nn::integer_lookup<2> years{.vocabulary = {1999, 2004}, .mask_token = 0};          // a member
///
/// shapes    integer: any -> the same, int64; others as category_encoding, of as many categories as there are indices
/// units     the mask_token is 0, if there is one; then come num_oov_indices of what is not in the vocabulary, by the
///           remainder; then the vocabulary. In vectors the mask_token is nowhere, and the others count from 0
/// edge      where num_oov_indices is 0, what is not in the vocabulary has the index -1. Each entry is compared: where
///           there are hundreds, telar::integer_lookup before the model is better
/// source    Keras' IntegerLookup
/// test      tests/fixtures/keras_text_test.cpp
template <std::size_t N> struct integer_lookup {
    std::array<std::int64_t, N> vocabulary{};
    category_mode output_mode = category_mode::integer;
    int num_oov_indices = 1;
    std::optional<std::int64_t> mask_token{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "integer_lookup");
        x = hashes::as_int64(x);
        const auto number = [&](std::int64_t v) { return ir::emit::whole_constant(*x.g, dtype::int64, v); };
        const int first_oov = mask_token && output_mode == category_mode::integer ? 1 : 0;
        symbol y = ir::emit::broadcast_to(number(num_oov_indices == 0 ? -1 : first_oov), x.extents());
        if (num_oov_indices > 1) y = floor_mod(x, num_oov_indices) + first_oov;
        std::int64_t index = first_oov + num_oov_indices;
        for (const std::int64_t entry : vocabulary) y = where(x == number(entry), number(index++), y);
        if (mask_token) y = where(x == number(*mask_token), number(first_oov - 1), y);
        return call.gives(preprocessing::encoded(here, y, static_cast<int>(index), output_mode));
    }
};
template <std::size_t N> integer_lookup(const int (&)[N]) -> integer_lookup<N>;
template <std::size_t N> integer_lookup(const int (&)[N], category_mode) -> integer_lookup<N>;

}  // namespace telar::inline TELAR_ABI::nn
