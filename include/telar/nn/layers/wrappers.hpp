// SPDX-License-Identifier: BSL-1.0
// Layers around layers: bidirectional, time_distributed.
#pragma once
#include <telar/nn/layers/recurrent.hpp>

namespace telar::inline TELAR_ABI::nn {

/// What becomes of the outputs of both directions.
enum class merge_modes { concat, sum, mul, ave };

/// A recurrent layer along the sequence and one from its end.
///
///     nn::bidirectional(nn::lstm{64})
///     nn::bidirectional(nn::lstm{64}, nn::merge_modes::sum)
///     nn::bidirectional(nn::lstm{64}, nn::gru{.units = 32, .go_backwards = true})
///
/// shapes    (N,T,F) -> (N, 2 units), or (N, T, 2 units); sum, mul, ave: (N,units), or (N,T,units)
/// edge      with return_sequences outputs are 0 where the mask is false, as Keras'. with_state(x) gives the output and
///           the states of both; with_state(x, states...) begins with the states of both; apart(x) gives both outputs,
///           that of the second in the order of x, as with merge_mode=None
/// source    Keras' Bidirectional
/// test      tests/fixtures/keras_recurrent_test.cpp
template <class Layer, class Backward = Layer> struct bidirectional {
    Layer forward_layer{};
    Backward backward_layer{};
    merge_modes merge_mode = merge_modes::concat;
    site here{};

    constexpr explicit bidirectional(const Layer& layer, merge_modes mode = merge_modes::concat)
        : bidirectional(layer, turned(layer), mode) {}
    constexpr bidirectional(const Layer& layer, const Backward& backward, merge_modes mode = merge_modes::concat)
        : forward_layer(layer), backward_layer(backward), merge_mode(mode) {
        forward_layer.zero_output_for_mask = layer.return_sequences;
        backward_layer.zero_output_for_mask = backward.return_sequences;
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
    constexpr symbol operator()(symbol x) const { return with_state(x)[0]; }
    constexpr auto with_state(symbol x) const {
        const layer_call call(here, x, "bidirectional");
        const auto forward = forward_layer.with_state(x);  // in this order, which that of arguments need not be
        return joined(call, x, forward, backward_layer.with_state(x));
    }
    constexpr std::array<symbol, 2> apart(symbol x) const {
        const layer_call call(here, x, "bidirectional");
        const std::array<symbol, 2> y{forward_layer(x), in_order(backward_layer(x))};
        call.gives(y[0]);
        if (!backward_layer.return_sequences) return y;
        return {with_mask_of(x, y[0]), with_mask_of(x, y[1])};
    }
    /// The states of the first, then those of the second.
    template <std::same_as<symbol>... S>
    requires(sizeof...(S) > 0) constexpr auto with_state(symbol x, S... initial) const {
        const layer_call call(here, x, "bidirectional");
        call.takes_unnamed();
        const std::array<symbol, sizeof...(S)> all{initial...};
        const auto part = [&]<std::size_t... I>(const auto& layer, std::size_t first, std::index_sequence<I...>) {
            return layer.with_state(x, all[first + I]...);
        };
        constexpr std::size_t half = sizeof...(S) / 2;
        const auto forward = part(forward_layer, 0, std::make_index_sequence<half>{});
        return joined(call, x, forward, part(backward_layer, half, std::make_index_sequence<half>{}));
    }

private:
    static constexpr Layer turned(Layer layer) {
        layer.go_backwards = !layer.go_backwards;
        return layer;
    }
    template <std::size_t A, std::size_t B>
    constexpr std::array<symbol, A + B - 1> joined(const layer_call& call, symbol x, const std::array<symbol, A>& there,
                                                   const std::array<symbol, B>& back) const {
        const symbol y = merged(there[0], in_order(back[0]));
        std::array<symbol, A + B - 1> result{call.gives(backward_layer.return_sequences ? with_mask_of(x, y) : y)};
        for (std::size_t i = 1; i < A; ++i) result[i] = there[i];
        for (std::size_t i = 1; i < B; ++i) result[A - 1 + i] = back[i];
        return result;
    }
    constexpr symbol in_order(symbol back) const {
        return backward_layer.return_sequences ? recurrent::backward_in_time(back) : back;
    }
    constexpr symbol merged(symbol there, symbol back) const {
        switch (merge_mode) {
            case merge_modes::sum: return there + back;
            case merge_modes::mul: return there * back;
            case merge_modes::ave: return (there + back) / 2;
            default: return ir::emit::concat(there, back, there.rank() - 1);
        }
    }
};

/// A layer on every step by itself.
///
///     nn::time_distributed<nn::conv2d>{nn::conv2d{8, 3}}
///
/// shapes    (N,T,...) -> (N,T,...), where the layer takes (N,...) to (N,...)
/// edge      all steps of all samples are one batch of the layer: a batch norm takes the mean of them all
/// source    Keras' TimeDistributed
/// test      tests/fixtures/keras_recurrent_test.cpp
template <class Layer> struct time_distributed {
    Layer layer{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "time_distributed");
        symbol flat = together(x);
        const auto mask = mask_of(x);
        if (mask && mask->rank() > 2) flat = with_mask(flat, together(*mask));
        const symbol y = layer(flat);
        shape to(x.extents()[0], x.extents()[1]);
        for (int k = 1; k < y.rank(); ++k) to.append(y.extents()[k]);
        return call.gives(with_mask_of(x, ir::emit::reshape(y.plain(), to)));
    }

private:
    /// (N,T,...) -> (N T,...)
    static constexpr symbol together(symbol x) {
        shape to(x.g->dims.multiply(x.extents()[0], x.extents()[1]));
        for (int k = 2; k < x.rank(); ++k) to.append(x.extents()[k]);
        return ir::emit::reshape(x.plain(), to);
    }
};
template <class Layer> time_distributed(Layer) -> time_distributed<Layer>;

}  // namespace telar::inline TELAR_ABI::nn
