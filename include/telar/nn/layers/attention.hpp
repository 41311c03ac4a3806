// SPDX-License-Identifier: BSL-1.0
// Attention layers, by Keras' names and defaults.
#pragma once
#include <telar/nn/mask.hpp>
#include <telar/nn/mode.hpp>
#include <telar/nn/parameter.hpp>

#include <array>

namespace telar::inline TELAR_ABI::nn {

/// What a call of an attention layer may say besides: att(x, x, {.use_causal_mask = true}).
struct attention_options {
    symbol attention_mask{};  // bools (N,T,S): true where query t sees key s
    bool use_causal_mask = false;
};

namespace attending {
/// Keys up to a query's own place.   (T,S)
constexpr symbol causal(symbol q, symbol v) {
    const symbol i = ir::emit::iota(*q.g, q.extents()[1], dtype::int64);
    return ir::emit::iota(*q.g, v.extents()[1], dtype::int64) <= ir::emit::reshape(i, shape(i.extents()[0], 1));
}
constexpr void join(symbol& all, symbol mask) { all = all.g ? all && mask : mask; }
/// Dropped, in training.
constexpr symbol dropped(const site& here, symbol weights, double rate) {
    return rate > 0 && is_training(weights) ? telar::dropout(weights, rate, here.random_state()) : weights;
}

/// x kernel + bias, of which the last axis is taken apart or put together, as Keras' EinsumDense.
struct projection {
    parameter kernel{}, bias{};

    /// (N,T,F) -> (N, heads, T, width)
    constexpr symbol apart(symbol x, int heads, extent_t width, const initializer& of_kernel,
                           const initializer* of_bias) const {
        const extent_t features = x.extents()[x.rank() - 1];
        const symbol w = kernel(x, shape(features, heads, width), of_kernel);
        symbol y = matmul(x.plain(), ir::emit::reshape(w, shape(features, heads * width)));
        if (of_bias) y = y + ir::emit::reshape(bias(x, shape(heads, width), *of_bias), shape(heads * width));
        constexpr extent_t heads_first[]{0, 2, 1, 3};
        return ir::emit::transpose(ir::emit::reshape(y, shape(x.extents()[0], x.extents()[1], heads, width)),
                                   heads_first);
    }
    /// (N, heads, T, width) -> (N,T,F)
    constexpr symbol together(symbol x, extent_t features, const initializer& of_kernel,
                              const initializer* of_bias) const {
        const extent_t heads = x.extents()[1], width = x.extents()[3], wide = x.g->dims.multiply(heads, width);
        const symbol w = kernel(x, shape(heads, width, features), of_kernel);
        constexpr extent_t heads_last[]{0, 2, 1, 3};
        const symbol flat =
            ir::emit::reshape(ir::emit::transpose(x, heads_last), shape(x.extents()[0], x.extents()[2], wide));
        const symbol y = matmul(flat, ir::emit::reshape(w, shape(wide, features)));
        return of_bias ? y + bias(x, shape(features), *of_bias) : y;
    }
};

/// Joins the masks of query, value and key with those of the call: (N,T,S) or (T,S), true where query t sees key s;
/// empty if there is no mask.
constexpr symbol seen(symbol query, symbol value, symbol key, const attention_options& options) {
    symbol all{};
    if (const auto m = mask_of(query)) join(all, ir::emit::expand_dims(*m, {-1}));
    if (const auto m = mask_of(value)) join(all, ir::emit::expand_dims(*m, {-2}));
    if (const auto m = mask_of(key); m && key.id != value.id) join(all, ir::emit::expand_dims(*m, {-2}));
    if (options.use_causal_mask) join(all, causal(query, value));
    if (options.attention_mask.g) join(all, ir::emit::cast(options.attention_mask, dtype::boolean));
    return all;
}
/// softmax(q k' / sqrt(d)) over the keys that are seen.   (N,heads,T,d), (N,heads,S,d) -> (N,heads,T,S)
///
/// edge      a query that sees no key sees all alike, or, with dropout, nothing: as Keras' two ways of computing it
constexpr symbol weights(const site& here, symbol q, symbol k, symbol sees, double rate) {
    ir::graph& g = *q.g;
    const symbol d = ir::emit::extent(g, q.extents()[q.rank() - 1], q.type());
    symbol scores = matmul(q, ir::emit::swap_last(k)) * (1 / ir::emit::elementwise(op::sqrt, d));
    if (!sees.g) return dropped(here, telar::softmax(scores, -1), rate);
    const double lowest = scores.type() == dtype::float16 ? -3e4 : rate > 0 ? -1e9 : -2.372671e38;
    if (sees.rank() == 3) sees = ir::emit::expand_dims(sees, {1});
    symbol w = telar::softmax(
        ir::emit::elementwise(op::select, sees, scores, ir::emit::constant(g, scores.type(), lowest)), -1);
    if (rate > 0) w = ir::emit::elementwise(op::select, sees, w, ir::emit::constant(g, w.type(), 0));
    return dropped(here, w, rate);
}
}  // namespace attending

/// Several heads: each projects query, key and value, y = sum_s softmax_s(q_t . k_s / sqrt(key_dim)) v_s, and all are
/// projected to the query's features.
///
/// shapes    query (N,T,F), value (N,S,G), key (N,S,E) -> (N,T,F), or (N,T,output_shape); query.kernel (F, num_heads,
///           key_dim), key.kernel (E, num_heads, key_dim), value.kernel (G, num_heads, value_dim),
///           attention_output.kernel (num_heads, value_dim, F); biases without the first, that of the output: (F)
/// edge      key_dim 0: F / num_heads; value_dim 0: key_dim. att(x) is att(x, x); without a key it is the value.
///           Masks of query, value and key are joined with attention_mask; the result has the query's
/// errors    E251 parameter_shape; E102 where a sequence has more axes than (N,T,F)
/// source    Keras' MultiHeadAttention; Vaswani et al., arXiv:1706.03762
/// test      tests/fixtures/keras_attention_test.cpp
struct multi_head_attention {
    int num_heads = 1, key_dim = 0, value_dim = 0;
    double dropout = 0;
    bool use_bias = true;
    int output_shape = 0;
    initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
    attending::projection query{}, key{}, value{}, attention_output{};
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
    /// The result and the weights (N, num_heads, T, S), as with return_attention_scores.
    constexpr std::array<symbol, 2> with_scores(symbol q, symbol v, symbol k,
                                                const attention_options& options = {}) const {
        const layer_call call(here, q, "multi_head_attention");
        const extent_t features = q.extents()[q.rank() - 1];
        const extent_t width = key_dim > 0 ? key_dim : q.g->dims.divide(features, num_heads);
        const initializer* const b = use_bias ? &bias_initializer : nullptr;
        const symbol qs = query.apart(q, num_heads, width, kernel_initializer, b);
        const symbol ks = key.apart(k, num_heads, width, kernel_initializer, b);
        const symbol vs = value.apart(v, num_heads, value_dim > 0 ? value_dim : width, kernel_initializer, b);
        const symbol sees = attending::seen(q, v, k, options);
        const symbol w = attending::weights(here, qs, ks, sees, dropout);
        const symbol y =
            attention_output.together(matmul(w, vs), output_shape > 0 ? output_shape : features, kernel_initializer, b);
        return {call.gives(with_mask_of(q, y)), w};
    }
};

/// The same where several heads of the query share a head of key and value.
///
/// shapes    query (N,T,F), value (N,S,G), key (N,S,E) -> (N,T,F); query.kernel (F, num_query_heads, head_dim),
///           key.kernel (E, num_key_value_heads, head_dim), value.kernel (G, num_key_value_heads, head_dim)
/// edge      num_key_value_heads divides num_query_heads
/// source    Keras' GroupQueryAttention; Ainslie et al., arXiv:2305.13245
/// test      tests/fixtures/keras_attention_test.cpp
struct group_query_attention {
    int head_dim = 0, num_query_heads = 1, num_key_value_heads = 1;  // head_dim must be given
    double dropout = 0;
    bool use_bias = true;
    initializer kernel_initializer = glorot_uniform, bias_initializer = zeros;
    attending::projection query{}, key{}, value{}, attention_output{};
    site here{};

