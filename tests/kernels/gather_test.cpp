// SPDX-License-Identifier: BSL-1.0
// The routines gather and scatter, compiled, against the reference: rows, columns and views of every kind; enough
// elements for several threads.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include "../support/eager.hpp"
#include "../support/long_sums.hpp"

#include <random>

using namespace telar;
using namespace telar::ir::passes;
using support::error_of_call;

namespace {

template <Tensor T> T filled(T t, int below = 100) {
    std::mt19937 random(7);
    for (std::size_t i = 0; i < t.size(); ++i)
        t.data()[i] = static_cast<typename T::value_type>(random() % static_cast<unsigned>(below));
    return t;
}
template <extent_t... E> using indices = tensor<std::int32_t, E...>;
template <extent_t... E> using wide_indices = tensor<std::int64_t, E...>;
template <extent_t... E> using floats = tensor<float, E...>;

}  // namespace

TEST_CASE("gather: lines that lie together, lines that do not, elements; views of all operands") {
    constexpr auto f = telar::function([](auto x, auto i, auto j) {
        const auto turned = transpose(x);  // (5,17)
        return std::tuple(gather(x, i), gather(turned, i, axis<1>), gather(x + 1, slice(i, axis<0>, range<1, 3>)),
                          take_along_axis(x, j, axis<0>), take_along_axis(turned, transpose(j), axis<1>),
                          gather(slice(x, axis<1>, range<1, 4>), i));
    });
    CHECK(error_of_call(1, f, filled(floats<17, 5>()), filled(indices<7>(), 17), filled(wide_indices<6, 5>(), 17)) ==
          0);
}
TEST_CASE("gather: of every element type") {
    constexpr auto f = telar::function([](auto x, auto i) { return gather(x, i, axis<1>); });
    const auto i = filled(tensor<std::uint8_t, 3, 3>(), 5);
    CHECK(error_of_call(1, f, filled(tensor<double, 3, 5, 2>()), i) == 0);
    CHECK(error_of_call(1, f, filled(tensor<std::int64_t, dyn, 5>::uninitialized(shape(3, 5))), i) == 0);
    CHECK(error_of_call(1, f, filled(tensor<bool, 3, 5>(), 2), i) == 0);
}
TEST_CASE("scatter_add: onto lines, onto elements, of a derivative, whose indices outside count for nothing") {
    constexpr auto f = telar::function([](auto x, auto i, auto u) {
        return std::tuple(scatter_add(x, i, u),
                          scatter_add(transpose(x), slice(i, axis<0>, range<0, 3>),
                                      slice(transpose(scatter_add(x, i, u)), axis<0>, range<0, 3>)),
                          segment_sum(u, i, segments<17>));
    });
    CHECK(error_of_call(1, f, filled(floats<17, 5>()), filled(indices<9>(), 5), filled(floats<9, 5>())) == 0);
    constexpr auto slope =
        telar::function([](auto x, auto i) { return differentiate(sum(take_along_axis(x, i, 1) * 2), x); });
    CHECK(error_of_call(1, slope, filled(floats<4, 5>()), filled(indices<4, 6>(), 9)) == 0);
}
TEST_CASE("scatter: updates that replace, the larger, the smaller; NaN; columns of their own") {
    constexpr auto f = telar::function([](auto x, auto i, auto u) {
        return std::tuple(scatter_update(x, i, u), scatter_max(x, i, u), scatter_min(x, i, u),
                          scatter_update(transpose(x), slice(i, axis<0>, range<0, 3>),
                                         slice(transpose(scatter_max(x, i, u)), axis<0>, range<0, 3>)));
    });
    auto old = filled(floats<17, 5>());
    auto updates = filled(floats<9, 5>());
    old(3, 1) = updates(2, 4) = updates(0, 0) = std::nanf("");
    CHECK(error_of_call(1, f, old, filled(indices<9>(), 5), updates) == 0);
    CHECK(error_of_call(1, f, filled(tensor<std::int64_t, 17, 5>()), filled(indices<9>(), 5),
                        filled(tensor<std::int64_t, 9, 5>())) == 0);
    constexpr auto slope = telar::function([](auto x, auto i, auto u) {
        return std::tuple(differentiate(sum(square(scatter_update(x, i, u))), x),
                          differentiate(sum(square(scatter_max(x, i, u))), u));
    });
    CHECK(error_of_call(1, slope, filled(floats<17, 5>()), filled(indices<9>(), 5), filled(floats<9, 5>())) == 0);
}
TEST_CASE("scatter_add: where many lines meet, the error hardly grows with how many") {
    constexpr extent_t count = 300'007, columns = 3, places = 40;
    // Most in place 3, few in the others, one in place 17; outside of its column's own order for elements.
    constexpr auto lines = telar::function([](auto u, auto i) { return segment_sum(u, i, segments<places>); });
    constexpr auto elements =
        telar::function([](auto x, auto u, auto j) { return differentiate(sum(take_along_axis(x, j, 0) * u), x); });
    for (const support::terms kind : support::every_kind_of_terms) {
        CAPTURE(static_cast<int>(kind));
        floats<dyn, columns> u(shape(count, columns));
        support::fill(u.data(), u.data() + u.size(), kind, 5);
        auto i = indices<dyn>(shape(count));
        auto j = indices<dyn, columns>(shape(count, columns));
        for (extent_t m = 0; m < count; ++m) {
            i(m) = static_cast<std::int32_t>(m == 5 ? 17 : m % 1000 == 0 ? m / 1000 % 16 : 3);
            for (extent_t c = 0; c < columns; ++c) j(m, c) = static_cast<std::int32_t>((i(m) + c) % places);
        }
        const auto of_lines = lines(u, i);
        const auto of_elements = elements(floats<places, columns>{}, u, j);
        int far = 0;
        for (extent_t c = 0; c < columns; ++c) {
            double sum[places]{}, magnitude[places]{};
            for (extent_t m = 0; m < count; ++m) {
                sum[i(m)] += static_cast<double>(u(m, c));
                magnitude[i(m)] += std::abs(static_cast<double>(u(m, c)));
            }
            for (extent_t p = 0; p < places; ++p) {
                const double allowed = support::off_by_at_most<float>(count) * magnitude[p];
                far += !(std::abs(static_cast<double>(of_lines(p, c)) - sum[p]) <= allowed);
                far += !(std::abs(static_cast<double>(of_elements((p + c) % places, c)) - sum[p]) <= allowed);
            }
        }
        CHECK(far == 0);
    }
}
TEST_CASE("many elements: threads change nothing") {
    constexpr auto f = telar::function([](auto x, auto i) {
        const auto y = gather(x, i);
        return std::tuple(y, scatter_add(x, i, y));
    });
    CHECK(error_of_call(1, f, filled(floats<301, 130>()), filled(indices<1001>(), 301)) == 0);
}
TEST_CASE("two bytes: routines compute in float and round each step, as the reference") {
    constexpr auto f = telar::function([](auto x, auto i) {
        return std::tuple(gather(x, i), scatter_add(x, i, gather(x, i) * 3), cumsum(x), cumprod(x / 50, axis<1>),
                          sort(x), argsort(x, descending));
    });
    CHECK(error_of_call(1, f, filled(tensor<float16, 17, 5>()), filled(indices<9>(), 17)) == 0);
    CHECK(error_of_call(1, f, filled(tensor<bfloat16, 17, 5>()), filled(indices<9>(), 17)) == 0);
}
TEST_CASE("dynamic_slice, on the CPU and differentiated") {
    constexpr auto f = telar::function([](auto x, auto start) {
        const auto block = dynamic_slice(x, start, extents<4, -1, 2>);
        return std::array{block, differentiate(sum(square(block)), x)};
    });
    for (const int first : {-5, 0, 2, 9})
        CHECK(error_of_call(1, f, filled(floats<7, 3, 5>()), indices<3>{first, 1, first / 2}) == 0);
}
