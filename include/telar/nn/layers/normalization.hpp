// SPDX-License-Identifier: BSL-1.0
// Normalisations, along the last axis, by Keras' names and defaults.
#pragma once
#include <telar/nn/mode.hpp>
#include <telar/nn/parameter.hpp>

namespace telar::inline TELAR_ABI::nn {

/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta. Training takes the mean and the variance of the batch, and
/// updates the moving ones: moving <- momentum moving + (1 - momentum) batch. Predicting takes the moving ones.
///
/// shapes    x (N,...,C) -> the same; gamma, beta, moving_mean, moving_variance (C)
/// edge      called twice in a step, the second call moves on from the first
/// source    Keras' BatchNormalization; Ioffe and Szegedy, arXiv:1502.03167
/// test      tests/nn/layers_test.cpp
struct batch_norm {
    double momentum = 0.99, epsilon = 1e-3;
    bool center = true, scale = true;
    parameter gamma{}, beta{}, moving_mean{}, moving_variance{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "batch_norm");
        const shape channels(x.extents()[x.rank() - 1]);
        const auto all = [&](double v) {
            return ir::emit::broadcast_to(ir::emit::constant(*x.g, x.type(), v), channels);
        };
        const symbol g = scale ? gamma(x, channels, ones) : all(1);
        const symbol b = center ? beta(x, channels, zeros) : all(0);
        const symbol mean = moving_mean(x, channels, zeros, false);
        const symbol variance = moving_variance(x, channels, ones, false);
        if (!is_training(x)) return call.gives(telar::batch_norm(x, g, b, mean, variance, epsilon));
        const auto [y, new_mean, new_variance] =
            batch_norm_in_training(x, g, b, next_value(mean), next_value(variance), momentum, epsilon);
        assign(mean, stop_gradient(new_mean));
        assign(variance, stop_gradient(new_variance));
        return call.gives(y);
    }
};

/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta, the mean and the variance of each sample's last axis.
///
/// source    Keras' LayerNormalization; Ba, Kiros and Hinton, arXiv:1607.06450
struct layer_norm {
    double epsilon = 1e-3;
    parameter gamma{}, beta{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "layer_norm");
        const shape channels(x.extents()[x.rank() - 1]);
        return call.gives(telar::layer_norm(x, gamma(x, channels, ones), beta(x, channels, zeros), epsilon));
    }
};

/// The same of groups of channels, over all of space.   (N, space..., C)
///
/// source    Keras' GroupNormalization; Wu and He, arXiv:1803.08494
struct group_norm {
    int groups = 32;
    double epsilon = 1e-3;
    parameter gamma{}, beta{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "group_norm");
        const shape channels(x.extents()[x.rank() - 1]);
        return call.gives(expr::formulas::group_norm_of(x.plain(), groups, gamma(x, channels, ones),
                                                        beta(x, channels, zeros),
                                                        ir::emit::constant(*x.g, x.type(), epsilon)));
    }
};

/// y = x / sqrt(mean x^2 + epsilon) gamma, of the last axis.
struct rms_norm {
    double epsilon = 1e-6;
    parameter gamma{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "rms_norm");
        return call.gives(telar::rms_norm(x, gamma(x, shape(x.extents()[x.rank() - 1]), ones), epsilon));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
