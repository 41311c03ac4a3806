// SPDX-License-Identifier: BSL-1.0
// Byte-pair encoding: texts as tokens that are frequent runs of bytes.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/data/csv.hpp>
#include <telar/data/fingerprint.hpp>
#include <telar/data/lookup.hpp>
#include <telar/data/text_list.hpp>
#include <telar/io/file.hpp>
#include <telar/io/utf8.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace io::byte_pairs {
using token = std::int32_t;
using pair = std::pair<token, token>;
struct pair_hash {
    std::size_t operator()(const pair& p) const {
        const auto bits = static_cast<std::uint64_t>(p.first) << 32 | static_cast<std::uint64_t>(p.second);
        return static_cast<std::size_t>(bits * fingerprints::k2 >> 32);
    }
};
}  // namespace io::byte_pairs

/// Byte-pair encoding as GPT-2 has it. A text is cut into words; a word begins as its bytes, and pairs of tokens that
/// were frequent in the texts of training become one token each, in the order in which they were learnt. Every text can
/// be encoded, and decode gives it back.
///
///     byte_pair_encoding tokens;
///     tokens.train(sentences, 1000);
///     const auto x = tokens.encode("the cat");           // tensor<std::int64_t, dyn>
///     tokens.decode(x);                                  // "the cat"
///
/// shapes    a text -> (n), n <= its bytes
/// units     0 .. vocabulary_size() - 1: the 256 bytes in GPT-2's order, then what was learnt
/// errors    index_error: a number of no token
/// edge      A word is a run of letters, of digits or of other characters, each with a space before it, or blanks, or
///           what follows an apostrophe: 's 't 're 've 'm 'll 'd. Whatever is not ASCII counts as letters: GPT-2's own
///           rule, which asks Unicode what a letter is, also cuts at “ ” – and at digits of other scripts.
/// source    Sennrich et al., arXiv:1508.07909; Radford et al., Language Models are Unsupervised Multitask Learners
/// test      tests/data/tokenizers_test.cpp, tests/fixtures/keras_text_test.cpp
class byte_pair_encoding {
public:
    using token = io::byte_pairs::token;
    using pair = io::byte_pairs::pair;

    /// Of nothing learnt: each byte is a token.
    byte_pair_encoding();

    /// Learns of texts: the most frequent pair becomes a token, of several that with the lowest numbers, until there
    /// are vocabulary_size tokens or the next pair is there less than min_frequency times.
    ///
    /// errors    invalid_argument: vocabulary_size below 256 or above 2^31, min_frequency below 1
    void train(const io::text_list& texts, std::int64_t vocabulary_size, std::int64_t min_frequency = 2);

    std::int64_t vocabulary_size() const { return static_cast<std::int64_t>(bytes_.size()); }
    tensor<std::int64_t, dyn> encode(std::string_view text) const;
    /// The text of tokens: a tensor, a vector, a row.
    template <class Numbers> std::string decode(const Numbers& numbers) const {
        std::string text;
        for (const auto number : numbers) text += token_of(static_cast<std::int64_t>(number));
        return text;
    }
    /// The bytes of a token; they need not be UTF-8 by themselves.
    const std::string& token_of(std::int64_t number) const;
    /// What was learnt: which two tokens become one, in the order in which that is done.
    const std::vector<pair>& merges() const { return merges_; }

    /// Writes what was learnt as GPT-2 does, merges.txt: a line for each pair, its bytes as visible characters.
    void save(const std::filesystem::path& path) const;
    /// Reads what save wrote, GPT-2's merges.txt, or that of Hugging Face's tokenizers.
    ///
    /// errors    file_error, with path and line: not two tokens that earlier lines make, or a pair that stands there
    ///           twice; what was learnt before then stays
    void load(const std::filesystem::path& path);

private:
    /// The token that a pair becomes: a new one, unless another pair has made the same bytes.
    token add(pair p);
    std::vector<token> bytes_of(std::string_view text) const;
    /// Joins what was learnt: of all pairs that are there always that which was learnt first, from the left.
    void merge(std::vector<token>& word) const;

    struct learnt {
        std::size_t rank;
        token becomes;
    };
    std::vector<std::string> bytes_;  // of each token
    std::unordered_map<std::string, token, io::token_hash<std::string>, std::equal_to<>> numbers_;
    std::vector<pair> merges_;
    std::unordered_map<pair, learnt, io::byte_pairs::pair_hash> learnt_;
};

