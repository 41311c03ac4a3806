// SPDX-License-Identifier: BSL-1.0
// Reads handwritten digits: a model of two layers is trained, tested on digits that it has not seen, and reads one.
#include <filesystem>
#include <iostream>
#include <telar/data.hpp>
#include <telar/nn.hpp>

using namespace telar;

struct classifier {
    nn::dense hidden{128, nn::relu};
    nn::dropout drop{0.2};
    nn::dense out{10};
    constexpr symbol operator()(symbol x) const { return out(drop(hidden(x))); }
};

/// A row of the table: 64 pixels of 0 to 16, then the digit. Every fifth row is held out.
train_and_test read_digits(const std::filesystem::path& path) {
    const auto table = read_csv(path);
    const extent_t rows = table.extent(0), held_out = rows / 5;
    const auto sized = [](extent_t n) {
        return labelled{zeros<float, dyn, dyn>(shape(n, 64)), zeros<std::int32_t, dyn>(shape(n))};
    };
    train_and_test data{sized(rows - held_out), sized(held_out)};
    for (extent_t row = 0; row < rows; ++row) {
        auto& [x, y] = row % 5 == 4 ? data.test : data.train;
        const extent_t n = row % 5 == 4 ? row / 5 : row - row / 5;
        for (extent_t k = 0; k < 64; ++k) x(n, k) = table(row, k) / 16;
        y(n) = static_cast<std::int32_t>(table(row, 64));
    }
    return data;
}
void draw(const tensor<float, dyn, 64>& image) {
    for (int k = 0; k < 64; ++k) std::cout << " .:*#"[static_cast<int>(image(0, k) * 4)] << (k % 8 == 7 ? "\n" : "");
}

int main() {
    const auto [train, test] = read_digits(std::filesystem::path(__FILE__).parent_path() / "data" / "digits.csv");

    nn::model<classifier, tensor<float, dyn, 64>> net(1);  // weights from seed 1
    std::cout << summary(net);

    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
        net, adam{.learning_rate = 2e-3});
    trainer.fit(train, {.epochs = 20, .batch_size = 32}, nn::validation(test.x, test.y));
    const auto [loss, accuracy] = trainer.evaluate(test);
    std::cout << "test: loss " << loss << ", accuracy " << accuracy << '\n';

    const tensor<float, dyn, 64> image = test.x.rows(0, 1);
    const auto digit = argmax(net(image), axis<1>);  // a model is called like any function
    draw(image);
    std::cout << "a " << test.y(0) << ", read as a " << digit(0) << '\n';
    return accuracy > 0.95 ? 0 : 1;
}

// prints:
// layer   type     output shape  parameters
// hidden  dense    (None, 128)        8,320
// drop    dropout  (None, 128)            0
// out     dense    (None, 10)         1,290
// ...
// Epoch 20/20
// /45.45 .* - loss: 0[.]0[0-9]* - accuracy: 0[.]9[0-9]* - val_loss: 0[.][01][0-9]* - val_accuracy: 0[.]9[5-9][0-9]*/
// /test: loss 0[.][01][0-9]*, accuracy 0[.]9[5-9][0-9]*/
// ...
// /a 4, read as a [0-9]/
