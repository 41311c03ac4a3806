// SPDX-License-Identifier: BSL-1.0
// Normalisations, dropout and losses of ONNX, composed of telar's functions.
#pragma once
#include "windows.hpp"

namespace onnx {

inline unsigned axes_from(int first, symbol x) { return all_axes(x) & ~((1u << first) - 1); }
inline symbol as_float(symbol x) { return is_float(x.type()) ? x : telar::emit::cast(x, telar::dtype::float32); }

inline symbol batch_normalisation(const call& c) {
    const symbol x = c[0];
    symbol mean = c[3], variance = c[4];
    if (c.integer("training_mode", 0) != 0) {
        const unsigned axes = all_axes(x) & ~2u;
        const double kept = c.real("momentum", 0.9);
        mean = f::mean{}(x, axes, false), variance = f::variance{}(x, axes, false);
        c.give(1, c[3] * kept + mean * (1 - kept));
        c.give(2, c[4] * kept + variance * (1 - kept));
    }
    const symbol scale = c[1] * rsqrt(variance + c.real("epsilon", 1e-5));
    return (x - per_channel(mean, x)) * per_channel(scale, x) + per_channel(c[2], x);
}
inline symbol instance_normalisation(const call& c) {
    const symbol x = c[0], centred = x - f::mean{}(x, space_of(x), true);
    const symbol deviation = sqrt(f::mean{}(square(centred), space_of(x), true) + c.real("epsilon", 1e-5));
    return centred / deviation * per_channel(c[1], x) + per_channel(c[2], x);
}
inline symbol group_normalisation(const call& c) {
    const symbol x = c[0];
    const extent_t groups = c.integer("num_groups", 1);
    const symbol rows = reshape(x, shape(x.extents()[0], groups, extent_t{-1}));
    const symbol centred = rows - mean(rows, -1, true);
    const symbol normal = centred * rsqrt(mean(square(centred), -1, true) + c.real("epsilon", 1e-5));
    return reshape(normal, x.extents()) * per_channel(c[1], x) + per_channel(c[2], x);
}
inline symbol layer_normalisation(const call& c) {
    const symbol x = c[0];
    const unsigned axes = axes_from(axis_of(c.integer("axis", -1), x.rank()), x);
    const symbol mean = f::mean{}(x, axes, true), centred = x - mean;
    const symbol inverse = rsqrt(f::mean{}(square(centred), axes, true) + c.real("epsilon", 1e-5));
    c.give(1, mean);
    c.give(2, inverse);
    const symbol y = centred * inverse * c[1];
    return c.has(2) ? y + c[2] : y;
}
inline symbol rms_normalisation(const call& c) {
    const symbol x = c[0];
    const unsigned axes = axes_from(axis_of(c.integer("axis", -1), x.rank()), x);
    return x * rsqrt(f::mean{}(square(x), axes, true) + c.real("epsilon", 1e-5)) * c[1];
}
inline symbol lp_normalisation(const call& c) {
    const symbol x = c[0];
    const unsigned axes = 1u << axis_of(c.integer("axis", -1), x.rank());
    const symbol length =
        c.integer("p", 2) == 1 ? f::reduce<telar::op::sum>{}(abs(x), axes, true) : f::norm{}(x, axes, true);
    return where(length == 0, 0, x / length);
}
inline symbol mean_variance_normalisation(const call& c) {
    const symbol x = c[0];
    const unsigned axes = bits_of(c.list("axes", {0, 2, 3}), x.rank());
    const symbol centred = x - f::mean{}(x, axes, true);
    return centred / (f::stddev{}(x, axes, true) + 1e-9);
}
/// The windows of channels: (N, C, ...) is divided by (bias + alpha mean of squares)^beta.
inline symbol local_response_normalisation(const call& c) {
    const symbol x = c[0];
    const extent_t size = c.integer("size", 1);
    extent_t before[telar::max_rank]{}, after[telar::max_rank]{};
    before[1] = (size - 1) / 2, after[1] = size - 1 - before[1];
    const symbol squares = surrounded(square(x), before, after, number(x, 0));
    const symbol sums = sum(telar::emit::windows(squares, {1, size, 1, 1}), 2);
    return x / pow(c.real("bias", 1) + c.real("alpha", 1e-4) / static_cast<double>(size) * sums, c.real("beta", 0.75));
}

/// Without training it is the identity, and keeps all.
inline symbol dropout(const call& c) {
    const bool trains = c.has(2) && c.known(2).at(0) != 0;
    const double ratio = c.has(1) ? c.known(1).at(0) : c.real("ratio", 0.5);
    if (trains && ratio != 0) refuse(reason::random, "Dropout");
    c.give(1, broadcast_to(telar::emit::constant(c.graph(), telar::dtype::boolean, 1), c[0].extents()));
    return c[0];
}

/// log p (N, C, ...) and labels (N, ...) -> the loss of each, weighted; then one number, unless all are wanted.
inline symbol weighted_loss(const call& c, symbol log_p, symbol labels, int weights) {
    extent_t permutation[telar::max_rank]{};
    for (int i = 1; i < log_p.rank(); ++i) permutation[i] = i + 1 < log_p.rank() ? i + 1 : 1;
    const symbol rows = telar::emit::transpose(log_p, permutation);  // (N, ..., C)
    const symbol hot = telar::emit::one_hot(labels, log_p.extents()[1], log_p.type());
    const symbol kept =
        c.states("ignore_index")
            ? hot * expand_dims(telar::emit::cast(labels != c.integer("ignore_index", 0), hot.type()), -1)
            : hot;
    const symbol weight = sum(c.has(weights) ? kept * c[weights] : kept, -1);
    const symbol losses = -sum(where(hot > 0, rows, 0), -1) * weight;
    const std::string wanted = c.text("reduction", "mean");
    if (wanted == "none") return losses;
    const symbol total = f::reduce<telar::op::sum>{}(losses, all_axes(losses), false);
    return wanted == "sum" ? total : total / f::reduce<telar::op::sum>{}(weight, all_axes(weight), false);
}
inline symbol softmax_loss(const call& c) {
    const symbol log_p = log_softmax(c[0], 1);
    c.give(1, log_p);
    return weighted_loss(c, log_p, c[1], 2);
}

// clang-format off
inline constexpr operation normalisation_operations[] = {
    {"BatchNormalization",    batch_normalisation},
    {"Dropout",               dropout},
    {"GroupNormalization",    group_normalisation},
    {"InstanceNormalization", instance_normalisation},
    {"LRN",                   local_response_normalisation},
    {"LayerNormalization",    layer_normalisation},
    {"LpNormalization",       lp_normalisation},
    {"MeanVarianceNormalization", mean_variance_normalisation},
    {"NegativeLogLikelihoodLoss", [](const call& c) { return weighted_loss(c, c[0], c[1], 2); }},
    {"RMSNormalization",      rms_normalisation},
    {"SoftmaxCrossEntropyLoss", softmax_loss},
};
// clang-format on

}  // namespace onnx
