// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <telar/core/shape.hpp>
#include <type_traits>

using namespace telar;

namespace {

template <shape S> struct shaped {};
static_assert(std::is_same_v<shaped<shape(2, 3)>, shaped<shape(2, 3)>>);
static_assert(!std::is_same_v<shaped<shape(2, 3)>, shaped<shape(3, 2)>>);
static_assert(!std::is_constructible_v<shape, int, int, int, int, int, int, int>, "at most max_rank axes");
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
