// SPDX-License-Identifier: BSL-1.0
// Which array of the file is which weight of a network. Unlike a model with a type, a network knows the layers of the
// file one by one, so that nothing has to be guessed.
#pragma once
#include <telar/nn/keras/matching.hpp>
#include <telar/nn/keras_model/network.hpp>
#include <telar/run/graph_model.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

/// A weight of the network, by its leaf.
struct network_weight {
    std::string name;          // Keras': "dense/kernel"
    std::string group;         // in a weights file: "layers/dense/vars"
    int number = 0;            // there
    std::string legacy_layer;  // whose group it is in of a legacy file
    bool is_trained = true;    // also of its layers
    const parameter_info* info = nullptr;
    const std::vector<double>* numbers = nullptr;  // it is an option of its layer: no array
};

class weight_walk {
public:
    std::vector<network_weight> weights;  // layer by layer: those of one that are trained before the others
    std::set<std::string> passed_over;    // groups of a file whose last array is of no use here

    weight_walk(const stored_model& file, const bound_model& bound) : file_(file), bound_(bound) {}

    void visit_model(const file_layer& model, const std::string& group, const std::string& legacy, bool is_trained) {
        std::map<std::string, int> used;
        const std::string list = group + "layers/";
        for (const auto& l : model.inner) {
            if (!l->is_layer) continue;
            const std::string kind = snake_case(l->kind == "group_query_attention" ? class_of_kind(l->kind)  // an alias
                                                                                   : l->at.class_name);
            const int number = used[kind]++;
            const std::string own_name = l->at.name.substr(l->at.name.rfind('/') + 1);
            const std::string in_order = list + kind + (number > 0 ? '_' + std::to_string(number) : "");
            visit(*l, group_of_layer(list, in_order, own_name), legacy.empty() ? l->at.name : legacy,
                  is_trained && l->is_trainable);
        }
    }

private:
    /// By the order of the layers; where the file says their names, by these.
    std::string group_of_layer(const std::string& list, const std::string& in_order, const std::string& name) const {
        const object* vars = file_.find(in_order + "/vars");
        const auto said =
            vars ? vars->texts.find("name") : std::map<std::string, std::vector<std::string>>::const_iterator{};
        if (!vars || said == vars->texts.end() || (said->second.size() == 1 && said->second[0] == name))
            return in_order;
        const std::string named = file_.group_named(list.substr(0, list.size() - 1), name);
        return named.empty() ? in_order : named;
    }
    void visit(const file_layer& l, const std::string& group, const std::string& legacy, bool is_trained) {
        if (l.model) return visit_model(l, group + '/', legacy, is_trained);
        if (!l.inner.empty()) {
            if (l.kind == "spectral_normalization") passed_over.insert(group + "/vars");
            if (l.inner[0]->model) return visit_model(*l.inner[0], group + "/layer/", legacy, is_trained);
            return visit(*l.inner[0], group + "/layer", legacy, is_trained);
        }
        for (const bool trained : {true, false}) add_parameters(l, group, legacy, trained, is_trained);
    }
    void add_parameters(const file_layer& l, const std::string& group, const std::string& legacy, bool trained,
                        bool is_trained) {
        for (int slot = l.first_slot; slot < l.end_slot; ++slot) {
            const parameter_info& p = bound_.parameters[slot];
            if (p.leaf < 0 || (p.trainable != 0) != trained) continue;
            std::string_view local = bound_.text(p.path);
            local.remove_prefix(std::min(local.size(), static_cast<std::size_t>(l.prefix + (l.prefix > 0))));
            const std::size_t dot = local.rfind('.');
            const std::string part(local.substr(0, dot == std::string_view::npos ? 0 : dot));
            const std::string own(local.substr(dot == std::string_view::npos ? 0 : dot + 1));
            const std::string inner = group_of({"", l.kind, {}}, {part, {}});
            const std::string vars = group + '/' + (inner.empty() ? "" : inner + '/') + "vars";
            network_weight w{name_of(l, part, own), vars, 0, legacy, trained && is_trained, &p};
            if (const std::vector<double>& said = l.running->numbers_of(own); !said.empty()) w.numbers = &said;
            else w.number = counts_[vars]++;
            weights.push_back(std::move(w));
        }
    }
    /// As Keras says it: "lstm/lstm_cell/kernel".
    static std::string name_of(const file_layer& l, const std::string& part, const std::string& own) {
        std::string inner = part;
        if (const auto said = l.names_of_parts.find(part); said != l.names_of_parts.end()) inner = said->second;
        if (l.kind == "lstm" || l.kind == "gru" || l.kind == "simple_rnn") inner = l.kind + "_cell";
        if (l.kind.starts_with("conv_lstm")) inner = "conv_lstm_cell";
        const std::string last = l.kind == "rms_norm" ? "scale" : own;
        return l.at.name + '/' + (inner.empty() ? "" : inner + '/') + last;
    }

    const stored_model& file_;
    const bound_model& bound_;
    std::map<std::string, int> counts_;
};

