// SPDX-License-Identifier: BSL-1.0
// Recurrent layers whose products are convolutions.
#pragma once
#include <telar/nn/layers/recurrent_steps.hpp>
#include <telar/nn/layers/windows.hpp>

namespace telar::inline TELAR_ABI::nn {

/// An lstm whose states are images: the products with its kernels are convolutions, of the state without strides and
/// with the state's size.
///
/// shapes    x (N, T, space..., C) -> (N, space'..., filters), with return_sequences (N, T, space'..., filters); kernel
///           (kernel_size..., C, 4 filters), recurrent_kernel (kernel_size..., filters, 4 filters), bias (4 filters)
/// edge      masks, go_backwards and with_state as nn::lstm. One convolution computes the inputs of all steps.
///           channels_first: x (N, T, C, space...) -> (N, filters, space'...); activations see channels_last
/// errors    E251 parameter_shape; those of conv
/// source    Keras' ConvLSTM1D, ConvLSTM2D, ConvLSTM3D; Shi et al., arXiv:1506.04214
/// test      tests/fixtures/keras_rnn_test.cpp
template <int Space> struct conv_lstm {
    int filters = 0;  // must be given
    per_axis kernel_size = 1, strides = 1;
    nn::padding padding = nn::padding::valid;
    nn::data_format data_format = nn::data_format::channels_last;
    per_axis dilation_rate = 1;
    nn::activation activation = tanh, recurrent_activation = sigmoid;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, recurrent_initializer = orthogonal_matrix(),
                bias_initializer = zeros;
    bool unit_forget_bias = true;
    regularizer kernel_regularizer{}, recurrent_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, recurrent_constraint{}, bias_constraint{};
    bool return_sequences = false, go_backwards = false;
    parameter kernel{}, recurrent_kernel{}, bias{};
    site here{};

    constexpr symbol operator()(symbol x) const { return with_state(x)[0]; }
    /// The output, h and c.
    constexpr std::array<symbol, 3> with_state(symbol x) const {
        constexpr std::string_view kinds[]{"conv_lstm1d", "conv_lstm2d", "conv_lstm3d"};
        const layer_call call(here, x, kinds[Space - 1]);
        auto mask = mask_of(x);
        const symbol of_steps = windows::with_channels_last(x.plain(), Space, data_format, 2);
        const symbol ordered = go_backwards ? recurrent::backward_in_time(of_steps) : of_steps;
        if (mask && go_backwards) mask = recurrent::backward_in_time(*mask);
        const symbol zx = of_inputs(ordered);
        const symbol u = recurrent_kernel(x, kernel_extents(filters), recurrent_initializer, recurrent_regularizer,
                                          recurrent_constraint);
        shape of_state = ir::emit::without(zx.extents(), 1u << 1);
        of_state[of_state.rank - 1] = filters;
        const symbol zero = ir::emit::broadcast_to(ir::emit::constant(*x.g, x.type(), 0), of_state);
        const auto step = [&](symbol z, const std::array<symbol, 2>& s) {
            const std::array<symbol, 2> now = stepped(z, s, u);
            return scanned<2, 1>{now, {now[0]}};
        };
        const auto all = recurrent::over_time<2>(zx, mask, {zero, zero}, {}, false, step);
        const auto state = [&](symbol s) { return windows::in_format(s, data_format); };
        const symbol y =
            return_sequences ? with_mask_of(x, windows::in_format(all.outputs, data_format, 2)) : state(all.last);
        return {call.gives(y, activity_regularizer), state(all.states[0]), state(all.states[1])};
    }

private:
    constexpr shape kernel_extents(extent_t channels) const {
        shape extents = kernel_size.extents(Space);
        extents.append(channels);
        extents.append(4 * filters);
        return extents;
    }
    /// (N,T,...) -> (N,T, space'..., 4 filters)
    constexpr symbol of_inputs(symbol x) const {
        shape together(x.g->dims.multiply(x.extents()[0], x.extents()[1]));
        for (int k = 2; k < x.rank(); ++k) together.append(x.extents()[k]);
        const symbol w = kernel(x, kernel_extents(x.extents()[x.rank() - 1]), kernel_initializer, kernel_regularizer,
                                kernel_constraint);
        symbol z = ir::emit::convolve(ir::emit::reshape(x, together), w,
                                      windows::plan(Space, kernel_size, strides, padding, dilation_rate));
        if (use_bias) {
            const bool forgets = unit_forget_bias && bias_initializer.kind == initializer::constant_value;
            z = z + bias(x, shape(4 * filters), forgets ? forget_bias(filters, bias_initializer.a) : bias_initializer,
                         bias_regularizer, bias_constraint);
        }
        shape apart(x.extents()[0], x.extents()[1]);
        for (int k = 1; k < z.rank(); ++k) apart.append(z.extents()[k]);
        return ir::emit::reshape(z.plain(), apart);
    }
    /// h * u, as large as h, as a sum of products: a convolution's windows have one axis too many for a step of a scan.
    constexpr symbol convolved(symbol h, symbol u) const {
        extent_t before[max_rank]{};
        shape to = h.extents();
        int places = 1;
        for (int k = 0; k < Space; ++k) {
            const extent_t size = u.extents()[k];
            before[k + 1] = (size - 1) / 2;
            to[k + 1] = h.g->dims.add(to[k + 1], size - 1);
            places *= static_cast<int>(size);
        }
        const symbol padded = ir::emit::pad(h, before, to);
        symbol sum{};
        for (int place = 0; place < places; ++place) {
            extent_t of_h[max_rank]{}, of_u[max_rank]{};
            shape one = u.extents();
            for (int k = Space - 1, rest = place; k >= 0; --k) {
                const int size = static_cast<int>(u.extents()[k]);
                of_h[k + 1] = of_u[k] = rest % size;
                rest /= size;
                one[k] = 1;
            }
            const symbol w = ir::emit::reshape(ir::emit::slice(u, of_u, one), shape(filters, 4 * filters));
            const symbol term = matmul(ir::emit::slice(padded, of_h, h.extents()), w);
            sum = place == 0 ? term : sum + term;
        }
        return sum;
    }
    constexpr std::array<symbol, 2> stepped(symbol zx, const std::array<symbol, 2>& s, symbol u) const {
        const symbol h = s[0];
        const symbol z = zx + convolved(h, u);
        const auto gate = [&](int i) { return activated(recurrent_activation, expr::formulas::gate(z, h, i)); };
        const symbol c = gate(1) * s[1] + gate(0) * activated(activation, expr::formulas::gate(z, h, 2));
        return {gate(3) * activated(activation, c), c};
    }
};
using conv_lstm1d = conv_lstm<1>;
using conv_lstm2d = conv_lstm<2>;
using conv_lstm3d = conv_lstm<3>;

}  // namespace telar::inline TELAR_ABI::nn
