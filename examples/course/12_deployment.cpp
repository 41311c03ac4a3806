// SPDX-License-Identifier: BSL-1.0
// Lesson 12. A trained model leaves the program that trained it: saved, loaded, and behind a plain class.
#include <algorithm>
#include <array>
#include <filesystem>
#include <iostream>
#include <span>
#include <telar/nn.hpp>
#include <telar/nn/checkpoints.hpp>

#include "../labs/digits.hpp"

using namespace telar;

struct classifier {
    nn::dense hidden{32, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
};
using digits_model = nn::model<classifier, tensor<float, dyn, 64>>;

int largest(std::span<const float> scores) {
    return static_cast<int>(std::max_element(scores.begin(), scores.end()) - scores.begin());
}

/// What other files include. The model's type, and with it the graph, stays in the .cpp that makes it.
class digit_reader {
public:
    explicit digit_reader(const std::filesystem::path& path) {
        digits_model weights;
        nn::load_weights(path, weights);
        logits_ = nn::late(weights);
    }
    int read(std::span<const float> pixels) const {
        std::array<float, 10> scores{};
        logits_.into(tensor_view(scores.data(), shape(1, 10)), tensor_view(pixels.data(), shape(1, 64)));
        return largest(scores);
    }

private:
    callable<tensor<float, dyn, 10>(const tensor<float, dyn, 64>&)> logits_;
};

int main() {
    const auto [test, train] = lab::digits(5);
    digits_model trained(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}>(nn::late(trained),
                                                                                         adam{.learning_rate = 3e-3});
    trainer.fit(train, {.epochs = 5, .seed = 1, .verbose = 0});

    // Saved: a file of names, shapes and numbers, which Python reads, too.
    const auto path = std::filesystem::temp_directory_path() / "telar_lesson_12.safetensors";
    nn::save_weights(path, trained);
    std::cout << std::filesystem::file_size(path) / 1024 << " KiB\n";

    // Loaded, in a program that knows nothing of training: pixels in, a digit out.
    const digit_reader reader(path);
    const auto scores = trainer.predict(tensor<float, dyn, 64>(test.x));
    int right = 0, as_trained = 0;
    for (extent_t n = 0; n < test.y.extent(0); ++n) {
        const int digit = reader.read({&test.x(n, 0), 64});
        right += digit == test.y(n);
        as_trained += digit == largest({&scores(n, 0), 10});
    }
    std::cout << "of " << test.y.extent(0) << " digits it reads " << as_trained << " as the trained model does, "
              << right << " rightly\n";
    std::filesystem::remove(path);
}

// prints:
// /(9|10) KiB/
// /of 359 digits it reads 359 as the trained model does, 3[2-5][0-9] rightly/
