// SPDX-License-Identifier: BSL-1.0
#include "../support/counted_heap.hpp"

#include <telar/run/schedules.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;

TEST_CASE("a learning rate is a number, a schedule, or a function") {
    constexpr learning_rate_value number = 0.5f;
    static_assert(number.at(7) == 0.5 && !number.is_schedule() && number == 0.5);
    learning_rate_value rate = 1;
    rate *= 0.25;
    CHECK(rate == 0.25);
    rate = exponential_decay{.initial_learning_rate = 1, .decay_steps = 2, .decay_rate = 0.25};
    CHECK(rate.at(3) == doctest::Approx(0.125));
    CHECK_THROWS_WITH_AS((void)double(rate), doctest::Contains("is a schedule"), invalid_argument);
    rate = [](double step) { return 1 / (1 + step); };
    CHECK(rate.at(3) == 0.25);
    rate = 1e-4;
    CHECK(rate == 1e-4);
    CHECK_THROWS_WITH_AS(piecewise_constant_decay({1, 2}, {3, 4}), doctest::Contains("2 boundaries and 2 values"),
                         invalid_argument);
}
TEST_CASE("a step takes the rate of its own number, compiles nothing anew, and allocates nothing") {
    variable<"w", tensor<double>> w(tensor<double>{1.0});
    auto step = minimize(2 * w, sgd{.learning_rate = piecewise_constant_decay({0, 1}, {0.5, 0.25, 0.125})});
    run(step);
    CHECK(w.value().item() == 0);
    run(step);
    CHECK(w.value().item() == -0.5);
    auto copy = step;
    CHECK(counted_heap::allocations_of([&] { run(step); }) == 0);
    CHECK(w.value().item() == -0.75);
    run(copy);  // goes on from its own count
    CHECK(w.value().item() == -1);
    step.optimizer.learning_rate = 1;
    run(step);
    CHECK(w.value().item() == -3);
}
