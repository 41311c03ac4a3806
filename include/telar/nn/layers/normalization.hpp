// SPDX-License-Identifier: BSL-1.0
// Normalisations, by Keras' names and defaults.
#pragma once
#include <telar/nn/axes.hpp>
#include <telar/nn/mask.hpp>
#include <telar/nn/mode.hpp>
#include <telar/nn/parameter.hpp>

#include <limits>

namespace telar::inline TELAR_ABI::nn {

namespace normalizing {
/// The extents of these axes, in their order.
constexpr shape extents_of(symbol x, unsigned axes) {
    shape s;
    for (int i = 0; i < x.rank(); ++i)
        if (ir::emit::has_axis(axes, i)) s.append(x.extents()[i]);
    return s;
}
/// A value of these axes beside x: 1 along the others. Behind the last of them x has no more axes: as it is.
constexpr symbol beside(symbol v, symbol x, unsigned axes) {
    if (axes == (((1u << v.rank()) - 1) << (x.rank() - v.rank()))) return v;
    shape apart;
    for (int i = 0; i < x.rank(); ++i) apart.append(ir::emit::has_axis(axes, i) ? x.extents()[i] : 1);
    return ir::emit::reshape(v, apart);
}
constexpr symbol mean(symbol x, unsigned axes) { return expr::functions::mean{}(x.plain(), axes, true); }
constexpr symbol variance(symbol x, unsigned axes) { return expr::functions::variance{}(x.plain(), axes, true); }
/// The mean and the variance, of the places that count where x has a mask.
struct moments {
    symbol mean, variance;

    constexpr moments(symbol x, unsigned axes) {
        const auto mask = mask_of(x);
        if (!mask) {
            mean = normalizing::mean(x, axes);
            variance = normalizing::variance(x, axes);
            return;
        }
        constexpr double epsilon = 1e-7;  // Keras'
        const symbol counts = ir::emit::cast(masks::stretched(*mask, x.rank()), x.type());
        const symbol all = ir::emit::broadcast_to(counts, x.extents());
        const symbol number = ir::emit::reduce(op::sum, all, axes, true) + epsilon;
        mean = ir::emit::reduce(op::sum, masks::where_it_counts(*mask, x), axes, true) / number;
        const symbol deviation = masks::where_it_counts(*mask, x.plain() - mean);
        variance = ir::emit::reduce(op::sum, deviation * deviation, axes, true) / number;
    }
};

/// gamma and beta of a layer, where it has them.
struct scale_and_center {
    symbol gamma{}, beta{};

