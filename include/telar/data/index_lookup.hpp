// SPDX-License-Identifier: BSL-1.0
// The base of string_lookup and integer_lookup: a vocabulary that is learnt from data, set, saved or loaded, and the
// indices of tokens in it.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/failure.hpp>
#include <telar/core/shape.hpp>
#include <telar/core/tensor.hpp>
#include <telar/data/csv.hpp>
#include <telar/data/fingerprint.hpp>
#include <telar/data/hashing.hpp>
#include <telar/data/text_list.hpp>
#include <telar/io/file.hpp>
#include <telar/io/utf8.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// What stands for tokens: the index of each; a vector for each, 1 at its index (one_hot); one for a row of them, 1 at
/// the index of each (multi_hot), how often it is there (count), or that times its weight (tf_idf).
enum class lookup_mode : std::int32_t { integer, one_hot, multi_hot, count, tf_idf };

/// Which of several indices a whole number takes that is not in the vocabulary: its remainder, or the bucket that
/// telar::hashing has for it. (Texts are always hashed.)
enum class oov_method : std::int32_t { floor_mod, farmhash };

namespace io {
/// What Keras shows for what is not in the vocabulary.
template <class Token> Token unknown_token() {
    if constexpr (std::same_as<Token, std::string>) return "[UNK]";
    else return -1;
}
}  // namespace io

template <class Token> struct lookup_options {
    std::int64_t max_tokens = 0;                   ///< the most entries, the special ones among them; 0: any number
    std::int64_t num_oov_indices = 1;              ///< indices of what is not in the vocabulary; 0: it is refused
    std::optional<Token> mask_token{};             ///< a token that does not count: index 0; in vectors it is left out
    Token oov_token = io::unknown_token<Token>();  ///< what stands in the vocabulary for what is not in it
    lookup_mode output_mode = lookup_mode::integer;
    bool pad_to_max_tokens = false;  ///< vectors of max_tokens numbers, however many entries there are
    telar::oov_method oov_method = telar::oov_method::floor_mod;
    std::optional<hash_salt> salt{};
};

