// SPDX-License-Identifier: BSL-1.0
// Random states in programs: what a run sees, what it leaves behind, what functions and expressions draw.
#include <telar/expr/random.hpp>

#include "../support/arrays.hpp"
#include "../support/ulp.hpp"

#include <doctest/doctest.h>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/telar.hpp>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;
using support::same_bits;

namespace {

using vector = tensor<float, dyn>;
const vector all_one = [] {
    vector v(shape(200));
    for (float& x : v) x = 1;
    return v;
}();
input<"x", vector> x;

}  // namespace

TEST_CASE(
    "each run sees other numbers; a run that fails leaves the state as it was; a state that is put back repeats") {
    random_state<"rng"> rng(42);
    const auto y = dropout(x, 0.5f, rng);
    vector gone = all_one;
    const vector taken = std::move(gone);
    CHECK_THROWS_AS((void)run(y, x = gone), no_value);
    CHECK(rng.value()(1) == 0);
    const vector first = run(y, x = all_one);
    CHECK(same_bits(rng.value(), random_key{42, std::int64_t{1} << 32}));
    const vector second = run(y, x = all_one);
    CHECK(rng.value()(1) == std::int64_t{2} << 32);
    CHECK_FALSE(same_bits(first, second));
    rng.value() = random_key{42, 0};
    CHECK(same_bits(run(y, x = all_one), first));

    generator g(42);  // the first draw of an expression is from stream 0
    CHECK(same_bits(dropout(all_one, 0.5f, g), first));
    CHECK(g.position() == 50);
    CHECK_FALSE(same_bits(dropout(all_one, 0.5f, g), first));
}
TEST_CASE("in one run an expression is one draw, forward and backward; two calls are two") {
    random_state<"rng"> rng(1);
    const auto y = dropout(x, 0.5f, rng), other = dropout(x, 0.5f, rng);
    const auto [a, da, b] = run(fetch(y, gradient(sum(y), x), other), x = all_one);
    CHECK(same_bits(a, da));
    CHECK_FALSE(same_bits(a, b));
    CHECK(rng.value()(1) == std::int64_t{1} << 32);
}
TEST_CASE("a function draws anew at each call inside of it; asked for several results it is one") {
    constexpr auto noisy = telar::function([](auto v, auto state) {
        const auto kept = dropout(v, 0.5, state), also = dropout(v, 0.5, state);
        return std::tuple(kept, also, sum(kept * also));
    });
    random_state<"rng"> rng(3);
    const auto [kept, also, both] = noisy(x, rng);
    const auto list = fetch(kept, also, both, gradient(both, x));
    const auto [a, b, total, slope] = run(list, x = all_one);
    CHECK_FALSE(same_bits(a, b));
    CHECK(decltype(list)::code::count(op::random) == 2);
    float want = 0;
    for (int i = 0; i < 200; ++i) {
        want += a(i) * b(i);
        CHECK(slope(i) == 2 * a(i) * b(i));
    }
    CHECK(total.item() == want);
}
TEST_CASE("a training step goes on in the same state, and drops what its gradient drops") {
    random_state<"rng"> rng(7);
    variable<"w", tensor<float, 200>> w;
    for (float& v : w.value()) v = 1;
    auto step = minimize(sum(dropout(w, 0.5f, rng)), sgd{.learning_rate = 1});
    const float loss = float(run(step));
    int dropped = 0;
    for (const float v : w.value()) {
        CHECK((v == 1 || v == -1));  // 1 - 2 where it was kept
        dropped += v == 1;
    }
    CHECK(loss == 2.0f * static_cast<float>(200 - dropped));
    CHECK(dropped > 60);
    CHECK(dropped < 140);
    CHECK(rng.value()(1) == std::int64_t{1} << 32);
    run(update(w = random_uniform<float>(rng, extents<200>)));
    for (const float v : w.value()) CHECK((v >= 0 && v < 1));
    CHECK(rng.value()(1) == std::int64_t{2} << 32);
}
TEST_CASE("normals are those of the reference to a few roundings; words and uniforms to the bit") {
    random_state<"rng"> rng(5);
    const auto normal = random_normal<float>(rng, extents<1001>);  // in statements, for the order of the streams
    const auto uniform = random_uniform<float>(rng, extents<7, 9>);
    const auto words = random_words<std::int64_t>(rng, extents<33>);
    const auto [z, u, w] = run(fetch(normal, uniform, words));
    graph g;
    const symbol state = declare_leaf(g, 0, {dtype::int64, 0, shape(2)});
    const auto stream = [&](double n) { return emit::reshape(emit::constant(g, dtype::int64, n), shape(1)); };
    for (const symbol s : {functions::normal::of(state, stream(0), dtype::float32, shape(1001)),
                           functions::uniform::of(state, stream(1), dtype::float32, shape(7, 9)),
                           functions::words::of(state, stream(2), dtype::int64, shape(33))})
        g.roots.push({s.id, -1, 0, 0});
    growable<reference::array> leaves;
    leaves.push(reference::array(dtype::int64, shape(2)));
    leaves[0].push(std::int64_t{5});
    leaves[0].push(std::int64_t{0});
    const auto want = support::interpreted(g, leaves);
    double greatest = 0;
    for (int i = 0; i < 1001; ++i)
        greatest = std::max(greatest, support::ulp_error(z(i), static_cast<float>(want[0].at(i))));
    CHECK(greatest <= 4);
    for (int i = 0; i < 63; ++i) CHECK(static_cast<double>(u.data()[i]) == want[1].at(i));
    for (int i = 0; i < 33; ++i) CHECK(w(i) == want[2].at<std::int64_t>(i));
}
TEST_CASE("draws in the steps of a scan, from keys: other numbers in each step, the same forward and backward") {
    constexpr auto f = telar::function([](auto lines, auto state) {
        const auto kept = scan(
            [](symbol h, symbol line, symbol key) {
                const symbol y = dropout(line, 0.5, key);
                return scanned{states(h + y), std::array{y}};
            },
            states(sum(lines, axis<0>) * 0), over(lines, random_keys_like(lines, state)));
        return std::tuple(kept.kept[0], differentiate(sum(kept.state[0]), lines));
    });
    auto ones = tensor<float, dyn, 64>::uninitialized(shape(5, 64));
    std::fill_n(ones.data(), 320, 1.0f);
    const auto [y, slope] = f(ones, tensor<std::int64_t, 2>{7, 0});
    int alike = 0, zeros = 0;
    for (int t = 0; t < 5; ++t)
        for (int i = 0; i < 64; ++i) {
            CHECK(y(t, i) == slope(t, i));
            zeros += y(t, i) == 0;
            alike += t > 0 && y(t, i) == y(t - 1, i);
        }
    CHECK((zeros > 110 && zeros < 210));
    CHECK((alike > 80 && alike < 176));
}

