// SPDX-License-Identifier: BSL-1.0
#include <telar/kernels/reference/interpret.hpp>

#include "../graph/leaf.hpp"
#include "../support/special_functions.hpp"

#include <doctest/doctest.h>
#include <telar/graph/symbol.hpp>
#include <telar/graph/verify.hpp>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::kernels;
using reference::array;
using reference::array_of;
using reference::interpret;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

template <class... Array> constexpr growable<array> feeds(const Array&... arrays) {
    growable<array> all;
    (all.push(arrays), ...);
    return all;
}
/// The value of one symbol of a legal graph.
constexpr array value_of(symbol s, const growable<array>& leaves = {}) {
    graph& g = *s.g;
    if (!verify(g)) return {};
    g.roots.clear();
    g.roots.push({s.id, -1, 0, 0});
    return interpret(g, leaves)[0];
}
template <Element T> constexpr bool holds(const array& a, const shape& extents, std::initializer_list<T> values) {
    if (a.type != dtype_of<T>() || a.extents != extents || a.count() != static_cast<int>(values.size())) return false;
    for (int i = 0; i < a.count(); ++i) {
        const T x = a.at<T>(i), y = values.begin()[i];
        if (x != y && (x == x || y == y)) return false;
    }
    return true;
}
/// 0, 1, 2, ... as a leaf's value.
template <Element T> constexpr array counted(const shape& extents) {
    array a(dtype_of<T>(), extents);
    for (int i = 0; i < a.count(); ++i) a.push(static_cast<T>(i));
    return a;
}
/// A function on one leaf of the given values.
template <Element T, class F> constexpr array on(std::initializer_list<T> values, F f) {
    graph g;
    const shape extents(values.size());
    return value_of(f(leaf(g, 0, extents, dtype_of<T>())), feeds(array_of(extents, values)));
}
/// A function on two leaves of the given values.
template <Element T, class F> constexpr array on(std::initializer_list<T> a, std::initializer_list<T> b, F f) {
    graph g;
    const shape extents(a.size());
    const symbol x = leaf(g, 0, extents, dtype_of<T>()), y = leaf(g, 1, extents, dtype_of<T>());
    return value_of(f(x, y), feeds(array_of(extents, a), array_of(extents, b)));
}
template <op K> constexpr auto unary = [](symbol x) { return emit::elementwise(K, x); };
template <op K> constexpr auto binary = [](symbol x, symbol y) { return emit::elementwise(K, x, y); };

