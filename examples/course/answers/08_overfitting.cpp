// SPDX-License-Identifier: BSL-1.0
// Answer 8. More data: with each doubling the same net reads more of the digits that it has not seen.
#include <cmath>
#include <iostream>
#include <telar/nn.hpp>

#include "../../labs/digits.hpp"

using namespace telar;

inline constexpr auto plain = nn::dense{64, nn::relu} | nn::dense{10};

int main() {
    const auto [train, test] = lab::digits(2);
    double before = 0;
    bool rises = true;
    for (const extent_t count : {25, 50, 100, 200}) {
        nn::model_of<plain, tensor<float, dyn, 64>> net(1);
        auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
            nn::late(net), adam{.learning_rate = 3e-3});
        trainer.fit(lab::first(train, count), {.epochs = 40, .seed = 1, .verbose = 0});
        const double accuracy = trainer.evaluate(lab::first(test, 400))[1];
        std::cout << count << " digits: " << std::lround(100 * accuracy) << " %\n";
        rises = rises && accuracy > before;
        before = accuracy;
    }
    return rises ? 0 : 1;
}

// prints:
// /25 digits: [2-4][0-9] %/
// /50 digits: [67][0-9] %/
// /100 digits: (7[89]|8[0-9]) %/
// /200 digits: 9[0-9] %/
