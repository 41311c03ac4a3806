// SPDX-License-Identifier: BSL-1.0
// Texts as characters and as byte pairs. (Against Hugging Face's tokenizers: tests/fixtures/keras_text_test.cpp.)
#include <telar/data/byte_pairs.hpp>
#include <telar/data/characters.hpp>

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

namespace {

strings words_of(std::string_view text) {
    strings all;
    while (!text.empty()) {
        all.emplace_back(text.substr(0, io::byte_pairs::first_word(text)));
        text.remove_prefix(all.back().size());
    }
    return all;
}
/// The tokens of a text, as texts.
strings tokens_of(const byte_pair_encoding& encoding, std::string_view text) {
    strings all;
    for (const std::int64_t number : encoding.encode(text)) all.push_back(encoding.token_of(number));
    return all;
}

}  // namespace

TEST_CASE("characters are numbered as Unicode orders them") {
    const character_tokenizer characters("hello, wörld\n");
    CHECK(characters.size() == 11);
    CHECK(same(characters.encode("\n he"), tensor<std::int64_t, 4>{0, 1, 5, 4}));
    CHECK(characters.token_of(10) == "ö");
    CHECK(characters.decode(characters.encode("whole wörld")) == "whole wörld");
    CHECK(characters.encode("").size() == 0);
    CHECK(character_tokenizer().size() == 0);
    CHECK_THROWS_WITH_AS(characters.encode("hér"), "character_tokenizer: byte 1: 'é' is not in the vocabulary",
                         invalid_argument);
    CHECK_THROWS_WITH_AS(characters.encode("he\xc3"), "character_tokenizer: byte 2: the text is no UTF-8",
                         invalid_argument);
    CHECK_THROWS_AS(character_tokenizer("\xff"), invalid_argument);
    CHECK_THROWS_WITH_AS(characters.decode(std::vector<int>{0, 11}),
                         "character_tokenizer: 11 is no number of a character: there are 11", index_error);
    CHECK_THROWS_AS(characters.token_of(-1), index_error);
}
TEST_CASE("characters are saved as a text that holds each of them; others are refused") {
    const temporary_file file("telar_tokenizers_test");
    const character_tokenizer characters(std::string_view("b\0\r\nöa日", 10));
    characters.save(file.path);
    CHECK(file.read() == std::string_view("\0\n\rabö日", 10));
    character_tokenizer again("xyz");
    again.load(file.path);
    CHECK(again.decode(std::vector{6, 5, 3}) == "日öa");
    const auto refuses = [&](std::string_view text, const std::string& why) {
        file.write(text);
        CHECK_THROWS_WITH_AS(again.load(file.path), (file.path.string() + ": " + why).c_str(), file_error);
        CHECK(again.size() == 7);
    };
    refuses("ab\xff", "byte 2: no UTF-8");
    refuses("abb", "byte 2: the characters do not ascend: this is no file of a character_tokenizer");
    refuses("öa", "byte 2: the characters do not ascend: this is no file of a character_tokenizer");
}

