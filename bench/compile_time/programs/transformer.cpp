// SPDX-License-Identifier: BSL-1.0
// One training step of a transformer that classifies sequences of 32 tokens: an encoder of two layers (width 64, four
// heads, feed-forward 128), the mean over the sequence, softmax cross-entropy over ten classes, Adam.
//
// source    Vaswani and others, arXiv:1706.03762; each part begins with a norm
#include <telar/telar.hpp>

#include <cmath>

using namespace telar;

constexpr extent_t vocabulary = 100, length = 32, width = 64, heads = 4, inner = 128;

constexpr auto self_attention = telar::function([](auto x, auto query, auto key, auto value, auto output) {
    const auto of_heads = [&](auto kernel) { return einsum<"nld,dhk->nhlk">(x, kernel); };
    const auto y = attention(of_heads(query), of_heads(key), of_heads(value));
    return einsum<"nhlk,hkd->nld">(y, output);
});
constexpr auto feed_forward =
    telar::function([](auto x, auto W1, auto b1, auto W2, auto b2) { return relu(x * W1 + b1) * W2 + b2; });
constexpr auto residual_of_attention = telar::function([](auto x, auto gamma, auto beta, auto... kernels) {
    return x + self_attention(layer_norm(x, gamma, beta), kernels...);
});
constexpr auto residual_of_feed_forward = telar::function([](auto x, auto gamma, auto beta, auto... weights) {
    return x + feed_forward(layer_norm(x, gamma, beta), weights...);
});

template <fixed_string Layer> struct encoder_layer {
    using projection = tensor<float, width, heads, width / heads>;
    variable<Layer + "/query", projection> query;
    variable<Layer + "/key", projection> key;
    variable<Layer + "/value", projection> value;
    variable<Layer + "/output", tensor<float, heads, width / heads, width>> output;
    variable<Layer + "/W1", matrix<float, width, inner>> W1;
    variable<Layer + "/b1", tensor<float, inner>> b1;
    variable<Layer + "/W2", matrix<float, inner, width>> W2;
    variable<Layer + "/b2", tensor<float, width>> b2;
    variable<Layer + "/gamma1", tensor<float, width>> gamma1;
    variable<Layer + "/beta1", tensor<float, width>> beta1;
    variable<Layer + "/gamma2", tensor<float, width>> gamma2;
    variable<Layer + "/beta2", tensor<float, width>> beta2;

    explicit encoder_layer(generator& random) {
        const auto draw = [&](auto&... kernel) { (glorot_uniform{}(kernel.value(), random), ...); };
        draw(query, key, value, output, W1, W2);
        ones_initializer{}(gamma1.value(), random);
        ones_initializer{}(gamma2.value(), random);
    }
    /// (n, length, width) -> the same
    auto operator()(const auto& x) const {
        auto y = residual_of_attention(x, gamma1, beta1, query, key, value, output);
        return residual_of_feed_forward(y, gamma2, beta2, W1, b1, W2, b2);
    }
};
struct transformer {
    variable<"embedding/tokens", tensor<float, vocabulary, width>> of_tokens;
    variable<"embedding/places", tensor<float, length, width>> of_places;
    encoder_layer<"layer1"> layer1;
    encoder_layer<"layer2"> layer2;
    variable<"W", matrix<float, 10, width>> W;
    variable<"b", tensor<float, 10>> b;

    explicit transformer(generator random) : layer1(random), layer2(random) {
        random_uniform_initializer{}(of_tokens.value(), random);
        random_uniform_initializer{}(of_places.value(), random);
        glorot_uniform{}(W.value(), random);
    }
    /// (n, length) -> (n,10)
    auto logits(const auto& tokens) const {
        auto x = embedding(of_tokens, tokens) + of_places;
        return W * mean(layer2(layer1(x)), axis<1>) + b;
    }
};

int main() {
    transformer net(generator(1));
    input<"tokens", tensor<std::int32_t, dyn, length>> tokens;
    input<"labels", tensor<std::int32_t, dyn>> labels;
    auto step = minimize(mean(sparse_softmax_cross_entropy(net.logits(tokens), labels)), adam{});

    tensor<std::int32_t, dyn, length> x(shape(16, length));
    tensor<std::int32_t, dyn> y(shape(16));
    for (std::int32_t i = 0; std::int32_t & token : x.span()) token = i++ % static_cast<std::int32_t>(vocabulary);
    float loss = 0;
    for (int i = 0; i < 2; ++i) loss = run(step, tokens = x, labels = y);
    return std::isfinite(loss) ? 0 : 1;
}
