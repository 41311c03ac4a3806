// SPDX-License-Identifier: BSL-1.0
// Recurrent layers: simple_rnn, lstm, gru, by Keras' names and defaults.
#pragma once
#include <telar/nn/bind.hpp>
#include <telar/nn/layers/recurrent_steps.hpp>

namespace telar::inline TELAR_ABI::nn {

namespace recurrent {
/// The step of a layer or of a cell, with the values of its weights.
template <cells Cell, class Layer> constexpr step_of<Cell> step_with_weights(const Layer& l, symbol x) {
    const extent_t wide = gates_of(Cell) * l.units;
    step_of<Cell> step{};
    step.w = l.kernel(x, shape(x.extents()[x.rank() - 1], wide), l.kernel_initializer, l.kernel_regularizer,
                      l.kernel_constraint);
    step.u = l.recurrent_kernel(x, shape(l.units, wide), l.recurrent_initializer, l.recurrent_regularizer,
                                l.recurrent_constraint);
    step.activation = l.activation;
    shape of_bias(wide);
    initializer begins = l.bias_initializer;
    if constexpr (Cell != cells::simple) step.recurrent_activation = l.recurrent_activation;
    if constexpr (Cell == cells::gru) {
        step.reset_after = l.reset_after;
        if (l.reset_after) of_bias = shape(2, wide);
    }
    if constexpr (Cell == cells::lstm)
        if (l.unit_forget_bias && begins.kind == initializer::constant_value) begins = forget_bias(l.units, begins.a);
    if (l.use_bias) step.b = l.bias(x, of_bias, begins, l.bias_regularizer, l.bias_constraint);
    return step;
}
/// Of a cell: one step.
template <cells Cell, class Layer>
constexpr auto stepped(const Layer& l, symbol x, const std::array<symbol, states_of(Cell)>& states) {
    const step_of<Cell> step = step_with_weights<Cell>(l, x);
    return step(step.input(x), states);
}
template <cells Cell, class Layer> constexpr bool has_default_activations(const Layer& l) {
    bool is_default = l.activation == static_cast<nn::activation>(tanh);
    if constexpr (Cell != cells::simple)
        is_default = is_default && l.recurrent_activation == static_cast<nn::activation>(sigmoid);
    return is_default;
}

/// A call of a layer: all its steps.
template <cells Cell, class Layer> class layer_run {
    static constexpr std::size_t states = states_of(Cell);
    static constexpr int gates = gates_of(Cell);

public:
    constexpr layer_run(const Layer& layer, symbol x)
        : l_(layer), x_(x), mask_(mask_of(x)), step_(step_with_weights<Cell>(layer, x)) {
        drop();
        is_default_ = l_.use_bias && !mask_ && step_.of_h.count == 0 && has_default_activations<Cell>(l_);
        if (l_.go_backwards) turn();
    }
    /// The output and the last states.
    constexpr std::array<symbol, 1 + states> from(const std::array<symbol, states>* initial) const {
        std::array<symbol, states> begin{};
        const bool is_stateful = l_.stateful && !initial;
        for (std::size_t i = 0; i < states; ++i)
            begin[i] = initial ? (*initial)[i] : is_stateful ? kept_state(i) : filled(x_, 0, l_.units);
        const sequence<states> all =
            is_default_ ? composed(begin, initial || is_stateful) : steps(begin, initial || is_stateful);
        std::array<symbol, 1 + states> result{l_.return_sequences ? all.outputs : all.last};
        for (std::size_t i = 0; i < states; ++i) {
            result[1 + i] = all.states[i];
            if (l_.stateful && is_training(x_))
                assign(l_.states[i](x_, begin[i].extents(), zeros, false), stop_gradient(all.states[i]));
        }
        return result;
    }

private:
    /// In training. As in Keras each gate has factors of its own where states are dropped.
    constexpr void drop() {
        const bool drops_h = l_.recurrent_dropout > 0 && is_training(x_);
        const int count = l_.recurrent_dropout > 0 ? gates : 1;
        if (l_.dropout > 0 && is_training(x_))
            step_.of_x = drawn(l_.here, x_, l_.dropout, x_.extents()[x_.rank() - 1], count);
        if (drops_h) step_.of_h = drawn(l_.here, x_, l_.recurrent_dropout, l_.units, count);
    }
    constexpr void turn() {
        x_ = backward_in_time(x_);
        if (mask_) mask_ = backward_in_time(*mask_);
    }
    /// What the run before left.
    constexpr symbol kept_state(std::size_t i) const {
        return next_value(l_.states[i](x_, shape(x_.extents()[0], l_.units), zeros, false));
    }
    /// By the functions of telar.
    constexpr sequence<states> composed(const std::array<symbol, states>& s, bool is_given) const {
        const symbol x = step_.of_x.all(x_), w = step_.w, u = step_.u, b = step_.b;
        if constexpr (Cell == cells::lstm) {
            const auto [hs, h, c] = is_given ? telar::lstm(x, w, u, b, s[0], s[1]) : telar::lstm(x, w, u, b);
            return {hs, h, {h, c}};
        } else if constexpr (Cell == cells::gru) {
            const auto [hs, h] = is_given ? telar::gru(x, w, u, b, s[0]) : telar::gru(x, w, u, b);
            return {hs, h, {h}};
        } else {
            const auto [hs, h] = is_given ? telar::simple_rnn(x, w, u, b, s[0]) : telar::simple_rnn(x, w, u, b);
            return {hs, h, {h}};
        }
    }
    /// The output before the first step is 0, whatever the state is.
    constexpr sequence<states> steps(const std::array<symbol, states>& begin, bool is_given) const {
        std::optional<symbol> before;
        if (mask_ && (is_given || l_.zero_output_for_mask)) before = filled(x_, 0, l_.units);
        const auto step = [&](symbol z, const std::array<symbol, states>& s) {
            const std::array<symbol, states> now = step_(z, s);
            return scanned<states, 1>{now, {now[0]}};
        };
        return over_time(step_.input(x_), mask_, begin, before, l_.zero_output_for_mask, step);
    }

    const Layer& l_;
    symbol x_;
    std::optional<symbol> mask_;
    step_of<Cell> step_;
    bool is_default_ = true;
};

template <cells Cell, class Layer>
constexpr std::array<symbol, 1 + states_of(Cell)> called(const Layer& layer, symbol x,
                                                         const std::array<symbol, states_of(Cell)>* initial) {
    constexpr std::string_view kinds[]{"simple_rnn", "lstm", "gru"};
    const layer_call call(layer.here, x, kinds[static_cast<int>(Cell)]);
    if (initial) call.takes_unnamed();
    auto y = layer_run<Cell, Layer>(layer, x).from(initial);
    if (layer.return_sequences) y[0] = with_mask_of(x, y[0]);
    call.gives(y[0], layer.activity_regularizer);
    return y;
}
}  // namespace recurrent

// What the three layers have in common:
//
// shapes    x (N,T,F) -> (N,units), with return_sequences (N,T,units); kernel (F, gates units),
//           recurrent_kernel (units, gates units), bias (gates units), of gru with reset_after (2, gates units)
// edge      layer(x, h), of lstm layer(x, h, c), begins with these states instead of zeros. with_state(x) gives the
//           output and the last states. go_backwards: from the last step to the first, and the outputs are in that
//           order, as Keras'. stateful: the states are parameters that are not trained. Each step of training goes
//           on from those of the step before; what predicts begins with them, too, and leaves them. N is a number then.
//           A step that the mask of x leaves out changes no state, and its output is the one before it; with
//           zero_output_for_mask it is 0. With return_sequences the mask is passed on. activity_regularizer is of the
//           output, not of the states that with_state gives besides
// gradient  through time, by everything
// test      tests/fixtures/keras_recurrent_test.cpp

/// h' = activation(x_t kernel + h recurrent_kernel + bias)
///
/// source    Keras' SimpleRNN
struct simple_rnn {
    int units = 0;  // must be given
    bool return_sequences = false, go_backwards = false;
    nn::activation activation = tanh;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix(),
                bias_initializer = zeros;
    regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
    double dropout = 0, recurrent_dropout = 0;
    bool stateful = false, zero_output_for_mask = false;
    parameter kernel{}, recurrent_kernel{}, bias{};
    std::array<parameter, 1> states{};
    site here{};

