// SPDX-License-Identifier: BSL-1.0
// Attention layers, by Keras' names and defaults.
#pragma once
#include <telar/nn/layers/attention_weights.hpp>

#include <array>

namespace telar::inline TELAR_ABI::nn {

/// Several heads: each projects query, key and value, y = sum_s softmax_s(q_t . k_s / sqrt(key_dim)) v_s, and all are
/// projected to the query's features.
///
/// shapes    query (N,T,F), value (N,S,G), key (N,S,E) -> (N,T,F), or (N,T,output_shape); query.kernel (F, num_heads,
///           key_dim), key.kernel (E, num_heads, key_dim), value.kernel (G, num_heads, value_dim),
///           attention_output.kernel (num_heads, value_dim, F); biases without the first, that of the output: (F)
/// edge      key_dim 0: F / num_heads; value_dim 0: key_dim. att(x) is att(x, x); without a key it is the value.
///           Masks of query, value and key are joined with attention_mask; the result has the query's. Of images
///           (N, D..., F) all places of D attend to each other, or those along attention_axes, where each place of the
///           other axes attends by itself. sliding_window: keys less than so many places away are seen. use_gate: what
///           the heads give is multiplied by the sigmoid of a projection of the query
/// errors    E251 parameter_shape; E103 axis_out_of_range; E116 too_many_axes: more than five
/// source    Keras' MultiHeadAttention; Vaswani et al., arXiv:1706.03762
/// test      tests/fixtures/keras_attention_test.cpp
struct multi_head_attention {
    int num_heads = 1, key_dim = 0, value_dim = 0;
    double dropout = 0;
    bool use_bias = true;
    int output_shape = 0;
    nn::axes attention_axes{};
    int sliding_window = 0;
    initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
    regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, bias_constraint{};
    bool use_gate = false;
    attending::projection query{}, key{}, value{}, attention_output{}, gate{};
    site here{};

    constexpr symbol operator()(symbol q, const attention_options& options = {}) const {
        return (*this)(q, q, q, options);
    }
    constexpr symbol operator()(symbol q, symbol v, const attention_options& options = {}) const {
        return (*this)(q, v, v, options);
    }
    constexpr symbol operator()(symbol q, symbol v, symbol k, const attention_options& options = {}) const {
        return with_scores(q, v, k, options)[0];
    }
    /// The result and the weights (N, num_heads, T, S), as with return_attention_scores; of images (N, O..., num_heads,
    /// T, S), where T and S count the places that attend.
    constexpr std::array<symbol, 2> with_scores(symbol q, symbol v, symbol k,
                                                const attention_options& options = {}) const {
        const layer_call call(here, q, "multi_head_attention");
        attending::take_others(call, v, k, options.attention_mask.g || options.use_causal_mask);
        const attending::projecting<multi_head_attention> heads{*this, call, {q, attention_axes}};
        const extent_t features = q.extents()[q.rank() - 1];
        const extent_t width = key_dim > 0 ? key_dim : q.g->dims.divide(features, num_heads);
        const extent_t width_of_values = value_dim > 0 ? value_dim : width;
        const symbol qs = heads.apart(query, q, num_heads, width), ks = heads.apart(key, k, num_heads, width);
        const symbol vs = heads.apart(value, v, num_heads, width_of_values);
        const symbol sees = attending::seen(q, v, k, qs, ks, heads.axes, sliding_window, options);
        const symbol w = attending::weights(here, qs, ks, sees, dropout, dropout > 0 || q.rank() > 3);
        symbol y = matmul(w, vs);
        if (use_gate) y = y * heads.apart(gate, q, num_heads, width_of_values, sigmoid);
        y = heads.together(attention_output, y, q, output_shape > 0 ? output_shape : features);
        return {call.gives(with_mask_of(q, y)), w};
    }
};

/// The same where several heads of the query share a head of key and value.
///
/// shapes    query (N,T,F), value (N,S,G), key (N,S,E) -> (N,T,F); query.kernel (F, num_query_heads, head_dim),
///           key.kernel (E, num_key_value_heads, head_dim), value.kernel (G, num_key_value_heads, head_dim)
/// edge      num_key_value_heads divides num_query_heads. activity_regularizer is of each projection and once more of
///           the result, as Keras'
/// source    Keras' GroupQueryAttention; Ainslie et al., arXiv:2305.13245
/// test      tests/fixtures/keras_attention_test.cpp
struct group_query_attention {
    int head_dim = 0, num_query_heads = 1, num_key_value_heads = 1;  // head_dim must be given
    double dropout = 0;
    bool use_bias = true;
    int sliding_window = 0;
    initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
    regularizer kernel_regularizer{}, bias_regularizer{}, activity_regularizer{};
    constraint kernel_constraint{}, bias_constraint{};
    bool use_gate = false;
    attending::projection query{}, key{}, value{}, attention_output{}, gate{};
    site here{};

