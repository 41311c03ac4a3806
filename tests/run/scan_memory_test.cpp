// SPDX-License-Identifier: BSL-1.0
// What the derivative of a scan keeps in memory.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <cmath>

using namespace telar;

namespace {

// A step with much inside, of which the derivative needs everything
constexpr auto deep = telar::function([](auto s, auto x, auto m) {
    auto y = tanh(x + matmul(s, m));
    for (int i = 0; i < 3; ++i) y = tanh(matmul(sin(y), m) + s);
    return y;
});
template <class F> constexpr auto loss_of(F) {
    return telar::function([](auto h0, auto x, auto m) {
        return sum(square(scan([&](auto s, auto now) { return F{}(s, now, m); }, states(h0), over(x)).state[0]));
    });
}
constexpr auto remembering = loss_of(deep);
constexpr auto recomputing = loss_of(checkpoint(deep));

}  // namespace

TEST_CASE("a step that is checkpointed keeps its states alone") {
    constexpr int steps = 50;
    tensor<double, 8, 6> start;
    tensor<double, steps, 8, 6> sequence;
    tensor<double, 6, 6> weights;
    const auto fill = [](auto& t, double phase) {
        for (std::size_t i = 0; i < t.size(); ++i) t.data()[i] = std::sin(phase + 2.7 * static_cast<double>(i));
    };
    fill(start, 0.5), fill(sequence, 1), fill(weights, 2);
    const auto [value, a, b, c] = value_and_grad(remembering, range<0>)(start, sequence, weights);
    const auto [again, a2, b2, c2] = value_and_grad(recomputing, range<0>)(start, sequence, weights);
    CHECK(again.item() == value.item());
    const auto agree = [](const auto& x, const auto& y) {
        for (std::size_t i = 0; i < x.size(); ++i) CHECK(x.data()[i] == doctest::Approx(y.data()[i]).epsilon(1e-10));
    };
    agree(a, a2), agree(b, b2), agree(c, c2);

    using kept = decltype(graph_of(value_and_grad(remembering, range<0>), start, sequence, weights));
    using made_again = decltype(graph_of(value_and_grad(recomputing, range<0>), start, sequence, weights));
    constexpr extent_t states_alone = steps * 8 * 6 * static_cast<extent_t>(sizeof(double));
    static_assert(made_again::workspace_bytes() < 1.5 * states_alone);
    static_assert(kept::workspace_bytes() > 5 * states_alone);
}
