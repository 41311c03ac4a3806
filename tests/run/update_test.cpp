// SPDX-License-Identifier: BSL-1.0
// State: every read sees the start of the run, all assignments commit together, a run that fails commits nothing.
#include <telar/run/update.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using support::random_tensor;
using support::same_bits;

namespace {

using weights = matrix<double, 3, 3>;
using vectors = tensor<double, dyn, 3>;

/// d f / d w by central differences, f being evaluated in plain C++.
template <class F> weights differences(F f, const weights& w) {
    weights d;
    for (std::size_t i = 0; i < w.size(); ++i) {
        const auto at = [&](double by) {
            weights moved = w;
            moved.data()[i] += by;
            return f(moved);
        };
        constexpr double h = 1e-4;
        d.data()[i] = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
    }
    return d;
}
/// w - rate d f / d w.
template <class F> weights stepped(F f, const weights& w, double rate) {
    weights next = w;
    const weights d = differences(f, w);
    for (std::size_t i = 0; i < w.size(); ++i) next.data()[i] -= rate * d.data()[i];
    return next;
}
/// y_b = W x_b, by loops.
vectors mapped(const weights& w, const vectors& x) {
    vectors y(x.extents());
    for (extent_t b = 0; b < x.extent(0); ++b)
        for (extent_t i = 0; i < 3; ++i)
            for (extent_t k = 0; k < 3; ++k) y(b, i) += w(i, k) * x(b, k);
    return y;
}
vectors each(vectors x, double (*f)(double)) {
    for (double& v : x) v = f(v);
    return x;
}
double squares(const auto& a) {
    double sum = 0;
    for (const double v : a) sum += v * v;
    return sum;
}
double squared_distance(const vectors& a, const vectors& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a.data()[i] - b.data()[i]) * (a.data()[i] - b.data()[i]);
    return sum;
}
double off(const weights& got, const weights& want) { return support::error_of(got, support::array_of(want)); }

struct data {
    generator g{7};
    weights first{random_tensor<double, 3, 3>(g, shape(3, 3), -1, 1)},
        second{random_tensor<double, 3, 3>(g, shape(3, 3), -1, 1)};
    vectors x = random_tensor<double, dyn, 3>(g, shape(5, 3)), y = random_tensor<double, dyn, 3>(g, shape(5, 3));
};

}  // namespace

