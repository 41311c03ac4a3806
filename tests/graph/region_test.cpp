// SPDX-License-Identifier: BSL-1.0
#include <telar/graph/open_region.hpp>

#include "../support/cpu_target.hpp"

#include <doctest/doctest.h>
#include <telar/graph/dot.hpp>
#include <telar/graph/frozen.hpp>
#include <telar/graph/state.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/passes/pipeline.hpp>

#include <string>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::passes;

namespace {

constexpr symbol leaf(graph& g, extent_t number, shape extents) {
    node n;
    n.kind = op::leaf;
    n.attribute[0] = number;
    n.extents = extents;
    return {&g, g.add(n)};
}
/// relu(matmul(x, w)) in outer.inner, twice that in outer, and its square in none.
constexpr graph scoped() {
    graph g;
    const symbol x = leaf(g, 0, shape(2, 3)), w = leaf(g, 1, shape(3, 4));
    symbol y;
    {
        open_region outer(g, "outer");
        {
            open_region inner(g, "inner", "dense", "units=4");
            y = emit::elementwise(op::relu, emit::matmul(x, w));
        }
        y = emit::elementwise(op::add, y, y);
    }
    y = emit::elementwise(op::mul, y, y);
    g.roots.push({y.id, -1, 0, 0});
    return g;
}
constexpr std::string_view path_of(const graph& g, op k) {
    for (int i = 0; i < g.size(); ++i)
        if (g[i].kind == k) return g.regions.path_of(i);
    return "absent";
}
constexpr bool nodes_know_their_region() {
    const graph g = scoped();
    const region_list& r = g.regions;
    return path_of(g, op::leaf).empty() && path_of(g, op::matmul) == "outer.inner" &&
           path_of(g, op::relu) == "outer.inner" && path_of(g, op::add) == "outer" && path_of(g, op::mul).empty() &&
           r.all.size() == 3 && r.text(r.all[2].kind) == "dense" && r.text(r.all[2].configuration) == "units=4" &&
           r.all[2].outer == 1 && r.text(r.all[1].kind).empty();
}
constexpr bool passes_keep_them() {
    graph g = scoped();
    for (const auto& pass : optimisations) {
        region_list named = g.regions;
        g = pass(g);
        named.starts = g.regions.starts;
        g.regions = std::move(named);
    }
    return path_of(g, op::matmul) == "outer.inner" && path_of(g, op::relu) == "outer.inner" &&
           path_of(g, op::add) == "outer" && path_of(g, op::mul).empty();
}
constexpr bool equal_nodes_are_one_of_the_first_region() {
    graph g;
    const symbol x = leaf(g, 0, shape(3));
    int first = 0, second = 0;
    {
        open_region a(g, "a");
        first = emit::elementwise(op::exp, x).id;
    }
    {
        open_region b(g, "b");
        second = emit::elementwise(op::exp, x).id;
    }
    return first == second && g.regions.path_of(first) == "a";
}
constexpr bool a_derivative_belongs_where_its_operation_does() {
    graph g;
    const symbol x = leaf(g, 0, shape(3));
    symbol y;
    {
        open_region a(g, "a");
        y = emit::elementwise(op::tanh, x);
    }
    const symbol loss = emit::reduce(op::sum, emit::elementwise(op::exp, y), 1, false);
    const int before = g.size();
    symbol dx;
    differentiate(loss, &x, 1, &dx);
    int in_a = 0, outside = 0;
    for (int i = before; i < g.size(); ++i) (g.regions.path_of(i) == "a" ? in_a : outside) += 1;
    return g.regions.path_of(dx.id) == "a" && in_a >= 3 && outside >= 1 && g.regions.now == 0;
}
constexpr bool training_is_inherited() {
    graph g;
    g.regions.set_training(true);
    bool right = g.regions.is_training();
    {
        open_region a(g, "a");
        right = right && g.regions.is_training();
        a.set_training(false);
        open_region b(g, "b");
        right = right && !g.regions.is_training();
    }
    return right && g.regions.is_training();
}
constexpr int region_at(int node) {
    growable<region_start> starts;
    for (const region_start s : {region_start{2, 5}, region_start{4, 0}, region_start{4, 7}, region_start{9, 1}})
        starts.push(s);
    return region_of(starts, node);
}

struct scoped_stage {
    static constexpr graph made() { return scoped(); }
    using stage = evaluated<scoped_stage, graph_sizes{16, 2, 2, 2, 2, 8, 8, 64}>;
};

}  // namespace

TEST_CASE("nodes know the region in which they were added") {
    static_assert(nodes_know_their_region());
    CHECK(nodes_know_their_region());
}
TEST_CASE("passes keep the region of what they rewrite") {
    static_assert(passes_keep_them());
    CHECK(passes_keep_them());
}
TEST_CASE("a region is no part of a node") {
    static_assert(equal_nodes_are_one_of_the_first_region());
    CHECK(equal_nodes_are_one_of_the_first_region());
}
TEST_CASE("a derivative belongs where its operation does") {
    static_assert(a_derivative_belongs_where_its_operation_does());
    CHECK(a_derivative_belongs_where_its_operation_does());
}
TEST_CASE("a region trains where the one around it does, unless it says otherwise") {
    static_assert(training_is_inherited());
    CHECK(training_is_inherited());
}
TEST_CASE("the last start at or before a node says its region") {
    const int expected[] = {0, 0, 5, 5, 7, 7, 7, 7, 7, 1, 1};
    for (int node = 0; node < 11; ++node) CHECK(region_at(node) == expected[node]);
    static_assert(region_at(3) == 5 && region_at(100) == 1);
}
TEST_CASE("a frozen graph keeps its regions, and so does the constant of a program") {
    const graph g = scoped_stage::stage::value.thaw();
    CHECK(path_of(g, op::matmul) == "outer.inner");
    CHECK(path_of(g, op::add) == "outer");
    CHECK(path_of(g, op::mul).empty());
}
TEST_CASE("a kernel belongs to the region of its product, or of most of its nodes") {
    const schedule s = make_schedule(scoped(), support::cpu_target);
    REQUIRE(s.kernels.size() == 1);
    CHECK(s.kernels[0].region == 2);
}
TEST_CASE("a graph as text and as a picture shows regions") {
    const std::string text = to_string(scoped());
    CHECK(text.find("relu(%2)  (2, 4) float32  in outer.inner\n") != std::string::npos);
    CHECK(text.find("add(%3, %3)  (2, 4) float32  in outer\n") != std::string::npos);
    CHECK(text.find("mul(%4, %4)  (2, 4) float32\n") != std::string::npos);
    CHECK(to_dot(scoped()).find("  subgraph cluster_1 { label=\"outer\";\n  n4;\n"
                                "  subgraph cluster_2 { label=\"inner\";\n  n2;\n  n3;\n  }\n  }\n") !=
          std::string::npos);
    CHECK(to_mermaid(scoped()).find("  subgraph region1[\"outer\"]\n  n4\n"
                                    "  subgraph region2[\"inner\"]\n  n2\n  n3\n  end\n  end\n") != std::string::npos);
}
TEST_CASE("a mistake tells the end of its region's path") {
    graph g;
    const symbol x = leaf(g, 0, shape(3)), y = leaf(g, 1, shape(4));
    {
        open_region a(g, std::string(60, 'a'));
        open_region b(g, "last");
        emit::elementwise(op::add, x, y);
    }
    CHECK(g.error.what == mistake_kind::broadcast);
    CHECK(std::string(g.error.path.text) == std::string(42, 'a') + ".last");
}
