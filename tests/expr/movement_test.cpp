// SPDX-License-Identifier: BSL-1.0
#include <telar/expr/movement.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

using namespace telar;
using namespace telar::ir::passes;
using namespace values;

namespace {

constexpr bool slices_are_pythons() {
    const array x = counted<int>(shape(2, 3));
    return holds<int>(value_of([](auto a) { return telar::slice(a, axis<1>, range<1, 3>); }, x), shape(2, 2),
                      {1, 2, 4, 5}) &&
           holds<int>(value_of([](auto a) { return telar::slice(a, axis<-1>, range<-1>); }, x), shape(2, 1), {2, 5}) &&
           holds<int>(value_of([](auto a) { return telar::slice(a, 1, 0, -1); }, x), shape(2, 2), {0, 1, 3, 4}) &&
           holds<int>(value_of([](auto a) { return telar::slice(a, 0, 1); }, x), shape(1, 3), {3, 4, 5}) &&
           holds<int>(value_of([](auto a) { return telar::slice(a, starts<1, 1>, sizes<1, -1>); }, x), shape(1, 2),
                      {4, 5}) &&
           holds<int>(value_of([](auto a) { return telar::slice(a, 1, 2, 2); }, x), shape(2, 0), {}) &&
           holds<int>(value_of<false>([](auto a) { return telar::slice(a, 1, 1, 3); }, x), shape(2, 2), {1, 2, 4, 5});
}
static_assert(slices_are_pythons());

constexpr bool parts_are_joined_in_their_order() {
    const array x = counted<int>(shape(2, 3));
    const array y = vector_of<int>({7, 8, 9});
    const auto row = [](auto a) { return expand_dims(a, 0); };
    return holds<int>(value_of([=](auto a, auto b) { return concat(a, row(b), axis<0>); }, x, y), shape(3, 3),
                      {0, 1, 2, 3, 4, 5, 7, 8, 9}) &&
           holds<int>(value_of([](auto a) { return concat(a, a, axis<-1>); }, x), shape(2, 6),
                      {0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5}) &&
           holds<int>(value_of(
                          [](auto a) {
                              return concat({a, a + 3, a + 6, a + 9, a + 12}, 0);
                          },
                          y),
                      shape(15), {7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21}) &&
           holds<int>(value_of([](auto a) { return stack(a, -a, a, axis<1>); }, y), shape(3, 3),
                      {7, -7, 7, 8, -8, 8, 9, -9, 9}) &&
           holds<int>(value_of([](auto a) { return stack(a, -a, axis<0>); }, y), shape(2, 3), {7, 8, 9, -7, -8, -9});
}
static_assert(parts_are_joined_in_their_order());

constexpr bool axes_come_and_go() {
    const array x = counted<int>(shape(2, 3));
    return holds<int>(value_of([](auto a) { return reshape(a, extents<3, -1>); }, x), shape(3, 2),
                      {0, 1, 2, 3, 4, 5}) &&
           holds<int>(value_of<false>([](auto a) { return reshape(a, extents<-1, 2>); }, x), shape(3, 2),
                      {0, 1, 2, 3, 4, 5}) &&
           holds<int>(value_of([](auto a) { return flatten(expand_dims(a, 1)); }, x), shape(2, 3),
                      {0, 1, 2, 3, 4, 5}) &&
           holds<int>(value_of([](auto a) { return squeeze(expand_dims(a, axes<0, 3>)); }, x), shape(2, 3),
                      {0, 1, 2, 3, 4, 5}) &&
           holds<int>(value_of([](auto a) { return broadcast_to(a, extents<2, 2>); }, vector_of<int>({1, 2})),
                      shape(2, 2), {1, 2, 1, 2}) &&
           holds<int>(value_of([](auto a) { return pad(a, before<1, 0>, after<0, 2>); }, x), shape(3, 5),
                      {0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 4, 5, 0, 0});
}
static_assert(axes_come_and_go());

constexpr bool labels_become_rows() {
    const array x = counted<int>(shape(2, 3));
    const array labels = vector_of<std::int64_t>({2, 0, 3, -1});
    return holds<float>(value_of([](auto a) { return one_hot(a, depth<3>); }, labels), shape(4, 3),
                        {0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0}) &&
           holds<float>(value_of([](auto a) { return one_hot(a, 2); }, vector_of<std::uint8_t>({1, 0})), shape(2, 2),
                        {0, 1, 1, 0}) &&
           holds<int>(value_of<false>([](auto a) { return ones_like(a) + 2 * zeros_like(a); }, x), shape(2, 3),
                      {1, 1, 1, 1, 1, 1}) &&
           holds<int>(value_of([](auto a) { return full_like(a, 7); }, x), shape(2, 3), {7, 7, 7, 7, 7, 7});
}
static_assert(labels_become_rows());

}  // namespace

