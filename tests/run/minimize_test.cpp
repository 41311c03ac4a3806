// SPDX-License-Identifier: BSL-1.0
// Training steps against the optimisers' formulas, written out in double.
#include <telar/run/minimize.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using support::same_bits;

namespace {

/// The loss sum((w - c)^2) + 0.5 (sum w)^2 and its gradient: 2 (w - c) + sum w.
using vector = tensor<double, 4>;
const vector start{1, -2, 0.5, 3}, centre{0.25, 0.5, -1, 2};

vector slope_at(const vector& w) {
    double sum = 0;
    for (const double v : w) sum += v;
    vector d;
    for (extent_t i = 0; i < 4; ++i) d(i) = 2 * (w(i) - centre(i)) + sum;
    return d;
}
double loss_at(const vector& w) {
    double sum = 0, squares = 0;
    for (extent_t i = 0; i < 4; ++i) sum += w(i), squares += (w(i) - centre(i)) * (w(i) - centre(i));
    return squares + 0.5 * sum * sum;
}
/// Runs some steps; `after(step number, w)` says by hand what w becomes. Hyper-parameters are floats.
template <class Optimizer, class After> void check_steps(Optimizer optimizer, After after) {
    variable<"w", vector> w(start);
    input<"c", vector> c;
    auto step = minimize(sum(square(w - c)) + 0.5 * square(sum(w)), optimizer);
    vector expected = start;
    for (int i = 1; i <= 5; ++i) {
        CAPTURE(i);
        const double loss = run(step, c = centre);
        CHECK(loss == doctest::Approx(loss_at(expected)).epsilon(1e-12));
        expected = after(i, expected);
        for (extent_t k = 0; k < 4; ++k) CHECK(w.value()(k) == doctest::Approx(expected(k)).epsilon(1e-6));
        expected = w.value();  // rounding must not add up
        CHECK(step.steps() == i);
    }
}
constexpr double rate = double(0.01f);

}  // namespace

