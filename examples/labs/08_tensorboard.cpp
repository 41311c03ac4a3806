// SPDX-License-Identifier: BSL-1.0
// Lab 8. Two nets, of which one does not learn, and TensorBoard, which shows why: losses, accuracies and histograms of
// weights of both runs in one picture.
#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <string>
#include <telar/io/summary_reader.hpp>
#include <telar/nn.hpp>
#include <telar/nn/tensorboard.hpp>

#include "lab.hpp"

using namespace telar;

// clang-format off
template <auto Activation> inline constexpr auto deep =
    nn::dense{32, Activation} | nn::dense{32, Activation} | nn::dense{32, Activation} | nn::dense{32, Activation}
  | nn::dense{32, Activation} | nn::dense{10};
// clang-format on
constexpr int epochs = 20;

/// Trains, and tells TensorBoard what it is, how it goes and what it looks at.
template <const auto& Net>
void learn(const std::filesystem::path& run, const char* activation, const train_and_test& data) {
    nn::model_of<Net, tensor<float, dyn, 64>> net(1);
    auto trainer = nn::compile<nn::sparse_categorical_crossentropy{.from_logits = true}, nn::accuracy{}>(
        net, sgd{.learning_rate = 0.1});
    summary_writer writer(run);
    writer.hparams({{"activation", activation}, {"hidden layers", 5}, {"units", 32}},
                   {"train/epoch_loss", "validation/epoch_accuracy"});
    writer.text("what", "Five hidden layers of 32 units, **" + std::string(activation) + "**", 0);
    const auto first = data.test.x.rows(0, 3);
    writer.image("digits", tensor_view<const float>(first.data(), shape(3, 8, 8, 1)), 0);
    trainer.fit(data.train, {.epochs = epochs, .seed = 1, .verbose = 0}, nn::validation(data.test.x, data.test.y),
                nn::tensorboard{.log_dir = run, .histogram_freq = 1});
    writer.hparams_end();
}

/// The histograms of a tag, over the epochs.
std::vector<io::histogram_buckets> read_histograms(const std::filesystem::path& folder, const std::string& tag) {
    std::vector<io::histogram_buckets> all;
    for (const auto& file : std::filesystem::directory_iterator(folder))
        for (const summary_event& e : read_summaries(file.path()))
            for (const summary_value& v : e.values)
                if (v.tag == tag && v.histogram) all.push_back(*v.histogram);
    return all;
}
double deviation(const io::histogram_buckets& h) {
    const double mean = h.sum / h.num;
    return std::sqrt(h.sum_squares / h.num - mean * mean);
}
/// As TensorBoard draws it: in 24 bins of equal width. A bucket's count is spread over its width.
chart_line drawn(const std::string& name, const io::histogram_buckets& h) {
    constexpr int bins = 24;
    constexpr double low = -0.6, width = 0.05;
    chart_line line{name, std::vector<double>(bins), std::vector<double>(bins)};
    for (std::size_t i = 0; i < bins; ++i) {
        const double from = low + width * static_cast<double>(i), to = from + width;
        line.x[i] = from + width / 2;
        for (std::size_t k = 0; k < h.limits.size(); ++k) {
            if (h.counts[k] == 0) continue;
            const double left = k == 0 ? h.min : std::max(h.min, h.limits[k - 1]), right = std::min(h.max, h.limits[k]);
            const double inside = std::max(0.0, std::min(to, right) - std::max(from, left));
            if (right > left) line.y[i] += h.counts[k] * inside / (right - left);
        }
    }
    return line;
}

int main() {
    const auto [held_out, others] = lab::digits(3);  // every third, 599 of them, validates
    const train_and_test data{others, held_out};
    const std::filesystem::path logs = lab::picture("08_logs");
    std::filesystem::remove_all(logs);  // of an earlier run of this lab
    learn<deep<nn::sigmoid>>(logs / "sigmoid", "sigmoid", data);
    learn<deep<nn::relu>>(logs / "relu", "relu", data);

    // What TensorBoard shows is in the files, for other programs, too.
    std::vector<chart_line> losses, weights;
    std::array<double, 2> accuracy{}, moved{};
    std::cout << "          loss    val_loss  val_accuracy  deviation of the first kernel\n";
    for (std::size_t i = 0; i < 2; ++i) {
        const std::string name = i == 0 ? "sigmoid" : "relu";
        const auto loss = read_scalars(logs / name / "train", "epoch_loss"),
                   val_loss = read_scalars(logs / name / "validation", "epoch_loss");
        losses.push_back({name + ", training", loss.values});
        losses.push_back({name + ", validation", val_loss.values});
        accuracy[i] = read_scalars(logs / name / "validation", "epoch_accuracy").values.back();
        const auto kernel = read_histograms(logs / name / "train", "0/kernel/histogram");
        const double before = deviation(kernel.front()), after = deviation(kernel.back());
        moved[i] = after / before - 1;
        weights.push_back(drawn(name + ", after 1", kernel.front()));
        weights.push_back(drawn(name + ", after 20", kernel.back()));
        std::cout << std::left << std::setw(8) << name << std::fixed << std::setprecision(4) << "  "
                  << loss.values.back() << "  " << val_loss.values.back() << "    " << accuracy[i] << "        "
                  << before << " to " << after << '\n';
    }
    save_line_chart(lab::picture("08_runs.svg"), losses,
                    {.title = "epoch_loss of two runs", .x_label = "epoch", .y_label = "cross-entropy"});
    save_line_chart(lab::picture("08_weights.svg"), weights,
                    {.title = "0/kernel/histogram of two runs", .x_label = "weight", .y_label = "how many of 2,048"});
    std::cout << "tensorboard --logdir " << logs.filename().string() << '\n';
    return accuracy[0] < 0.3 && accuracy[1] > 0.9 && moved[0] < 0.01 && moved[1] > 0.05 ? 0 : 1;
}

// prints:
//           loss    val_loss  val_accuracy  deviation of the first kernel
// /sigmoid   2[.]3[0-9]+  2[.]3[0-9]+    0[.][01][0-9]+        0[.]140[0-9] to 0[.]14[01][0-9]/
// /relu      0[.]0[0-9]+  0[.][12][0-9]+    0[.]9[0-9]+        0[.]14[0-9]+ to 0[.]1[6-9][0-9]+/
// tensorboard --logdir 08_logs
