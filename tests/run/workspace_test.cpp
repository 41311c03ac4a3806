// SPDX-License-Identifier: BSL-1.0
// The arena: its size is known before anything runs, and what lives at one time never overlaps.
#include <telar/run/workspace.hpp>

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using namespace telar::runtime;

namespace {

constexpr auto deep = telar::function([](auto x, auto w) {
    for (int i = 0; i < 6; ++i) x = tanh(matmul(x, w)) + softmax(x);
    return sum(x);
});

/// The workspace of a function's program after a call.
template <class F, class... A> extent_t bytes_used(const F&, const A&... a) {
    using code = decltype(graph_of(std::declval<F>(), a...));
    const leaf_value leaves[] = {leaf_value_of(a)...};
    workspace w;
    w.bind(code::tables(), leaves);
    return w.arena_bytes();
}

}  // namespace

TEST_CASE("the size of the arena is a constant where all is static") {
    using code = decltype(graph_of(deep, tensor<float, 9, 5>(), tensor<float, 5, 5>()));
    constexpr extent_t bytes = code::workspace_bytes();
    static_assert(bytes >= 2 * 9 * 5 * 4 && bytes <= 16 * 9 * 5 * 4 && bytes % 64 == 0);
    CHECK(bytes_used(deep, tensor<float, 9, 5>(), tensor<float, 5, 5>()) == bytes);
}
TEST_CASE("and a constant function of the batch where one extent is not") {
    using code = decltype(graph_of(deep, tensor<float, dyn, 5>(), tensor<float, 5, 5>()));
    static_assert(code::workspace_bytes(1) <= code::workspace_bytes(64));
    for (const extent_t batch : {0, 1, 2, 17, 64, 1000}) {
        CAPTURE(batch);
        CHECK(bytes_used(deep, tensor<float, dyn, 5>(shape(batch, 5)), tensor<float, 5, 5>()) ==
              code::workspace_bytes(batch));
    }
}
TEST_CASE("a program that needs no temporaries has an empty arena") {
    constexpr auto fused = telar::function([](auto x) { return softmax(x * 2) + 1; });
    using code = decltype(graph_of(fused, tensor<float, 9, 5>()));
    static_assert(code::workspace_bytes() == 0);
    input<"x", tensor<float, dyn>> x;
    static_assert(decltype(compile(x * x))::workspace_bytes(1000) == 0);
    variable<"w", tensor<float, 8>> w;
    const auto step = minimize(sum(square(w)), sgd{});
    static_assert(step.workspace_bytes() == 0);
}
/// The arena of a program, divided by the most bytes that live at one time, when every unknown extent is `batch`.
template <class Code> constexpr double arena_over_live_bytes(extent_t batch) {
    growable<extent_t> values(Code::plan_sizes.dims, batch);
    evaluate(Code::plan.dims.table.data(), Code::plan_sizes.dims, values.data());
    const extent_t live = most_live_bytes(Code::plan.buffers.data(), Code::plan_sizes.buffers, values.data(),
                                          Code::description().machine->memory.alignment);
    return static_cast<double>(Code::workspace_bytes(batch)) / static_cast<double>(live);
}
TEST_CASE("the arena is little more than what lives at one time") {
    static_assert(arena_over_live_bytes<decltype(graph_of(deep, tensor<float, dyn, 5>(), tensor<float, 5, 5>()))>(64) <
                  1.2);
    const input<"X", tensor<float, dyn, 20>> X;
    const input<"labels", tensor<std::int32_t, dyn>> labels;
    variable<"W1", matrix<float, 16, 20>> W1;
    variable<"b1", tensor<float, 16>> b1;
    variable<"W2", matrix<float, 10, 16>> W2;
    variable<"b2", tensor<float, 10>> b2;
    const auto step = minimize(mean(sparse_softmax_cross_entropy(W2 * relu(W1 * X + b1) + b2, labels)), momentum{});
    using code = typename decltype(step)::code;
    static_assert(arena_over_live_bytes<code>(1) < 1.2 && arena_over_live_bytes<code>(128) < 1.2);
}
TEST_CASE("a workspace may serve one program after another, and larger and smaller shapes") {
    workspace w;
    input<"x", tensor<float, dyn, 5>> x;
    const auto p = compile(sum(softmax(x), axis<0>));
    const auto q = compile(sum(softmax(x) * 2.0f, axis<0>));
    for (const extent_t n : {3, 100, 1, 100, 7}) {
        const auto data = zeros<float, dyn, 5>(shape(n, 5));
        const tensor<float, 5> a = p(w, x = data), b = q(w, x = data);
        for (extent_t k = 0; k < 5; ++k) {
            CHECK(a(k) == doctest::Approx(double(n) / 5));
            CHECK(b(k) == 2 * a(k));
        }
    }
}
