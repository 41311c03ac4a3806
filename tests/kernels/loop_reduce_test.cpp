// SPDX-License-Identifier: BSL-1.0
// Reductions, compiled for this machine, against the reference: over rows, over columns, over both.
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
using support::roundings;

namespace {

constexpr auto sums =
    telar::function([](auto x) { return over_every_axes([](auto t, auto a) { return sum(t, a); }, x); });
constexpr auto kept =
    telar::function([](auto x) { return over_every_axes([](auto t, auto a) { return sum(t, a, keep_dims) * 2; }, x); });
constexpr auto products =
    telar::function([](auto x) { return over_every_axes([](auto t, auto a) { return prod(t, a); }, x); });
constexpr auto means =
    telar::function([](auto x) { return over_every_axes([](auto t, auto a) { return mean(t, a); }, x); });
constexpr auto truths = telar::function([](auto x) {
    return std::array{any(x), any(x, 0), any(x, 1), any(x, 2), all(x), all(x, 0), all(x, 1), all(x, 2)};
});

}  // namespace

TEST_CASE_TEMPLATE("sums and products", T, float, double, std::int32_t) {
    generator random(1);
    for (const shape& s : cubes) {
        CAPTURE(to_string(s));
        const auto x = random_tensor<T, dyn, dyn, dyn>(random, s, -3, 3);
        CHECK(error_of_call(40, sums, x) <= roundings<T>(8));
        CHECK(error_of_call(80, kept, x) <= roundings<T>(8));
        if constexpr (std::is_floating_point_v<T>) {
            CHECK(error_of_call(1, means, x) <= roundings<T>(8));
            const auto near_one = random_tensor<T, dyn, dyn, dyn>(random, s, 0.99, 1.01);
            CHECK(error_of_call(0, products, near_one) <= roundings<T>(100));
        } else {
            CHECK(error_of_call(0, products, x) == 0);
        }
    }
    for (const shape& s : empty_cubes) {
        CAPTURE(to_string(s));
        CHECK(error_of_call(0, sums, tensor<T, dyn, dyn, dyn>(s)) == 0);
        CHECK(error_of_call(0, products, tensor<T, dyn, dyn, dyn>(s)) == 0);
        if constexpr (std::is_floating_point_v<T>) CHECK(error_of_call(0, means, tensor<T, dyn, dyn, dyn>(s)) == 0);
    }
}
TEST_CASE("truth") {
    generator random(4);
    for (const shape& s : cubes) {
        CHECK(error_of_call(0, truths, random_tensor<bool, dyn, dyn, dyn>(random, s)) == 0);
        CHECK(error_of_call(0, truths, full<bool, dyn, dyn, dyn>(s, true)) == 0);
        CHECK(error_of_call(0, truths, full<bool, dyn, dyn, dyn>(s, false)) == 0);
    }
    for (const shape& s : empty_cubes) CHECK(error_of_call(0, truths, tensor<bool, dyn, dyn, dyn>(s)) == 0);
}
TEST_CASE("a million numbers in float32") {
    generator random(5);
    const auto x = random_tensor<float, dyn, dyn>(random, shape(1000000, 3), 0, 1);
    double columns[3] = {}, total = 0;
    for (std::size_t i = 0; i < x.size(); ++i) columns[i % 3] += static_cast<double>(x.data()[i]);
    for (const double c : columns) total += c;
    const tensor<float, dyn> by_column = sum(x, axis<0>);
    const tensor<float> all = sum(x), average = mean(x);
    const auto relative = [](float got, double want) { return std::abs(static_cast<double>(got) - want) / want; };
    for (extent_t k = 0; k < 3; ++k) CHECK(relative(by_column(k), columns[k]) < 3e-6);  // blocks of rows
    CHECK(relative(all.item(), total) < 1e-6);
    CHECK(relative(average.item(), total / 3e6) < 1e-6);
    const auto ones = full<float, dyn>(shape(20000001), 1);  // past 2^24, where 1 + 1 + ... would stand still
    CHECK(relative(float(sum(ones)), 20000001) < 1e-6);
}