// ---------------------------------------------------------------- element-wise
constexpr bool arithmetic_is_right() {
    return holds<float>(on<float>({1, 2, 3}, {10, 20, 40}, binary<op::add>), shape(3), {11, 22, 43}) &&
           holds<double>(on<double>({1, 2, 3}, {10, 20, 40}, binary<op::sub>), shape(3), {-9, -18, -37}) &&
           holds<float>(on<float>({1, 2, 3}, {10, 20, 40}, binary<op::mul>), shape(3), {10, 40, 120}) &&
           holds<double>(on<double>({1, -3}, {4, 2}, binary<op::div>), shape(2), {0.25, -1.5}) &&
           holds<float>(on<float>({1, 5}, {4, 2}, binary<op::maximum>), shape(2), {4, 5}) &&
           holds<float>(on<float>({1, 5}, {4, 2}, binary<op::minimum>), shape(2), {1, 2}) &&
           holds<float>(on<float>({1, -5, 0}, unary<op::relu>), shape(3), {1, 0, 0}) &&
           holds<float>(on<float>({1, -5, 0}, unary<op::neg>), shape(3), {-1, 5, 0}) &&
           holds<float>(on<float>({1, -5, 0}, unary<op::stop_gradient>), shape(3), {1, -5, 0});
}
constexpr bool float32_is_rounded_after_every_node() {
    const float expected = (0.1f + 0.2f) * 3.0f;
    return holds<float>(on<float>({0.1f}, {0.2f}, [](symbol x, symbol y) { return (x + y) * 3; }), shape(1),
                        {expected}) &&
           holds<float>(on<float>({16777216}, [](symbol x) { return (x + 1) - x; }), shape(1), {0}) &&
           holds<double>(on<double>({16777216}, [](symbol x) { return (x + 1) - x; }), shape(1), {1});
}
constexpr bool integers_are_exact_and_wrap() {
    constexpr std::int64_t big = (std::int64_t{1} << 53) + 1;
    constexpr std::int32_t least = INT32_MIN, most = INT32_MAX;
    return holds<std::int64_t>(on<std::int64_t>({big}, [](symbol x) { return x + 0 * x; }), shape(1), {big}) &&
           holds<std::int64_t>(on<std::int64_t>({INT64_MAX}, [](symbol x) { return x + 1; }), shape(1), {INT64_MIN}) &&
           holds<std::int32_t>(on<std::int32_t>({most, least}, {1, -1}, binary<op::add>), shape(2), {least, most}) &&
           holds<std::int32_t>(on<std::int32_t>({65536, 65537}, {65536, 65537}, binary<op::mul>), shape(2),
                               {0, 131073}) &&
           holds<std::int32_t>(on<std::int32_t>({-7, 7, 5, least}, {2, -2, 0, -1}, binary<op::div>), shape(4),
                               {-3, -3, 0, least}) &&
           holds<std::uint8_t>(on<std::uint8_t>({200, 3}, {100, 5}, binary<op::add>), shape(2), {44, 8}) &&
           holds<std::uint8_t>(on<std::uint8_t>({200, 3}, {100, 5}, binary<op::sub>), shape(2), {100, 254}) &&
           holds<std::uint8_t>(on<std::uint8_t>({1, 0}, unary<op::neg>), shape(2), {255, 0}) &&
           holds<std::int32_t>(on<std::int32_t>({least, -3, 4}, unary<op::abs>), shape(3), {least, 3, 4}) &&
           holds<std::int32_t>(on<std::int32_t>({-9, 0, 4}, unary<op::sign>), shape(3), {-1, 0, 1});
}
constexpr bool comparisons_give_truth_values() {
    return holds<bool>(on<float>({1, 2, 3}, {2, 2, 2}, binary<op::less>), shape(3), {true, false, false}) &&
           holds<bool>(on<float>({1, 2, 3}, {2, 2, 2}, binary<op::less_equal>), shape(3), {true, true, false}) &&
           holds<bool>(on<std::int64_t>({1, 2}, {2, 2}, binary<op::equal>), shape(2), {false, true}) &&
           holds<bool>(on<bool>({true, false}, {true, true}, binary<op::equal>), shape(2), {true, false}) &&
           holds<bool>(on<bool>({true, false}, {true, true}, binary<op::not_equal>), shape(2), {false, true}) &&
           holds<bool>(on<bool>({true, false, true}, {true, true, false}, binary<op::logical_and>), shape(3),
                       {true, false, false}) &&
           holds<bool>(on<bool>({false, false, true}, {false, true, false}, binary<op::logical_or>), shape(3),
                       {false, true, true}) &&
           holds<bool>(on<bool>({false, true}, unary<op::logical_not>), shape(2), {true, false});
}
constexpr bool select_picks_element_by_element() {
    graph g;
    const symbol c = leaf(g, 0, shape(2, 1), dtype::boolean), x = leaf(g, 1, shape(3)),
                 zero = emit::constant(g, dtype::float32, 0);
    const growable<array> in = feeds(array_of<bool>(shape(2, 1), {true, false}), array_of<float>(shape(3), {1, 2, 3}));
    return holds<float>(value_of(emit::elementwise(op::select, c, x, zero), in), shape(2, 3), {1, 2, 3, 0, 0, 0}) &&
           holds<bool>(value_of(emit::elementwise(op::select, c, !c, c), in), shape(2, 1), {false, false});
}
constexpr bool broadcasting_stretches_ones() {
    graph g;
    const symbol a = leaf(g, 0, shape(2, 1, 3)), b = leaf(g, 1, shape(2, 1));
    const growable<array> in = feeds(counted<float>(shape(2, 1, 3)), array_of<float>(shape(2, 1), {10, 20}));
    return holds<float>(value_of(a + b, in), shape(2, 2, 3), {10, 11, 12, 20, 21, 22, 13, 14, 15, 23, 24, 25}) &&
           holds<float>(value_of(2 * b, in), shape(2, 1), {20, 40});
}
constexpr bool casts_are_right() {
    const auto to = [](dtype t) { return [t](symbol x) { return emit::cast(x, t); }; };
    constexpr std::int64_t big = (std::int64_t{1} << 60) + (std::int64_t{1} << 36) + 1;  // two roundings would lose
    return holds<std::int32_t>(on<float>({1.9f, -1.9f, 0.5f}, to(dtype::int32)), shape(3), {1, -1, 0}) &&
           holds<std::int32_t>(on<double>({2147483647.5, -2147483648.5, 2147483648.0}, to(dtype::int32)), shape(3),
                               {INT32_MAX, INT32_MIN, INT32_MIN}) &&
           holds<std::int64_t>(on<double>({9223372036854774784.0, 9223372036854775808.0}, to(dtype::int64)), shape(2),
                               {9223372036854774784, INT64_MIN}) &&
           holds<std::uint8_t>(on<float>({255.9f, 256, -1}, to(dtype::uint8)), shape(3), {255, 0, 255}) &&
           holds<std::uint8_t>(on<std::int64_t>({511, -2}, to(dtype::uint8)), shape(2), {255, 254}) &&
           holds<std::int32_t>(on<std::int64_t>({big}, to(dtype::int32)), shape(1), {1}) &&
           holds<float>(on<std::int64_t>({big}, to(dtype::float32)), shape(1), {static_cast<float>(big)}) &&
           holds<float>(on<double>({0.1}, to(dtype::float32)), shape(1), {0.1f}) &&
           holds<bool>(on<double>({0, -0.0, 1e-300}, to(dtype::boolean)), shape(3), {false, false, true}) &&
           holds<bool>(on<std::int32_t>({0, -2}, to(dtype::boolean)), shape(2), {false, true}) &&
           holds<float>(on<bool>({true, false}, to(dtype::float32)), shape(2), {1, 0}) &&
           holds<std::uint8_t>(on<bool>({true, false}, to(dtype::uint8)), shape(2), {1, 0});
}

