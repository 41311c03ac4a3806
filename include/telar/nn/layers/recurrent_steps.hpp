// SPDX-License-Identifier: BSL-1.0
// What recurrent layers are made of: a step of each kind of cell, and the loop over time, which a mask may tell to
// stand still.
#pragma once
#include <telar/nn/activations.hpp>
#include <telar/nn/mask.hpp>
#include <telar/nn/mode.hpp>
#include <telar/nn/parameter.hpp>

#include <array>

namespace telar::inline TELAR_ABI::nn::recurrent {

enum class cells : std::int32_t { simple, lstm, gru };
constexpr int gates_of(cells c) { return c == cells::lstm ? 4 : c == cells::gru ? 3 : 1; }
constexpr std::size_t states_of(cells c) { return c == cells::lstm ? 2 : 1; }

/// Numbers (N, width) like x, all alike.
constexpr symbol filled(symbol x, double value, extent_t width) {
    return ir::emit::broadcast_to(ir::emit::constant(*x.g, x.type(), value), shape(x.extents()[0], width));
}
constexpr symbol backward_in_time(symbol x) { return ir::emit::reverse(x.plain(), 1u << 1); }
/// (N,T,...) <-> (T,N,...)
constexpr symbol time_first(symbol x) {
    extent_t axes[max_rank]{1, 0};
    for (int k = 2; k < x.rank(); ++k) axes[k] = k;
    return ir::emit::transpose(x, axes);
}

// ---------------------------------------------------------------- a step
/// What is dropped of an input or of a state, the same in every step: a factor for all gates, for each, or none.
struct factors {
    std::array<symbol, 4> of_gate{};
    int count = 0;

