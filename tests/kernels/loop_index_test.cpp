// SPDX-License-Identifier: BSL-1.0
// 0, 1, 2, ... along the last axis is counted where it is used, whatever axes a kernel reduces or keeps.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>

using namespace telar;
using namespace telar::ir;
using support::error_of_call;
using support::random_tensor;
using support::roundings;

namespace {

constexpr symbol places(symbol x) { return emit::iota(*x.g, x.extents()[x.rank() - 1], x.type()); }

// clang-format off
constexpr auto map = telar::function([](auto x) { return x * places(x) + places(x); });
constexpr auto over_all = telar::function([](auto x) { return sum(x * places(x)); });
constexpr auto over_rows = telar::function([](auto x) { return sum(x * places(x), -1) * 2; });
constexpr auto over_columns = telar::function([](auto x) { return sum(x * places(x), 0) + places(x); });
constexpr auto of_rows = telar::function([](auto x) { return softmax(x) * places(x); });
constexpr auto turned = telar::function([](auto x) { return transpose(x) + expand_dims(places(x), {-1}); });
constexpr auto of_product = telar::function([](auto x, auto y) { return matmul(x, y) + emit::iota(*y.g, y.extents()[1], y.type()); });
constexpr auto twice = telar::function([](auto x) { const symbol i = places(x); return std::array{i + 1, sum(where(x > i, x, i), 0)}; });
// clang-format on

}  // namespace

TEST_CASE("an index in every kind of kernel") {
    generator random(1);
    for (const shape& s : {shape(1, 1), shape(3, 1), shape(1, 5), shape(4, 16), shape(7, 33), shape(33, 100),
                           shape(0, 4), shape(4, 0)}) {
        const extent_t rows = s[0], columns = s[1];
        CAPTURE(rows);
        CAPTURE(columns);
        const auto x = random_tensor<float, dyn, dyn>(random, shape(rows, columns), -1, 1);
        const auto y = random_tensor<float, dyn, dyn>(random, shape(columns, 9), -1, 1);
        CHECK(error_of_call(1, map, x) < roundings<float>(400));
        CHECK(error_of_call(1, over_all, x) < roundings<float>(200000));
        CHECK(error_of_call(1, over_rows, x) < roundings<float>(20000));
        CHECK(error_of_call(1, over_columns, x) < roundings<float>(20000));
        CHECK(error_of_call(1, turned, x) < roundings<float>(400));
        CHECK(error_of_call(1, of_product, x, y) < roundings<float>(400));
        CHECK(error_of_call(1, twice, x) < roundings<float>(20000));
        if (columns > 0) CHECK(error_of_call(1, of_rows, x) < roundings<float>(400));
    }
}
TEST_CASE("an index along an axis of one element, known when compiled") {
    generator random(2);
    const auto x = random_tensor<float, 5, 1>(random, shape(5, 1), -1, 1);
    CHECK(error_of_call(1, map, x) < roundings<float>(4));
    CHECK(error_of_call(1, over_rows, x) < roundings<float>(4));
    CHECK(error_of_call(1, over_columns, x) < roundings<float>(4));
}
TEST_CASE("it is no kernel of its own, and no memory") {
    static_assert(decltype(graph_of(map, tensor<float, 5, 7>()))::plan_sizes.kernels == 1);
    static_assert(decltype(graph_of(of_rows, tensor<float, 5, 7>()))::plan_sizes.kernels == 1);
    static_assert(decltype(graph_of(map, tensor<float, 5, 7>()))::workspace_bytes() == 0);
}