// ---------------------------------------------------------------- sources and extents
constexpr bool sources_have_their_values() {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 2));
    const extent_t n = x.extents()[0];
    const growable<array> in = feeds(counted<float>(shape(5, 2)));
    return holds<std::int64_t>(value_of(emit::iota(g, n, dtype::int64), in), shape(5), {0, 1, 2, 3, 4}) &&
           holds<std::uint8_t>(value_of(emit::iota(g, 3, dtype::uint8), in), shape(3), {0, 1, 2}) &&
           holds<float>(value_of(emit::extent(g, g.dims.multiply(n, 2), dtype::float32), in), shape(), {10}) &&
           holds<double>(value_of(emit::constant(g, dtype::float64, 0.1), in), shape(), {0.1}) &&
           holds<std::int32_t>(value_of(emit::constant(g, dtype::int32, -7), in), shape(), {-7}) &&
           holds<bool>(value_of(emit::constant(g, dtype::boolean, 1), in), shape(), {true});
}
/// One graph serves every batch size.
constexpr bool mean_of(int rows, float expected) {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 3));
    const symbol mean = emit::reduce(op::sum, x, 0b11, false) / emit::reduced_count(x, 0b11, dtype::float32);
    return holds<float>(value_of(mean, feeds(counted<float>(shape(rows, 3)))), shape(), {expected});
}
constexpr bool only_what_roots_need_is_run() {
    graph g;
    const symbol x = leaf(g, 0, shape(2)), unfed = leaf(g, 1, shape(3));
    const symbol dead = unfed + 1;
    return dead.id > 0 && holds<float>(value_of(x + x, feeds(counted<float>(shape(2)))), shape(2), {0, 2});
}
constexpr bool several_roots_come_back_in_order() {
    graph g;
    const symbol x = leaf(g, 0, shape(2));
    const symbol y = x + 1;
    g.roots.push({y.id, 0, 0, 0});
    g.roots.push({x.id, -1, 0, 0});
    const growable<array> r = interpret(g, feeds(counted<float>(shape(2))));
    return r.size() == 2 && holds<float>(r[0], shape(2), {1, 2}) && holds<float>(r[1], shape(2), {0, 1});
}

