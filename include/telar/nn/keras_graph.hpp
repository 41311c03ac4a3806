// SPDX-License-Identifier: BSL-1.0
// A model as Keras' Functional: its layers, what each call of them takes, their order in Keras' files.
#pragma once
#include <telar/nn/keras_options.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

/// What a call takes: what another call of a layer gives.
struct operand {
    int layer = 0, call = 0;
};
/// A layer of the graph, or an input.
struct graph_layer {
    std::string name, kind;  // kind "": an input
    shape gives{};
    dtype type{};  // of an input
    std::vector<std::vector<operand>> calls{};

    std::string class_name() const {
        if (kind.empty()) return "InputLayer";
        const bool is_global = kind.starts_with("global_");  // GlobalMaxPooling2D
        return class_of_kind(kind) + (is_global ? std::to_string(space) + 'D' : "");
    }
    int space = 1;  // axes of what it takes, without samples and channels
};

/// What a model's table says of calls, edges and texts.
struct told_calls {
    std::span<const layer_info> layers;
    std::span<const layer_edge> edges;
    std::string_view (*text)(int);
};

/// The layers in the order of their first calls, inputs first; or why Keras' file cannot say what the model does.
class functional {
public:
    std::vector<graph_layer> layers;
    std::vector<operand> outputs;
    std::string problem;

    functional(const told_calls& told, std::vector<graph_layer> inputs) : layers(std::move(inputs)) {
        std::size_t next_input = 0;
        for (const layer_edge& e : told.edges)
            if (e.call == layer_edge::input) {
                layers[next_input].calls.emplace_back();
                given_[e.node] = {static_cast<int>(next_input++), 0};
            }
        for (int i = 0; i < static_cast<int>(told.layers.size()) && problem.empty(); ++i) add_call(told, i);
        for (const layer_edge& e : told.edges)
            if (e.call == layer_edge::output && problem.empty()) outputs.push_back(found(e.node, "the model's output"));
    }

    /// By number of a layer: its place in Keras' list, model.layers.
    ///
    /// source    keras/src/ops/function.py, map_graph
    std::vector<int> order() const {
        std::vector<operand> by_depth;  // from inputs to outputs
        std::map<int, int> first_seen;
        std::set<std::pair<int, int>> finished;
        for (const operand& o : outputs) walk(o, by_depth, first_seen, finished);
        std::map<std::pair<int, int>, int> of_call;
        std::map<int, int> of_layer;
        for (auto at = by_depth.rbegin(); at != by_depth.rend(); ++at) {
            const int depth = std::max(of_call[{at->layer, at->call}], of_layer[at->layer]);
            of_layer[at->layer] = of_call[{at->layer, at->call}] = depth;
            for (const operand& o : operands_of(*at)) {
                int& its = of_call[{o.layer, o.call}];
                its = std::max(its, depth + 1);
            }
        }
        std::vector<int> all;
        for (const auto& [layer, depth] : of_layer) all.push_back(layer);
        std::sort(all.begin(), all.end(), [&](int a, int b) {
            return std::pair(-of_layer[a], first_seen[a]) < std::pair(-of_layer[b], first_seen[b]);
        });
        return all;
    }
    const std::vector<operand>& operands_of(const operand& o) const {
        return layers[static_cast<std::size_t>(o.layer)].calls[static_cast<std::size_t>(o.call)];
    }

private:
    void walk(const operand& o, std::vector<operand>& by_depth, std::map<int, int>& first_seen,
              std::set<std::pair<int, int>>& finished) const {
        if (!finished.insert({o.layer, o.call}).second) return;  // there are no circles
        first_seen.emplace(o.layer, static_cast<int>(first_seen.size()));
        for (const operand& before : operands_of(o)) walk(before, by_depth, first_seen, finished);
        by_depth.push_back(o);
    }
    void add_call(const told_calls& told, int number) {
        const layer_info& info = told.layers[static_cast<std::size_t>(number)];
        const std::string kind(told.text(info.kind));
        const auto has_unnamed = [&](const layer_edge& e) { return e.call == number && e.node == layer_edge::unnamed; };
        if (info.path < 0) {
            problem = "a " + kind + " that is no member of the model";
            return;
        }
        const std::string path(told.text(info.path));
        if (std::any_of(told.edges.begin(), told.edges.end(), has_unnamed)) {
            problem = "'" + path + "' is called with a mask, a state or an option";
            return;
        }
        for (const std::string& outer : outermost_)
            if (views::is_in(path, outer) && path != outer) return;  // of a layer around it
        outermost_.insert(path);
        auto at = std::find_if(layers.begin(), layers.end(), [&](const graph_layer& l) { return l.name == path; });
        if (at == layers.end()) at = layers.insert(at, graph_layer{path, kind, info.gives});
        const operand self{static_cast<int>(at - layers.begin()), static_cast<int>(at->calls.size())};
        std::vector<operand> takes;
        for (const layer_edge& e : told.edges)
            if (e.call == number) takes.push_back(found(e.node, "'" + path + "'"));
        if (!takes.empty() && problem.empty())
            layers[static_cast<std::size_t>(self.layer)].space =
                std::max(1, layers[static_cast<std::size_t>(takes[0].layer)].gives.rank - 2);
        layers[static_cast<std::size_t>(self.layer)].calls.push_back(std::move(takes));
        given_[info.node] = self;
    }
    operand found(int node, const std::string& what) {
        const auto at = given_.find(node);
        if (at != given_.end()) return at->second;
        if (problem.empty()) problem = what + " is computed by operations that are no layers";
        return {};
    }

