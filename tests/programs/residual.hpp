// SPDX-License-Identifier: BSL-1.0
// Two residual blocks: one that halves the image and adds it, projected; one that adds to it.
//
// source    He, Zhang, Ren and Sun, arXiv:1512.03385
#pragma once
#include "weight_list.hpp"

#include <tuple>

namespace programs {

using namespace telar;

/// The moments are those of the batch, per channel.
constexpr symbol normalized(symbol x, symbol gamma, symbol beta) {
    return batch_norm(x, gamma, beta, mean(x, axis<0, 1, 2>), variance(x, axis<0, 1, 2>));
}
/// relu(f(x) + x), or relu(f(x) + projected x) where the steps change the shape.
template <extent_t Steps, std::size_t N> constexpr symbol residual_block(symbol x, weight_list<N>& w) {
    const auto convolved = [&](symbol z, auto... options) {
        const symbol kernel = w.next(), gamma = w.next(), beta = w.next();
        return normalized(conv(z, kernel, options..., same_padding), gamma, beta);
    };
    const symbol y = convolved(relu(convolved(x, steps<Steps>)));
    return relu(y + (Steps > 1 ? convolved(x, steps<Steps>) : x));
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

/// A convolution and the norm behind it.
template <fixed_string Layer, extent_t Size, extent_t In, extent_t Out> struct normalized_convolution {
    variable<Layer + "/kernel", tensor<float, Size, Size, In, Out>> kernel;
    variable<Layer + "/gamma", tensor<float, Out>> gamma;
    variable<Layer + "/beta", tensor<float, Out>> beta;

    auto weights() { return std::tie(kernel, gamma, beta); }
};
struct residual {
    normalized_convolution<"a1", 3, 3, 8> a1;
    normalized_convolution<"a2", 3, 8, 8> a2;
    normalized_convolution<"shortcut", 1, 3, 8> shortcut;
    normalized_convolution<"b1", 3, 8, 8> b1;
    normalized_convolution<"b2", 3, 8, 8> b2;
    variable<"dense/kernel", matrix<float, 8, 10>> kernel;
    variable<"dense/bias", tensor<float, 10>> bias;

    using image_batch = tensor<float, dyn, 9, 9, 3>;
    using label_batch = tensor<std::int32_t, dyn>;
    auto weights() {
        return std::tuple_cat(a1.weights(), a2.weights(), shortcut.weights(), b1.weights(), b2.weights(),
                              std::tie(kernel, bias));
    }
};

}  // namespace programs
