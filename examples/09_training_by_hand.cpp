// SPDX-License-Identifier: BSL-1.0
// What fit does, by hand: variables, a step of minimize, a loop over batches, a learning rate that falls, and weights
// that are saved and loaded into a fresh model, which must predict the same bits.
#include <filesystem>
#include <iostream>
#include <telar/data.hpp>
#include <telar/io.hpp>
#include <telar/telar.hpp>

using namespace telar;

/// softmax(W2 relu(W1 x + b1) + b2): the probability of each of the ten digits.
struct classifier {
    variable<"W1", matrix<float, 128, 64>> W1;
    variable<"b1", tensor<float, 128>> b1;
    variable<"W2", matrix<float, 10, 128>> W2;
    variable<"b2", tensor<float, 10>> b2;

    /// Log-odds of the digits.   (n, 64) -> (n, 10)
    auto logits(const auto& x) const {
        auto hidden = relu(W1 * x + b1);  // (n, 128)
        return W2 * hidden + b2;
    }
    auto parameters() { return std::tie(W1, b1, W2, b2); }
};

int main() {
    const auto folder = std::filesystem::path(__FILE__).parent_path() / "data";
    const auto table = read_csv(folder / "digits.csv");  // (1797, 65): 64 pixels of 0 to 16, then the digit
    const auto pixels = slice(table, starts<0, 0>, sizes<-1, 64>) / 16;
    const auto digits = cast<std::int32_t>(squeeze(slice(table, starts<0, 64>, sizes<-1, 1>), axis<1>));

    classifier model;
    generator random(1);  // the same weights, and the same order of the digits, every time
    glorot_uniform{}(model.W1.value(), random);
    glorot_uniform{}(model.W2.value(), random);

    input<"X", tensor<float, dyn, 64>> X;  // any number of digits: also the last, smaller batch
    input<"labels", tensor<std::int32_t, dyn>> labels;
    auto logits = model.logits(X);
    auto loss = mean(sparse_softmax_cross_entropy(logits, labels));
    auto step = minimize(loss, adam{});  // the loss, its gradients and Adam's update of the weights: one program

    constexpr int epochs = 20;
    batches shuffled(pixels, digits, 32, random);
    for (int epoch = 0; epoch < epochs; ++epoch) {
        step.optimizer.learning_rate = 5e-3 * (epochs - epoch) / epochs;
        double sum = 0;
        for (const auto& [x, y] : shuffled) sum += run(step, X = x, labels = y).item();
        if (epoch % 5 == 4)
            std::cout << "epoch " << epoch + 1 << ": loss " << sum / static_cast<double>(shuffled.size()) << '\n';
    }
    const float accuracy = run(mean(sparse_categorical_accuracy(labels, logits)), X = pixels, labels = digits).item();
    std::cout << "accuracy " << accuracy << '\n';

#if TELAR_HAS_SAFETENSORS
    const auto file = std::filesystem::temp_directory_path() / "digits.safetensors";
    save_safetensors(file, model.parameters());
    classifier fresh;
    load_safetensors(file, fresh.parameters());
    const bool is_same = same(run(logits, X = pixels), run(fresh.logits(X), X = pixels));
    std::cout << "loaded: " << (is_same ? "the same bits" : "OTHER BITS") << '\n';
    return is_same && accuracy > 0.99f ? 0 : 1;
#else
    return accuracy > 0.99f ? 0 : 1;
#endif
}

// prints:
// /epoch 5: loss 0[.].*/
// /epoch 10: loss 0[.]0.*/
// /epoch 15: loss 0[.]0.*/
// /epoch 20: loss 0[.]0.*/
// /accuracy 0[.]99.*/
// ...
