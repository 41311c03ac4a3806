// SPDX-License-Identifier: BSL-1.0
// print: one text three ways, an effect that is neither dropped nor merged nor repeated by a derivative.
#include <telar/io/print.hpp>

#include <doctest/doctest.h>
#include <telar/run/interpret.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>

using namespace telar;

namespace {

/// What f prints to std::cout.
template <class F> std::string printed(F f) {
    std::ostringstream text;
    std::streambuf* const before = std::cout.rdbuf(text.rdbuf());
    f();
    std::cout.rdbuf(before);
    return text.str();
}
bool equal(const auto& a, const auto& b) { return std::equal(a.data(), a.data() + a.size(), b.data()); }
int count_of(const std::string& text, const std::string& part) {
    int n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
}

const tensor<float, 2, 2> values = {{-1, 2}, {3, -4}};
const std::string values_text = "tensor(\n[[-1.  2.]\n [ 3. -4.]], shape=(2, 2), dtype=float32)\n";

constexpr auto prints_argument = telar::function([](auto x) { return print(x, "x"); });
constexpr auto without_label = telar::function([](auto x) { return print(x); });
constexpr auto label_in_type = telar::function([](auto x) { return print<"x">(x); });
constexpr auto statements = telar::function([](auto x) {
    const auto h = relu(x);
    print(h, "h");
    print(transpose(h), "turned");
    print(h, "h");
    [[maybe_unused]] const auto unused = exp(h);
    return sum(h * h);
});
constexpr auto quiet = telar::function([](auto x) {
    const auto h = relu(x);
    return sum(h * h);
});

constexpr auto inner_block = compile_once(telar::function([](auto x) {
    print(x, "inner");
    return sin(x);
}));
constexpr auto outer_block = compile_once(telar::function([](auto x) {
    print(x, "outer");
    return inner_block(x) * x;
}));
constexpr auto with_blocks = telar::function([](auto x) {
    outer_block(x);
    return sum(outer_block(outer_block(x)));
});
constexpr auto recomputing = telar::function([](auto x) {
    const auto f = checkpoint(telar::function([](auto v) {
        print(v, "again");
        return inner_block(v) * tanh(v);
    }));
    return sum(f(x));
});

constexpr auto sums = telar::function([](auto xs) {
    return scan(
               [](auto s, auto x) {
                   print(s + x, "sum");
                   return s + x;
               },
               states(0 * xs[0]), over(xs))
        .state[0];
});
constexpr auto total = telar::function([](auto xs) { return sum(sums(xs)); });
constexpr auto only_prints = telar::function([](auto xs) {
    scan(
        [](auto s, auto x) {
            print(x, "row");
            return s;
        },
        states(0 * xs[0]), over(xs));
    return xs;
});
constexpr auto doubled = telar::function([](auto x) {
    return while_loop([](auto v) { return sum(v) < 20; },
                      [](auto v) {
                          print(v, "step");
                          return states(v * 2);
                      },
                      states(x))[0];
});
constexpr auto chosen = telar::function([](auto p, auto x) {
    return cond(p, telar::function([](auto v) { return exp(print(v, "yes")); }),
                telar::function([](auto v) { return sin(print(v, "no")); }), x);
});
constexpr auto chosen_sum = telar::function([](auto x) { return sum(chosen(sum(x) > 100, x)); });

constexpr auto all_types = telar::function([](auto x) {
    print(cast<double>(x), "double");
    print(cast<std::int32_t>(x), "int32");
    print(cast<std::int64_t>(x), "int64");
    print(cast<std::uint8_t>(abs(x)), "uint8");
    print(cast<std::int8_t>(x), "int8");
    print(cast<std::uint32_t>(x), "uint32");
    print(x > 0, "bool");
    print(cast<float16>(x), "float16");
    print(cast<bfloat16>(x), "bfloat16");
    return x;
});

}  // namespace