    std::map<int, operand> given_;  // by node
    std::set<std::string> outermost_;
};

// ---------------------------------------------------------------- as JSON
inline std::string json_of_shape(const shape& s) {
    std::string text = "[";
    for (int k = 0; k < s.rank; ++k) text += (k ? ", " : "") + (s[k] < 0 ? std::string("null") : std::to_string(s[k]));
    return text + ']';
}

/// config.json's "config" of a Functional.
class functional_json {
public:
    functional_json(const functional& f, const std::map<std::string, told_layer>& options, dtype type)
        : f_(f), options_(options), type_(type) {}

    std::string text(std::string_view name) const {
        std::string layers, inputs, outputs;
        for (const graph_layer& l : f_.layers) layers += (layers.empty() ? "" : ", ") + layer(l);
        for (int i = 0; f_.layers[static_cast<std::size_t>(i)].kind.empty(); ++i)
            inputs += (i ? ", " : "") + history({i, 0});
        for (const operand& o : f_.outputs) outputs += (outputs.empty() ? "" : ", ") + history(o);
        json_object config;
        config.add("name", io::json_text(name)).add("trainable", "true").add("layers", '[' + layers + ']');
        config.add("input_layers", '[' + inputs + ']').add("output_layers", '[' + outputs + ']');
        return config.text();
    }

private:
    std::string history(const operand& o) const {
        return '[' + io::json_text(f_.layers[static_cast<std::size_t>(o.layer)].name) + ", " + std::to_string(o.call) +
               ", 0]";
    }
    std::string tensor(const operand& o) const {
        const graph_layer& l = f_.layers[static_cast<std::size_t>(o.layer)];
        json_object config;
        config.add("shape", json_of_shape(l.gives));
        config.add("dtype", io::json_text(name_of(l.kind.empty() ? l.type : type_)));
        config.add("keras_history", history(o));
        return json_object().add("class_name", "\"__keras_tensor__\"").add("config", config.text()).text();
    }
    std::string layer(const graph_layer& l) const {
        std::string config, calls;
        if (l.kind.empty()) {
            json_object o;
            o.add("batch_shape", json_of_shape(l.gives)).add("dtype", io::json_text(name_of(l.type)));
            config = o.add("name", io::json_text(l.name)).text();
        } else {
            json_object o;
            o.add("name", io::json_text(l.name)).add("dtype", io::json_text(name_of(type_)));
            config = o.text();
            const std::string& own = options_.at(l.name).options;
            if (own.size() > 2) config = config.substr(0, config.size() - 1) + ", " + own.substr(1);
            for (const std::vector<operand>& takes : l.calls) calls += (calls.empty() ? "" : ", ") + call(l, takes);
        }
        json_object all;
        all.add("module", "\"keras.layers\"").add("class_name", io::json_text(l.class_name())).add("config", config);
        all.add("registered_name", "null").add("name", io::json_text(l.name));
        return all.add("inbound_nodes", '[' + calls + ']').text();
    }
    /// add([a, b]), but multi_head_attention(query, value, key).
    std::string call(const graph_layer& l, const std::vector<operand>& takes) const {
        std::string args;
        for (const operand& o : takes) args += (args.empty() ? "" : ", ") + tensor(o);
        if (takes.size() > 1 && !l.kind.ends_with("head_attention") && !l.kind.starts_with("group_query"))
            args = '[' + args + ']';
        return json_object().add("args", '[' + args + ']').add("kwargs", "{}").text();
    }

    const functional& f_;
    const std::map<std::string, told_layer>& options_;
    dtype type_;
};

}  // namespace telar::inline TELAR_ABI::nn::keras