// ---------------------------------------------------------------- movements
constexpr bool movements_are_right() {
    graph g;
    const symbol x = leaf(g, 0, shape(2, 3));  // 0 1 2 / 3 4 5
    const growable<array> in = feeds(counted<float>(shape(2, 3)));
    const extent_t start[] = {0, 1}, turned[] = {1, 0};
    return holds<float>(value_of(emit::reshape(x, shape(3, 2)), in), shape(3, 2), {0, 1, 2, 3, 4, 5}) &&
           holds<float>(value_of(emit::transpose(x, turned), in), shape(3, 2), {0, 3, 1, 4, 2, 5}) &&
           holds<float>(value_of(emit::broadcast_to(x, shape(2, 2, 3)), in), shape(2, 2, 3),
                        {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}) &&
           holds<float>(value_of(emit::slice(x, start, shape(2, 2)), in), shape(2, 2), {1, 2, 4, 5}) &&
           holds<float>(value_of(emit::slice(x, start, shape(1, 1)), in), shape(1, 1), {1}) &&
           holds<float>(value_of(emit::pad(x, start, shape(3, 4)), in), shape(3, 4),
                        {0, 0, 1, 2, 0, 3, 4, 5, 0, 0, 0, 0}) &&
           holds<float>(value_of(emit::concat(x, x, 0), in), shape(4, 3), {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5}) &&
           holds<float>(value_of(emit::concat(x, -x, 1), in), shape(2, 6), {0, 1, 2, 0, -1, -2, 3, 4, 5, -3, -4, -5});
}

