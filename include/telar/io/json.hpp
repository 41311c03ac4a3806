// SPDX-License-Identifier: BSL-1.0
// JSON as Python writes it, with NaN and Infinity, which libraries refuse; values know where they stand. (json_text.hpp
// writes text.)
#pragma once
#include <telar/core/read_number.hpp>
#include <telar/io/piece.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io {

/// A value of a JSON text.
struct json {
    enum kinds { null, boolean, number, text, list, object };

    kinds kind = null;
    bool truth = false;
    double value = 0;                  // of a number
    std::string words{};               // of a text
    std::vector<json> items{};         // of a list; of an object the values
    std::vector<std::string> names{};  // of an object, beside the values
    std::uint64_t at = 0;              // where it begins in the text

    bool is(kinds k) const { return kind == k; }
    bool is_text(std::string_view s) const { return kind == text && words == s; }
    /// The member of an object; a null where there is none, or where this is no object.
    const json& operator[](std::string_view name) const {
        static const json nothing{};
        for (std::size_t i = 0; i < names.size(); ++i)
            if (names[i] == name) return items[i];
        return nothing;
    }
};

/// Reads one text, of one value.
class json_reader {
public:
    explicit json_reader(piece file) : file_(std::move(file)), text_(file_.text(0, file_.size())) {}

    json whole() {
        json v = value(0);
        skip_spaces();
        if (at_ < text_.size()) refuse("something behind the value");
        return v;
    }

private:
    [[noreturn]] void refuse(const std::string& why) const { file_.refuse(at_, why); }
    char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip_spaces() {
        while (next() == ' ' || next() == '\n' || next() == '\t' || next() == '\r') ++at_;
    }
    bool takes(std::string_view word) {
        if (text_.substr(at_, word.size()) != word) return false;
        at_ += word.size();
        return true;
    }
    void expect(std::string_view word) {
        skip_spaces();
        if (!takes(word)) refuse("expected '" + std::string(word) + '\'');
    }

