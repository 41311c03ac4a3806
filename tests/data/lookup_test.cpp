// SPDX-License-Identifier: BSL-1.0
// Vocabularies: what is refused, and files. (Against Keras: tests/fixtures/keras_text_test.cpp.)
#include <telar/data/lookup.hpp>
#include <telar/data/text_vectorization.hpp>

#include "../support/temporary_file.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

using namespace telar;
using support::temporary_file;
using strings = std::vector<std::string>;
using whole_numbers = std::vector<std::int64_t>;

namespace {

/// Loading the text is refused, for this reason, and the lookup is as it was.
template <class Lookup> void refuses(Lookup& lookup, std::string_view text, const std::string& why) {
    const temporary_file file("telar_lookup_test");
    file.write(text);
    const auto before = lookup.get_vocabulary();
    CHECK_THROWS_WITH_AS(lookup.load(file.path), (file.path.string() + ": " + why).c_str(), file_error);
    CHECK(lookup.get_vocabulary() == before);
}

const std::vector<strings> documents{{"b", "a", "b"}, {"c", "a"}, {"b"}};

}  // namespace

TEST_CASE("frequent tokens come first, and of equally frequent ones the larger") {
    string_lookup colours({.mask_token = ""});
    colours.adapt({"red", "green", "red", "blue", ""});
    CHECK(colours.get_vocabulary() == strings{"", "[UNK]", "red", "green", "blue"});
    CHECK(colours.get_vocabulary(false) == strings{"red", "green", "blue"});
    CHECK(colours.vocabulary_size() == 5);
    CHECK(same(colours({"green", "pink", ""}), tensor<std::int64_t, 3>{3, 1, 0}));
    CHECK(colours("red") == 2);
    CHECK(colours.token_of(0) == "");
    CHECK(colours.tokens_of(whole_numbers{4, 1, 7, -1}) == strings{"blue", "[UNK]", "[UNK]", "[UNK]"});
    CHECK(same(colours(std::vector<strings>{{"red", "x"}, {"", "blue"}}), tensor<std::int64_t, 2, 2>{{2, 1}, {0, 4}}));

    integer_lookup years;
    years.adapt(tensor<std::int32_t, 5>{2004, 1999, 2004, -1, 7});
    CHECK(years.get_vocabulary() == whole_numbers{-1, 2004, 1999, 7});
    CHECK(same(years(tensor<std::int16_t, 2>{7, 8}), tensor<std::int64_t, 2>{3, 0}));
    CHECK(years(1999) == 2);
}
TEST_CASE("in parts as at once") {
    const lookup_options<std::string> weighted{.output_mode = lookup_mode::tf_idf};
    string_lookup at_once(weighted), in_parts(weighted);
    at_once.adapt(documents);
    in_parts.update_state(strings{"dropped"});
    in_parts.reset_state();
    in_parts.update_state(std::span(documents).first(1));
    in_parts.update_state(std::span(documents).subspan(1));
    in_parts.finalize_state();
    CHECK(in_parts.get_vocabulary() == strings{"[UNK]", "b", "a", "c"});
    CHECK(in_parts.get_vocabulary() == at_once.get_vocabulary());
    CHECK(std::ranges::equal(in_parts.idf_weights(), at_once.idf_weights()));
    at_once.adapt(strings{"new"});
    CHECK(at_once.get_vocabulary() == strings{"[UNK]", "new"});
}
TEST_CASE("what does not fit is refused") {
    const auto options = [](lookup_options<std::string> o, const char* why) {
        CHECK_THROWS_WITH_AS(string_lookup{o}, why, invalid_argument);
    };
    options({.max_tokens = 1}, "string_lookup: max_tokens is 1");
    options({.max_tokens = -3}, "string_lookup: max_tokens is -3");
    options({.max_tokens = 2, .num_oov_indices = 3}, "string_lookup: max_tokens is 2, but there are 3 special entries");
    options({.num_oov_indices = -1}, "string_lookup: num_oov_indices is -1");
    options({.pad_to_max_tokens = true}, "string_lookup: max_tokens is 0, but pad_to_max_tokens is set");
    CHECK_THROWS_WITH_AS(integer_lookup({.salt = hash_salt{1, 2}}), "integer_lookup: a salt is of oov_method::farmhash",
                         invalid_argument);

    const char* const none = "string_lookup: it has no vocabulary yet: adapt, set_vocabulary or load gives one";
    CHECK_THROWS_WITH_AS(string_lookup()("a"), none, no_value);
    CHECK_THROWS_WITH_AS(string_lookup({.output_mode = lookup_mode::count}).vectors({"a"}), none, no_value);
    string_lookup strict({"a", "b"}, {.num_oov_indices = 0}), bag({"a", "b"}, {.output_mode = lookup_mode::count});
    CHECK_THROWS_WITH_AS(strict({"b", "new"}),
                         "string_lookup: 'new' is not in the vocabulary, and num_oov_indices is 0", invalid_argument);
    CHECK_THROWS_WITH_AS(bag("a"), "string_lookup: its output_mode is one of vectors: call vectors(...)",
                         invalid_argument);
    CHECK_THROWS_WITH_AS(strict.vectors({"a"}), "string_lookup: vectors are of another output_mode than integer",
                         invalid_argument);
    CHECK_THROWS_WITH_AS(strict(std::vector<strings>{{"a", "b"}, {"a"}}),
                         "string_lookup: a row has 1 tokens, the first 2", wrong_shape);
    string_lookup one({"a", "b"}, {.output_mode = lookup_mode::one_hot});
    CHECK_THROWS_WITH_AS(one.vectors(std::vector<strings>{{"a"}, {"a", "b"}}),
                         "string_lookup: one_hot: a row has 2 tokens, not 1", wrong_shape);
    CHECK(same(one.vectors({"b", "new"}), tensor<float, 2, 3>{{0, 0, 1}, {1, 0, 0}}));
    CHECK(same(bag.vectors({"b", "new", "b"}), tensor<float, 1, 3>{{1, 0, 2}}));

    const auto vocabulary = [&](strings all, std::vector<float> weights, const char* why) {
        CHECK_THROWS_WITH_AS(strict.set_vocabulary(std::move(all), std::move(weights)), why, invalid_argument);
        CHECK(strict.get_vocabulary() == strings{"a", "b"});
    };
    vocabulary({}, {}, "string_lookup: vocabulary, entry 0: the vocabulary is empty");
    vocabulary({"x", "y", "z", "y"}, {}, "string_lookup: vocabulary, entry 3: 'y' stands there already, 2 before");
    vocabulary({"x"}, {1},
               "string_lookup: vocabulary, entry 0: 1 idf_weights for 1 entries, which only output_mode tf_idf has");
    string_lookup masked({.max_tokens = 4, .mask_token = "."}), weighted({.output_mode = lookup_mode::tf_idf});
    CHECK_THROWS_WITH_AS(masked.set_vocabulary({"a", "."}),
                         "string_lookup: vocabulary, entry 1: the mask token '.' stands among the others",
                         invalid_argument);
    CHECK_THROWS_WITH_AS(masked.set_vocabulary({"a", "b", "c"}),
                         "string_lookup: vocabulary, entry 2: 5 entries with the special ones, but max_tokens is 4",
                         invalid_argument);
    CHECK_THROWS_WITH_AS(weighted.set_vocabulary({"a", "b"}, {1}),
                         "string_lookup: vocabulary, entry 0: 1 idf_weights for 2 entries", invalid_argument);
}
TEST_CASE("a vocabulary is saved as a text, and read back") {
    const temporary_file file("telar_lookup_test");
    string_lookup words({.mask_token = ""}), again({.mask_token = ""});
    words.set_vocabulary({"naïve", "tab\there", "#", " "});
    words.save(file.path);
    CHECK(file.read() == "\n[UNK]\nnaïve\ntab\there\n#\n ");
    again.load(file.path);
    CHECK(again.get_vocabulary() == words.get_vocabulary());
    file.write(
        "\xef\xbb\xbf"
        "b\r\na\r\n\r\n\n");
    again.load(file.path);
    CHECK(again.get_vocabulary() == strings{"", "[UNK]", "b", "a"});
    for (const char* token : {"two\nlines", "a\r", "na\xefve", ""}) {
        string_lookup other(std::vector<std::string>{"a", token});
        CHECK_THROWS_AS(other.save(file.path), invalid_argument);
    }
    CHECK(file.read().size() == 12);  // it is not touched
    CHECK_THROWS_AS(string_lookup().save(file.path), no_value);

    string_lookup weighted({.output_mode = lookup_mode::tf_idf}), loaded({.output_mode = lookup_mode::tf_idf});
    weighted.adapt(documents);
    weighted.save(file.path);
    loaded.load(file.path);
    CHECK(loaded.get_vocabulary() == weighted.get_vocabulary());
    CHECK(std::ranges::equal(loaded.idf_weights(), weighted.idf_weights()));
    CHECK(same(loaded.vectors(documents), weighted.vectors(documents)));

    integer_lookup numbers(whole_numbers{5, INT64_MIN, -7}), back;
    numbers.save(file.path);
    CHECK(file.read() == "-1\n5\n-9223372036854775808\n-7");
    back.load(file.path);
    CHECK(back.get_vocabulary() == numbers.get_vocabulary());
}
TEST_CASE("a bad vocabulary file is refused, with its line, and nothing of it stays") {
    string_lookup words({"old"}, {.max_tokens = 4, .mask_token = "."});
    refuses(words, "", "line 1: the vocabulary is empty");
    refuses(words, "\n\n", "line 1: the vocabulary is empty");
    refuses(words, "a\nb\na\n", "line 3: 'a' stands there already, 2 before");
    refuses(words, "a\n.\n", "line 2: the mask token '.' stands among the others");
    refuses(words, "a\nna\xefve\n", "line 2: column 3: the byte is no UTF-8");
    refuses(words, std::string_view("a\n\0b", 4), "line 2: a zero byte: this is no text");
    refuses(words, "a\nb\nc\n", "line 3: 5 entries with the special ones, but max_tokens is 4");
    refuses(words, ".\n[UNK]\n[UNK]\n[UNK]\n", "line 4: '[UNK]' stands there already, 1 before");
    integer_lookup numbers(whole_numbers{1});
    refuses(numbers, "1\n2x\n", "line 2: '2x' is no whole number of 64 bits");
    refuses(numbers, "1\n\n2", "line 2: '' is no whole number of 64 bits");
    refuses(numbers, "9223372036854775808", "line 1: '9223372036854775808' is no whole number of 64 bits");
    string_lookup weighted({.output_mode = lookup_mode::tf_idf});
    weighted.set_vocabulary({"old"}, {1});
    refuses(weighted, "a\t1\nb\n", "line 2: no weight behind a tab");
    refuses(weighted, "a\tnan\n", "line 1: no weight behind a tab");
    refuses(weighted, "a\t1e99\n", "line 1: no weight behind a tab");
    CHECK(weighted.idf_weights().size() == 2);
    CHECK_THROWS_AS(words.load("/nowhere/telar"), file_error);
    CHECK(words("old") == 2);
}
TEST_CASE("a vocabulary cut anywhere is the lines that are left, or refused") {
    const temporary_file file("telar_lookup_test");
    const std::string text = "[UNK]\nnaïve\nzoë\n日本\n";
    for (std::size_t n = 0; n <= text.size(); ++n) {
        CAPTURE(n);
        file.write(text.substr(0, n));
        string_lookup words({"old"});
        try {
            words.load(file.path);
            CHECK(words.get_vocabulary()[0] == "[UNK]");
            if (n > 12) CHECK(words("naïve") == 1);
        } catch (const file_error&) { CHECK(words.get_vocabulary() == strings{"[UNK]", "old"}); }
    }
}

