// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>
#include <telar/core/dtype.hpp>
#include <type_traits>

using namespace telar;
using namespace telar::core;

namespace {

template <class T>
constexpr bool there_and_back = std::is_same_v<element_t<dtype_of<T>()>, T>&& size_of(dtype_of<T>()) == sizeof(T) &&
                                is_float(dtype_of<T>()) == Real<T>&& Element<T>;
static_assert(there_and_back<float> && there_and_back<double> && there_and_back<bool>);
static_assert(there_and_back<float16> && there_and_back<bfloat16>);
template <class... T> constexpr bool all_there_and_back(type_list<T...>) { return (there_and_back<T> && ...); }
static_assert(all_there_and_back(element_types{}));

/// What the table says of integers is what C++ says of their types.
template <class T> constexpr bool is_like_cpp() {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
        constexpr dtype t = dtype_of<T>();
        for (const std::int64_t v : {std::int64_t{-1}, std::int64_t{-129}, std::int64_t{200}, std::int64_t{40000},
                                     std::int64_t{1} << 31, std::int64_t{1} << 32, INT64_MIN + 7})
            if (wrapped(t, v) != static_cast<T>(v)) return false;
        return is_integer(t) && is_unsigned(t) == std::is_unsigned_v<T> &&
               lowest_integer(t) == std::numeric_limits<T>::min() &&
               highest_integer(t) == std::numeric_limits<T>::max();
    }
    return !is_integer(dtype_of<T>());
}
template <class... T> constexpr bool all_are_like_cpp(type_list<T...>) { return (is_like_cpp<T>() && ...); }
static_assert(all_are_like_cpp(element_types{}));
static_assert(wrapped(dtype::boolean, 1) == 1);

static_assert(!Element<long double> && !Element<char> && !Element<std::uint64_t> && !Element<const float>);
static_assert(Scalar<int&> && Scalar<const double> && Scalar<long double> && !Scalar<std::string_view>);
static_assert(dtype_of<char32_t>() == dtype::int32 && dtype_of<unsigned long long>() == dtype::int64);
static_assert(dtype_of<short>() == dtype::int16 && dtype_of<unsigned>() == dtype::uint32);
static_assert(dtype_of<long double>() == dtype::float64);
static_assert(held_by(dtype::float64, 0.1) == 0.1 && held_by(dtype::float32, 0.1) == 0.1f);
static_assert(held_by(dtype::float16, 65519) == 65504 && held_by(dtype::bfloat16, 257) == 256);
static_assert(arithmetic_type(dtype::bfloat16) == dtype::float32 && arithmetic_type(dtype::uint8) == dtype::uint8);
static_assert(wraps_when_stored(dtype::uint32) && !wraps_when_stored(dtype::int32) &&
              !wraps_when_stored(dtype::boolean));

}  // namespace

TEST_SUITE("core/dtype") {
    TEST_CASE("each row stands at its number and has a name of its own") {
        std::set<std::string_view> names, in_files;
        std::int32_t number = 0;
        for (const dtype_info& row : dtype_table) {
            CHECK(static_cast<std::int32_t>(row.kind) == number++);
            CHECK(&info(row.kind) == &row);
            names.insert(row.name);
            in_files.insert(row.in_file);
            CHECK(info(row.computed_in).computed_in == row.computed_in);
        }
        CHECK(names.size() == std::size(dtype_table));
        CHECK(in_files.size() == std::size(dtype_table));
        CHECK(name_of(dtype::boolean) == "bool");
        CHECK(name_of(dtype::float32) == "float32");
    }

    TEST_CASE("the numbers stand in saved files and never change") {
        CHECK(static_cast<int>(dtype::float32) == 0);
        CHECK(static_cast<int>(dtype::float64) == 1);
        CHECK(static_cast<int>(dtype::int32) == 2);
        CHECK(static_cast<int>(dtype::int64) == 3);
        CHECK(static_cast<int>(dtype::uint8) == 4);
        CHECK(static_cast<int>(dtype::boolean) == 5);
        CHECK(static_cast<int>(dtype::float16) == 6);
        CHECK(static_cast<int>(dtype::bfloat16) == 7);
        CHECK(static_cast<int>(dtype::int8) == 8);
        CHECK(static_cast<int>(dtype::int16) == 9);
        CHECK(static_cast<int>(dtype::uint16) == 10);
        CHECK(static_cast<int>(dtype::uint32) == 11);
    }
}