// ---------------------------------------------------------------- reductions, products
constexpr bool reductions_are_right() {
    graph g;
    const symbol x = leaf(g, 0, shape(2, 3, 2));  // 0 1, 2 3, 4 5 / 6 7, 8 9, 10 11
    const growable<array> in = feeds(counted<float>(shape(2, 3, 2)));
    const auto reduced = [&](op k, unsigned axes) { return value_of(emit::reduce(k, x, axes, false), in); };
    return holds<float>(reduced(op::sum, 0b010), shape(2, 2), {6, 9, 24, 27}) &&
           holds<float>(reduced(op::sum, 0b101), shape(3), {14, 22, 30}) &&
           holds<float>(reduced(op::sum, 0b111), shape(), {66}) &&
           holds<float>(reduced(op::max, 0b001), shape(3, 2), {6, 7, 8, 9, 10, 11}) &&
           holds<float>(reduced(op::min, 0b110), shape(2), {0, 6}) &&
           holds<float>(reduced(op::prod, 0b100), shape(2, 3), {0, 6, 20, 42, 72, 110}) &&
           holds<std::int64_t>(reduced(op::argmax, 0b010), shape(2, 2), {2, 2, 2, 2}) &&
           holds<std::int64_t>(reduced(op::argmin, 0b110), shape(2), {0, 0}) &&
           holds<float>(value_of(emit::reduce(op::sum, x, 0b010, true), in), shape(2, 1, 2), {6, 9, 24, 27});
}
constexpr bool integer_and_truth_reductions_are_right() {
    const auto over_all = [](op k) { return [k](symbol x) { return emit::reduce(k, x, 1, false); }; };
    return holds<std::uint8_t>(on<std::uint8_t>({200, 100, 3}, over_all(op::sum)), shape(), {47}) &&
           holds<std::uint8_t>(on<std::uint8_t>({200, 100, 3}, over_all(op::max)), shape(), {200}) &&
           holds<std::int32_t>(on<std::int32_t>({-5, -3}, over_all(op::max)), shape(), {-3}) &&
           holds<bool>(on<bool>({false, true}, over_all(op::any)), shape(), {true}) &&
           holds<bool>(on<bool>({false, true}, over_all(op::all)), shape(), {false}) &&
           holds<bool>(on<bool>({true, true}, over_all(op::all)), shape(), {true}) &&
           holds<bool>(on<bool>({false, false}, over_all(op::any)), shape(), {false}) &&
           holds<std::int64_t>(on<float>({1, 3, 2, 3}, over_all(op::argmax)), shape(), {1}) &&
           holds<std::int64_t>(on<float>({1, 3, 1, 3}, over_all(op::argmin)), shape(), {0});
}
constexpr bool empty_groups_give_the_identity() {
    graph g;
    const symbol x = leaf(g, 0, shape(2, dyn)), i = leaf(g, 1, shape(2, dyn), dtype::int32);
    const growable<array> in = feeds(counted<float>(shape(2, 0)), counted<std::int32_t>(shape(2, 0)));
    const auto extreme = [](op k, symbol of) {
        return emit::reduce(k, of, 2, false, emit::ties::share, of_nothing::is_identity);
    };
    return holds<float>(value_of(emit::reduce(op::sum, x, 2, false), in), shape(2), {0, 0}) &&
           holds<float>(value_of(emit::reduce(op::prod, x, 2, false), in), shape(2), {1, 1}) &&
           holds<float>(value_of(extreme(op::max, x), in), shape(2),
                        {-std::numeric_limits<float>::infinity(), -std::numeric_limits<float>::infinity()}) &&
           holds<std::int32_t>(value_of(extreme(op::min, i), in), shape(2), {INT32_MAX, INT32_MAX}) &&
           holds<float>(value_of(x + x, in), shape(2, 0), {});
}
constexpr bool products_are_right() {
    graph g;
    const symbol a = leaf(g, 0, shape(2, 3)), b = leaf(g, 1, shape(3, 2)), i = leaf(g, 2, shape(1, 2), dtype::uint8);
    const growable<array> in = feeds(counted<float>(shape(2, 3)), array_of<float>(shape(3, 2), {1, 0, 0, 1, 2, 2}),
                                     array_of<std::uint8_t>(shape(1, 2), {16, 17}));
    const extent_t turned[] = {1, 0};
    return holds<float>(value_of(emit::matmul(a, b), in), shape(2, 2), {4, 5, 13, 14}) &&
           holds<std::uint8_t>(value_of(emit::matmul(i, emit::transpose(i, turned)), in), shape(1, 1), {545 % 256});
}

// ---------------------------------------------------------------- a program
/// A sigmoid neuron learns logical "and" by gradient descent: the loss after so many steps.
constexpr double loss_after(int steps) {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 2)), t = leaf(g, 1, shape(dyn, 1));
    const symbol w = leaf(g, 2, shape(2, 1)), b = leaf(g, 3, shape(1));
    const symbol y = emit::elementwise(op::sigmoid, emit::matmul(x, w) + b);
    const symbol error = y - t;
    const symbol loss = emit::reduce(op::sum, error * error, 0b11, false);
    const symbol slope = 2 * error * y * (1 - y);
    const symbol new_w = w - 2 * emit::matmul(emit::swap_last(x), slope);
    const symbol new_b = b - 2 * emit::reduce(op::sum, slope, 0b01, false);
    g.roots.push({loss.id, -1, 0, 0});
    g.roots.push({new_w.id, 2, 0, 0});
    g.roots.push({new_b.id, 3, 0, 0});
    growable<array> state =
        feeds(array_of<float>(shape(4, 2), {0, 0, 0, 1, 1, 0, 1, 1}), array_of<float>(shape(4, 1), {0, 0, 0, 1}),
              counted<float>(shape(2, 1)), counted<float>(shape(1)));
    double last = 0;
    for (int i = 0; i < steps; ++i) {
        const growable<array> r = interpret(g, state);
        last = r[0].at(0);
        state[2] = r[1];
        state[3] = r[2];
    }
    return last;
}

}  // namespace