    /// (x - mean) / sqrt(variance + epsilon) gamma + beta
    constexpr symbol of(symbol x, symbol average, symbol spread, double epsilon) const {
        symbol factor = telar::rsqrt(spread + epsilon);
        if (gamma.g) factor = factor * gamma;
        const symbol y = (x.plain() - average) * factor;
        return beta.g ? y + beta : y;
    }
};
/// The parameters a layer of these members has for x, of these axes.
template <class L> constexpr scale_and_center of_layer(const L& l, symbol x, unsigned axes) {
    const shape s = extents_of(x, axes);
    scale_and_center both;
    if (l.scale)
        both.gamma = beside(l.gamma(x, s, l.gamma_initializer, l.gamma_regularizer, l.gamma_constraint), x, axes);
    if (l.center) both.beta = beside(l.beta(x, s, l.beta_initializer, l.beta_regularizer, l.beta_constraint), x, axes);
    return both;
}
}  // namespace normalizing

/// Between which r and d of a batch renormalisation stay: r in [rmin, rmax], d in [-dmax, dmax].
struct renorm_limits {
    double rmax = std::numeric_limits<double>::infinity(), rmin = 0, dmax = std::numeric_limits<double>::infinity();
};

/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta. Training takes the mean and the variance of the batch, and
/// updates the moving ones: moving <- momentum moving + (1 - momentum) batch. Predicting takes the moving ones.
///
/// shapes    x (...,C,...), C along the axis -> the same; gamma, beta, moving_mean, moving_variance (C), with renorm
///           moving_stddev, renorm_mean, renorm_stddev (C)
/// errors    E103 axis_out_of_range
/// edge      called twice in a step, the second call moves on from the first. Where x has a mask, the batch is what
///           counts. With renorm training gives (x^ r + d) gamma + beta of the normalised x^, where r = stddev /
///           renorm_stddev and d = (mean - renorm_mean) / renorm_stddev are constants for the gradient
/// source    Keras' BatchNormalization; Ioffe and Szegedy, arXiv:1502.03167; renorm: Ioffe, arXiv:1702.03275
/// test      tests/fixtures/keras_normalization_test.cpp
struct batch_norm {
    int axis = -1;
    double momentum = 0.99, epsilon = 1e-3;
    bool center = true, scale = true;
    initializer beta_initializer = zeros, gamma_initializer = ones, moving_mean_initializer = zeros,
                moving_variance_initializer = ones;
    regularizer beta_regularizer{}, gamma_regularizer{};
    constraint beta_constraint{}, gamma_constraint{};
    bool renorm = false;
    renorm_limits renorm_clipping{};
    double renorm_momentum = 0.99;
    parameter gamma{}, beta{}, moving_mean{}, moving_variance{}, moving_stddev{}, renorm_mean{}, renorm_stddev{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "batch_norm");
        const unsigned channels = nn::axes(axis).bits(x), batch = ((1u << x.rank()) - 1) & ~channels;
        const shape extents = normalizing::extents_of(x, channels);
        const normalizing::scale_and_center both = normalizing::of_layer(*this, x, channels);
        const symbol means = moving_mean(x, extents, moving_mean_initializer, false);
        const symbol variances = moving_variance(x, extents, moving_variance_initializer, false);
        const renorm_state again = renorm ? renorm_of(x, extents) : renorm_state{};
        if (!is_training(x) || here.is_frozen())
            return call.gives(both.of(x, normalizing::beside(means, x, channels),
                                      normalizing::beside(variances, x, channels), epsilon));
        const normalizing::moments of_batch(x, batch);
        move(means, of_batch.mean, momentum);
        if (renorm) return call.gives(renormalized(x, channels, of_batch, both, again, variances));
        move(variances, of_batch.variance, momentum);
        return call.gives(both.of(x, of_batch.mean, of_batch.variance, epsilon));
    }

private:
    struct renorm_state {
        symbol stddev{}, renorm_mean{}, renorm_stddev{};
    };

    constexpr renorm_state renorm_of(symbol x, const shape& extents) const {
        const initializer begins = root_of(moving_variance_initializer);
        return {moving_stddev(x, extents, begins, false), renorm_mean(x, extents, moving_mean_initializer, false),
                renorm_stddev(x, extents, begins, false)};
    }
    constexpr symbol renormalized(symbol x, unsigned channels, const normalizing::moments& of_batch,
                                  const normalizing::scale_and_center& both, const renorm_state& before,
                                  symbol variances) const {
        const symbol stddev = telar::sqrt(of_batch.variance + epsilon);
        const auto beside = [&](symbol state) { return normalizing::beside(next_value(state), x, channels); };
        const symbol of_renorm =
            telar::maximum(beside(before.renorm_stddev), telar::sqrt(ir::emit::constant(*x.g, x.type(), epsilon)));
        symbol r = stop_gradient(stddev / of_renorm);
        symbol d = stop_gradient((of_batch.mean - beside(before.renorm_mean)) / of_renorm);
        constexpr double without = std::numeric_limits<double>::infinity();
        const auto [rmax, rmin, dmax] = renorm_clipping;
        if (rmin > 0) r = telar::maximum(r, rmin);
        if (rmax < without) r = telar::minimum(r, rmax);
        if (dmax < without) d = clip(d, -dmax, dmax);
        move(before.renorm_mean, of_batch.mean, renorm_momentum);
        move(before.renorm_stddev, stddev, renorm_momentum);
        move(before.stddev, stddev, momentum);
        assign(variances, telar::relu(square(next_value(before.stddev)) - epsilon));
        const symbol normalized = (x.plain() - of_batch.mean) * (telar::rsqrt(of_batch.variance + epsilon) * r) + d;
        const symbol scaled = both.gamma.g ? normalized * both.gamma : normalized;
        return both.beta.g ? scaled + both.beta : scaled;
    }
    constexpr void move(symbol state, symbol of_batch, double share) const {
        const symbol kept = stop_gradient(ir::emit::reshape(of_batch, state.extents()));
        assign(state, share * next_value(state) + (1 - share) * kept);
    }
};