    constexpr symbol all(symbol x) const { return count == 0 ? x : x * fitting(0, x); }
    /// x times a factor, times a gate's part of the weights, for each gate.
    constexpr symbol products(symbol x, symbol w, int gates) const {
        if (count < 2) return matmul(all(x), w);
        symbol parts[4]{};
        const extent_t width = w.g->dims.divide(w.extents()[1], gates);
        for (int i = 0; i < gates; ++i)
            parts[i] = matmul(x * fitting(i, x), ir::emit::part_of_axis(w, 1, w.g->dims.multiply(width, i), width));
        return ir::emit::concat(std::span<const symbol>(parts, static_cast<std::size_t>(gates)), x.rank() - 1);
    }
    constexpr symbol of(int gate, symbol x) const { return count < 2 ? all(x) : x * fitting(gate, x); }

private:
    /// (N,F), or (N,1,F) beside (N,T,F).
    constexpr symbol fitting(int i, symbol x) const {
        const symbol f = of_gate[static_cast<std::size_t>(i)];
        return x.rank() == 2 ? f : ir::emit::expand_dims(f, {1});
    }
};
constexpr factors drawn(const site& here, symbol x, double rate, extent_t width, int count) {
    factors f;
    for (f.count = 0; f.count < count; ++f.count)
        f.of_gate[static_cast<std::size_t>(f.count)] = telar::dropout(filled(x, 1, width), rate, here.random_state());
    return f;
}

/// A cell with the values of its weights.
template <cells Cell> struct step_of {
    symbol w, u, b;  // kernel, recurrent kernel, bias: or nothing
    nn::activation activation, recurrent_activation;
    factors of_x{}, of_h{};
    static constexpr int gates = gates_of(Cell);
    static constexpr std::size_t states = states_of(Cell);

    /// x W + b, of one step or of all.
    constexpr symbol input(symbol x) const {
        const symbol z = of_x.products(x.plain(), w, gates);
        return b.g ? z + bias(0) : z;
    }
    /// From the input's part and the states to the next states.
    constexpr std::array<symbol, states> operator()(symbol zx, const std::array<symbol, states>& s) const {
        const symbol h = s[0];
        if constexpr (Cell == cells::simple) {
            return {activated(activation, zx + of_h.products(h, u, gates))};
        } else if constexpr (Cell == cells::lstm) {
            const symbol z = zx + of_h.products(h, u, gates);
            const symbol in = gate(z, h, 0), forget = gate(z, h, 1);
            const symbol candidate = activated(activation, expr::formulas::gate(z, h, 2)), out = gate(z, h, 3);
            const symbol c = forget * s[1] + in * candidate;
            return {out * activated(activation, c), c};
        } else {
            return {reset_after ? after(zx, h) : before(zx, h)};
        }
    }
    bool reset_after = true;  // of gru: the reset gate multiplies the product, else the state

private:
    constexpr symbol bias(extent_t i) const { return b.rank() == 1 ? b : ir::emit::row(b, i); }
    constexpr symbol gate(symbol z, symbol h, extent_t i) const {
        return activated(recurrent_activation, expr::formulas::gate(z, h, i));
    }
    constexpr symbol after(symbol zx, symbol h) const {
        const symbol product = of_h.products(h, u, gates), zh = b.g ? product + bias(1) : product, both = zx + zh;
        const symbol z = gate(both, h, 0), r = gate(both, h, 1);
        return mixed(z, h, expr::formulas::gate(zx, h, 2) + r * expr::formulas::gate(zh, h, 2));
    }
    constexpr symbol before(symbol zx, symbol h) const {
        const auto product = [&](int i, symbol state) { return matmul(state, expr::formulas::gate(u, h, i)); };
        const symbol z = activated(recurrent_activation, expr::formulas::gate(zx, h, 0) + product(0, of_h.of(0, h)));
        const symbol r = activated(recurrent_activation, expr::formulas::gate(zx, h, 1) + product(1, of_h.of(1, h)));
        return mixed(z, h, expr::formulas::gate(zx, h, 2) + product(2, r * of_h.of(2, h)));
    }
    constexpr symbol mixed(symbol z, symbol h, symbol candidate) const {
        return z * h + (1 - z) * activated(activation, candidate);
    }
};

// ---------------------------------------------------------------- all steps
/// The outputs of all steps (N,T,...), the last one, and the last states.
template <std::size_t S> struct sequence {
    symbol outputs, last;
    std::array<symbol, S> states;
};

/// One step of a loop whose states are S of a cell and, where Carries, the output of the step before.
template <bool Carries, std::size_t S> struct loop {
    static constexpr std::size_t states = S + (Carries ? 1 : 0);
    bool zero_output_for_mask = false;

    /// now: made of old and of x_t; where it does not count nothing happens.
    constexpr scanned<states, 1> operator()(const std::array<symbol, states>& old, const scanned<S, 1>& made,
                                            const symbol* counts) const {
        std::array<symbol, states> now{};
        for (std::size_t i = 0; i < S; ++i) now[i] = counts ? chosen(*counts, made.state[i], old[i]) : made.state[i];
        if constexpr (Carries) {
            const symbol y = made.kept[0], zero = ir::emit::constant(*y.g, y.type(), 0);
            now[S] = counts ? chosen(*counts, y, zero_output_for_mask ? zero : old[S]) : y;
        }
        return {now, {now[Carries ? S : 0]}};
    }

private:
    static constexpr symbol chosen(symbol counts, symbol now, symbol old) {
        return ir::emit::elementwise(op::select, masks::stretched(counts, now.rank()), now, old);
    }
};
template <bool Carries, std::size_t S, class Step>
constexpr sequence<S> looped(symbol x, const std::optional<symbol>& mask,
                             const std::array<symbol, S + (Carries ? 1 : 0)>& begin, bool zero_output_for_mask,
                             Step step) {
    using loop = recurrent::loop<Carries, S>;
    const auto stepped = [&](auto... a) {
        const std::array<symbol, sizeof...(a)> all{a...};
        std::array<symbol, loop::states> old{};
        std::array<symbol, S> without_output{};
        for (std::size_t i = 0; i < loop::states; ++i) old[i] = all[i];
        for (std::size_t i = 0; i < S; ++i) without_output[i] = all[i];
        const symbol* const step_counts = sizeof...(a) > loop::states + 1 ? &all.back() : nullptr;
        return loop{zero_output_for_mask}(old, step(all[loop::states], without_output), step_counts);
    };
    const auto all =
        mask ? scan(stepped, begin, over(time_first(x), time_first(*mask))) : scan(stepped, begin, over(time_first(x)));
    sequence<S> result{time_first(all.kept[0]), all.state[Carries ? S : 0], {}};
    for (std::size_t i = 0; i < S; ++i) result.states[i] = all.state[i];
    return result;
}
/// step(x_t, states) -> scanned<S, 1>, for each t. Where the mask is false the states stay as they are, and the output
/// is that of the step before, or 0.
///
/// shapes    x (N,T,...); before: the output before the first step. Without it the output of a step is its first state
template <std::size_t S, class Step>
constexpr sequence<S> over_time(symbol x, const std::optional<symbol>& mask, const std::array<symbol, S>& initial,
                                const std::optional<symbol>& before, bool zero_output_for_mask, Step step) {
    if (!before) return looped<false, S>(x, mask, initial, zero_output_for_mask, step);
    std::array<symbol, S + 1> begin{};
    for (std::size_t i = 0; i < S; ++i) begin[i] = initial[i];
    begin[S] = *before;
    return looped<true, S>(x, mask, begin, zero_output_for_mask, step);
}

}  // namespace telar::inline TELAR_ABI::nn::recurrent
