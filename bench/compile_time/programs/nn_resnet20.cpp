// SPDX-License-Identifier: BSL-1.0
// ResNet-20 for images of 32x32 as a model, and a training step of it. Equal blocks of a stage are one.
#include <telar/nn.hpp>

using namespace telar;

/// (n,h,w,width) -> the same
struct residual_block {
    int width = 16;
    nn::conv2d a{width, 3, nullptr, 1, nn::padding::same}, b{width, 3, nullptr, 1, nn::padding::same};
    nn::batch_norm after_a{}, after_b{};
    constexpr symbol operator()(symbol x) const { return nn::relu(x + after_b(b(nn::relu(after_a(a(x)))))); }
};
/// (n,h,w,c) -> (n,h/2,w/2,width)
struct narrowing_block {
    int width = 32;
    nn::conv2d a{width, 3, nullptr, 2, nn::padding::same}, b{width, 3, nullptr, 1, nn::padding::same};
    nn::conv2d past{width, 1, nullptr, 2};
    nn::batch_norm after_a{}, after_b{};
    constexpr symbol operator()(symbol x) const { return nn::relu(past(x) + after_b(b(nn::relu(after_a(a(x)))))); }
};
struct resnet20 {
    nn::conv2d stem{16, 3, nullptr, 1, nn::padding::same};
    nn::batch_norm after_stem{};
    nn::repeat<residual_block, 3> wide{residual_block{16}};
    narrowing_block to_middle{32};
    nn::repeat<residual_block, 2> middle{residual_block{32}};
    narrowing_block to_narrow{64};
    nn::repeat<residual_block, 2> narrow{residual_block{64}};
    nn::global_average_pooling pool{};
    nn::dense out{10};
    /// (n,32,32,3) -> (n,10)
    constexpr symbol operator()(symbol x) const {
        x = wide(nn::relu(after_stem(stem(x))));
        x = middle(to_middle(x));
        return out(pool(narrow(to_narrow(x))));
    }
};

int main() {
    nn::model<resnet20, tensor<float, dyn, 32, 32, 3>> net(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(net, adam{});
    const tensor<float, dyn, 32, 32, 3> images(shape(4, 32, 32, 3));
    const tensor<std::int32_t, dyn> digits(shape(4));
    trainer.train_on_batch(images, digits);
}