/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta, the mean and the variance over the axes, of each sample: the
/// last axis, or {1, 2}. With rms_scaling y = x / sqrt(variance + epsilon) gamma.
///
/// shapes    x -> the same; gamma, beta: the extents of the axes
/// errors    E103 axis_out_of_range
/// source    Keras' LayerNormalization; Ba, Kiros and Hinton, arXiv:1607.06450
/// test      tests/fixtures/keras_normalization_test.cpp
struct layer_norm {
    nn::axes axis = -1;
    double epsilon = 1e-3;
    bool center = true, scale = true, rms_scaling = false;
    initializer beta_initializer = zeros, gamma_initializer = ones;
    regularizer beta_regularizer{}, gamma_regularizer{};
    constraint beta_constraint{}, gamma_constraint{};
    parameter gamma{}, beta{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "layer_norm");
        const unsigned axes = axis.bits(x);
        if (rms_scaling) {
            const symbol g =
                gamma(x, normalizing::extents_of(x, axes), gamma_initializer, gamma_regularizer, gamma_constraint);
            const symbol length = telar::rsqrt(normalizing::variance(x, axes) + epsilon);
            return call.gives(x.plain() * length * normalizing::beside(g, x, axes));
        }
        const normalizing::scale_and_center both = normalizing::of_layer(*this, x, axes);
        return call.gives(both.of(x, normalizing::mean(x, axes), normalizing::variance(x, axes), epsilon));
    }
};

/// The same of groups of channels, over all of space; groups -1: of each channel by itself (instance normalisation).
///
/// shapes    x (N,...,C,...), C along the axis -> the same; gamma, beta (C)
/// errors    E102 reshape_changes_the_number_of_elements: the groups do not divide C; E103: the batch is no such axis
/// source    Keras' GroupNormalization; Wu and He, arXiv:1803.08494
/// test      tests/fixtures/keras_normalization_test.cpp
struct group_norm {
    int groups = 32;
    int axis = -1;
    double epsilon = 1e-3;
    bool center = true, scale = true;
    initializer beta_initializer = zeros, gamma_initializer = ones;
    regularizer beta_regularizer{}, gamma_regularizer{};
    constraint beta_constraint{}, gamma_constraint{};
    parameter gamma{}, beta{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "group_norm");
        const int place = ir::emit::axis_index(*x.g, axis, x.rank(), x.extents());
        if (place == 0 || x.rank() == max_rank) {
            x.g->fail({ir::mistake_kind::axis, op::leaf, {}, {}, axis, x.extents(), {}, 0});
            return x;
        }
        shape apart;
        for (int i = 0; i < x.rank(); ++i) {
            const extent_t whole = x.extents()[i], count = groups == -1 ? whole : groups;
            apart.append(i == place ? count : whole);
            if (i == place) apart.append(x.g->dims.divide(whole, count));
        }
        const symbol parts = ir::emit::reshape(x.plain(), apart);
        const unsigned inside = ((1u << apart.rank) - 1) & ~1u & ~(1u << place);
        const symbol deviation = parts - normalizing::mean(parts, inside);
        const symbol factor = telar::rsqrt(normalizing::mean(deviation * deviation, inside) + epsilon);
        const normalizing::scale_and_center both = normalizing::of_layer(*this, x, 1u << place);
        symbol y = ir::emit::reshape(deviation * factor, x.extents());
        if (scale) y = y * both.gamma;
        return call.gives(center ? y + both.beta : y);
    }
};

/// y = x / sqrt(mean x^2 + epsilon) gamma, over the axes of each sample.
///
/// shapes    x -> the same; gamma: the extents of the axes
/// source    Keras' RMSNormalization, whose gamma is called scale; Zhang and Sennrich, arXiv:1910.07467
/// test      tests/fixtures/keras_normalization_test.cpp
struct rms_norm {
    nn::axes axis = -1;
    double epsilon = 1e-6;
    parameter gamma{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "rms_norm");
        const unsigned axes = axis.bits(x);
        const symbol g = normalizing::beside(gamma(x, normalizing::extents_of(x, axes), ones), x, axes);
        return call.gives(x.plain() * telar::rsqrt(normalizing::mean(x.plain() * x.plain(), axes) + epsilon) * g);
    }
};

/// y = x / max(|x|, 1e-12): vectors of length 1 along the axes.
///
/// source    Keras' UnitNormalization
/// test      tests/fixtures/keras_normalization_test.cpp
struct unit_normalization {
    nn::axes axis = -1;
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "unit_normalization");
        const symbol squares = ir::emit::reduce(op::sum, x.plain() * x.plain(), axis.bits(x), true);
        return call.gives(x.plain() * telar::minimum(telar::rsqrt(squares), 1e12));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
