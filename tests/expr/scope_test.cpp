// SPDX-License-Identifier: BSL-1.0
#include <telar/expr/scope.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/run/profile.hpp>
#include <telar/telar.hpp>

#include <string>

using namespace telar;

namespace {

template <Tensor A, Tensor B> bool same_bits(const A& a, const B& b) {
    return a.extents() == b.extents() &&
           support::bytes_of(support::array_of(a)) == support::bytes_of(support::array_of(b));
}

constexpr auto layer = scope<"layer">(telar::function([](auto x, auto W) { return tanh(matmul(x, W)); }));
constexpr auto model =
    scope<"model">(telar::function([](auto x, auto V, auto W) { return layer(layer(x, V), W) + 1.0f; }));
constexpr auto plain_layer = telar::function([](auto x, auto W) { return tanh(matmul(x, W)); });
constexpr auto plain_model =
    telar::function([](auto x, auto V, auto W) { return plain_layer(plain_layer(x, V), W) + 1.0f; });

constexpr auto counted = telar::function([](auto x, auto calls) {
    assign(calls, next_value(calls) + 1.0f);
    return 2.0f * x;
});
constexpr auto counted_twice =
    telar::function([](auto x, auto calls) { return counted(x, calls) + counted(3.0f * x, calls); });
constexpr auto counted_block = compile_once(counted);
constexpr auto counted_blocks =
    telar::function([](auto x, auto calls) { return counted_block(x, calls) + counted_block(3.0f * x, calls); });
constexpr auto counted_again = checkpoint(telar::function([](auto x, auto calls) { return exp(counted(x, calls)); }));
/// Assigns the old value of a to b, and the other way round.
constexpr auto swapped = telar::function([](auto x, auto a, auto b) {
    assign(a, b);
    assign(b, a);
    return x + a + b;
});
constexpr auto filled = telar::function([](auto x, auto v) {
    assign(v, sum(x));
    return x;
});

template <class F> float calls_of_a_step(const F& f) {
    variable<"w", tensor<float, 3>> w(tensor<float, 3>{0.1f, 0.2f, 0.3f});
    variable<"calls", tensor<float>, false> calls(5.0f);
    auto step = minimize(sum(f(w, calls)), sgd{.learning_rate = 0.125f});
    run(step);
    return float(calls.value()) - 5;
}

}  // namespace

TEST_CASE("a scope changes no value: eagerly, lazily, traced, and its derivatives are the same") {
    const tensor<float, 2, 3> x{{1, -2, 0.5f}, {0.25f, 3, -1}};
    const tensor<float, 3, 3> v{{1, 2, 0}, {0, 1, -1}, {0.5f, 0, 1}}, w{{0, 1, 0}, {1, 1, 0}, {0, -1, 0.25f}};
    CHECK(same_bits(model(x, v, w), plain_model(x, v, w)));
    variable<"V", tensor<float, 3, 3>> V(v);
    variable<"W", tensor<float, 3, 3>> W(w);
    input<"X", tensor<float, dyn, 3>> X;
    CHECK(same_bits(run(model(X, V, W), X = x), plain_model(x, v, w)));
    const auto scoped = run(gradient(sum(model(X, V, W)), V), X = x);
    CHECK(same_bits(scoped, run(gradient(sum(plain_model(X, V, W)), V), X = x)));
}
TEST_CASE("scopes within each other are joined by a dot; explain and show_graph tell them") {
    variable<"V", tensor<float, 3, 3>> V;
    variable<"W", tensor<float, 3, 3>> W;
    input<"X", tensor<float, dyn, 3>> X;
    const auto y = model(X, V, W);
    const std::string text = show_graph(y, stage::traced);
    CHECK(text.find("tanh(%3)  (None, 3) float32  in model.layer\n") != std::string::npos);
    CHECK(show_graph(y).find("add(%6, %7)  (None, 3) float32  in model\n") != std::string::npos);
    auto step = minimize(sum(y), sgd{.learning_rate = 0.1f});
    int in_layer = 0;
    for (const auto& k : explain(step, 8).kernels) in_layer += k.region == "model.layer";
    CHECK(in_layer >= 4);  // two products, and the products of their derivatives
    CHECK(to_string(explain(step, 8)).find("scope") != std::string::npos);
    CHECK(to_string(explain(plain_model(X, V, W), 8)).find("scope") == std::string::npos);
}
TEST_CASE("a profile tells the scope of a kernel") {
    variable<"W", tensor<float, 3, 3>> W;
    input<"X", tensor<float, dyn, 3>> X;
    profile p;
    session s;
    s.watch(p);
    (void)s.run(layer(X, W), X = tensor<float, 2, 3>{});
    CHECK(to_string(p).find("  layer\n") != std::string::npos);
}

TEST_CASE("a function assigns a variable: the step commits it, and each call goes on from the one before") {
    CHECK(calls_of_a_step(counted) == 1);
    CHECK(calls_of_a_step(counted_twice) == 2);
}
TEST_CASE("so does a block, however often it is called") {
    CHECK(calls_of_a_step(counted_block) == 1);
    CHECK(calls_of_a_step(counted_blocks) == 2);
}
TEST_CASE("what a checkpoint computes again assigns nothing") { CHECK(calls_of_a_step(counted_again) == 1); }
TEST_CASE("update and fetch commit what a function assigns, beside their own") {
    variable<"calls", tensor<float>, false> calls(1.0f);
    variable<"y", tensor<float, 2>, false> y;
    const tensor<float, 2> x{1, 2};
    run(update(y = counted(x, calls)));
    CHECK(same_bits(y.value(), tensor<float, 2>{2, 4}));
    CHECK(float(calls.value()) == 2);
    input<"X", tensor<float, 2>> X;
    const auto result = run(fetch(counted_twice(X, calls), y = X), X = x);
    CHECK(same_bits(result, tensor<float, 2>{8, 16}));
    CHECK(same_bits(y.value(), x));
    CHECK(float(calls.value()) == 4);
}
TEST_CASE("every read sees variables as they were at the start of the run") {
    variable<"a", tensor<float>, false> a(1.0f), b_of_another_name(0.0f);
    variable<"b", tensor<float>, false> b(20.0f);
    variable<"w", tensor<float>> w(300.0f);
    auto step = minimize(swapped(w, a, b), sgd{.learning_rate = 1.0f});
    CHECK(float(run(step)) == 321);
    CHECK(float(a.value()) == 20);
    CHECK(float(b.value()) == 1);
    CHECK(float(w.value()) == 299);
}
TEST_CASE("a value stretches to its variable") {
    variable<"v", tensor<float, 2>, false> v;
    variable<"w", tensor<float, 3>> w(tensor<float, 3>{1, 2, 3});
    auto step = minimize(sum(filled(w, v)), sgd{.learning_rate = 1.0f});
    run(step);
    CHECK(same_bits(v.value(), tensor<float, 2>{6, 6}));
}
TEST_CASE("a run that throws assigns nothing") {
    variable<"calls", tensor<float>, false> calls(1.0f);
    variable<"y", tensor<float, 1>, false> y;
    input<"X", tensor<float, 2>> X;
    input<"I", tensor<std::int32_t, 1>> I;
    const auto taken = update(y = gather(counted(X, calls), I));
    CHECK_THROWS_AS(run(taken, X = tensor<float, 2>{1, 2}, I = tensor<std::int32_t, 1>{7}), index_error);
    CHECK(float(calls.value()) == 1);
    run(taken, X = tensor<float, 2>{1, 2}, I = tensor<std::int32_t, 1>{1});
    CHECK(float(calls.value()) == 2);
    CHECK(y.value()(0) == 4);
}
