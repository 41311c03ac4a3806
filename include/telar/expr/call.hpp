// SPDX-License-Identifier: BSL-1.0
// A function that is compiled once, however often it is called.
#pragma once
#include <telar/expr/function.hpp>
#include <telar/graph/call.hpp>
#include <telar/graph/draws.hpp>
#include <telar/graph/nested_scan.hpp>
#include <telar/graph/state.hpp>

#include <array>
#include <cstdint>

namespace telar::inline TELAR_ABI {

namespace expr::functions {

/// F as a block of its own. Calls of operands of the same types, shapes and linearity share it; extents that are known
/// only at run time may differ from call to call, but which of them are equal may not.
template <class F> struct compile_once {
    static constexpr bool is_users = true;
    using body = typename F::body;

    /// The operands as the leaves of a block, and a leaf from which the draws of a call are counted.
    template <std::size_t N> static constexpr graph_block begin(graph& g, const std::array<symbol, N>& x) {
        graph_block b;
        b.function = identity<F>;
        b.operands = static_cast<int>(N);
        b.keeps = true;
        b.body.caller = &emit::caller_of(g);
        b.body.regions.set_training(g.regions.is_training());
        for (std::size_t k = 0; k < N; ++k) {
            b.linear |= static_cast<std::uint64_t>(x[k].linear) << k;
            declare(b.body, x, k);
        }
        node stream;
        stream.kind = op::leaf;
        stream.type = dtype::int64;
        stream.attribute[0] = static_cast<extent_t>(N);
        stream.extents = shape(1);
        b.body.draws.base = b.body.add(stream);
        return b;
    }
    /// An unknown extent that an operand before has too is that one's.
    template <std::size_t N> static constexpr void declare(graph& body, const std::array<symbol, N>& x, std::size_t k) {
        node n;
        n.kind = op::leaf;
        n.type = x[k].type();
        n.attribute[0] = static_cast<extent_t>(k);
        const auto extent = [&](std::size_t i, int axis) { return x[i].g->dims.resolve(x[i].extents()[axis]); };
        const auto inside = [&](extent_t e, int axis) {
            if (is_number(e)) return e;
            for (std::size_t i = 0; i <= k; ++i)
                for (int a = 0; a < (i < k ? x[i].rank() : axis); ++a)
                    if (extent(i, a) == e) return i < k ? body[static_cast<int>(i)].extents[a] : n.extents[a];
            return body.dims.variable(static_cast<int>(k), axis);
        };
        for (int axis = 0; axis < x[k].rank(); ++axis) n.extents.append(inside(extent(k, axis), axis));
        body.add(n);
    }
    /// True if block `a` was traced from the same function, on operands like those of `b`.
    static constexpr bool is_like(const graph_block& a, const graph_block& b, int operands) {
        bool like = a.derivative_of < 0 && a.function == b.function && a.linear == b.linear &&
                    a.body.regions.is_training() == b.body.regions.is_training();
        for (int k = 0; like && k < operands; ++k)
            like = a.body[k].type == b.body[k].type && a.body[k].extents == b.body[k].extents;
        return like;
    }
    template <std::size_t... K> static constexpr int trace(graph& g, graph_block& b, std::index_sequence<K...>) {
        graph& body = b.body;
        body.line = g.line;
        const auto y = F{}(symbol{&body, static_cast<int>(K), (b.linear >> K & 1) != 0}...);
        for (int i = 0; i < result_count<std::remove_const_t<decltype(y)>>; ++i) {
            const symbol s = result_at(y, i);
            body.roots.push({s.id, -1, s.linear, 0});
        }
        for (const state_update& u : body.updates)
            b.updates.push(
                {static_cast<std::int32_t>(body[u.leaf].attribute[0]), body.roots.push({u.value, -1, 0, 0})});
        refuse_values_taken_out(body);
        if (g.error.what == mistake_kind::none) g.error = body.error;
        g.regions.was_asked_mode = g.regions.was_asked_mode || body.regions.was_asked_mode;
        b.draws = body.draws.next;
        b.operands += b.draws > 0;
        if (b.draws == 0) body.nodes[body.draws.base].attribute[0] = -1;  // no operand
        return emit::add_block(*body.caller, std::move(b));
    }
    template <class... S> constexpr auto operator()(S... s) const {
        constexpr std::size_t N = sizeof...(S);
        using made = decltype(F{}(s...));
        static_assert(result_count<made> > 0, "compile_once: a function on symbols returns symbols");
        static_assert(N < 63, "compile_once: so many operands cannot be told apart");
        const std::array<symbol, N> x{s...};
        graph& g = *x[0].g;
        const growable<graph_block>& blocks = emit::caller_of(g).blocks;
        graph_block b = begin(g, x);
        int number = 0;
        while (number < blocks.size() && !is_like(blocks[number], b, static_cast<int>(N))) ++number;
        if (number == blocks.size()) number = trace(g, b, std::make_index_sequence<N>{});
        growable<symbol> operands;
        for (const symbol& one : x) operands.push(one);
        const growable<state_update> updates = blocks[number].updates;
        for (const state_update& u : updates) operands[u.leaf] = emit::assigned(operands[u.leaf]);
        if (const std::int64_t draws = blocks[number].draws) operands.push(emit::next_streams(g, draws));
        constexpr int results = result_count<made>;
        growable<symbol> y(results + updates.size());
        emit::call(g, number, operands, {y.data(), static_cast<std::size_t>(y.size())});
        for (int k = 0; k < updates.size(); ++k)
            emit::assign(x[static_cast<std::size_t>(updates[k].leaf)], y[results + k]);
        return results_from<made>(y.data());
    }
};

}  // namespace expr::functions

/// f, compiled once however often it is called: a network of fifty equal layers takes as long to compile as one of two.
/// Values and derivatives are those of f. Operands of other types, of other known extents, or of which other ones are
/// equal make another block.
///
///     constexpr auto layer = compile_once(telar::function([](auto x, auto W, auto b) { return tanh(x * W + b); }));
///     auto y = layer(layer(layer(x, W1, b1), W2, b2), W3, b3);
///
/// shapes    those of f; f takes at most 62 operands
/// errors    those of f
/// edge      A call is fused with nothing around it: it pays for layers, not for a few operations. It draws the random
///           numbers that f would draw in its place: they differ from call to call. A variable that f assigns is read
///           in f as the calls before left it.
/// gradient  that of f, in a block of its own, from the values that a call keeps if it is differentiated;
///           checkpoint(compile_once(f)) keeps none and computes f once more
/// test      tests/run/call_test.cpp, tests/passes/cut_derivative_test.cpp
template <class F> constexpr auto compile_once(function_object<F>) {
    return function_object<expr::functions::compile_once<F>>{};
}

}  // namespace telar::inline TELAR_ABI
