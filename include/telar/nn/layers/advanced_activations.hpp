// SPDX-License-Identifier: BSL-1.0
// Activations with numbers or parameters of their own, as layers: prelu, and relu_layer, elu_layer, ... beside the
// functions nn::relu, nn::elu, ... By Keras' names and defaults.
#pragma once
#include <telar/nn/activations.hpp>
#include <telar/nn/axes.hpp>
#include <telar/nn/layers/reshaping.hpp>

#include <limits>

namespace telar::inline TELAR_ABI::nn {

/// y = x where x > 0, else alpha x, with an alpha for each feature that is learnt.
///
/// shapes    x (N,...) -> the same; alpha (...), of extent 1 along shared_axes, which count the batch as 0
/// errors    E103 axis_out_of_range
/// source    Keras' PReLU; He, Zhang, Ren and Sun, arXiv:1502.01852
/// test      tests/fixtures/keras_activations_test.cpp
struct prelu {
    initializer alpha_initializer = zeros;
    regularizer alpha_regularizer{};
    constraint alpha_constraint{};
    number_list shared_axes{};
    parameter alpha{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "prelu");
        shape extents = ir::emit::without(x.extents(), 1);
        for (int i = 0; i < shared_axes.count; ++i) {
            const int axis = ir::emit::axis_index(*x.g, shared_axes[i], x.rank(), x.extents());
            if (axis == 0) x.g->fail({ir::mistake_kind::axis, op::leaf, {}, {}, shared_axes[i], x.extents(), {}, 0});
            else extents[axis - 1] = 1;
        }
        const symbol slope = alpha(x, extents, alpha_initializer, alpha_regularizer, alpha_constraint);
        return call.gives(telar::relu(x.plain()) - slope * telar::relu(-x.plain()));
    }
};

/// y = x where x > 0, else negative_slope x.
///
/// source    Keras' LeakyReLU
/// test      tests/fixtures/keras_activations_test.cpp
struct leaky_relu_layer {
    double negative_slope = 0.3;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "leaky_relu");
        return call.gives(telar::leaky_relu(x.plain(), negative_slope));
    }
};

/// y = x where x > 0, else alpha (exp(x) - 1).
///
/// source    Keras' ELU; Clevert, Unterthiner and Hochreiter, arXiv:1511.07289
/// test      tests/fixtures/keras_activations_test.cpp
struct elu_layer {
    double alpha = 1;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "elu");
        return call.gives(telar::elu(x.plain(), alpha));
    }
};

/// y = min(x, max_value) where x > threshold, else negative_slope (x - threshold).
///
/// source    Keras' ReLU
/// test      tests/fixtures/keras_activations_test.cpp
struct relu_layer {
    double max_value = std::numeric_limits<double>::infinity(), negative_slope = 0, threshold = 0;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "relu");
        const bool has_end = max_value != std::numeric_limits<double>::infinity();
        symbol y = threshold == 0 ? telar::relu(x.plain()) : telar::where(x > threshold, x.plain(), 0);
        if (has_end) y = telar::minimum(y, max_value);
        if (negative_slope != 0) y = y - negative_slope * telar::relu(threshold - x.plain());
        return call.gives(y);
    }
};

/// Softmax over one axis, or over several together.
///
/// source    Keras' Softmax
/// test      tests/fixtures/keras_activations_test.cpp
struct softmax_layer {
    axes axis = -1;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "softmax");
        return call.gives(expr::formulas::softmax{}(x.plain(), axis.bits(x)));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
