// SPDX-License-Identifier: BSL-1.0
// What a training step reads, changes and keeps. (What it computes: optimizers_test.cpp.)
#include <telar/run/minimize.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using support::same_bits;

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