TEST_CASE("slices are Python's") { CHECK(slices_are_pythons()); }
TEST_CASE("parts are joined in their order") { CHECK(parts_are_joined_in_their_order()); }
TEST_CASE("axes come and go") { CHECK(axes_come_and_go()); }
TEST_CASE("labels become rows") { CHECK(labels_become_rows()); }

TEST_CASE("what depends on extents that are known only at run time is refused then") {
    const array x = counted<int>(shape(2, 3));
    const auto slice_to = [](auto to) { return [](auto a) { return telar::slice(a, 1, 1, decltype(to)::value); }; };
    CHECK(holds<int>(value_of<false>(slice_to(std::integral_constant<int, 3>{}), x), shape(2, 2), {1, 2, 4, 5}));
    CHECK_THROWS_AS(value_of<false>(slice_to(std::integral_constant<int, 4>{}), x), wrong_shape);
    CHECK_THROWS_AS(value_of<false>([](auto a) { return reshape(a, extents<4, -1>); }, x), wrong_shape);
    CHECK_THROWS_AS(value_of<false>([](auto a) { return squeeze(a, 0); }, x), wrong_shape);
    CHECK_THROWS_AS(value_of<false>([](auto a, auto b) { return concat(a, b, axis<0>); }, x, counted<int>(shape(2, 2))),
                    wrong_shape);
}

TEST_CASE("slices count from an end that is known only at run time") {
    const array x = counted<double>(shape(4, 2));  // 0 1 / 2 3 / 4 5 / 6 7
    CHECK(holds<double>(value_of<false>([](auto a) { return telar::slice(a, axis<0>, range<1>); }, x), shape(3, 2),
                        {2, 3, 4, 5, 6, 7}));
    CHECK(holds<double>(value_of<false>([](auto a) { return telar::slice(a, axis<0>, range<-1>); }, x), shape(1, 2),
                        {6, 7}));
    CHECK(holds<double>(value_of<false>([](auto a) { return telar::slice(a, axis<0>, range<-3, -1>); }, x), shape(2, 2),
                        {2, 3, 4, 5}));
    CHECK(holds<double>(value_of<false>([](auto a) { return telar::slice(a, axis<0>, range<1, -1>); }, x), shape(2, 2),
                        {2, 3, 4, 5}));
    const auto difference = [](auto a) { return telar::slice(a, 0, 1) - telar::slice(a, 0, 0, -1); };
    CHECK(holds<double>(value_of<false>(difference, x), shape(3, 2), {2, 2, 2, 2, 2, 2}));
    const auto slope = [&](auto a) { return differentiate(sum(difference(a) * telar::slice(a, 0, -3)), a); };
    // sum of (a_i - a_(i-1)) a_i, i = 1 ... 3:  -a_1,  2 a_1 - a_0 - a_2,  2 a_2 - a_1 - a_3,  2 a_3 - a_2
    CHECK(holds<double>(value_of<false>(slope, x), shape(4, 2), {-2, -3, 0, 0, 0, 0, 8, 9}));
    CHECK_THROWS_AS(value_of<false>([](auto a) { return telar::slice(a, axis<0>, range<5>); }, x), wrong_shape);
    CHECK_THROWS_AS(value_of<false>([](auto a) { return telar::slice(a, axis<0>, range<-5>); }, x), wrong_shape);
    CHECK_THROWS_AS(value_of<false>([](auto a) { return telar::slice(a, axis<0>, range<3, -2>); }, x), wrong_shape);
}
