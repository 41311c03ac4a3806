// SPDX-License-Identifier: BSL-1.0
// A training step in the caller's memory: the same values as on the heap, and nothing from there.
#include <telar/run/minimize.hpp>

#include <doctest/doctest.h>
#include <telar/nn.hpp>

#include <cstddef>
#include <span>
#include <vector>

#include "../support/counted_heap.hpp"

using namespace telar;
using counted_heap::allocations_of;

namespace {

const tensor<float, 6, 3> points = {{1, 0, 2}, {0, 1, -1}, {2, 2, 0}, {-1, 0, 1}, {0, -2, 1}, {1, 1, 1}};
const tensor<float, 6, 2> wanted = {{1, 0}, {0, 1}, {1, 1}, {-1, 0}, {0, 0}, {1, -1}};

struct net {
    nn::dense hidden{5, nn::tanh}, out{2};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};

/// Two steps that train the same: one on the heap, one in memory that holds what was used before.
template <class Step, class Feeds> void check(Step here, Step on_heap, extent_t batch, Feeds feeds) {
    std::vector<std::byte> memory(Step::memory_bytes(batch) + 1, std::byte{0xff});
    const std::span<std::byte> all(memory);
    CHECK_THROWS_WITH_AS(here.use_memory(all.first(Step::memory_bytes(batch) - 1), batch),
                         doctest::Contains(std::to_string(Step::memory_bytes(batch)).c_str()), invalid_argument);
    here.use_memory(all.subspan(1), batch);  // at any address
    for (int i = 0; i < 5; ++i) {
        float loss = 0;
        CHECK(allocations_of([&] { loss = feeds(here); }) == 0);
        CHECK(loss == feeds(on_heap));
    }
    CHECK(here.steps() == 5);
}
template <class Optimizer> void check_variables(Optimizer optimizer) {
    const input<"x", tensor<float, dyn, 3>> X;
    const input<"y", tensor<float, dyn, 2>> Y;
    variable<"W", tensor<float, 3, 2>> W, V;
    const auto step_of = [&](auto& w) { return minimize(mean(square(matmul(X, w) - Y)), optimizer); };
    check(step_of(W), step_of(V), 6, [&](auto& step) { return step(X = points, Y = wanted).item(); });
}
template <class Optimizer> void check_model(Optimizer optimizer) {
    const input<"x", tensor<float, 6, 3>> X;
    const input<"y", tensor<float, 6, 2>> Y;
    nn::model<net, tensor<float, 6, 3>> a(3), b(3);
    const auto step_of = [&](auto& m) { return minimize(mean(square(m(X) - Y)), optimizer, nn::wrt(m)); };
    check(step_of(a), step_of(b), 0, [&](auto& step) { return step(X = points, Y = wanted).item(); });
    CHECK(a.get<"out.kernel">()(2, 1) == b.get<"out.kernel">()(2, 1));
}

}  // namespace

TEST_CASE("variables, each with its own states") {
    check_variables(sgd{.learning_rate = 0.1});
    check_variables(adam{.learning_rate = 0.1});
}
TEST_CASE("a model, whose parameters are updated as one") {
    check_model(sgd{.learning_rate = 0.1});
    check_model(adam{.learning_rate = 0.1});
}
TEST_CASE("a program says what its workspace needs") {
    const input<"x", tensor<float, dyn, 3>> X;
    const auto program = compile(softmax(tanh(X)) + X);
    std::vector<std::byte> memory(program.memory_bytes(6));
    workspace work{std::span<std::byte>(memory)};
    tensor<float, 6, 3> y;
    CHECK(allocations_of([&] { program.into(work, y, X = points); }) == 0);
    CHECK(same(y, tensor<float, 6, 3>(run(softmax(tanh(X)) + X, X = points))));
}
