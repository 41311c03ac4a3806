// SPDX-License-Identifier: BSL-1.0
// Texts and whole numbers as buckets, without a vocabulary.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/tensor.hpp>
#include <telar/data/fingerprint.hpp>
#include <telar/data/text_list.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io {

/// A whole number: what a feature may be beside a text.
template <class T>
concept Integer = std::integral<T> && !std::same_as<T, bool>;

/// The digits of a whole number.
class digits {
public:
    template <Integer T> explicit digits(T value) : end_(std::to_chars(text_, text_ + sizeof text_, value).ptr) {}
    digits(const digits&) = delete;
    digits& operator=(const digits&) = delete;
    std::string_view text() const { return {text_, static_cast<std::size_t>(end_ - text_)}; }

private:
    char text_[24];
    char* end_;
};

/// One feature of many samples: texts, or whole numbers.
template <class C>
concept FeatureColumn = !Text<C> && std::ranges::sized_range<const C> &&
                        (Text<std::ranges::range_value_t<C>> || Integer<std::ranges::range_value_t<C>>);

inline void require_bins(const char* who, std::int64_t bins) {
    if (bins < 1) fail<invalid_argument>(std::string(who) + ": num_bins is " + std::to_string(bins));
}

}  // namespace io

/// The bucket of a text: its hash modulo num_bins. A whole number is hashed as the text of its digits.
///
///     telar::hashing bucket{.num_bins = 1000};
///     const auto x = bucket({"red", "green"});           // tensor<std::int64_t, dyn>
///
/// shapes    one text or number -> std::int64_t; n texts -> (n); integers of any shape -> the same shape
/// units     0 .. num_bins - 1; with a mask_value 0 is its bucket alone. TensorFlow's buckets: FarmHash's fingerprint,
///           with a salt SipHash-2-4
/// errors    invalid_argument: num_bins < 1
/// source    Keras' Hashing; nn::category_encoding makes vectors of buckets, nn::hashing is a layer
/// test      tests/data/hashing_test.cpp, tests/fixtures/keras_text_test.cpp
struct hashing {
    std::int64_t num_bins = 1;
    std::optional<std::string> mask_value{};  ///< of numbers: its digits
    std::optional<hash_salt> salt{};

    template <io::Text S> std::int64_t operator()(const S& text) const {
        io::require_bins("hashing", num_bins);
        return bucket(text);
    }
    template <io::Integer T> std::int64_t operator()(T number) const { return (*this)(io::digits(number).text()); }
    tensor<std::int64_t, dyn> operator()(const io::text_list& texts) const {
        io::require_bins("hashing", num_bins);
        tensor<std::int64_t, dyn> y{shape(static_cast<extent_t>(texts.size()))};
        std::int64_t* to = y.data();
        for (const std::string_view text : texts) *to++ = bucket(text);
        return y;
    }
    template <Element T, extent_t... Extents>
    requires io::Integer<T> tensor<std::int64_t, Extents...>
    operator()(const tensor<T, Extents...>& numbers) const {
        io::require_bins("hashing", num_bins);
        tensor<std::int64_t, Extents...> y(numbers.extents());
        std::int64_t* to = y.data();
        for (const T number : numbers.span()) *to++ = bucket(io::digits(number).text());
        return y;
    }

private:
    std::int64_t bucket(std::string_view text) const {
        const bool is_masked = mask_value && num_bins > 1;
        if (is_masked && text == *mask_value) return 0;
        return (is_masked ? 1 : 0) + io::fingerprints::bucket(text, num_bins - (is_masked ? 1 : 0), salt);
    }
};

/// The bucket of several features together: the hash of their hashes modulo num_bins. The hash of a text is FarmHash's
/// fingerprint, that of a whole number is the number.
///
///     telar::hashed_crossing cross{.num_bins = 1000};
///     const auto x = cross(cities, hours);               // a std::vector<std::string>, a tensor<std::int32_t, dyn>
///
/// shapes    two features or more: one text or number each -> std::int64_t; (n) each -> (n)
/// units     0 .. num_bins - 1, TensorFlow's buckets
/// errors    invalid_argument: num_bins < 1; wrong_shape: one feature has more values than another
/// source    Keras' HashedCrossing; nn::hashed_crossing is a layer
/// test      tests/data/hashing_test.cpp, tests/fixtures/keras_text_test.cpp
struct hashed_crossing {
    std::int64_t num_bins = 1;

    template <class... Features>
    requires(sizeof...(Features) >= 2 && (... && (io::Text<Features> || io::Integer<Features>))) std::int64_t
    operator()(const Features&... features) const {
        io::require_bins("hashed_crossing", num_bins);
        std::uint64_t all = io::fingerprints::cross_begin;
        ((all = io::fingerprints::crossed(all, hash_of(features))), ...);
        return io::fingerprints::bucket(all, num_bins);
    }
    template <io::FeatureColumn First, io::FeatureColumn... More>
    requires(sizeof...(More) >= 1) tensor<std::int64_t, dyn>
    operator()(const First& first, const More&... more) const {
        io::require_bins("hashed_crossing", num_bins);
        std::vector<std::uint64_t> all(std::ranges::size(first), io::fingerprints::cross_begin);
        take(first, all);
        (take(more, all), ...);
        tensor<std::int64_t, dyn> y(shape(static_cast<extent_t>(all.size())));
        for (std::size_t i = 0; i < all.size(); ++i) y.data()[i] = io::fingerprints::bucket(all[i], num_bins);
        return y;
    }

private:
    static std::uint64_t hash_of(std::string_view text) { return io::fingerprints::farmhash64(text); }
    template <io::Integer T> static std::uint64_t hash_of(T number) { return static_cast<std::uint64_t>(number); }
    template <class Column> static void take(const Column& column, std::vector<std::uint64_t>& all) {
        if (all.size() != std::ranges::size(column))
            fail<wrong_shape>("hashed_crossing: a feature has " + std::to_string(std::ranges::size(column)) +
                              " values, the first " + std::to_string(all.size()));
        std::size_t i = 0;
        for (const auto& value : column) {
            all[i] = io::fingerprints::crossed(all[i], hash_of(value));
            ++i;
        }
    }
};

}  // namespace telar::inline TELAR_ABI
