// SPDX-License-Identifier: BSL-1.0
// Texts as their characters.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/io/file.hpp>
#include <telar/io/utf8.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

/// Each character of a text as a number: its place among the characters that there are.
///
///     const character_tokenizer characters(read_text);   // the characters of a text, in the order of Unicode
///     const auto x = characters.encode("hello");         // tensor<std::int64_t, dyn>
///     characters.decode(x);                              // "hello"
///
/// shapes    n characters, which are code points of UTF-8 -> (n)
/// units     0 .. size() - 1
/// errors    invalid_argument: a text that is no UTF-8, or has a character that the vocabulary has not; index_error: a
///           number of no character
/// test      tests/data/tokenizers_test.cpp
class character_tokenizer {
public:
    character_tokenizer() = default;
    /// The characters of a text.
    explicit character_tokenizer(std::string_view text) {
        for_each(text, [&](char32_t c, std::size_t) { characters_.push_back(c); });
        std::sort(characters_.begin(), characters_.end());
        characters_.erase(std::unique(characters_.begin(), characters_.end()), characters_.end());
    }

    std::int64_t size() const { return static_cast<std::int64_t>(characters_.size()); }
    tensor<std::int64_t, dyn> encode(std::string_view text) const {
        std::vector<std::int64_t> numbers;
        for_each(text, [&](char32_t c, std::size_t at) {
            const auto found = std::lower_bound(characters_.begin(), characters_.end(), c);
            if (found == characters_.end() || *found != c)
                fail<invalid_argument>("character_tokenizer: byte " + std::to_string(at) + ": '" + text_of(c) +
                                       "' is not in the vocabulary");
            numbers.push_back(found - characters_.begin());
        });
        return tensor<std::int64_t, dyn>::from(shape(static_cast<extent_t>(numbers.size())), numbers);
    }
    /// The text of numbers: a tensor, a vector, a row.
    template <class Numbers> std::string decode(const Numbers& numbers) const {
        std::string text;
        for (const auto number : numbers) text += token_of(static_cast<std::int64_t>(number));
        return text;
    }
    std::string token_of(std::int64_t number) const {
        if (number < 0 || number >= size())
            fail<index_error>("character_tokenizer: " + std::to_string(number) +
                              " is no number of a character: there are " + std::to_string(size()));
        return text_of(characters_[static_cast<std::size_t>(number)]);
    }

    /// Writes the characters one after the other: a text file that holds each once.
    void save(const std::filesystem::path& path) const {
        std::string text;
        for (const char32_t c : characters_) io::utf8::append(text, c);
        write_file(path, text);
    }
    /// Reads what save wrote.
    ///
    /// errors    file_error: no UTF-8, or a character that does not stand behind the one before it in Unicode; the old
    ///           characters then stay
    void load(const std::filesystem::path& path) {
        const std::vector<std::byte> file = read_file(path);
        const std::string_view text(reinterpret_cast<const char*>(file.data()), file.size());
        if (const std::size_t at = io::utf8::first_invalid(text); at < text.size())
            io::refuse_file(path.string(), at, "no UTF-8");
        std::vector<char32_t> characters;
        for_each(text, [&](char32_t c, std::size_t at) {
            if (!characters.empty() && c <= characters.back())
                io::refuse_file(path.string(), at,
                                "the characters do not ascend: this is no file of a character_tokenizer");
            characters.push_back(c);
        });
        characters_ = std::move(characters);
    }

private:
    template <class F> static void for_each(std::string_view text, const F& f) {
        for (std::size_t at = 0; at < text.size();) {
            const io::utf8::decoded c = io::utf8::first_of(text.substr(at));
            if (!c.is_valid)
                fail<invalid_argument>("character_tokenizer: byte " + std::to_string(at) + ": the text is no UTF-8");
            f(c.value, at);
            at += c.bytes;
        }
    }
    static std::string text_of(char32_t c) {
        std::string text;
        io::utf8::append(text, c);
        return text;
    }

    std::vector<char32_t> characters_;  // they ascend
};

}  // namespace telar::inline TELAR_ABI
