// SPDX-License-Identifier: BSL-1.0
// The perceptron of mnist_step_dyn as a model: layers, compile, a training step.
#include <telar/nn.hpp>

using namespace telar;

struct mlp {
    nn::dense hidden{128, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};

int main() {
    nn::model<mlp, tensor<float, dyn, 784>> net(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(net, adam{});
    const tensor<float, dyn, 784> images(shape(128, 784));
    const tensor<std::int32_t, dyn> digits(shape(128));
    trainer.train_on_batch(images, digits);
}
