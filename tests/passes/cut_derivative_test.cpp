// SPDX-License-Identifier: BSL-1.0
// Derivatives of calls: random bodies, called and inlined, by the reference; what is kept, by whom, and what is not.
#include "../support/finite_differences.hpp"
#include "../support/three_ways.hpp"

#include <telar/expr/call.hpp>
#include <telar/expr/composite.hpp>
#include <telar/expr/control.hpp>
#include <telar/expr/cumulate.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/movement.hpp>
#include <telar/expr/random.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/graph/settle_calls.hpp>
#include <telar/run/checkpoint.hpp>

#include <doctest/doctest.h>

#include <random>
#include <vector>

using namespace telar;
using namespace telar::ir;
using namespace telar::ir::passes;
using support::array;
using support::check_derivatives;
using support::check_near;
using support::gradients_of;
using support::results_of;
using support::scattered;
using support::weighted;

namespace {

// ---------------------------------------------------------------- random bodies
/// What the body is now: each step an operation on two of the values that there are.
struct step {
    unsigned operation, a, b;
};
std::vector<step> recipe;

symbol made(unsigned operation, symbol a, symbol b) {
    switch (operation % 12) {
        case 0: return a + b;
        case 1: return a * b;
        case 2: return sin(a);
        case 3: return tanh(a);
        case 4: return matmul(a, b) * 0.3;
        case 5: return a / (1 + square(b));
        case 6: return transpose(a);
        case 7: return a - mean(b, axis<1>, keep_dims);
        case 8: return softmax(a, axis<1>);
        case 9: return concat(slice(a, axis<0>, range<0, 1>), slice(b, axis<0>, range<1, 3>), axis<0>);
        case 10: return where(a < b, a, b * 0.5);
        default: return cumsum(a, axis<1>) * 0.5;
    }
}
struct of_recipe {
    symbol operator()(symbol x, symbol w) const {
        std::vector<symbol> values{x, w};
        for (const step& s : recipe) values.push_back(made(s.operation, values[s.a], values[s.b]));
        return tanh(values.back()) + 0.1 * x * w;  // bounded, and there is a path to both
    }
};
constexpr auto body = telar::function([](auto x, auto w) { return of_recipe{}(x, w); });
constexpr auto block = compile_once(body);
constexpr auto two_calls = compile_once(telar::function([](auto x, auto w) { return block(block(x, w), x); }));

void choose_recipe(unsigned seed) {
    std::mt19937 random(seed);
    recipe.clear();
    for (unsigned i = 0; i < 3 + seed % 5; ++i)
        recipe.push_back({static_cast<unsigned>(random()), static_cast<unsigned>(random()) % (2 + i),
                          static_cast<unsigned>(random()) % (2 + i)});
    recipe.push_back({1, static_cast<unsigned>(recipe.size()) + 1, static_cast<unsigned>(random()) % 2});
}
/// Several calls, with the same weights and with others.
template <class F> constexpr auto network(F) {
    return [](symbol x, symbol w, symbol v) { return F{}(F{}(F{}(x, w), v), w) + F{}(x, v); };
}
template <class F> auto second_derivatives_of(F f) {
    return [f](symbol a, symbol b, symbol c) {
        const symbol by[] = {a, b, c};
        symbol d[3];
        differentiate(weighted(f(a, b, c)), by, 3, d);
        std::array<symbol, 3> dd;
        differentiate(weighted(d[0]) + weighted(sin(d[1])) + weighted(d[2]) + weighted(a) + weighted(b) + weighted(c),
                      by, 3, dd.data());
        return dd;
    };
}
const array x = scattered(shape(3, 3), -1, 1), w = scattered(shape(3, 3), -1, 1, 0.3),
            v = scattered(shape(3, 3), -1, 1, 0.7);

template <class F, class G> void check_alike(F f, G g) {
    const auto got = results_of(f, x, w, v), want = results_of(g, x, w, v);
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < got.size(); ++i) check_near(got[i], want[i]);
}

}  // namespace

