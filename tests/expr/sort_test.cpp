// SPDX-License-Identifier: BSL-1.0
// sort, argsort and top_k against std::stable_sort; NaN, zeros of both signs, ties; derivatives.
#include <telar/expr/sort.hpp>

#include "../support/eager.hpp"
#include "../support/finite_differences.hpp"
#include "values.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <vector>

using namespace telar;
using namespace telar::expr;
using support::error_of_call;
using values::holds;
using values::value_of;
using values::vector_of;

// clang-format off
static_assert(holds<int>(value_of([](symbol x) { return sort(x); }, vector_of<int>({3, 1, 2})), shape(3), {1, 2, 3}));
static_assert(holds<std::int64_t>(value_of([](symbol x) { return argsort(x, descending); }, vector_of<int>({3, 1, 3})), shape(3), {0, 2, 1}));
static_assert(holds<std::int64_t>(value_of<false>([](symbol x) { return top_k<2>(x)[1]; }, vector_of<double>({3, 1, 7})), shape(2), {2, 0}));
// clang-format on

namespace {

/// Few values, NaN, infinities and zeros of both signs among them.
template <class T> std::vector<T> ties(int count, unsigned seed) {
    std::mt19937 random(seed);
    std::vector<T> v(static_cast<std::size_t>(count));
    for (T& x : v) {
        x = static_cast<T>(random() % 7);
        if constexpr (std::is_floating_point_v<T>) {
            const T odd[] = {std::numeric_limits<T>::quiet_NaN(), -std::numeric_limits<T>::quiet_NaN(), T(-0.0),
                             std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity()};
            if (random() % 3 == 0) x = odd[random() % 5];
            if (random() % 5 == 0) x = -x;
        }
    }
    return v;
}
template <class T> std::vector<std::int64_t> order_of(const std::vector<T>& v, bool descends) {
    std::vector<std::int64_t> order(v.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::int64_t i, std::int64_t j) {
        const T a = v[static_cast<std::size_t>(descends ? j : i)], b = v[static_cast<std::size_t>(descends ? i : j)];
        return a < b || (b != b && a == a);
    });
    return order;
}
template <class T> bool same(T a, T b) {
    return a != a ? b != b : a == b && std::signbit(double(a)) == std::signbit(double(b));
}

template <class T> void check_orders() {
    for (const int count : {0, 1, 2, 3, 17, 100, 1000}) {
        CAPTURE(count);
        const std::vector<T> v = ties<T>(count, static_cast<unsigned>(count));
        auto x = tensor<T, dyn>::uninitialized(shape(count));
        std::copy(v.begin(), v.end(), x.data());
        const auto up = sort(x), down = sort(x, descending);
        const auto places_up = argsort(x), places_down = argsort(x, descending);
        for (const bool descends : {false, true}) {
            const auto order = order_of(v, descends);
            for (int i = 0; i < count; ++i) {
                const std::int64_t k = order[static_cast<std::size_t>(i)];
                CHECK((descends ? places_down : places_up)(i) == k);
                CHECK(same((descends ? down : up)(i), v[static_cast<std::size_t>(k)]));
            }
        }
        if (count < 5) continue;
        const auto [largest, places] = top_k<5>(x);
        for (int i = 0; i < 5; ++i) {
            CHECK(places(i) == places_down(i));
            CHECK(same(largest(i), down(i)));
        }
    }
}

}  // namespace

TEST_CASE("the order is std::stable_sort's, NaN being the largest") {
    check_orders<float>();
    check_orders<double>();
    check_orders<std::int32_t>();
    check_orders<std::int64_t>();
    check_orders<std::uint8_t>();
    check_orders<std::int8_t>();
    check_orders<std::int16_t>();
    check_orders<std::uint16_t>();
    check_orders<std::uint32_t>();
}
TEST_CASE("along each axis, of views, by several threads") {
    tensor<float, 7, 11, 5> x;
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = std::round(9 * std::sin(static_cast<float>(i)));
    constexpr auto f = telar::function([](auto t) {
        return std::tuple(sort(t), sort(t, axis<0>, descending), argsort(t, axis<1>), sort(transpose(t), axis<1>),
                          top_k<3>(transpose(t))[0], top_k<3>(t)[1]);
    });
    CHECK(error_of_call(1, f, x) == 0);
    tensor<std::int64_t, 101, 999> many;
    for (std::size_t i = 0; i < many.size(); ++i) many.data()[i] = static_cast<std::int64_t>(i * 7919 % 1000);
    const auto sorted = sort(many);
    for (int i = 0; i < 101; ++i) CHECK(std::is_sorted(sorted.data() + 999 * i, sorted.data() + 999 * (i + 1)));
}
TEST_CASE("derivatives") {
    const auto x = support::scattered(shape(4, 5), -2, 2);
    support::check_derivatives([](symbol s) { return square(sort(s, axis<0>)); }, x);
    support::check_derivatives([](symbol s) { return square(sort(s, descending)); }, x);
    support::check_derivatives([](symbol s) { return square(top_k<2>(s)[0]); }, x);
}
TEST_CASE("more than there are, and no axis") {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float32, 0, shape(4, 3)});
    top_k<4>(x);
    CHECK(g.error.what == mistake_kind::slice_range);
    graph h;
    argsort(declare_leaf(h, 0, {dtype::float32, 0, shape()}));
    CHECK(h.error.what == mistake_kind::axis);
    CHECK_THROWS_AS(top_k<4>(tensor<float, dyn>::uninitialized(shape(3))), wrong_shape);
}
