// SPDX-License-Identifier: BSL-1.0
// A function called with tensors: types, several results, numbers beside tensors, functions of functions.
#include <telar/run/eager.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <type_traits>

using namespace telar;
using support::same_bits;

namespace {

constexpr auto several = telar::function([](auto a, auto b) {
    const auto d = a * b;
    return std::tuple(d + 1, sum(d), d > 0);
});
constexpr auto swish = telar::function([](auto x) { return x * sigmoid(x); });
constexpr auto deep = telar::function([](auto x) {
    for (int i = 0; i < 8; ++i) x = x + 0.01 * swish(x);
    return x;
});
struct polynomial {
    int degree = 0;
    constexpr auto operator()(auto x) const {
        auto y = x * 0;
        for (int i = 0; i <= degree; ++i) y = y * x + 1;
        return y;
    }
};
struct cubic {
    static constexpr polynomial inner{.degree = 3};
    constexpr auto operator()(auto x) const { return inner(x); }
};

}  // namespace

TEST_CASE("the static extents stay in the type of the result") {
    const tensor<float, 2, 3> a{{1, 2, 3}, {4, 5, 6}};
    const tensor<float, dyn, 3> b{{1, 1, 1}, {2, 2, 2}};
    static_assert(std::is_same_v<decltype(a + a), tensor<float, 2, 3>>);
    static_assert(std::is_same_v<decltype(b + b), tensor<float, dyn, 3>>);
    static_assert(std::is_same_v<decltype(sum(b, axis<0>)), tensor<float, 3>>);
    static_assert(std::is_same_v<decltype(sum(b, axis<1>)), tensor<float, dyn>>);
    static_assert(std::is_same_v<decltype(a > 0.0f), tensor<bool, 2, 3>>);
    static_assert(std::is_same_v<decltype(argmax(a, axis<1>)), tensor<std::int64_t, 2>>);
    static_assert(std::is_same_v<decltype(cast<double>(a)), tensor<double, 2, 3>>);
    static_assert(std::is_same_v<decltype(transpose(b)), tensor<float, 3, dyn>>);
    static_assert(std::is_same_v<decltype(concat(b, b, axis<1>)), tensor<float, dyn, 6>>);
    CHECK(same_bits(a + b, {{2, 3, 4}, {6, 7, 8}}));
    CHECK_THROWS_AS((a + tensor<float, dyn, 3>(shape(3, 3))), wrong_shape);
}
TEST_CASE("several results, in one program") {
    const tensor<float, 3> a{1, -2, 3}, b{4, 5, 6};
    const auto [d, total, positive] = several(a, b);
    CHECK(same_bits(d, {5, -9, 19}));
    CHECK(total.item() == 12);
    CHECK(same_bits(positive, tensor<bool, 3>{true, false, true}));
    static_assert(decltype(graph_of(several, a, b))::count(op::mul) == 1);
}
TEST_CASE("numbers take the tensor's type") {
    const tensor<std::int32_t, 3> i{1, 2, 3};
    const tensor<double, 3> d{1, 2, 3};
    static_assert(std::is_same_v<decltype(2 * i), tensor<std::int32_t, 3>>);
    static_assert(std::is_same_v<decltype(2 * d), tensor<double, 3>>);
    static_assert(std::is_same_v<decltype(0.5f * d), tensor<double, 3>>);
    CHECK(same_bits(2 * i - 1, {1, 3, 5}));
    CHECK(same_bits(1 / d, {1, 0.5, 1.0 / 3}));
    CHECK(same_bits(where(d > 1.5, d, 0.0), {0, 2, 3}));
    CHECK(same_bits(maximum(i, 2), {2, 2, 3}));
    CHECK(same_bits(pow(d, 2), {1, 4, 9}));
}
TEST_CASE("functions of functions, loops, structural functors") {
    const tensor<double, dyn> x{0.5, -1, 2};
    const auto y = deep(x);
    for (extent_t k = 0; k < 3; ++k) {
        double v = x(k);
        for (int i = 0; i < 8; ++i) v += 0.01 * v / (1 + std::exp(-v));
        CHECK(y(k) == doctest::Approx(v).epsilon(1e-12));
    }
    CHECK(same_bits(telar::function(cubic{})(tensor<double, 2>{2, 3}), {15, 40}));
}
TEST_CASE("scalars, empty tensors, one element") {
    CHECK(same_bits(tensor<float>(2.0f) * tensor<float>(3.0f), tensor<float>(6.0f)));
    CHECK(float(exp(tensor<float>(0.0f))) == 1);
    CHECK((tensor<float, dyn>() + tensor<float, dyn>()).size() == 0);
    CHECK(float(sum(tensor<float, dyn>())) == 0);
    CHECK(same_bits(tensor<float, 1>{5} + tensor<float, 3>{1, 2, 3}, {6, 7, 8}));
}
TEST_CASE("one program serves every size") {
    generator g(1);
    for (const extent_t n : {5, 0, 1, 1000, 17}) {
        const auto x = support::random_tensor<float, dyn>(g, shape(n));
        const auto y = 2.0f * x + 1.0f;
        for (extent_t k = 0; k < n; ++k) CHECK(y(k) == 2.0f * x(k) + 1.0f);
    }
}
TEST_CASE("a chain of more nodes than a kernel holds, summed") {
    const tensor<double, 3, 3> x{{1, 2, 3}, {0, -1, 1}, {0.5, 0.25, 0}};
    constexpr auto f = telar::function([](auto t) {
        for (int i = 0; i < 20; ++i) t = 0.75 * t - abs(t - 0.125);
        return sum(t, 1);
    });
    const auto y = f(x);
    for (extent_t r = 0; r < 3; ++r) {
        double total = 0;
        for (extent_t k = 0; k < 3; ++k) {
            double v = x(r, k);
            for (int i = 0; i < 20; ++i) v = 0.75 * v - std::abs(v - 0.125);
            total += v;
        }
        CHECK(y(r) == doctest::Approx(total).epsilon(1e-12));
    }
}
