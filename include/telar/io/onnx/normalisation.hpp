// SPDX-License-Identifier: BSL-1.0
// Normalisations, dropout and losses of ONNX, composed of telar's functions.
#pragma once
#include <telar/io/onnx/windows.hpp>

#include <telar/expr/normalization.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

inline unsigned axes_from(int first, symbol x) { return all_axes(x) & ~((1u << first) - 1); }
inline symbol epsilon_of(const call& c) { return number(c[0], c.real("epsilon", 1e-5)); }

inline symbol batch_normalisation(const call& c) {
    const symbol x = channels_last(c[0]);
    if (c.integer("training_mode", 0) == 0)
        return channels_first(batch_norm(x, c[1], c[2], c[3], c[4], c.real("epsilon", 1e-5)));
    const auto [y, mean, variance] =
        batch_norm_in_training(x, c[1], c[2], c[3], c[4], c.real("momentum", 0.9), c.real("epsilon", 1e-5));
    c.give(1, mean), c.give(2, variance);
    return channels_first(y);
}
inline symbol instance_normalisation(const call& c) {
    return channels_first(instance_norm(channels_last(c[0]), c[1], c[2], c.real("epsilon", 1e-5)));
}
inline symbol group_normalisation(const call& c) {
    const symbol x = channels_last(c[0]);
    return channels_first(
        expr::formulas::group_norm_of(x, positive(c.integer("num_groups", 1)), c[1], c[2], epsilon_of(c)));
}
/// All axes from one on as one.
inline symbol as_rows(symbol x, int first) {
    shape to;
    for (int i = 0; i < first; ++i) to.append(x.extents()[i]);
    extent_t rest = 1;
    for (int i = first; i < x.rank(); ++i) rest = x.g->dims.multiply(rest, x.extents()[i]);
    to.append(rest);
    return in_shape(x, to);
}
inline symbol layer_normalisation(const call& c) {
    const symbol x = c[0];
    const int first = axis_of(c.integer("axis", -1), x.rank());
    const unsigned axes = axes_from(first, x);
    c.give(1, f::mean{}(x, axes, true));
    c.give(2, rsqrt(f::variance{}(x, axes, true) + c.real("epsilon", 1e-5)));
    const symbol gamma = as_rows(c[1], 0), beta = c.has(2) ? as_rows(c[2], 0) : zeros_like(gamma);
    const shape whole = x.extents();
    return in_shape(layer_norm(as_rows(x, first), gamma, beta, c.real("epsilon", 1e-5)), whole);
}
inline symbol rms_normalisation(const call& c) {
    const symbol x = c[0];
    const int first = axis_of(c.integer("axis", -1), x.rank());
    const shape whole = x.extents();
    return in_shape(rms_norm(as_rows(x, first), as_rows(c[1], 0), c.real("epsilon", 1e-5)), whole);
}
inline symbol lp_normalisation(const call& c) {
    const symbol x = c[0];
    const unsigned axes = 1u << axis_of(c.integer("axis", -1), x.rank());
    const symbol length = c.integer("p", 2) == 1 ? f::norm<1>{}(x, axes, true) : f::norm<2>{}(x, axes, true);
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
    require_rank(x, 2);
    const extent_t size = positive(c.integer("size", 1));
    extent_t before[max_rank]{}, after[max_rank]{};
    before[1] = (size - 1) / 2, after[1] = size - 1 - before[1];
    const symbol squares = surrounded(square(x), before, after, number(x, 0));
    const symbol sums = sum(emit::windows(squares, {1, size, 1, 1}), 2);
    return x / pow(c.real("bias", 1) + c.real("alpha", 1e-4) / static_cast<double>(size) * sums, c.real("beta", 0.75));
}

/// Without training it is the identity, and keeps all.
inline symbol dropout(const call& c) {
    const bool trains = c.has(2) && c.known(2).at(0) != 0;
    const double ratio = c.has(1) ? c.known(1).at(0) : c.real("ratio", 0.5);
    if (trains && ratio != 0) refuse(reason::random, "Dropout");
    const shape whole = c[0].extents();
    c.give(1, spread(emit::constant(c.graph(), dtype::boolean, 1), whole));
    return c[0];
}

/// log p (N, C, ...) and labels (N, ...) -> the loss of each, weighted; then one number, unless all are wanted.
inline symbol weighted_loss(const call& c, symbol log_p, symbol labels, int weights) {
    require_rank(log_p, 2);
    extent_t permutation[max_rank]{};
    for (int i = 1; i < log_p.rank(); ++i) permutation[i] = i + 1 < log_p.rank() ? i + 1 : 1;
    const symbol rows = emit::transpose(log_p, permutation);  // (N, ..., C)
    const symbol hot = emit::one_hot(labels, log_p.extents()[1], log_p.type());
    const symbol kept = c.states("ignore_index")
                            ? hot * expand_dims(emit::cast(labels != c.integer("ignore_index", 0), hot.type()), -1)
                            : hot;
    const symbol weight = sum(c.has(weights) ? kept * c[weights] : kept, -1);
    const symbol losses = -sum(where(hot > 0, rows, 0), -1) * weight;
    const std::string wanted = c.text("reduction", "mean");
    if (wanted == "none") return losses;
    const symbol total = f::reduce<op::sum>{}(losses, all_axes(losses), false);
    return wanted == "sum" ? total : total / f::reduce<op::sum>{}(weight, all_axes(weight), false);
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

}  // namespace telar::inline TELAR_ABI::io::onnx