TEST_CASE("a tensor, an expression and a traced function print the same") {
    const std::string text = "x: " + values_text;
    tensor<float, 2, 2> result;
    CHECK(printed([&] { result = print(values, "x"); }) == text);
    CHECK(equal(result, values));
    CHECK(printed([&] { print<"x">(values); }) == text);
    CHECK(printed([&] { print(values, std::string("x")); }) == text);
    CHECK(printed([&] { result = prints_argument(values); }) == text);
    CHECK(equal(result, values));
    CHECK(printed([&] { result = label_in_type(values); }) == text);

    input<"X", tensor<float, dyn, 2>> X;
    CHECK(printed([&] { CHECK(equal(run(print<"x">(X), X = values), values)); }) == text);
    CHECK(printed([&] { CHECK(equal(run(prints_argument(X), X = values), values)); }) == text);
}

TEST_CASE("without a label the value stands alone") {
    input<"X", tensor<float, dyn, 2>> X;
    CHECK(printed([&] { print(values); }) == values_text);
    CHECK(printed([&] { std::ignore = without_label(values); }) == values_text);
    CHECK(printed([&] { std::ignore = run(print(X), X = values); }) == values_text);
}

TEST_CASE("a print that nothing uses runs, two alike are two, in their order; what is dead beside them goes") {
    const std::string h = "h: tensor(\n[[0. 2.]\n [3. 0.]], shape=(2, 2), dtype=float32)\n";
    const std::string turned = "turned: tensor(\n[[0. 3.]\n [2. 0.]], shape=(2, 2), dtype=float32)\n";
    CHECK(printed([] { CHECK(statements(values).item() == 13); }) == h + turned + h);
    CHECK(printed([] { CHECK(statements(values).item() == 13); }) == h + turned + h);  // and in every run
    using code = decltype(graph_of(statements, values));
    CHECK(code::count(op::print) == 3);
    CHECK(code::count(op::exp) == 0);
    CHECK(code::count(op::relu) == 1);
}

TEST_CASE("a gradient prints what its function prints, once, and is the same to the bit") {
    tensor<float, 2, 2> slope;
    const std::string text = printed([&] { slope = grad(statements)(values); });
    CHECK(text == printed([] { std::ignore = statements(values); }));
    CHECK(equal(slope, grad(quiet)(values)));
}

TEST_CASE("an expression that is used twice prints once") {
    input<"X", tensor<float, 2, 2>> X;
    const auto y = print<"y">(relu(X));
    CHECK(count_of(printed([&] { std::ignore = run(fetch(y + y, sum(y)), X = values); }), "y: ") == 1);
}

TEST_CASE("a training step prints once a run") {
    variable<"W", tensor<float, 2>> W({1, 2});
    input<"X", tensor<float, dyn, 2>> X;
    auto step = minimize(sum(square(print<"y">(X * W))), sgd{.learning_rate = 0.125f});
    CHECK(printed([&] { run(step, X = values); }) ==
          "y: tensor(\n[[-1.  4.]\n [ 3. -8.]], shape=(2, 2), dtype=float32)\n");
    CHECK(equal(W.value(), tensor<float, 2>({-1.5f, -8})));
    CHECK(count_of(printed([&] { run(step, X = values); }), "y: ") == 1);
    CHECK(count_of(printed([&] { run(update(W = print<"W">(W) + 1)); }), "W: tensor([") == 1);
}

TEST_CASE("every call of a block prints, its derivative does not") {
    const std::string text = printed([] { std::ignore = with_blocks(values); });
    CHECK(count_of(text, "outer: ") == 3);
    CHECK(count_of(text, "inner: ") == 3);
    CHECK(printed([] { std::ignore = grad(with_blocks)(values); }) == text);
}

TEST_CASE("what a checkpoint computes again prints nothing") {
    const std::string text = printed([] { std::ignore = grad(recomputing)(values); });
    CHECK(text == "again: " + values_text + "inner: " + values_text);
}

