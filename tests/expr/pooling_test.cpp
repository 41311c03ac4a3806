// SPDX-License-Identifier: BSL-1.0
// Pools of all places, stretched images, and pools told of more than their window, against their definitions. The
// windows themselves: convolution_test.cpp.
#include <telar/expr/pooling.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace values;

namespace {

array waves(const shape& s, double start) {
    std::vector<double> v;
    for (int i = 0; i < s.count(); ++i) v.push_back(std::sin(start + 1.7 * i));
    return array_of(s, v.data());
}
/// x[n, y, x, c] of an array (N, H, W, C).
double at(const array& x, extent_t n, extent_t i, extent_t j, extent_t c) {
    return x.at(static_cast<int>(((n * x.extents[1] + i) * x.extents[2] + j) * x.extents[3] + c));
}
template <class F> void for_each_place(const shape& s, F f) {
    int number = 0;
    for (extent_t n = 0; n < s[0]; ++n)
        for (extent_t i = 0; i < s[1]; ++i)
            for (extent_t j = 0; j < s[2]; ++j)
                for (extent_t c = 0; c < s[3]; ++c) f(number++, n, i, j, c);
}

}  // namespace

TEST_CASE("of all places of a channel: the largest, the mean; channels last and first") {
    const array x = waves(shape(2, 3, 5, 4), 1);
    const array most = value_of([](symbol s) { return global_max_pool(s); }, x);
    const array mean = value_of([](symbol s) { return global_mean_pool(s); }, x);
    REQUIRE(most.extents == shape(2, 4));
    REQUIRE(mean.extents == shape(2, 4));
    for (extent_t n = 0; n < 2; ++n)
        for (extent_t c = 0; c < 4; ++c) {
            double largest = -2, total = 0;
            for (extent_t i = 0; i < 3; ++i)
                for (extent_t j = 0; j < 5; ++j)
                    largest = std::max(largest, at(x, n, i, j, c)), total += at(x, n, i, j, c);
            CHECK(most.at(static_cast<int>(n * 4 + c)) == largest);
            CHECK(mean.at(static_cast<int>(n * 4 + c)) == doctest::Approx(total / 15).epsilon(1e-12));
        }
    const auto first = [](symbol s) { return global_max_pool(emit::channels_to_the_front(s), channels_first); };
    const array of_first = value_of(first, x);
    REQUIRE(of_first.extents == most.extents);
    for (int i = 0; i < most.count(); ++i) CHECK(of_first.at(i) == most.at(i));
    CHECK(value_of([](symbol s) { return global_mean_pool(s); }, waves(shape(2, 7, 3), 2)).extents == shape(2, 3));
}
TEST_CASE("three axes of space: of equal elements the first has the gradient, as with two") {
    const array x = array_of(shape(1, 2, 3, 2, 1), std::vector<double>{1, 3, 3, 0, 3, 1, 2, 2, 2, 1, 0, 2}.data());
    const auto slope = [](symbol s) { return differentiate(sum(max_pool(s, window<2, 3, 1>)), s); };
    const array d = value_of(slope, x), y = value_of([](symbol s) { return max_pool(s, window<2, 3, 1>); }, x);
    REQUIRE(y.extents == shape(1, 1, 1, 2, 1));
    CHECK(y.at(0) == 3);  // of 1 3 3; 2 2 0
    CHECK(y.at(1) == 3);  // of 3 0 1; 2 1 2
    for (int i = 0; i < 12; ++i) CHECK(d.at(i) == (i == 1 || i == 2));
}
TEST_CASE("places so many times over") {
    const array x = waves(shape(2, 3, 4, 2), 1);
    const array y = value_of([](symbol s) { return upsample<2, 3>(s); }, x);
    REQUIRE(y.extents == shape(2, 6, 12, 2));
    for_each_place(y.extents, [&](int number, extent_t n, extent_t i, extent_t j, extent_t c) {
        CHECK(y.at(number) == at(x, n, i / 2, j / 3, c));
    });
    const array row = array_of<double>(shape(1, 3, 1), {1, 5, 2});
    CHECK(holds<double>(value_of([](symbol s) { return upsample<2>(s); }, row), shape(1, 6, 1), {1, 1, 5, 5, 2, 2}));
    CHECK(holds<double>(value_of([](symbol s) { return upsample<1>(s); }, row), shape(1, 3, 1), {1, 5, 2}));
}
TEST_CASE("places evenly between neighbours") {
    const array row = array_of<double>(shape(1, 3, 1), {0, 8, 4});
    CHECK(holds<double>(value_of([](symbol s) { return upsample<2>(s, bilinear); }, row), shape(1, 6, 1),
                        {0, 2, 6, 7, 5, 4}));
    const array x = waves(shape(1, 3, 4, 2), 1);
    const array y = value_of([](symbol s) { return upsample<3, 2>(s, bilinear); }, x);
    REQUIRE(y.extents == shape(1, 9, 8, 2));
    const auto along = [](extent_t place, extent_t times, extent_t extent) {
        const double where = std::clamp((static_cast<double>(place) + 0.5) / static_cast<double>(times) - 0.5, 0.0,
                                        static_cast<double>(extent - 1));
        const extent_t low = static_cast<extent_t>(where);
        return std::tuple{low, std::min(low + 1, extent - 1), where - static_cast<double>(low)};
    };
    for_each_place(y.extents, [&](int number, extent_t n, extent_t i, extent_t j, extent_t c) {
        const auto [top, bottom, down] = along(i, 3, 3);
        const auto [left, right, across] = along(j, 2, 4);
        const double above = at(x, n, top, left, c) * (1 - across) + at(x, n, top, right, c) * across;
        const double below = at(x, n, bottom, left, c) * (1 - across) + at(x, n, bottom, right, c) * across;
        CHECK(y.at(number) == doctest::Approx(above * (1 - down) + below * down).epsilon(1e-12));
    });
}
TEST_CASE("what stands around is never the largest, and is not counted in the mean") {
    const array x = array_of<double>(shape(1, 3, 1), {-5, -7, -9});
    CHECK(holds<double>(value_of([](symbol s) { return max_pool(s, window<2>, padding<1, 0>); }, x), shape(1, 2, 1),
                        {-5, -7}));
    CHECK(holds<double>(value_of([](symbol s) { return mean_pool(s, window<2>, padding<1, 0>); }, x), shape(1, 2, 1),
                        {-5, -8}));
    CHECK(holds<double>(value_of([](symbol s) { return max_pool(s, window<2>, dilations<2>, steps<1>); }, x),
                        shape(1, 1, 1), {-5}));
}
