// SPDX-License-Identifier: BSL-1.0
// Lazy: leaves, feeds, several results, the caller's memory, and the texts of what can go wrong.
#include <telar/run/program.hpp>

#include "../support/arrays.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <string>

using namespace telar;
using support::random_tensor;
using support::same_bits;

namespace {

using rows = tensor<float, dyn, 3>;

/// The text of the failure, or "" if there is none.
template <class Error, class F> std::string text_of(F f) {
    try {
        f();
    } catch (const Error& e) { return e.what(); }
    return "";
}

}  // namespace

TEST_CASE("inputs, variables, captured tensors and numbers") {
    variable<"v", tensor<float, 3>> v(tensor<float, 3>{1, 2, 3});
    input<"x", rows> x;
    const tensor<float, 3> kept{10, 20, 30}, viewed{100, 200, 300};
    const auto y = 2.0f * x + v * kept - ref(viewed) * 0.5f + tensor<float, 3>{1, 1, 1};
    CHECK(same_bits(run(y, x = tensor<float, 1, 3>{{1, 2, 3}}), rows{{-37, -55, -53}}));
    v = tensor<float, 3>{0, 0, 0};
    CHECK(same_bits(run(y, x = rows(shape(0, 3))), rows(shape(0, 3))));
    CHECK(same_bits(run(y, x = {{0, 0, 0}, {1, 1, 1}}), rows{{-49, -99, -149}, {-47, -97, -147}}));
}
TEST_CASE("captured values are told apart by their places") {
    input<"x", tensor<float>> x;
    const auto a = 2.0f * x, b = 3.0f * x;
    CHECK(float(run(a + b + 5.0f * (a - b), x = 1.0f)) == 0);
    CHECK(float(run(a * a * b, x = 1.0f)) == 12);
    const auto [p, q, r] = run(fetch(a, b, a * b + 7.0f), x = 1.0f);
    CHECK(p.item() == 2);
    CHECK(q.item() == 3);
    CHECK(r.item() == 13);
}
TEST_CASE("an expression outlives its operands") {
    const auto make = [] {
        variable<"v", tensor<float, 2>> v(tensor<float, 2>{1, 2});
        tensor<float, 2> t{10, 20};
        auto y = v * t + tensor<float, 2>{1, 1};
        t(0) = 0;                    // a captured tensor is a copy
        v = tensor<float, 2>{3, 4};  // a variable is shared
        return y;
    };
    CHECK(same_bits(run(make()), {31, 81}));
}
TEST_CASE("fetch computes what its results share once, in one run") {
    input<"x", rows> x;
    const auto e = exp(x);
    const auto both = fetch(sum(e), e / sum(e, axis<-1>, keep_dims), x);
    static_assert(decltype(compile(both))::code::count(op::exp) == 1);
    const rows data{{1, 2, 3}, {-1, 0, 1}};
    const auto [total, shares, copy] = run(both, x = data);
    CHECK(total.item() == doctest::Approx(std::exp(1) + std::exp(2) + std::exp(3) + std::exp(-1) + 1 + std::exp(1)));
    CHECK(support::error_of(shares, support::array_of(softmax(data))) < 1e-6);
    CHECK(same_bits(copy, data));
}
TEST_CASE("a result may be a leaf, a view of one, a constant, or one value twice") {
    input<"x", rows> x;
    const rows data{{1, 2, 3}, {4, 5, 6}};
    const auto y = x * 2.0f;
    const auto [a, b, c, d, e] = run(fetch(x, transpose(x), zeros_like(x), y, y), x = data);
    CHECK(same_bits(a, data));
    CHECK(same_bits(b, tensor<float, 3, dyn>{{1, 4}, {2, 5}, {3, 6}}));
    CHECK(same_bits(c, rows(shape(2, 3))));
    CHECK(same_bits(d, e));
    CHECK(same_bits(d, rows{{2, 4, 6}, {8, 10, 12}}));
    CHECK(same_bits(run(reshape(x, extents<-1>), x = data), tensor<float, dyn>{1, 2, 3, 4, 5, 6}));
}
TEST_CASE("run_into writes where it is told, and only there") {
    variable<"v", rows> v(rows{{1, 2, 3}});
    input<"x", rows> x;
    const auto y = x + v;
    rows out(shape(1, 3));
    const float* const memory = out.data();
    run_into(out, y, x = {{1, 1, 1}});
    CHECK(same_bits(out, {{2, 3, 4}}));
    CHECK(out.data() == memory);
    rows larger(shape(2, 3));
    CHECK(text_of<wrong_shape>([&] {
              run_into(larger, y, x = {{1, 1, 1}});
          }) == "run_into: the result has shape (1, 3), the tensor has (2, 3)");
    CHECK(text_of<overlapping_output>([&] { run_into(out, y, x = out); }) ==
          "run_into: the output overlaps \"x\", which is read");
    CHECK(text_of<overlapping_output>([&] { run_into(v.value(), y, x = out); }) ==
          "run_into: the output overlaps \"v\", which is read");
    CHECK(same_bits(out, {{2, 3, 4}}));
    CHECK(same_bits(v.value(), {{1, 2, 3}}));
}
TEST_CASE("what the errors say") {
    input<"x", rows> x;
    input<"y", rows> y;
    input<"square", tensor<float, dyn, dyn>> square;
    CHECK(text_of<wrong_shape>([&] { (void)run(x + 1.0f, x = tensor<float, dyn, dyn>(shape(2, 4))); }) ==
          "\"x\": expected shape (None, 3), got (2, 4)");
    CHECK(text_of<wrong_shape>([&] { (void)run(x + y, x = rows(shape(2, 3)), y = rows(shape(4, 3))); }) ==
          "extents must be equal: 2 (axis 0 of \"x\") and 4 (axis 0 of \"y\")");
    CHECK(text_of<wrong_shape>([&] {
              (void)run(matmul(square, square), square = tensor<float, dyn, dyn>(shape(2, 5)));
          }).find("5 (axis 1 of \"square\")") != std::string::npos);
    CHECK(text_of<wrong_shape>([&] { (void)run(slice(x, axis<0>, range<0, 3>), x = rows(shape(2, 3))); }) ==
          "an extent is too small: 3 elements are asked of 2 (axis 0 of \"x\")");
    CHECK(text_of<wrong_shape>([&] { (void)run(slice(x, axis<0>, range<-3>), x = rows(shape(2, 3))); }) ==
          "an extent is too small: 3 elements are asked of 2 (axis 0 of \"x\")");
    CHECK(text_of<wrong_shape>([&] {
              (void)run(reshape(square, extents<4, -1>), square = tensor<float, dyn, dyn>(shape(3, 3)));
          }) != "");
    CHECK(text_of<wrong_shape>([&] {
              (void)run(x * tensor<float, dyn>{1, 2}, x = rows(shape(2, 3)));
          }).find("a captured value") != std::string::npos);
}
TEST_CASE("an extent known only when run does not broadcast, even if it is 1") {
    input<"x", rows> x;
    input<"y", rows> y;
    CHECK_THROWS_AS(run(x + y, x = rows(shape(1, 3)), y = rows(shape(4, 3))), wrong_shape);
    CHECK(run(x + y, x = rows(shape(1, 3)), y = rows(shape(1, 3))).extents() == shape(1, 3));
}
TEST_CASE("two objects with one name") {
    variable<"W", tensor<float, 2>> first(tensor<float, 2>{1, 2}), second(tensor<float, 2>{3, 4});
    const auto same = alias(first);
    CHECK(same_bits(run(first + same), {2, 4}));
    const std::string text =
        "two different variables named \"W\" in one graph: a copy is another variable, alias(v) the same one";
    CHECK(text_of<duplicate_name>([&] { (void)(first + second); }) == text);
    CHECK(text_of<duplicate_name>([&] { (void)(first * 2.0f + tanh(second)); }) == text);
    CHECK(text_of<duplicate_name>([&] { (void)fetch(first, second); }) == text);
}
TEST_CASE("a program is used through its workspaces") {
    input<"x", rows> x;
    variable<"v", tensor<float, 3>> v(tensor<float, 3>{1, 2, 3});
    const auto p = compile(sum(x * v, axis<1>));
    workspace one, other;
    for (const extent_t n : {1, 5, 2, 0, 5, 64}) {
        const auto data = full<float, dyn, 3>(shape(n, 3), 1);
        CHECK(same_bits(p(one, x = data), full<float, dyn>(shape(n), 6)));
        CHECK(same_bits(p(other, x = data), full<float, dyn>(shape(n), 6)));
    }
    workspace fails_first;
    CHECK_THROWS_AS(p(fails_first, x = tensor<float, dyn, dyn>(shape(2, 2))), wrong_shape);
    CHECK(same_bits(p(fails_first, x = rows{{1, 0, 0}}), {1}));
}
TEST_CASE("several results into several tensors") {
    input<"x", tensor<float, dyn>> x;
    const auto both = fetch(x * 2.0f, sum(x));
    tensor<float, dyn> twice(shape(3));
    tensor<float> total;
    const tensor<float, dyn> data = {1, 2, 3};
    run_into(std::tie(twice, total), both, x = data);
    CHECK(twice(2) == 6);
    CHECK(total.item() == 6);
    tensor<float, dyn> other(shape(2));
    CHECK_THROWS_AS(run_into(std::tie(other, total), both, x = data), wrong_shape);
    const auto alike = fetch(x * 2.0f, x + 1.0f);
    CHECK(text_of<overlapping_output>([&] { run_into(std::tie(twice, twice), alike, x = data); }) ==
          "run_into: one tensor is to hold two results");
}
