// SPDX-License-Identifier: BSL-1.0
// Element-wise kernels of two and three operands, compiled for this machine, against the reference.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/math.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;
using support::sizes;

namespace {

constexpr auto binary = telar::function([](auto x, auto y) {
    return std::array{x + y, x - y, x * y, x / y, maximum(x, y), minimum(x, y), pow(abs(x), y)};
});
constexpr auto questions = telar::function([](auto x, auto y) {
    return std::array{x == y, x != y, x<y, x <= y, x> y, x >= y, is_nan(x), !(x < y) && is_nan(y), x < y || x == y};
});
constexpr auto choice = telar::function([](auto c, auto x, auto y) { return where(c, x, y); });

}  // namespace

TEST_CASE_TEMPLATE("binary operations at every odd size", T, float, double) {
    generator random(2);
    for (const extent_t n : sizes) {
        CAPTURE(n);
        auto x = random_tensor<T, dyn>(random, shape(n), -4, 4), y = random_tensor<T, dyn>(random, shape(n), -4, 4);
        for (std::size_t i = 0; i < x.size(); i += 3) y.data()[i] = x.data()[i];
        CHECK(error_of_call(0, binary, x, y) < roundings<T>(6));
        CHECK(error_of_call(0, questions, x, y) == 0);
        CHECK(error_of_call(0, choice, random_tensor<bool, dyn>(random, shape(n)), x, y) == 0);
    }
}
TEST_CASE_TEMPLATE("special values", T, float, double) {
    const auto x = support::special_values<T>();
    for (const T y : x) {
        CAPTURE(y);
        const auto other = full<T, dyn>(x.extents(), y);
        CHECK(error_of_call(0, binary, x, other) < roundings<T>(6));
        CHECK(error_of_call(0, questions, x, other) == 0);
    }
}
