// SPDX-License-Identifier: BSL-1.0
// A model is trained while this file is compiled: from the user's expressions, by the graphs that the passes make of
// them. What comes out is what the same program computes when it runs.
#include <telar/run/interpret.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>

using namespace telar;

namespace {

constexpr int runs = 30;
constexpr float rate = 8;

/// One sigmoid neuron: four rows of three inputs, and the answer is the first of them.
struct neuron {
    variable<"W", matrix<float, 1, 3>> W;
    input<"X", tensor<float, 4, 3>> X;
    input<"Y", tensor<float, 4, 1>> Y;

    auto loss() const { return mean(square(sigmoid(W * X) - Y)); }
    auto by_update() { return update(W = W - rate * gradient(loss(), W)); }
    auto by_sgd() const { return minimize(loss(), sgd{.learning_rate = rate}); }
    auto by_adam() const { return minimize(loss(), adam{.learning_rate = 0.5f}); }
};
using weights = decltype(neuron::W);

template <class P> constexpr interpreted<P> with_data() {
    interpreted<P> p;
    p.template value<decltype(neuron::X)>() = {0, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1, 1};
    p.template value<decltype(neuron::Y)>() = {0, 1, 1, 0};
    return p;
}
const tensor<float, 4, 3> rows{{0, 0, 1}, {1, 1, 1}, {1, 0, 1}, {0, 1, 1}};
const tensor<float, 4, 1> answers{{0}, {1}, {1}, {0}};

// ---- trained by the compiler; each run is a constant of its own here, to be looked at
template <int Runs> constexpr auto by_sgd = by_sgd<Runs - 1>.next();
template <>
constexpr auto by_sgd<0> = [] {
    auto p = with_data<decltype(neuron().by_sgd())>();
    p.set(sgd{.learning_rate = rate});
    return p;
}();
constexpr auto by_update = [] {
    auto p = with_data<decltype(neuron().by_update())>();
    p.captured_value<0>() = {rate};
    return p.next(5);
}();
constexpr auto adam_start = [] {
    auto p = with_data<decltype(neuron().by_adam())>();
    p.set(adam{.learning_rate = 0.5f});
    return p;
}();
constexpr auto by_adam = adam_start.next(5);
/// The loss before run number `Runs`.
template <int Runs> constexpr float sgd_loss = by_sgd<Runs>.result()[0];

static_assert(sgd_loss<1> == 0.25f);  // all weights 0, all answers 1/2
static_assert([]<int... I>(std::integer_sequence<int, I...>) {
    return (... && (sgd_loss<I + 2> < sgd_loss<I + 1>));
}(std::make_integer_sequence<int, runs - 1>{}));
static_assert(sgd_loss<runs> < 0.01f);
static_assert(adam_start.next().result()[0] == 0.25f && by_adam.result()[0] < 0.1f);
static_assert(by_sgd<runs>.value<weights>()[0] > 3);                            // the first input decides
static_assert(by_update.value<weights>() == by_sgd<5>.value<weights>());        // one formula, two ways
static_assert(by_update.result() == by_update.value<weights>());                // what it assigned
static_assert(by_sgd<0>.next<stage::traced>().result() == by_sgd<1>.result());  // before all passes

/// A loss alone, of the trained weights: what the next training step would return.
constexpr auto loss_of_trained = [] {
    auto p = with_data<decltype(neuron().loss())>();
    p.value<weights>() = by_sgd<runs>.value<weights>();
    return p.next().result()[0];
}();
static_assert(loss_of_trained == by_sgd<runs>.next().result()[0]);

// ---- the same by hand, in double
struct by_hand {
    double w[3]{}, loss = 0;
    void run() {
        double slope[3]{};
        loss = 0;
        for (extent_t n = 0; n < 4; ++n) {
            double x = 0;
            for (extent_t k = 0; k < 3; ++k) x += w[k] * double(rows(n, k));
            const double y = 1 / (1 + std::exp(-x)), off = y - double(answers(n, 0));
            loss += off * off / 4;
            for (extent_t k = 0; k < 3; ++k) slope[k] += off * y * (1 - y) * double(rows(n, k)) / 2;
        }
        for (int k = 0; k < 3; ++k) w[k] -= double(rate) * slope[k];
    }
};

/// How many floats lie between two of one sign.
int distance(float a, float b) { return std::abs(std::bit_cast<std::int32_t>(a) - std::bit_cast<std::int32_t>(b)); }
/// A copy that the optimiser knows nothing of.
template <class T> T opaque(const T& value) {
    const volatile bool yes = true;
    return yes ? value : T();
}

}  // namespace

TEST_CASE("trained by the compiler as by hand") {
    by_hand expected;
    for (int i = 0; i < runs; ++i) expected.run();
    CHECK(double(sgd_loss<runs>) == doctest::Approx(expected.loss).epsilon(1e-5));
    for (std::size_t k = 0; k < 3; ++k)
        CHECK(double(by_sgd<runs>.value<weights>()[k]) == doctest::Approx(expected.w[k]).epsilon(1e-5));
}
TEST_CASE("trained by the compiler as by the same interpreter at run time, bit for bit") {
    auto p = opaque(by_sgd<0>);
    for (int i = 0; i < runs; ++i) p.run();
    CHECK(p.result() == by_sgd<runs>.result());
    CHECK(p.value<weights>() == by_sgd<runs>.value<weights>());
    auto q = opaque(adam_start);
    for (int i = 0; i < 5; ++i) q.run();
    CHECK(q.value<weights>() == by_adam.value<weights>());
}
TEST_CASE("trained by the compiler as by the kernels, but for rounding") {
    // Not bit for bit: a kernel rounds each sum and each exp to float, the interpreter works in double and rounds once
    // for each operation of the graph.
    const neuron n;
    auto step = n.by_sgd();
    float loss = run(step, n.X = rows, n.Y = answers);
    CHECK(loss == sgd_loss<1>);
    for (int i = 1; i < runs; ++i) loss = run(step, n.X = rows, n.Y = answers);
    CHECK(distance(loss, sgd_loss<runs>) <= 16);
    for (extent_t k = 0; k < 3; ++k)
        CHECK(n.W.value()(0, k) ==
              doctest::Approx(by_sgd<runs>.value<weights>()[static_cast<std::size_t>(k)]).epsilon(1e-5));
}
