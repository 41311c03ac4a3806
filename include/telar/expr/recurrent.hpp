// SPDX-License-Identifier: BSL-1.0
// Recurrent layers: a cell makes one step, a layer is a scan of cells. Weights lie as in Keras.
#pragma once
#include <telar/expr/composite.hpp>
#include <telar/expr/scan.hpp>

namespace telar::inline TELAR_ABI {

namespace expr::formulas {

/// Part i of the last axis, taken apart into parts as wide as h.
constexpr symbol gate(symbol z, symbol h, extent_t i) {
    const extent_t width = h.extents()[h.rank() - 1];
    return emit::part_of_axis(z, z.rank() - 1, z.g->dims.multiply(width, i), width);
}
/// W (F, n H), U (H, n H), b (..., n H)
constexpr bool weights_fit(symbol w, symbol u, symbol b, int gates) {
    dimensions& dims = w.g->dims;
    const bool fits = w.rank() == 2 && u.rank() == 2 && b.rank() >= 1 &&
                      dims.unify(dims.multiply(u.extents()[0], gates), u.extents()[1]) &&
                      dims.unify(w.extents()[1], u.extents()[1]) &&
                      dims.unify(b.extents()[b.rank() - 1], u.extents()[1]);
    if (!fits) w.g->fail({mistake_kind::recurrent_weights, op::matmul, {}, {}, gates, w.extents(), u.extents(), 0});
    return fits;
}

struct simple_rnn_step {
    static constexpr int gates = 1, states = 1;
    static constexpr symbol input(symbol x, symbol w, symbol b) { return matmul(x, w) + b; }
    static constexpr std::array<symbol, 1> step(symbol z, std::array<symbol, 1> s, symbol u, symbol) {
        return {tanh(z + matmul(s[0], u))};
    }
};
struct lstm_step {
    static constexpr int gates = 4, states = 2;
    static constexpr symbol input(symbol x, symbol w, symbol b) { return matmul(x, w) + b; }
    static constexpr std::array<symbol, 2> step(symbol zx, std::array<symbol, 2> s, symbol u, symbol) {
        const symbol h = s[0], z = zx + matmul(h, u);
        // The gates in their order, so that their derivatives join without a sum.
        const symbol in = sigmoid(gate(z, h, 0)), forget = sigmoid(gate(z, h, 1)), candidate = tanh(gate(z, h, 2));
        const symbol out = sigmoid(gate(z, h, 3)), c = forget * s[1] + in * candidate;
        return {out * tanh(c), c};
    }
};
/// Keras' reset_after: b (2, 3 H), the second row is the bias of the recurrent product.
struct gru_step {
    static constexpr int gates = 3, states = 1;
    static constexpr symbol bias(symbol b, extent_t i) {
        return b.rank() == 1 ? b : reshape(slice(b, 0, i, i + 1), shape(b.extents()[1]));
    }
    static constexpr symbol input(symbol x, symbol w, symbol b) { return matmul(x, w) + bias(b, 0); }
    static constexpr std::array<symbol, 1> step(symbol zx, std::array<symbol, 1> s, symbol u, symbol b) {
        const symbol h = s[0];
        if (b.rank() == 1) {  // the reset gate before the product
            const symbol z = sigmoid(gate(zx, h, 0) + matmul(h, gate(u, h, 0)));
            const symbol r = sigmoid(gate(zx, h, 1) + matmul(h, gate(u, h, 1)));
            return {mix(z, h, tanh(gate(zx, h, 2) + matmul(r * h, gate(u, h, 2))))};
        }
        const symbol zh = matmul(h, u) + bias(b, 1), both = zx + zh;  // all in the product's epilogue
        const symbol z = sigmoid(gate(both, h, 0)), r = sigmoid(gate(both, h, 1));
        return {mix(z, h, tanh(gate(zx, h, 2) + r * gate(zh, h, 2)))};
    }
    static constexpr symbol mix(symbol z, symbol h, symbol candidate) { return z * h + (1 - z) * candidate; }
};

/// One step: x (B, F) or (F), then the states, alike, then the weights. One state comes back as it is.
template <class Step> struct recurrent_cell {
    static constexpr std::size_t states = Step::states;

    template <std::same_as<symbol>... A>
    requires(sizeof...(A) == states + 3) constexpr auto operator()(symbol x, A... rest) const {
        const std::array<symbol, states + 3> all{rest...};
        std::array<symbol, states> next{};
        for (std::size_t i = 0; i < states; ++i) next[i] = all[i];
        const symbol w = all[states], u = all[states + 1], b = all[states + 2];
        if (weights_fit(w, u, b, Step::gates)) next = made(x, next, w, u, b);
        if constexpr (states == 1) return symbol(next[0]);
        else return next;
    }

private:
    static constexpr auto made(symbol x, std::array<symbol, states> s, symbol w, symbol u, symbol b) {
        const bool is_one = x.rank() == 1;
        if (is_one) {
            x = emit::expand_dims(x, {0});
            for (symbol& one : s) one = emit::expand_dims(one, {0});
        }
        auto next = Step::step(Step::input(x, w, b), s, u, b);
        if (is_one)
            for (symbol& one : next) one = emit::reshape(one, shape(one.extents()[1]));
        return next;
    }
};
/// All steps of x (B, T, F) or (T, F): every h, then the last states. They begin as zeros unless given.
template <class Step> struct recurrent_layer {
    static constexpr std::size_t states = Step::states;

    template <std::same_as<symbol>... S>
    requires(sizeof...(S) == 0 || sizeof...(S) == states) constexpr auto operator()(symbol x, symbol w, symbol u,
                                                                                    symbol b, S... initial) const {
        std::array<symbol, states + 1> result{};
        for (symbol& r : result) r = x;
        if (!weights_fit(w, u, b, Step::gates)) return result;
        const bool is_one = x.rank() == 2;
        constexpr extent_t steps_first[] = {1, 0, 2};
        std::array<symbol, states> state{initial...};
        for (symbol& s : state) {
            if constexpr (sizeof...(S) == 0)
                s = emit::broadcast_to(emit::constant(*x.g, x.type(), 0),
                                       shape(is_one ? 1 : x.extents()[0], u.extents()[0]));
            else if (is_one) s = emit::expand_dims(s, {0});
        }
        const symbol inputs = Step::input(x, w, b);  // of all steps in one product
        const symbol of_steps = is_one ? emit::expand_dims(inputs, {1}) : emit::transpose(inputs, steps_first);
        const auto step = [&](auto... s) {
            const std::array<symbol, states + 1> all{s...};
            std::array<symbol, states> old{};
            for (std::size_t i = 0; i < states; ++i) old[i] = all[i];
            const auto now = Step::step(all[states], old, u, b);
            return scanned<states, 1>{now, {now[0]}};
        };
        const auto r = scan(step, state, over(of_steps));
        result[0] = is_one ? emit::reshape(r.kept[0], emit::without(r.kept[0].extents(), 2))
                           : emit::transpose(r.kept[0], steps_first);
        for (std::size_t i = 0; i < states; ++i)
            result[i + 1] = is_one ? emit::reshape(r.state[i], emit::without(r.state[i].extents(), 1)) : r.state[i];
        return result;
    }
};

using simple_rnn = recurrent_layer<simple_rnn_step>;
using lstm = recurrent_layer<lstm_step>;
using gru = recurrent_layer<gru_step>;
using simple_rnn_cell = recurrent_cell<simple_rnn_step>;
using lstm_cell = recurrent_cell<lstm_step>;
using gru_cell = recurrent_cell<gru_step>;

}  // namespace expr::formulas

// clang-format off
/// z = x_t W + h U + b, in parts i, f, g, o; c' = sigmoid(f) c + sigmoid(i) tanh(g); h' = sigmoid(o) tanh(c'): every h,
/// the last h and the last c, as Keras' LSTM with return_sequences and return_state:
///
///     auto [hs, h, c] = lstm(x, W, U, b);
///
/// shapes    x (N,T,F), W (F,4H), U (H,4H), b (4H) -> (N,T,H), (N,H), (N,H); without N: x (T,F) -> (T,H), (H), (H)
///           lstm(x, W, U, b, h, c) begins with these states instead of zeros
/// types     floats, all alike
/// errors    E144 recurrent_weights_do_not_fit, E100, E101
/// gradient  through time, by everything
/// source    Hochreiter and Schmidhuber, Long short-term memory, 1997; Keras' order of the gates
/// test      tests/expr/recurrent_test.cpp
template <class X, class W, class U, class B> requires Operands<X, W, U, B> constexpr auto lstm(const X& x, const W& w, const U& u, const B& b, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::lstm>>(at, x, w, u, b); }
template <class X, class W, class U, class B, class H, class C> requires Operands<X, W, U, B, H, C> constexpr auto lstm(const X& x, const W& w, const U& u, const B& b, const H& h, const C& c, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::lstm>>(at, x, w, u, b, h, c); }
/// One step of an lstm: h' and c'.   x (N,F) or (F), h and c (N,H) or (H)
template <class X, class H, class C, class W, class U, class B> requires Operands<X, H, C, W, U, B> constexpr auto lstm_cell(const X& x, const H& h, const C& c, const W& w, const U& u, const B& b, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::lstm_cell>>(at, x, h, c, w, u, b); }

/// z = sigmoid(x W_z + h U_z + b_z), r = sigmoid(x W_r + h U_r + b_r), h' = z h + (1 - z) tanh(x W_h + r (h U_h)): every
/// h and the last, as Keras' GRU:   auto [hs, h] = gru(x, W, U, b);
///
/// shapes    x (N,T,F), W (F,3H), U (H,3H), b (2,3H) -> (N,T,H), (N,H); without N: x (T,F) -> (T,H), (H)
/// edge      the second row of b is added to h U, as Keras' reset_after; with b (3H) it is the first form of the GRU,
///           tanh(x W_h + (r h) U_h)
/// types     floats, all alike
/// errors    E144 recurrent_weights_do_not_fit, E100, E101
/// gradient  through time, by everything
/// source    Cho et al., Learning phrase representations using RNN encoder-decoder, 2014
/// test      tests/expr/recurrent_test.cpp
template <class X, class W, class U, class B> requires Operands<X, W, U, B> constexpr auto gru(const X& x, const W& w, const U& u, const B& b, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::gru>>(at, x, w, u, b); }
template <class X, class W, class U, class B, class H> requires Operands<X, W, U, B, H> constexpr auto gru(const X& x, const W& w, const U& u, const B& b, const H& h, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::gru>>(at, x, w, u, b, h); }
/// One step of a gru: h'.   x (N,F) or (F), h (N,H) or (H)
template <class X, class H, class W, class U, class B> requires Operands<X, H, W, U, B> constexpr auto gru_cell(const X& x, const H& h, const W& w, const U& u, const B& b, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::gru_cell>>(at, x, h, w, u, b); }

/// h' = tanh(x_t W + h U + b): every h and the last, as Keras' SimpleRNN.
///
/// shapes    x (N,T,F), W (F,H), U (H,H), b (H) -> (N,T,H), (N,H); without N: x (T,F) -> (T,H), (H)
/// errors    E144 recurrent_weights_do_not_fit, E100, E101
template <class X, class W, class U, class B> requires Operands<X, W, U, B> constexpr auto simple_rnn(const X& x, const W& w, const U& u, const B& b, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::simple_rnn>>(at, x, w, u, b); }
template <class X, class W, class U, class B, class H> requires Operands<X, W, U, B, H> constexpr auto simple_rnn(const X& x, const W& w, const U& u, const B& b, const H& h, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::simple_rnn>>(at, x, w, u, b, h); }
/// One step of a simple_rnn: h'.
template <class X, class H, class W, class U, class B> requires Operands<X, H, W, U, B> constexpr auto simple_rnn_cell(const X& x, const H& h, const W& w, const U& u, const B& b, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::simple_rnn_cell>>(at, x, h, w, u, b); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
