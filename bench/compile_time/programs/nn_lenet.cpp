// SPDX-License-Identifier: BSL-1.0
// LeNet-5 as a model, and a training step of it.
#include <telar/nn.hpp>

using namespace telar;

struct lenet {
    nn::conv2d c1{6, 5, nn::relu, 1, nn::padding::same}, c2{16, 5, nn::relu};
    nn::dense d1{120, nn::relu}, d2{84, nn::relu}, out{10};
    /// (n,28,28,1) -> (n,10)
    constexpr symbol operator()(symbol x) const {
        x = nn::max_pool2d(c1(x), 2);
        x = nn::max_pool2d(c2(x), 2);
        return out(d2(d1(flatten(x))));
    }
};

int main() {
    nn::model<lenet, tensor<float, dyn, 28, 28, 1>> net(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(net, adam{});
    const tensor<float, dyn, 28, 28, 1> images(shape(16, 28, 28, 1));
    const tensor<std::int32_t, dyn> digits(shape(16));
    trainer.train_on_batch(images, digits);
}
