// SPDX-License-Identifier: BSL-1.0
// A trained network from a file learns other labels.
#include <doctest/doctest.h>

#include "../support/data_folder.hpp"

#include <telar/expr/composite.hpp>
#include <telar/io/onnx.hpp>
#include <telar/io/safetensors.hpp>
#include <telar/run/fine_tuning.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

using namespace telar;

TEST_CASE("a residual network, its last layer and its last convolutions") {
    const std::filesystem::path folder = std::filesystem::path(support::data_folder()) / "resnet20-cifar10";
    if (!std::filesystem::exists(folder / "resnet20_cifar10.onnx")) {
        MESSAGE("skipped: there is no " << folder.string());
        return;
    }
    graph_model m = load_onnx(folder / "resnet20_cifar10.onnx");
    const auto all = load_safetensors(folder / "reference.safetensors").get<tensor<float, dyn, 3, 32, 32>>("input");
    auto images = tensor<float, dyn, 3, 32, 32>::uninitialized(shape(2, 3, 32, 32));
    std::copy_n(all.data(), images.size(), images.data());
    const auto answers = [&] {
        const tensor<float, dyn, 10> logits = m(images);
        std::vector<std::int64_t> all_of_them;
        for (extent_t i = 0; i < 2; ++i) {
            const float* const row = logits.data() + 10 * i;
            all_of_them.push_back(std::max_element(row, row + 10) - row);
        }
        return all_of_them;
    };
    /// Steps until the loss is small, at most so many; the last loss.
    const auto train = [&](const std::vector<std::string>& weights, const std::vector<std::int64_t>& labels,
                           double rate, int most) {
        const tensor<std::int64_t, dyn> wanted = {labels[0], labels[1]};
        fine_tuning step(m, weights, {"label", dtype::int64, shape(dyn)}, adam{.learning_rate = rate},
                         [](symbol logits, symbol label) { return mean(sparse_softmax_cross_entropy(logits, label)); });
        float loss = 1;
        for (int i = 0; i < most && loss > 0.1f; ++i) loss = step.run({{"input", images}, {"label", wanted}});
        return loss;
    };
    const std::vector<std::int64_t> as_read = answers(), others = {(as_read[0] + 5) % 10, (as_read[1] + 5) % 10};
    CHECK(train({"linear.weight", "linear.bias"}, others, 0.02, 30) < 0.2f);
    CHECK(answers() == others);
    CHECK(train({"layer3.2.conv1.weight", "layer3.2.conv2.weight", "linear.weight"}, as_read, 0.003, 30) < 0.2f);
    CHECK(answers() == as_read);
}