// ---------------------------------------------------------------- one function, three ways
namespace {

constexpr auto masked = telar::function([](auto v, auto r) { return dropout(v, 0.5, r) * v; });
constexpr auto layer = compile_once(checkpoint(masked));
constexpr auto two_layers = telar::function([](auto v, auto r) {
    const auto a = layer(v, r), b = layer(v, r);
    return std::tuple(a, b);
});
using line_of_32 = tensor<float, 32>;
const line_of_32 ones_of_32 = line_of_32::filled(shape(32), 1);
input<"X", line_of_32> X;

/// run(y), from the state as it was at first.
template <class E> auto from_the_start(random_state<"r">& r, const E& e) {
    r.value() = {3, 0};
    return run(e, X = ones_of_32);
}

}  // namespace

TEST_CASE("the same function draws the same eagerly, lazily and inside of another, whatever was made before") {
    random_state<"r"> r(3);
    const line_of_32 eager = layer(ones_of_32, random_key{3, 0});
    const auto [first, second] = two_layers(ones_of_32, random_key{3, 0});
    const auto y = layer(X, r);
    const auto z = layer(X, r);
    CHECK(same_bits(first, eager));
    CHECK_FALSE(same_bits(second, eager));
    for (int i = 0; i < 2; ++i) {
        for (const auto& one : {layer(X, r), y, z}) CHECK(same_bits(from_the_start(r, one), eager));
        CHECK_FALSE(same_bits(run(y, X = ones_of_32), eager));
        const line_of_32 apart = from_the_start(r, y - z), none = from_the_start(r, y - y);
        for (extent_t k = 0; k < 32; ++k) {
            CHECK(apart(k) == first(k) - second(k));
            CHECK(none(k) == 0);
        }
    }
}
TEST_CASE("draws and calls that draw are numbered in the order in which they were written") {
    constexpr auto in_order = telar::function([](auto v, auto r) {
        const auto a = dropout(v, 0.5, r), b = masked(v, r), c = dropout(v, 0.5, r);
        return std::tuple(a, b, c);
    });
    random_state<"r"> r(3);
    const auto a = dropout(X, 0.5f, r);
    const auto b = masked(X, r);
    const auto c = dropout(X, 0.5f, r);
    const auto [traced_u, traced_v, traced_w] = in_order(ones_of_32, random_key{3, 0});
    const auto [lazy_w, lazy_v, lazy_u] = from_the_start(r, fetch(c, b, a));
    CHECK(same_bits(lazy_u, traced_u));
    CHECK(same_bits(lazy_v, traced_v));
    CHECK(same_bits(lazy_w, traced_w));
}
TEST_CASE("what several roots name of one call is computed once; what they name of two is of two") {
    random_state<"r"> r(3);
    const auto y = layer(X, r);
    const auto z = layer(X, r);
    const auto with_slope = fetch(y, gradient(sum(y), X));
    CHECK(decltype(with_slope)::code::count(op::call_result) == 2);  // forward and back
    const auto [first, second] = two_layers(ones_of_32, random_key{3, 0});
    const auto check = [&](const line_of_32& a, const line_of_32& slope, const line_of_32& want) {
        CHECK(same_bits(a, want));
        for (extent_t i = 0; i < 32; ++i) CHECK(slope(i) == 2 * want(i));
    };
    const auto [a, slope_a] = from_the_start(r, with_slope);
    check(a, slope_a, first);
    const auto of_both = fetch(z, gradient(sum(y), X));
    const auto [b, slope_b] = from_the_start(r, of_both);
    CHECK(same_bits(b, second));
    check(first, slope_b, first);
    CHECK(r.value()(1) == std::int64_t{1} << 32);
    line_of_32 into[2];
    r.value() = {3, 0};
    run_into(std::tie(into[0], into[1]), of_both, X = ones_of_32);
    CHECK(same_bits(into[0], b));
    CHECK(same_bits(into[1], slope_b));
    const auto [d, apart] = from_the_start(r, fetch(z, y - z));
    CHECK(same_bits(d, second));
    for (extent_t i = 0; i < 32; ++i) CHECK(apart(i) == first(i) - second(i));
}
TEST_CASE("results of one call are of one call, also where another is beside it; in one expression two are refused") {
    random_state<"r"> r(3);
    const auto [a, b] = two_layers(X, r);
    const auto [c, d] = two_layers(X, r);
    const auto list = fetch(a, b, gradient(sum(b), X));
    CHECK(decltype(list)::code::count(op::call_result) == 3);  // twice forward, once back
    const auto [first, second, slope] = from_the_start(r, list);
    for (extent_t i = 0; i < 32; ++i) CHECK(slope(i) == 2 * second(i));
    const auto [of_a, of_d, of_c, of_b] = from_the_start(r, fetch(a, d, c, b));
    CHECK(same_bits(of_a, first));
    CHECK(same_bits(of_b, second));
    for (const auto* one : {&of_a, &of_b})
        for (const auto* other : {&of_c, &of_d}) CHECK_FALSE(same_bits(*one, *other));
    CHECK_FALSE(same_bits(of_c, of_d));
    CHECK_THROWS_AS((void)(a - c), two_calls_as_one);
}
TEST_CASE("assignments of two calls in one update; of one call and its gradient") {
    random_state<"r"> r(3);
    variable<"p", line_of_32> p;
    variable<"q", line_of_32> q;
    p = ones_of_32;
    const auto y = layer(p, r);
    const auto z = layer(p, r);
    const auto [first, second] = two_layers(ones_of_32, random_key{3, 0});
    run(update(q = z, p = y));  // both read p as it was
    CHECK(same_bits(p.value(), first));
    CHECK(same_bits(q.value(), second));
    p = ones_of_32;
    r.value() = {3, 0};
    const auto step = update(q = y, p = p - 0.25f * gradient(sum(y), p));
    CHECK(decltype(step)::code::count(op::call_result) == 2);
    run(step);
    CHECK(same_bits(q.value(), first));
    for (extent_t i = 0; i < 32; ++i) CHECK(p.value()(i) == 1 - first(i) / 2);
}
TEST_CASE("training: other numbers in each step, and from a saved state on the same steps again") {
    random_state<"r"> r(3);
    variable<"w", line_of_32> w;
    w = ones_of_32;
    const auto loss = sum(layer(w, r));
    auto step = minimize(loss, sgd{.learning_rate = 0.125f});  // w is halved where it is kept
    std::vector<line_of_32> states;
    const random_key saved = r.value();
    for (int i = 0; i < 3; ++i) {
        const float value = run(step).item();
        float want = 0;
        const line_of_32 before = i == 0 ? ones_of_32 : states.back();
        for (extent_t k = 0; k < 32; ++k)
            if (w.value()(k) != before(k)) {
                CHECK(w.value()(k) == before(k) / 2);
                want += 2 * before(k) * before(k);
            }
        CHECK(value == want);
        states.push_back(w.value());
    }
    int kept_twice = 0;
    for (extent_t k = 0; k < 32; ++k) kept_twice += states[1](k) == 0.25f;
    CHECK((kept_twice > 1 && kept_twice < 16));
    w = ones_of_32;
    r.value() = saved;
    auto later = minimize(sum(layer(w, r)), sgd{.learning_rate = 0.125f});  // in a program that is made anew
    for (const line_of_32& state : states) {
        run(later);
        CHECK(same_bits(w.value(), state));
    }
}
TEST_CASE("gradients that are added up over runs of several sessions are those of their runs") {
    random_state<"r"> r(3);
    variable<"total", line_of_32> total;
    const auto y = layer(X, r);
    const auto add = update(total += gradient(sum(y), X));
    session sessions[2];
    for (int i = 0; i < 4; ++i) sessions[i % 2].run(add, X = ones_of_32);
    const random_key after = r.value();
    r.value() = {3, 0};
    line_of_32 want{};
    for (int i = 0; i < 4; ++i) {
        const line_of_32 value = run(y, X = ones_of_32);
        for (extent_t k = 0; k < 32; ++k) want(k) += 2 * value(k);
    }
    CHECK(same_bits(total.value(), want));
    CHECK(same_bits(r.value(), after));
}
