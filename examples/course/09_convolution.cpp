// SPDX-License-Identifier: BSL-1.0
// Lesson 9. Convolution: one small filter, moved over the whole image. Then LeNet's plan, on digits of 8x8 pixels.
#include <iostream>
#include <telar/nn.hpp>

#include "../labs/digits.hpp"

using namespace telar;

struct lenet {
    nn::conv2d edges{.filters = 6, .kernel_size = 3, .activation = nn::relu, .padding = nn::padding::same};
    nn::conv2d shapes{.filters = 16, .kernel_size = 3, .activation = nn::relu};
    nn::dense hidden{32, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const {
        x = reshape(x, extents<-1, 8, 8, 1>);  // (N,64) -> height, width, one channel
        x = nn::max_pool2d(edges(x), 2);       // (N,8,8,6) -> (N,4,4,6)
        x = shapes(x);                         // (N,2,2,16)
        return out(hidden(nn::flatten{}(x)));  // (N,10)
    }
};

void draw(const auto& image) {  // (1,h,w,1)
    for (extent_t row = 0; row < image.extent(1); ++row) {
        for (extent_t column = 0; column < image.extent(2); ++column) {
            const float v = image(0, row, column, 0);
            std::cout << (v > 1 ? '#' : v > 0.5f ? '+' : '.');
        }
        std::cout << '\n';
    }
}

int main() {
    const auto [test, train] = lab::digits(5);

    // By hand: a filter that answers where it is darker below than above, that is at the upper edge of a stroke.
    const tensor<float, 3, 3, 1, 1> upper_edge = {
        {{{-1}}, {{-1}}, {{-1}}}, {{{0}}, {{0}}, {{0}}}, {{{1}}, {{1}}, {{1}}}};
    const auto digit = tensor<float, 1, 8, 8, 1>::from(shape(1, 8, 8, 1), test.x.row(0));
    draw(digit * 2);
    std::cout << '\n';
    draw(conv(digit, upper_edge));  // (1,6,6,1)

    // By learning: 6 + 16 filters that nobody drew.
    nn::model<lenet, tensor<float, dyn, 64>> net(1);
    std::cout << '\n' << summary(net);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
        nn::late(net), adam{.learning_rate = 5e-3});
    trainer.fit(lab::first(train, 700), {.epochs = 4, .batch_size = 16, .seed = 1, .verbose = 0});
    const auto [loss, accuracy] = trainer.evaluate(test);
    std::cout << "of 359 digits it has not seen it reads " << std::lround(100 * accuracy) << " %\n";
}

// prints:
// ....#...
// ...++...
// ...#+...
// ..+#.#+.
// .+##.#+.
// ..####..
// ....##..
// ....#...
//
// .+.+..
// .+.++#
// ##..+#
// ++##+.
// ......
// ......
//
// layer   type    output shape      parameters
// edges   conv2d  (None, 8, 8, 6)           60
// shapes  conv2d  (None, 2, 2, 16)         880
// hidden  dense   (None, 32)             2,080
// out     dense   (None, 10)               330
// total: 3,350 (13,504 bytes), trainable: 3,350, not trainable: 0
// one prediction: 19,914 operations, 18,304 bytes moved, 1,920 bytes of arena
// /of 359 digits it has not seen it reads 9[0-9] %/
