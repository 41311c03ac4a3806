// SPDX-License-Identifier: BSL-1.0
// rnn: a recurrent layer of a cell, of one's own or of simple_rnn_cell, lstm_cell, gru_cell, stacked_rnn_cells.
#pragma once
#include <telar/nn/layers/recurrent.hpp>

#include <tuple>

namespace telar::inline TELAR_ABI::nn {

namespace recurrent {
/// What a cell gives: its states, of which the first is the output, or both.
template <std::size_t S> constexpr scanned<S, 1> made(const std::array<symbol, S>& s) { return {s, {s[0]}}; }
template <std::size_t S> constexpr scanned<S, 1> made(const scanned<S, 1>& s) { return s; }

template <class Cell>
inline constexpr std::size_t states_in = std::tuple_size_v<decltype(std::declval<const Cell&>().state_size())>;
template <class Cell>
inline constexpr bool gives_output = requires(const Cell& c, symbol x, const std::array<symbol, states_in<Cell>>& s) {
    c(x, s).kept;
};
}  // namespace recurrent

/// A layer that runs a cell over time. A cell is a struct with parameters, the widths of its states and a step:
///
///     struct leaky {
///         int units = 1;
///         nn::parameter kernel{};
///         constexpr std::array<int, 1> state_size() const { return {units}; }
///         constexpr std::array<symbol, 1> operator()(symbol x, const std::array<symbol, 1>& s) const {
///             return {0.9 * s[0] + matmul(x, kernel(x, shape(x.extents()[1], units)))};
///         }
///     };
///     nn::rnn<leaky> layer{{64}, true};  // return_sequences
///
/// shapes    x (N,T,...) -> the output of a step, or of all (N,T,...); the cell has x_t (N,...) and states (N,width)
/// edge      the output of a step is the first state, or what a cell returns as `kept` of scanned<states, 1>. Initial
///           and last states, masks, go_backwards, stateful: as nn::lstm. Kernels are multiplied in each step: the
///           layers lstm and gru, which multiply all steps at once, are faster
/// source    Keras' RNN
/// test      tests/fixtures/keras_rnn_test.cpp
template <class Cell> struct rnn {
    static constexpr std::size_t state_count = recurrent::states_in<Cell>;
    Cell cell{};
    bool return_sequences = false, go_backwards = false, stateful = false, zero_output_for_mask = false;
    regularizer activity_regularizer{};
    std::array<parameter, recurrent::states_in<Cell>> states{};
    site here{};

    template <std::same_as<symbol>... S> constexpr symbol operator()(symbol x, S... initial) const {
        return with_state(x, initial...)[0];
    }
    template <std::same_as<symbol>... S>
    requires(sizeof...(S) == 0 ||
             sizeof...(S) == state_count) constexpr std::array<symbol, 1 + state_count> with_state(symbol x,
                                                                                                   S... initial) const {
        const layer_call call(here, x, "rnn");
        if (sizeof...(S) > 0) call.takes_unnamed();
        std::array<symbol, state_count> begin{initial...};
        const auto widths = cell.state_size();
        for (std::size_t i = 0; sizeof...(S) == 0 && i < state_count; ++i)
            begin[i] = stateful ? next_value(states[i](x, shape(x.extents()[0], widths[i]), zeros, false))
                                : of_zeros(x, shape(x.extents()[0], widths[i]));
        const auto step = [&](symbol x_t, const std::array<symbol, state_count>& s) {
            return recurrent::made(cell(x_t, s));
        };
        auto mask = mask_of(x);
        const symbol ordered = go_backwards ? recurrent::backward_in_time(x) : x.plain();
        if (mask && go_backwards) mask = recurrent::backward_in_time(*mask);
        std::optional<symbol> before;
        if (recurrent::gives_output<Cell>)
            before = of_zeros(x, step(ir::emit::row(recurrent::time_first(ordered), 0), begin).kept[0].extents());
        else if (mask && (sizeof...(S) > 0 || stateful || zero_output_for_mask))
            before = of_zeros(x, begin[0].extents());
        const auto all = recurrent::over_time(ordered, mask, begin, before, zero_output_for_mask, step);
        std::array<symbol, 1 + state_count> result{return_sequences ? with_mask_of(x, all.outputs) : all.last};
        for (std::size_t i = 0; i < state_count; ++i) {
            result[1 + i] = all.states[i];
            if (stateful && is_training(x))
                assign(states[i](x, begin[i].extents(), zeros, false), stop_gradient(all.states[i]));
        }
        call.gives(result[0], activity_regularizer);
        return result;
    }

private:
    static constexpr symbol of_zeros(symbol x, const shape& extents) {
        return ir::emit::broadcast_to(ir::emit::constant(*x.g, x.type(), 0), extents);
    }
};

/// The cells of nn::simple_rnn, nn::lstm, nn::gru: one step, with their weights.
///
/// source    Keras' SimpleRNNCell, LSTMCell, GRUCell
struct simple_rnn_cell {
    int units = 0;  // must be given
    nn::activation activation = tanh;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix(),
                bias_initializer = zeros;
    regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{};
    constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
    parameter kernel{}, recurrent_kernel{}, bias{};

