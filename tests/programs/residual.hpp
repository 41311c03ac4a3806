// SPDX-License-Identifier: BSL-1.0
// Two residual blocks: one that halves the image and adds it, projected; one that adds to it.
//
// source    He, Zhang, Ren and Sun, arXiv:1512.03385
#pragma once
#include <telar/telar.hpp>

#include <array>
#include <tuple>

namespace programs {

using namespace telar;

/// What a model takes from its weights, one after the other.
template <std::size_t N> struct weight_list {
    std::array<symbol, N> all;
    std::size_t used = 0;

    constexpr symbol next() { return all[used++]; }
};

/// (x - mean) / sqrt(variance + epsilon) gamma + beta, the moments those of the batch, per channel.
inline constexpr auto batch_normalized = telar::function([](auto x, auto gamma, auto beta) {
    const auto deviation = x - mean(x, axis<0, 1, 2>);
    return deviation * rsqrt(mean(square(deviation), axis<0, 1, 2>) + 1e-3) * gamma + beta;
});
/// relu(f(x) + x), or relu(f(x) + projected x) where the steps change the shape.
template <extent_t Steps, std::size_t N> constexpr symbol residual_block(symbol x, weight_list<N>& w) {
    const auto normalized = [&](symbol z) {
        const symbol gamma = w.next(), beta = w.next();
        return batch_normalized(z, gamma, beta);
    };
    const symbol inner = relu(normalized(conv(x, w.next(), steps<Steps>, same_padding)));
    const symbol y = normalized(conv(inner, w.next(), same_padding));
    if (Steps > 1) x = normalized(conv(x, w.next(), steps<Steps>, same_padding));
    return relu(y + x);
}
inline constexpr auto residual_logits = telar::function([](auto images, auto... weights) {  // (n,9,9,3) -> (n,10)
    weight_list<sizeof...(weights)> w{{weights...}};
    symbol x = residual_block<2>(images, w);  // (n,5,5,8)
    x = residual_block<1>(x, w);
    const symbol kernel = w.next();
    return mean(x, axis<1, 2>) * kernel + w.next();
});
inline constexpr auto residual_loss = telar::function([](auto images, auto labels, auto... weights) {
    return mean(sparse_softmax_cross_entropy(residual_logits(images, weights...), labels));
});

struct residual {
    variable<"a1/kernel", tensor<float, 3, 3, 3, 8> > a1;
    variable<"a1/gamma", tensor<float, 8> > a1_gamma;
    variable<"a1/beta", tensor<float, 8> > a1_beta;
    variable<"a2/kernel", tensor<float, 3, 3, 8, 8> > a2;
    variable<"a2/gamma", tensor<float, 8> > a2_gamma;
    variable<"a2/beta", tensor<float, 8> > a2_beta;
    variable<"shortcut/kernel", tensor<float, 1, 1, 3, 8> > shortcut;
    variable<"shortcut/gamma", tensor<float, 8> > shortcut_gamma;
    variable<"shortcut/beta", tensor<float, 8> > shortcut_beta;
    variable<"b1/kernel", tensor<float, 3, 3, 8, 8> > b1;
    variable<"b1/gamma", tensor<float, 8> > b1_gamma;
    variable<"b1/beta", tensor<float, 8> > b1_beta;
    variable<"b2/kernel", tensor<float, 3, 3, 8, 8> > b2;
    variable<"b2/gamma", tensor<float, 8> > b2_gamma;
    variable<"b2/beta", tensor<float, 8> > b2_beta;
    variable<"dense/kernel", matrix<float, 8, 10> > kernel;
    variable<"dense/bias", tensor<float, 10> > bias;

    using image_batch = tensor<float, dyn, 9, 9, 3>;
    using label_batch = tensor<std::int32_t, dyn>;
    auto weights() const {
        return std::tuple(a1, a1_gamma, a1_beta, a2, a2_gamma, a2_beta, shortcut, shortcut_gamma, shortcut_beta, b1,
                          b1_gamma, b1_beta, b2, b2_gamma, b2_beta, kernel, bias);
    }
};

}  // namespace programs
