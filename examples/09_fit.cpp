// SPDX-License-Identifier: BSL-1.0
// Handwritten digits by layers and fit: the model says what it is made of, and fit does the rest.
#include <algorithm>
#include <iostream>
#include <telar/data.hpp>
#include <telar/nn.hpp>

using namespace telar;

struct classifier {
    nn::dense hidden{64, nn::relu};
    nn::dropout drop{0.2};
    nn::dense out{10};
    constexpr symbol operator()(symbol x) const { return out(drop(hidden(x))); }
};

/// Every fifth row of the table is held out: 64 pixels of 0 to 16, then the digit.
train_and_test read_digits(const char* path) {
    const auto table = read_csv(path);
    const extent_t rows = table.extent(0), held_out = rows / 5;
    train_and_test data;
    for (auto* part : {&data.train, &data.test}) {
        part->x.resize(shape(part == &data.test ? held_out : rows - held_out, 64));
        part->y.resize(shape(part->x.extent(0)));
    }
    for (extent_t row = 0, train = 0, test = 0; row < rows; ++row) {
        const bool is_test = row % 5 == 4;
        auto& [x, y] = is_test ? data.test : data.train;
        const extent_t n = is_test ? test++ : train++;
        for (extent_t p = 0; p < 64; ++p) x(n, p) = table(row, p) / 16;
        y(n) = static_cast<std::int32_t>(table(row, 64));
    }
    return data;
}

int main() {
    const auto [train, test] = read_digits("examples/data/digits.csv");

    nn::model<classifier, tensor<float, dyn, 64>> net(1);
    std::cout << summary(net);

    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
        net, adam{.learning_rate = 2e-3});
    nn::early_stopping stop{.monitor = "val_loss", .patience = 5, .restore_best_weights = true};
    const auto history =
        trainer.fit(train, {.epochs = 40, .batch_size = 32, .verbose = 0}, nn::validation(test.x, test.y), stop);
    std::cout << "stopped after " << history.size() << " epochs\n";

    const auto [loss, accuracy] = trainer.evaluate(test);
    std::cout << "test: loss " << loss << ", accuracy " << accuracy << '\n';

    tensor<float, dyn, 64> first(shape(1, 64));
    std::copy(test.x.data(), test.x.data() + 64, first.data());
    const auto logits = net(first);  // a model is called like any function
    std::cout << "the first test digit, a " << test.y(0) << ", is read as a " << argmax(logits, axis<1>)(0) << '\n';
    return accuracy > 0.95 ? 0 : 1;
}

// prints:
// layer   type     output shape  parameters
// hidden  dense    (None, 64)         4,160
// drop    dropout  (None, 64)             0
// out     dense    (None, 10)           650
// total: 4,810 (19,328 bytes), trainable: 4,810, not trainable: 0
// /stopped after [0-9]+ epochs/
// /test: loss 0[.][01][0-9]*, accuracy 0[.]9[5-9][0-9]*/
// /the first test digit, a ([0-9]), is read as a [0-9]/
