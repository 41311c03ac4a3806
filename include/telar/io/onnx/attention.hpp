// SPDX-License-Identifier: BSL-1.0
// Attention and its parts in ONNX, composed of telar's functions.
#pragma once
#include <telar/io/onnx/movements.hpp>

#include <telar/expr/composite.hpp>
#include <telar/expr/indexing.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// (B, S, H D) -> (B, H, S, D); of four axes it is that already.
inline symbol in_heads(symbol x, extent_t heads) {
    if (x.rank() == 4) return x;
    require_rank(x, 3, 4);
    const extent_t size = number_of_places(x, 2);
    require_form(heads >= 1 && size % heads == 0, "so many heads");
    return swap_axes(in_shape(x, shape(x.extents()[0], x.extents()[1], heads, size / heads)), 1, 2);
}
inline symbol added(symbol bias, symbol more) { return bias.g ? bias + more : more; }
inline symbol bias_of(symbol allowed, dtype type) {
    return where(allowed, emit::constant(*allowed.g, type, 0), -infinity);
}

/// What is added to the scores (B, H, Q, K), or nothing: the mask, the past alone, a window, keys that are padding.
inline symbol score_bias(const call& c, symbol q, extent_t keys) {
    ir::graph& g = c.graph();
    const extent_t queries = number_of_places(q, 2);
    symbol bias;
    if (c.has(3)) {
        symbol mask = c[3];
        if (mask.type() == dtype::boolean) mask = bias_of(mask, q.type());
        extent_t none[max_rank]{}, after[max_rank]{};
        require_rank(mask, 1);
        const extent_t columns = number_of_places(mask, mask.rank() - 1);
        after[mask.rank() - 1] = columns == 1 ? 0 : keys - columns;
        bias = surrounded(mask, none, after, number(mask, -infinity));
    }
    const symbol column = emit::iota(g, keys, dtype::int64);
    symbol row = in_shape(emit::iota(g, queries, dtype::int64), shape(queries, extent_t{1}));
    if (c.has(4)) row = row + number_of_places(c[4], 2);
    else if (c.has(6)) row = row + (in_shape(c[6], shape(c[6].extents()[0], 1, 1, 1)) - queries);
    const std::int64_t left = c.integer("left_window_size", -1), right = c.integer("right_window_size", -1);
    if (c.integer("is_causal", 0) != 0) bias = added(bias, bias_of(column <= row, q.type()));
    if (left >= 0) bias = added(bias, bias_of(row - column <= left, q.type()));
    if (right >= 0) bias = added(bias, bias_of(column - row <= right, q.type()));
    if (c.has(6)) bias = added(bias, bias_of(column < in_shape(c[6], shape(c[6].extents()[0], 1, 1, 1)), q.type()));
    return bias;
}
inline symbol attention(const call& c) {
    const bool is_flat = c[0].rank() == 3;
    const symbol q = in_heads(c[0], c.integer("q_num_heads", 0));
    symbol k = in_heads(c[1], c.integer("kv_num_heads", 0)), v = in_heads(c[2], c.integer("kv_num_heads", 0));
    if (c.has(4)) k = telar::concat({c[4], k}, 2);
    if (c.has(5)) v = telar::concat({c[5], v}, 2);
    c.give(1, k), c.give(2, v);
    require_rank(k, 4, 4), require_rank(v, 4, 4);
    const extent_t heads = number_of_places(q, 1), heads_of_k = number_of_places(k, 1);
    require_form(heads_of_k >= 1 && heads % heads_of_k == 0, "so many heads");
    const extent_t times = heads / heads_of_k;
    k = repeat(k, times, 1), v = repeat(v, times, 1);

    const double root = std::sqrt(c.real("scale", 1 / std::sqrt(static_cast<double>(number_of_places(q, 3)))));
    symbol scores = matmul(q * root, swap_axes(k * root, -1, -2));
    const double cap = c.real("softcap", 0);
    if (cap > 0) scores = tanh(scores / cap) * cap;
    const symbol bias = score_bias(c, q, number_of_places(k, 2));
    const symbol biased = bias.g ? scores + bias : scores;
    symbol p = softmax(biased, -1);
    if (bias.g) p = where(max(bias, -1, true) == -infinity, 0, p);  // a query that may see nothing
    const symbol inside[] = {scores, scores, biased, p};
    const std::int64_t mode = c.integer("qk_matmul_output_mode", 0);
    require_form(mode >= 0 && mode < 4, "qk_matmul_output_mode");
    c.give(3, inside[mode]);
    const symbol y = matmul(p, v);
    if (!is_flat) return y;
    return in_shape(swap_axes(y, 1, 2), shape(y.extents()[0], y.extents()[2], heads * number_of_places(y, 3)));
}

/// Pairs of numbers are turned by an angle that depends on the place in the sequence.
inline symbol rotary_embedding(const call& c) {
    const bool is_flat = c[0].rank() == 3, is_interleaved = c.integer("interleaved", 0) != 0;
    const symbol x = in_heads(c[0], c.integer("num_heads", 0));  // (B, H, S, D)
    const extent_t size = number_of_places(x, 3);
    const extent_t turned = c.integer("rotary_embedding_dim", 0) == 0 ? size : c.integer("rotary_embedding_dim", 0);
    require_form(turned >= 2 && turned % 2 == 0 && turned <= size, "so many numbers that are turned");
    const auto angles = [&](int i) { return expand_dims(c.has(3) ? embedding(c[i], c[3]) : c[i], 1); };
    const symbol cosine = angles(1), sine = angles(2), part = slice(x, -1, 0, turned);
    const symbol a = is_interleaved ? every(part, 3, 2) : slice(part, -1, 0, turned / 2);
    const symbol b = is_interleaved ? every(slice(part, -1, 1, turned), 3, 2) : slice(part, -1, turned / 2, turned);
    const symbol real = cosine * a - sine * b, imaginary = sine * a + cosine * b;
    const symbol pairs = telar::concat({expand_dims(real, -1), expand_dims(imaginary, -1)}, -1);
    symbol y = is_interleaved ? in_shape(pairs, part.extents()) : telar::concat({real, imaginary}, -1);
    if (turned < size) y = telar::concat({y, slice(x, -1, turned, size)}, -1);
    const shape flat = c[0].extents();
    return is_flat ? in_shape(swap_axes(y, 1, 2), flat) : y;
}

// clang-format off
inline constexpr operation attention_operations[] = {
    {"Attention",       attention},
    {"RotaryEmbedding", rotary_embedding},
    {"SwiGLU",          [](const call& c) { return c[0] * sigmoid(c.real("alpha", 1) * c[0]) * c[1]; }},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
