// SPDX-License-Identifier: BSL-1.0
#include <telar/graph/print.hpp>

#include "leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/scan.hpp>
#include <telar/graph/symbol.hpp>

#include <string>

using namespace telar;
using namespace telar::ir;

namespace {

constexpr std::string_view names[] = {"x", "W", "b"};

void build_layer(graph& g) {
    const symbol x = leaf(g, 0, shape(dyn, 784)), w = leaf(g, 1, shape(784, 10)), b = leaf(g, 2, shape(10));
    const symbol y = emit::matmul(x, w) + b;
    const symbol loss = emit::reduce(op::sum, y * y, 0b11, false);
    const symbol next = b * 0.1;
    g.roots.push({loss.id, -1, 0, 0});
    g.roots.push({next.id, 2, 0, 0});
}

}  // namespace

TEST_CASE("one line per node, and what leaves the graph") {
    graph g;
    build_layer(g);
    CHECK(to_string(g, names) ==
          "%0 = x  (None, 784) float32\n"
          "%1 = W  (784, 10) float32\n"
          "%2 = b  (10,) float32\n"
          "%3 = matmul(%0, %1)  (None, 10) float32\n"
          "%4 = add(%2, %3)  (None, 10) float32\n"
          "%5 = mul(%4, %4)  (None, 10) float32\n"
          "%6 = sum(%5, axes=(0, 1))  (1, 1) float32\n"
          "%7 = reshape(%6)  () float32\n"
          "%8 = constant(0.1)  () float32\n"
          "%9 = mul(%2, %8)  (10,) float32\n"
          "return %7, %9 -> b\n");
    CHECK(to_string(g).starts_with("%0 = leaf_0  (None, 784) float32\n"));
    CHECK(to_string(graph{}) == "");
}

TEST_CASE("nodes are named as TensorFlow counts them") {
    graph g;
    const symbol a = leaf(g, 0, shape(3), dtype::int32);
    const symbol b = a + a, c = b + a, d = c + b;
    CHECK(node_name(g, b.id) == "add");
    CHECK(node_name(g, c.id) == "add_1");
    CHECK(node_name(g, d.id) == "add_2");
    CHECK(node_name(g, a.id, names) == "x");
    CHECK(describe(g, b.id) == "Tensor(\"add:0\", shape=(3,), dtype=int32)");
    CHECK(describe(g, a.id, names) == "Tensor(\"x:0\", shape=(3,), dtype=int32)");
}

TEST_CASE("unknown extents are None, or what they are made of") {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 28, 28)), y = leaf(g, 1, shape(dyn));
    const extent_t n = x.extents()[0], m = y.extents()[0];
    const symbol flat = emit::reshape(x, shape(g.dims.multiply(n, 784)));
    const symbol both = emit::concat(flat, y, 0);
    CHECK(describe(g, both.id) == "Tensor(\"concat:0\", shape=(None,), dtype=float32)");
    const auto text = [&](extent_t e) { return graph_text::extent_text(g.dims, e); };
    CHECK(text(g.dims.multiply(n, 784)) == "n*784");
    CHECK(text(m) == "n1");
    CHECK(text(g.dims.divide(g.dims.add(m, 2), 2)) == "(n1+2)/2");
    CHECK(text(g.dims.multiply(g.dims.add(n, 1), 3)) == "(n+1)*3");
    CHECK(to_string(g, names, unknown_extents::as_expressions).find("reshape(%0)  (n*784,) float32") !=
          std::string::npos);
    g.dims.unify(m, 5);
    CHECK(text(m) == "5");
    CHECK(text(n) == "n");
}

TEST_CASE("attributes and constants are printed") {
    graph g;
    const symbol x = leaf(g, 0, shape(2, 3, dyn));
    const extent_t turned[] = {2, 0, 1}, start[] = {0, 1, 0};
    const extent_t n = x.extents()[2];
    const auto line = [&](symbol s) {
        const std::string all = to_string(g), head = "%" + std::to_string(s.id) + " = ";
        const std::size_t at = all.find(head) + head.size();
        return all.substr(at, all.find('\n', at) - at);
    };
    CHECK(line(emit::transpose(x, turned)) == "transpose(%0, permutation=(2, 0, 1))  (None, 2, 3) float32");
    CHECK(line(emit::slice(x, start, shape(2, 2, n))) == "slice(%0, start=(0, 1, 0))  (2, 2, None) float32");
    CHECK(line(emit::pad(x, start, shape(2, 5, n))) == "pad(%0, before=(0, 1, 0))  (2, 5, None) float32");
    CHECK(line(emit::concat(x, x, 1)) == "concat(%0, %0, axis=1)  (2, 6, None) float32");
    CHECK(line(emit::reduce(op::max, x, 0b101, true)) == "max(%0, axes=(0, 2))  (1, 3, 1) float32");
    CHECK(line(emit::reduce(op::max, x, 0b010, true)) == "max(%0, axes=(1,))  (2, 1, None) float32");
    CHECK(line(emit::extent(g, n, dtype::int64)) == "extent(n)  () int64");
    CHECK(line(emit::iota(g, 4, dtype::int32)) == "iota()  (4,) int32");
    CHECK(line(emit::constant(g, dtype::float64, 0.1)) == "constant(0.1)  () float64");
    CHECK(line(emit::constant(g, dtype::int32, -3)) == "constant(-3)  () int32");
    CHECK(line(emit::constant(g, dtype::boolean, 1)) == "constant(true)  () bool");
    node n1 = g[emit::elementwise(op::exp, x).id];
    n1.copy = 2;
    CHECK(line({&g, g.add(n1), false}) == "exp(%0)  (2, 3, None) float32  copy 2");
}
TEST_CASE("a scan says how many steps it takes, or while what it takes them") {
    graph g;
    const symbol rows = leaf(g, 0, shape(dyn, 3));
    g.roots.push({emit::scan(g, rows.extents()[0]).id, -1, 0, 0});
    (void)emit::scan(g, 7, true);
    (void)emit::scan(g, unlimited_steps, true);
    CHECK(to_string(g) ==
          "%0 = leaf_0  (None, 3) float32\n"
          "%1 = scan(steps=n)  () bool\n"
          "%2 = scan(while, steps<=7)  () bool\n"
          "%3 = scan(while)  () bool\n"
          "return %1\n");
}
