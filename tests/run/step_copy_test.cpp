// SPDX-License-Identifier: BSL-1.0
// A copy of a training step has a state of its own.
#include <telar/run/minimize.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <vector>

using namespace telar;

TEST_CASE("a copy of a step has a state of its own, and the same variables") {
    variable<"w", tensor<float>> w(tensor<float>(0.0f));
    auto first = minimize(w * 1.0f, momentum{.learning_rate = 1, .decay = 1});
    auto before = first;  // before any run
    run(first);
    run(first);
    auto after = first;
    CHECK(w.value().item() == -3);  // the velocity is 2
    run(before);
    CHECK(w.value().item() == -4);  // here it was 0
    run(after);
    CHECK(w.value().item() == -7);
    CHECK(first.steps() == 2);
    CHECK(before.steps() == 1);
    CHECK(after.steps() == 3);
    after.optimizer.learning_rate = 100;
    run(first);
    CHECK(w.value().item() == -10);
    first = before;
    run(first);
    CHECK(w.value().item() == -12);
    CHECK(first.steps() == 2);
}
TEST_CASE("a copy of a step lives on without the step, in a workspace of its own") {
    variable<"w", tensor<double, 3>> w(tensor<double, 3>{1, 2, 3});
    input<"x", tensor<double, dyn, 3>> x;
    const auto loss = mean(square(tanh(w * x) - 1.0)) + sum(square(tanh(x) * w));
    generator g(3);
    tensor<double, dyn, 3> data(shape(41, 3));
    g.fill_uniform(data.span(), -1.0, 1.0);
    using step_type = decltype(minimize(loss, adam{}));
    std::vector<step_type> steps;
    steps.push_back(minimize(loss, adam{}));
    run(steps[0], x = data);
    const auto start = w.value();
    const double expected = run(loss, x = data);
    auto copy = steps[0];
    steps.clear();
    std::vector<std::vector<double>> others(8, std::vector<double>(500, 1e300));  // may get the memory that came free
    CHECK(double(run(copy, x = data)) == doctest::Approx(expected).epsilon(1e-12));
    for (const auto& other : others) CHECK(other == std::vector<double>(500, 1e300));
    CHECK(copy.steps() == 2);
    copy = minimize(loss, adam{});  // assigned: another state
    CHECK(copy.steps() == 0);
    w = start;
    CHECK(double(run(copy, x = data)) == doctest::Approx(expected).epsilon(1e-12));
}
