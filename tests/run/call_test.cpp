// SPDX-License-Identifier: BSL-1.0
// Functions that are compiled once: the values and derivatives of the same functions inlined, by the same kernels.
#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using namespace telar::ir;
using support::difference;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto dense = telar::function([](auto x, auto W, auto b) { return tanh(matmul(x, W) + b); });
constexpr auto residual = telar::function([](auto x, auto W, auto b) { return x + dense(dense(x, W, b), W, b); });
/// So many layers, of which every second one has weights of its own.
template <int Depth, class Layer> constexpr auto network(Layer) {
    return telar::function([](auto x, auto W, auto b, auto V, auto c) {
        for (int i = 0; i < Depth; ++i) x = i % 2 == 0 ? Layer{}(x, W, b) : Layer{}(x, V, c);
        return mean(square(x));
    });
}
constexpr auto inlined = network<6>(residual);
constexpr auto called = network<6>(compile_once(residual));

}  // namespace

TEST_CASE("values and derivatives are those of the function inlined, at every batch") {
    generator g(1);
    const auto W = random_tensor<float, 5, 5>(g, shape(5, 5)), V = random_tensor<float, 5, 5>(g, shape(5, 5));
    const auto b = random_tensor<float, 5>(g, shape(5)), c = random_tensor<float, 5>(g, shape(5));
    for (const extent_t n : {3, 1, 17, 0, 3}) {
        const auto x = random_tensor<float, dyn, 5>(g, shape(n, 5));
        const auto [y, dx, dW, db, dV, dc] = value_and_grad(called, range<0>)(x, W, b, V, c);
        const auto [z, ex, eW, eb, eV, ec] = value_and_grad(inlined, range<0>)(x, W, b, V, c);
        if (n == 0) continue;  // the mean of nothing
        CHECK(difference(y, z) < 1e-6);
        CHECK(difference(dx, ex) < 1e-6);
        CHECK(difference(dW, eW) < 1e-6);
        CHECK(difference(db, eb) < 1e-6);
        CHECK(difference(dV, eV) < 1e-6);
        CHECK(difference(dc, ec) < 1e-6);
    }
}
TEST_CASE("what is called six times is one block, and its derivative another") {
    using one = decltype(graph_of(called, tensor<float, dyn, 5>(), tensor<float, 5, 5>(), tensor<float, 5>(),
                                  tensor<float, 5, 5>(), tensor<float, 5>()));
    using both = decltype(graph_of(value_and_grad(called, range<0>), tensor<float, dyn, 5>(), tensor<float, 5, 5>(),
                                   tensor<float, 5>(), tensor<float, 5, 5>(), tensor<float, 5>()));
    using flat = decltype(graph_of(value_and_grad(inlined, range<0>), tensor<float, dyn, 5>(), tensor<float, 5, 5>(),
                                   tensor<float, 5>(), tensor<float, 5, 5>(), tensor<float, 5>()));
    static_assert(one::block_count == 1 && both::block_count == 2 && flat::block_count == 0);
    static_assert(one::count(op::call_result) == 6 && one::count(op::tanh) == 0);
    static_assert(both::sizes.nodes < flat::sizes.nodes);
    // Calls share the chain of W and b, or V and c.
    static_assert(one::count(op::call_operand) == 3 + 3 + 3 + 1 + 1 + 1);
    // The backward pass reads what the forward pass kept: the work and the memory are those of the network inlined.
    static_assert(cost_of_program<both>(64).operations == cost_of_program<flat>(64).operations);
    static_assert(both::workspace_bytes(64) <= flat::workspace_bytes(64));
    // Nothing is kept where nobody differentiates, and the block is the same.
    static_assert(one::block<0>::sizes.roots == 1 && both::block<0>::sizes.roots == 3);
}

// ---------------------------------------------------------------- blocks that call blocks, several results
namespace {

constexpr auto halves = telar::function([](auto x) { return std::tuple(sin(x) * 0.5f, cos(x) * 0.5f); });
constexpr auto both_halves = telar::function([](auto x, auto w) {
    const auto [s, c] = compile_once(halves)(matmul(x, w));
    return s * c + std::get<1>(compile_once(halves)(s));
});
constexpr auto calls_in_calls = telar::function([](auto x, auto w) {
    const auto f = compile_once(both_halves);
    return sum(f(f(x, w), w));
});
constexpr auto without_calls = telar::function([](auto x, auto w) {
    const auto half = [](auto v) { return std::tuple(sin(v) * 0.5f, cos(v) * 0.5f); };
    const auto f = [&](auto v) {
        const auto [s, c] = half(matmul(v, w));
        return s * c + std::get<1>(half(s));
    };
    return sum(f(f(x)));
});
constexpr auto second =
    telar::function([](auto x, auto w) { return sum(square(grad(calls_in_calls, argnums<1>)(x, w))); });
constexpr auto not_second =
    telar::function([](auto x, auto w) { return sum(square(grad(without_calls, argnums<1>)(x, w))); });

}  // namespace

