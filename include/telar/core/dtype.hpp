// SPDX-License-Identifier: BSL-1.0
// Element types: one enum, one table.
#pragma once
#include <telar/core/config.hpp>
#include <telar/core/half.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>

namespace telar::inline TELAR_ABI {

enum class dtype : std::int32_t { float32, float64, int32, int64, uint8, boolean, float16, bfloat16, int8 };

namespace core {
struct dtype_info {
    dtype kind;
    std::string_view name;
    int bytes;
    bool is_float;
    bool is_supported;  // the others are reserved: their numbers stand in saved files
};

// clang-format off
inline constexpr dtype_info dtype_table[] = {
    {dtype::float32,  "float32",  4, true,  true},
    {dtype::float64,  "float64",  8, true,  true},
    {dtype::int32,    "int32",    4, false, true},
    {dtype::int64,    "int64",    8, false, true},
    {dtype::uint8,    "uint8",    1, false, true},
    {dtype::boolean,  "bool",     1, false, true},
    {dtype::float16,  "float16",  2, true,  true},
    {dtype::bfloat16, "bfloat16", 2, true,  true},
    {dtype::int8,     "int8",     1, false, false},
};
// clang-format on
constexpr const dtype_info& info(dtype t) { return dtype_table[static_cast<std::size_t>(t)]; }
}  // namespace core

constexpr std::string_view name_of(dtype t) { return core::info(t).name; }
constexpr bool is_float(dtype t) { return core::info(t).is_float; }
constexpr std::size_t size_of(dtype t) { return static_cast<std::size_t>(core::info(t).bytes); }

constexpr bool is_half(dtype t) { return t == dtype::float16 || t == dtype::bfloat16; }
/// The type that numbers of this type are computed in: each result is then rounded to its own type.
constexpr dtype arithmetic_type(dtype t) { return is_half(t) ? dtype::float32 : t; }
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
concept Element = std::same_as<T, float> || std::same_as<T, double> || std::same_as<T, std::int32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint8_t> || std::same_as<T, bool> || Half<T>;

/// A C++ number beside a tensor: 0.1f * x. It takes the tensor's element type.
template <class T>
concept Scalar = std::is_arithmetic_v<std::remove_cvref_t<T>> || Half<std::remove_cvref_t<T>>;

/// The dtype of a C++ number; other integer types map by width.
template <Scalar T> constexpr dtype dtype_of() {
    if constexpr (std::same_as<T, float>) return dtype::float32;
    else if constexpr (std::same_as<T, float16>) return dtype::float16;
    else if constexpr (std::same_as<T, bfloat16>) return dtype::bfloat16;
    else if constexpr (std::is_floating_point_v<T>) return dtype::float64;
    else if constexpr (std::same_as<T, bool>) return dtype::boolean;
    else if constexpr (sizeof(T) == 1) return dtype::uint8;
    else if constexpr (sizeof(T) <= 4) return dtype::int32;
    else return dtype::int64;
}

namespace core {
template <dtype D> struct element;
// clang-format off
template <> struct element<dtype::float32>  { using type = float; };
template <> struct element<dtype::float64>  { using type = double; };
template <> struct element<dtype::int32>    { using type = std::int32_t; };
template <> struct element<dtype::int64>    { using type = std::int64_t; };
template <> struct element<dtype::uint8>    { using type = std::uint8_t; };
template <> struct element<dtype::boolean>  { using type = bool; };
template <> struct element<dtype::float16>  { using type = float16; };
template <> struct element<dtype::bfloat16> { using type = bfloat16; };
// clang-format on
}  // namespace core

/// The C++ type of a dtype.
template <dtype D> using element_t = typename core::element<D>::type;

}  // namespace telar::inline TELAR_ABI
