// SPDX-License-Identifier: BSL-1.0
// Computed again on the way back: the same gradients, in less memory.
#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr int layers = 4;
constexpr auto layer = telar::function([](auto x, auto w) { return x + tanh(matmul(tanh(matmul(x, w)), w)); });
constexpr auto remembering = telar::function([](auto x, auto w) {
    for (int i = 0; i < layers; ++i) x = layer(x, w);
    return mean(square(x));
});
constexpr auto recomputing = telar::function([](auto x, auto w) {
    for (int i = 0; i < layers; ++i) x = checkpoint(layer)(x, w);
    return mean(square(x));
});

// ---- one argument made of another, and one argument twice
constexpr auto mixed = telar::function([](auto a, auto b) { return a * exp(b); });
constexpr auto tied =
    telar::function([](auto x) { return sum(checkpoint(mixed)(x, sin(x)) + checkpoint(mixed)(x, x)); });
constexpr auto untied = telar::function([](auto x) { return sum(mixed(x, sin(x)) + mixed(x, x)); });
constexpr auto tied_twice = telar::function([](auto x) { return sum(square(grad(tied)(x))); });
constexpr auto free_twice = telar::function([](auto x) { return sum(square(grad(untied)(x))); });

}  // namespace

TEST_CASE("the gradients are the same, what is inside runs twice and lies in memory once") {
    generator g(1);
    const auto x = random_tensor<double, 40, 6>(g, shape(40, 6));
    const auto w = random_tensor<double, 6, 6>(g, shape(6, 6));
    const auto [value, dx, dw] = value_and_grad(remembering, range<0>)(x, w);
    const auto [again, dx2, dw2] = value_and_grad(recomputing, range<0>)(x, w);
    CHECK(again.item() == value.item());
    for (std::size_t i = 0; i < dx.size(); ++i) CHECK(dx2.data()[i] == doctest::Approx(dx.data()[i]));
    for (std::size_t i = 0; i < dw.size(); ++i) CHECK(dw2.data()[i] == doctest::Approx(dw.data()[i]));
    CHECK(error_of_call(1, value_and_grad(recomputing, range<0>), x, w) < roundings<double>(100));

    using kept = decltype(graph_of(value_and_grad(remembering, range<0>), x, w));
    using made_again = decltype(graph_of(value_and_grad(recomputing, range<0>), x, w));
    static_assert(kept::count(op::tanh) == 2 * layers);
    static_assert(made_again::count(op::tanh) > 3 * layers);
    static_assert(made_again::workspace_bytes() < 0.75 * kept::workspace_bytes());
}
TEST_CASE("arguments that depend on each other, one argument twice, second derivatives") {
    const tensor<double, 3> x{0.5, -1, 2};
    const tensor<double, 3> a = grad(tied)(x), b = grad(untied)(x), c = grad(tied_twice)(x), d = grad(free_twice)(x);
    for (extent_t i = 0; i < 3; ++i) {
        CHECK(a(i) == doctest::Approx(b(i)));
        CHECK(c(i) == doctest::Approx(d(i)));
    }
}