TEST_CASE("sgd") {
    check_steps(sgd{.learning_rate = 0.01f}, [](int, vector w) {
        const vector g = slope_at(w);
        for (extent_t k = 0; k < 4; ++k) w(k) -= rate * g(k);
        return w;
    });
}
TEST_CASE("momentum, plain and Nesterov's") {
    for (const bool nesterov : {false, true}) {
        vector v;
        check_steps(momentum{.learning_rate = 0.01f, .decay = 0.5f, .nesterov = nesterov}, [&](int, vector w) {
            const vector g = slope_at(w);
            for (extent_t k = 0; k < 4; ++k) {
                v(k) = 0.5 * v(k) - rate * g(k);
                w(k) += nesterov ? 0.5 * v(k) - rate * g(k) : v(k);
            }
            return w;
        });
    }
}
TEST_CASE("adam") {
    vector m, v;
    check_steps(adam{.learning_rate = 0.01f}, [&](int i, vector w) {
        const double b1 = double(0.9f), b2 = double(0.999f);
        const vector g = slope_at(w);
        for (extent_t k = 0; k < 4; ++k) {
            m(k) = b1 * m(k) + (1 - b1) * g(k);
            v(k) = b2 * v(k) + (1 - b2) * g(k) * g(k);
            w(k) -= rate * std::sqrt(1 - std::pow(b2, i)) / (1 - std::pow(b1, i)) * m(k) /
                    (std::sqrt(v(k)) + double(1e-7f));
        }
        return w;
    });
}
TEST_CASE("gradients clipped by their common norm") {
    for (const float most : {0.5f, 1e6f})
        check_steps(clip_by_global_norm(sgd{.learning_rate = 0.01f}, most), [=](int, vector w) {
            const vector g = slope_at(w);
            double norm = 0;
            for (const double d : g) norm += d * d;
            const double scale = double(most) / std::max(std::sqrt(norm), double(most));
            for (extent_t k = 0; k < 4; ++k) w(k) -= rate * scale * g(k);
            return w;
        });
}
TEST_CASE("the norm is that of all variables together") {
    variable<"a", tensor<float, 2>> a(tensor<float, 2>{3, 0});
    variable<"b", tensor<float, 1, 1>> b(tensor<float, 1, 1>{{4}});
    auto step =
        minimize(0.5f * sum(square(a)) + 0.5f * sum(square(b)), clip_by_global_norm(sgd{.learning_rate = 1}, 1));
    CHECK(float(run(step)) == 12.5f);
    CHECK(a.value()(0) == doctest::Approx(3 - 0.6));
    CHECK(b.value()(0, 0) == doctest::Approx(4 - 0.8));
}
TEST_CASE("a schedule changes the learning rate without compiling anew") {
    variable<"w", tensor<float>> w(tensor<float>(1.0f));
    auto step = minimize(w * 1.0f, sgd{.learning_rate = 0.5f});
    run(step);
    CHECK(w.value().item() == 0.5f);
    step.optimizer.learning_rate = 0.25f;
    run(step);
    CHECK(w.value().item() == 0.25f);
}
TEST_CASE("only what wrt names, and only what is trainable") {
    variable<"a", tensor<float>> a(tensor<float>(1.0f));
    variable<"b", tensor<float>> b(tensor<float>(2.0f));
    variable<"fixed", tensor<float>, false> fixed(tensor<float>(3.0f));
    const auto loss = a * b * fixed;
    auto both = minimize(loss, sgd{.learning_rate = 0.5f});
    CHECK(float(run(both)) == 6);
    CHECK(a.value().item() == 1 - 0.5f * 6);
    CHECK(b.value().item() == 2 - 0.5f * 3);
    CHECK(fixed.value().item() == 3);
    auto one = minimize(loss, sgd{.learning_rate = 0.5f}, wrt(b));
    const float before = a.value().item();
    run(one);
    CHECK(a.value().item() == before);
    CHECK(b.value().item() == 0.5f - 0.5f * before * 3);
}
TEST_CASE("two steps have a state each") {
    variable<"w", tensor<float>> w(tensor<float>(0.0f));
    auto first = minimize(w * 1.0f, momentum{.learning_rate = 1, .decay = 1}),
         second = minimize(w * 1.0f, momentum{.learning_rate = 1, .decay = 1});
    run(first);
    run(first);
    CHECK(w.value().item() == -3);
    run(second);
    CHECK(w.value().item() == -4);
    CHECK(first.steps() == 2);
    CHECK(second.steps() == 1);
}
TEST_CASE("a step that fails leaves weights, state and count as they were") {
    variable<"w", tensor<float, 3>> w(tensor<float, 3>{1, 2, 3});
    input<"x", tensor<float, dyn, 3>> x;
    input<"y", tensor<float, dyn, 3>> y;
    auto step = minimize(mean(square(w * x - y)), adam{});
    const tensor<float, 2, 3> some{{1, 2, 3}, {4, 5, 6}};
    run(step, x = some, y = some);
    const auto before = w.value();
    CHECK_THROWS_AS(run(step, x = some, y = tensor<float, dyn, 3>(shape(5, 3))), wrong_shape);
    CHECK_THROWS_AS(run(step, x = some), missing_feed);
    CHECK(same_bits(w.value(), before));
    CHECK(step.steps() == 1);
}
TEST_CASE("a matrix, a bias and batches of several sizes find the line") {
    variable<"W", matrix<float, 1, 1>> W;
    variable<"b", tensor<float, 1>> b;
    input<"x", tensor<float, dyn, 1>> x;
    input<"y", tensor<float, dyn, 1>> y;
    auto step = minimize(mean(square(W * x + b - y)), adam{.learning_rate = 0.5f});
    generator g(1);
    float last = 0;
    for (int i = 0; i < 1500; ++i) {
        tensor<float, dyn, 1> at(shape(1 + i % 7, 1)), value(at.extents());
        g.fill_uniform(at.span(), -1.0f, 1.0f);
        for (std::size_t k = 0; k < at.size(); ++k) value.data()[k] = 1.8f * at.data()[k] + 32;
        last = run(step, x = at, y = value);
    }
    CHECK(last < 1e-2f);
    CHECK(W.value()(0, 0) == doctest::Approx(1.8).epsilon(0.02));
    CHECK(b.value()(0) == doctest::Approx(32).epsilon(0.02));
}
