// SPDX-License-Identifier: BSL-1.0
// Names of a file as identifiers of C++: whatever a file calls its values, nothing but a plain name comes out.
#pragma once
#include <telar/core/config.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::io::cpp {

/// Words that name nothing of one's own: keywords, what the generated text says itself, macros of lower case.
inline bool is_reserved(std::string_view name) {
    // clang-format off
    static constexpr std::string_view words[] = {
        "alignas", "alignof", "and", "and_eq", "asm", "assert", "auto", "bitand", "bitor", "bool", "break", "case",
        "catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return", "co_yield", "compl",
        "concept", "const", "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype", "default",
        "delete", "description", "dims", "do", "double", "dynamic_cast", "else", "enum", "errno", "explicit", "export",
        "extern", "false", "far", "float", "for", "friend", "goto", "i386", "if", "inline", "int", "linux", "load", "long",
        "main", "major", "minor", "model", "mutable", "namespace", "near", "new", "noexcept", "not", "not_eq",
        "nullptr", "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast",
        "requires", "return", "short", "signed", "sizeof", "small", "static", "static_assert", "static_cast", "std",
        "stderr", "stdin", "stdout", "struct", "switch", "telar", "telar_members", "telar_named", "telar_names",
        "template", "this", "thread_local", "throw", "trainable_model", "true", "try", "typedef", "typeid", "typename",
        "union", "unix", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "weights", "while", "xor",
        "xor_eq",
    };
    // clang-format on
    return std::binary_search(std::begin(words), std::end(words), name);
}

/// Letters, digits and single underscores, beginning with a letter, ending without an underscore, of at most 80
/// characters; not in capitals alone, as macros are.   "/conv1/Conv" -> conv1_Conv, "X" -> x, "3:w" -> value_3_w
inline std::string identifier(std::string_view name) {
    const auto is_upper = [](char c) { return c >= 'A' && c <= 'Z'; };
    const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    std::string text;
    for (const char c : name) {
        const bool stays = is_upper(c) || is_lower(c) || is_digit(c);
        if (stays) text += c;
        else if (!text.empty() && text.back() != '_') text += '_';
        if (text.size() == 80) break;
    }
    while (!text.empty() && text.back() == '_') text.pop_back();
    if (text.empty() || is_digit(text[0])) text = text.empty() ? "value" : "value_" + text;
    if (std::none_of(text.begin(), text.end(), is_lower))
        for (char& c : text)
            if (is_upper(c)) c = static_cast<char>(c - 'A' + 'a');
    return is_reserved(text) ? text + "_of_file" : text;
}

/// Names of one scope, no two alike.
class unique_names {
public:
    /// The name as an identifier, with a number behind it if there is one already.
    std::string add(std::string_view name) {
        const std::string wanted = identifier(name);
        std::string text = wanted;
        for (int i = 2; !taken_.insert(text).second; ++i) text = wanted + '_' + std::to_string(i);
        return text;
    }

private:
    std::set<std::string, std::less<>> taken_;
};

/// A text of a file inside of a comment: in one line, that neither ends it nor goes on in the next.
inline std::string comment(std::string_view text) {
    std::string safe;
    for (const char c : text.substr(0, 160)) safe += c >= ' ' && c <= '~' && c != '\\' && c != '?' ? c : '_';
    return safe;
}

}  // namespace telar::inline TELAR_ABI::io::cpp