namespace io::byte_pairs {

/// The bytes in GPT-2's order: those that are visible in Latin-1 first. Each is written as a character: these as
/// themselves, the others as U+0100 and on.
constexpr bool is_visible(int byte) { return (byte >= 33 && byte <= 126) || (byte >= 161 && byte != 173); }
constexpr std::array<unsigned char, 256> order() {
    std::array<unsigned char, 256> all{};
    std::size_t n = 0;
    for (const bool visible : {true, false})
        for (int byte = 0; byte < 256; ++byte)
            if (is_visible(byte) == visible) all[n++] = static_cast<unsigned char>(byte);
    return all;
}
constexpr std::array<char32_t, 256> characters() {
    std::array<char32_t, 256> all{};
    char32_t next = 256;
    for (std::size_t byte = 0; byte < 256; ++byte)
        all[byte] = is_visible(static_cast<int>(byte)) ? static_cast<char32_t>(byte) : next++;
    return all;
}

enum class kind { blank, letter, digit, other };
constexpr kind kind_of(char c) {
    if (c == ' ' || (c >= '\t' && c <= '\r')) return kind::blank;
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 128) return kind::letter;
    return c >= '0' && c <= '9' ? kind::digit : kind::other;
}
/// How long the word is that a text, which is not empty, begins with.
constexpr std::size_t first_word(std::string_view text) {
    if (text[0] == '\'')
        for (const std::string_view ending : {"s", "t", "re", "ve", "m", "ll", "d"})
            if (text.substr(1).starts_with(ending)) return 1 + ending.size();
    const auto run = [&](std::size_t from) {
        std::size_t end = from;
        while (end < text.size() && kind_of(text[end]) == kind_of(text[from])) ++end;
        return end;
    };
    if (kind_of(text[0]) != kind::blank) return run(0);
    if (text[0] == ' ' && text.size() > 1 && kind_of(text[1]) != kind::blank) return run(1);
    const std::size_t end = run(0);  // the last blank before a word is left to it
    return end == text.size() || end == 1 ? end : end - 1;
}

/// A word of the texts of training, as the tokens that it is by now, and how often it is there.
struct word {
    std::vector<token> tokens;
    std::int64_t times = 0;
};

/// The words of the texts of training, and how often each pair of tokens is there.
class word_pairs {
public:
    explicit word_pairs(std::vector<word> words) : words_(std::move(words)) {
        for (std::size_t i = 0; i < words_.size(); ++i)
            for (std::size_t at = 0; at + 1 < words_[i].tokens.size(); ++at) count(i, at, 1);
        for (const auto& [p, c] : counts_) queue_.emplace(c.times, p);
    }
    /// The most frequent pair, of several that with the lowest numbers; none that is there less than `least` times.
    std::optional<pair> most_frequent(std::int64_t least);
    /// The pair becomes one token, from the left.
    void replace(pair p, token becomes);

private:
    /// How often a pair is there, and in which words it may be.
    struct counted {
        std::int64_t times = 0;
        std::vector<std::size_t> words;
    };
    using entry = std::pair<std::int64_t, pair>;
    struct is_later {
        bool operator()(const entry& a, const entry& b) const {
            return a.first != b.first ? a.first < b.first : a.second > b.second;
        }
    };

    /// Counts the pair at a place of a word, or takes it back.
    void count(std::size_t number, std::size_t at, std::int64_t sign) {
        const word& w = words_[number];
        counted& c = counts_[{w.tokens[at], w.tokens[at + 1]}];
        c.times += sign * w.times;
        if (sign > 0 && (c.words.empty() || c.words.back() != number)) c.words.push_back(number);
    }

    std::vector<word> words_;
    std::unordered_map<pair, counted, pair_hash> counts_;
    std::priority_queue<entry, std::vector<entry>, is_later> queue_;  // entries may be too high, never too low
};

}  // namespace io::byte_pairs

