// SPDX-License-Identifier: BSL-1.0
// Texts as indices of their words, or as vectors of them.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/data/lookup.hpp>
#include <telar/data/text_list.hpp>
#include <telar/io/utf8.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// What is done to a text before it is split: one of four, or a function of one's own, from std::string_view to
/// std::string.
///
/// edge      As in Keras, A to Z alone become lower case and !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~ alone are punctuation:
///           of other scripts, and of “ ” – …, the text keeps what it has.
/// test      tests/data/lookup_test.cpp
class standardization {
public:
    enum kind : std::int32_t { none, lower, strip_punctuation, lower_and_strip_punctuation };
    using function = std::function<std::string(std::string_view)>;

    standardization(kind k) : kind_(k) {}
    template <class F>
    requires std::convertible_to<std::invoke_result_t<const F&, std::string_view>, std::string> standardization(F f)
        : own_(std::move(f)) {}

    std::string operator()(std::string_view text) const;

private:
    kind kind_ = none;
    function own_;
};

/// How a text becomes tokens: one of three, or a function from std::string_view to a std::vector<std::string>.
///
/// edge      Between words stands space, \t, \n, \v, \f or \r; no other blanks, as in Keras. A character is a code
///           point of UTF-8; bytes that are none are U+FFFD. none: the whole text is a token.
/// test      tests/data/lookup_test.cpp
class splitting {
public:
    enum kind : std::int32_t { none, whitespace, character };
    using function = std::function<std::vector<std::string>(std::string_view)>;

    splitting(kind k) : kind_(k) {}
    template <class F>
    requires std::convertible_to<std::invoke_result_t<const F&, std::string_view>, std::vector<std::string>> splitting(
        F f)
        : own_(std::move(f)) {}

    std::vector<std::string> operator()(std::string_view text) const;

private:
    kind kind_ = none;
    function own_;
};

/// How many tokens after one another are a token: 2 is one and two, {2} two alone, {1, 3} one and three.
class ngram_widths {
public:
    ngram_widths() = default;
    ngram_widths(int most) {
        for (int width = 1; width <= most; ++width) widths_.push_back(width);
    }
    ngram_widths(std::initializer_list<int> widths) : widths_(widths) {}

    /// The tokens joined by spaces: first those of the first width, in their order. Of no width, the tokens themselves.
    std::vector<std::string> operator()(std::vector<std::string> tokens) const;
    const std::vector<int>& widths() const { return widths_; }

private:
    std::vector<int> widths_;
};

struct text_vectorization_options {
    std::int64_t max_tokens = 0;  ///< the most entries of the vocabulary, the special ones among them; 0: any number
    standardization standardize = standardization::lower_and_strip_punctuation;
    splitting split = splitting::whitespace;
    ngram_widths ngrams{};
    lookup_mode output_mode = lookup_mode::integer;  ///< or multi_hot, count, tf_idf
    extent_t output_sequence_length = 0;  ///< indices of each text, cut off or padded with 0; 0: as many as the longest
    bool pad_to_max_tokens = false;       ///< vectors of max_tokens numbers, however many entries there are
};

/// Texts as the indices of their words in a vocabulary, which is made of data or given; or as vectors, bags of words.
///
///     text_vectorization vectorize({.max_tokens = 10000, .output_sequence_length = 50});
///     vectorize.adapt(sentences);                        // a std::vector<std::string>, say
///     const auto x = vectorize(sentences);               // tensor<std::int64_t, dyn, dyn>: (n, 50)
///
/// shapes    n texts -> (n,output_sequence_length), or as many as the longest has; vectors(...) -> (n,depth)
/// units     index 0 pads, 1 is what is not in the vocabulary, 2 the most frequent token; of vectors number 0 is what
///           is not in it
/// errors    no_value: there is no vocabulary yet; invalid_argument: vectors in the mode integer or indices in another,
///           one_hot, a length below 0 or in a mode of vectors, a width of n-grams below 1; those of string_lookup
/// source    Keras' TextVectorization
/// test      tests/data/lookup_test.cpp, tests/fixtures/keras_text_test.cpp
class text_vectorization {
public:
    explicit text_vectorization(text_vectorization_options options = {});
    text_vectorization(const io::text_list& vocabulary, text_vectorization_options options = {})
        : text_vectorization(std::move(options)) {
        set_vocabulary({vocabulary.begin(), vocabulary.end()});
    }

    /// The tokens of a text: standardised, split, joined to n-grams.
    std::vector<std::string> tokens(std::string_view text) const {
        return options_.ngrams(options_.split(options_.standardize(text)));
    }

    /// Makes the vocabulary of texts, as string_lookup does; of data in several parts, reset_state, update_state for
    /// each, finalize_state.
    void adapt(const io::text_list& texts) {
        reset_state();
        update_state(texts);
        finalize_state();
    }
    void reset_state() { table_.reset_state(); }
    void update_state(const io::text_list& texts) {
        for (const std::string_view text : texts) table_.count_document(tokens(text));
    }
    void finalize_state() { table_.finalize_state(); }

