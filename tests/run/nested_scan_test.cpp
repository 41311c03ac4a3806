// SPDX-License-Identifier: BSL-1.0
// Programs in which a scan stands in the steps of another: against loops in C++, the interpreter, and the same with
// compile_once.
#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/run/interpret.hpp>
#include <telar/telar.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <sstream>
#include <string>
#include <vector>

using namespace telar;
using namespace telar::runtime;
using support::difference;

namespace {

template <class T> void fill(T& t, double phase) {
    for (std::size_t i = 0; i < t.size(); ++i)
        t.data()[i] = static_cast<typename T::value_type>(std::sin(1.7 * static_cast<double>(i) + phase));
}

/// A sentence at a time, and in it a word: h' = tanh(h w + x + 0.1 s), where s is h as the sentence began.
constexpr auto energy = telar::function([](auto xs, auto h0, auto w) {
    const auto r = scan(
        [&](auto s, auto sentence) {
            const auto words =
                scan([&](auto h, auto x) { return tanh(h * w + x + 0.1 * s); }, states(s), over(sentence));
            return scanned{states(words.state[0]), std::array{mean(words.kept[0])}};
        },
        states(h0), over(xs));
    return sum(square(r.kept[0])) + sum(r.state[0]);
});
using numbers = std::vector<double>;
double energy_in_loops(const numbers& xs, numbers h, const numbers& w, std::size_t sentences, std::size_t words) {
    const std::size_t n = h.size();
    double total = 0;
    for (std::size_t i = 0; i < sentences; ++i) {
        const numbers s = h;
        double kept = 0;
        for (std::size_t t = 0; t < words; ++t)
            for (std::size_t k = 0; k < n; ++k)
                kept += h[k] = std::tanh(h[k] * w[k] + xs[(i * words + t) * n + k] + 0.1 * s[k]);
        kept /= static_cast<double>(words * n);
        total += kept * kept;
    }
    for (const double v : h) total += v;
    return total;
}

}  // namespace

TEST_CASE("extents that are known only when it runs: values and derivatives are those of the loops") {
    tensor<double, 3> h, w;
    fill(h, 0.2), fill(w, 1.3);
    const std::size_t cases[][2] = {{2, 4}, {3, 1}, {1, 5}, {2, 4}};
    for (const auto& [sentences, words] : cases) {
        tensor<double, dyn, dyn, 3> xs(shape(static_cast<extent_t>(sentences), static_cast<extent_t>(words), 3));
        fill(xs, 0);
        const auto [y, dx, dh, dw] = value_and_grad(energy, range<0>)(xs, h, w);
        const numbers x0(xs.begin(), xs.end()), h0(h.begin(), h.end()), w0(w.begin(), w.end());
        const auto at = [&](const numbers& x, const numbers& s, const numbers& v) {
            return energy_in_loops(x, s, v, sentences, words);
        };
        CHECK(y.item() == doctest::Approx(at(x0, h0, w0)).epsilon(1e-12));
        const auto slopes_are = [&](const auto& slopes, numbers x, auto f) {
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double middle = x[i], step = 1e-5;
                x[i] = middle + step;
                const double above = f(x);
                x[i] = middle - step;
                CHECK(slopes.data()[i] == doctest::Approx((above - f(x)) / (2 * step)).epsilon(1e-6));
                x[i] = middle;
            }
        };
        slopes_are(dx, x0, [&](const numbers& x) { return at(x, h0, w0); });
        slopes_are(dh, h0, [&](const numbers& s) { return at(x0, s, w0); });
        slopes_are(dw, w0, [&](const numbers& v) { return at(x0, h0, v); });
    }
    const tensor<double, dyn, dyn, 3> none(shape(2, 0, 3));
    constexpr auto last = telar::function([](auto xs, auto h0) {
        return scan(
                   [](auto s, auto line) {
                       return scan([](auto a, auto x) { return a + x; }, states(s), over(line)).state[0];
                   },
                   states(h0), over(xs))
            .state[0];
    });
    CHECK(difference(last(none, h), h) == 0);
}

