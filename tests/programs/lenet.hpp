// SPDX-License-Identifier: BSL-1.0
// LeNet: two convolutions with pools and three dense layers.
//
// source    LeCun, Bottou, Bengio and Haffner, 1998; with rectifiers, and the largest of each window
#pragma once
#include <telar/telar.hpp>

#include <tuple>

namespace programs {

using namespace telar;

inline constexpr auto lenet_logits =
    telar::function([](auto images, auto k1, auto b1, auto k2, auto b2, auto W3, auto b3, auto W4, auto b4, auto W5,
                       auto b5) {                                                 // (n,28,28,1) -> (n,10)
        auto x = max_pool(relu(conv(images, k1, same_padding) + b1), window<2>);  // (n,14,14,6)
        x = max_pool(relu(conv(x, k2) + b2), window<2>);                          // (n,5,5,16)
        x = relu(flatten(x) * W3 + b3);
        x = relu(x * W4 + b4);
        return x * W5 + b5;
    });
inline constexpr auto lenet_loss = telar::function([](auto images, auto labels, auto... weights) {
    return mean(sparse_softmax_cross_entropy(lenet_logits(images, weights...), labels));
});

struct lenet {
    variable<"conv1/kernel", tensor<float, 5, 5, 1, 6> > k1;
    variable<"conv1/bias", tensor<float, 6> > b1;
    variable<"conv2/kernel", tensor<float, 5, 5, 6, 16> > k2;
    variable<"conv2/bias", tensor<float, 16> > b2;
    variable<"dense3/kernel", matrix<float, 400, 120> > W3;
    variable<"dense3/bias", tensor<float, 120> > b3;
    variable<"dense4/kernel", matrix<float, 120, 84> > W4;
    variable<"dense4/bias", tensor<float, 84> > b4;
    variable<"dense5/kernel", matrix<float, 84, 10> > W5;
    variable<"dense5/bias", tensor<float, 10> > b5;

    using image_batch = tensor<float, dyn, 28, 28, 1>;
    using label_batch = tensor<std::int32_t, dyn>;
    auto weights() { return std::tie(k1, b1, k2, b2, W3, b3, W4, b4, W5, b5); }
};

}  // namespace programs