namespace io {

/// Finds a std::string by a view of it.
template <class Token> struct token_hash : std::hash<Token> {};
template <> struct token_hash<std::string> : std::hash<std::string_view> { using is_transparent = void; };
/// A token that belongs to someone else.
template <class Token> using token_view = std::conditional_t<std::same_as<Token, std::string>, std::string_view, Token>;

/// What string_lookup and integer_lookup share. The entries of the vocabulary are the mask token, if there is one and
/// the mode is integer; num_oov_indices times the oov_token; the tokens.
template <class Token> class index_lookup {
public:
    using view = token_view<Token>;

    /// Takes a vocabulary, with the special entries in front of it or without; in the mode tf_idf also a weight for
    /// each entry.
    ///
    /// errors    invalid_argument: an entry stands there twice, a mask token among the others, more than max_tokens,
    ///           another number of weights, or weights in another mode; the old vocabulary then stays
    void set_vocabulary(std::vector<Token> vocabulary, std::vector<float> idf_weights = {}) {
        take(std::move(vocabulary), std::move(idf_weights), [&](std::size_t entry, const std::string& why) {
            fail<invalid_argument>(name_ + ": vocabulary, entry " + std::to_string(entry) + ": " + why);
        });
    }
    std::vector<Token> get_vocabulary(bool include_special_tokens = true) const {
        std::vector<Token> all = include_special_tokens ? special_entries() : std::vector<Token>{};
        all.insert(all.end(), tokens_.begin(), tokens_.end());
        return all;
    }
    /// The number of entries, the special ones among them.
    std::int64_t vocabulary_size() const { return first_token() + static_cast<std::int64_t>(tokens_.size()); }
    /// How many numbers a vector has.
    std::int64_t depth() const { return options_.pad_to_max_tokens ? options_.max_tokens : vocabulary_size(); }
    /// In the mode tf_idf the weight of each index.
    std::span<const float> idf_weights() const { return weights_; }
    const lookup_options<Token>& options() const { return options_; }

    // ---- the vocabulary of data: reset_state, update_state and finalize_state are what adapt does

    void reset_state() {
        counts_.clear();
        documents_ = 0;
    }
    /// Makes the vocabulary of what was counted: what is more frequent comes first, and of what is equally frequent the
    /// larger. In the mode tf_idf a token's weight is log(1 + documents / (1 + documents with it)), that of what is not
    /// in the vocabulary their mean.
    void finalize_state() {
        if (options_.mask_token) counts_.erase(*options_.mask_token);
        counts_.erase(options_.oov_token);
        std::vector<std::pair<Token, counted>> all(counts_.begin(), counts_.end());
        std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
            return a.second.times != b.second.times ? a.second.times > b.second.times : a.first > b.first;
        });
        if (options_.max_tokens > 0)
            all.resize(std::min(all.size(), static_cast<std::size_t>(options_.max_tokens - first_token())));
        std::vector<Token> tokens;
        std::vector<float> weights;
        for (auto& [token, found] : all) {
            tokens.push_back(std::move(token));
            const double documents_with = static_cast<double>(found.documents);
            if (options_.output_mode == lookup_mode::tf_idf)
                weights.push_back(
                    static_cast<float>(std::log(1 + static_cast<double>(documents_) / (1 + documents_with))));
        }
        set(std::move(tokens), std::move(weights), 0);
        reset_state();
    }
    /// Counts the tokens of a document.
    template <class Row> void count_document(const Row& row) {
        ++documents_;
        for (const auto& token : row) {
            auto found = counts_.find(view(token));
            if (found == counts_.end()) found = counts_.emplace(Token(token), counted{}).first;
            counted& c = found->second;
            ++c.times;
            if (std::exchange(c.last_document, documents_) != documents_) ++c.documents;
        }
    }

    // ---- looking up

    /// The index of a token, in vectors its column; -1 of a mask token that has none.
    ///
    /// errors    no_value: there is no vocabulary yet; invalid_argument: the token is not in it, and there are no
    ///           num_oov_indices
    std::int64_t index_of(view token) const {
        require_vocabulary();
        const auto found = places_.find(token);
        if (found != places_.end()) return found->second;
        if (options_.mask_token && token == *options_.mask_token) return first_oov() - 1;
        if (options_.num_oov_indices == 1) return first_oov();
        if (options_.num_oov_indices == 0)
            fail<invalid_argument>(name_ + ": " + quoted(token) +
                                   " is not in the vocabulary, and num_oov_indices is 0");
        return first_oov() + oov_bucket(token);
    }
    /// The token of an index: the oov_token where the vocabulary has none.
    Token token_of(std::int64_t index) const {
        if (options_.mask_token && index < first_oov() && index == 0) return *options_.mask_token;
        const std::int64_t place = index - first_token();
        const bool is_there = place >= 0 && place < static_cast<std::int64_t>(tokens_.size());
        return is_there ? tokens_[static_cast<std::size_t>(place)] : options_.oov_token;
    }
    /// Writes the vector of a row of tokens; of one_hot the row has one token.
    template <class Row> void write_vector(const Row& row, std::span<float> to) const {
        std::fill(to.begin(), to.end(), 0.0f);
        for (const auto& token : row) {
            const std::int64_t column = index_of(view(token));
            if (column < 0) continue;
            float& number = to[static_cast<std::size_t>(column)];
            number = options_.output_mode == lookup_mode::count || options_.output_mode == lookup_mode::tf_idf
                         ? number + 1
                         : 1;
        }
        if (options_.output_mode != lookup_mode::tf_idf) return;
        for (std::size_t i = 0; i < weights_.size(); ++i) to[i] *= weights_[i];
    }
    template <class Row> tensor<float, dyn, dyn> vectors_of(std::span<const Row> all) const {
        tensor<float, dyn, dyn> y(shape(static_cast<extent_t>(all.size()), depth()));
        const auto width = static_cast<std::size_t>(depth());
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (options_.output_mode == lookup_mode::one_hot && all[i].size() != 1)
                fail<wrong_shape>(name_ + ": one_hot: a row has " + std::to_string(all[i].size()) +
                                  (std::same_as<Token, std::string> ? " tokens" : " numbers") + ", not 1");
            write_vector(all[i], y.span().subspan(i * width, width));
        }
        return y;
    }
    void require_mode(bool of_vectors) const {
        require_vocabulary();
        if (of_vectors == (options_.output_mode != lookup_mode::integer)) return;
        fail<invalid_argument>(name_ + (of_vectors ? ": vectors are of another output_mode than integer"
                                                   : ": its output_mode is one of vectors: call vectors(...)"));
    }

    // ---- files

    /// Writes a line for each entry, as Keras does; in the mode tf_idf with a tab and the weight behind it.
    ///
    /// errors    invalid_argument: an entry that a line cannot hold; file_error: the file cannot be written
    void save(const std::filesystem::path& path) const {
        require_vocabulary();
        const std::vector<Token> all = get_vocabulary();
        std::string text;
        for (std::size_t i = 0; i < all.size(); ++i) {
            if constexpr (std::same_as<Token, std::string>) require_line(all[i], i + 1 == all.size());
            text += line_of(all[i]);
            if (options_.output_mode == lookup_mode::tf_idf) {
                char number[32];
                text.append("\t").append(number, std::to_chars(number, number + sizeof number, weights_[i]).ptr);
            }
            if (i + 1 < all.size()) text += '\n';
        }
        write_file(path, text);
    }
    /// Reads what save wrote, or another text with an entry in each line, with or without the special ones.
    ///
    /// errors    file_error, with path and line: no UTF-8, no number, an entry that stands there twice, more entries
    ///           than max_tokens, and whatever set_vocabulary refuses; the old vocabulary then stays
    /// edge      empty lines at the end do not count; CRLF and a byte-order mark are allowed, the file may be packed
    ///           with gzip
    void load(const std::filesystem::path& path) {
        const std::vector<std::byte> file = read_file(path);
        std::string_view rest(reinterpret_cast<const char*>(file.data()), file.size());
        const auto refuse = [&](std::size_t line, const std::string& why) {
            fail<file_error>(path.string() + ": line " + std::to_string(line + 1) + ": " + why);
        };
        if (rest.starts_with("\xef\xbb\xbf")) rest.remove_prefix(3);
        while (rest.ends_with('\n') || rest.ends_with('\r')) rest.remove_suffix(1);
        std::vector<Token> all;
        std::vector<float> weights;
        for (bool more = !rest.empty(); more;) {
            more = rest.find('\n') != rest.npos;
            std::string_view line = csv::cut_line(rest);
            if (options_.output_mode == lookup_mode::tf_idf) {
                const std::size_t tab = line.rfind('\t');
                float weight = 0;
                const bool is_number = tab != line.npos &&
                                       csv::parse_number(line.substr(tab + 1), weight) == csv::parsed::number &&
                                       std::isfinite(weight);
                if (!is_number) refuse(all.size(), "no weight behind a tab");
                weights.push_back(weight);
                line = line.substr(0, tab);
            }
            all.push_back(read_line(line, [&](const std::string& why) { refuse(all.size(), why); }));
        }
        take(std::move(all), std::move(weights), refuse);
    }