TEST_CASE("blocks call blocks; results that nobody needs; second derivatives") {
    generator g(2);
    const auto x = random_tensor<double, 4, 3>(g, shape(4, 3));
    const auto w = random_tensor<double, 3, 3>(g, shape(3, 3));
    const auto [y, dx, dw] = value_and_grad(calls_in_calls, range<0>)(x, w);
    const auto [z, ex, ew] = value_and_grad(without_calls, range<0>)(x, w);
    CHECK(difference(y, z) < 1e-12);
    CHECK(difference(dx, ex) < 1e-12);
    CHECK(difference(dw, ew) < 1e-12);
    const auto [hx, hw] = grad(second, range<0>)(x, w);
    const auto [fx, fw] = grad(not_second, range<0>)(x, w);
    CHECK(difference(hx, fx) < 1e-10);
    CHECK(difference(hw, fw) < 1e-10);
    CHECK(error_of_call(1, value_and_grad(calls_in_calls, range<0>), x, w) < roundings<double>(100));
}

// ---------------------------------------------------------------- operands
namespace {

constexpr auto affine = telar::function([](auto x, auto a, auto b) { return x * a + b; });
constexpr auto of_views = telar::function([](auto x) {
    const auto f = compile_once(affine);  // a transpose, a broadcast number, one operand twice
    return f(transpose(x), emit::constant(*x.g, x.type(), 2), transpose(x)) + f(x, x, x);
});
constexpr auto of_views_inlined = telar::function(
    [](auto x) { return affine(transpose(x), emit::constant(*x.g, x.type(), 2), transpose(x)) + affine(x, x, x); });
constexpr auto linear_map = telar::function(
    [](auto W, auto x) { return compile_once(telar::function([](auto w, auto v) { return w * v; }))(W, x); });
constexpr auto rows_of = telar::function([](auto table, auto i) {
    return sum(compile_once(telar::function([](auto t, auto k) { return gather(t, k); }))(table, i));
});
constexpr auto loss_of_labels = telar::function([](auto z, auto labels) {
    const auto of_rows = compile_once(
        telar::function([](auto logits, auto classes) { return sum(sparse_softmax_cross_entropy(logits, classes)); }));
    return of_rows(z, labels);
});
constexpr auto loss_of_steps = telar::function([](auto z, auto labels) {
    const auto step = [](auto total, auto logits, auto classes) {
        return total + sum(sparse_softmax_cross_entropy(logits, classes));
    };
    return scan(step, states(emit::constant(*z.g, z.type(), 0)), over(z, labels)).state[0];
});

}  // namespace

TEST_CASE("operands that are views, numbers, equal; linear maps; other shapes are other blocks") {
    generator g(3);
    const auto x = random_tensor<float, 4, 4>(g, shape(4, 4));
    CHECK(difference(of_views(x), of_views_inlined(x)) < 1e-6);
    CHECK(decltype(graph_of(of_views, x))::block_count == 2);

    const matrix<float, 2, 3> W{{1, 2, 3}, {4, 5, 6}};
    const tensor<float, 3> v{1, 0, -1};
    const auto y = linear_map(W, v);
    CHECK(y(0) == -2);
    CHECK(y(1) == -2);
}
TEST_CASE("an index outside refuses the run") {
    const tensor<float, 3, 2> table{{1, 2}, {3, 4}, {5, 6}};
    CHECK(rows_of(table, tensor<std::int64_t, 2>{0, 2}).item() == 14);
    CHECK_THROWS_AS(rows_of(table, tensor<std::int64_t, 2>{0, 3}), index_error);
    CHECK(rows_of(table, tensor<std::int64_t, 2>{1, 1}).item() == 14);
}
TEST_CASE("a label that is no class refuses the run, in a block and in the steps of a scan") {
    const tensor<float, 3, 2> z;
    const tensor<float, 2, 3, 2> steps;
    const auto slope = grad(loss_of_labels);
    const auto slope_of_steps = grad(loss_of_steps);
    const tensor<int, 3> classes{0, 1, 0}, none{0, 1, 2};
    const tensor<int, 2, 3> classes_of_steps{{0, 1, 0}, {1, 1, 1}}, none_of_steps{{0, 1, 0}, {1, -1, 1}};
    CHECK(loss_of_labels(z, classes).item() == doctest::Approx(3 * std::log(2.0)));
    CHECK(slope(z, classes)(1, 1) == -0.5f);
    CHECK_THROWS_AS(loss_of_labels(z, none), index_error);
    CHECK_THROWS_AS(slope(z, none), index_error);
    CHECK(loss_of_steps(steps, classes_of_steps).item() == doctest::Approx(6 * std::log(2.0)));
    CHECK(slope_of_steps(steps, classes_of_steps)(1, 0, 0) == 0.5f);
    CHECK_THROWS_AS(loss_of_steps(steps, none_of_steps), index_error);
    CHECK_THROWS_AS(slope_of_steps(steps, none_of_steps), index_error);
}

