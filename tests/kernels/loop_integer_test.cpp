// SPDX-License-Identifier: BSL-1.0
// Element-wise kernels on integers and truth values, compiled for this machine, against the reference.
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

constexpr auto integral = telar::function([](auto x, auto y) {
    return std::array{x + y, x - y, x * y, x / y, -x, abs(x), sign(x), relu(x), maximum(x, y), minimum(x, y)};
});
constexpr auto comparisons = telar::function([](auto x, auto y) {
    return std::array{x == y, x != y, x < y, x <= y, !(x > y)};
});
constexpr auto logic =
    telar::function([](auto p, auto q) { return std::array{p && q, p || q, !p, p == q, p != q, where(p, q, !q)}; });

}  // namespace

TEST_CASE_TEMPLATE("integers wrap and divide towards zero", T, std::int32_t, std::int64_t, std::uint8_t, std::int8_t,
                   std::int16_t, std::uint16_t, std::uint32_t) {
    using limits = std::numeric_limits<T>;
    generator random(3);
    for (const extent_t n : sizes) {
        CAPTURE(n);
        auto x = random_tensor<T, dyn>(random, shape(n), 0, std::is_same_v<T, std::int8_t> ? 100 : 200),
             y = random_tensor<T, dyn>(random, shape(n), 0, 6);
        if (n > 8) {
            x(0) = limits::max(), y(0) = limits::max();
            x(1) = limits::min(), y(1) = static_cast<T>(-1);
            x(2) = limits::min(), y(2) = limits::max();
            x(7) = static_cast<T>(-7), y(7) = 2;
        }
        CHECK(error_of_call(0, integral, x, y) == 0);
        CHECK(error_of_call(0, comparisons, x, y) == 0);
    }
}
TEST_CASE("logic") {
    generator random(4);
    for (const extent_t n : sizes)
        CHECK(error_of_call(0, logic, random_tensor<bool, dyn>(random, shape(n)),
                            random_tensor<bool, dyn>(random, shape(n))) == 0);
}