TEST_CASE("each step of a scan and of a while_loop prints") {
    const std::string text =
        "sum: tensor([-1.  2.], shape=(2,), dtype=float32)\nsum: tensor([ 2. -2.], shape=(2,), dtype=float32)\n";
    CHECK(printed([] { std::ignore = sums(values); }) == text);
    CHECK(printed([] { std::ignore = grad(total)(values); }) == text);
    CHECK(printed([] { std::ignore = only_prints(values); }) ==
          "row: tensor([-1.  2.], shape=(2,), dtype=float32)\nrow: tensor([ 3. -4.], shape=(2,), dtype=float32)\n");
    CHECK(count_of(printed([] { std::ignore = doubled(abs(values)); }), "step: ") == 1);
    CHECK(printed([] { std::ignore = doubled(abs(values) * 2); }) == "");
}

TEST_CASE("of a cond the side prints that is chosen") {
    CHECK(printed([] { std::ignore = chosen(tensor<bool>(true), values); }) == "yes: " + values_text);
    CHECK(printed([] { std::ignore = chosen(tensor<bool>(false), values); }) == "no: " + values_text);
    tensor<float, 2, 2> slope;
    CHECK(printed([&] { slope = grad(chosen_sum)(values); }) == "no: " + values_text);
    CHECK(slope(0, 0) == doctest::Approx(std::cos(-1)));
}

TEST_CASE("all element types, no elements, no axes") {
    const tensor<float, 2> x = {1.5f, -2};
    const std::string text = printed([&] { std::ignore = all_types(x); });
    CHECK(text ==
          "double: tensor([ 1.5 -2. ], shape=(2,), dtype=float64)\n"
          "int32: tensor([ 1 -2], shape=(2,), dtype=int32)\n"
          "int64: tensor([ 1 -2], shape=(2,), dtype=int64)\n"
          "uint8: tensor([1 2], shape=(2,), dtype=uint8)\n"
          "int8: tensor([ 1 -2], shape=(2,), dtype=int8)\n"
          "uint32: tensor([         1 4294967294], shape=(2,), dtype=uint32)\n"
          "bool: tensor([ True False], shape=(2,), dtype=bool)\n"
          "float16: tensor([ 1.5 -2. ], shape=(2,), dtype=float16)\n"
          "bfloat16: tensor([ 1.5 -2. ], shape=(2,), dtype=bfloat16)\n");
    CHECK(printed([] { std::ignore = prints_argument(tensor<float, dyn, 3>(shape(0, 3))); }) ==
          "x: tensor([], shape=(0, 3), dtype=float32)\n");
    CHECK(printed([] { std::ignore = prints_argument(tensor<float>(3)); }) ==
          "x: tensor(3.0, shape=(), dtype=float32)\n");
}

TEST_CASE("the interpreter prints the same, and nothing in constant evaluation") {
    input<"X", tensor<float, 2, 2>> X;
    const auto y = sums(print<"X">(X)) + sum(outer_block(X));
    interpreted<std::remove_const_t<decltype(y)>> p;
    p.value<decltype(X)>() = {-1, 2, 3, -4};
    std::string ran = printed([&] { std::ignore = run(y, X = values); });
    CHECK(printed([&] { p.run(); }) == ran);
    CHECK(count_of(ran, "\n") == 11);
    constexpr auto constant = [] {
        interpreted<std::remove_const_t<decltype(y)>> q;
        q.value<decltype(X)>() = {1, 0, 1, 0};
        q.run();
        return q.result()[0];
    }();
    CHECK(constant == doctest::Approx(2 + 2 * std::sin(1)));
}

TEST_CASE("a graph shows the label") {
    input<"X", tensor<float, 2>> X;
    CHECK(show_graph(print<"two words">(X)) ==
          "%0 = X  (2,) float32\n%1 = print(%0, \"two words\")  (2,) float32\nreturn %0\n");
}
