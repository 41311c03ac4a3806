// SPDX-License-Identifier: BSL-1.0
#include <telar/expr/reduce.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace telar;
using namespace values;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

constexpr bool sums_run_over_the_named_axes() {
    const array x = counted<double>(shape(2, 3));
    return holds<double>(value_of([](auto a) { return sum(a); }, x), shape(), {15}) &&
           holds<double>(value_of([](auto a) { return sum(a, axis<0>); }, x), shape(3), {3, 5, 7}) &&
           holds<double>(value_of([](auto a) { return sum(a, axis<-1>, keep_dims); }, x), shape(2, 1), {3, 12}) &&
           holds<double>(value_of([](auto a) { return sum(a, 1); }, x), shape(2), {3, 12}) &&
           holds<double>(value_of([](auto a) { return prod(a, 1); }, x), shape(2), {0, 60}) &&
           holds<double>(value_of([](auto a) { return max(a, 0); }, x), shape(3), {3, 4, 5}) &&
           holds<double>(value_of([](auto a) { return min(a, axis<1>); }, x), shape(2), {0, 3});
}
static_assert(sums_run_over_the_named_axes());

constexpr bool means_divide_by_what_was_summed() {
    const array x = counted<double>(shape(2, 3));
    return holds<double>(value_of([](auto a) { return mean(a); }, x), shape(), {2.5}) &&
           holds<double>(value_of<false>([](auto a) { return mean(a); }, x), shape(), {2.5}) &&
           holds<double>(value_of<false>([](auto a) { return mean(a, axis<0>); }, x), shape(3), {1.5, 2.5, 3.5}) &&
           holds<double>(value_of([](auto a) { return variance(a, axis<0>, keep_dims); }, x), shape(1, 3),
                         {2.25, 2.25, 2.25}) &&
           holds<double>(value_of<false>([](auto a) { return stddev(a, axis<0>); }, x), shape(3), {1.5, 1.5, 1.5});
}
static_assert(means_divide_by_what_was_summed());

constexpr bool positions_are_numpys() {
    constexpr double inf = std::numeric_limits<double>::infinity();
    const array y = array_of<double>(shape(2, 3), {1, 7, 7, -inf, 2, -3});
    return holds<std::int64_t>(value_of([](auto a) { return argmax(a); }, y), shape(), {1}) &&
           holds<std::int64_t>(value_of([](auto a) { return argmin(a); }, y), shape(), {3}) &&
           holds<std::int64_t>(value_of([](auto a) { return argmin(a, axis<>, keep_dims); }, y), shape(1, 1), {3}) &&
           holds<std::int64_t>(value_of([](auto a) { return argmax(a, axis<1>); }, y), shape(2), {1, 1}) &&
           holds<std::int64_t>(value_of([](auto a) { return argmax(a, 0, true); }, y), shape(1, 3), {0, 0, 0});
}
static_assert(positions_are_numpys());

constexpr bool truth_is_reduced() {
    const array t = array_of<bool>(shape(2, 2), {true, false, true, true});
    return holds<bool>(value_of([](auto a) { return any(a, axis<0>); }, t), shape(2), {true, true}) &&
           holds<bool>(value_of([](auto a) { return all(a, axis<1>); }, t), shape(2), {false, true}) &&
           holds<bool>(value_of([](auto a) { return all(a); }, t), shape(), {false});
}
static_assert(truth_is_reduced());

constexpr bool nothing_gives_the_neutral_element() {
    const array empty(dtype::float64, shape(0, 2));
    return holds<double>(value_of([](auto a) { return sum(a, 0); }, empty), shape(2), {0, 0}) &&
           holds<double>(value_of([](auto a) { return prod(a, 0); }, empty), shape(2), {1, 1}) &&
           holds<double>(value_of([](auto a) { return mean(a, 0); }, empty), shape(2), {not_a_number, not_a_number}) &&
           holds<bool>(value_of([](auto a) { return all(a > 0); }, empty), shape(), {true}) &&
           holds<bool>(value_of([](auto a) { return any(a > 0); }, empty), shape(), {false});
}

}  // namespace

TEST_CASE("sums run over the named axes") { CHECK(sums_run_over_the_named_axes()); }
TEST_CASE("means divide by what was summed") { CHECK(means_divide_by_what_was_summed()); }
TEST_CASE("positions are NumPy's") { CHECK(positions_are_numpys()); }
TEST_CASE("truth is reduced") { CHECK(truth_is_reduced()); }
TEST_CASE("nothing gives the neutral element") { CHECK(nothing_gives_the_neutral_element()); }
TEST_CASE("the norm is the root of the squares' sum") {
    CHECK(holds<double>(value_of([](auto a) { return norm(a, axis<1>); }, array_of<double>(shape(2, 2), {3, 4, 0, -2})),
                        shape(2), {5, 2}));
    CHECK(holds<double>(value_of([](auto a) { return sum(a, 0); }, vector_of<double>({1, not_a_number})), shape(),
                        {not_a_number}));
    CHECK(holds<double>(value_of([](auto a) { return max(a); }, vector_of<double>({1, not_a_number, 2})), shape(),
                        {not_a_number}));
}