    constexpr std::array<int, 1> state_size() const { return {units}; }
    constexpr std::array<symbol, 1> operator()(symbol x, const std::array<symbol, 1>& s) const {
        return recurrent::stepped<recurrent::cells::simple>(*this, x, s);
    }
};
struct lstm_cell {
    int units = 0;  // must be given
    nn::activation activation = tanh, recurrent_activation = sigmoid;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix(),
                bias_initializer = zeros;
    bool unit_forget_bias = true;
    regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{};
    constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
    parameter kernel{}, recurrent_kernel{}, bias{};

    constexpr std::array<int, 2> state_size() const { return {units, units}; }
    constexpr std::array<symbol, 2> operator()(symbol x, const std::array<symbol, 2>& s) const {
        return recurrent::stepped<recurrent::cells::lstm>(*this, x, s);
    }
};
struct gru_cell {
    int units = 0;  // must be given
    nn::activation activation = tanh, recurrent_activation = sigmoid;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix(),
                bias_initializer = zeros;
    regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{};
    constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
    bool reset_after = true;
    parameter kernel{}, recurrent_kernel{}, bias{};

    constexpr std::array<int, 1> state_size() const { return {units}; }
    constexpr std::array<symbol, 1> operator()(symbol x, const std::array<symbol, 1>& s) const {
        return recurrent::stepped<recurrent::cells::gru>(*this, x, s);
    }
};

/// Cells one behind the other: nn::rnn<decltype(cells)>{cells} of cells = nn::stacked_rnn_cells(nn::lstm_cell{64},
/// nn::lstm_cell{32}). Each has the output of the one before.
///
/// source    Keras' StackedRNNCells
template <class... Cells> class stacked_rnn_cells {
    static constexpr std::size_t count = (0 + ... + recurrent::states_in<Cells>);

public:
    constexpr stacked_rnn_cells() = default;
    constexpr explicit stacked_rnn_cells(const Cells&... cells) : cells_(cells...) {}

    constexpr std::array<int, count> state_size() const {
        std::array<int, count> all{};
        std::size_t at = 0;
        const auto take_in = [&](const auto& cell) {
            for (const int width : cell.state_size()) all[at++] = width;
        };
        std::apply([&](const auto&... cell) { (take_in(cell), ...); }, cells_);
        return all;
    }
    constexpr scanned<count, 1> operator()(symbol x, const std::array<symbol, count>& states) const {
        scanned<count, 1> result{{}, {x}};
        std::size_t at = 0;
        const auto take_in = [&](const auto& cell) {
            constexpr std::size_t n = recurrent::states_in<std::remove_cvref_t<decltype(cell)>>;
            std::array<symbol, n> own{};
            for (std::size_t i = 0; i < n; ++i) own[i] = states[at + i];
            const scanned<n, 1> made = recurrent::made(cell(result.kept[0], own));
            for (std::size_t i = 0; i < n; ++i) result.state[at + i] = made.state[i];
            result.kept = made.kept;
            at += n;
        };
        std::apply([&](const auto&... cell) { (take_in(cell), ...); }, cells_);
        return result;
    }
    constexpr void bind_to(bound_model& to) {
        int number = 0;
        const auto bind = [&](auto& cell) {
            const int before = to.enter(number++);
            bind_member(cell, to);
            to.leave(before);
        };
        std::apply([&](auto&... cell) { (bind(cell), ...); }, cells_);
    }

private:
    std::tuple<Cells...> cells_{};
};

}  // namespace telar::inline TELAR_ABI::nn
