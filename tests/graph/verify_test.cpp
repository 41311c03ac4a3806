// SPDX-License-Identifier: BSL-1.0
#include <telar/graph/verify.hpp>

#include "leaf.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace telar;
using namespace telar::ir;

namespace {

/// A legal graph with every family in it.
constexpr graph layer() {
    graph g;
    const symbol x = leaf(g, 0, shape(dyn, 4)), w = leaf(g, 1, shape(4, 3)), b = leaf(g, 2, shape(3));
    const symbol y = emit::elementwise(op::sigmoid, emit::matmul(x, w) + b);
    const extent_t zero[max_rank]{}, turned[] = {1, 0};
    const symbol t = emit::transpose(y, turned);
    const symbol s = emit::reduce(op::sum, t, 2, false);
    const emit::window_places pairs{0, 2, 1, 1};
    const symbol smooth = emit::overlap_add(emit::windows(s, pairs), pairs, shape(3));
    const symbol joined =
        emit::concat(emit::pad(smooth, zero, shape(5)),
                     emit::cumulate(op::cumsum, emit::reverse(emit::slice(b, zero, shape(2)), 1), 0, {}), 0);
    g.roots.push({emit::reduce(op::sum, joined, 1, false).id, -1, 0, 0});
    const symbol updated = b - 0.5 * s;
    g.roots.push({updated.id, 2, 0, 0});
    return g;
}
static_assert(verify(layer()) && verify(graph{}));

/// What is said of the legal graph after `spoil` had its way.
template <class F> constexpr std::string_view after(F spoil) {
    graph g = layer();
    spoil(g);
    const char* text = first_illegality(g);
    return text ? text : "legal";
}
constexpr int first_of(const graph& g, op k) {
    for (int i = 0; i < g.size(); ++i)
        if (g[i].kind == k) return i;
    return -1;
}
constexpr node& some(graph& g, op k) { return g.nodes[first_of(g, k)]; }

// clang-format off
static_assert(after([](graph&) {}) == "legal");
static_assert(after([](graph& g) { some(g, op::add).in[0] = g.size() - 1; }) == "an operand does not stand before its user");
static_assert(after([](graph& g) { some(g, op::add).in[1] = -1; }) == "an operand does not stand before its user");
static_assert(after([](graph& g) { some(g, op::sigmoid).in[1] = 0; }) == "more operands than the operation takes");
static_assert(after([](graph& g) { some(g, op::sigmoid).type = dtype::float64; }) == "a type that is not what the operation gives");
static_assert(after([](graph& g) { some(g, op::sigmoid).extents[1] = 4; }) == "extents that are not what the shape rule gives");
static_assert(after([](graph& g) { some(g, op::matmul).extents[0] = 7; }) == "extents that are not what the shape rule gives");
static_assert(after([](graph& g) { some(g, op::matmul).extents[0] = -9; }) == "an extent is no entry of the graph's dimensions");
static_assert(after([](graph& g) { some(g, op::sigmoid).kind = op::logical_not; }) == "operands that the operation does not take");
static_assert(after([](graph& g) { some(g, op::sum).attribute[0] = 4; }) == "an operation along no axis, or along one that its operand lacks");
static_assert(after([](graph& g) { some(g, op::sum).attribute[0] = 0; }) == "an operation along no axis, or along one that its operand lacks");
static_assert(after([](graph& g) { some(g, op::transpose).attribute[0] = 0; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { some(g, op::slice).attribute[0] = 2; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { some(g, op::pad).attribute[0] = 3; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { some(g, op::concat).extents[0] = 8; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { some(g, op::windows).extents[0] = 3; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { some(g, op::windows).attribute[1] = 0; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { some(g, op::reverse).attribute[0] = 4; }) == "an operation along no axis, or along one that its operand lacks");
static_assert(after([](graph& g) { some(g, op::slice).attribute[0] = -9; }) == "an attribute that is no entry of the graph's dimensions");
static_assert(after([](graph& g) { some(g, op::pad).attribute[0] = -9; }) == "an attribute that is no entry of the graph's dimensions");
static_assert(after([](graph& g) { some(g, op::cumsum).attribute[0] = 1; }) == "a routine along an axis that its result lacks");
static_assert(after([](graph& g) { some(g, op::overlap_add).extents[0] = 2; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { some(g, op::reshape).extents[0] = 4; }) == "a movement that its operand cannot make");
static_assert(after([](graph& g) { g.nodes.push(g[g.size() - 1]); }) == "two equal nodes");
static_assert(after([](graph& g) { node n = some(g, op::add); std::swap(n.in[0], n.in[1]); g.nodes.push(n); }) == "two equal nodes");
static_assert(after([](graph& g) { node n = g[0]; n.type = dtype::int32; g.nodes.push(n); }) == "two types or shapes for one leaf");
static_assert(after([](graph& g) { g.roots[0].id = g.size(); }) == "a root that is no node");
static_assert(after([](graph& g) { g.roots[0].id = -1; }) == "a root that is no node");
static_assert(after([](graph& g) { g.roots[1].target = 1; }) == "a new value that is not like the variable it is for");
static_assert(after([](graph& g) { g.fail({mistake_kind::axis, op::sum, {}, {}, 0, {}, {}, 0}); }) == "a mistake was recorded while the graph was built");
// clang-format on

/// That two unknown extents are equal has to be stated, or a run would not check it.
constexpr bool unstated_equality_is_seen() {
    graph g;
    const symbol a = leaf(g, 0, shape(dyn)), b = leaf(g, 1, shape(dyn));
    node n;
    n.kind = op::add;
    n.in[0] = a.id;
    n.in[1] = b.id;
    n.extents = a.extents();
    g.add(n);
    return !verify(g);
}
/// A node of another copy equals no other.
constexpr bool copies_are_legal() {
    graph g = layer();
    node n = some(g, op::sigmoid);
    n.copy = 1;
    g.add(n);
    return verify(g);
}

}  // namespace

TEST_CASE("a traced graph is legal, a spoiled one is not") {
    CHECK(verify(layer()));
    CHECK(after([](graph& g) { some(g, op::sum).attribute[0] = 4; }) ==
          "an operation along no axis, or along one that its operand lacks");
}
TEST_CASE("a scan that runs while its state 0 is true") {
    const auto verdict = [](dtype first, extent_t most, bool has_sequence) {
        graph g;
        const symbol x = leaf(g, 0, shape(most, 3)), start = leaf(g, 1, shape(3)), p = leaf(g, 2, shape(), first);
        const symbol scan = emit::scan(g, most, true);
        const symbol holds = emit::scan_state(p, scan, 0), state = emit::scan_state(start, scan, 1);
        const symbol next = has_sequence ? state * emit::scan_slice(x, scan, false) : 2 * state;
        const symbol last = emit::scan_next(next, state, emit::scan_next(p, holds, scan));
        g.roots.push({last.id, -1, 0, 0});
        const char* why = first_illegality(g);
        return std::string_view(why ? why : "");
    };
    CHECK(verdict(dtype::boolean, unlimited_steps, false) == "");
    CHECK(verdict(dtype::boolean, 1, true) == "");
    CHECK(verdict(dtype::boolean, 7, true) == "a sequence of a scan whose steps nobody counts");
    CHECK(verdict(dtype::int32, 7, false) == "a scan that runs while its state 0 is true, which is no bool");
}
TEST_CASE("extents are equal only if somebody stated it") {
    static_assert(unstated_equality_is_seen());
    CHECK(unstated_equality_is_seen());
}
TEST_CASE("two copies may hold the same operation") {
    static_assert(copies_are_legal());
    CHECK(copies_are_legal());
}
TEST_CASE("verifying 2,000 nodes fits in one constant evaluation") {
    constexpr auto verified = [] {
        graph g;
        symbol x = leaf(g, 0, shape(dyn, 3));
        for (int i = 1; i < 2000; ++i) x = i % 2 ? x + x : emit::elementwise(op::exp, x);
        return g.size() == 2000 && verify(g);
    };
    static_assert(verified());
    CHECK(verified());
}