    constexpr symbol operator()(symbol x) const { return with_state(x)[0]; }
    constexpr symbol operator()(symbol x, symbol h) const { return with_state(x, h)[0]; }
    constexpr std::array<symbol, 2> with_state(symbol x) const {
        return recurrent::called<recurrent::cells::simple>(*this, x, nullptr);
    }
    constexpr std::array<symbol, 2> with_state(symbol x, symbol h) const {
        const std::array<symbol, 1> initial{h};
        return recurrent::called<recurrent::cells::simple>(*this, x, &initial);
    }
};

/// Gates i, f, g, o: c' = f c + i g, h' = o activation(c'); with_state gives h and c.
///
/// edge      the forget gate's bias begins as 1 (unit_forget_bias), where the others begin as a constant
/// source    Keras' LSTM; Hochreiter and Schmidhuber, Long short-term memory, 1997
struct lstm {
    int units = 0;  // must be given
    bool return_sequences = false, go_backwards = false;
    nn::activation activation = tanh, recurrent_activation = sigmoid;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix(),
                bias_initializer = zeros;
    bool unit_forget_bias = true;
    regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
    double dropout = 0, recurrent_dropout = 0;
    bool stateful = false, zero_output_for_mask = false;
    parameter kernel{}, recurrent_kernel{}, bias{};
    std::array<parameter, 2> states{};
    site here{};

