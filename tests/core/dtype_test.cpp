// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cstdint>
#include <iterator>
#include <set>
#include <string_view>
#include <telar/core/dtype.hpp>
#include <type_traits>

using namespace telar;
using namespace telar::core;

namespace {

template <class T>
constexpr bool there_and_back = std::is_same_v<element_t<dtype_of<T>()>, T>&& size_of(dtype_of<T>()) == sizeof(T) &&
                                is_float(dtype_of<T>()) == Real<T>&& info(dtype_of<T>()).is_supported&& Element<T>;
static_assert(there_and_back<float> && there_and_back<double> && there_and_back<bool>);
static_assert(there_and_back<float16> && there_and_back<bfloat16>);
static_assert(there_and_back<std::int32_t> && there_and_back<std::int64_t> && there_and_back<std::uint8_t>);

static_assert(!Element<long double> && !Element<char> && !Element<std::uint32_t> && !Element<const float>);
static_assert(Scalar<int&> && Scalar<const double> && Scalar<long double> && !Scalar<std::string_view>);
static_assert(dtype_of<short>() == dtype::int32 && dtype_of<unsigned long long>() == dtype::int64);
static_assert(dtype_of<long double>() == dtype::float64);
static_assert(held_by(dtype::float64, 0.1) == 0.1 && held_by(dtype::float32, 0.1) == 0.1f);
static_assert(held_by(dtype::float16, 65519) == 65504 && held_by(dtype::bfloat16, 257) == 256);
static_assert(arithmetic_type(dtype::bfloat16) == dtype::float32 && arithmetic_type(dtype::int32) == dtype::int32);

}  // namespace

TEST_SUITE("core/dtype") {
    TEST_CASE("each row stands at its number and has a name of its own") {
        std::set<std::string_view> names;
        std::int32_t number = 0;
        for (const dtype_info& row : dtype_table) {
            CHECK(static_cast<std::int32_t>(row.kind) == number++);
            CHECK(&info(row.kind) == &row);
            names.insert(row.name);
        }
        CHECK(names.size() == std::size(dtype_table));
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
    }
}
