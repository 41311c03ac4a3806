// SPDX-License-Identifier: BSL-1.0
// Feeds and results in memory that is not telar's.
#include <doctest/doctest.h>
#include <telar/telar.hpp>

#include <array>
#include <span>
#include <vector>

using namespace telar;

namespace {

input<"X", tensor<float, dyn, 3>> X;
const tensor<float, dyn, 3> doubled{{2, 4, 6}, {8, 10, 12}};
const auto twice = [](const auto& feed) { return run(X * 2, feed); };

}  // namespace

TEST_CASE("a feed takes std::vector, std::span, std::array, a C array and a view") {
    std::vector<float> values{1, 2, 3, 4, 5, 6};
    const std::array<float, 6> array{1, 2, 3, 4, 5, 6};
    const float plain[]{1, 2, 3, 4, 5, 6};
    tensor<float, 4, 3> rows{{0, 0, 0}, {1, 2, 3}, {4, 5, 6}, {0, 0, 0}};
    CHECK(same(twice(X = values), doubled));
    CHECK(same(twice(X = std::span(values)), doubled));
    CHECK(same(twice(X = std::span<const float>(values)), doubled));
    CHECK(same(twice(X = array), doubled));
    CHECK(same(twice(X = plain), doubled));
    CHECK(same(twice(X = rows.rows(1, 3)), doubled));
    CHECK(same(twice(X = tensor_view(values.data(), shape(2, 3))), doubled));
    CHECK(same(twice(X = std::vector<float>{}), tensor<float, dyn, 3>(shape(0, 3))));
    const auto stored = (X = std::vector<float>{1, 2, 3, 4, 5, 6});  // a temporary is owned
    const auto copied = stored;
    CHECK(same(twice(stored), doubled));
    CHECK(same(twice(copied), doubled));
    CHECK(same(twice(X = std::array<float, 6>{1, 2, 3, 4, 5, 6}), doubled));
    const auto viewed = (X = values);  // an lvalue is viewed
    values.assign({2, 4, 6, 8, 10, 12});
    CHECK(same(twice(viewed), tensor<float, dyn, 3>{{4, 8, 12}, {16, 20, 24}}));
}
TEST_CASE("values that do not make the input's shape are named") {
    std::vector<float> four{1, 2, 3, 4};
    CHECK_THROWS_WITH_AS(twice(X = four), "\"X\": 4 values do not make a tensor of shape (None, 3)", wrong_shape);
    CHECK_THROWS_WITH_AS(twice(X = tensor_view(four)), "\"X\": expected shape (None, 3), got (4,)", wrong_shape);
    CHECK_THROWS_WITH_AS(twice(X = tensor_view(four, shape(2, 2))), "\"X\": expected shape (None, 3), got (2, 2)",
                         wrong_shape);
    input<"Y", tensor<float, dyn, dyn>> Y;
    CHECK_THROWS_WITH_AS(
        static_cast<void>(run(Y * 2, Y = four)),
        "\"Y\": 4 values do not make a tensor of shape (None, None): feed tensor_view(values, shape(...))",
        wrong_shape);
    CHECK(run(sum(Y), Y = tensor_view(four, shape(2, 2))).item() == 10);
    input<"Z", tensor<float, 2, 3>> Z;
    CHECK_THROWS_WITH_AS(static_cast<void>(run(sum(Z), Z = four)),
                         "\"Z\": 4 values do not make a tensor of shape (2, 3)", wrong_shape);
}
TEST_CASE("run_into writes to memory that is viewed") {
    const tensor<float, 2, 3> x{{1, 2, 3}, {4, 5, 6}};
    std::vector<float> out(12);
    run_into(tensor_view(out.data() + 3, shape(2, 3)), X * 2, X = x);
    CHECK(out == std::vector<float>{0, 0, 0, 2, 4, 6, 8, 10, 12, 0, 0, 0});
    tensor<float, 4, 3> both;
    auto first = both.rows(0, 2), middle = both.rows(1, 3), last = both.rows(2, 4);
    run_into(std::tie(first, last), fetch(X + 0, X * 2), X = x);
    CHECK(same(tensor<float, dyn, 3>(both.rows(0, 2)), tensor<float, dyn, 3>(x)));
    CHECK(same(tensor<float, dyn, 3>(both.rows(2, 4)), doubled));
    CHECK_THROWS_WITH_AS(run_into(std::tie(first, middle), fetch(X + 0, X * 2), X = x),
                         "run_into: one tensor is to hold two results", overlapping_output);
    CHECK_THROWS_WITH_AS(run_into(middle, X * 2, X = both),
                         "run_into: the result has shape (4, 3), the tensor has (2, 3)", wrong_shape);
    CHECK_THROWS_AS(run_into(middle, X * 2, X = first), overlapping_output);
}
