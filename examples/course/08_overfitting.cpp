// SPDX-License-Identifier: BSL-1.0
// Lesson 8. A net learns its examples by heart, the wrong ones too; L2 keeps it from that.
#include <cmath>
#include <iostream>
#include <telar/nn.hpp>

#include "../labs/digits.hpp"

using namespace telar;

inline constexpr auto plain = nn::dense{64, nn::relu} | nn::dense{10};
inline constexpr auto decayed = nn::dense{.units = 64, .activation = nn::relu, .kernel_regularizer = nn::l2(1e-2)} |
                                nn::dense{.units = 10, .kernel_regularizer = nn::l2(1e-2)};

template <const auto& Net> void learn(const char* name, const labelled& few, const labelled& others) {
    nn::model_of<Net, tensor<float, dyn, 64>> net(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
        nn::late(net), adam{.learning_rate = 3e-3});
    trainer.fit(few, {.epochs = 100, .seed = 1, .verbose = 0});
    const auto percent = [&](const labelled& data) { return std::lround(100 * trainer.evaluate(data)[1]); };
    std::cout << name << "  learnt " << percent(few) << " %, others " << percent(others) << " %\n";
}

int main() {
    auto [few, all_others] = lab::digits(9);  // every 9th digit to learn from: 199
    const labelled others = lab::first(all_others, 500);
    for (extent_t n = 0; n < few.y.extent(0); n += 4) few.y(n) = (few.y(n) + 1) % 10;  // every fourth label is wrong
    learn<plain>("plain", few, others);
    learn<decayed>("L2   ", few, others);
}

// prints:
// /plain  learnt (9[5-9]|100) %, others 6[0-9] %/
// /L2     learnt (7[89]|8[0-5]) %, others 7[2-9] %/