    void set_vocabulary(std::vector<std::string> vocabulary, std::vector<float> idf_weights = {}) {
        table_.set_vocabulary(std::move(vocabulary), std::move(idf_weights));
    }
    std::vector<std::string> get_vocabulary(bool include_special_tokens = true) const {
        return table_.get_vocabulary(include_special_tokens);
    }
    std::int64_t vocabulary_size() const { return table_.vocabulary_size(); }
    /// The vocabulary with its indices, its weights and its files.
    const string_lookup& table() const { return table_; }
    /// A text file, an entry in each line: see string_lookup.
    void save(const std::filesystem::path& path) const { table_.save(path); }
    void load(const std::filesystem::path& path) { table_.load(path); }

    tensor<std::int64_t, dyn, dyn> operator()(const io::text_list& texts) const;
    /// One text alone.
    template <io::Text S> tensor<std::int64_t, dyn> operator()(const S& text) const {
        const std::string_view one = text;
        const auto rows = (*this)(std::span(&one, 1));
        return tensor<std::int64_t, dyn>::from(shape(rows.extent(1)), rows.span());
    }
    tensor<float, dyn, dyn> vectors(const io::text_list& texts) const;

private:
    text_vectorization_options options_;
    string_lookup table_;
};

namespace io::words {
constexpr bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_punctuation(char c) {
    return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
}  // namespace io::words

#if TELAR_HAS_BODIES
TELAR_ONCE std::string standardization::operator()(std::string_view text) const {
    if (own_) return own_(text);
    std::string out;
    out.reserve(text.size());
    const bool lowers = kind_ == lower || kind_ == lower_and_strip_punctuation;
    const bool strips = kind_ == strip_punctuation || kind_ == lower_and_strip_punctuation;
    for (const char c : text)
        if (!strips || !io::words::is_punctuation(c)) out += lowers ? io::words::lower(c) : c;
    return out;
}
TELAR_ONCE std::vector<std::string> splitting::operator()(std::string_view text) const {
    if (own_) return own_(text);
    if (kind_ == none) return {std::string(text)};
    std::vector<std::string> tokens;
    if (kind_ == whitespace) {
        for (auto from = text.begin(); from != text.end();) {
            const auto end = std::find_if(from, text.end(), io::words::is_blank);
            if (end != from) tokens.emplace_back(from, end);
            from = std::find_if_not(end, text.end(), io::words::is_blank);
        }
        return tokens;
    }
    while (!text.empty()) {
        const io::utf8::decoded c = io::utf8::first_of(text);
        io::utf8::append(tokens.emplace_back(), c.value);
        text.remove_prefix(c.bytes);
    }
    return tokens;
}
TELAR_ONCE std::vector<std::string> ngram_widths::operator()(std::vector<std::string> tokens) const {
    if (widths_.empty()) return tokens;
    std::vector<std::string> joined;
    for (const int width : widths_)
        for (std::size_t last = static_cast<std::size_t>(width); last <= tokens.size(); ++last) {
            std::string& gram = joined.emplace_back(tokens[last - static_cast<std::size_t>(width)]);
            for (std::size_t i = last - static_cast<std::size_t>(width) + 1; i < last; ++i) gram += ' ' + tokens[i];
        }
    return joined;
}

TELAR_ONCE text_vectorization::text_vectorization(text_vectorization_options options)
    : options_(std::move(options)),
      table_({.max_tokens = options_.max_tokens,
              .mask_token = "",
              .output_mode = options_.output_mode,
              .pad_to_max_tokens = options_.pad_to_max_tokens},
             "text_vectorization") {
    const auto refuse = [](const std::string& why) { fail<invalid_argument>("text_vectorization: " + why); };
    if (options_.output_mode == lookup_mode::one_hot) refuse("one_hot is no output_mode of texts");
    const extent_t length = options_.output_sequence_length;
    if (length < 0) refuse("output_sequence_length is " + std::to_string(length));
    if (length > 0 && options_.output_mode != lookup_mode::integer) refuse("output_sequence_length is of indices");
    for (const int width : options_.ngrams.widths())
        if (width < 1) refuse("an n-gram of " + std::to_string(width) + " tokens");
}
TELAR_ONCE tensor<std::int64_t, dyn, dyn> text_vectorization::operator()(const io::text_list& texts) const {
    table_.require_mode(false);
    std::vector<std::vector<std::int64_t>> rows;
    std::size_t width = 0;
    for (const std::string_view text : texts) {
        std::vector<std::int64_t>& row = rows.emplace_back();
        for (const std::string& token : tokens(text)) row.push_back(table_.index_of(token));
        width = std::max(width, row.size());
    }
    if (options_.output_sequence_length > 0) width = static_cast<std::size_t>(options_.output_sequence_length);
    tensor<std::int64_t, dyn, dyn> y(shape(static_cast<extent_t>(rows.size()), static_cast<extent_t>(width)));
    std::int64_t* to = y.data();
    for (const std::vector<std::int64_t>& row : rows) {
        std::copy_n(row.begin(), std::min(width, row.size()), to);
        to += width;
    }
    return y;
}
TELAR_ONCE tensor<float, dyn, dyn> text_vectorization::vectors(const io::text_list& texts) const {
    table_.require_mode(true);
    const auto width = static_cast<std::size_t>(table_.depth());
    tensor<float, dyn, dyn> y(shape(static_cast<extent_t>(texts.size()), table_.depth()));
    for (std::size_t i = 0; i < texts.size(); ++i)
        table_.write_vector(tokens(texts[i]), y.span().subspan(i * width, width));
    return y;
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
