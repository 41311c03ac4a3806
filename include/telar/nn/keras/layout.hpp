// SPDX-License-Identifier: BSL-1.0
// What Keras' files and a model have in common: layers, of classes, with parameters. Here the model's side: its layers,
// and the parameters of each, in Keras' order.
#pragma once
#include <telar/nn/keras/graph.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

/// Parameters with one path but for their own names, in Keras' order: those that are trained, then the others.
struct holder {
    std::string path;  // in its layer: "" or "forward_layer"
    std::vector<int> parameters;
};
/// A layer with parameters. Parameters outside of any layer are one without a kind.
struct layer {
    std::string path, kind;
    std::vector<holder> holders;

    std::string file_class() const { return kind.empty() ? "" : snake_case(class_of_kind(kind)); }
};

/// A layer's parameters in its file: a multi_head_attention's query are those of query_dense; a recurrent layer's own
/// those of its cell.
inline std::string group_of(const layer& l, const holder& h) {
    std::string group = h.path;
    std::replace(group.begin(), group.end(), '.', '/');
    const bool is_private = l.kind == "group_query_attention";  // Keras' attributes are: _query_dense
    if (l.kind.ends_with("head_attention") || is_private)
        return (is_private ? "_" : "") + (group == "attention_output" ? "output" : group) + "_dense";
    constexpr std::string_view with_cells[]{"lstm",        "gru",         "simple_rnn", "bidirectional",
                                            "conv_lstm1d", "conv_lstm2d", "conv_lstm3d"};
    if (std::find(std::begin(with_cells), std::end(with_cells), l.kind) == std::end(with_cells)) return group;
    return group.empty() ? "cell" : group + "/cell";
}

/// A model, or a part of one.
struct layout {
    std::vector<parameter_view> parameters;  // without the random state
    std::vector<int> values;                 // their numbers in the model
    std::vector<layer> layers;               // in Keras' order

    /// The parameters that are trained, in Keras' order.
    std::vector<int> trained() const {
        std::vector<int> all;
        for (const layer& l : layers)
            for (const holder& h : l.holders)
                for (const int k : h.parameters)
                    if (parameters[static_cast<std::size_t>(k)].trainable) all.push_back(k);
        return all;
    }
};

namespace describing {
struct call {
    std::string_view path, kind;
};
/// The outermost calls of layers, each layer once; those of a part without its path.
template <class Leaf> std::vector<call> outermost_calls(std::string_view part) {
    std::vector<call> calls;
    for (const layer_info& info : Leaf::table.layers) {
        if (info.path < 0) continue;
        std::string_view path = Leaf::table.text(info.path);
        if (!part.empty()) {
            if (!views::is_in(path, part)) continue;
            path.remove_prefix(std::min(path.size(), part.size() + 1));
        }
        bool is_inside = false;
        for (const call& c : calls) is_inside = is_inside || (!c.path.empty() && views::is_in(path, c.path));
        if (!is_inside) calls.push_back({path, Leaf::table.text(info.kind)});
    }
    return calls;
}
/// Slots, in the order in which members stand, and whether trained.
struct place {
    int parameter, slot;
    bool is_trained;
};
inline layout arranged(std::vector<parameter_view> parameters, std::vector<place> places,
                       const std::vector<call>& calls) {
    layout all{std::move(parameters), {}, {}};
    std::sort(places.begin(), places.end(), [](const place& a, const place& b) {
        return std::tuple(!a.is_trained, a.slot) < std::tuple(!b.is_trained, b.slot);
    });
    std::vector<layer> others;
    for (const call& c : calls) all.layers.push_back({std::string(c.path), std::string(c.kind), {}});
    for (const place& p : places) {
        const std::string_view path = all.parameters[static_cast<std::size_t>(p.parameter)].path;
        const std::size_t dot = path.rfind('.');
        std::string_view parent = dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
        const auto in_layer = [&](const layer& l) { return !l.path.empty() && views::is_in(path, l.path); };
        auto at = std::find_if(all.layers.begin(), all.layers.end(), in_layer);
        layer* own = at != all.layers.end() ? &*at : nullptr;
        if (own) {
            parent.remove_prefix(std::min(parent.size(), own->path.size() + 1));
        } else {
            const auto is_same = [&](const layer& l) { return l.path == parent; };
            at = std::find_if(others.begin(), others.end(), is_same);
            own = at != others.end() ? &*at : &others.emplace_back(layer{std::string(parent), "", {}});
            parent = {};
        }
        auto h =
            std::find_if(own->holders.begin(), own->holders.end(), [&](auto& each) { return each.path == parent; });
        if (h == own->holders.end()) h = own->holders.insert(h, holder{std::string(parent), {}});
        h->parameters.push_back(p.parameter);
    }
    std::erase_if(all.layers, [](const layer& l) { return l.holders.empty(); });
    all.layers.insert(all.layers.end(), others.begin(), others.end());
    return all;
}
template <class Net> layout layout_in(Net& net, std::string_view part) {
    using leaf = typename Net::leaf;
    std::vector<parameter_view> parameters;
    std::vector<place> places;
    std::vector<int> values;
    const auto all = net.parameters();
    for (int k = 0; k < leaf::width; ++k) {
        const int slot = leaf::slots[static_cast<std::size_t>(k)];
        parameter_view p = all[static_cast<std::size_t>(k)];
        if (slot == leaf::table.random || (!part.empty() && !views::is_in(p.path, part))) continue;
        if (!part.empty()) p.path.remove_prefix(std::min(p.path.size(), part.size() + 1));
        places.push_back({static_cast<int>(parameters.size()), slot, p.trainable});
        parameters.push_back(p);
        values.push_back(k);
    }
    layout l = arranged(std::move(parameters), std::move(places), outermost_calls<leaf>(part));
    l.values = std::move(values);
    return l;
}
}  // namespace describing

/// As Keras lists them, where the model is a graph of layers; else in the order of their first calls.
template <class M, class... Inputs> layout layout_of(model<M, Inputs...>& net) {
    layout l = describing::layout_in(net, "");
    const functional graph = graph_of<model<M, Inputs...>>();
    if (!graph.problem.empty()) return l;
    const std::vector<int> order = graph.order();
    const auto place = [&](const layer& of) {
        const auto is_it = [&](int k) { return graph.layers[static_cast<std::size_t>(k)].name == of.path; };
        return std::find_if(order.begin(), order.end(), is_it) - order.begin();
    };
    std::stable_sort(l.layers.begin(), l.layers.end(),
                     [&](const layer& a, const layer& b) { return place(a) < place(b); });
    return l;
}
template <Model Net, class Leaf> layout layout_of(const model_view<Net, Leaf>& view) { return layout_of(view.whole()); }
template <fixed_string Part, class Net> layout layout_of(const model_part<Part, Net>& part) {
    return describing::layout_in(part.whole(), Part.view());
}

}  // namespace telar::inline TELAR_ABI::nn::keras
