// SPDX-License-Identifier: BSL-1.0
// gradient, grad and value_and_grad through compiled programs; derivatives of derivatives.
#include <telar/run/grad.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using support::random_tensor;
using support::same_bits;

namespace {

constexpr auto f = telar::function([](auto x) { return sum(tanh(x) * x); });
constexpr auto df = grad(f);
constexpr auto ddf = grad(telar::function([](auto x) { return sum(df(x)); }));
constexpr auto dddf = grad(telar::function([](auto x) { return sum(ddf(x)); }));

/// The largest |exact - difference| of a function of one tensor.
template <class F, class T> double error_of(F function, const T& exact, const T& x) {
    double error = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const auto at = [&](double by) {
            T moved = x;
            moved.data()[i] += by;
            return double(function(moved));
        };
        constexpr double h = 1e-4;
        const double difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
        error = std::max(error, std::abs(exact.data()[i] - difference));
    }
    return error;
}

}  // namespace

TEST_CASE("first, second and third derivatives") {
    const tensor<double, 4> x{1, -2, 0.5, 0};
    const auto first = df(x), second = ddf(x), third = dddf(x);
    for (extent_t i = 0; i < 4; ++i) {
        const double t = std::tanh(x(i)), s = 1 - t * t;
        CHECK(first(i) == doctest::Approx(t + x(i) * s));
        CHECK(second(i) == doctest::Approx(2 * s - 2 * x(i) * t * s));
        CHECK(third(i) == doctest::Approx(-6 * t * s - 2 * x(i) * s * (s - 2 * t * t)));
    }
}
TEST_CASE("by several arguments, with the value") {
    generator g(1);
    const auto x = random_tensor<double, 4, 3>(g, shape(4, 3));
    const auto w = random_tensor<double, 3, 3>(g, shape(3, 3));
    constexpr auto loss = telar::function([](auto a, auto b) { return mean(square(matmul(a, b))) + sum(exp(-b * b)); });
    const auto [value, dx, dw] = value_and_grad(loss, range<0>)(x, w);
    CHECK(value.item() == doctest::Approx(double(loss(x, w))));
    CHECK(error_of([&](const auto& a) { return loss(a, w); }, dx, x) < 1e-9);
    CHECK(error_of([&](const auto& b) { return loss(x, b); }, dw, w) < 1e-9);
    const auto both = grad(loss, range<0>)(x, w);
    CHECK(same_bits(std::get<0>(both), dx));
    CHECK(same_bits(std::get<1>(both), dw));
    CHECK(same_bits(tensor<double, 4, 3>(grad(loss)(x, w)), dx));  // by the first argument
    CHECK(same_bits(tensor<double, 4, 3>(std::get<1>(value_and_grad(loss)(x, w))), dx));
    CHECK(same_bits(tensor<double, 3, 3>(grad(loss, argnums<-1>)(x, w)), dw));
    const auto [second, first] = grad(loss, argnums<1, 0>)(x, w);
    CHECK(same_bits(second, dw));
    CHECK(same_bits(first, dx));
}
TEST_CASE("by some of the arguments") {
    generator g(9);
    const tensor<std::int32_t, 3> labels{2, 0, 1};
    const auto x = random_tensor<double, 3, 4>(g, shape(3, 4)), w = random_tensor<double, 3, 4>(g, shape(3, 4));
    constexpr auto loss =
        telar::function([](auto l, auto a, auto b) { return mean(sparse_softmax_cross_entropy(a * tanh(b), l)); });
    const auto [value, dx, dw] = value_and_grad(loss, range<1>)(labels, x, w);  // labels have no gradient
    CHECK(value.item() == doctest::Approx(double(loss(labels, x, w))));
    CHECK(error_of([&](const auto& a) { return loss(labels, a, w); }, dx, x) < 1e-9);
    CHECK(error_of([&](const auto& b) { return loss(labels, x, b); }, dw, w) < 1e-9);
    CHECK(same_bits(tensor<double, 3, 4>(grad(loss, range<1, 2>)(labels, x, w)), dx));
    CHECK(same_bits(tensor<double, 3, 4>(grad(loss, range<-1>)(labels, x, w)), dw));
    CHECK(std::tuple_size_v<decltype(grad(loss, range<-2>)(labels, x, w))> == 2);
}
TEST_CASE("the gradient of an expression is an expression") {
    generator g(2);
    variable<"v", tensor<double, 3>> v(random_tensor<double, 3>(g, shape(3)));
    input<"x", tensor<double, dyn, 3>> x;
    const auto data = random_tensor<double, dyn, 3>(g, shape(6, 3));
    const auto loss = mean(square(x * v + 1.0)) + sum(v * v * v);
    const auto slope = gradient(loss, v);
    const auto at = [&](const tensor<double, 3>& value) {
        const auto kept = v.value();
        v = value;
        const double l = run(loss, x = data);
        v = kept;
        return l;
    };
    const tensor<double, 3> exact = run(slope, x = data), now = v.value();
    CHECK(error_of(at, exact, now) < 1e-9);
    CHECK(same_bits(run(slope * 2.0 - slope, x = data), exact));
    const tensor<double, 3> curvature = run(gradient(sum(slope), v), x = data);  // its own gradient
    const auto slope_sum = [&](const tensor<double, 3>& value) {
        const auto kept = v.value();
        v = value;
        const double s = run(sum(slope), x = data);
        v = kept;
        return s;
    };
    CHECK(error_of(slope_sum, curvature, now) < 1e-9);
}
TEST_CASE("by an input, by a matrix, and of a mean over an unknown number of rows") {
    input<"x", tensor<float, dyn, 2>> x;
    variable<"W", matrix<float, 2, 2>> W(matrix<float, 2, 2>{{1, 2}, {3, 4}});
    const auto y = mean(W * x);
    for (const extent_t n : {1, 2, 7}) {
        const auto data = ones<float, dyn, 2>(shape(n, 2));
        const tensor<float, dyn, 2> dx = run(gradient(y, x), x = data);
        CHECK(dx.extents() == shape(n, 2));
        for (extent_t r = 0; r < n; ++r) {
            CHECK(dx(r, 0) == doctest::Approx(4.0 / (2.0 * double(n))));
            CHECK(dx(r, 1) == doctest::Approx(6.0 / (2.0 * double(n))));
        }
        const matrix<float, 2, 2> dW = run(gradient(y, W), x = data);
        for (const float d : dW) CHECK(d == doctest::Approx(0.5));
    }
}
TEST_CASE("of a concat and a slice along an axis that is known only when run") {
    input<"a", tensor<double, dyn, 2>> a;
    input<"b", tensor<double, dyn, 2>> b;
    const auto y = sum(square(concat(a, b, axis<0>)) * 0.5 + slice(concat(b, a, axis<0>), axis<0>, range<0, 1>));
    const tensor<double, dyn, 2> p{{1, 2}, {3, 4}, {5, 6}}, q{{7, 8}};
    const auto da = run(gradient(y, a), a = p, b = q), db = run(gradient(y, b), a = p, b = q);
    // y = sum_rs (0.5 c_rs^2 + first row of the other concat, stretched over 4 rows)
    CHECK(same_bits(da, p));
    CHECK(same_bits(db, {{7 + 4, 8 + 4}}));
}
