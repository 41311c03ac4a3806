// SPDX-License-Identifier: BSL-1.0
// Numbers, types and shapes as text of C++. A number reads back as the same bits, but for the payload of a NaN.
#pragma once
#include <telar/core/dtype.hpp>
#include <telar/core/half.hpp>
#include <telar/graph/graph.hpp>
#include <telar/run/any_tensor.hpp>

#include <bit>
#include <charconv>
#include <cmath>
#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::io::cpp {

/// "float", "std::int64_t", "telar::float16": the type of an element.
inline std::string type_text(dtype t) {
    switch (t) {
        case dtype::float32: return "float";
        case dtype::float64: return "double";
        case dtype::boolean: return "bool";
        case dtype::float16:
        case dtype::bfloat16: return "telar::" + std::string(name_of(t));
        default: return "std::" + std::string(name_of(t)) + "_t";
    }
}
/// "telar::dtype::int64"
inline std::string dtype_text(dtype t) {
    return t == dtype::boolean ? "telar::dtype::boolean" : "telar::dtype::" + std::string(name_of(t));
}

template <std::floating_point T> std::string float_text(T v) {
    const std::string limits =
        std::same_as<T, float> ? "std::numeric_limits<float>::" : "std::numeric_limits<double>::";
    if (std::isnan(v)) return limits + "quiet_NaN()";
    if (std::isinf(v)) return (v < 0 ? "-" : "") + limits + "infinity()";
    char digits[40];
    std::string text(digits, std::to_chars(digits, digits + sizeof(digits), v).ptr);
    if (text.find_first_of(".e") == std::string::npos) text += ".0";
    return std::same_as<T, float> ? text + 'f' : text;
}
inline std::string whole_text(std::int64_t v) {
    return v == std::numeric_limits<std::int64_t>::min() ? "(-9223372036854775807 - 1)" : std::to_string(v);
}
/// The value of a constant node, as a literal of its type.
inline std::string literal(const ir::node& n) {
    const double v = is_float(n.type) ? std::bit_cast<double>(n.value) : 0;
    switch (n.type) {
        case dtype::float32: return float_text(static_cast<float>(v));
        case dtype::float64: return float_text(v);
        case dtype::float16:
        case dtype::bfloat16: return type_text(n.type) + '(' + float_text(static_cast<float>(v)) + ')';
        case dtype::boolean: return n.value ? "true" : "false";
        default: return type_text(n.type) + '{' + whole_text(static_cast<std::int64_t>(n.value)) + '}';
    }
}

/// The elements of a tensor, in lines, for the initialiser of an array of `element_of_array`.
inline std::string elements_text(const any_tensor& t) {
    std::string text;
    std::size_t column = 0;
    const auto put = [&](const std::string& number) {
        if (column == 0 || column + number.size() + 2 > 116) text += "\n   ", column = 3;
        text += ' ' + number + ',';
        column += number.size() + 2;
    };
    const auto put_all = [&]<Element T>(std::type_identity<T>) {
        if (t.type() != dtype_of<T>()) return;
        for (const T v : t.values<T>()) {
            if constexpr (std::floating_point<T>) put(float_text(v));
            else if constexpr (std::same_as<T, bool>) put(v ? "true" : "false");
            else if constexpr (std::integral<T>) put(whole_text(static_cast<std::int64_t>(v)));
            else put(std::to_string(std::bit_cast<std::uint16_t>(v)));
        }
    };
    [&]<class... T>(core::type_list<T...>) { (put_all(std::type_identity<T>{}), ...); }(core::element_types{});
    return text;
}
/// Numbers of two bytes are stored as their bits: they have no literals.
inline std::string element_of_array(dtype t) { return is_half(t) ? "std::uint16_t" : type_text(t); }

}  // namespace telar::inline TELAR_ABI::io::cpp
