// SPDX-License-Identifier: BSL-1.0
// Whole models as Keras' files: save_keras, and load_keras of a trainer. (A header of its own: what only reads weights
// includes telar/nn/keras_weights.hpp.)
#pragma once
#include <telar/io/archive.hpp>
#include <telar/io/hdf5_writer.hpp>
#include <telar/nn/keras/config.hpp>
#include <telar/nn/keras/optimizer.hpp>
#include <telar/nn/keras_weights.hpp>
#include <telar/nn/trainer.hpp>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

namespace keras {

/// The version whose files these are.
inline constexpr std::string_view version = "3.15.1";

inline std::span<const std::byte> bytes_of(const parameter_view& p) {
    return {static_cast<const std::byte*>(p.data), p.bytes()};
}
/// Puts the parameters into a weights file: layers/dense_1/vars/0, ...
inline void add_weights(const layout& model, io::hdf5::writer& to) {
    std::map<std::string, int> used;
    for (const layer& l : model.layers) {
        std::string path;
        if (l.kind.empty()) {
            path = l.path;
            std::replace(path.begin(), path.end(), '.', '/');
        } else {
            const std::string name = l.file_class();
            const int number = used[name]++;
            path = "layers/" + name + (number > 0 ? '_' + std::to_string(number) : "");
            to.add_text(path + "/vars", "name", l.path);
        }
        for (const holder& h : l.holders) {
            const std::string inner = group_of(l, h);
            const std::string group = (path.empty() ? "" : path + '/') + (inner.empty() ? "" : inner + '/') + "vars";
            if (!h.path.empty()) to.add_text(group, "name", h.path.substr(h.path.rfind('.') + 1));
            int number = 0;
            for (const int k : h.parameters) {
                const parameter_view& p = model.parameters[static_cast<std::size_t>(k)];
                to.add_array(group + '/' + std::to_string(number++), p.type, *p.extents, bytes_of(p));
            }
        }
        if (l.kind == "normalization") {             // Keras' has a count besides, which is read and not used
            static constexpr std::int64_t none = 0;  // the writer views it
            to.add_array(path + "/vars/2", dtype::int64, {}, std::as_bytes(std::span(&none, 1)));
        }
    }
}

// ---------------------------------------------------------------- a model and its graph
/// The options of its layers.
template <class Net> std::map<std::string, told_layer> options_of() {
    using leaf = typename Net::leaf;
    std::map<std::string, std::string> kinds;
    for (const layer_info& info : leaf::table.layers)
        if (info.path >= 0) kinds.emplace(leaf::table.text(info.path), leaf::table.text(info.kind));
    option_walk walk(std::move(kinds));
    const typename Net::aggregate m{};
    walk.visit(m, "");
    return std::move(walk.layers);
}

/// What keeps a model from being told; "" nothing does.
inline std::string problem_of(const functional& graph, const std::map<std::string, told_layer>& options) {
    if (!graph.problem.empty()) return graph.problem;
    for (const graph_layer& l : graph.layers) {
        if (l.kind.empty()) continue;
        const auto told = options.find(l.name);
        if (told == options.end())
            return "'" + l.name + "' is a layer of one's own in an nn::sequential, which hides its type";
        if (!told->second.unknown.empty()) return "'" + l.name + "': Keras has no such '" + told->second.unknown + "'";
    }
    return "";
}

inline std::string now() {
    const std::time_t seconds = std::time(nullptr);
    char text[32];
    const std::tm* const utc = std::gmtime(&seconds);
    return utc && std::strftime(text, sizeof text, "%Y-%m-%d@%H:%M:%S", utc) > 0 ? text : "";
}
/// Writes a .keras archive.
inline void write_archive(const std::filesystem::path& path, const std::string& config,
                          const io::hdf5::writer& weights) {
    json_object metadata;
    metadata.add("keras_version", io::json_text(version)).add("date_saved", io::json_text(now()));
    const std::string about = metadata.text();
    const std::vector<std::byte> h5 = weights.finish();
    const auto bytes = [](const std::string& s) { return std::as_bytes(std::span(s.data(), s.size())); };
    const io::zip::content all[]{
        {"metadata.json", bytes(about)}, {"config.json", bytes(config)}, {"model.weights.h5", h5}};
    io::zip::write(path, all);
}
inline bool is_weights_file(const std::filesystem::path& path) {
    const std::string name = path.string();
    const bool is_weights = name.ends_with(".weights.h5");
    if (!is_weights && !name.ends_with(".keras"))
        fail<invalid_argument>("save_keras: '" + name + "' ends neither in .keras nor in .weights.h5");
    return is_weights;
}

/// What a compiled model has besides: how it was compiled, what its optimiser remembers.
struct compiled_state {
    std::string config;
    std::vector<io::named_view> variables;  // of the optimiser, in Keras' order
    bool (*is_frozen)(std::string_view path) = nullptr;
};

template <class Net> void save(const std::filesystem::path& path, Net& net, const compiled_state& compiled = {}) {
    const bool only_weights = is_weights_file(path);
    const layout model = layout_of(net);
    io::hdf5::writer weights;
    add_weights(model, weights);
    if (only_weights) return write_file(path, weights.finish());
    const functional graph = graph_of<Net>();
    std::map<std::string, told_layer> options = options_of<Net>();
    for (const auto& [name, activation] : graph.activations)
        options[name].options =
            activation.empty() ? "{}" : json_object().add("activation", io::json_text(activation)).text();
    const std::string problem = problem_of(graph, options);
    if (!problem.empty())
        fail<invalid_argument>("save_keras: " + path.string() + ": " + problem +
                               "; the weights alone can be saved as .weights.h5");
    for (const io::named_view& v : compiled.variables)
        weights.add_array("optimizer/vars/" + v.name, v.type, v.extents, v.bytes);
    weights.add_text("vars", "name", "model");
    constexpr dtype type = parameter_type<typename Net::aggregate>();
    const functional_json told(graph, options, type, compiled.is_frozen);
    json_object config;
    config.add("module", "\"keras.src.models.functional\"").add("class_name", "\"Functional\"");
    config.add("config", told.text("model")).add("registered_name", "\"Functional\"");
    if (!compiled.config.empty()) config.add("compile_config", compiled.config);
    write_archive(path, config.text(), weights);
}

/// Whether there was one that fits; all is checked before anything is written.
template <class Net, class Optimizer, auto Loss, auto... Metrics>
bool load_trainer(const std::filesystem::path& path, trainer<Net, Optimizer, Loss, Metrics...>& to) {
    const stored_model file(path);
    const layout model = layout_of(to.net());
    const pairing p = matcher(model, file).found();
    require_fit(model, p, file.path());
    const optimizer_layout states(state_rows_of(to.optimizer()), trained_values<typename Net::leaf>(model));
    const auto remembered = to.step().remembered();
    const std::vector<const object*> arrays = file.optimizer_arrays();
    const bool fits = states.fits(arrays, remembered);
    load(model, p);
    if (!fits) return false;
    for (std::size_t i = 0; i < states.numbers.size(); ++i) {
        const object& from = *arrays[i + 2];
        const int number = states.numbers[i];
        convert(from.type, from.elements.bytes(), remembered[static_cast<std::size_t>(number)].type,
                to.step().begin_state(number, from.extents));
    }
    std::int64_t steps = 0;
    double rate = 0;
    std::memcpy(&steps, arrays[0]->elements.bytes().data(), sizeof steps);
    convert(arrays[1]->type, arrays[1]->elements.bytes(), dtype::float64, &rate);
    to.step().set_steps(static_cast<int>(steps));
    if constexpr (requires { to.optimizer().learning_rate.is_schedule(); })
        if (!to.optimizer().learning_rate.is_schedule()) to.optimizer().learning_rate = rate_as_written(rate);
    return true;
}
template <class Net, class Optimizer, auto Loss, auto... Metrics>
void save_trainer(const std::filesystem::path& path, trainer<Net, Optimizer, Loss, Metrics...>& from) {
    using leaf = typename Net::leaf;
    compiled_state compiled;
    compiled.config = compile_config<Optimizer, Loss, Metrics...>(from.optimizer(), from.learning_rate());
    if constexpr (requires { leaf::is_frozen({}); }) compiled.is_frozen = leaf::is_frozen;
    const layout model = layout_of(from.net());
    const optimizer_layout states(state_rows_of(from.optimizer()), trained_values<leaf>(model));
    const std::int64_t steps = from.steps();
    const auto rate = static_cast<float>(from.learning_rate());
    if (!states.numbers.empty() || states.is_known) {
        compiled.variables.push_back({"0", dtype::int64, shape(), std::as_bytes(std::span(&steps, 1))});
        compiled.variables.push_back({"1", dtype::float32, shape(), std::as_bytes(std::span(&rate, 1))});
    }
    std::vector<std::vector<std::byte>> nothing_yet;  // zeros, before the first step
    const auto remembered = from.step().remembered();
    for (std::size_t i = 0; i < states.numbers.size(); ++i) {
        const auto& s = remembered[static_cast<std::size_t>(states.numbers[i])];
        std::span<const std::byte> bytes(s.data, s.bytes);
        if (s.bytes == 0) {
            const auto count = static_cast<std::size_t>(s.known.count()) * size_of(s.type);
            bytes = nothing_yet.emplace_back(count);
        }
        compiled.variables.push_back({std::to_string(i + 2), s.type, s.bytes == 0 ? s.known : s.extents, bytes});
    }
    save(path, from.net(), compiled);
}

}  // namespace keras

