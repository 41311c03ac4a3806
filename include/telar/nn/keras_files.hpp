// SPDX-License-Identifier: BSL-1.0
// Whole models as Keras' files: save_keras, and load_keras of a trainer. (A header of its own: what only reads weights
// includes telar/nn/keras_weights.hpp.)
#pragma once
#include <telar/io/hdf5_writer.hpp>
#include <telar/nn/keras_graph.hpp>
#include <telar/nn/keras_weights.hpp>
#include <telar/nn/trainer.hpp>

#include <algorithm>
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

/// A layer's parameters in its file: a multi_head_attention's query are those of query_dense; a recurrent layer's own
/// those of its cell.
inline std::string group_of(const layer& l, const holder& h) {
    std::string group = h.path;
    std::replace(group.begin(), group.end(), '.', '/');
    if (l.kind.ends_with("head_attention") || l.kind == "group_query_attention")
        return (group == "attention_output" ? "output" : group) + "_dense";
    constexpr std::string_view with_cells[]{"lstm",        "gru",         "simple_rnn", "bidirectional",
                                            "conv_lstm1d", "conv_lstm2d", "conv_lstm3d"};
    if (std::find(std::begin(with_cells), std::end(with_cells), l.kind) == std::end(with_cells)) return group;
    return group.empty() ? "cell" : group + "/cell";
}

/// The layers with parameters as Keras lists them, and the same of the numbers of their trained parameters.
struct ordered_layers {
    std::vector<const layer*> layers;

    ordered_layers(const layout& model, const functional& graph) {
        if (graph.problem.empty())
            for (const int number : graph.order())
                for (const layer& l : model.layers)
                    if (l.path == graph.layers[static_cast<std::size_t>(number)].name) layers.push_back(&l);
        if (layers.size() == model.layers.size()) return;
        layers.clear();
        for (const layer& l : model.layers) layers.push_back(&l);
    }
    std::vector<int> trained(const layout& model) const {
        std::vector<int> all;
        for (const layer* l : layers)
            for (const holder& h : l->holders)
                for (const int k : h.parameters)
                    if (model.parameters[static_cast<std::size_t>(k)].trainable) all.push_back(k);
        return all;
    }
};

inline std::span<const std::byte> bytes_of(const parameter_view& p) {
    return {static_cast<const std::byte*>(p.data), p.bytes()};
}
/// Puts the parameters into a weights file: layers/dense_1/vars/0, ...
inline void add_weights(const layout& model, const ordered_layers& order, io::hdf5::writer& to) {
    std::map<std::string, int> used;
    for (const layer* l : order.layers) {
        std::string path;
        if (l->kind.empty()) {
            path = l->path;
            std::replace(path.begin(), path.end(), '.', '/');
        } else {
            const std::string name = l->file_class();
            const int number = used[name]++;
            path = "layers/" + name + (number > 0 ? '_' + std::to_string(number) : "");
            to.add_text(path + "/vars", "name", l->path);
        }
        for (const holder& h : l->holders) {
            const std::string inner = group_of(*l, h);
            const std::string group = (path.empty() ? "" : path + '/') + (inner.empty() ? "" : inner + '/') + "vars";
            if (!h.path.empty()) to.add_text(group, "name", h.path.substr(h.path.rfind('.') + 1));
            int number = 0;
            for (const int k : h.parameters) {
                const parameter_view& p = model.parameters[static_cast<std::size_t>(k)];
                to.add_array(group + '/' + std::to_string(number++), p.type, *p.extents, bytes_of(p));
            }
        }
    }
}

// ---------------------------------------------------------------- a model and its graph
template <class Net> struct told_model {
    using leaf = typename Net::leaf;

    static told_calls calls() {
        const auto& table = leaf::table;
        const auto of = [](const auto& list) { return std::span(list.data(), static_cast<std::size_t>(list.size())); };
        return {of(table.layers), of(table.edges), [](int from) { return leaf::table.text(from); }};
    }
    static functional graph() {
        std::vector<graph_layer> inputs;
        [&]<class... Inputs>(std::type_identity<std::tuple<Inputs...>>) {
            int number = 0;
            const auto add = [&](const expr::value_type& type) {
                const std::string name = sizeof...(Inputs) == 1 ? "x" : "x" + std::to_string(number);
                inputs.push_back({name, "", type.extents, type.type});
                ++number;
            };
            (add(expr::value_type_of<Inputs>()), ...);
        }(std::type_identity<typename Net::inputs>{});
        return functional(calls(), std::move(inputs));
    }
    static std::map<std::string, told_layer> options() {
        std::map<std::string, std::string> kinds;
        for (const layer_info& info : leaf::table.layers)
            if (info.path >= 0) kinds.emplace(leaf::table.text(info.path), leaf::table.text(info.kind));
        option_walk walk(std::move(kinds));
        const typename Net::aggregate m{};
        walk.visit(m, "");
        return std::move(walk.layers);
    }
};

/// What keeps a model from being told; "" nothing does.
inline std::string problem_of(const functional& graph, const std::map<std::string, told_layer>& options) {
    if (!graph.problem.empty()) return graph.problem;
    for (const graph_layer& l : graph.layers) {
        if (l.kind.empty()) continue;
        const auto told = options.find(l.name);
        if (told == options.end()) return "'" + l.name + "' is in a member that hides its type, such as nn::sequential";
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

template <class Net, class AddState>
void save(const std::filesystem::path& path, Net& net, const std::string& compile_config, AddState add_state) {
    const bool only_weights = is_weights_file(path);
    const layout model = layout_of(net);
    const functional graph = told_model<Net>::graph();
    const ordered_layers order(model, graph);
    io::hdf5::writer weights;
    add_weights(model, order, weights);
    if (only_weights) return write_file(path, weights.finish());
    const std::map<std::string, told_layer> options = told_model<Net>::options();
    const std::string problem = problem_of(graph, options);
    if (!problem.empty())
        fail<invalid_argument>("save_keras: " + path.string() + ": " + problem +
                               "; the weights alone can be saved as .weights.h5");
    add_state(model, order, weights);
    weights.add_text("vars", "name", "model");
    constexpr dtype type = parameter_type<typename Net::aggregate>();
    json_object config;
    config.add("module", "\"keras.src.models.functional\"").add("class_name", "\"Functional\"");
    config.add("config", functional_json(graph, options, type).text("model")).add("registered_name", "\"Functional\"");
    if (!compile_config.empty()) config.add("compile_config", compile_config);
    write_archive(path, config.text(), weights);
}

}  // namespace keras

/// Writes a model as Keras saves it, which keras.models.load_model opens: save_keras("mnist.keras", net); or its
/// weights alone, save_keras("mnist.weights.h5", net).
///
/// errors    file_error: the file cannot be written, and an old one is as it was; invalid_argument: another suffix, or
///           the model is more than layers of Keras' (an operation between them, a call with a mask or a state, an
///           activation of one's own, nn::sequential, which hides its layers): then the weights alone can be saved
/// edge      layers have their members' paths as names, so that load_keras finds them by name. What layers draw with is
///           not saved
/// source    Keras' Model.save; keras/src/saving/saving_lib.py, keras/src/models/functional.py
/// test      tests/nn/keras_files_test.cpp; Keras opens the files: tests/fixtures/keras_opens.py
template <class M, class... Inputs> void save_keras(const std::filesystem::path& path, model<M, Inputs...>& net) {
    keras::save(path, net, "", [](const auto&...) {});
}

}  // namespace telar::inline TELAR_ABI::nn