protected:
    index_lookup(std::string name, lookup_options<Token> options)
        : name_(std::move(name)), options_(std::move(options)) {
        const auto refuse = [&](const std::string& why) { fail<invalid_argument>(name_ + ": " + why); };
        const std::string max = "max_tokens is " + std::to_string(options_.max_tokens);
        if (options_.num_oov_indices < 0) refuse("num_oov_indices is " + std::to_string(options_.num_oov_indices));
        if (options_.max_tokens < 0 || options_.max_tokens == 1) refuse(max);
        if (options_.max_tokens > 0 && options_.max_tokens < first_token())
            refuse(max + ", but there are " + std::to_string(first_token()) + " special entries");
        if (options_.max_tokens == 0 && options_.pad_to_max_tokens) refuse(max + ", but pad_to_max_tokens is set");
        if (std::same_as<Token, std::int64_t> && options_.salt && options_.oov_method != oov_method::farmhash)
            refuse("a salt is of oov_method::farmhash");
    }
    ~index_lookup() = default;
    index_lookup(const index_lookup&) = default;
    index_lookup(index_lookup&&) = default;
    index_lookup& operator=(const index_lookup&) = default;
    index_lookup& operator=(index_lookup&&) = default;

    const std::string& name() const { return name_; }

private:
    /// How often a token is there, in how many documents, and in which one at last (they count from 1).
    struct counted {
        std::int64_t times = 0, documents = 0, last_document = 0;
    };

    bool is_integer() const { return options_.output_mode == lookup_mode::integer; }
    std::int64_t first_oov() const { return options_.mask_token && is_integer() ? 1 : 0; }
    std::int64_t first_token() const { return first_oov() + options_.num_oov_indices; }
    std::vector<Token> special_entries() const {
        std::vector<Token> all(static_cast<std::size_t>(first_token()), options_.oov_token);
        if (first_oov() == 1) all[0] = *options_.mask_token;
        return all;
    }
    std::int64_t oov_bucket(view token) const {
        if constexpr (std::same_as<Token, std::string>) {
            return fingerprints::bucket(token, options_.num_oov_indices, options_.salt);
        } else {
            if (options_.oov_method == oov_method::farmhash)
                return fingerprints::bucket(digits(token).text(), options_.num_oov_indices, options_.salt);
            const std::int64_t rest = token % options_.num_oov_indices;
            return rest < 0 ? rest + options_.num_oov_indices : rest;
        }
    }
    static std::string quoted(view token) {
        if constexpr (std::same_as<Token, std::string>) {
            std::string text = "'";  // g++ 12 warns of "'" + text (bug 105651)
            text += token.substr(0, 40);
            return text += '\'';
        } else {
            return std::to_string(token);
        }
    }
    void require_vocabulary() const {
        if (!has_vocabulary_)
            fail<no_value>(name_ + ": it has no vocabulary yet: adapt, set_vocabulary or load gives one");
    }

    /// Checks a vocabulary, then takes it; refuse(entry, why) does not return.
    template <class Refuse> void take(std::vector<Token> all, std::vector<float> weights, const Refuse& refuse) {
        if (all.empty()) refuse(0, "the vocabulary is empty");
        const bool is_weighted = options_.output_mode == lookup_mode::tf_idf;
        if (weights.size() != (is_weighted ? all.size() : 0))
            refuse(0, std::to_string(weights.size()) + " idf_weights for " + std::to_string(all.size()) + " entries" +
                          (is_weighted ? "" : ", which only output_mode tf_idf has"));
        const std::vector<Token> special = special_entries();
        const bool has_special =
            all.size() >= special.size() && std::equal(special.begin(), special.end(), all.begin());
        const std::size_t first = has_special ? special.size() : 0;
        std::unordered_map<view, std::size_t, token_hash<Token>, std::equal_to<>> places;
        for (std::size_t i = first; i < all.size(); ++i) {
            if (options_.mask_token && all[i] == *options_.mask_token)
                refuse(i, "the mask token " + quoted(all[i]) + " stands among the others");
            const auto [found, is_new] = places.emplace(view(all[i]), i);
            if (!is_new)
                refuse(i, quoted(all[i]) + " stands there already, " + std::to_string(i - found->second) + " before");
        }
        const std::int64_t size = first_token() + static_cast<std::int64_t>(all.size() - first);
        if (options_.max_tokens > 0 && size > options_.max_tokens)
            refuse(all.size() - 1, std::to_string(size) + " entries with the special ones, but max_tokens is " +
                                       std::to_string(options_.max_tokens));
        all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first));
        set(std::move(all), std::move(weights), first);
    }
    /// Takes tokens, and weights of `special` entries before them: of none, their mean is that of the special ones.
    void set(std::vector<Token> tokens, std::vector<float> weights, std::size_t special) {
        std::unordered_map<Token, std::int64_t, token_hash<Token>, std::equal_to<>> places;
        std::int64_t index = first_token();
        for (const Token& token : tokens) places.emplace(token, index++);
        if (options_.output_mode == lookup_mode::tf_idf) {
            double mean = 0;
            for (const float w : weights) mean += static_cast<double>(w) / static_cast<double>(weights.size());
            if (special == 0)
                weights.insert(weights.begin(), static_cast<std::size_t>(first_token()), static_cast<float>(mean));
            if (options_.pad_to_max_tokens) weights.resize(static_cast<std::size_t>(options_.max_tokens));
        }
        tokens_ = std::move(tokens);
        weights_ = std::move(weights);
        places_ = std::move(places);
        has_vocabulary_ = true;
    }

    static std::string line_of(const Token& token) {
        if constexpr (std::same_as<Token, std::string>) return token;
        else return std::to_string(token);
    }
    template <class Refuse> static Token read_line(std::string_view line, const Refuse& refuse) {
        if constexpr (std::same_as<Token, std::string>) {
            const std::size_t at = utf8::first_invalid(line);
            if (at < line.size()) refuse("column " + std::to_string(at + 1) + ": the byte is no UTF-8");
            if (line.find('\0') != line.npos) refuse("a zero byte: this is no text");
            return std::string(line);
        } else {
            Token value = 0;
            const auto [end, problem] = std::from_chars(line.data(), line.data() + line.size(), value);
            if (problem != std::errc() || end != line.data() + line.size())
                refuse("'" + std::string(line.substr(0, 40)) + "' is no whole number of 64 bits");
            return value;
        }
    }
    void require_line(std::string_view token, bool is_last) const {
        const bool fits = token.find_first_of(std::string_view("\n\r\0", 3)) == token.npos &&
                          utf8::first_invalid(token) == token.size() && !(token.empty() && is_last);
        if (!fits) fail<invalid_argument>(name_ + ": a line of a text cannot hold the token " + quoted(token));
    }

    std::string name_;
    lookup_options<Token> options_;
    bool has_vocabulary_ = false;
    std::vector<Token> tokens_;
    std::vector<float> weights_;  // of all entries, in the mode tf_idf
    std::unordered_map<Token, std::int64_t, token_hash<Token>, std::equal_to<>> places_;
    std::unordered_map<Token, counted, token_hash<Token>, std::equal_to<>> counts_;
    std::int64_t documents_ = 0;
};

}  // namespace io

}  // namespace telar::inline TELAR_ABI
