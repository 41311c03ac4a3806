// SPDX-License-Identifier: BSL-1.0
// Keras' models without their types: load_keras_model(path) gives a graph_model. (In no umbrella: it has every layer of
// telar's, and takes its time to compile.)
#pragma once
#include <telar/nn/keras_model/network_reader.hpp>
#include <telar/nn/keras_model/weights.hpp>
#include <telar/run/graph_model.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace nn::keras {

/// What Keras calls a model, and the version of it that wrote the file.
struct stored_config {
    json model;
    std::string version;
};
inline stored_config config_of(const stored_model& file) {
    stored_config c;
    const std::string text = file.config();
    if (text.empty())
        fail<unsupported_model>(file.path() +
                                ": it holds weights alone, and not what they are used for: load_keras reads them into "
                                "a model with a type");
    c.model = io::read_json(text, file.path() + (file.is_legacy() ? ": model_config" : ": config.json"));
    c.version = file.version();
    return c;
}

/// The model of a file whose JSON is told.
inline graph_model model_of(const stored_model& file) {
    const stored_config told = config_of(file);
    reading r{file.path(), told.version.starts_with("2.") || told.version.starts_with("1.")};
    const std::unique_ptr<file_layer> whole = network_reader(r).read_model(told.model);
    if (!whole->model) whole->at.refuse("it is no model");
    network& model = *whole->model;

    runtime::model_source source;
    source.path = file.path();
    bound_model bound;
    bound.g = &source.traced;
    bound.describes = true;
    bound.first_leaf = static_cast<int>(model.inputs.size());
    model.bind(bound);
    call_arguments a;
    for (const history& h : model.inputs) {
        const file_layer& input = model.layer(h.layer);
        shape extents = input.extents;
        extents[0] = dyn;  // the batch, of which Keras also takes another than that of the first call
        const expr::value_type type{input.type, 0, extents};
        const symbol x = expr::declare_leaf(source.traced, static_cast<int>(a.takes.size()), type);
        if (!a.takes.empty()) source.traced.dims.unify(a.takes[0].extents()[0], x.extents()[0]);
        a.takes.push_back(x);
        source.inputs.push_back({input.at.name, input.type, extents});
    }
    const std::vector<symbol> results = model.call(a);
    for (std::size_t i = 0; i < results.size(); ++i) {
        const symbol y = results[i].plain();
        source.traced.roots.push({y.id, -1, 0, 0});
        source.outputs.push_back({model.output_names[i], y.type(), known_shape(y)});
    }
    source.weights = weights_of(file, *whole, bound);
    return graph_model(std::move(source));
}

}  // namespace nn::keras

/// Reads a model of Keras': a .keras file, or a legacy .h5 of a whole model.
///
///     graph_model m = load_keras_model("mnist.keras");
///     tensor<float, dyn, 10> probabilities = m(images);
///
/// shapes    those of the inputs in the file; an extent that is None is known when the model runs
/// types     those of the file
/// errors    file_error, with path and offset: absent, truncated, damaged, weights that are not the layers';
///           unsupported_model, with path, layer, class and reason: a class of one's own, Lambda, an option that telar
///           does not have, a model that was never built, weights alone
/// edge      layers, and what of a file is not read: docs/files.md. It predicts: dropout passes on, normalisations take
///           the moving mean and variance. Weights have Keras' names, m.weight("dense/kernel"); those in a model in the
///           model begin with its name. Nothing of a refused file stays behind
/// source    keras/src/saving/saving_lib.py, keras/src/models/functional.py
/// test      tests/nn/keras_model_test.cpp
inline graph_model load_keras_model(const std::filesystem::path& path) {
    return nn::keras::model_of(nn::keras::stored_model(path, true));
}

}  // namespace telar::inline TELAR_ABI
