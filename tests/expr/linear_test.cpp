// SPDX-License-Identifier: BSL-1.0
#include <telar/expr/linear.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

using namespace telar;
using namespace values;

namespace {

constexpr auto product = [](auto l, auto r) { return matmul(l, r); };

constexpr bool matmul_has_numpys_meaning() {
    const array a = counted<double>(shape(2, 3));
    const array b = counted<double>(shape(3, 2));
    const array v = vector_of<double>({1, 2, 3});
    return holds<double>(value_of(product, a, b), shape(2, 2), {10, 13, 28, 40}) &&
           holds<double>(value_of(product, a, v), shape(2), {8, 26}) &&
           holds<double>(value_of(product, v, b), shape(2), {16, 22}) &&
           holds<double>(value_of(product, v, v), shape(), {14}) &&
           holds<double>(value_of<false>(product, a, b), shape(2, 2), {10, 13, 28, 40}) &&
           holds<double>(value_of<false>(product, v, b), shape(2), {16, 22});
}
static_assert(matmul_has_numpys_meaning());

constexpr bool what_stands_before_the_last_two_axes_broadcasts() {
    const array v = vector_of<double>({1, 2, 3});
    const array batch = counted<double>(shape(2, 1, 1, 3)), columns = counted<double>(shape(2, 3, 1));
    return holds<double>(value_of(product, batch, columns), shape(2, 2, 1, 1), {5, 14, 14, 50}) &&
           holds<double>(value_of(product, batch, v), shape(2, 1, 1), {8, 26});
}
static_assert(what_stands_before_the_last_two_axes_broadcasts());

constexpr bool axes_change_places() {
    const array a = counted<double>(shape(2, 3));
    const array x = counted<double>(shape(1, 2, 3));
    return holds<double>(value_of([](auto s) { return transpose(s); }, a), shape(3, 2), {0, 3, 1, 4, 2, 5}) &&
           holds<double>(value_of([](auto s) { return transpose(s, axes<1, -1, 0>); }, x), shape(2, 3, 1),
                         {0, 1, 2, 3, 4, 5}) &&
           holds<double>(value_of([](auto s) { return transpose(s, axes<2, 0, 1>); }, x), shape(3, 1, 2),
                         {0, 3, 1, 4, 2, 5}) &&
           holds<double>(value_of([](auto s) { return swap_axes(s, axes<1, -1>); }, x), shape(1, 3, 2),
                         {0, 3, 1, 4, 2, 5}) &&
           holds<double>(value_of([](auto s) { return swap_axes(s, 0, 1); }, x), shape(2, 1, 3), {0, 1, 2, 3, 4, 5});
}
static_assert(axes_change_places());

}  // namespace

TEST_CASE("matmul has NumPy's meaning") { CHECK(matmul_has_numpys_meaning()); }
TEST_CASE("what stands before the last two axes broadcasts") {
    CHECK(what_stands_before_the_last_two_axes_broadcasts());
}
TEST_CASE("axes change places") { CHECK(axes_change_places()); }
TEST_CASE("dot sums over the last axis, outer multiplies all with all") {
    const array a = counted<double>(shape(2, 3));
    const array v = vector_of<double>({1, 2, 3});
    CHECK(holds<double>(value_of([](auto l, auto r) { return dot(l, r); }, v, v), shape(), {14}));
    CHECK(holds<double>(value_of([](auto l, auto r) { return dot(l, r); }, a, v), shape(2), {8, 26}));
    CHECK(holds<double>(value_of([](auto l, auto r) { return outer(l, r); }, v, vector_of<double>({1, -1})),
                        shape(3, 2), {1, -1, 2, -2, 3, -3}));
}
TEST_CASE("extents that are known only at run time must fit then") {
    const array a = counted<double>(shape(2, 3));
    CHECK_THROWS_AS(value_of<false>(product, a, a), wrong_shape);
}
