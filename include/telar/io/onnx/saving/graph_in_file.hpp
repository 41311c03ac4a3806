// SPDX-License-Identifier: BSL-1.0
// An ONNX graph under construction, and what all graphs of a file share: names, constants.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/io/onnx/saving/messages.hpp>
#include <telar/passes/sink_transposes.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::onnx::saving {

using ir::passes::sinking::permutation;

inline permutation in_order(int rank) {
    permutation p;
    for (int i = 0; i < rank; ++i) p.append(i);
    return p;
}
inline bool is_in_order(const permutation& p) { return p == in_order(p.rank); }
inline permutation inverse(const permutation& p) {
    permutation q = in_order(p.rank);
    for (int i = 0; i < p.rank; ++i) q.at[p.at[i]] = i;
    return q;
}
inline int axis_in_file(const permutation& p, extent_t axis) { return static_cast<int>(p.at[axis]); }
/// (N, space..., C), of a tensor (N, C, space...).
inline permutation channels_last(int rank) {
    permutation p;
    for (int i = 0; i < rank; ++i) p.append(i == 0 ? 0 : i + 1 < rank ? i + 1 : 1);
    return p;
}

/// A value, and where it lies: its axis i is axis order.at[i] of the tensor of that name.
struct stored_value {
    std::string name;
    permutation order;
};

/// Names that are used once.
class used_names {
public:
    std::string unique(const std::string& wanted) {
        std::string own = wanted;
        while (!used_.insert(own).second) own = wanted + "_" + std::to_string(++counts_[wanted]);
        return own;
    }

private:
    std::set<std::string> used_;
    std::map<std::string, int> counts_;
};

/// An ONNX graph under construction.
struct graph_in_file {
    std::vector<written_node> nodes;
    std::vector<port> inputs, outputs;

    /// Drops what no output needs.
    void prune() {
        std::set<std::string> needed;
        for (const port& p : outputs) needed.insert(p.name);
        std::vector<written_node> kept;
        for (auto n = nodes.rbegin(); n != nodes.rend(); ++n) {
            if (std::none_of(n->outputs.begin(), n->outputs.end(), [&](auto& s) { return needed.contains(s); }))
                continue;
            needed.insert(n->inputs.begin(), n->inputs.end());
            needed.insert(n->reads.begin(), n->reads.end());
            kept.push_back(std::move(*n));
        }
        nodes.assign(std::make_move_iterator(kept.rbegin()), std::make_move_iterator(kept.rend()));
    }
    /// The nodes behind which an Identity alone gives an output give it themselves.
    void name_outputs() {
        for (const port& p : outputs) {
            const auto identity =
                std::find_if(nodes.begin(), nodes.end(), [&](const written_node& n) { return n.outputs[0] == p.name; });
            const std::string name = identity->inputs.empty() ? "" : identity->inputs[0];
            const auto is_it = [&](const std::string& s) { return s == name; };
            const auto has_it = [&](const auto& all) { return std::any_of(all.begin(), all.end(), is_it); };
            const bool is_output =
                std::any_of(outputs.begin(), outputs.end(), [&](const port& o) { return o.name == name; });
            const bool is_read = std::any_of(nodes.begin(), nodes.end(), [&](auto& n) { return has_it(n.reads); });
            if (identity->operation != "Identity" || is_output || is_read || !defines(name)) continue;
            nodes.erase(identity);
            for (written_node& n : nodes) {
                std::replace(n.inputs.begin(), n.inputs.end(), name, p.name);
                std::replace(n.outputs.begin(), n.outputs.end(), name, p.name);
            }
        }
    }
    bool defines(const std::string& name) const {
        const auto is_it = [&](const auto& each) { return each == name; };
        return std::any_of(nodes.begin(), nodes.end(),
                           [&](const auto& n) { return std::any_of(n.outputs.begin(), n.outputs.end(), is_it); });
    }
    /// As the attribute of a node, and what it reads from around it.
    std::string message(const std::string& name) const {
        std::string bytes;
        protozero::pbf_writer g(bytes);
        for (const written_node& n : nodes) n.write_to(g);
        g.add_string(tag(graph_field::name), name);
        for (const port& p : inputs) p.write_to(g, graph_field::input);
        for (const port& p : outputs) p.write_to(g, graph_field::output);
        return bytes;
    }
    std::vector<std::string> reads() const {
        std::set<std::string> own, all;
        for (const port& p : inputs) own.insert(p.name);
        const auto read = [&](const std::string& s) {
            if (!own.contains(s)) all.insert(s);
        };
        for (const written_node& n : nodes) {
            std::for_each(n.inputs.begin(), n.inputs.end(), read);
            std::for_each(n.reads.begin(), n.reads.end(), read);
            own.insert(n.outputs.begin(), n.outputs.end());
        }
        for (const port& p : outputs) read(p.name);
        return {all.begin(), all.end()};
    }
};

/// What all graphs of a file share.
struct file_in_making {
    std::string path;  // for messages
    used_names names;
    std::vector<written_node> constants;  // before the nodes of the outermost graph
    std::map<std::string, std::string> constants_by_value;

    std::string constant(dtype type, const shape& extents, std::span<const std::byte> raw) {
        std::string key = std::to_string(type_number(type)) + telar::to_string(extents);
        key.append(reinterpret_cast<const char*>(raw.data()), raw.size());
        std::string& name = constants_by_value[key];
        if (name.empty()) {
            name = names.unique("constant");
            constants.push_back({"Constant", {}, {name}, attributes().tensor("value", type, extents, raw), {}});
        }
        return name;
    }
};

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
