// SPDX-License-Identifier: BSL-1.0
// Lab 6. Few samples and a large net: what dropout, batch normalisation and a falling learning rate do for digits that
// it has not seen.
#include <cmath>
#include <iomanip>
#include <iostream>
#include <numbers>
#include <telar/data.hpp>
#include <telar/nn.hpp>

#include "lab.hpp"

using namespace telar;

// clang-format off
inline constexpr auto plain = nn::dense{256, nn::relu} | nn::dense{256, nn::relu} | nn::dense{10};
inline constexpr auto dropping = nn::dense{256, nn::relu} | nn::dropout{0.5}
                               | nn::dense{256, nn::relu} | nn::dropout{0.5} | nn::dense{10};
inline constexpr auto normalised = nn::dense{256} | nn::batch_norm{.momentum = 0.9} | nn::relu | nn::dropout{0.5}
                                 | nn::dense{256} | nn::batch_norm{.momentum = 0.9} | nn::relu | nn::dropout{0.5}
                                 | nn::dense{10};
// clang-format on

constexpr int epochs = 60, seeds = 3;
using schedule = double (*)(int epoch, double rate);
constexpr schedule constant = [](int, double rate) { return rate; };
constexpr schedule cosine = [](int epoch, double) {  // from 0.003 to 0
    return 0.0015 * (1 + std::cos(std::numbers::pi * epoch / epochs));
};

/// Means over the seeds.
struct result {
    std::vector<double> losses = std::vector<double>(epochs), val_losses = losses;  // of each epoch
    double loss = 0, val_loss = 0, accuracy = 0, val_accuracy = 0;
};
template <const auto& Net> result learn(const std::string& name, const train_and_test& data, schedule rate) {
    result mean;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        nn::model_of<Net, tensor<float, dyn, 64>> net(seed);
        auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
            net, adam{.learning_rate = 3e-3});
        const auto history = trainer.fit(data.train, {.epochs = epochs, .seed = seed, .verbose = 0},
                                         nn::validation(data.test.x, data.test.y), nn::learning_rate_scheduler{rate});
        const auto [loss, accuracy] = trainer.evaluate(data.train);  // as it predicts: nothing is dropped
        mean.loss += loss / seeds;
        mean.accuracy += accuracy / seeds;
        mean.val_loss += history["val_loss"].back() / seeds;
        mean.val_accuracy += history["val_accuracy"].back() / seeds;
        for (std::size_t e = 0; e < epochs; ++e) {
            mean.losses[e] += history["loss"][e] / seeds;
            mean.val_losses[e] += history["val_loss"][e] / seeds;
        }
    }
    std::cout << std::left << std::setw(24) << name << std::fixed << std::setprecision(4) << mean.loss << "  "
              << mean.val_loss << "  " << mean.accuracy << "  " << mean.val_accuracy << '\n';
    return mean;
}

int main() {
    const auto [learnt, others] = lab::digits(9);  // every ninth, 199 of them, is there to learn from
    const train_and_test data{learnt, others};
    std::cout << "                        loss    val_loss accuracy val_accuracy\n";
    const result bare = learn<plain>("plain", data, constant);
    learn<dropping>("dropout", data, constant);
    learn<normalised>("dropout, batch norm", data, constant);
    const result all = learn<normalised>("the same, falling rate", data, cosine);

    save_line_chart(
        lab::picture("06_gap.svg"),
        {{"plain, training", bare.losses},
         {"plain, validation", bare.val_losses},
         {"all three, training", all.losses},
         {"all three, validation", all.val_losses}},
        {.title = "199 digits to learn from", .x_label = "epoch", .y_label = "cross-entropy", .log_y = true});
    return all.val_loss - all.loss < 0.9 * (bare.val_loss - bare.loss) && all.val_accuracy > 0.91 ? 0 : 1;
}

// prints:
//                         loss    val_loss accuracy val_accuracy
// /plain                   0[.]00[0-9]+  0[.]2[0-9]+  1[.]0000  0[.]9[0-9]+/
// /dropout                 0[.]0[0-9]+  0[.][23][0-9]+  [01][.][09][0-9]+  0[.]9[0-9]+/
// /dropout, batch norm     0[.]0[0-9]+  0[.][23][0-9]+  [01][.][09][0-9]+  0[.]9[0-9]+/
// /the same, falling rate  0[.]0[0-9]+  0[.]2[0-9]+  [01][.][09][0-9]+  0[.]9[1-3][0-9]+/