TEST_CASE("words, as GPT-2 cuts them where a text is ASCII") {
    CHECK(words_of("Hello world") == strings{"Hello", " world"});
    CHECK(words_of("don't we'll I'dx 's") == strings{"don", "'t", " we", "'ll", " I", "'d", "x", " '", "s"});
    CHECK(words_of("a1b22, (3)!") == strings{"a", "1", "b", "22", ",", " (", "3", ")!"});
    CHECK(words_of("  a \n\n b\t\tc  ") == strings{" ", " a", " \n\n", " b", "\t", "\t", "c", "  "});
    CHECK(words_of("na\xc3\xafve \xe6\x97\xa5") == strings{"na\xc3\xafve", " \xe6\x97\xa5"});
    CHECK(words_of("''tis") == strings{"''", "tis"});
    CHECK(words_of("\n") == strings{"\n"});
}
TEST_CASE("nothing learnt: every byte is a token, and every text comes back") {
    const byte_pair_encoding bytes;
    CHECK(bytes.vocabulary_size() == 256);
    std::string text;
    for (int i = 0; i < 1000; ++i) text += static_cast<char>(static_cast<unsigned char>(i * i + i / 7));
    CHECK(bytes.encode(text).size() == text.size());
    CHECK(bytes.decode(bytes.encode(text)) == text);
    CHECK(bytes.encode("!")(0) == 0);    // GPT-2's first
    CHECK(bytes.encode(" ")(0) == 220);  // and its space
    CHECK(bytes.encode("\xad")(0) == 255);
    CHECK_THROWS_WITH_AS(bytes.token_of(256), "byte_pair_encoding: 256 is no number of a token: there are 256",
                         index_error);
    CHECK_THROWS_AS(bytes.decode(std::vector{-1}), index_error);
}
TEST_CASE("the most frequent pair is learnt first, of several the lowest") {
    byte_pair_encoding learnt;
    learnt.train({"low low low lower", "newest newest widest"}, 262);
    strings made;
    for (std::int64_t i = 256; i < learnt.vocabulary_size(); ++i) made.push_back(learnt.token_of(i));
    // lo and ow are there 4 times, es and " low" 3 times, ew and ne 2 times
    CHECK(made == strings{"lo", "low", "es", " low", "est", "ew"});
    CHECK(tokens_of(learnt, "lowest slow") == strings{"low", "est", " ", "s", "low"});
    CHECK(learnt.decode(learnt.encode("lowest\xff slow")) == "lowest\xff slow");
    const auto all = [](std::int64_t least) {
        byte_pair_encoding of;
        of.train({"abab abab", "cd"}, 1000, least);
        return of.vocabulary_size();
    };
    CHECK(all(3) == 257);  // ab
    CHECK(all(2) == 258);  // abab
    CHECK(all(1) == 260);  // " abab", cd
    learnt.train({"aaaa aaaa"}, 258);
    CHECK(tokens_of(learnt, "aaaaa") == strings{"aaaa", "a"});
    CHECK_THROWS_WITH_AS(learnt.train({"a"}, 255), "byte_pair_encoding: vocabulary_size is 255", invalid_argument);
    CHECK_THROWS_WITH_AS(learnt.train({"a"}, 300, 0), "byte_pair_encoding: min_frequency is 0", invalid_argument);
    CHECK(learnt.vocabulary_size() == 258);
}
TEST_CASE("two pairs that make the same bytes make one token") {
    const temporary_file file("telar_tokenizers_test");
    file.write("#version: 0.2\na b\nb c\nab c\na bc\nabc d\n");
    byte_pair_encoding learnt;
    learnt.load(file.path);
    CHECK(learnt.merges().size() == 5);
    CHECK(learnt.vocabulary_size() == 260);
    CHECK(tokens_of(learnt, "abcd bcd") == strings{"abcd", " ", "bc", "d"});
    learnt.save(file.path);
    CHECK(file.read() == "#version: 0.2\na b\nb c\nab c\na bc\nabc d\n");
}
TEST_CASE("merges are read as GPT-2 writes them; others are refused with the line") {
    const temporary_file file("telar_tokenizers_test");
    byte_pair_encoding learnt;
    file.write("Ġ t\r\nĠt h\r\n# #\r\nÃ ©\r\n\r\n");
    learnt.load(file.path);
    CHECK(tokens_of(learnt, "### the é") == strings{"##", "#", " th", "e", " ", "é"});
    const auto refuses = [&](std::string_view text, const std::string& why) {
        file.write(text);
        CHECK_THROWS_WITH_AS(learnt.load(file.path), (file.path.string() + ": " + why).c_str(), file_error);
        CHECK(learnt.merges().size() == 4);
    };
    refuses("a b\nab\n", "line 2: not two tokens with a space between them");
    refuses("a b\nabc d\n", "line 2: 'abc' is no token that a line before makes");
    refuses("a b\n d\n", "line 2: '' is no token that a line before makes");
    refuses("#version: 0.2\na b\na b\n", "line 3: the pair stands there twice");
    refuses("a b c\n", "line 1: column 2: no character that stands for a byte");
    refuses("a \xff\n", "line 1: column 1: no character that stands for a byte");
    refuses("a 日\n", "line 1: column 1: no character that stands for a byte");
    CHECK_THROWS_AS(learnt.load("/nowhere/telar"), file_error);
    file.write("");
    learnt.load(file.path);
    CHECK(learnt.vocabulary_size() == 256);
}
