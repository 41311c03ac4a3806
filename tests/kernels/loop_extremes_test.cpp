// SPDX-License-Identifier: BSL-1.0
// The largest and the smallest, and their places, compiled for this machine, against the reference: over rows, over
// columns, over both.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"
#include "../support/reductions.hpp"

#include <doctest/doctest.h>

using namespace telar;
using support::cubes;
using support::empty_cubes;
using support::error_of_call;
using support::over_every_axes;
using support::random_tensor;

namespace {

constexpr auto largest =
    telar::function([](auto x) { return over_every_axes([](auto t, auto a) { return max(t, a); }, x); });
constexpr auto smallest =
    telar::function([](auto x) { return over_every_axes([](auto t, auto a) { return min(t, a); }, x); });
constexpr auto places = telar::function([](auto x) {
    return std::array{argmax(x, 0), argmax(x, 1), argmax(x, 2), argmax(x),
                      argmin(x, 0), argmin(x, 1), argmin(x, 2), argmin(x)};
});

}  // namespace

TEST_CASE_TEMPLATE("extremes and their places, with ties", T, float, double, std::int32_t, std::int64_t) {
    generator random(2);
    for (const shape& s : cubes) {
        CAPTURE(to_string(s));
        auto x = random_tensor<T, dyn, dyn, dyn>(random, s, -100, 100);
        for (T& v : x) v = static_cast<T>(static_cast<int>(v) / 20);
        CHECK(error_of_call(0, largest, x) == 0);
        CHECK(error_of_call(0, smallest, x) == 0);
        CHECK(error_of_call(0, places, x) == 0);
    }
    for (const shape& s : empty_cubes) {
        const tensor<T, dyn, dyn, dyn> nothing(s);
        CHECK_THROWS_AS(largest(nothing), wrong_shape);
        CHECK_THROWS_AS(smallest(nothing), wrong_shape);
        CHECK_THROWS_AS(places(nothing), wrong_shape);
    }
}
TEST_CASE_TEMPLATE("nan wins every contest, the first one its place", T, float, double) {
    generator random(3);
    const T nan = std::numeric_limits<T>::quiet_NaN(), inf = std::numeric_limits<T>::infinity();
    for (const shape& s : cubes) {
        CAPTURE(to_string(s));
        auto x = random_tensor<T, dyn, dyn, dyn>(random, s, -3, 3);
        for (T& v : x) v = v > T(2.5) ? nan : v > T(2.2) ? inf : v < T(-2.2) ? -inf : v;
        CHECK(error_of_call(0, largest, x) == 0);
        CHECK(error_of_call(0, smallest, x) == 0);
        CHECK(error_of_call(0, places, x) == 0);
        CHECK(error_of_call(0, places, full<T, dyn, dyn, dyn>(s, nan)) == 0);
        CHECK(error_of_call(0, places, full<T, dyn, dyn, dyn>(s, -inf)) == 0);
        CHECK(error_of_call(0, places, full<T, dyn, dyn, dyn>(s, inf)) == 0);
    }
}