TEST_CASE("element-wise operations") {
    static_assert(arithmetic_is_right());
    CHECK(arithmetic_is_right());
    static_assert(float32_is_rounded_after_every_node());
    CHECK(float32_is_rounded_after_every_node());
    static_assert(integers_are_exact_and_wrap());
    CHECK(integers_are_exact_and_wrap());
    static_assert(comparisons_give_truth_values());
    CHECK(comparisons_give_truth_values());
    static_assert(select_picks_element_by_element());
    CHECK(select_picks_element_by_element());
    static_assert(broadcasting_stretches_ones());
    CHECK(broadcasting_stretches_ones());
    static_assert(casts_are_right());
    CHECK(casts_are_right());
}
TEST_CASE("sources, extents and roots") {
    static_assert(sources_have_their_values());
    CHECK(sources_have_their_values());
    static_assert(mean_of(2, 2.5f) && mean_of(5, 7));
    CHECK(mean_of(1, 1));
    CHECK(mean_of(101, 151));
    static_assert(only_what_roots_need_is_run());
    CHECK(only_what_roots_need_is_run());
    static_assert(several_roots_come_back_in_order());
    CHECK(several_roots_come_back_in_order());
}
TEST_CASE("movements") {
    static_assert(movements_are_right());
    CHECK(movements_are_right());
}
TEST_CASE("reductions and products") {
    static_assert(reductions_are_right());
    CHECK(reductions_are_right());
    static_assert(integer_and_truth_reductions_are_right());
    CHECK(integer_and_truth_reductions_are_right());
    static_assert(empty_groups_give_the_identity());
    CHECK(empty_groups_give_the_identity());
    static_assert(products_are_right());
    CHECK(products_are_right());
}
TEST_CASE("a neuron is trained by the compiler, and the same at run time") {
    constexpr double first = loss_after(1), last = loss_after(30);
    static_assert(last < 0.35 && last < first / 2);
    CHECK(loss_after(1) == first);
    CHECK(loss_after(30) == last);
}

TEST_CASE("NaN and infinities as in NumPy") {
    CHECK(holds<double>(on<double>({not_a_number, inf, -inf}, unary<op::relu>), shape(3), {not_a_number, inf, 0}));
    CHECK(holds<bool>(on<double>({not_a_number, inf, 0}, unary<op::is_nan>), shape(3), {true, false, false}));
    CHECK(
        holds<bool>(on<double>({not_a_number, inf}, {not_a_number, inf}, binary<op::equal>), shape(2), {false, true}));
    CHECK(holds<bool>(on<double>({not_a_number, inf}, {not_a_number, inf}, binary<op::not_equal>), shape(2),
                      {true, false}));
    CHECK(holds<double>(on<double>({not_a_number, 1}, {1, not_a_number}, binary<op::maximum>), shape(2),
                        {not_a_number, not_a_number}));
    CHECK(holds<double>(on<double>({1, -1, 0}, {0, 0, 0}, binary<op::div>), shape(3), {inf, -inf, not_a_number}));
    CHECK(
        holds<std::int32_t>(on<double>({not_a_number, inf, -inf}, [](symbol x) { return emit::cast(x, dtype::int32); }),
                            shape(3), {INT32_MIN, INT32_MIN, INT32_MIN}));
    CHECK(holds<bool>(on<double>({not_a_number}, [](symbol x) { return emit::cast(x, dtype::boolean); }), shape(1),
                      {true}));
    const auto over_all = [](op k) { return [k](symbol x) { return emit::reduce(k, x, 1, false); }; };
    CHECK(holds<double>(on<double>({1, not_a_number, 3}, over_all(op::max)), shape(), {not_a_number}));
    CHECK(holds<double>(on<double>({not_a_number, 1, 3}, over_all(op::min)), shape(), {not_a_number}));
    CHECK(holds<std::int64_t>(on<double>({1, not_a_number, 3, not_a_number}, over_all(op::argmax)), shape(), {1}));
    CHECK(holds<std::int64_t>(on<double>({1, not_a_number, -3, not_a_number}, over_all(op::argmin)), shape(), {1}));
    CHECK(holds<float>(on<float>({1e30f}, [](symbol x) { return x * x; }), shape(1),
                       {std::numeric_limits<float>::infinity()}));
}

