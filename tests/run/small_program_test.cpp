// SPDX-License-Identifier: BSL-1.0
// Small programs are compiled as one function, which gives the bits of the kernels that are launched one by one.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include "../support/counted_heap.hpp"
#include "../support/small_program.hpp"

#include <cmath>

using namespace telar;
using support::check_small;
using support::filled;

namespace {

template <class E> constexpr bool is_whole = runtime::program_of<expression_of<E>>::type::is_one_function;

/// A kind of cell, H units, one sample.
template <int H> struct gru_net {
    variable<"W", tensor<float, 1, 3 * H>> W{filled<tensor<float, 1, 3 * H>>(1)};
    variable<"U", tensor<float, H, 3 * H>> U{filled<tensor<float, H, 3 * H>>(2)};
    variable<"b", tensor<float, 2, 3 * H>> b{filled<tensor<float, 2, 3 * H>>(3)};
    variable<"D", tensor<float, H, 1>> D{filled<tensor<float, H, 1>>(4)};
    variable<"h", tensor<float, H>, false> h{filled<tensor<float, H>>(5)};
    input<"x", tensor<float, 1, 1>> x;

    auto step() const {
        const auto all = gru(x, W, U, b, h);
        return fetch(matmul(std::get<0>(all), D), h = std::get<1>(all));
    }
};

}  // namespace

TEST_CASE("which programs are small") {
    const input<"x", tensor<float, 8>> X;
    const input<"n", tensor<float, dyn>> N;
    const input<"m", tensor<float, 200, 200>> M;
    const input<"i", tensor<int, 3>> I;
    const auto small = tanh(X) + 1.f;
    const auto unknown = tanh(N) + 1.f;
    const auto large = matmul(M, M);
    const auto picks = gather(X, I);
    const auto none = X + tensor<float, 0, 8>{};
    CHECK(is_whole<decltype(small)>);
    CHECK_FALSE(is_whole<decltype(unknown)>);
    CHECK_FALSE(is_whole<decltype(large)>);
    CHECK_FALSE(is_whole<decltype(picks)>);  // may refuse an index
    CHECK_FALSE(is_whole<decltype(none)>);   // of no elements
}
TEST_CASE("dense 1-8-8-1") {
    const variable<"W1", matrix<float, 8, 1>> W1(filled<matrix<float, 8, 1>>(1));
    const variable<"b1", tensor<float, 8>> b1(filled<tensor<float, 8>>(2));
    const variable<"W2", matrix<float, 8, 8>> W2(filled<matrix<float, 8, 8>>(3));
    const variable<"b2", tensor<float, 8>> b2(filled<tensor<float, 8>>(4));
    const variable<"W3", matrix<float, 1, 8>> W3(filled<matrix<float, 1, 8>>(5));
    const input<"x", tensor<float, 1>> X;
    const auto y = W3 * tanh(W2 * tanh(W1 * X + b1) + b2);
    check_small(y, X = {0.3f});
    double expected = 0;
    for (int i = 0; i < 8; ++i) {
        double sum = b2.value()(i);
        for (int k = 0; k < 8; ++k)
            sum += double{W2.value()(i, k)} * std::tanh(0.3 * W1.value()(k, 0) + double{b1.value()(k)});
        expected += W3.value()(0, i) * std::tanh(sum);
    }
    CHECK(run(y, X = {0.3f})(0) == doctest::Approx(expected).epsilon(1e-5));
}
TEST_CASE("a cell and its state, sample by sample, without the heap") {
    gru_net<9> n;
    const auto step = n.step();
    check_small(step, n.x = {{0.7f}});

    using code = typename std::remove_cvref_t<decltype(step)>::code;
    static constexpr auto launching = code::launching();
    tensor<float, 9> h = n.h.value();
    tensor<float, 1, 1> x, y, by_launching;
    session s;
    workspace w;
    s.run_into(std::tie(y), step, n.x = x);
    n.h = h;
    CHECK(counted_heap::allocations_of([&] {
              for (int i = 0; i < 20; ++i) {
                  x.data()[0] = std::sin(static_cast<float>(i));
                  s.run_into(std::tie(y), step, n.x = x);
              }
          }) == 0);
    const tensor<float, 9> state = n.h.value();
    n.h = h;
    for (int i = 0; i < 20; ++i) {
        x.data()[0] = std::sin(static_cast<float>(i));
        const auto leaves = runtime::binding::values<code>(step.joined, n.x = x);
        w.bind(launching, leaves.data());
        void* results[] = {by_launching.data(), nullptr};
        runtime::updates::set_targets<code>(results, leaves.data());
        w.run(launching, leaves.data(), results);
    }
    CHECK(std::memcmp(y.data(), by_launching.data(), sizeof(float)) == 0);
    CHECK(std::memcmp(state.data(), n.h.value().data(), 9 * sizeof(float)) == 0);
}
TEST_CASE("variables that take each other's values, and feeds that move") {
    const variable<"a", tensor<float, 5>> a(filled<tensor<float, 5>>(1));
    const variable<"b", tensor<float, 5>> b(filled<tensor<float, 5>>(2));
    const input<"x", tensor<float, 5>> X;
    const auto step = update(a = b + X, b = a * 2.f);
    check_small(step, X = filled<tensor<float, 5>>(3));
    tensor<float, 5> u = filled<tensor<float, 5>>(1), v = filled<tensor<float, 5>>(2);
    for (int i = 0; i < 4; ++i) {
        const auto x = filled<tensor<float, 5>>(i);
        run(step, X = x);
        const tensor<float, 5> next_u = v + x, next_v = u * 2.f;
        u = next_u, v = next_v;
    }
    CHECK(same(a.value(), u));
    CHECK(same(b.value(), v));
}
TEST_CASE("a profile is told of each kernel") {
    const input<"x", tensor<float, 3, 8>> X;
    const auto y = matmul(softmax(X), tensor<float, 8, 2>(filled<tensor<float, 8, 2>>()));
    using code = decltype(graph_of(y));
    static_assert(code::is_one_function);
    struct counter : kernel_observer {
        int begun = 0, ended = 0;
        void kernel_begins(const runtime::program_tables&, const extent_t*, int k) override { CHECK(k == begun++); }
        void kernel_ended(const runtime::program_tables&, const extent_t*, int k) override { CHECK(k == ended++); }
    } c;
    session s;
    s.watch(c);
    (void)s.run(y, X = filled<tensor<float, 3, 8>>());
    CHECK(c.begun == code::plan.kernels.size());
    CHECK(c.ended == c.begun);
}
TEST_CASE("memory that a run reads and writes is refused") {
    const input<"x", tensor<float, 4>> X;
    tensor<float, 4> t = {1, 2, 3, 4};
    CHECK_THROWS_AS(run_into(t, X * 2.f, X = t), overlapping_output);
}
