// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "../support/counted_heap.hpp"

using namespace telar;
using counted_heap::allocations_of;

namespace {

using rows = tensor<float, dyn, 3>;
using weights = matrix<float, 2, 3>;

struct line {
    variable<"W", weights> W{weights{{1, 2, 3}, {4, 5, 6}}};
    input<"X", rows> X;
    auto operator()() const { return W * X; }
};
/// y = state + x, which the next run finds as its state.
struct accumulator {
    variable<"sum", tensor<float>> sum;
    auto operator()(const auto& x) const { return fetch(sum + x, sum = sum + x); }
};
std::string text_of(auto f) {
    try {
        f();
    } catch (const std::runtime_error& e) { return e.what(); }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("of an expression of one input; of several, in the order that is told") {
    const line l;
    const callable<tensor<float, dyn, 2>(const rows&)> f = l();
    CHECK(same(f(rows{{1, 0, 0}, {0, 1, 1}}), tensor<float, dyn, 2>{{1, 4}, {5, 11}}));

    const input<"a", tensor<float, 2>> a;
    const input<"b", tensor<float, 2>> b;
    const tensor<float, 2> five = {5, 5}, two = {2, 1};
    const callable<tensor<float, 2>(tensor<float, 2>, tensor<float, 2>)> ab(a - b, a, b), ba(a - b, b, a);
    CHECK(same(ab(five, two), tensor<float, 2>{3, 4}));
    CHECK(same(ba(five, two), tensor<float, 2>{-3, -4}));
}
TEST_CASE("of a function, of a lambda that makes an expression") {
    constexpr auto hypotenuse = telar::function([](symbol x, symbol y) { return sqrt(x * x + y * y); });
    const callable<float(float, float)> h = hypotenuse;
    CHECK(h(3, 4) == 5.f);  // numbers become those of the signature
    CHECK(h(3.0, 4.f) == 5.f);

    const variable<"scale", tensor<float>> scale(tensor<float>(3.f));
    const callable<tensor<float, dyn>(tensor<float, dyn>)> scaled = [&](auto x) { return scale * x; };
    CHECK(same(scaled(tensor<float, dyn>{1, 2}), tensor<float, dyn>{3, 6}));
    CHECK(same(scaled(std::vector<float>{5}), tensor<float, dyn>{15}));
}
TEST_CASE("several results") {
    constexpr auto both = telar::function([](symbol x) { return std::array{x + 1, x * 2}; });
    const callable<std::tuple<float, float>(float)> f = both;
    CHECK(f(5) == std::tuple(6.f, 10.f));
    float one = 0, two = 0;
    f.into(std::tie(one, two), 7);
    CHECK(one == 8.f);
    CHECK(two == 14.f);
}
TEST_CASE("views, spans and shared signatures") {
    const line l;
    const callable<shaped<float, dyn, 2>(shaped<float, dyn, 3>)> f = l();
    const std::vector<float> x = {1, 1, 1, 0, 0, 2};
    std::vector<float> y(4);
    f.into(tensor_view(y.data(), shape(2, 2)), tensor_view(x, shape(2, 3)));
    CHECK(y == std::vector<float>{6, 15, 6, 12});
    const callable<tensor<float, dyn, 2>(const rows&)> g = f;
    CHECK(same(g(rows{{0, 0, 1}}), tensor<float, dyn, 2>{{3, 6}}));

    const callable<shaped<float, dyn>(shaped<float, dyn>)> twice = [](auto v) { return v + v; };
    const float in[3] = {1, 2, 3};
    float out[3] = {};
    twice.into(std::span<float>(out), in);
    CHECK(out[2] == 6.f);
}
TEST_CASE("empty, copied, moved") {
    callable<float(float)> f;
    CHECK_FALSE(f);
    CHECK_THROWS_AS(f(1), no_value);
    CHECK(text_of([&] { f(1); }) == "callable: an empty one was called");
    const callable<float(float)> none = f;
    CHECK_FALSE(none);
    f = [](auto x) { return x + 1.f; };
    CHECK(f);
    callable<float(float)> g = f, h = std::move(f);
    CHECK_FALSE(f);  // NOLINT: this is what is tested
    CHECK(g(1) == 2.f);
    CHECK(h(1) == 2.f);
    h = none;
    CHECK_FALSE(h);
    const auto& itself = g;
    g = itself;
    CHECK(g(2) == 3.f);
}
TEST_CASE("a shape that does not fit is named") {
    const line l;
    const callable<tensor<float, dyn, 2>(tensor<float, dyn, dyn>)> f = l();
    CHECK(text_of([&] { f(tensor<float, dyn, dyn>(shape(1, 4))); }) == "\"X\": expected shape (None, 3), got (1, 4)");
    tensor<float, dyn, 2> y(shape(2, 2));
    CHECK(text_of([&] { f.into(y, rows(shape(3, 3))); }) == "callable: the result has shape (3, 2), its memory (2, 2)");
    CHECK(text_of([&] { f.into(tensor_view(y.data(), shape(4)), rows(shape(2, 3))); }) ==
          "callable: the result has shape (2, 2), its memory (4,)");
    const std::vector<float> x(6);
    CHECK_THROWS_AS(f(tensor_view(x, shape(6))), wrong_shape);
}
TEST_CASE("copies share the weights and own their state") {
    line l;
    const callable<tensor<float, dyn, 2>(const rows&)> f = l();
    const auto g = f;
    l.W = weights{{1, 0, 0}, {0, 1, 0}};  // as training does
    CHECK(same(f(rows{{7, 8, 9}}), tensor<float, dyn, 2>{{7, 8}}));
    CHECK(same(g(rows{{7, 8, 9}}), tensor<float, dyn, 2>{{7, 8}}));

    const accumulator a;
    callable<float(float)> first = a;
    CHECK(first(1) == 1.f);
    CHECK(first(2) == 3.f);
    callable<float(float)> second = first;  // goes on from 3
    CHECK(first(10) == 13.f);
    CHECK(second(1) == 4.f);
    CHECK(first(0) == 13.f);
    first.reset();
    CHECK(first(1) == 1.f);
    CHECK(second(0) == 4.f);
    CHECK(a.sum.value().item() == 0.f);  // the variable itself is left alone
    second = first;
    CHECK(second(1) == 2.f);
    CHECK(first(1) == 2.f);
}
TEST_CASE("64 voices, each with a state of its own, without the heap") {
    const accumulator a;
    const callable<float(float)> original = a;
    std::vector<callable<float(float)>> voices(64, original);
    for (auto& v : voices) v(0);
    float total = 0;
    CHECK(allocations_of([&] {
              for (int step = 0; step < 3; ++step)
                  for (std::size_t i = 0; i < voices.size(); ++i) voices[i].into(total, static_cast<float>(i));
          }) == 0);
    for (std::size_t i = 0; i < voices.size(); ++i) CHECK(voices[i](0) == static_cast<float>(3 * i));
}
TEST_CASE("random numbers: each copy has a random state of its own") {
    const random_state<"rng"> rng(7);
    const input<"x", tensor<float, 4>> x;
    callable<tensor<float, 4>(tensor<float, 4>)> f = x + random_uniform<float>(rng, extents<4>);
    const tensor<float, 4> zero;
    auto g = f;
    const auto first = f(zero), second = f(zero);
    CHECK_FALSE(same(first, second));
    CHECK(same(g(zero), first));
    f.reset();
    CHECK(same(f(zero), first));
    CHECK(rng.value()(1) == 0);
}
TEST_CASE("nothing is allocated once a size has been seen") {
    const line l;
    const callable<tensor<float, dyn, 2>(const rows&)> f = l();
    const rows x(shape(5, 3)), fewer(shape(2, 3));
    tensor<float, dyn, 2> y(shape(5, 2)), y2(shape(2, 2));
    f.into(y, x);
    f.into(y2, fewer);
    CHECK(allocations_of([&] {
              f.into(y, x);
              f.into(y2, fewer);
          }) == 0);
    CHECK(allocations_of([&] { (void)f(x); }) == 1);  // the result's own memory
}
TEST_CASE("in the caller's memory: nothing is allocated from the beginning") {
    const line l;
    const auto y = tanh(l()) + 1.f;
    using f = callable<tensor<float, dyn, 2>(const rows&)>;
    constexpr std::size_t bytes = f::bytes_for<decltype(y)>(2);
    alignas(64) static std::byte memory[bytes + 1];
    const rows x{{1, 2, 3}, {3, 2, 1}};
    tensor<float, dyn, 2> in_memory(shape(2, 2)), on_heap(shape(2, 2));
    f(y).into(on_heap, x);
    for (const std::size_t begin : {0u, 1u})
        CHECK(allocations_of([&] {
                  const f here(y, std::span(memory + begin, bytes));
                  here.into(in_memory, x);
              }) == 0);
    CHECK(same(in_memory, on_heap));
    f copied;
    {
        const f here(y, memory);
        copied = here;
    }
    CHECK(same(copied(x), on_heap));
    CHECK_THROWS_AS(f(y, std::span(memory, 100)), invalid_argument);
}