#if TELAR_HAS_BODIES
TELAR_ONCE std::optional<io::byte_pairs::pair> io::byte_pairs::word_pairs::most_frequent(std::int64_t least) {
    while (!queue_.empty()) {
        const auto [believed, p] = queue_.top();
        queue_.pop();
        const auto found = counts_.find(p);
        const std::int64_t times = found == counts_.end() ? 0 : found->second.times;
        if (times == believed) return times < least ? std::nullopt : std::optional(p);
        if (times > 0 && times < believed) queue_.emplace(times, p);
    }
    return std::nullopt;
}
TELAR_ONCE void io::byte_pairs::word_pairs::replace(pair p, token becomes) {
    const std::vector<std::size_t> holders = std::move(counts_[p].words);
    std::set<pair> grown;
    for (const std::size_t number : holders) {
        std::vector<token>& tokens = words_[number].tokens;
        std::vector<token> after;
        std::vector<bool> is_old(tokens.size() + 1), is_new(tokens.size() + 1);  // what goes, and what comes
        for (std::size_t i = 0; i < tokens.size(); ++i) {
            const bool is_pair = i + 1 < tokens.size() && tokens[i] == p.first && tokens[i + 1] == p.second;
            is_new[after.size()] = is_pair;
            after.push_back(is_pair ? becomes : tokens[i]);
            if (is_pair) is_old[i] = is_old[i + 1] = true, ++i;
        }
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
            if (is_old[i] || is_old[i + 1]) count(number, i, -1);
        tokens = std::move(after);
        for (std::size_t i = 0; i + 1 < tokens.size(); ++i)
            if (is_new[i] || is_new[i + 1]) count(number, i, 1), grown.emplace(tokens[i], tokens[i + 1]);
    }
    counts_.erase(p);
    for (const pair& g : grown) queue_.emplace(counts_[g].times, g);
}

TELAR_ONCE byte_pair_encoding::byte_pair_encoding() {
    for (const unsigned char byte : io::byte_pairs::order()) {
        bytes_.emplace_back(1, static_cast<char>(byte));
        numbers_.emplace(bytes_.back(), static_cast<token>(numbers_.size()));
    }
}

TELAR_ONCE byte_pair_encoding::token byte_pair_encoding::add(pair p) {
    if (const auto known = learnt_.find(p); known != learnt_.end()) return known->second.becomes;
    std::string both = token_of(p.first) + token_of(p.second);
    const auto [found, is_new] = numbers_.emplace(both, static_cast<token>(bytes_.size()));
    if (is_new) bytes_.push_back(std::move(both));
    learnt_.emplace(p, learnt{merges_.size(), found->second});
    merges_.push_back(p);
    return found->second;
}

TELAR_ONCE void byte_pair_encoding::train(const io::text_list& texts, std::int64_t vocabulary_size,
                                          std::int64_t min_frequency) {
    if (vocabulary_size < 256 || vocabulary_size > std::int64_t{1} << 31)
        fail<invalid_argument>("byte_pair_encoding: vocabulary_size is " + std::to_string(vocabulary_size));
    if (min_frequency < 1)
        fail<invalid_argument>("byte_pair_encoding: min_frequency is " + std::to_string(min_frequency));
    byte_pair_encoding fresh;
    std::unordered_map<std::string_view, std::int64_t> times;
    for (std::string_view text : texts)
        while (!text.empty()) {
            const std::size_t length = io::byte_pairs::first_word(text);
            ++times[text.substr(0, length)];
            text.remove_prefix(length);
        }
    std::vector<io::byte_pairs::word> words;
    for (const auto& [text, count] : times) words.push_back({fresh.bytes_of(text), count});
    io::byte_pairs::word_pairs pairs(std::move(words));
    while (fresh.vocabulary_size() < vocabulary_size) {
        const std::optional<pair> next = pairs.most_frequent(min_frequency);
        if (!next) break;
        pairs.replace(*next, fresh.add(*next));
    }
    *this = std::move(fresh);
}

TELAR_ONCE std::vector<byte_pair_encoding::token> byte_pair_encoding::bytes_of(std::string_view text) const {
    std::vector<token> tokens;
    for (const char& c : text) tokens.push_back(numbers_.find(std::string_view(&c, 1))->second);
    return tokens;
}