// ---------------------------------------------------------------- a layer in a scan, trained
namespace {

/// An lstm over the words of each sentence begins with what the sentence before left.
template <bool IsBlock> struct reader {
    template <class... S> static constexpr auto layer(S... s) {
        constexpr auto f = telar::function([](auto x, auto W, auto U, auto b, auto h, auto c) {
            const auto [all, last, cell] = lstm(x, W, U, b, h, c);
            return std::array{last, cell};
        });
        if constexpr (IsBlock) return compile_once(f)(s...);
        else return f(s...);
    }
    constexpr auto operator()(symbol xs, symbol W, symbol U, symbol b) const {
        const symbol zeros = emit::broadcast_to(emit::constant(*xs.g, xs.type(), 0), shape(xs.extents()[1], 4));
        const auto r = scan(
            [&](symbol h, symbol c, symbol x) {
                const auto now = layer(x, W, U, b, h, c);
                return scanned{states(symbol(now[0]), symbol(now[1])), std::array{symbol(now[0])}};
            },
            states(zeros, zeros), over(xs));
        return r.kept[0];
    }
};
template <bool IsBlock>
constexpr auto loss = telar::function([](auto xs, auto W, auto U, auto b, auto targets) {
    return mean(square(reader<IsBlock>{}(xs, W, U, b) - targets));
});

}  // namespace

TEST_CASE("an lstm in a scan is trained as one in compile_once is, and the interpreter gives the same") {
    variable<"W", tensor<float, 3, 16>> W;
    variable<"U", tensor<float, 4, 16>> U;
    variable<"b", tensor<float, 16>> b;
    input<"X", tensor<float, 3, 2, 5, 3>> X;  // sentences, examples, words, features
    input<"Y", tensor<float, 3, 2, 4>> Y;
    auto step = minimize(loss<false>(X, W, U, b, Y), sgd{.learning_rate = 0.5f});
    auto step_of_blocks = minimize(loss<true>(X, W, U, b, Y), sgd{.learning_rate = 0.5f});
    tensor<float, 3, 2, 5, 3> x;
    tensor<float, 3, 2, 4> y;
    fill(x, 0), fill(y, 1);
    const auto begin = [&](auto& w, auto& u, auto& v) { fill(w, 0.3), fill(u, 0.6), fill(v, 0.9); };
    const auto losses = [&](auto& of) {
        tensor<float, 3, 16> w;
        tensor<float, 4, 16> u;
        tensor<float, 16> v;
        begin(w, u, v);
        W = w, U = u, b = v;
        std::vector<float> all;
        for (int i = 0; i < 20; ++i) all.push_back(run(of, X = x, Y = y).item());
        return all;
    };
    const std::vector<float> got = losses(step), want = losses(step_of_blocks);
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(got[i] == doctest::Approx(want[i]).epsilon(1e-5));
    CHECK(got.back() < 0.8 * got.front());

    interpreted<decltype(step)> p;
    tensor<float, 3, 16> w;
    tensor<float, 4, 16> u;
    tensor<float, 16> v;
    begin(w, u, v);
    std::copy(w.begin(), w.end(), p.value<decltype(W)>().begin());
    std::copy(u.begin(), u.end(), p.value<decltype(U)>().begin());
    std::copy(v.begin(), v.end(), p.value<decltype(b)>().begin());
    std::copy(x.begin(), x.end(), p.value<decltype(X)>().begin());
    std::copy(y.begin(), y.end(), p.value<decltype(Y)>().begin());
    p.set(sgd{.learning_rate = 0.5f});
    for (std::size_t i = 0; i < 3; ++i) {
        p = p.next();
        CHECK(p.result()[0] == doctest::Approx(got[i]).epsilon(1e-5));
    }
    std::ostringstream text;
    text << explain(step);
    CHECK(text.str().find("block") != std::string::npos);
}

