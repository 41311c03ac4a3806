// SPDX-License-Identifier: BSL-1.0
// Lesson 10. A recurrent net reads a series step by step, and carries what it has read in a state.
#include <cmath>
#include <fstream>
#include <iostream>
#include <string>
#include <telar/nn.hpp>
#include <vector>

using namespace telar;

constexpr extent_t past = 12, ahead = 3;  // steps of four weeks
using windows = tensor<float, dyn, past, 1>;
inline constexpr auto recurrent = nn::simple_rnn{16} | nn::dense{1};

/// Carbon dioxide in the air, every fourth week: the second column, without the weeks that are missing.
std::vector<float> read_air() {
    std::ifstream in("examples/data/co2.csv");
    std::vector<float> values;
    std::string line;
    std::getline(in, line);
    for (int week = 0; std::getline(in, line); ++week)
        if (const std::string value = line.substr(line.find(',') + 1); week % 4 == 0 && !value.empty())
            values.push_back(std::stof(value));
    return values;
}

int main() {
    const std::vector<float> air = read_air();
    const auto count = static_cast<extent_t>(air.size()) - past - ahead, learnt = count * 3 / 4;

    // A sample: twelve values as they differ from the last of them; what follows is the change three steps ahead.
    windows x(shape(count, past, 1));
    auto y = zeros<float, dyn>(shape(count));
    for (extent_t n = 0; n < count; ++n) {
        const float* const now = air.data() + n + past - 1;
        for (extent_t k = 0; k < past; ++k) x(n, k, 0) = (now[k - past + 1] - *now) / 3;
        y(n) = (now[ahead] - *now) / 3;
    }

    nn::model_of<recurrent, windows> net(1);
    std::cout << summary(net);
    auto trainer = nn::compile<nn::mean_absolute_error{}>(nn::late(net), adam{.learning_rate = 3e-3});
    // The last quarter is the future: it is not shuffled into what is learnt.
    trainer.fit(windows(x.rows(0, learnt)), tensor<float, dyn>(y.rows(0, learnt)),
                {.epochs = 40, .batch_size = 32, .seed = 1, .verbose = 0});
    const auto forecast = trainer.predict(windows(x.rows(learnt, count)), 32);

    double naive = 0, error = 0;
    for (extent_t n = learnt; n < count; ++n) {
        naive += std::abs(3 * y(n)) / static_cast<double>(count - learnt);
        error += std::abs(3 * (forecast(n - learnt, 0) - y(n))) / static_cast<double>(count - learnt);
    }
    std::cout << "twelve weeks ahead, mean absolute error in ppm\n"
              << "as now:    " << std::round(naive * 10) / 10 << "\nrecurrent: " << std::round(error * 10) / 10 << '\n';
}

// prints:
// layer  type        output shape  parameters
// 0      simple_rnn  (None, 16)           288
// 1      dense       (None, 1)             17
// total: 305 (1,280 bytes), trainable: 305, not trainable: 0
// one prediction: 6,945 operations, 15,736 bytes moved, 896 bytes of arena
// twelve weeks ahead, mean absolute error in ppm
// as now:    2.8
// /recurrent: 0[.][4-6]/
