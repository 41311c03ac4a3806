// SPDX-License-Identifier: BSL-1.0
// Copies, rotations, triangles and diagonals: values that NumPy's documentation shows, and their gradients.
#include <telar/expr/arrange.hpp>
#include <telar/expr/reduce.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

using namespace telar;
using namespace telar::runtime;
using namespace values;

namespace {

array matrix_2x3() { return counted<double>(shape(2, 3)); }  // 0 1 2 / 3 4 5

/// d/dx of the sum of f(x) w, with w = 1, 2, 3, ... in the order of the result.
template <class F> array gradient_of(F f, const array& x) {
    array w = counted<double>(value_of(f, x).extents);
    for (auto& v : w.numbers) v = v + 1;
    return value_of([&](symbol s, symbol weights) { return differentiate(sum(f(s).plain() * weights), s); }, x, w);
}

}  // namespace

TEST_CASE("tile copies the whole, repeat each element") {
    const array x = matrix_2x3();
    CHECK(holds<double>(value_of([](symbol s) { return tile(s, copies<1, 2>); }, x), shape(2, 6),
                        {0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5}));
    CHECK(holds<double>(value_of(
                            [](symbol s) {
                                return tile(s, {2, 1});
                            },
                            x),
                        shape(4, 3), {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}));
    CHECK(holds<double>(value_of([](symbol s) { return repeat(s, copies<2>, axis<1>); }, x), shape(2, 6),
                        {0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}));
    CHECK(holds<double>(value_of([](symbol s) { return repeat(s, 2, 0); }, x), shape(4, 3),
                        {0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5}));
    CHECK(holds<double>(value_of([](symbol s) { return tile(s, copies<0, 1>); }, x), shape(0, 3), {}));
    CHECK(holds<double>(gradient_of([](symbol s) { return tile(s, copies<1, 2>); }, x), shape(2, 3),
                        {1 + 4, 2 + 5, 3 + 6, 7 + 10, 8 + 11, 9 + 12}));
    CHECK(holds<double>(gradient_of([](symbol s) { return repeat(s, copies<2>, axis<-1>); }, x), shape(2, 3),
                        {1 + 2, 3 + 4, 5 + 6, 7 + 8, 9 + 10, 11 + 12}));
    const array deep = counted<double>(shape(1, 2, 1, 1, 1, 2));
    CHECK(value_of([](symbol s) { return tile(s, copies<1, 3, 1, 2, 1, 1>); }, deep).extents ==
          shape(1, 6, 1, 2, 1, 2));
}
TEST_CASE("roll turns an axis around itself") {
    const array x = matrix_2x3();
    CHECK(holds<double>(value_of([](symbol s) { return roll(s, places<1>, axis<1>); }, x), shape(2, 3),
                        {2, 0, 1, 5, 3, 4}));
    CHECK(holds<double>(value_of([](symbol s) { return roll(s, places<-4>, axis<1>); }, x), shape(2, 3),
                        {1, 2, 0, 4, 5, 3}));
    CHECK(holds<double>(value_of([](symbol s) { return roll(s, 1, 0); }, x), shape(2, 3), {3, 4, 5, 0, 1, 2}));
    CHECK(holds<double>(gradient_of([](symbol s) { return roll(s, places<1>, axis<1>); }, x), shape(2, 3),
                        {2, 3, 1, 5, 6, 4}));
    CHECK(holds<double>(value_of<false>([](symbol s) { return roll(s, places<-1>, axis<1>); }, x), shape(2, 3),
                        {1, 2, 0, 4, 5, 3}));
    CHECK_THROWS_AS(value_of<false>([](symbol s) { return roll(s, places<4>, axis<1>); }, x), wrong_shape);
}
TEST_CASE("triangles") {
    const array x = counted<double>(shape(3, 4));
    CHECK(holds<double>(value_of([](symbol s) { return triu(s); }, x), shape(3, 4),
                        {0, 1, 2, 3, 0, 5, 6, 7, 0, 0, 10, 11}));
    CHECK(holds<double>(value_of([](symbol s) { return triu(s, diagonal<1>); }, x), shape(3, 4),
                        {0, 1, 2, 3, 0, 0, 6, 7, 0, 0, 0, 11}));
    CHECK(holds<double>(value_of([](symbol s) { return tril(s); }, x), shape(3, 4),
                        {0, 0, 0, 0, 4, 5, 0, 0, 8, 9, 10, 0}));
    CHECK(holds<double>(value_of([](symbol s) { return tril(s, diagonal<-1>); }, x), shape(3, 4),
                        {0, 0, 0, 0, 4, 0, 0, 0, 8, 9, 0, 0}));
    constexpr extent_t far = extent_t{1} << 32;  // 0 in 32 bits
    CHECK(holds<double>(value_of([](symbol s) { return triu(s, diagonal<far>); }, x), shape(3, 4),
                        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    CHECK(holds<double>(value_of([](symbol s) { return tril(s, diagonal<far>) - s; }, x), shape(3, 4),
                        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}));
    CHECK(holds<double>(gradient_of([](symbol s) { return tril(s); }, x), shape(3, 4),
                        {1, 0, 0, 0, 5, 6, 0, 0, 9, 10, 11, 0}));
    CHECK(value_of([](symbol s) { return triu(s); }, counted<double>(shape(2, 3, 3))).at(9 + 3) == 0);
}
TEST_CASE("diagonals, there and back") {
    const array v = vector_of<double>({4, 5, 6}), x = counted<double>(shape(2, 2, 2));
    CHECK(holds<double>(value_of([](symbol s) { return diag(s); }, v), shape(3, 3), {4, 0, 0, 0, 5, 0, 0, 0, 6}));
    CHECK(holds<double>(value_of([](symbol s) { return diag_part(s); }, x), shape(2, 2), {0, 3, 4, 7}));
    CHECK(holds<double>(value_of([](symbol s) { return diag_part(diag(s)); }, v), shape(3), {4, 5, 6}));
    CHECK(holds<double>(gradient_of([](symbol s) { return diag(s); }, v), shape(3), {1, 5, 9}));
    CHECK(
        holds<double>(gradient_of([](symbol s) { return diag_part(s); }, x), shape(2, 2, 2), {1, 0, 0, 2, 3, 0, 0, 4}));
}
TEST_CASE("rows that are counted only at run time") {
    CHECK(holds<double>(value_of<false>([](symbol s) { return triu(tile(s, copies<1, 2>)); }, matrix_2x3()),
                        shape(2, 6), {0, 1, 2, 0, 1, 2, 0, 4, 5, 3, 4, 5}));
}
