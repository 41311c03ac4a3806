// SPDX-License-Identifier: BSL-1.0
// A vocabulary: tokens, which are texts or whole numbers, as indices and as vectors, and back.
#pragma once
#include <telar/data/index_lookup.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// The indices of texts in a vocabulary, or vectors of them.
///
///     telar::string_lookup colours({.mask_token = ""});
///     colours.adapt({"red", "green", "red"});            // "", "[UNK]", "red", "green"
///     const auto x = colours({"green", "blue", ""});     // 3 1 0
///
/// shapes    one token -> std::int64_t; n tokens -> (n); n rows of k tokens -> (n,k). vectors(...): of n rows of tokens
///           (n,depth); of n tokens (n,depth) if one_hot, else they are one row: (1,depth)
/// errors    no_value: there is no vocabulary yet; wrong_shape: rows of different length, and one_hot of longer ones
///           than 1; invalid_argument: a mode of vectors where indices are asked for, or the other way; a token that is
///           not in the vocabulary, where num_oov_indices is 0; options that contradict each other
/// source    Keras' StringLookup
/// test      tests/data/lookup_test.cpp, tests/fixtures/keras_text_test.cpp
class string_lookup : public io::index_lookup<std::string> {
public:
    /// Rows of tokens, of any lengths.
    using rows = std::span<const std::vector<std::string>>;

    /// The name stands in the errors.
    explicit string_lookup(lookup_options<std::string> options = {}, std::string name = "string_lookup")
        : index_lookup(std::move(name), std::move(options)) {}
    string_lookup(const io::text_list& vocabulary, lookup_options<std::string> options = {})
        : string_lookup(std::move(options)) {
        set_vocabulary({vocabulary.begin(), vocabulary.end()});
    }

    /// Makes the vocabulary of data: each row is a document, of tokens alone each one.
    void adapt(const io::text_list& tokens) { adapt_to(tokens); }
    void adapt(rows documents) { adapt_to(documents); }
    void update_state(const io::text_list& tokens) {
        for (const std::string_view token : tokens) count_document(std::span(&token, 1));
    }
    void update_state(rows documents) {
        for (const auto& document : documents) count_document(document);
    }

    template <io::Text S> std::int64_t operator()(const S& token) const {
        require_mode(false);
        return index_of(token);
    }
    tensor<std::int64_t, dyn> operator()(const io::text_list& tokens) const {
        require_mode(false);
        tensor<std::int64_t, dyn> y(shape(static_cast<extent_t>(tokens.size())));
        std::transform(tokens.begin(), tokens.end(), y.data(), [&](std::string_view t) { return index_of(t); });
        return y;
    }
    tensor<std::int64_t, dyn, dyn> operator()(rows all) const {
        require_mode(false);
        const std::size_t width = all.empty() ? 0 : all[0].size();
        tensor<std::int64_t, dyn, dyn> y(shape(static_cast<extent_t>(all.size()), static_cast<extent_t>(width)));
        std::int64_t* to = y.data();
        for (const std::vector<std::string>& row : all) {
            if (row.size() != width)
                fail<wrong_shape>(name() + ": a row has " + std::to_string(row.size()) + " tokens, the first " +
                                  std::to_string(width));
            for (const std::string& token : row) *to++ = index_of(token);
        }
        return y;
    }

    tensor<float, dyn, dyn> vectors(const io::text_list& tokens) const {
        require_mode(true);
        if (options().output_mode != lookup_mode::one_hot) return vectors_of(std::span(&tokens, 1));
        std::vector<std::span<const std::string_view>> each;
        for (const std::string_view& token : tokens) each.emplace_back(&token, 1);
        return vectors_of(std::span<const std::span<const std::string_view>>(each));
    }
    tensor<float, dyn, dyn> vectors(rows all) const {
        require_mode(true);
        return vectors_of(all);
    }

    /// The tokens of indices: the other way. (See token_of.)
    template <class Indices> std::vector<std::string> tokens_of(const Indices& indices) const {
        std::vector<std::string> all;
        for (const auto index : indices) all.push_back(token_of(static_cast<std::int64_t>(index)));
        return all;
    }

private:
    template <class Data> void adapt_to(const Data& data) {
        reset_state();
        update_state(data);
        finalize_state();
    }
};

/// The indices of whole numbers in a vocabulary, or vectors of them.
///
///     telar::integer_lookup years(std::vector<std::int64_t>{1999, 2004}, {.num_oov_indices = 2});
///     const auto x = years(tensor<std::int64_t, 3>{2004, 1999, 7});   // 3 2 1
///
/// shapes    indices: any -> the same. vectors(...): (n,k) -> (n,depth); (n) -> (n,depth) if one_hot, else (1,depth)
/// types     any integers -> int64, float32
/// errors    as string_lookup
/// source    Keras' IntegerLookup; nn::integer_lookup is a layer, of a vocabulary that is a constant
/// test      tests/data/lookup_test.cpp, tests/fixtures/keras_text_test.cpp
class integer_lookup : public io::index_lookup<std::int64_t> {
public:
    explicit integer_lookup(lookup_options<std::int64_t> options = {}) : index_lookup("integer_lookup", options) {}
    explicit integer_lookup(std::vector<std::int64_t> vocabulary, lookup_options<std::int64_t> options = {})
        : integer_lookup(options) {
        set_vocabulary(std::move(vocabulary));
    }

    /// Makes the vocabulary of data: each row is a document, of numbers alone each one.
    template <Tensor X> void adapt(const X& x) {
        reset_state();
        update_state(x);
        finalize_state();
    }
    template <Tensor X> void update_state(const X& x) {
        for (const auto& row : rows_of(x, 1)) count_document(row);
    }

    template <io::Integer T> std::int64_t operator()(T number) const {
        require_mode(false);
        return index_of(static_cast<std::int64_t>(number));
    }
    template <Element T, extent_t... Extents>
    requires io::Integer<T> tensor<std::int64_t, Extents...>
    operator()(const tensor<T, Extents...>& x) const {
        require_mode(false);
        tensor<std::int64_t, Extents...> y(x.extents());
        std::transform(x.begin(), x.end(), y.data(), [&](T v) { return index_of(static_cast<std::int64_t>(v)); });
        return y;
    }
    template <Tensor X> tensor<float, dyn, dyn> vectors(const X& x) const {
        require_mode(true);
        const bool is_one_hot = options().output_mode == lookup_mode::one_hot;
        const auto rows = rows_of(x, is_one_hot ? 1 : static_cast<extent_t>(x.size()));
        return vectors_of(std::span<const std::span<const typename X::value_type>>(rows));
    }

private:
    /// (n,k) -> n rows of k; of (n) rows of `width`.
    template <Tensor X> static auto rows_of(const X& x, extent_t width) {
        using T = typename X::value_type;
        static_assert(io::Integer<T> && (X::rank == 1 || X::rank == 2), "integer_lookup: whole numbers, (n) or (n,k)");
        if constexpr (X::rank == 2) width = x.extent(1);
        std::vector<std::span<const T>> rows;
        const auto step = static_cast<std::size_t>(width);
        for (std::size_t i = 0; i < x.size(); i += step) rows.push_back(x.span().subspan(i, step));
        return rows;
    }
};

}  // namespace telar::inline TELAR_ABI