/// Writes a model as Keras saves it, which keras.models.load_model opens: save_keras("mnist.keras", net); or its
/// weights alone, save_keras("mnist.weights.h5", net).
///
/// errors    file_error: the file cannot be written, and an old one is as it was; invalid_argument: another suffix, or
///           the model is more than layers of Keras' (an operation between them other than a sum, a product, relu and
///           their like, a call with a mask or a state, an activation of one's own, a layer of one's own in an
///           nn::sequential): then the weights alone can be saved
/// edge      layers have their members' paths as names, so that load_keras finds them by name. What layers draw with is
///           not saved
/// source    Keras' Model.save; keras/src/saving/saving_lib.py, keras/src/models/functional.py
/// test      tests/nn/keras_files_test.cpp; Keras opens the files: tests/fixtures/keras_opens.py
template <class M, class... Inputs> void save_keras(const std::filesystem::path& path, model<M, Inputs...>& net) {
    keras::save(path, net);
}
/// The same of a model that is compiled: the loss, the metrics and the optimiser, with what it remembers, are saved as
/// well, and Keras' fit goes on from there.
///
/// errors    invalid_argument: also a loss or an optimiser that Keras does not have
/// edge      a schedule of the learning rate is saved as the rate it has now; metrics by their names, with Keras'
///           options, those that have to be told numbers not at all. What parts of a view are frozen is saved as not
///           trainable
/// test      tests/nn/keras_training_test.cpp
template <class Net, class Optimizer, auto Loss, auto... Metrics>
void save_keras(const std::filesystem::path& path, trainer<Net, Optimizer, Loss, Metrics...>& from) {
    keras::save_trainer(path, from);
}
/// Reads weights and, where it fits, what the optimiser remembers, its steps and its rate; true if it did.
///
/// errors    those of load_keras(path, net): then nothing has changed
/// edge      of a model with branches, whose layers are not all told by the graph, the optimiser's variables are taken
/// in
///           the order of the calls
/// test      tests/nn/keras_training_test.cpp: after one step more the weights are Keras'
template <class Net, class Optimizer, auto Loss, auto... Metrics>
bool load_keras(const std::filesystem::path& path, trainer<Net, Optimizer, Loss, Metrics...>& to) {
    return keras::load_trainer(path, to);
}

}  // namespace telar::inline TELAR_ABI::nn