TEST_CASE("random bodies: derivatives through calls are those through the body, the second ones too") {
    for (unsigned seed = 0; seed < 60; ++seed) {
        CAPTURE(seed);
        choose_recipe(seed);
        check_alike(gradients_of(network(block)), gradients_of(network(body)));
        check_alike(second_derivatives_of(network(block)), second_derivatives_of(network(body)));
    }
}
TEST_CASE("random bodies in blocks that call blocks, computed again, in the steps of a scan and as sides of a cond") {
    const auto in_steps = [](auto f) {
        return [f](symbol a, symbol b, symbol c) {
            const auto step = [&](symbol h) { return f(h, b) + 0.1 * f(c, h); };
            return scan(step, states(a), 3).state[0];
        };
    };
    const auto choosing = []<class F>(F) {
        return [](symbol a, symbol b, symbol c) {
            const auto side = telar::function([](auto s, auto t) { return F{}(s, t); });
            const auto other = telar::function([](auto s, auto t) { return F{}(t, s) * 2; });
            return cond(sum(a) < sum(b), side, other, a, c) + cond(sum(b) < sum(a), side, other, a, b);
        };
    };
    constexpr auto nested_body = telar::function([](auto s, auto t) { return body(body(s, t), s); });
    for (unsigned seed = 100; seed < 125; ++seed) {
        CAPTURE(seed);
        choose_recipe(seed);
        check_alike(gradients_of(network(two_calls)), gradients_of(network(nested_body)));
        check_alike(second_derivatives_of(network(two_calls)), second_derivatives_of(network(nested_body)));
        check_alike(gradients_of(network(checkpoint(block))), gradients_of(network(body)));
        check_alike(second_derivatives_of(network(checkpoint(block))), second_derivatives_of(network(body)));
        check_alike(gradients_of(network(compile_once(checkpoint(block)))), gradients_of(network(body)));
        check_alike(gradients_of(in_steps(block)), gradients_of(in_steps(body)));
        check_alike(second_derivatives_of(in_steps(block)), second_derivatives_of(in_steps(body)));
        check_alike(gradients_of(choosing(block)), gradients_of(choosing(body)));
    }
}
TEST_CASE("against difference quotients, to the second order") {
    int checked = 0;
    for (unsigned seed = 200; checked < 4; ++seed) {
        CAPTURE(seed);
        choose_recipe(seed);
        bool is_smooth = true;
        for (const step& s : recipe) is_smooth = is_smooth && s.operation % 12 != 10;  // where
        if (!is_smooth) continue;
        ++checked;
        check_derivatives([](auto... s) { return network(block)(s...); }, x, w, v);
    }
}

// ---------------------------------------------------------------- what is kept
namespace {

constexpr auto layer = telar::function([](auto a, auto b) { return tanh(matmul(a, b)) + a; });
constexpr auto called_layer = compile_once(layer);

struct traced_calls {
    graph g;
    symbol leaves[3], y, dx[3];
};
template <class F> void trace_calls(traced_calls& t, F f, bool differentiated) {
    const std::array all{x, w, v};
    t.y = support::traced(t.g, f, all, t.leaves);
    t.g.roots.push({t.y.id, -1, 0, 0});
    if (!differentiated) return;
    differentiate(support::weighted(t.y), t.leaves, 3, t.dx);
    for (const symbol& d : t.dx) t.g.roots.push({d.id, -1, 0, 0});
}

}  // namespace

