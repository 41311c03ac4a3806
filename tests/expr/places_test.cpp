// SPDX-License-Identifier: BSL-1.0
// Places are counted in types that hold them, whatever the type of the indices; what has weight 0 is never drawn.
#include "../support/three_ways.hpp"

#include "../graph/leaf.hpp"

#include <doctest/doctest.h>
#include <telar/expr/random.hpp>
#include <telar/run/eager.hpp>

#include <limits>

using namespace telar;
using namespace telar::expr;
using support::array;
using support::results_of;

namespace {

/// 0, 1, 2, ... of a shape.
array counted(const shape& s, dtype t = dtype::float32) {
    array a(t, s);
    for (int i = 0; i < a.count(); ++i) a.push(static_cast<double>(i));
    return a;
}
array indices(const shape& s, dtype t, std::initializer_list<std::int64_t> values) {
    array a(t, s);
    for (const std::int64_t v : values) a.push(v);
    return a;
}
constexpr dtype index_types[] = {dtype::uint8, dtype::int32, dtype::int64, dtype::uint16, dtype::uint32};

}  // namespace

TEST_CASE("a block behind place 255, from a start of any type") {
    for (const dtype t : index_types) {
        const auto of = [](symbol x, symbol start) { return emit::dynamic_slice(x, start, {3}); };
        const std::int64_t far = t == dtype::uint8 ? 255 : 700;
        CHECK(results_of(of, counted(shape(1000)), indices(shape(1), t, {far}))[0].at(0) == static_cast<double>(far));
        CHECK(results_of(of, counted(shape(258)), indices(shape(1), t, {255}))[0].at(2) == 257);
        CHECK(results_of(of, counted(shape(257)), indices(shape(1), t, {255}))[0].at(0) == 254);
    }
}
TEST_CASE("elements behind place 255 by indices of any type") {
    for (const dtype t : index_types) {
        const auto of = [](symbol x, symbol i) { return emit::gather_nd(x, i); };
        const array i = indices(shape(3, 2), t, {0, 0, 1, 99, 40, 50});
        const array got = results_of(of, counted(shape(41, 100)), i)[0];
        CHECK(got.at(0) == 0);
        CHECK(got.at(1) == 199);
        CHECK(got.at(2) == 4050);
    }
    graph g;  // 2^40 elements, which no int32 counts
    const symbol x = emit::broadcast_to(leaf(g, 0, shape()), shape(1 << 20, 1 << 20));
    const symbol y = emit::gather_nd(x, leaf(g, 1, shape(1, 2), dtype::int32));
    bool is_wide = false;
    for (const node& n : g.nodes) is_wide = is_wide || (n.kind == op::gather && g[n.in[1]].type == dtype::int64);
    CHECK((y.g->error.what == mistake_kind::none && is_wide));
}
TEST_CASE("as many classes as there may be, with labels of any type") {
    for (const dtype t : index_types)
        for (const extent_t depth : {3, 256, 257, 600}) {
            const array one =
                results_of([&](symbol l) { return one_hot(l, depth); }, indices(shape(2), t, {1, 255}))[0];
            for (int k = 0; k < depth; ++k) {
                CHECK(one.at(k) == (k == 1));
                CHECK(one.at(static_cast<int>(depth) + k) == (k == 255));
            }
        }
}
TEST_CASE("scatter_update puts truth values too") {
    const tensor<bool, 4> x{true, true, false, false};
    const tensor<std::int32_t, 3> i{3, 1, 1};
    const tensor<bool, 3> u{true, true, false};
    constexpr auto put = telar::function([](auto a, auto k, auto b) { return scatter_update(a, k, b); });
    const auto y = put(x, i, u);
    CHECK((y(0) && !y(1) && !y(2) && y(3)));
    const array same = results_of([](symbol a, symbol k, symbol b) { return scatter_update(a, k, b); },
                                  support::array_of(x), support::array_of(i), support::array_of(u))[0];
    for (int k = 0; k < 4; ++k) CHECK(same.at<bool>(k) == y(k));
    graph g;
    scatter_add(leaf(g, 0, shape(4), dtype::boolean), leaf(g, 1, shape(1), dtype::int32),
                leaf(g, 2, shape(1), dtype::boolean));
    CHECK(g.error.what == mistake_kind::needs_number);
}
TEST_CASE("a class of weight 0 is never drawn, whatever the numbers are") {
    // Of generator(7, 0) number `word` of these blocks is 0.
    struct zero {
        std::int64_t block;
        int word;
    };
    constexpr double lowest = -std::numeric_limits<double>::infinity();
    for (const zero z : {zero{6107189, 2}, zero{7517147, 2}, zero{13061623, 1}, zero{19444830, 3}}) {
        array logits(dtype::float32, shape(4));
        for (int k = 0; k < 4; ++k) logits.push(k == z.word ? 0.0 : lowest);
        const auto draw = [](symbol l, symbol state, symbol stream) {
            return std::array{functions::categorical{}(l, state, stream),
                              functions::uniform::of(state, stream, l.type(), l.extents())};
        };
        const auto got = results_of(draw, logits, indices(shape(2), dtype::int64, {7, z.block}),
                                    indices(shape(1), dtype::int64, {0}));
        REQUIRE(got[1].at(z.word) == 0);
        CHECK(got[0].at(0) == z.word);
    }
}