TEST_CASE("each function is the one of its name") {
    struct row {
        op kind;
        double (*expected)(double);
        double low, high;
    };
    // clang-format off
    const row rows[] = {
        {op::neg, [](double x) { return -x; }, -5, 5},           {op::abs, [](double x) { return std::fabs(x); }, -5, 5},
        {op::exp, [](double x) { return std::exp(x); }, -20, 20}, {op::expm1, [](double x) { return std::expm1(x); }, -3, 3},
        {op::log, [](double x) { return std::log(x); }, 0.01, 50}, {op::log1p, [](double x) { return std::log1p(x); }, -0.9, 5},
        {op::sqrt, [](double x) { return std::sqrt(x); }, 0, 50}, {op::sin, [](double x) { return std::sin(x); }, -9, 9},
        {op::cos, [](double x) { return std::cos(x); }, -9, 9},  {op::tan, [](double x) { return std::tan(x); }, -1.5, 1.5},
        {op::asin, [](double x) { return std::asin(x); }, -1, 1}, {op::acos, [](double x) { return std::acos(x); }, -1, 1},
        {op::atan, [](double x) { return std::atan(x); }, -9, 9}, {op::sinh, [](double x) { return std::sinh(x); }, -5, 5},
        {op::cosh, [](double x) { return std::cosh(x); }, -5, 5}, {op::tanh, [](double x) { return std::tanh(x); }, -5, 5},
        {op::asinh, [](double x) { return std::asinh(x); }, -9, 9}, {op::acosh, [](double x) { return std::acosh(x); }, 1, 9},
        {op::atanh, [](double x) { return std::atanh(x); }, -0.99, 0.99}, {op::erf, [](double x) { return std::erf(x); }, -4, 4},
        {op::sigmoid, [](double x) { return 1 / (1 + std::exp(-x)); }, -9, 9},
        {op::softplus, [](double x) { return std::log1p(std::exp(x)); }, -9, 9},
        {op::erfc, [](double x) { return std::erfc(x); }, -4, 6}, {op::cbrt, [](double x) { return std::cbrt(x); }, -9, 9},
        {op::erfinv, [](double x) { return support::inverse_erf(x); }, -0.99, 0.99},
        {op::erfcinv, [](double x) { return support::inverse_erfc(x); }, 0.01, 1.99},
        {op::lgamma, [](double x) { return std::lgamma(x); }, 0.1, 9},
        {op::floor, [](double x) { return std::floor(x); }, -5, 5}, {op::ceil, [](double x) { return std::ceil(x); }, -5, 5},
        {op::round, [](double x) { return std::nearbyint(x); }, -5, 5},
    };
    // clang-format on
    for (const row& r : rows) {
        graph g;
        const symbol x = leaf(g, 0, shape(dyn), dtype::float64);
        std::vector<double> values;
        for (int i = 0; i <= 40; ++i) values.push_back(r.low + (r.high - r.low) * i / 40);
        const array y = value_of(emit::elementwise(r.kind, x), feeds(array_of(shape(41), values.data())));
        CAPTURE(name_of(r.kind));
        for (int i = 0; i <= 40; ++i)
            CHECK(y.at(i) == doctest::Approx(r.expected(values[static_cast<std::size_t>(i)])).epsilon(1e-14));
    }
    CHECK(on<double>({2}, {0.5}, binary<op::pow>).at(0) == doctest::Approx(std::sqrt(2.0)).epsilon(1e-14));
}