TELAR_ONCE void byte_pair_encoding::merge(std::vector<token>& word) const {
    // A pair that could become a token, by rank and place. It is there no more if either token has become another one;
    // a token that has gone into the one before it is -1, and the places of the others are linked.
    struct candidate {
        std::size_t rank, at;
        pair of;
        token becomes;
        bool operator>(const candidate& c) const { return std::pair(rank, at) > std::pair(c.rank, c.at); }
    };
    std::priority_queue<candidate, std::vector<candidate>, std::greater<>> queue;
    const std::size_t end = word.size();
    std::vector<std::size_t> next(end), before(end);
    for (std::size_t i = 0; i < end; ++i) next[i] = i + 1, before[i] = i - 1;
    const auto consider = [&](std::size_t at) {
        if (at >= end || next[at] >= end) return;
        const pair p{word[at], word[next[at]]};
        if (const auto found = learnt_.find(p); found != learnt_.end())
            queue.push({found->second.rank, at, p, found->second.becomes});
    };
    for (std::size_t i = 0; i < end; ++i) consider(i);
    while (!queue.empty()) {
        const candidate c = queue.top();
        queue.pop();
        const std::size_t second = next[c.at];
        if (word[c.at] != c.of.first || second >= end || word[second] != c.of.second) continue;
        word[c.at] = c.becomes;
        word[second] = -1;
        next[c.at] = next[second];
        if (next[c.at] < end) before[next[c.at]] = c.at;
        consider(before[c.at]);
        consider(c.at);
    }
    std::erase(word, -1);
}

TELAR_ONCE tensor<std::int64_t, dyn> byte_pair_encoding::encode(std::string_view text) const {
    std::unordered_map<std::string_view, std::vector<token>> words;  // texts repeat their words
    std::vector<token> all;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, io::byte_pairs::first_word(text));
        const auto [found, is_new] = words.try_emplace(word);
        if (is_new) {
            found->second = bytes_of(word);
            merge(found->second);
        }
        all.insert(all.end(), found->second.begin(), found->second.end());
        text.remove_prefix(word.size());
    }
    return tensor<std::int64_t, dyn>::from(shape(static_cast<extent_t>(all.size())), all);
}

TELAR_ONCE const std::string& byte_pair_encoding::token_of(std::int64_t number) const {
    if (number < 0 || number >= vocabulary_size())
        fail<index_error>("byte_pair_encoding: " + std::to_string(number) + " is no number of a token: there are " +
                          std::to_string(vocabulary_size()));
    return bytes_[static_cast<std::size_t>(number)];
}

TELAR_ONCE void byte_pair_encoding::save(const std::filesystem::path& path) const {
    std::string text = "#version: 0.2\n";
    const auto append = [&](token t) {
        for (const char c : token_of(t))
            io::utf8::append(text, io::byte_pairs::characters()[static_cast<unsigned char>(c)]);
    };
    for (const auto& [first, second] : merges_) {
        append(first);
        text += ' ';
        append(second);
        text += '\n';
    }
    write_file(path, text);
}

TELAR_ONCE void byte_pair_encoding::load(const std::filesystem::path& path) {
    const std::vector<std::byte> file = read_file(path);
    std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
    std::size_t line_number = 0;
    const auto refuse = [&](const std::string& why) {
        fail<file_error>(path.string() + ": line " + std::to_string(line_number) + ": " + why);
    };
    std::unordered_map<char32_t, char> byte_of;
    const std::array<char32_t, 256> characters = io::byte_pairs::characters();
    for (std::size_t byte = 0; byte < 256; ++byte)
        byte_of.emplace(characters[byte], static_cast<char>(static_cast<unsigned char>(byte)));

    byte_pair_encoding fresh;
    const auto read_token = [&](std::string_view text) {
        std::string bytes;
        for (std::size_t at = 0; at < text.size();) {
            const io::utf8::decoded c = io::utf8::first_of(text.substr(at));
            const auto byte = byte_of.find(c.value);
            if (byte == byte_of.end())
                refuse("column " + std::to_string(at + 1) + ": no character that stands for a byte");
            bytes += byte->second;
            at += c.bytes;
        }
        const auto found = fresh.numbers_.find(bytes);
        if (found == fresh.numbers_.end())
            refuse("'" + std::string(text.substr(0, 40)) + "' is no token that a line before makes");
        return found->second;
    };
    while (rest.ends_with('\n') || rest.ends_with('\r')) rest.remove_suffix(1);
    while (!rest.empty()) {
        const std::string_view line = io::csv::cut_line(rest);
        if (++line_number == 1 && line.starts_with("#version")) continue;
        const std::size_t space = line.find(' ');
        if (space == line.npos) refuse("not two tokens with a space between them");
        const pair p{read_token(line.substr(0, space)), read_token(line.substr(space + 1))};
        if (fresh.learnt_.contains(p)) refuse("the pair stands there twice");
        fresh.add(p);
    }
    *this = std::move(fresh);
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