TEST_CASE("only calls that are differentiated keep values") {
    traced_calls plain, both;
    trace_calls(plain, network(called_layer), false);
    settle_calls(plain.g);
    REQUIRE(plain.g.blocks.size() == 1);
    CHECK(plain.g.blocks[0].body.roots.size() == 1);

    trace_calls(both, network(called_layer), true);
    const symbol beside = called_layer(both.leaves[1], both.leaves[2]);  // nobody differentiates it
    both.g.roots.push({beside.id, -1, 0, 0});
    const int size = both.g.size();
    CHECK(network(called_layer)(both.leaves[0], both.leaves[1], both.leaves[2]).id == both.y.id);  // still one call
    CHECK(both.g.size() == size);
    settle_calls(both.g);
    REQUIRE(both.g.blocks.size() == 3);
    const graph_block &as_before = both.g.blocks[0], &keeping = both.g.blocks[1], &derivative = both.g.blocks[2];
    CHECK(as_before.body.roots.size() == 1);
    CHECK(as_before.body.size() == plain.g.blocks[0].body.size());
    CHECK(keeping.body.roots.size() == 2);  // and tanh
    CHECK(count(keeping.body, op::tanh) == 1);
    CHECK(count(derivative.body, op::tanh) == 0);
    CHECK(count(derivative.body, op::matmul) == 2);
    CHECK(count(both.g, op::call) == 5 + 4);
}
TEST_CASE("what is computed again gives no result; a derivative that nobody reads keeps nothing") {
    traced_calls again;
    trace_calls(again, network(checkpoint(called_layer)), true);
    settle_calls(again.g);
    REQUIRE(again.g.blocks.size() == 3);
    CHECK(again.g.blocks[0].body.roots.size() == 1);
    CHECK(again.g.blocks[1].body.roots.size() == 1);
    CHECK(again.g.blocks[1].body[again.g.blocks[1].body.roots[0].id].kind == op::tanh);

    traced_calls unread;
    trace_calls(unread, network(called_layer), true);
    unread.g.roots.resize(1);
    settle_calls(unread.g);
    REQUIRE(unread.g.blocks.size() == 1);
    CHECK(unread.g.blocks[0].body.roots.size() == 1);
}
TEST_CASE("views and numbers are made again; conditions and draws are kept") {
    constexpr auto views = compile_once(telar::function([](auto a, auto b) {
        return matmul(transpose(sin(a)), broadcast_to(slice(b, axis<0>, range<0, 1>), extents<3, 3>)) * 2;
    }));
    traced_calls t;
    trace_calls(
        t, [&](symbol a, symbol b, symbol c) { return views(a, b) + views(b, c) + views(c, a); }, true);
    settle_calls(t.g);
    REQUIRE(t.g.blocks.size() == 2);
    const graph& of_views = t.g.blocks[0].body;
    REQUIRE(of_views.roots.size() == 2);
    CHECK(of_views[of_views.roots[1].id].kind == op::sin);

    constexpr auto rectified =
        compile_once(telar::function([](auto a, auto b) { return matmul(relu(matmul(a, b)), b); }));
    traced_calls r;
    trace_calls(
        r, [&](symbol a, symbol b, symbol c) { return rectified(rectified(a, b), c); }, true);
    settle_calls(r.g);
    const graph_block& kept = r.g.blocks[0];
    REQUIRE(kept.body.roots.size() == 3);
    CHECK(kept.body[kept.body.roots[1].id].kind == op::relu);
    CHECK(kept.body[kept.body.roots[2].id].kind == op::less);

    constexpr auto dropping =
        compile_once(telar::function([](auto a, auto state) { return dropout(square(a), 0.5, state); }));
    graph g;
    const symbol a = telar::expr::declare_leaf(g, 0, {dtype::float64, 0, shape(8)});
    const symbol state = telar::expr::declare_leaf(g, 1, {dtype::int64, 0, shape(2)});
    symbol dx;
    const symbol by[] = {a};
    differentiate(sum(dropping(a, state)), by, 1, &dx);
    g.roots.push({dx.id, -1, 0, 0});
    settle_calls(g);
    REQUIRE(g.blocks.size() == 2);
    int routines = 0;
    for (const node& n : g.blocks[1].body.nodes) routines += is_routine(n.kind);
    CHECK(routines == 0);
}