TEST_CASE("stacks of matrices, against a direct computation") {
    graph g;
    const symbol a = leaf(g, 0, shape(2, 1, 3, 5), dtype::float64), b = leaf(g, 1, shape(4, 5, 2), dtype::float64);
    const array x = counted<double>(shape(2, 1, 3, 5)), y = counted<double>(shape(4, 5, 2));
    const array r = value_of(emit::matmul(a, b), feeds(x, y));
    REQUIRE(r.extents == shape(2, 4, 3, 2));
    for (int p = 0; p < 2; ++p)
        for (int q = 0; q < 4; ++q)
            for (int i = 0; i < 3; ++i)
                for (int j = 0; j < 2; ++j) {
                    double expected = 0;
                    for (int k = 0; k < 5; ++k) expected += x.at((p * 3 + i) * 5 + k) * y.at((q * 5 + k) * 2 + j);
                    CHECK(r.at(((p * 4 + q) * 3 + i) * 2 + j) == expected);
                }
}
TEST_CASE("a transpose of three axes, against its definition") {
    graph g;
    const symbol x = leaf(g, 0, shape(3, dyn, 5), dtype::int64);
    const extent_t permutation[] = {2, 0, 1};
    const array r = value_of(emit::transpose(x, permutation), feeds(counted<std::int64_t>(shape(3, 4, 5))));
    REQUIRE(r.extents == shape(5, 3, 4));
    for (int i = 0; i < 5; ++i)
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 4; ++k) CHECK(r.at<std::int64_t>((i * 3 + j) * 4 + k) == (j * 4 + k) * 5 + i);
}
TEST_CASE("a long sum loses no digits") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn), dtype::float64);
    const std::vector<double> tenths(1'000'000, 0.1);
    const array r = value_of(emit::reduce(op::sum, x, 1, false), feeds(array_of(shape(1'000'000), tenths.data())));
    CHECK(std::fabs(r.at(0) - 100'000) < 1e-9);  // added one by one: 1.3e-6
}

TEST_CASE("what does not fit is refused, and the text says what came") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 3)), y = leaf(g, 1, shape(dyn, 3));
    const symbol sum = x + y;
    g.roots.push({sum.id, -1, 0, 0});
    const auto text_of = [&](const growable<array>& leaves) -> std::string {
        try {
            interpret(g, leaves);
        } catch (const error& e) { return e.what(); }
        return "";
    };
    const array two = counted<float>(shape(2, 3)), four = counted<float>(shape(4, 3));
    CHECK(text_of(feeds(two, two)) == "");
    CHECK(text_of(feeds(two, four)) == "interpret: extents 2 and 4 have to be equal");
    CHECK(text_of(feeds(two, counted<float>(shape(2, 4)))) ==
          "interpret: leaf 1 expected (n, 3) float32, got (2, 4) float32");
    CHECK(text_of(feeds(two, counted<double>(shape(2, 3)))) ==
          "interpret: leaf 1 expected (n, 3) float32, got (2, 3) float64");
    CHECK_THROWS_AS(interpret(g, feeds(two, four)), wrong_shape);
    CHECK_THROWS_AS(interpret(g, feeds(two)), missing_feed);
}
TEST_CASE("a slice that leaves its operand at run time is refused") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn));
    const extent_t start[] = {2};
    const symbol part = emit::slice(x, start, shape(3));
    g.roots.push({part.id, -1, 0, 0});
    CHECK(holds<float>(interpret(g, feeds(counted<float>(shape(5))))[0], shape(3), {2, 3, 4}));
    CHECK_THROWS_AS(interpret(g, feeds(counted<float>(shape(4)))), wrong_shape);
}
