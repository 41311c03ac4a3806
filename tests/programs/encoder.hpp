// SPDX-License-Identifier: BSL-1.0
// A transformer of two layers that predicts tokens: each part begins with a norm; a place sees itself, what stands
// before it, and no padding (token 0).
//
// source    Vaswani and others, arXiv:1706.03762
#pragma once
#include "weight_list.hpp"

#include <tuple>

namespace programs {

struct encoder_sizes {
    extent_t vocabulary, length, width, heads, inner;
};
inline constexpr encoder_sizes small_encoder{.vocabulary = 13, .length = 7, .width = 8, .heads = 2, .inner = 16};

/// sin and cos of place / 10000^(2 i / width), i < width / 2.   (length, width)
inline constexpr auto positions_like = telar::function([](auto x) {
    const extent_t length = x.extents()[1], width = x.extents()[2];
    const symbol place = reshape(ir::emit::iota(*x.g, length, x.type()), shape(length, 1));
    const symbol i = ir::emit::iota(*x.g, width / 2, x.type());
    const symbol angle = place / pow(full_like(i, 10000), i * (2.0 / static_cast<double>(width)));
    return concat({sin(angle), cos(angle)}, 1);
});
/// May place l see place m?   tokens (n,length) -> (n,1,length,length)
inline constexpr auto visible = telar::function([](auto tokens) {
    const extent_t length = tokens.extents()[1];
    const symbol place = ir::emit::iota(*tokens.g, length, tokens.type());
    const symbol before = reshape(place, shape(length, 1)) >= place;
    return before && reshape(tokens != 0, shape(-1, 1, 1, length));
});
template <std::size_t N> constexpr symbol attention(symbol x, symbol seen, weight_list<N>& w) {
    const symbol q = einsum<"nld,dhk->nhlk">(x, w.next());
    const symbol k = einsum<"nld,dhk->nhlk">(x, w.next());
    const symbol v = einsum<"nld,dhk->nhlk">(x, w.next());
    const symbol depth = ir::emit::constant(*q.g, q.type(), static_cast<double>(q.extents()[3]));
    const symbol scores = einsum<"nhlk,nhmk->nhlm">(q * rsqrt(depth), k);
    const symbol heads = einsum<"nhlm,nhmk->nlhk">(softmax(where(seen, scores, -1e9)), v);
    return einsum<"nlhk,hkd->nld">(heads, w.next());
}
template <std::size_t N> constexpr symbol normalized(symbol x, weight_list<N>& w) {
    const symbol gamma = w.next(), beta = w.next();
    return layer_norm(x, gamma, beta);
}
template <std::size_t N> constexpr symbol dense(symbol x, weight_list<N>& w) {
    const symbol kernel = w.next();
    return x * kernel + w.next();
}
/// (n,length) -> (n,length,vocabulary)
template <int Layers> struct encoder_logits {
    constexpr symbol operator()(symbol tokens, auto... weights) const {
        weight_list<sizeof...(weights)> w{{weights...}};
        symbol x = embedding(w.next(), tokens);
        x = x + positions_like(x);
        const symbol seen = visible(tokens);
        for (int i = 0; i < Layers; ++i) {
            x = x + attention(normalized(x, w), seen, w);
            x = x + dense(gelu(dense(normalized(x, w), w)), w);
        }
        return dense(normalized(x, w), w);
    }
};
/// The mean over the places that are no padding.
inline constexpr auto encoder_loss = telar::function([](auto tokens, auto labels, auto... weights) {
    const symbol logits = encoder_logits<2>{}(tokens, weights...);
    const symbol each = sparse_softmax_cross_entropy(logits, labels), is_there = tokens != 0;
    return sum(where(is_there, each, 0)) / sum(where(is_there, ones_like(each), 0));
});

template <fixed_string Layer, encoder_sizes S> struct encoder_layer {
    static constexpr extent_t depth = S.width / S.heads;
    using projection = tensor<float, S.width, S.heads, depth>;
    variable<Layer + "/attention/gamma", tensor<float, S.width>> gamma1;
    variable<Layer + "/attention/beta", tensor<float, S.width>> beta1;
    variable<Layer + "/attention/query", projection> query;
    variable<Layer + "/attention/key", projection> key;
    variable<Layer + "/attention/value", projection> value;
    variable<Layer + "/attention/output", tensor<float, S.heads, depth, S.width>> output;
    variable<Layer + "/dense/gamma", tensor<float, S.width>> gamma2;
    variable<Layer + "/dense/beta", tensor<float, S.width>> beta2;
    variable<Layer + "/dense/kernel1", matrix<float, S.width, S.inner>> kernel1;
    variable<Layer + "/dense/bias1", tensor<float, S.inner>> bias1;
    variable<Layer + "/dense/kernel2", matrix<float, S.inner, S.width>> kernel2;
    variable<Layer + "/dense/bias2", tensor<float, S.width>> bias2;

    auto weights() {
        return std::tie(gamma1, beta1, query, key, value, output, gamma2, beta2, kernel1, bias1, kernel2, bias2);
    }
};
struct encoder {
    static constexpr encoder_sizes sizes = small_encoder;
    variable<"embedding", tensor<float, sizes.vocabulary, sizes.width>> embedding;
    encoder_layer<"layer1", sizes> layer1;
    encoder_layer<"layer2", sizes> layer2;
    variable<"gamma", tensor<float, sizes.width>> gamma;
    variable<"beta", tensor<float, sizes.width>> beta;
    variable<"kernel", matrix<float, sizes.width, sizes.vocabulary>> kernel;
    variable<"bias", tensor<float, sizes.vocabulary>> bias;

    using token_batch = tensor<std::int32_t, dyn, sizes.length>;
    auto weights() {
        return std::tuple_cat(std::tie(embedding), layer1.weights(), layer2.weights(),
                              std::tie(gamma, beta, kernel, bias));
    }
};

}  // namespace programs
