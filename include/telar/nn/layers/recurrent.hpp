// SPDX-License-Identifier: BSL-1.0
// Recurrent layers: simple_rnn, lstm, gru, by Keras' names and defaults.
#pragma once
#include <telar/nn/bind.hpp>

#include <array>

namespace telar::inline TELAR_ABI::nn {

namespace recurrent {
enum class cells : std::int32_t { simple, lstm, gru };
constexpr int gates_of(cells c) { return c == cells::lstm ? 4 : c == cells::gru ? 3 : 1; }
constexpr symbol backward_in_time(symbol x) { return ir::emit::reverse(x.plain(), 1u << 1); }
/// Every h, then the last one.
constexpr std::array<symbol, 2> run(cells c, symbol x, symbol w, symbol u, symbol b) {
    if (c == cells::lstm) {
        const auto [hs, h, memory] = telar::lstm(x, w, u, b);
        return {hs, h};
    }
    if (c == cells::gru) {
        const auto [hs, h] = telar::gru(x, w, u, b);
        return {hs, h};
    }
    const auto [hs, h] = telar::simple_rnn(x, w, u, b);
    return {hs, h};
}
}  // namespace recurrent

/// The last h of a sequence, or every h with return_sequences.
///
/// shapes    x (N,T,F) -> (N,units), with return_sequences (N,T,units); kernel (F, gates units), recurrent_kernel
/// (units,
///           gates units), bias (gates units), of gru (2, gates units)
/// edge      lstm: the forget gate's bias begins as 1 (unit_forget_bias); go_backwards: from the last step to the
/// first, and
///           the sequence of h is in that order, as Keras'
/// source    Keras' SimpleRNN, LSTM, GRU (reset_after)
/// test      tests/nn/layers_test.cpp
template <recurrent::cells Cell> struct recurrent_layer {
    int units = 1;
    bool return_sequences = false;
    bool go_backwards = false;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix();
    parameter kernel{}, recurrent_kernel{}, bias{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        constexpr std::string_view kinds[]{"simple_rnn", "lstm", "gru"};
        const layer_call call(here, x, kinds[static_cast<int>(Cell)]);
        constexpr int gates = recurrent::gates_of(Cell);
        const extent_t wide = gates * units;
        const symbol w = kernel(x, shape(x.extents()[x.rank() - 1], wide), kernel_initializer);
        const symbol u = recurrent_kernel(x, shape(units, wide), recurrent_initializer);
        const symbol b = Cell == recurrent::cells::gru    ? bias(x, shape(2, wide), zeros)
                         : Cell == recurrent::cells::lstm ? bias(x, shape(wide), forget_bias(units))
                                                          : bias(x, shape(wide), zeros);
        const auto all = recurrent::run(Cell, go_backwards ? recurrent::backward_in_time(x) : x, w, u, b);
        return call.gives(all[return_sequences ? 0 : 1]);
    }
};
using simple_rnn = recurrent_layer<recurrent::cells::simple>;
using lstm = recurrent_layer<recurrent::cells::lstm>;
using gru = recurrent_layer<recurrent::cells::gru>;

/// A recurrent layer along the sequence and one from its end, side by side.
///
/// shapes    (N,T,F) -> (N, 2 units), or (N, T, 2 units)
/// source    Keras' Bidirectional, merge_mode "concat"
template <class Layer> struct bidirectional {
    Layer forward_layer{}, backward_layer{};
    site here{};

    constexpr explicit bidirectional(const Layer& layer) : forward_layer(layer), backward_layer(layer) {
        backward_layer.go_backwards = !layer.go_backwards;
    }
    constexpr void bind_to(bound_model& to) {
        here.owner = &to;
        here.path = to.add_site();
        const int before = to.enter("forward_layer");
        bind_member(forward_layer, to);
        to.leave(before);
        to.enter("backward_layer");
        bind_member(backward_layer, to);
        to.leave(before);
    }
    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "bidirectional");
        const symbol there = forward_layer(x), back = backward_layer(x);
        const symbol in_order = backward_layer.return_sequences ? recurrent::backward_in_time(back) : back;
        return call.gives(ir::emit::concat(there, in_order, there.rank() - 1));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