    constexpr symbol operator()(symbol q, const attention_options& options = {}) const {
        return (*this)(q, q, q, options);
    }
    constexpr symbol operator()(symbol q, symbol v, const attention_options& options = {}) const {
        return (*this)(q, v, v, options);
    }
    constexpr symbol operator()(symbol q, symbol v, symbol k, const attention_options& options = {}) const {
        const layer_call call(here, q, "group_query_attention");
        const initializer* const b = use_bias ? &bias_initializer : nullptr;
        const int shared = num_query_heads / num_key_value_heads;
        const symbol qs = query.apart(q, num_query_heads, head_dim, kernel_initializer, b);
        const symbol ks =
            ir::emit::repeat(key.apart(k, num_key_value_heads, head_dim, kernel_initializer, b), shared, 1);
        const symbol vs =
            ir::emit::repeat(value.apart(v, num_key_value_heads, head_dim, kernel_initializer, b), shared, 1);
        const symbol sees = attending::seen(q, v, k, options);
        const symbol w = attending::weights(here, qs, ks, sees, dropout);
        const symbol y = attention_output.together(matmul(w, vs), q.extents()[q.rank() - 1], kernel_initializer, b);
        return call.gives(with_mask_of(q, y));
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
        symbol pairs = telar::tanh(attending::each_pair(q, k));
        if (use_scale) pairs = pairs * scale(q, shape(q.extents()[q.rank() - 1]), glorot_uniform);
        const symbol scores = ir::emit::reduce(op::sum, pairs, 1u << 3, false);
        return call.gives(attending::mean_of(here, scores, q, v, dropout, use_causal_mask));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
