// SPDX-License-Identifier: BSL-1.0
// Models whose graphs are made at run time.
#include <telar/run/graph_model.hpp>

#include "../support/arrays.hpp"
#include "../support/draft_model.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/indexing.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/recurrent.hpp>
#include <telar/expr/sort.hpp>

#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace telar;
using support::affine_model;
using support::draft;
using support::same_bits;

namespace {

using rows_of_2 = tensor<float, dyn, 2>;
using rows_of_3 = tensor<float, dyn, 3>;
const rows_of_2 one = {{1, 2}}, two = {{1, 2}, {3, 4}};

}  // namespace

TEST_CASE("a batch of any size") {
    const graph_model m = affine_model();
    m.prepare();
    for (int i = 0; i < 3; ++i) {
        const rows_of_3 y = m(one), z = m(two);
        CHECK(same_bits(y, rows_of_3{{11, 22, 38}}));
        CHECK(same_bits(z, rows_of_3{{11, 22, 38}, {13, 24, 48}}));
    }
    const any_tensor given = two;
    CHECK(m(given).extents() == shape(2, 3));
    const auto results = m.run({{"x", two}});
    CHECK(results.size() == 1);
    CHECK(results["y"].extents() == shape(2, 3));
    CHECK(results[0].values<float>()[5] == 48);
}
TEST_CASE("copies share the weights") {
    graph_model m = affine_model();
    const graph_model copy = m;
    CHECK(copy(one).as<rows_of_3>()(0, 0) == 11);
    m.set_weight("b", tensor<float, 3>{0, 20, 30});
    CHECK(copy(one).as<rows_of_3>()(0, 0) == 1);
    CHECK(copy.weight("b").values<float>()[0] == 0);
    CHECK_THROWS_WITH_AS(m.set_weight("b", tensor<float, 2>{}),
                         "draft: weight \"b\": expected float32 (3,), got float32 (2,)", wrong_shape);
    CHECK_THROWS_AS(m.set_weight("c", tensor<float, 3>{}), invalid_argument);
    CHECK(copy.weight_names() == std::vector<std::string_view>{"W", "b"});
    CHECK(affine_model()(one).as<rows_of_3>()(0, 0) == 11);
}
TEST_CASE("what depends on weights alone is computed once, and again when one is set") {
    draft d;
    const symbol x = d.input("x", shape(dyn, 2)), W = d.weight("W", tensor<float, 3, 2>{{1, 0}, {0, 1}, {2, 3}}),
                 s = d.weight("s", tensor<float, 3>{4, 9, 16});
    d.output("y", matmul(x, ir::emit::swap_last(W) * sqrt(s)));
    graph_model m = std::move(d).model();
    CHECK(same_bits(m(one).as<rows_of_3>(), rows_of_3{{2, 6, 32}}));
    CHECK(explain(m).kernels.size() == 1);
    m.set_weight("s", tensor<float, 3>{1, 1, 1});
    CHECK(same_bits(m(one).as<rows_of_3>(), rows_of_3{{1, 2, 8}}));
}
TEST_CASE("several inputs and outputs, by name") {
    draft d;
    const symbol a = d.input("a", shape(dyn)), b = d.input("b", shape(dyn));
    d.output("sum", a + b);
    d.output("product", a * b);
    d.output("largest", argmax(a, 0));
    const graph_model m = std::move(d).model();
    const tensor<float, dyn> p = {1, 5, 3}, q = {4, 5, 6}, short_one = {1, 2};
    const auto results = m.run({{"b", q}, {"a", p}});
    CHECK(same_bits(results["sum"].as<tensor<float, 3>>(), tensor<float, 3>{5, 10, 9}));
    CHECK(same_bits(results["product"].as<tensor<float, 3>>(), tensor<float, 3>{4, 25, 18}));
    CHECK(results["largest"].as<tensor<std::int64_t>>().item() == 1);
    CHECK_THROWS_WITH_AS(static_cast<void>(m.run({{"a", p}})), "draft: input \"b\" has no value", missing_feed);
    CHECK_THROWS_AS(static_cast<void>(m.run({{"a", p}, {"a", p}})), duplicate_name);
    CHECK_THROWS_WITH_AS(static_cast<void>(m.run({{"c", p}})), "draft: no input \"c\"; there are \"a\", \"b\"",
                         invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(m.run({{"a", p}, {"b", short_one}})), wrong_shape);
    CHECK_THROWS_AS(static_cast<void>(m(p, q)), invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(results["quotient"]), invalid_argument);
    CHECK_THROWS_AS(static_cast<void>(results[3]), index_error);
    CHECK(m.run({{"b", q}, {"a", p}}).size() == 3);  // what was refused left nothing behind
}
TEST_CASE("an input of another type or shape is refused, with both") {
    const graph_model m = affine_model();
    CHECK_THROWS_WITH_AS(static_cast<void>(m(tensor<float, 1, 3>{})),
                         "draft: input \"x\": expected float32 (None, 2), got float32 (1, 3)", wrong_shape);
    CHECK_THROWS_WITH_AS(static_cast<void>(m(tensor<double, 2>{})),
                         "draft: input \"x\": expected float32 (None, 2), got float64 (2,)", wrong_type);
    CHECK_THROWS_AS(static_cast<void>(m(one, one)), missing_feed);
}
TEST_CASE("routines and scans") {
    draft d;
    const symbol x = d.input("x", shape(dyn, 4)),
                 table = d.weight("table", tensor<float, 3, 2>{{1, 2}, {3, 4}, {5, 6}}),
                 places = d.weight("places", tensor<std::int64_t, 2>{2, 0});
    d.output("sorted", sort(x));
    d.output("rows", gather(table, places, 0));
    d.output("sums", cumsum(x, axis<1>));
    const symbol h = ir::emit::broadcast_to(ir::emit::constant(d.source.traced, dtype::float32, 0), shape(2, 2));
    const symbol w = d.weight("w", tensor<float, 1, 2>{{1, 1}}), u = d.weight("u", tensor<float, 2, 2>{}),
                 b = d.weight("b", tensor<float, 2>{});
    const auto [all, last] = simple_rnn(ir::emit::reshape(x, shape(2, 4, 1)), w, u, b, h);
    d.output("states", all);
    const graph_model m = std::move(d).model();
    const auto y = m.run({{"x", tensor<float, 2, 4>{{3, 1, 2, 0}, {-1, 0, 1, 5}}}});
    CHECK(same_bits(y["sorted"].as<tensor<float, 2, 4>>(), tensor<float, 2, 4>{{0, 1, 2, 3}, {-1, 0, 1, 5}}));
    CHECK(same_bits(y["rows"].as<tensor<float, 2, 2>>(), tensor<float, 2, 2>{{5, 6}, {1, 2}}));
    CHECK(same_bits(y["sums"].as<tensor<float, 2, 4>>(), tensor<float, 2, 4>{{3, 4, 6, 6}, {-1, -1, 0, 5}}));
    CHECK(y["states"].extents() == shape(2, 4, 2));
}
TEST_CASE("threads run one model at the same time") {
    const graph_model m = affine_model();
    std::vector<std::thread> threads;
    std::vector<int> right(4, 0);
    for (std::size_t t = 0; t < right.size(); ++t)
        threads.emplace_back([&m, &right, t] {
            for (int i = 0; i < 50; ++i) right[t] += m(i % 2 ? one : two).as<rows_of_3>()(0, 2) == 38;
        });
    for (std::thread& t : threads) t.join();
    for (const int n : right) CHECK(n == 50);
}
TEST_CASE("what it consists of, as text") {
    const graph_model m = affine_model();
    CHECK(show_graph(m, stage::traced) ==
          "%0 = x  (None, 2) float32\n%1 = W  (2, 3) float32\n%2 = b  (3,) float32\n"
          "%3 = matmul(%0, %1)  (None, 3) float32\n%4 = add(%2, %3)  (None, 3) float32\nreturn %4\n");
    CHECK(dot_graph(m).find("matmul") != std::string::npos);
    const explanation e = explain(m, 8);
    CHECK(e.kernels.size() == 1);
    CHECK(e.kernels[0].cost.operations == 2 * 8 * 2 * 3 + 8 * 3);
    const std::string text = summary(m);
    CHECK(text.find("weights: 2, 9 numbers (36 bytes)") != std::string::npos);
    CHECK(text.find("(None, 3)") != std::string::npos);
}
