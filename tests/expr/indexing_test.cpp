// SPDX-License-Identifier: BSL-1.0
// Indexing: values, what an index outside of its axis does, derivatives of derivatives, training a table.
#include <telar/expr/indexing.hpp>

#include "values.hpp"

#include <doctest/doctest.h>
#include <telar/telar.hpp>

using namespace telar;
using namespace telar::expr;
using namespace telar::ir::kernels;
using values::counted;
using values::holds;
using values::value_of;
using values::vector_of;

// ---------------------------------------------------------------- in constant evaluation
// clang-format off
static_assert(holds<int>(value_of([](symbol x, symbol i) { return gather(x, i); }, counted<int>(shape(3, 2)), vector_of<int>({2, 0, 2})),
                         shape(3, 2), {4, 5, 0, 1, 4, 5}));
static_assert(holds<bool>(value_of([](symbol x, symbol i) { return gather(x > 2, i, 1); }, counted<int>(shape(2, 3)), vector_of<std::uint8_t>({2, 0})),
                          shape(2, 2), {false, false, true, true}));
static_assert(holds<int>(value_of<false>([](symbol x, symbol i) { return gather(x, i, 1); }, counted<int>(shape(2, 3)), vector_of<int>({1})),
                         shape(2, 1), {1, 4}));
static_assert(holds<int>(value_of([](symbol x, symbol i, symbol u) { return scatter_add(x, i, u); }, vector_of<int>({1, 2, 3}), vector_of<int>({2, 0, 2}), vector_of<int>({10, 20, 30})),
                         shape(3), {21, 2, 43}));
static_assert(holds<int>(value_of([](symbol x, symbol i, symbol u) { return scatter_update(x, i, u); }, vector_of<int>({1, 2, 3}), vector_of<int>({2, 0, 2}), vector_of<int>({10, 20, 30})),
                         shape(3), {20, 2, 30}));
static_assert(holds<int>(value_of([](symbol x, symbol i, symbol u) { return scatter_max(x, i, u) - scatter_min(x, i, u); }, vector_of<int>({1, 2, 3}), vector_of<int>({2, 0, 2}), vector_of<int>({10, 20, -30})),
                         shape(3), {19, 0, 40}));
static_assert(holds<int>(value_of([](symbol x, symbol i) { return segment_sum(x, i, 3); }, counted<int>(shape(4, 2)), vector_of<int>({2, 0, 2, 0})),
                         shape(3, 2), {8, 10, 0, 0, 4, 6}));
// clang-format on

namespace {

/// The first mistake of f(x (4,3), indices).
template <class F> constexpr mistake_kind mistake_of(F f, shape indices, dtype type = dtype::int32) {
    graph g;
    const symbol x = declare_leaf(g, 0, {dtype::float32, 0, shape(4, 3)}), i = declare_leaf(g, 1, {type, 0, indices});
    f(x, i);
    return g.error.what;
}
constexpr auto taken = [](symbol x, symbol i) { return take_along_axis(x, i, 0); };
constexpr auto batched = [](symbol x, symbol i) { return gather(x, i, 1, 1); };
constexpr auto named = [](symbol x, symbol i) { return gather_nd(x, i); };
static_assert(mistake_of(taken, shape(2, 3)) == mistake_kind::none);
static_assert(mistake_of(taken, shape(2)) == mistake_kind::indices);
static_assert(mistake_of(taken, shape(2, 2)) == mistake_kind::broadcast);
static_assert(mistake_of(taken, shape(2, 3), dtype::float32) == mistake_kind::needs_integer);
static_assert(mistake_of(batched, shape(4, 7)) == mistake_kind::none);
static_assert(mistake_of(batched, shape(5, 7)) == mistake_kind::indices);
static_assert(mistake_of(named, shape(5, 2)) == mistake_kind::none);
static_assert(mistake_of(named, shape(5, 3)) == mistake_kind::indices);
static_assert(mistake_of(named, shape(5, dyn)) == mistake_kind::indices);
static_assert(mistake_of([](symbol x, symbol i) { return gather(x, i, 2); }, shape(2)) == mistake_kind::axis);

constexpr auto picked = telar::function([](auto x, auto i) { return gather(x, i); });

template <class F> std::string text_of_index_error(F f) {
    try {
        f();
    } catch (const index_error& e) { return e.what(); }
    return "nothing was thrown";
}

}  // namespace

