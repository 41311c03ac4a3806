// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <random>
#include <telar/core/shape.hpp>
#include <type_traits>
#include <utility>

using namespace telar;

namespace {

template <shape S> struct shaped {};
static_assert(std::is_same_v<shaped<shape(2, 3)>, shaped<shape(2, 3)>>);
static_assert(!std::is_same_v<shaped<shape(2, 3)>, shaped<shape(3, 2)>>);
template <std::size_t... I> constexpr bool takes_axes(std::index_sequence<I...>) {
    return std::is_constructible_v<shape, decltype(static_cast<int>(I))...>;
}
static_assert(takes_axes(std::make_index_sequence<max_rank>{}) &&
              !takes_axes(std::make_index_sequence<max_rank + 1>{}));
static_assert(!std::is_convertible_v<int, shape>);
static_assert(std::has_unique_object_representations_v<shape>, "no padding");

}  // namespace

TEST_SUITE("core/shape") {
    TEST_CASE("rank, extents, count") {
        constexpr shape s(2, 3, 5);
        CHECK(s.rank == 3);
        CHECK(s[2] == 5);
        CHECK(s.count() == 30);
        CHECK(shape().rank == 0);
        CHECK(shape().count() == 1);
        CHECK(shape(4, 0).count() == 0);
        CHECK(shape(3000000000, 3).count() == 9000000000);
        CHECK(shape(3000000000, 3000000000, 3000000000).count() == too_many);
        CHECK(shape(3000000000, 3000000000, 3000000000, 0).count() == 0);
    }
#ifdef __SIZEOF_INT128__
    TEST_CASE("sums and products of extents never wrap") {
        __extension__ typedef __int128 wide;
        const auto bounded = [](wide v) {
            return static_cast<extent_t>(v > too_many ? wide(too_many) : v < -wide(too_many) ? wide(-too_many) : v);
        };
        std::mt19937_64 random(1);
        for (int i = 0; i < 20000; ++i) {
            const auto any = [&] { return static_cast<extent_t>(random()) >> random() % 64; };
            const extent_t a = any(), b = any();
            CHECK(saturating_multiply(a, b) == bounded(wide(a) * b));
            CHECK(saturating_add(a, b) == bounded(wide(a) + b));
        }
        for (const extent_t a : {too_many, -too_many, too_many - 1, extent_t{1}, extent_t{-1}, extent_t{0}})
            for (const extent_t b : {too_many, -too_many, extent_t{2}, extent_t{1}, extent_t{-1}, extent_t{0}}) {
                CHECK(saturating_multiply(a, b) == bounded(wide(a) * b));
                CHECK(saturating_add(a, b) == bounded(wide(a) + b));
            }
    }
#endif
    TEST_CASE("what memory can address") {
        CHECK(is_addressable(shape(1 << 30, 1 << 30), 4));
        CHECK_FALSE(is_addressable(shape(std::int64_t{1} << 31, std::int64_t{1} << 30), 4));
        CHECK(is_addressable(shape(std::int64_t{1} << 40, std::int64_t{1} << 40, 0), 8));
        CHECK_FALSE(is_addressable(shape(std::int64_t{1} << 40, dyn, std::int64_t{1} << 40), 1));
        CHECK(is_addressable(shape(dyn, dyn), 8));
    }

    TEST_CASE("shapes are equal when ranks and extents are") {
        CHECK(shape(2, 3) == shape(2, 3));
        CHECK(shape(2, 3) != shape(2, 4));
        CHECK(shape(2) != shape(2, 0));
        CHECK(shape() != shape(1));
        shape grown(2);
        grown.append(3);
        CHECK(grown == shape(2, 3));
        shape full(1, 2, 3, 4, 5, 6);
        full.append(7);
        CHECK(full == shape(1, 2, 3, 4, 5, 6));  // beyond max_rank an axis is dropped
        shape cut(2, 9);
        cut.rank = 1;
        CHECK(cut == shape(2));  // what lies behind the rank does not count
    }
}