// ---------------------------------------------------------------- what is refused, what is constant
namespace {

constexpr auto rows_of = telar::function([](auto table, auto indices) {
    return scan(
               [&](auto s, auto line) {
                   return scan([&](auto h, auto i) { return tanh(h) + gather(table, i); }, states(s), over(line))
                       .state[0];
               },
               states(0 * table[0]), over(indices))
        .state[0];
});

}  // namespace

TEST_CASE("an index in the inner steps that is outside refuses the run, which has changed no variable") {
    variable<"T", tensor<float, 4, 2>> T;
    variable<"n", tensor<float>> n;
    input<"ids", tensor<int, 2, 3>> ids;
    T = tensor<float, 4, 2>{{0, 1}, {2, 3}, {4, 5}, {6, 7}};
    const auto y = rows_of(T, ids);
    const auto step = update(n = n + 1.0f, T = T - gradient(sum(y * y), T));
    const auto before = T.value();
    for (const int last : {4, -1}) {
        CHECK_THROWS_AS(run(step, ids = tensor<int, 2, 3>{{0, 1, 2}, {3, 2, last}}), index_error);
        CHECK(n.value().item() == 0);
        CHECK(difference(T.value(), before) == 0);
    }
    run(step, ids = tensor<int, 2, 3>{{0, 1, 2}, {3, 2, 1}});
    CHECK(n.value().item() == 1);
    CHECK(T.value()(1, 0) != before(1, 0));
}
namespace {

constexpr auto roots = telar::function([](auto x) {  // Newton's steps, for each number of each line
    return scan(
               [](auto s, auto line) {
                   const auto of_number = [](auto, auto number) {
                       return while_loop([&](auto r) { return abs(r * r - number) > 1e-9; },
                                         [&](auto r) { return (r + number / r) / 2; }, states(1 + 0 * number))[0];
                   };
                   const auto all = scan(of_number, states(s), over(line));
                   return scanned{states(s), std::array{all.kept[0]}};
               },
               states(0 * x[0][0]), over(x))
        .kept[0];
});

}  // namespace

TEST_CASE("three deep, the innermost a while_loop; at run time and as a constant") {
    const tensor<double, 2, 3> x = {{1, 2, 3}, {4, 9, 16}};
    const auto y = roots(x);
    for (std::size_t i = 0; i < 6; ++i) CHECK(y.data()[i] == doctest::Approx(std::sqrt(x.data()[i])).epsilon(1e-8));
    variable<"x", tensor<double, 2, 3>> v;
    using program = decltype(roots(v));
    constexpr auto interpreted_roots = [] {
        interpreted<program> p;
        p.value<decltype(v)>() = {1, 2, 3, 4, 9, 16};
        return p.next();
    }();
    static_assert(interpreted_roots.result()[5] > 3.999999 && interpreted_roots.result()[5] < 4.000001);
    for (std::size_t i = 0; i < 6; ++i) CHECK(interpreted_roots.result()[i] == doctest::Approx(y.data()[i]));
}
TEST_CASE("a value and its gradient, of an expression that names the function twice, are one forward pass") {
    variable<"h", tensor<double, 3>> h;
    variable<"w", tensor<double, 3>> w;
    input<"X", tensor<double, 2, 4, 3>> X;
    const auto y = energy(X, h, w);
    const auto both = fetch(y * y, gradient(y * y, w));
    using code = decltype(compile(both))::code;
    static_assert(code::count(op::scan) == 2);  // forward and backward
    static_assert(code::count(op::call) == 2);
    static_assert(code::block_count == 2);
    tensor<double, 2, 4, 3> x;
    tensor<double, 3> h0, w0;
    fill(x, 0), fill(h0, 0.2), fill(w0, 1.3);
    h = h0, w = w0;
    const auto [value, dw] = run(both, X = x);
    const auto [z, dx, dh, slope] = value_and_grad(energy, range<0>)(x, h0, w0);
    CHECK(value.item() == doctest::Approx(z.item() * z.item()));
    for (std::size_t i = 0; i < 3; ++i) CHECK(dw.data()[i] == doctest::Approx(2 * z.item() * slope.data()[i]));
}