TEST_CASE("texts as indices and as bags of words") {
    text_vectorization words;
    words.adapt({"The cat.", "A cat!", "the DOG"});
    CHECK(words.get_vocabulary() == strings{"", "[UNK]", "the", "cat", "dog", "a"});
    CHECK(same(words({"the bird sat", "dog"}), tensor<std::int64_t, 2, 3>{{2, 1, 1}, {4, 0, 0}}));
    CHECK(same(words("a dog"), tensor<std::int64_t, 2>{5, 4}));
    CHECK(words(strings{}).extents() == shape(0, 0));
    CHECK(words({"", " \t"}).extents() == shape(2, 0));
    CHECK(words.tokens("It's -- A test") == strings{"its", "a", "test"});

    text_vectorization bags({.max_tokens = 4, .output_mode = lookup_mode::count, .pad_to_max_tokens = true});
    bags.adapt({"b a b", "a b"});
    CHECK(same(bags.vectors({"a c b b", ""}), tensor<float, 2, 4>{{1, 2, 1, 0}, {0, 0, 0, 0}}));
}
TEST_CASE("a text is standardised, split and joined by functions of one's own") {
    const std::string sign = "-";
    const text_vectorization words({"x", "y"},
                                   {.standardize = [](std::string_view s) { return std::string(s.substr(1)); },
                                    .split =
                                        [sign](std::string_view s) {
                                            const std::size_t at = s.find(sign);
                                            return strings{std::string(s.substr(0, at)), std::string(s.substr(at + 1))};
                                        },
                                    .output_sequence_length = 3});
    CHECK(same(words({"?y-x", "?z-y"}), tensor<std::int64_t, 2, 3>{{3, 2, 0}, {1, 3, 0}}));
    CHECK(ngram_widths{3, 1}({"a", "b", "c", "d"}) == strings{"a b c", "b c d", "a", "b", "c", "d"});
    CHECK(ngram_widths(2)({"a", "b"}) == strings{"a", "b", "a b"});
    CHECK(ngram_widths{3}({"a", "b"}).empty());
    CHECK(standardization(standardization::lower)("ÀB\xffZ[") == "Àb\xffz[");
    CHECK(standardization(standardization::strip_punctuation)("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~a0\x7f“”") ==
          "a0\x7f“”");
    CHECK(splitting(splitting::whitespace)("\v a\u00a0b\f\r c") == strings{"a\u00a0b", "c"});
    CHECK(splitting(splitting::character)("né\xff") == strings{"n", "é", "\xef\xbf\xbd"});
    CHECK(splitting(splitting::none)("a b") == strings{"a b"});
}
TEST_CASE("options of texts that contradict each other are refused; files are those of string_lookup") {
    const auto options = [](text_vectorization_options o, const char* why) {
        CHECK_THROWS_WITH_AS(text_vectorization{o}, why, invalid_argument);
    };
    options({.output_mode = lookup_mode::one_hot}, "text_vectorization: one_hot is no output_mode of texts");
    options({.output_sequence_length = -1}, "text_vectorization: output_sequence_length is -1");
    options({.output_mode = lookup_mode::count, .output_sequence_length = 2},
            "text_vectorization: output_sequence_length is of indices");
    options({.ngrams = {2, 0}}, "text_vectorization: an n-gram of 0 tokens");
    options({.max_tokens = 1}, "text_vectorization: max_tokens is 1");
    CHECK_THROWS_WITH_AS(text_vectorization()("a"),
                         "text_vectorization: it has no vocabulary yet: adapt, set_vocabulary or load gives one",
                         no_value);
    text_vectorization words({"cat", "dog"}), again({"old"});
    CHECK_THROWS_WITH_AS(words.vectors({"cat"}), "text_vectorization: vectors are of another output_mode than integer",
                         invalid_argument);
    const temporary_file file("telar_lookup_test");
    words.save(file.path);
    CHECK(file.read() == "\n[UNK]\ncat\ndog");
    again.load(file.path);
    CHECK(again.get_vocabulary() == words.get_vocabulary());
    refuses(again, "a\na", "line 2: 'a' stands there already, 1 before");
    CHECK(again.table().index_of("dog") == 3);
}