// ---------------------------------------------------------------- at run time
TEST_CASE("an index outside of its axis is refused, by its number") {
    const tensor<float, 3, 2> x = {{1, 2}, {3, 4}, {5, 6}};
    CHECK(text_of_index_error([&] {
              picked(x, tensor<int, 2>{0, 3});
          }) == "gather: index 3 is outside of an axis of extent 3");
    CHECK(text_of_index_error([&] {
              picked(x, tensor<std::int64_t, 2>{-1, 0});
          }) == "gather: index -1 is outside of an axis of extent 3");
    CHECK(text_of_index_error([&] {
              segment_sum(x, tensor<int, 3>{0, 1, 2}, segments<2>);
          }) == "scatter: index 2 is outside of an axis of extent 2");
    CHECK(text_of_index_error([&] { picked(tensor<float, dyn, 2>::uninitialized(shape(0, 2)), tensor<int, 1>{0}); }) ==
          "gather: index 0 is outside of an axis of extent 0");
    const tensor<float, dyn, 2> none =
        picked(tensor<float, dyn, 2>::uninitialized(shape(0, 2)), tensor<int, dyn>::uninitialized(shape(0)));
    CHECK(none.extents() == shape(0, 2));
    using code = decltype(graph_of(picked, x, tensor<int, 2>()));
    growable<reference::array> leaves;
    leaves.push(counted<float>(shape(3, 2)));
    leaves.push(vector_of<int>({0, 3}));
    CHECK(text_of_index_error([&] { reference::interpret(code::trace_graph.thaw(), leaves); }) ==
          "gather: index 3 is outside of an axis of extent 3");
}
TEST_CASE("a run that is refused has changed no variable") {
    variable<"T", tensor<float, 4, 3>> T;
    variable<"b", tensor<float, 3>> b;
    variable<"n", tensor<float>> n;
    input<"ids", tensor<int, 5>> ids;
    T = tensor<float, 4, 3>{{0, 1, 2}, {3, 4, 5}, {6, 7, 8}, {9, 10, 11}};
    b = tensor<float, 3>{1, 2, 3};
    n = tensor<float>(7);
    const auto y = embedding(T, ids) + b;
    const auto step = update(b = b * 2.0f, n = n + 1.0f, T = T - gradient(sum(y * y), T));
    CHECK_THROWS_AS(run(step, ids = tensor<int, 5>{0, 1, 2, 3, 4}), index_error);
    CHECK(b.value()(1) == 2);
    CHECK(n.value().item() == 7);
    CHECK(T.value()(3, 2) == 11);
    run(step, ids = tensor<int, 5>{0, 1, 1, 3, 0});
    CHECK(b.value()(1) == 4);
    CHECK(n.value().item() == 8);
    CHECK(T.value()(2, 2) == 8);                    // not named
    CHECK(T.value()(1, 0) == 3 - 2 * 2 * (3 + 1));  // twice
    CHECK(T.value()(3, 2) == 11 - 2 * (11 + 3));
}
TEST_CASE("a training step that is refused for a label has changed no variable") {
    variable<"W", matrix<float, 3, 2>> W;
    variable<"b", tensor<float, 3>> b;
    input<"X", tensor<float, dyn, 2>> X;
    input<"labels", tensor<int, dyn>> labels;
    auto step = minimize(mean(sparse_softmax_cross_entropy(W * X + b, labels)), momentum{});
    const tensor<float, 2, 2> x = {{1, 2}, {3, 4}};
    for (const int label : {3, -1}) {
        CHECK_THROWS_WITH_AS(run(step, X = x, labels = tensor<int, 2>{0, label}),
                             ("gather: index " + std::to_string(label) + " is outside of an axis of extent 3").c_str(),
                             index_error);
        for (const float w : W.value()) CHECK(w == 0);
        for (const float v : b.value()) CHECK(v == 0);
    }
    CHECK(run(step, X = x, labels = tensor<int, 2>{0, 2}).item() == doctest::Approx(std::log(3.0)));
    CHECK(W.value()(0, 0) != 0);
}
