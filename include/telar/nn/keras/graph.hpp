// SPDX-License-Identifier: BSL-1.0
// A model as Keras' Functional: its layers, what each call of them takes, their order in Keras' files.
#pragma once
#include <telar/nn/keras/names.hpp>
#include <telar/nn/views.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
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
        if (kind == "group_query_attention") return "GroupQueryAttention";  // by which Keras exports the class
        const bool is_global = kind.starts_with("global_");                 // GlobalMaxPooling2D
        return class_of_kind(kind) + (is_global ? std::to_string(space) + 'D' : "");
    }
    int space = 1;  // axes of what it takes, without samples and channels
};

/// What a model's table says of calls, edges and texts.
struct told_calls {
    std::span<const layer_info> layers;
    std::span<const layer_edge> edges;
    std::span<const operation_info> operations;
    std::string_view (*text)(int);
};

/// The layers in the order of their first calls, inputs first; or why Keras' file cannot say what the model does.
class functional {
public:
    std::vector<graph_layer> layers;
    std::vector<operand> outputs;
    std::string problem;
    std::map<std::string, std::string> activations;  // of layers that stand for an operation

    functional(const told_calls& told, std::vector<graph_layer> inputs) : layers(std::move(inputs)) {
        std::size_t next_input = 0;
        for (const layer_edge& e : told.edges)
            if (e.call == layer_edge::input) {
                layers[next_input].calls.emplace_back();
                given_[e.node] = {static_cast<int>(next_input++), 0};
            }
        for (int i = 0; i < static_cast<int>(told.layers.size()) && problem.empty(); ++i) add_call(told, i);
        for (graph_layer& input : layers)  // no layer has an input's name
            for (std::size_t i = 0; input.kind.empty() && i < layers.size(); ++i)
                if (&layers[i] != &input && layers[i].name == input.name) input.name += '_', i = 0;
        for (const layer_edge& e : told.edges)
            if (e.call == layer_edge::output && problem.empty())
                outputs.push_back(found(told, e.node, "the model's output"));
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
        auto at = std::find_if(layers.begin(), layers.end(),
                               [&](const graph_layer& l) { return l.name == path && !l.kind.empty(); });
        if (at == layers.end()) at = layers.insert(at, graph_layer{path, kind, info.gives});
        const operand self{static_cast<int>(at - layers.begin()), static_cast<int>(at->calls.size())};
        std::vector<operand> takes;
        for (const layer_edge& e : told.edges)
            if (e.call == number) takes.push_back(found(told, e.node, "'" + path + "'"));
        if (!takes.empty() && problem.empty())
            layers[static_cast<std::size_t>(self.layer)].space =
                std::max(1, layers[static_cast<std::size_t>(takes[0].layer)].gives.rank - 2);
        layers[static_cast<std::size_t>(self.layer)].calls.push_back(std::move(takes));
        given_[info.node] = self;
    }
    /// x + y between layers is Keras' Add, relu(x) its Activation.
    operand add_operation(const told_calls& told, const operation_info& o, const std::string& what) {
        struct row {
            op kind;
            std::string_view merge, activation;
        };
        constexpr row rows[]{{op::add, "add", ""},         {op::sub, "subtract", ""},    {op::mul, "multiply", ""},
                             {op::maximum, "maximum", ""}, {op::minimum, "minimum", ""}, {op::relu, "", "relu"},
                             {op::tanh, "", "tanh"},       {op::sigmoid, "", "sigmoid"}, {op::softplus, "", "softplus"},
                             {op::exp, "", "exponential"}};
        const row& r =
            *std::find_if(std::begin(rows), std::end(rows), [&](const row& each) { return each.kind == o.kind; });
        std::vector<operand> takes{found(told, o.operands[0], what)};
        if (!r.merge.empty()) takes.push_back(found(told, o.operands[1], what));
        const std::string name = "operation_" + std::to_string(activations.size());
        activations[name] = r.activation;
        layers.push_back(
            {name, r.merge.empty() ? "activation" : std::string(r.merge), o.gives, {}, {std::move(takes)}});
        return given_[o.node] = {static_cast<int>(layers.size()) - 1, 0};
    }
    operand found(const told_calls& told, int node, const std::string& what) {
        const auto at = given_.find(node);
        if (at != given_.end()) return at->second;
        for (const operation_info& o : told.operations)
            if (o.node == node) return add_operation(told, o, what);
        if (problem.empty()) problem = what + " is computed by operations that are no layers";
        return {};
    }

    std::map<int, operand> given_;  // by node
    std::set<std::string> outermost_;
};

/// The graph of a model, from its table.
template <class Net> functional graph_of() {
    using leaf = typename Net::leaf;
    const auto list = [](const auto& of) { return std::span(of.data(), static_cast<std::size_t>(of.size())); };
    std::vector<graph_layer> inputs;
    [&]<class... Inputs>(std::type_identity<std::tuple<Inputs...>>) {
        const auto add = [&](const expr::value_type& type) {
            const std::string number = sizeof...(Inputs) == 1 ? "" : std::to_string(inputs.size());
            inputs.push_back({"x" + number, "", type.extents, type.type});
        };
        (add(expr::value_type_of<Inputs>()), ...);
    }(std::type_identity<typename Net::inputs>{});
    const auto text = [](int from) { return leaf::table.text(from); };
    return functional({list(leaf::table.layers), list(leaf::table.edges), list(leaf::table.operations), text},
                      std::move(inputs));
}

}  // namespace telar::inline TELAR_ABI::nn::keras
