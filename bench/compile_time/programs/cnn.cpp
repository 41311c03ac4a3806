// SPDX-License-Identifier: BSL-1.0
// One training step of a convolutional network for images of 28x28: two convolutions with pools, a dense layer, softmax
// cross-entropy over ten classes, Adam.
#include <telar/telar.hpp>

#include <cmath>

using namespace telar;

struct cnn {
    variable<"conv1/kernel", tensor<float, 3, 3, 1, 16>> K1;
    variable<"conv1/bias", tensor<float, 16>> b1;
    variable<"conv2/kernel", tensor<float, 3, 3, 16, 32>> K2;
    variable<"conv2/bias", tensor<float, 32>> b2;
    variable<"dense/kernel", matrix<float, 10, 7 * 7 * 32>> W;
    variable<"dense/bias", tensor<float, 10>> b;

    explicit cnn(generator random) {
        glorot_uniform{}(K1.value(), random);
        glorot_uniform{}(K2.value(), random);
        glorot_uniform{}(W.value(), random);
    }
    /// (n,28,28,1) -> (n,10)
    auto logits(const auto& images) const {
        auto x = max_pool(relu(conv(images, K1, same_padding) + b1), window<2>);  // (n,14,14,16)
        auto y = max_pool(relu(conv(x, K2, same_padding) + b2), window<2>);       // (n,7,7,32)
        return W * flatten(y) + b;
    }
};

int main() {
    cnn net(generator(1));
    input<"images", tensor<float, dyn, 28, 28, 1>> images;
    input<"labels", tensor<std::int32_t, dyn>> labels;
    auto step = minimize(mean(sparse_softmax_cross_entropy(net.logits(images), labels)), adam{});

    tensor<float, dyn, 28, 28, 1> x(shape(16, 28, 28, 1));
    tensor<std::int32_t, dyn> y(shape(16));
    generator(2).fill_uniform(x.span(), 0.f, 1.f);
    float loss = 0;
    for (int i = 0; i < 2; ++i) loss = run(step, images = x, labels = y);
    return std::isfinite(loss) ? 0 : 1;
}