    json value(int depth) {
        constexpr int most_nested = 200;
        if (depth > most_nested) refuse("nested too deep");
        skip_spaces();
        json v;
        v.at = at_;
        constexpr double infinity = std::numeric_limits<double>::infinity();
        const auto is_number = [&](double number) { v.kind = json::number, v.value = number; };
        if (next() == '{') read_object(v, depth);
        else if (next() == '[') read_list(v, depth);
        else if (next() == '"') v.kind = json::text, v.words = read_text();
        else if (next() >= '0' && next() <= '9') is_number(read_number());  // of lists of numbers, the most
        else if (takes("null")) v.kind = json::null;
        else if (takes("true")) v.kind = json::boolean, v.truth = true;
        else if (takes("false")) v.kind = json::boolean;
        else if (takes("NaN")) is_number(std::numeric_limits<double>::quiet_NaN());
        else if (takes("Infinity")) is_number(infinity);
        else if (takes("-Infinity")) is_number(-infinity);
        else is_number(read_number());
        return v;
    }
    void read_list(json& v, int depth) {
        v.kind = json::list;
        ++at_;
        skip_spaces();
        if (takes("]")) return;
        do v.items.push_back(value(depth + 1));
        while (separates(']'));
    }
    void read_object(json& v, int depth) {
        v.kind = json::object;
        ++at_;
        skip_spaces();
        if (takes("}")) return;
        do {
            skip_spaces();
            if (next() != '"') refuse("expected a name");
            std::string name = read_text();
            expect(":");
            v.names.push_back(std::move(name));
            v.items.push_back(value(depth + 1));
        } while (separates('}'));
        std::vector<std::string_view> sorted(v.names.begin(), v.names.end());
        std::sort(sorted.begin(), sorted.end());
        const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
        if (twice != sorted.end()) file_.refuse(v.at, "the name '" + std::string(*twice) + "' stands twice");
    }
    /// True for a comma, false for the end.
    bool separates(char end) {
        skip_spaces();
        if (takes(",")) return true;
        if (next() != end || at_ >= text_.size()) refuse(std::string("expected ',' or '") + end + '\'');
        ++at_;
        return false;
    }
    double read_number() {
        const char* const from = text_.data() + at_;
        const char* const end = text_.data() + text_.size();
        double number = 0;
        const auto [stop, problem] = core::read_number(from, end, number);
        const bool begins = next() == '-' || (next() >= '0' && next() <= '9');
        if (!begins || stop == from || problem == std::errc::invalid_argument) refuse("no JSON");
        const std::string_view digits(from, static_cast<std::size_t>(stop - from));
        at_ += digits.size();
        if (problem != std::errc::result_out_of_range) return number;
        const double size = is_large(digits) ? std::numeric_limits<double>::infinity() : 0.0;
        return digits[0] == '-' ? -size : size;
    }
    /// Of a number that lies beyond the doubles: whether it is too large for them, or too small.
    static bool is_large(std::string_view digits) {
        const std::string_view mantissa = digits.substr(0, digits.find_first_of("eE"));
        const std::size_t first = mantissa.find_first_of("123456789"),
                          point = std::min(mantissa.find('.'), mantissa.size());
        if (first == std::string_view::npos) return false;
        std::string_view power = digits.substr(mantissa.size());
        power.remove_prefix(
            std::min<std::size_t>(power.size(), power.starts_with("e+") || power.starts_with("E+") ? 2 : 1));
        std::int64_t exponent = 0;
        if (std::from_chars(power.data(), power.data() + power.size(), exponent).ec == std::errc::result_out_of_range)
            return power[0] != '-';
        const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(first);  // far from the limits
        return exponent > -place;
    }
    std::string read_text() {
        std::string s;
        for (++at_; next() != '"'; ++at_) {
            if (at_ >= text_.size()) refuse("a text without an end");
            if (next() != '\\') s += next();
            else ++at_, add_escaped(s);
        }
        ++at_;
        return s;
    }
    void add_escaped(std::string& s) {
        constexpr std::string_view letters = "\"\\/bfnrt", meant = "\"\\/\b\f\n\r\t";
        if (next() == 'u') return add_code(s);
        const std::size_t i = letters.find(next());
        if (i == std::string_view::npos) refuse("an unknown escape");
        s += meant[i];
    }
    /// \uD83D\uDE00, as UTF-8.
    void add_code(std::string& s) {
        std::uint32_t code = read_digits();
        if (code >= 0xd800 && code < 0xdc00 && text_.substr(at_ + 1, 2) == "\\u") {
            at_ += 2;
            code = 0x10000 + ((code - 0xd800) << 10) + (read_digits() - 0xdc00);
        }
        const auto push = [&](std::uint32_t bits) { s += static_cast<char>(bits); };
        if (code < 0x80) return push(code);
        if (code < 0x800) push(0xc0 | code >> 6);
        else if (code < 0x10000) push(0xe0 | code >> 12), push(0x80 | (code >> 6 & 0x3f));
        else push(0xf0 | (code >> 18 & 7)), push(0x80 | (code >> 12 & 0x3f)), push(0x80 | (code >> 6 & 0x3f));
        push(0x80 | (code & 0x3f));
    }
    /// Four digits behind a u; stays on the last.
    std::uint32_t read_digits() {
        std::uint32_t code = 0;
        const std::string_view digits = text_.substr(at_ + 1, 4);
        const auto [stop, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), code, 16);
        if (digits.size() < 4 || stop != digits.data() + 4 || problem != std::errc()) refuse("an unknown escape");
        at_ += 4;
        return code;
    }

    piece file_;
    std::string_view text_;
    std::size_t at_ = 0;
};

/// The value of a JSON text; NaN and Infinity are numbers, as Python writes them.
///
/// edge      a number beyond the doubles is infinite or zero, as Python reads it
/// errors    file_error, with path and offset: no JSON, truncated, nested deeper than 200, a name twice in one object
/// source    RFC 8259
/// test      tests/io/json_test.cpp
inline json read_json(std::string_view text, const std::string& path) {
    return json_reader(piece(std::as_bytes(std::span(text.data(), text.size())), path, "json")).whole();
}

}  // namespace telar::inline TELAR_ABI::io
