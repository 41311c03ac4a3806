// SPDX-License-Identifier: BSL-1.0
#include <telar/graph/dot.hpp>

#include "leaf.hpp"

#include <doctest/doctest.h>
#include <telar/graph/symbol.hpp>

#include <string>

using namespace telar;
using namespace telar::ir;

namespace {

constexpr std::string_view names[] = {"W", "a \"quoted\" \\ <name>"};

void build(graph& g) {
    const symbol w = leaf(g, 0, shape(3)), x = leaf(g, 1, shape(dyn, 3));
    const symbol scaled = w * 0.5;
    const symbol total = emit::reduce(op::sum, x, 1, true);
    g.roots.push({total.id, -1, 0, 0});
    g.roots.push({scaled.id, 0, 0, 0});
}

}  // namespace

TEST_CASE("a graph for Graphviz") {
    graph g;
    build(g);
    CHECK(to_dot(g, names) == R"(digraph telar {
  node [shape=ellipse, fontname="sans-serif"];
  n0 [label="W\n(3,) float32", shape=box];
  n1 [label="a \"quoted\" \\ <name>\n(None, 3) float32", shape=box];
  n2 [label="0.5\n() float32", shape=plaintext];
  n3 [label="mul\n(3,) float32", style=bold];
  n0 -> n3;
  n2 -> n3;
  n4 [label="sum axes=(0,)\n(1, 3) float32", shape=invtrapezium, style=bold];
  n1 -> n4;
  n3 -> "W" [style=dashed];
}
)");
}

TEST_CASE("a graph for Mermaid") {
    graph g;
    build(g);
    CHECK(to_mermaid(g, names) == R"(flowchart TD
  n0["W<br/>(3,) float32"]
  n1["a #quot;quoted#quot; \ #lt;name#gt;<br/>(None, 3) float32"]
  n2>"0.5<br/>() float32"]
  n3(["mul<br/>(3,) float32"]):::root
  n0 --> n3
  n2 --> n3
  n4[\"sum axes=(0,)<br/>(1, 3) float32"/]:::root
  n1 --> n4
  state1[("W")]
  n3 -.-> state1
  classDef root stroke-width:3px
)");
}

TEST_CASE("an operation that takes one value twice has two edges") {
    graph g;
    const symbol w = leaf(g, 0, shape(3));
    const symbol square = w * w;
    CHECK(square.id == 1);
    const std::string text = to_dot(g), edge = "n0 -> n1;";
    CHECK(text.find(edge) != text.rfind(edge));
}