    constexpr symbol operator()(symbol x) const { return with_state(x)[0]; }
    constexpr symbol operator()(symbol x, symbol h, symbol c) const { return with_state(x, h, c)[0]; }
    constexpr std::array<symbol, 3> with_state(symbol x) const {
        return recurrent::called<recurrent::cells::lstm>(*this, x, nullptr);
    }
    constexpr std::array<symbol, 3> with_state(symbol x, symbol h, symbol c) const {
        const std::array<symbol, 2> initial{h, c};
        return recurrent::called<recurrent::cells::lstm>(*this, x, &initial);
    }
};

/// Gates z, r, h: h' = z h + (1 - z) activation(x_t W_h + r (h U_h)), or without reset_after (r h) U_h.
///
/// source    Keras' GRU; Cho et al., Learning phrase representations using RNN encoder-decoder, 2014
struct gru {
    int units = 0;  // must be given
    bool return_sequences = false, go_backwards = false;
    nn::activation activation = tanh, recurrent_activation = sigmoid;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix(),
                bias_initializer = zeros;
    regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
    bool reset_after = true;
    double dropout = 0, recurrent_dropout = 0;
    bool stateful = false, zero_output_for_mask = false;
    parameter kernel{}, recurrent_kernel{}, bias{};
    std::array<parameter, 1> states{};
    site here{};

    constexpr symbol operator()(symbol x) const { return with_state(x)[0]; }
    constexpr symbol operator()(symbol x, symbol h) const { return with_state(x, h)[0]; }
    constexpr std::array<symbol, 2> with_state(symbol x) const {
        return recurrent::called<recurrent::cells::gru>(*this, x, nullptr);
    }
    constexpr std::array<symbol, 2> with_state(symbol x, symbol h) const {
        const std::array<symbol, 1> initial{h};
        return recurrent::called<recurrent::cells::gru>(*this, x, &initial);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
