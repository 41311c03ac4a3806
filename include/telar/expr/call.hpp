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
#include <span>
#include <utility>

namespace telar::inline TELAR_ABI {

namespace expr {

/// A function on symbols as a block of its own. Calls of operands of the same types, shapes and linearity share it;
/// extents that are known only at run time may differ from call to call, but which of them are equal may not.
class block_call {
public:
    static constexpr int most_operands = 62;

    constexpr block_call(graph& g, std::span<const symbol> x, std::uint64_t function) : g_(g), x_(x) {
        block_.function = function;
        begin();
    }
    /// The results of the call; trace(leaves of the block) gives those of the function, if it was not traced yet.
    template <class Trace> constexpr growable<symbol> results(const Trace& trace) {
        const growable<graph_block>& blocks = emit::caller_of(g_).blocks;
        int number = 0;
        while (number < blocks.size() && !is_like(blocks[number])) ++number;
        if (number == blocks.size()) number = add(trace);
        growable<symbol> operands(x_.data(), static_cast<int>(x_.size()));
        const growable<state_update> updates = blocks[number].updates;
        for (const state_update& u : updates) operands[u.leaf] = emit::next_value(operands[u.leaf]);
        if (const std::int64_t draws = blocks[number].draws) operands.push(emit::next_streams(g_, draws));
        growable<symbol> y(blocks[number].body.roots.size());
        emit::call(g_, number, operands, {y.data(), static_cast<std::size_t>(y.size())});
        const int results = y.size() - updates.size();
        for (int k = 0; k < updates.size(); ++k)
            emit::assign(x_[static_cast<std::size_t>(updates[k].leaf)], y[results + k]);
        y.resize(results);
        return y;
    }

private:
    /// The operands as the leaves of a block, and a leaf from which the draws of a call are counted.
    constexpr void begin() {
        block_.operands = static_cast<int>(x_.size());
        block_.keeps = true;
        block_.body.caller = &emit::caller_of(g_);
        block_.body.regions.set_training(g_.regions.is_training());
        for (std::size_t k = 0; k < x_.size(); ++k) {
            if (k < 64) block_.linear |= static_cast<std::uint64_t>(x_[k].linear) << k;
            declare(k);
        }
        node stream;
        stream.kind = op::leaf;
        stream.type = dtype::int64;
        stream.attribute[0] = static_cast<extent_t>(x_.size());
        stream.extents = shape(1);
        block_.body.draws.base = block_.body.add(stream);
    }
    /// An unknown extent that an operand before has too is that one's.
    constexpr void declare(std::size_t k) {
        graph& body = block_.body;
        node n;
        n.kind = op::leaf;
        n.type = x_[k].type();
        n.attribute[0] = static_cast<extent_t>(k);
        const auto extent = [&](std::size_t i, int axis) { return g_.dims.resolve(x_[i].extents()[axis]); };
        const auto inside = [&](extent_t e, int axis) {
            if (is_number(e)) return e;
            for (std::size_t i = 0; i <= k; ++i)
                for (int a = 0; a < (i < k ? x_[i].rank() : axis); ++a)
                    if (extent(i, a) == e) return i < k ? body[static_cast<int>(i)].extents[a] : n.extents[a];
            return body.dims.variable(static_cast<int>(k), axis);
        };
        for (int axis = 0; axis < x_[k].rank(); ++axis) n.extents.append(inside(extent(k, axis), axis));
        body.add(n);
    }
    /// True if a block was traced from the same function, on operands like these.
    constexpr bool is_like(const graph_block& a) const {
        const graph_block& b = block_;
        bool like = a.derivative_of < 0 && a.function == b.function && a.linear == b.linear &&
                    a.body.regions.is_training() == b.body.regions.is_training();
        for (int k = 0; like && k < static_cast<int>(x_.size()); ++k)
            like = a.body[k].type == b.body[k].type && a.body[k].extents == b.body[k].extents;
        return like;
    }
    template <class Trace> constexpr int add(const Trace& trace) {
        graph& body = block_.body;
        body.line = g_.line;
        growable<symbol> leaves;
        for (int k = 0; k < static_cast<int>(x_.size()); ++k)
            leaves.push({&body, k, k < 64 && (block_.linear >> k & 1) != 0});
        for (const symbol& s : trace(leaves)) body.roots.push({s.id, -1, s.linear, 0});
        for (const state_update& u : body.updates)
            block_.updates.push(
                {static_cast<std::int32_t>(body[u.leaf].attribute[0]), body.roots.push({u.value, -1, 0, 0})});
        refuse_values_taken_out(body);
        if (g_.error.what == mistake_kind::none) g_.error = body.error;
        g_.regions.was_asked_mode = g_.regions.was_asked_mode || body.regions.was_asked_mode;
        block_.draws = body.draws.next;
        block_.operands += block_.draws > 0;
        if (block_.draws == 0) body.nodes[body.draws.base].attribute[0] = -1;  // no operand
        return emit::add_block(*body.caller, std::move(block_));
    }

    graph& g_;
    std::span<const symbol> x_;
    graph_block block_;
};

}  // namespace expr

namespace expr::functions {

template <class F> struct compile_once {
    static constexpr bool is_users = true;
    using body = typename F::body;

    template <class... S> constexpr auto operator()(S... s) const {
        using made = decltype(F{}(s...));
        static_assert(result_count<made> > 0, "compile_once: a function on symbols returns symbols");
        static_assert(sizeof...(S) <= block_call::most_operands, "compile_once: so many operands cannot be told apart");
        const std::array<symbol, sizeof...(S)> x{s...};
        block_call call(*x[0].g, x, identity<F>);
        const growable<symbol> y = call.results([](const growable<symbol>& leaves) {
            return [&]<std::size_t... K>(std::index_sequence<K...>) {
                const auto of_function = F{}(leaves[static_cast<int>(K)]...);
                growable<symbol> all;
                for (int i = 0; i < result_count<made>; ++i) all.push(result_at(of_function, i));
                return all;
            }
            (std::index_sequence_for<S...>{});
        });
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
