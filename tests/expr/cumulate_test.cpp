// SPDX-License-Identifier: BSL-1.0
// Cumulative sums and products: values, derivatives (of derivatives too, and where there are zeros), the CPU.
#include <telar/expr/cumulate.hpp>

#include "../support/eager.hpp"
#include "../support/finite_differences.hpp"
#include "values.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <numeric>

using namespace telar;
using namespace telar::ir::passes;
using support::error_of_call;
using values::holds;
using values::value_of;
using values::vector_of;

// clang-format off
static_assert(holds<int>(value_of([](symbol x) { return cumsum(x); }, vector_of<int>({1, 2, 3})), shape(3), {1, 3, 6}));
static_assert(holds<int>(value_of([](symbol x) { return cumsum(x, axis<0>, exclusive); }, vector_of<int>({1, 2, 3})), shape(3), {0, 1, 3}));
static_assert(holds<int>(value_of([](symbol x) { return cumsum(x, axis<0>, reversed); }, vector_of<int>({1, 2, 3})), shape(3), {6, 5, 3}));
static_assert(holds<int>(value_of([](symbol x) { return cumsum(x, axis<0>, exclusive, reversed); }, vector_of<int>({1, 2, 3})), shape(3), {5, 3, 0}));
static_assert(holds<int>(value_of<false>([](symbol x) { return cumprod(x, axis<-1>, exclusive); }, vector_of<int>({3, 2, 7})), shape(3), {1, 3, 6}));
static_assert(holds<std::uint8_t>(value_of([](symbol x) { return cumsum(x); }, vector_of<std::uint8_t>({200, 100})), shape(2), {200, 44}));
// clang-format on

TEST_CASE("derivatives, where there are zeros too") {
    using support::check_derivatives;
    const auto x = support::scattered(shape(3, 4), -2, 2);
    check_derivatives([](symbol s) { return cumsum(s * s, axis<1>, exclusive); }, x);
    check_derivatives([](symbol s) { return cumsum(s * s, axis<0>, reversed); }, x);
    for (const int zeros : {0, 1, 2}) {
        CAPTURE(zeros);
        auto y = x;
        for (int i = 0; i < zeros; ++i) y.numbers[4 + 2 * i] = 0;
        check_derivatives([](symbol s) { return cumprod(s, axis<1>); }, y);
        check_derivatives([](symbol s) { return cumprod(s, axis<1>, exclusive); }, y);
        check_derivatives([](symbol s) { return cumprod(s, axis<1>, reversed); }, y);
        check_derivatives([](symbol s) { return cumprod(s, axis<0>, exclusive, reversed); }, y);
    }
    check_derivatives([](symbol b, symbol a) { return emit::recurrence(b, a, 1, false); }, x,
                      support::scattered(shape(3, 4), -1, 1, 0.3));
    check_derivatives([](symbol b, symbol a) { return emit::recurrence(b, a, 0, true); }, x,
                      support::scattered(shape(3, 4), -1, 1, 0.3));
}
TEST_CASE("on the CPU: along each axis, of views; short sums to the bit as the standard library's") {
    tensor<float, 5, 37, 3> x;
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = std::sin(static_cast<float>(i));
    constexpr auto f = telar::function([](auto t) {
        return std::tuple(cumsum(t), cumsum(t, axis<1>, exclusive), cumsum(t, axis<2>, reversed),
                          cumprod(t, axis<1>, reversed), cumsum(transpose(t), axis<1>, exclusive, reversed));
    });
    CHECK(error_of_call(1, f, x) < 1e-6);  // the reference rounds once
    constexpr auto slope = telar::function([](auto t) { return differentiate(sum(square(cumprod(t, axis<1>))), t); });
    CHECK(error_of_call(1, slope, x) < 1e-5);
    const auto sums = cumsum(flatten(x), axis<1>);
    for (int i = 0; i < 5; ++i) {
        float row[111];
        std::partial_sum(x.data() + 111 * i, x.data() + 111 * (i + 1), row);
        for (int j = 0; j < 111; ++j) CHECK(sums(i, j) == row[j]);
    }
    const auto many =
        cumsum(tensor<std::int64_t, 40, 2000>(broadcast_to(tensor<std::int64_t, 1>{2}, extents<40, 2000>)),
               axis<1>);  // by several threads
    for (int i = 0; i < 40; ++i) CHECK(many(i, 1999) == 4000);
    CHECK(cumsum(tensor<float, dyn, 3>::uninitialized(shape(0, 3))).extents() == shape(0, 3));
}

TEST_CASE("long sums: the error hardly grows, and sums of positive numbers never fall") {
    constexpr extent_t n = 400'003;
    const auto check_line = [&](const float* y, extent_t apart, bool is_exclusive, bool is_reversed) {
        double worst = 0;
        bool falls = false;
        float before = 0;
        for (extent_t i = 0; i < n; ++i) {
            const float got = y[(is_reversed ? n - 1 - i : i) * apart];
            const double want = static_cast<double>(0.1f) * static_cast<double>(is_exclusive ? i : i + 1);
            if (want > 0) worst = std::max(worst, std::abs(static_cast<double>(got) / want - 1));
            falls = falls || got < before;
            before = got;
        }
        CHECK(worst < 2e-6);
        CHECK_FALSE(falls);
    };
    const auto line = full<float, dyn>(shape(n), 0.1f);
    check_line(cumsum(line).data(), 1, false, false);
    check_line(cumsum(line, axis<0>, exclusive, reversed).data(), 1, true, true);
    const auto lines = full<float, dyn, 5>(shape(n, 5), 0.1f);
    const auto down = cumsum(lines, axis<0>, exclusive), up = cumsum(lines, axis<0>, reversed);
    for (extent_t j = 0; j < 5; ++j) {
        check_line(down.data() + j, 5, true, false);
        check_line(up.data() + j, 5, false, true);
    }
    const auto growth = cumprod(full<double, dyn>(shape(30'001), 1.0001));
    CHECK(std::abs(growth(30'000) / std::pow(1.0001, 30'001) - 1) < 1e-12);
}
