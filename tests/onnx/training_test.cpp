// SPDX-License-Identifier: BSL-1.0
// A trained network from a file learns other labels.
#include <doctest/doctest.h>

#include "../support/data_folder.hpp"

#include <telar/expr/composite.hpp>
#include <telar/io/onnx.hpp>
#include <telar/io/safetensors.hpp>
#include <telar/run/fine_tuning.hpp>

#include <algorithm>
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
    const graph_model m = load_onnx(folder / "resnet20_cifar10.onnx");
    const auto all = load_safetensors(folder / "reference.safetensors").get<tensor<float, dyn, 3, 32, 32>>("input");
    auto images = tensor<float, dyn, 3, 32, 32>::uninitialized(shape(4, 3, 32, 32));
    std::copy_n(all.data(), images.size(), images.data());
    const tensor<std::int64_t, dyn> labels = {0, 1, 2, 3};
    const auto right = [&] {
        const tensor<float, dyn, 10> logits = m(images);
        int n = 0;
        for (extent_t i = 0; i < 4; ++i) {
            const float* const row = logits.data() + 10 * i;
            n += std::max_element(row, row + 10) - row == labels.data()[i];
        }
        return n;
    };
    const auto train = [&](const std::vector<std::string>& weights, int steps) {
        fine_tuning step(m, weights, {"label", dtype::int64, shape(dyn)}, adam{.learning_rate = 0.01},
                         [](symbol logits, symbol label) { return mean(sparse_softmax_cross_entropy(logits, label)); });
        float first = 0, last = 0;
        for (int i = 0; i < steps; ++i) {
            last = step.run({{"input", images}, {"label", labels}});
            if (i == 0) first = last;
        }
        return std::pair(first, last);
    };
    CHECK(right() < 4);
    const auto [first, last] = train({"linear.weight", "linear.bias"}, 12);
    CHECK(last < 0.7f * first);
    const auto [before, after] = train({"layer3.2.conv1.weight", "layer3.2.conv2.weight", "linear.weight"}, 8);
    CHECK(after < 0.5f * before);
    CHECK(right() == 4);
}
