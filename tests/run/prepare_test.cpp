// SPDX-License-Identifier: BSL-1.0
// What is prepared allocates nothing in its first run: this program counts every operator new.
#include <doctest/doctest.h>
#include <telar/nn.hpp>

#include <span>
#include <thread>

#include "../support/counted_heap.hpp"

using namespace telar;
using counted_heap::allocations_of;

namespace {

using matrix_type = tensor<float, dyn, dyn>;

matrix_type filled(extent_t rows, extent_t columns) {
    matrix_type t(shape(rows, columns));
    for (std::size_t i = 0; i < t.size(); ++i) t.data()[i] = static_cast<float>(i % 17) * 0.125f - 1.f;
    return t;
}
/// f() on a thread of its own.
template <class F> long allocations_on_a_thread(const F& f) {
    long count = 0;
    std::thread([&] { count = allocations_of(f); }).join();
    return count;
}
void check_same(const matrix_type& a, const matrix_type& b) {
    REQUIRE(a.extents() == b.extents());
    CHECK(std::equal(a.begin(), a.end(), b.begin()));
}

struct net {
    nn::dense hidden{40, nn::tanh}, out{3, nn::softmax};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};

}  // namespace

TEST_CASE("a late program, then on another thread") {
    const input<"a", matrix_type> A;
    const input<"b", matrix_type> B;
    // Products that pack an operand, an epilogue, a row kernel, sums by columns.
    const auto y = sum(softmax(matmul(tanh(matmul(A, B)), transpose(B))) + A, axis<0>);
    const matrix_type a = filled(70, 90), b = filled(90, 80);
    const auto expected = run(y, A = a, B = b);
    const auto check = [&](const auto& program) {
        workspace w;
        tensor<float, dyn> first(shape(90)), second(shape(90));
        program.prepare(w, A = a, B = b);
        CHECK(allocations_of([&] { program.into(w, first, A = a, B = b); }) == 0);
        CHECK(allocations_on_a_thread([&] { program.into(w, second, A = a, B = b); }) == 0);
        for (std::size_t i = 0; i < 90; ++i) CHECK(first.data()[i] == doctest::Approx(expected.data()[i]));
        CHECK(std::equal(first.begin(), first.end(), second.begin()));

        workspace merely_run;  // its kernels work in memory of the thread
        program.into(merely_run, first, A = a, B = b);
        CHECK(allocations_on_a_thread([&] { program.into(merely_run, second, A = a, B = b); }) > 0);
        workspace never_seen;
        program.prepare(never_seen, A = a, B = b);
        CHECK(allocations_on_a_thread([&] { program.into(never_seen, second, A = a, B = b); }) == 0);
        CHECK(std::equal(first.begin(), first.end(), second.begin()));
    };
    check(compile(late(y)));
    check(compile(y));
}
TEST_CASE("in the session; other shapes allocate, and go on") {
    const input<"a", matrix_type> A;
    const auto y = late(softmax(exp(A) * 2.f));
    const matrix_type a = filled(9, 30), other = filled(11, 20);
    prepare(y, A = a);
    matrix_type out(shape(9, 30)), larger(shape(11, 20));
    CHECK(allocations_of([&] { run_into(out, y, A = a); }) == 0);
    check_same(out, run(y, A = a));
    run_into(larger, y, A = other);
    check_same(larger, run(y, A = other));
    prepare(fetch(y, sum(y)), A = a);
    tensor<float> total;
    CHECK(allocations_of([&] { run_into(std::tie(out, total), fetch(y, sum(y)), A = a); }) == 0);

    session own;
    own.prepare(y, A = a);
    CHECK(allocations_of([&] { own.run_into(out, y, A = a); }) == 0);
    const input<"n", tensor<float, dyn, 4>> N;
    CHECK_THROWS_AS(prepare(late(matmul(N, A)), N = tensor<float, dyn, 4>(filled(2, 4)), A = a), wrong_shape);
}
TEST_CASE("what is assigned stays as it was") {
    variable<"h", tensor<float, 2, 5>, false> h(ones<float, 2, 5>());
    variable<"n", tensor<float>, false> n(3.f);
    random_state<"noise"> noise(7);
    const input<"x", tensor<float, 5>> x;
    const auto next = h * 0.5f + x + random_uniform<float>(noise, extents<5>);
    const auto step = fetch(late(sum(next)), h = next, n = n + 1.f);
    const tensor<float, 5> sample = {1, 2, 3, 4, 5};
    const auto position = noise.value()(1);
    prepare(step, x = sample);
    CHECK(n.value().item() == 3);
    CHECK(h.value()(1, 4) == 1);
    CHECK(noise.value()(1) == position);
    float y = 0;
    CHECK(allocations_of([&] { y = run(step, x = sample).item(); }) == 0);
    CHECK(n.value().item() == 4);
    CHECK(y ==
          doctest::Approx(h.value()(0, 0) + h.value()(0, 1) + h.value()(0, 2) + h.value()(0, 3) + h.value()(0, 4) +
                          h.value()(1, 0) + h.value()(1, 1) + h.value()(1, 2) + h.value()(1, 3) + h.value()(1, 4)));

    prepare(update(n = late(n * 2.f)));
    CHECK(n.value().item() == 4);
    CHECK(allocations_of([&] { run(update(n = late(n * 2.f))); }) == 0);
    CHECK(n.value().item() == 8);
}
TEST_CASE("a model, and a callable of one") {
    const nn::model<net, tensor<float, dyn, 30>> weights(1);
    const input<"x", tensor<float, dyn, 30>> X;
    const tensor<float, dyn, 30> x(filled(20, 30));
    tensor<float, dyn, 3> y(shape(20, 3)), again(shape(20, 3));
    prepare(late(weights(X)), X = x);
    CHECK(allocations_of([&] { run_into(y, late(weights(X)), X = x); }) == 0);

    const callable<tensor<float, dyn, 3>(const tensor<float, dyn, 30>&)> predict = weights;
    predict.prepare(x);
    CHECK(allocations_on_a_thread([&] { predict.into(again, x); }) == 0);
    for (std::size_t i = 0; i < 60; ++i) CHECK(again.data()[i] == doctest::Approx(y.data()[i]));

    variable<"s", tensor<float>, false> s;
    const input<"v", tensor<float>> V;
    const callable<float(float)> f(fetch(late(tanh(s + V)), s = s + V), V);
    f.prepare(100.f);
    float value = 0;
    CHECK(allocations_on_a_thread([&] { f.into(value, 0.5f); }) == 0);
    CHECK(value == doctest::Approx(std::tanh(0.5f)));
    const callable<float(float)> empty;
    CHECK_THROWS_AS(empty.prepare(1.f), no_value);
}
