// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/mode.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>

using namespace telar;
using support::same_bits;

namespace {

/// 1 x where it predicts, 10 x where it trains.
constexpr auto shown = telar::function([](auto x) { return nn::is_training(x) ? 10.0f * x : 1.0f * x; });
constexpr auto shown_in_a_function = telar::function([](auto x) { return shown(x) + 0.0f; });
constexpr auto shown_in_a_block = compile_once(shown);
constexpr auto shown_again = checkpoint(shown);
constexpr auto drops =
    telar::function([](auto x, auto rng) { return nn::is_training(x) ? dropout(x, 0.5f, rng) : x + 0.0f; });
constexpr auto drops_twice =
    telar::function([](auto x, auto rng) { return concat(drops(x, rng), drops(x, rng), axis<0>); });

template <class F> float in_a_step(const F& f) {
    variable<"w", tensor<float>> w(1.0f);
    auto step = minimize(f(w), sgd{.learning_rate = 0.0f});
    return float(run(step));
}
template <class F> float in_a_run(const F& f) {
    variable<"w", tensor<float>> w(1.0f);
    return float(run(f(w)));
}

}  // namespace

TEST_CASE("steps train; run, update and eager calls predict") {
    CHECK(in_a_step(shown) == 10);
    CHECK(in_a_run(shown) == 1);
    CHECK(float(shown(tensor<float>(1.0f))) == 1);
    variable<"w", tensor<float>> w(1.0f);
    run(update(w = shown(w) + 1.0f));
    CHECK(float(w.value()) == 2);
    CHECK(float(run(gradient(shown(w), w))) == 1);
}
TEST_CASE("functions, blocks and checkpoints do as what they are called from") {
    CHECK(in_a_step(shown_in_a_function) == 10);
    CHECK(in_a_run(shown_in_a_function) == 1);
    CHECK(in_a_step(shown_in_a_block) == 10);
    CHECK(in_a_run(shown_in_a_block) == 1);
    CHECK(in_a_step(shown_again) == 10);
}
TEST_CASE("training(f) and predicting(f) say otherwise, for all inside of f") {
    CHECK(in_a_step(nn::predicting(shown)) == 1);
    CHECK(in_a_step(nn::predicting(shown_in_a_function)) == 1);
    CHECK(in_a_run(nn::training(shown)) == 10);
    CHECK(in_a_run(nn::training(nn::predicting(shown))) == 1);
    CHECK(in_a_run(nn::training(shown_in_a_block)) == 10);
    CHECK(float(nn::training(shown)(tensor<float>(1.0f))) == 10);
}
TEST_CASE("both ways in one step: a block of its own for each") {
    constexpr auto both =
        telar::function([](auto x) { return shown_in_a_block(x) + nn::predicting(shown_in_a_block)(x); });
    CHECK(in_a_step(both) == 11);
}
TEST_CASE("what is drawn in training alone is numbered, and two calls differ") {
    random_state<"rng"> rng(3);
    variable<"w", tensor<float, 64>> w(full<float, 64>(1.0f));
    variable<"y", tensor<float, 128>, false> y;
    auto step =
        minimize(sum(drops_twice(w, rng)), sgd{.learning_rate = 0.0f}, update(y = nn::training(drops_twice)(w, rng)));
    run(step);
    int different = 0, kept = 0;
    for (int i = 0; i < 64; ++i) {
        different += y.value()(i) != y.value()(64 + i);
        kept += y.value()(i) == 2;
        CHECK((y.value()(i) == 0 || y.value()(i) == 2));
    }
    CHECK(different > 10);
    CHECK(kept > 10);
    CHECK(kept < 54);
    const auto first = y.value();
    run(step);
    CHECK(!same_bits(first, y.value()));  // the state moved on
    const auto predicted = run(drops_twice(w, rng));
    for (int i = 0; i < 128; ++i) CHECK(predicted(i) == 1);
}
