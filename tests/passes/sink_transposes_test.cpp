// SPDX-License-Identifier: BSL-1.0
#include <telar/passes/sink_transposes.hpp>

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>
#include <telar/graph/verify.hpp>
#include <telar/kernels/reference/interpret.hpp>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::passes;
using namespace telar::ir::kernels;

namespace {

/// f of x (2, 4, 3, 5), transposed from (2, 3, 5, 4), of a second one, of b (4, 1, 1) and w (5), with the pass, if its
/// values stay.
template <class F> constexpr graph sunk(F f) {
    constexpr extent_t to_the_front[] = {0, 3, 1, 2};
    graph g;
    const auto image = [&](int number) { return emit::transpose(leaf(g, number, shape(2, 3, 5, 4)), to_the_front); };
    const symbol x = image(0), y = image(1), b = leaf(g, 2, shape(4, 1, 1)), w = leaf(g, 3, shape(5));
    g.roots.push({symbol{f(x, y, b, w)}.id, -1, 0, 0});
    if (!verify(g)) return {};
    const graph r = sink_transposes(g);
    growable<reference::array> leaves;
    for (const shape& s : {shape(2, 3, 5, 4), shape(2, 3, 5, 4), shape(4, 1, 1), shape(5)}) {
        reference::array a(dtype::float32, s);
        for (int i = 0; i < a.count(); ++i) a.push(static_cast<float>((i * 7 + leaves.size()) % 11 - 4));
        leaves.push(a);
    }
    const auto expected = reference::interpret(g, leaves)[0], got = reference::interpret(r, leaves)[0];
    if (!verify(r) || expected.extents != got.extents) return {};
    for (int i = 0; i < expected.count(); ++i)
        if (expected.at(i) != got.at(i)) return {};
    return r;
}
/// The kind of the result, and of what it is the transpose of.
constexpr op last_of(const graph& g) { return g[g.roots[0].id].kind; }
constexpr op before_last_of(const graph& g) { return g[g[g.roots[0].id].in[0]].kind; }
constexpr extent_t to_the_back[] = {0, 2, 3, 1};

}  // namespace

TEST_CASE("element-wise work comes before its transpose") {
    for (const graph& g : {sunk([](symbol x, symbol, symbol, symbol) { return relu(x); }),
                           sunk([](symbol x, symbol y, symbol, symbol) { return x + y; }),
                           sunk([](symbol x, symbol, symbol b, symbol) { return relu(2 * x + b); }),
                           sunk([](symbol x, symbol, symbol, symbol w) { return x * w; })}) {
        REQUIRE(g.size() > 0);
        CHECK(last_of(g) == op::transpose);
        CHECK(is_elementwise(before_last_of(g)));
    }
}
TEST_CASE("transposes that meet are one, or none") {
    const graph g = sunk([](symbol x, symbol, symbol b, symbol) { return emit::transpose(relu(x + b), to_the_back); });
    REQUIRE(g.size() > 0);
    CHECK(last_of(g) == op::relu);
    const graph once = sunk([](symbol x, symbol, symbol, symbol) { return emit::swap_last(x); });
    REQUIRE(once.size() > 0);
    CHECK(last_of(once) == op::transpose);
    CHECK(before_last_of(once) == op::leaf);
}
TEST_CASE("padding, slices, windows, reductions") {
    const auto pad = [](symbol x, symbol, symbol, symbol) {
        constexpr extent_t before[] = {0, 1, 2, 0};
        return emit::pad(x, before, shape(2, 6, 5, 5));
    };
    const auto slice = [](symbol x, symbol, symbol, symbol) { return emit::part_of_axis(x, 1, 1, 2); };
    const auto windows = [](symbol x, symbol, symbol, symbol) { return emit::windows(x, {3, 2, 1, 1}); };
    const auto sum = [](symbol x, symbol, symbol, symbol) { return emit::reduce(op::sum, x, 2, true); };
    for (const graph& g : {sunk(pad), sunk(slice), sunk(windows), sunk(sum)}) {
        REQUIRE(g.size() > 0);
        CHECK(last_of(g) == op::transpose);
        CHECK(before_last_of(g) != op::leaf);
    }
    const graph every = sunk([](symbol x, symbol, symbol, symbol) {
        return emit::reshape(emit::windows(x, {2, 1, 2, 1}), shape(2, 4, 2, 5));  // axis 3, of one element, goes
    });
    REQUIRE(every.size() > 0);
    CHECK(last_of(every) == op::transpose);
    CHECK(before_last_of(every) == op::reshape);
    const graph pooled = sunk([](symbol x, symbol, symbol, symbol) {
        return emit::reshape(emit::reduce(op::max, x, 12, true), shape(2, 4));
    });
    REQUIRE(pooled.size() > 0);
    CHECK(last_of(pooled) == op::reshape);
    CHECK(before_last_of(pooled) == op::max);
}
TEST_CASE("what has another layout stays where it is") {
    const graph g = sunk([](symbol x, symbol, symbol, symbol) {
        return x + emit::reshape(emit::transpose(x, to_the_back), shape(2, 4, 3, 5));
    });
    REQUIRE(g.size() > 0);
    CHECK(last_of(g) == op::add);
    const graph flat = sunk([](symbol x, symbol, symbol, symbol) { return emit::reshape(x, shape(2, 60)); });
    REQUIRE(flat.size() > 0);
    CHECK(before_last_of(flat) == op::transpose);
}