TEST_CASE("two variables change places") {
    variable<"a", tensor<float, 3>> a(tensor<float, 3>{1, 2, 3});
    variable<"b", tensor<float, 3>> b(tensor<float, 3>{4, 5, 6});
    const auto swap = update(assign(a, b), assign(b, a));
    run(swap);
    CHECK(same_bits(a.value(), {4, 5, 6}));
    CHECK(same_bits(b.value(), {1, 2, 3}));
    run(swap);
    CHECK(same_bits(a.value(), {1, 2, 3}));
    run(update(a = a + b, b = a - b));
    CHECK(same_bits(a.value(), {5, 7, 9}));
    CHECK(same_bits(b.value(), {-3, -3, -3}));
}
TEST_CASE("reads that do not run in step with the write") {
    variable<"a", tensor<float, 3, 3>> a(tensor<float, 3, 3>{{1, 2, 3}, {4, 5, 6}, {7, 8, 9}});
    run(update(assign(a, transpose(a) + 0.0f)));
    CHECK(same_bits(a.value(), {{1, 4, 7}, {2, 5, 8}, {3, 6, 9}}));
    run(update(a = a - sum(a, axis<0>)));
    CHECK(same_bits(a.value(), {{-5, -11, -17}, {-4, -10, -16}, {-3, -9, -15}}));
    run(update(
        assign(a, concat(slice(a, axis<0>, range<1, 3>), slice(a, axis<0>, range<0, 1>), axis<0>))));  // rows move up
    CHECK(same_bits(a.value(), {{-4, -10, -16}, {-3, -9, -15}, {-5, -11, -17}}));
    run(update(assign(a, pad(slice(a, axis<1>, range<0, 2>), before<0, 1>, after<0, 0>))));  // columns move right
    CHECK(same_bits(a.value(), {{0, -4, -10}, {0, -3, -9}, {0, -5, -11}}));
    run(update(assign(a, matmul(a, a))));
    CHECK(same_bits(a.value(), {{0, 62, 146}, {0, 54, 126}, {0, 70, 166}}));
}
TEST_CASE("a middle layer: the first derivative reads the weights that the second replaces") {
    data d;
    variable<"W1", weights> W1(d.first);
    variable<"W2", weights> W2(d.second);
    input<"x", vectors> x;
    input<"y", vectors> y;
    const auto loss = sum(square(W2 * tanh(W1 * x) - y));
    run(update(W1 = W1 - 0.01 * gradient(loss, W1), W2 = W2 - 0.01 * gradient(loss, W2)), x = d.x, y = d.y);
    const auto network = [&](const weights& w1, const weights& w2) {
        return squared_distance(mapped(w2, each(mapped(w1, d.x), [](double v) { return std::tanh(v); })), d.y);
    };
    CHECK(off(W1.value(), stepped([&](const weights& w) { return network(w, d.second); }, d.first, 0.01)) < 1e-10);
    CHECK(off(W2.value(), stepped([&](const weights& w) { return network(d.first, w); }, d.second, 0.01)) < 1e-10);
}
TEST_CASE("tied weights and a penalty") {
    data d;
    variable<"W", weights> W(d.first);
    input<"x", vectors> x;
    input<"y", vectors> y;
    const auto loss = sum(square(W * tanh(W * x) - y)) + 0.3 * sum(square(W));
    run(update(W = W - 0.01 * gradient(loss, W)), x = d.x, y = d.y);
    const auto network = [&](const weights& w) {
        return squared_distance(mapped(w, each(mapped(w, d.x), [](double v) { return std::tanh(v); })), d.y) +
               0.3 * squares(w);
    };
    CHECK(off(W.value(), stepped(network, d.first, 0.01)) < 1e-10);
}
TEST_CASE("extents that are unknown must be the variable's") {
    variable<"v", tensor<float, dyn>> v(tensor<float, dyn>{1, 2, 3});
    input<"x", tensor<float, dyn>> x;
    const auto step = update(v = x * 2.0f);
    run(step, x = tensor<float, dyn>{4, 5, 6});
    CHECK(same_bits(v.value(), {8, 10, 12}));
    CHECK_THROWS_AS(run(step, x = tensor<float, dyn>{4, 5}), wrong_shape);
    CHECK(same_bits(v.value(), {8, 10, 12}));
}
TEST_CASE("a run that fails commits nothing") {
    data d;
    variable<"W", weights> W(d.first);
    variable<"count", tensor<double>> count;
    input<"x", vectors> x;
    input<"y", vectors> y;
    const auto loss = sum(square(W * x - y));
    const auto step = update(W = W - 0.1 * gradient(loss, W), count = count + 1.0);
    CHECK_THROWS_AS(run(step, x = d.x, y = vectors(shape(4, 3))), wrong_shape);
    CHECK(same_bits(W.value(), d.first));
    CHECK(count.value().item() == 0);
    run(step, x = d.x, y = d.y);
    CHECK(count.value().item() == 1);
    CHECK(!same_bits(W.value(), d.first));
}
TEST_CASE("captured numbers, another order, an alias, a copy") {
    variable<"a", tensor<float, 2>> a(tensor<float, 2>{1, 2});
    variable<"b", tensor<float, 2>> b(tensor<float, 2>{10, 20});
    const auto same = alias(a);
    run(update(b = 0.5f * b + 1.0f * a, a = 3.0f * a - 0.25f * b));
    CHECK(same_bits(a.value(), {0.5f, 1}));
    CHECK(same_bits(b.value(), {6, 12}));
    CHECK(same_bits(same.value(), a.value()));
    const auto copy = a;
    run(update(a = a * 2.0f));
    CHECK(same_bits(same.value(), {1, 2}));
    CHECK(same_bits(copy.value(), {0.5f, 1}));
}
TEST_CASE("+= and -= are assignments too") {
    variable<"a", tensor<float, 3>> a(tensor<float, 3>{1, 2, 3});
    variable<"n", tensor<double>> n;
    input<"x", tensor<float, dyn, 3>> x;
    const auto step = update(a += sum(x, axis<0>), n += 1.0);
    run(step, x = tensor<float, 2, 3>{{1, 1, 1}, {10, 20, 30}});
    CHECK(same_bits(a.value(), {12, 23, 34}));
    run(step, x = tensor<float, 1, 3>{{-1, 0, 1}});
    CHECK(same_bits(a.value(), {11, 23, 35}));
    CHECK(n.value().item() == 2);
    run(update(a -= 0.5f * a, n -= 2.0));
    CHECK(same_bits(a.value(), {5.5f, 11.5f, 17.5f}));
    CHECK(n.value().item() == 0);
    run(update(a += tensor<float, 3>{0.5f, 0.5f, 0.5f}));
    CHECK(same_bits(a.value(), {6, 12, 18}));
}

TEST_CASE("a feed that is the memory of what is assigned is refused") {
    using square = tensor<float, 2, 2>;
    variable<"a", square> a(square{{1, 2}, {3, 4}});
    input<"x", square> x;
    const auto step = update(a = a + transpose(x));
    CHECK_THROWS_WITH_AS(run(step, x = a.value()),
                         "\"x\" is read from the memory of \"a\", which the run assigns: feed a copy",
                         overlapping_output);
    CHECK_THROWS_AS(run(update(a = a * ref(a.value()))), overlapping_output);
    CHECK(same_bits(a.value(), {{1, 2}, {3, 4}}));
    run(step, x = square(a.value()));
    CHECK(same_bits(a.value(), {{2, 5}, {5, 8}}));
    CHECK(same_bits(run(a + transpose(x), x = a.value()), {{4, 10}, {10, 16}}));  // a run that assigns nothing
}
TEST_CASE("fetch computes results and commits assignments in one run, all from the values before") {
    variable<"h", tensor<float, 2>, false> h({1, 2});
    variable<"n", tensor<float>, false> n;
    input<"x", tensor<float, 2>> x;
    const auto next = h + x;
    const auto step = fetch(next * 10.0f, h = next, n += 1.0f, sum(h));
    for (int i = 1; i <= 3; ++i) {
        const float old = h.value()(0) + h.value()(1);
        const auto [y, total] = run(step, x = {1, 0.5f});
        CHECK(y(0) == 10.0f * (1 + static_cast<float>(i)));
        CHECK(y(1) == 10.0f * (2 + 0.5f * static_cast<float>(i)));
        CHECK(total.item() == old);
        CHECK(h.value()(0) == 1 + static_cast<float>(i));
        CHECK(n.value().item() == static_cast<float>(i));
    }
    tensor<float, 2> y;
    tensor<float> total;
    run_into(std::tie(y, total), step, x = {0, 0});
    CHECK(y(1) == 35);
    CHECK(total.item() == 7.5f);
    CHECK(run(fetch(sum(next), n += 1.0f), x = {1, 1}).item() == 9.5f);  // one result is no tuple
    CHECK(n.value().item() == 5);
    CHECK(same_bits(h.value(), tensor<float, 2>({4, 3.5f})));
}