    constexpr symbol operator()(symbol q, const attention_options& options = {}) const {
        return (*this)(q, q, q, options);
    }
    constexpr symbol operator()(symbol q, symbol v, const attention_options& options = {}) const {
        return (*this)(q, v, v, options);
    }
    constexpr symbol operator()(symbol q, symbol v, symbol k, const attention_options& options = {}) const {
        const layer_call call(here, q, "group_query_attention");
        attending::take_others(call, v, k, options.attention_mask.g || options.use_causal_mask);
        const attending::projecting<group_query_attention> heads{*this, call, {q, 1}};
        const int shared = num_query_heads / num_key_value_heads;
        const symbol qs = heads.apart(query, q, num_query_heads, head_dim);
        const symbol ks = ir::emit::repeat(heads.apart(key, k, num_key_value_heads, head_dim), shared, 1);
        const symbol vs = ir::emit::repeat(heads.apart(value, v, num_key_value_heads, head_dim), shared, 1);
        const symbol sees = attending::seen(q, v, k, qs, ks, heads.axes, sliding_window, options);
        symbol y = matmul(attending::weights(here, qs, ks, sees, dropout, dropout > 0), vs);
        if (use_gate) y = y * heads.apart(gate, q, num_query_heads, head_dim, sigmoid);
        y = heads.together(attention_output, y, q, q.extents()[q.rank() - 1]);
        return call.gives(with_mask_of(q, y), activity_regularizer);
    }
};

namespace attending {
/// sum_s softmax_s(scores) v_s, and 0 for queries that do not count.
constexpr symbol mean_of(const site& here, symbol scores, symbol q, symbol v, double rate, bool is_causal) {
    symbol sees{};
    if (const auto m = mask_of(v)) join(sees, ir::emit::expand_dims(*m, {-2}));
    if (is_causal) join(sees, causal(q, v));
    const double away = scores.type() == dtype::float16 ? 65504 : 1e9;
    if (sees.g) scores = ir::emit::elementwise(op::select, sees, scores, scores - away);
    const symbol y = matmul(dropped(here, telar::softmax(scores, -1), rate), v.plain());
    const auto counts = mask_of(q);
    return counts ? with_mask(masks::where_it_counts(*counts, y), *counts) : y;
}
/// Each query beside each key.   (N,T,d), (N,S,d) -> (N,T,S,d)
constexpr symbol each_pair(symbol q, symbol k) {
    return ir::emit::expand_dims(q, {-2}) + ir::emit::expand_dims(k, {-3});
}
}  // namespace attending

enum class score_modes { dot, concat };

/// Luong's attention: y_t = sum_s softmax_s(q_t . k_s) v_s; with score_modes::concat, of concat_score_weight
/// sum(tanh(q_t + k_s)).
///
/// shapes    query (N,T,d), value (N,S,e), key (N,S,d) -> (N,T,e); scale (), concat_score_weight ()
/// edge      without a key it is the value. The value's mask hides keys; where the query's is false
///           the result is 0
/// source    Keras' Attention; Luong, Pham and Manning, arXiv:1508.04025
/// test      tests/fixtures/keras_attention_test.cpp
struct attention {
    bool use_scale = false;
    score_modes score_mode = score_modes::dot;
    double dropout = 0;
    parameter scale{}, concat_score_weight{};
    site here{};

    constexpr symbol operator()(symbol q, symbol v, bool use_causal_mask = false) const {
        return (*this)(q, v, v, use_causal_mask);
    }
    constexpr symbol operator()(symbol q, symbol v, symbol k, bool use_causal_mask = false) const {
        const layer_call call(here, q, "attention");
        attending::take_others(call, v, k, use_causal_mask);
        const bool is_dot = score_mode == score_modes::dot;
        const auto scaled = [&](symbol x) { return use_scale ? x * scale(q, shape(), ones) : x; };
        const symbol scores = is_dot ? scaled(matmul(q.plain(), ir::emit::swap_last(k)))
                                     : concat_scores(q, scaled(attending::each_pair(q, k)));
        return call.gives(attending::mean_of(here, scores, q, v, dropout, use_causal_mask));
    }

private:
    constexpr symbol concat_scores(symbol x, symbol pairs) const {
        return concat_score_weight(x, shape(), ones) * ir::emit::reduce(op::sum, telar::tanh(pairs), 1u << 3, false);
    }
};

/// Bahdanau's attention: y_t = sum_s softmax_s(sum(scale tanh(q_t + k_s))) v_s.
///
/// shapes    query (N,T,d), value (N,S,e), key (N,S,d) -> (N,T,e); scale (d)
/// edge      masks as nn::attention's
/// source    Keras' AdditiveAttention; Bahdanau, Cho and Bengio, arXiv:1409.0473
/// test      tests/fixtures/keras_attention_test.cpp
struct additive_attention {
    bool use_scale = true;
    double dropout = 0;
    parameter scale{};
    site here{};

    constexpr symbol operator()(symbol q, symbol v, bool use_causal_mask = false) const {
        return (*this)(q, v, v, use_causal_mask);
    }
    constexpr symbol operator()(symbol q, symbol v, symbol k, bool use_causal_mask = false) const {
        const layer_call call(here, q, "additive_attention");
        attending::take_others(call, v, k, use_causal_mask);
        symbol pairs = telar::tanh(attending::each_pair(q, k));
        if (use_scale) pairs = pairs * scale(q, shape(q.extents()[q.rank() - 1]), glorot_uniform);
        const symbol scores = ir::emit::reduce(op::sum, pairs, 1u << 3, false);
        return call.gives(attending::mean_of(here, scores, q, v, dropout, use_causal_mask));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
