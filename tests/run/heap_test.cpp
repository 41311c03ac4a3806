// SPDX-License-Identifier: BSL-1.0
// Nothing is allocated once a shape has been seen: this program counts every operator new.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include "../support/counted_heap.hpp"

using namespace telar;
using counted_heap::allocations_of;

namespace {

using rows = tensor<float, dyn, 5>;

struct network {
    variable<"W1", matrix<float, 7, 5>> W1{matrix<float, 7, 5>(ones<float, 7, 5>())};
    variable<"b1", tensor<float, 7>> b1;
    variable<"W2", matrix<float, 3, 7>> W2{matrix<float, 3, 7>(ones<float, 3, 7>())};
    input<"x", rows> x;
    input<"y", tensor<float, dyn, 3>> y;
    auto prediction() const { return W2 * tanh(W1 * x + b1); }
    auto loss() const { return mean(square(softmax(prediction()) - y)); }
};

}  // namespace

TEST_CASE("the counter counts") {
    CHECK(allocations_of([] { const tensor<float, dyn> t(shape(100)); }) == 1);
    CHECK(allocations_of([] { const tensor<float> t; }) == 0);
}
TEST_CASE("training steps, batches of alternating sizes") {
    const network n;
    auto step = minimize(n.loss(), adam{});
    auto& x = n.x;
    auto& y = n.y;
    const rows large = ones<float, dyn, 5>(shape(64, 5)), small = ones<float, dyn, 5>(shape(17, 5));
    const auto large_y = zeros<float, dyn, 3>(shape(64, 3)), small_y = zeros<float, dyn, 3>(shape(17, 3));
    CHECK(allocations_of([&] { run(step, x = large, y = large_y); }) > 0);
    run(step, x = small, y = small_y);
    float loss = 0;
    CHECK(allocations_of([&] {
              for (int i = 0; i < 10; ++i) {
                  loss += float(run(step, x = large, y = large_y));
                  loss += float(run(step, x = small, y = small_y));
              }
          }) == 0);
    CHECK(loss > 0);
}
TEST_CASE("run_into and results without axes") {
    const network n;
    auto& x = n.x;
    auto& y = n.y;
    const auto prediction = n.prediction();
    const auto loss = n.loss();
    const rows data = ones<float, dyn, 5>(shape(33, 5));
    const auto target = zeros<float, dyn, 3>(shape(33, 3));
    tensor<float, dyn, 3> out(shape(33, 3));
    run_into(out, prediction, x = data);
    (void)run(loss, x = data, y = target);
    float total = 0;
    CHECK(allocations_of([&] {
              for (int i = 0; i < 5; ++i) {
                  run_into(out, prediction, x = data);
                  total += float(run(loss, x = data, y = target));
              }
          }) == 0);
    CHECK(total > 0);
    CHECK(allocations_of([&] { (void)run(prediction, x = data); }) == 1);  // the result's own memory
}
TEST_CASE("attention, whose kernel has memory of its own") {
    const input<"q", tensor<float, dyn, dyn, 5>> Q;
    const input<"k", tensor<float, dyn, dyn, 5>> K;
    const auto attended = matmul(softmax(matmul(Q, swap_axes(K, axes<1, 2>))), K);
    const tensor<float, dyn, dyn, 5> q(shape(3, 70, 5)), k(shape(3, 90, 5)), fewer(shape(3, 20, 5));
    tensor<float, dyn, dyn, 5> y(shape(3, 70, 5));
    const auto p = compile(attended);
    workspace w;
    p.into(w, y, Q = q, K = k);
    CHECK(allocations_of([&] { p.into(w, y, Q = q, K = k); }) == 0);
    p.into(w, y, Q = q, K = fewer);
    CHECK(allocations_of([&] {
              p.into(w, y, Q = q, K = k);
              p.into(w, y, Q = q, K = fewer);
          }) == 0);
}
TEST_CASE("updates, programs, functions") {
    network n;
    auto& x = n.x;
    auto& y = n.y;
    const auto step =
        update(n.W1 = n.W1 - 0.1f * gradient(n.loss(), n.W1), n.b1 = n.b1 - 0.1f * gradient(n.loss(), n.b1));
    const rows data = ones<float, dyn, 5>(shape(9, 5));
    const auto target = zeros<float, dyn, 3>(shape(9, 3));
    run(step, x = data, y = target);
    CHECK(allocations_of([&] { run(step, x = data, y = target); }) == 0);

    const auto p = compile(n.loss());
    workspace w;
    (void)p(w, x = data, y = target);
    CHECK(allocations_of([&] { (void)p(w, x = data, y = target); }) == 0);

    constexpr auto f = telar::function([](auto a) { return sum(exp(a) * a); });
    f(data);
    float value = 0;
    CHECK(allocations_of([&] { value = f(data); }) == 0);
    CHECK(value == doctest::Approx(45 * std::exp(1)));
    sum(data * data);
    CHECK(allocations_of([&] { value = sum(data); }) <= 2);  // the first call of a program
}
TEST_CASE("a recurrent cell that keeps its state, sample by sample, as docs/ops.md writes it") {
    variable<"W", tensor<float, 1, 8>> W({{0.5f, -0.5f, 1, 0, 0.25f, 0.5f, 1, -1}});
    variable<"U", tensor<float, 2, 8>> U;
    variable<"b", tensor<float, 8>> b;
    variable<"h", tensor<float, 2>, false> h;
    variable<"c", tensor<float, 2>, false> c;
    input<"x", tensor<float, 1>> x;
    const auto [next_h, next_c] = lstm_cell(x, h, c, W, U, b);
    const auto step = fetch(sum(next_h), h = next_h, c = next_c);
    tensor<float, 1> sample = {1};
    CHECK(run(step, x = sample).item() == doctest::Approx(0.157047));
    sample(0) = 0.5f;
    float y = 0;
    CHECK(allocations_of([&] { y = run(step, x = sample).item(); }) == 0);
    CHECK(y == doctest::Approx(0.174172));
}