// ---------------------------------------------------------------- in the steps of a scan, with random numbers, in
// training
namespace {

constexpr auto cell = telar::function([](auto h, auto x, auto W) { return tanh(matmul(h, W) + x); });
template <class Cell> constexpr auto recurrent(Cell) {
    return telar::function([](auto xs, auto h, auto W) {
        return sum(square(scan([&](auto s, auto x) { return Cell{}(s, x, W); }, states(h), over(xs)).kept[0]));
    });
}
constexpr auto noise =
    compile_once(telar::function([](auto x, auto state) { return x + random_uniform_like(x, state); }));
constexpr auto dropping =
    compile_once(telar::function([](auto x, auto state) { return dropout(square(x), 0.5f, state) / 3; }));
constexpr auto two_draws = telar::function([](auto x, auto state) { return noise(x, state) - noise(x, state); });

}  // namespace

TEST_CASE("in the steps of a scan, and its gradient through time") {
    generator g(4);
    const auto xs = random_tensor<double, dyn, 2, 3>(g, shape(5, 2, 3));
    const auto h = random_tensor<double, 2, 3>(g, shape(2, 3));
    const auto W = random_tensor<double, 3, 3>(g, shape(3, 3));
    const auto [y, dx, dh, dW] = value_and_grad(recurrent(compile_once(cell)), range<0>)(xs, h, W);
    const auto [z, ex, eh, eW] = value_and_grad(recurrent(cell), range<0>)(xs, h, W);
    CHECK(difference(y, z) < 1e-12);
    CHECK(difference(dx, ex) < 1e-12);
    CHECK(difference(dh, eh) < 1e-12);
    CHECK(difference(dW, eW) < 1e-12);
}
TEST_CASE("each call draws numbers of its own, and its derivative the same ones again") {
    random_state<"noise"> rng(7);
    const tensor<float, 64> x{};
    input<"x", tensor<float, 64>> fed;
    const auto y = run(two_draws(fed, rng), fed = x);
    int different = 0;
    for (std::size_t i = 0; i < 64; ++i) different += y.data()[i] != 0;
    CHECK(different > 60);
}
TEST_CASE("a mask that was drawn in a call is the mask of its derivative") {
    random_state<"drops"> rng(8);
    tensor<float, 64> x;
    for (float& e : x.span()) e = 3;
    input<"x", tensor<float, 64>> fed;
    const auto y = dropping(dropping(fed, rng), rng);
    const auto [values, slope] = run(fetch(y, gradient(sum(y), fed)), fed = x);
    int zeros = 0;
    for (extent_t i = 0; i < 64; ++i) {
        zeros += values(i) == 0;
        CHECK(slope(i) == doctest::Approx(values(i) * 4 / 3));  // a call gives 2 x^2 / 3, or 0
    }
    CHECK(zeros > 30);
    CHECK(zeros < 64);
}
TEST_CASE("a training step through calls takes the steps of the inlined one") {
    const auto losses = [](auto layer) {
        variable<"W", tensor<float, 5, 5>> W;
        variable<"b", tensor<float, 5>> b;
        generator g(5);
        W = random_tensor<float, 5, 5>(g, shape(5, 5));
        b = random_tensor<float, 5>(g, shape(5));
        const auto data = random_tensor<float, 8, 5>(g, shape(8, 5));
        input<"x", tensor<float, dyn, 5>> x;
        auto step = minimize(mean(square(layer(layer(x, W, b), W, b) - 0.5f)), adam{.learning_rate = 0.05f});
        std::vector<float> all;
        for (int i = 0; i < 20; ++i) all.push_back(run(step, x = data).item());
        return all;
    };
    const std::vector<float> once = losses(compile_once(dense)), flat = losses(dense);
    for (std::size_t i = 0; i < once.size(); ++i) CHECK(once[i] == doctest::Approx(flat[i]).epsilon(1e-4));
    CHECK(once.back() < 0.5f * once.front());
}