/// The arrays of a weights file, and what it holds besides.
inline void pair_by_group(const stored_model& file, const weight_walk& walk, pairing& p) {
    std::set<const object*> used;
    for (std::size_t i = 0; i < walk.weights.size(); ++i) {
        if (walk.weights[i].numbers) continue;
        p.arrays[i] = file.find(walk.weights[i].group + '/' + std::to_string(walk.weights[i].number));
        used.insert(p.arrays[i]);
    }
    for (const object& o : file.objects()) {
        const std::string group = o.path.substr(0, o.path.rfind('/'));
        const bool is_weight = o.is_array && o.path.starts_with("layers/") &&
                               o.path.find("seed_generator") == std::string::npos && !stored_model::is_count(o) &&
                               !walk.passed_over.contains(group);
        if (is_weight && !used.contains(&o)) p.left.push_back(&o);
    }
}
/// "dense/kernel:0" -> "kernel"
inline std::string last_name(const std::string& path) {
    const std::string name = path.substr(path.rfind('/') + 1);
    const std::string own = name.substr(0, name.find(':'));
    return own == "depthwise_kernel" ? "kernel" : own;
}
/// Of one group of a legacy file, in either order: Keras 3 lists those that are trained before the others, and in a
/// frozen model all layer by layer; Keras 2 takes those that could be trained first, also there.
inline void pair_one_legacy_layer(const stored_layer& from, const weight_walk& walk,
                                  const std::vector<std::size_t>& in_layers, pairing& p) {
    const auto pair_in = [&](const auto& is_first) {
        std::vector<std::size_t> numbers = in_layers;
        std::stable_partition(numbers.begin(), numbers.end(), is_first);
        bool agree = from.arrays.size() >= numbers.size();
        for (std::size_t i = 0; agree && i < numbers.size(); ++i) {
            const std::string own = last_name(walk.weights[numbers[i]].name), there = last_name(from.arrays[i]->path);
            agree = own == there || (own != "kernel" && own != "gamma" && own != "beta" && own != "bias" &&
                                     own != "moving_mean" && own != "moving_variance");
        }
        for (std::size_t i = 0; i < numbers.size(); ++i) p.arrays[numbers[i]] = agree ? from.arrays[i] : nullptr;
        return agree;
    };
    if (pair_in([&](std::size_t i) { return walk.weights[i].is_trained; })) return;
    pair_in([&](std::size_t i) { return walk.weights[i].info->trainable != 0; });
}
inline void pair_legacy(const stored_model& file, const weight_walk& walk, pairing& p) {
    std::map<std::string, std::vector<std::size_t>> of_layer;
    for (std::size_t i = 0; i < walk.weights.size(); ++i)
        if (!walk.weights[i].numbers) of_layer[walk.weights[i].legacy_layer].push_back(i);
    for (const stored_layer& s : file.layers())
        if (const auto own = of_layer.find(s.name); own != of_layer.end())
            pair_one_legacy_layer(s, walk, own->second, p);
}

/// What an option says of a parameter: a number for each element, or one for all.
inline any_tensor value_of(const network_weight& w, const std::string& path) {
    any_tensor t(w.info->type.type, w.info->type.extents);
    if (w.numbers->size() != 1 && w.numbers->size() != t.size())
        fail<unsupported_model>(path + ": " + w.name + ": " + std::to_string(w.numbers->size()) + " numbers, where " +
                                described(t.type(), t.extents()) + " is wanted");
    for (std::size_t i = 0; i < t.size(); ++i) {
        const double v = (*w.numbers)[w.numbers->size() == 1 ? 0 : i];
        convert(dtype::float64, std::as_bytes(std::span(&v, 1)), t.type(), t.bytes().data() + i * size_of(t.type()));
    }
    return t;
}
/// The weights in the order of their leaves.
///
/// errors    file_error: an array is missing, or nobody wants it; wrong_shape
inline std::vector<runtime::model_weight> weights_of(const stored_model& file, const file_layer& model,
                                                     const bound_model& bound) {
    weight_walk walk(file, bound);
    walk.visit_model(model, "", "", model.is_trainable);
    pairing found{std::vector<const object*>(walk.weights.size())};
    if (file.is_legacy()) pair_legacy(file, walk, found);
    else pair_by_group(file, walk, found);
    layout all;  // of the weights that are arrays
    pairing arrays{{}, found.left};
    for (std::size_t i = 0; i < walk.weights.size(); ++i) {
        const network_weight& w = walk.weights[i];
        if (w.numbers) continue;
        all.parameters.push_back({w.name, &w.info->type.extents, w.info->type.type, w.is_trained, nullptr});
        arrays.arrays.push_back(found.arrays[i]);
    }
    require_fit(all, arrays, file.path());

    std::vector<runtime::model_weight> weights(walk.weights.size());
    std::size_t next = 0;
    for (const network_weight& w : walk.weights) {
        runtime::model_weight& to = weights[static_cast<std::size_t>(w.info->leaf)];
        to.name = w.name;
        to.value = w.numbers ? value_of(w, file.path()) : any_tensor(w.info->type.type, w.info->type.extents);
        if (!w.numbers) all.parameters[next++].data = to.value.bytes().data();
    }
    load(all, arrays);
    return weights;
}

}  // namespace telar::inline TELAR_ABI::nn::keras
