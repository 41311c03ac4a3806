// SPDX-License-Identifier: BSL-1.0
#include "loaders.hpp"

#include <telar/io/onnx.hpp>
#include <telar/nn/keras_model.hpp>

using namespace telar;

std::vector<serve::model_loader> model_loaders() {
    const auto prepared = [](const graph_model& m) {
        m.prepare();
        return serve::servable(m);
    };
    return {{"model.onnx", [=](const std::filesystem::path& p) { return prepared(load_onnx(p)); }},
            {"model.keras", [=](const std::filesystem::path& p) { return prepared(load_keras_model(p)); }}};
}
