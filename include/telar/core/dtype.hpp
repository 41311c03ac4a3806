// SPDX-License-Identifier: BSL-1.0
// Element types: one enum, one table.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/half.hpp>
#include <telar/core/type_list.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>
#include <type_traits>

namespace telar::inline TELAR_ABI {

// (The numbers stand in saved files and never change.)
enum class dtype : std::int32_t {
    float32,
    float64,
    int32,
    int64,
    uint8,
    boolean,
    float16,
    bfloat16,
    int8,
    int16,
    uint16,
    uint32
};

namespace core {
enum class number_class : std::int32_t { truth, natural, integer, real };

struct dtype_info {
    dtype kind;
    std::string_view name;     // NumPy's
    std::string_view in_file;  // safetensors'
    int bytes;
    number_class numbers;
    dtype computed_in;  // the type of the registers: of a narrower type each result is rounded, or wraps
};

// clang-format off
inline constexpr dtype_info dtype_table[] = {
    {dtype::float32,  "float32",  "F32",  4, number_class::real,    dtype::float32},
    {dtype::float64,  "float64",  "F64",  8, number_class::real,    dtype::float64},
    {dtype::int32,    "int32",    "I32",  4, number_class::integer, dtype::int32},
    {dtype::int64,    "int64",    "I64",  8, number_class::integer, dtype::int64},
    {dtype::uint8,    "uint8",    "U8",   1, number_class::natural, dtype::int32},
    {dtype::boolean,  "bool",     "BOOL", 1, number_class::truth,   dtype::float32},  // as masks
    {dtype::float16,  "float16",  "F16",  2, number_class::real,    dtype::float32},
    {dtype::bfloat16, "bfloat16", "BF16", 2, number_class::real,    dtype::float32},
    {dtype::int8,     "int8",     "I8",   1, number_class::integer, dtype::int32},
    {dtype::int16,    "int16",    "I16",  2, number_class::integer, dtype::int32},
    {dtype::uint16,   "uint16",   "U16",  2, number_class::natural, dtype::int32},
    {dtype::uint32,   "uint32",   "U32",  4, number_class::natural, dtype::int64},
};
/// The C++ type of each, at the place of its row.
using element_types = type_list<float, double, std::int32_t, std::int64_t, std::uint8_t, bool, float16, bfloat16,
                                std::int8_t, std::int16_t, std::uint16_t, std::uint32_t>;
// clang-format on

constexpr const dtype_info& info(dtype t) { return dtype_table[static_cast<std::size_t>(t)]; }

/// The place of a type in a list; -1: nowhere.
template <class T, class... All> constexpr int place_of_type(type_list<All...>) {
    int at = -1, i = 0;
    ((at = std::is_same_v<T, All> ? i : at, ++i), ...);
    return at;
}
template <class T> inline constexpr int number_of_element = place_of_type<T>(element_types{});

template <dtype D, class Types> struct element;
template <dtype D, class... All> struct element<D, type_list<All...>> {
    using type = type_at<static_cast<std::size_t>(D), All...>;
};
}  // namespace core

/// The C++ type of a dtype.
template <dtype D> using element_t = typename core::element<D, core::element_types>::type;

constexpr std::string_view name_of(dtype t) { return core::info(t).name; }
constexpr std::size_t size_of(dtype t) { return static_cast<std::size_t>(core::info(t).bytes); }
constexpr bool is_float(dtype t) { return core::info(t).numbers == core::number_class::real; }
constexpr bool is_unsigned(dtype t) { return core::info(t).numbers == core::number_class::natural; }
constexpr bool is_integer(dtype t) { return is_unsigned(t) || core::info(t).numbers == core::number_class::integer; }

constexpr bool is_half(dtype t) { return t == dtype::float16 || t == dtype::bfloat16; }
/// The type of the registers that hold numbers of this type.
constexpr dtype computed_in(dtype t) { return core::info(t).computed_in; }
/// The type that a kernel's values have while it computes: of floats each result is then rounded to its own type.
constexpr dtype arithmetic_type(dtype t) { return is_half(t) ? computed_in(t) : t; }
/// True of an integer type that is computed in a wider one: results wrap when they are stored.
constexpr bool wraps_when_stored(dtype t) { return is_integer(t) && computed_in(t) != t; }

namespace core {
/// An integer as the type holds it: it wraps.
constexpr std::int64_t wrapped(dtype t, std::int64_t v) {
    const dtype_info& row = info(t);
    const int spare = 64 - 8 * row.bytes;
    const std::uint64_t bits = static_cast<std::uint64_t>(v) << spare;
    if (row.numbers == number_class::truth) return v;
    return row.numbers == number_class::natural ? static_cast<std::int64_t>(bits >> spare)
                                                : static_cast<std::int64_t>(bits) >> spare;
}
/// The ends of an integer type.
constexpr std::int64_t lowest_integer(dtype t) { return is_unsigned(t) ? 0 : INT64_MIN >> (64 - 8 * info(t).bytes); }
constexpr std::int64_t highest_integer(dtype t) {
    return is_unsigned(t) ? wrapped(t, -1) : INT64_MAX >> (64 - 8 * info(t).bytes);
}
}  // namespace core

/// A float as the type holds it.
constexpr double held_by(dtype t, double v) {
    switch (t) {
        case dtype::float32: return static_cast<float>(v);
        case dtype::float16: return float16(v);
        case dtype::bfloat16: return bfloat16(v);
        default: return v;
    }
}

/// The C++ types that a tensor may hold.
template <class T>
concept Element = core::number_of_element<T>
>= 0;

/// A C++ number beside a tensor: 0.1f * x. It takes the tensor's element type.
template <class T>
concept Scalar = std::is_arithmetic_v<std::remove_cvref_t<T>> || Half<std::remove_cvref_t<T>>;

/// The dtype of a C++ number; of other types those of about their width.
template <Scalar T> constexpr dtype dtype_of() {
    if constexpr (Element<T>) return static_cast<dtype>(core::number_of_element<T>);
    else if constexpr (std::is_floating_point_v<T>) return dtype::float64;
    else if constexpr (sizeof(T) == 1) return dtype::uint8;
    else if constexpr (sizeof(T) <= 4) return dtype::int32;
    else return dtype::int64;
}

namespace core {
template <class... All> constexpr bool has_every_element(type_list<All...>) {
    if (sizeof...(All) != std::size(dtype_table)) return false;
    int i = 0;
    return ((dtype_table[i].kind == static_cast<dtype>(i) && dtype_table[i].bytes == int(sizeof(All)) &&
             (dtype_table[i++].numbers == number_class::real) == !std::is_integral_v<All>)&&...);
}
static_assert(has_every_element(element_types{}), "dtype_table: a row and a C++ type per dtype, in the enum's order");
}  // namespace core

}  // namespace telar::inline TELAR_ABI
