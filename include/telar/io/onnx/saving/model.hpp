// SPDX-License-Identifier: BSL-1.0
// A graph with its leaves' values as the bytes of an ONNX model.
#pragma once
#include <telar/graph/settle_calls.hpp>
#include <telar/io/onnx/saving/scans.hpp>
#include <telar/io/utf8.hpp>
#include <telar/run/mistake_text.hpp>

#include <cstddef>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// What a saved model calls its inputs and outputs, in their order; those that have no name here keep their own.
struct onnx_names {
    std::vector<std::string> inputs{}, outputs{};
};

namespace io::onnx::saving {

/// A leaf of a graph: an input, or a weight, whose values are viewed.
struct saved_leaf {
    std::string name;
    const void* data = nullptr;
    shape extents;
    bool is_input = false;
};
/// A graph and what its leaves are.
struct saved_model {
    ir::graph traced;
    std::vector<saved_leaf> leaves;
    std::vector<std::string> outputs;  // names, as far as they have any
};

/// Takes names in the order of inputs, outputs, weights: the first who asks for one has it.
class port_names {
public:
    port_names(file_in_making& f) : file_(f) {}
    /// errors    duplicate_name: a name of an input or output that another has; invalid_argument: no UTF-8
    std::string of_port(const std::string& wanted, const std::string& otherwise) {
        const std::string& name = wanted.empty() ? otherwise : wanted;
        require_text(name);
        std::string own = file_.names.unique(name);
        if (own != name) fail<duplicate_name>(file_.path + ": two inputs or outputs of the name \"" + name + "\"");
        return own;
    }
    std::string of_weight(const std::string& wanted, std::size_t number) {
        require_text(wanted);
        return file_.names.unique(wanted.empty() ? "leaf_" + std::to_string(number) : wanted);
    }

private:
    void require_text(const std::string& name) const {
        if (utf8::first_invalid(name) != name.size())
            fail<invalid_argument>(file_.path + ": \"" + name + "\" is no name for an ONNX model: it is not UTF-8");
    }
    file_in_making& file_;
};
/// Names of unknown extents: "batch" is the first one of a first axis, the others have that of their input and axis.
class extent_names {
public:
    void add(const ir::graph& g, const std::string& input, const shape& extents) {
        for (int i = 0; i < extents.rank; ++i) {
            const extent_t e = g.dims.resolve(extents[i]);
            if (ir::is_number(e) || names_.contains(e)) continue;
            const bool is_batch = i == 0 && !has_batch_;
            has_batch_ = has_batch_ || is_batch;
            names_[e] = is_batch ? "batch" : input + "_" + std::to_string(i);
        }
    }
    port port_of(const ir::graph& g, const std::string& name, dtype type, const shape& extents) const {
        port p{name, type, {}};
        for (int i = 0; i < extents.rank; ++i) {
            const extent_t e = g.dims.resolve(extents[i]);
            const auto found = names_.find(e);
            p.extents.push_back({ir::is_number(e) ? e : -1, found == names_.end() ? "" : found->second});
        }
        return p;
    }

private:
    std::map<extent_t, std::string> names_;
    bool has_batch_ = false;
};

/// The elements of a tensor with its axes in another order: axis i becomes axis order.at[i].
inline std::vector<std::byte> reordered(const void* data, std::size_t size, const shape& extents,
                                        const permutation& order) {
    std::vector<std::byte> moved(static_cast<std::size_t>(extents.count()) * size);
    const shape to = ir::passes::sinking::of_x(order, extents);
    shape stride = to, place = extents;
    for (extent_t i = to.rank - 1, s = 1; i >= 0; --i) stride[static_cast<int>(i)] = s, s *= to[static_cast<int>(i)];
    for (int i = 0; i < place.rank; ++i) place[i] = 0;
    for (std::size_t k = 0; k < moved.size(); k += size) {
        extent_t at = 0;
        for (int i = 0; i < place.rank; ++i) at += place[i] * stride[static_cast<int>(order.at[i])];
        std::memcpy(moved.data() + static_cast<std::size_t>(at) * size, static_cast<const std::byte*>(data) + k, size);
        for (int i = place.rank - 1; i >= 0 && ++place[i] == extents[i]; --i) place[i] = 0;
    }
    return moved;
}

/// The bytes of the model.
inline std::string bytes_of(saved_model m, const std::string& path, const onnx_names& wanted) {
    file_in_making file{path, {}, {}, {}};
    if (m.traced.error.what != ir::mistake_kind::none)
        fail<invalid_argument>(path + ": " + runtime::mistake_text(m.traced.error));
    ir::settle_calls(m.traced);
    const ir::growable<ir::graph_block> blocks = std::move(m.traced.blocks);
    m.traced.blocks = {};
    for (const ir::root& r : m.traced.roots)
        if (r.target >= 0)
            fail<unsupported_model>(path + ": ONNX has no assignments: \"" +
                                    m.leaves[static_cast<std::size_t>(r.target)].name + "\" gets a new value");
    // ------------------------------------------------------------ names
    port_names names(file);
    const auto wanted_name = [](const std::vector<std::string>& all, std::size_t i) {
        return i < all.size() ? all[i] : std::string();
    };
    std::vector<stored_value> leaves(m.leaves.size());
    std::vector<const ir::node*> nodes(m.leaves.size(), nullptr);
    for (const ir::node& n : m.traced.nodes)
        if (n.kind == op::leaf && n.attribute[0] >= 0) nodes[static_cast<std::size_t>(n.attribute[0])] = &n;
    std::size_t inputs = 0;
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        if (!m.leaves[i].is_input) continue;
        const std::string own = m.leaves[i].name.empty() ? "x" + std::to_string(inputs) : m.leaves[i].name;
        leaves[i].name = names.of_port(wanted_name(wanted.inputs, inputs++), own);
    }
    std::vector<std::string> outputs;
    const auto count = static_cast<std::size_t>(m.traced.roots.size());
    for (std::size_t i = 0; i < count; ++i) {
        const std::string own = wanted_name(m.outputs, i), number = count == 1 ? "" : std::to_string(i);
        outputs.push_back(names.of_port(wanted_name(wanted.outputs, i), own.empty() ? "y" + number : own));
    }
    if (wanted.inputs.size() > inputs || wanted.outputs.size() > count)
        fail<invalid_argument>(path + ": onnx_names has more names than there are inputs or outputs");
    ir::graph g = decomposed(m.traced);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
        const saved_leaf& leaf = m.leaves[i];
        if (!leaf.is_input) leaves[i].name = names.of_weight(leaf.name, i);
        if (!nodes[i]) continue;
        leaves[i].order = in_order(nodes[i]->extents.rank);
        for (int k = 0; !leaf.is_input && k < leaf.extents.rank; ++k)  // they are known now
            if (!g.dims.unify(nodes[i]->extents[k], leaf.extents[k]))
                fail<wrong_shape>(path + ": \"" + leaf.name + "\" has shape " + telar::to_string(leaf.extents) +
                                  ", which does not fit the others");
    }
    // ------------------------------------------------------------ nodes
    graph_in_file whole;
    writer w(file, std::move(g), blocks, whole, leaves);
    for (std::size_t i = 0; i < leaves.size(); ++i)
        if (!m.leaves[i].is_input) w.set_weight(static_cast<int>(i));
    w.write_all();
    extent_names extents;
    for (std::size_t i = 0; i < leaves.size(); ++i)
        if (m.leaves[i].is_input && nodes[i]) extents.add(w.g, leaves[i].name, nodes[i]->extents);
    for (std::size_t i = 0; i < leaves.size(); ++i)
        if (m.leaves[i].is_input && nodes[i])
            whole.inputs.push_back(extents.port_of(w.g, leaves[i].name, nodes[i]->type, nodes[i]->extents));
    for (std::size_t i = 0; i < count; ++i) {
        const ir::root r = w.g.roots[static_cast<int>(i)];
        whole.nodes.push_back({"Identity", {w.root(static_cast<int>(i))}, {outputs[i]}, {}, {}});
        whole.outputs.push_back(extents.port_of(w.g, outputs[i], w.g[r.id].type, w.g[r.id].extents));
    }
    whole.nodes.insert(whole.nodes.begin(), file.constants.begin(), file.constants.end());
    whole.prune();
    whole.name_outputs();
    // ------------------------------------------------------------ the file
    const std::vector<std::string> read = whole.reads();
    const std::set<std::string> is_read(read.begin(), read.end());
    std::size_t bytes = 0;
    std::string made;
    {
        protozero::pbf_writer model(made);
        model.add_int64(tag(model_field::ir_version), ir_version);
        model.add_string(tag(model_field::producer), "telar");
        {
            protozero::pbf_writer graph(model, tag(model_field::graph));
            for (const written_node& n : whole.nodes) n.write_to(graph);
            graph.add_string(tag(graph_field::name), "telar");
            for (std::size_t i = 0; i < leaves.size(); ++i) {
                const saved_leaf& leaf = m.leaves[i];
                const stored_value& stored = w.leaves()[i];
                if (leaf.is_input || !nodes[i] || !is_read.contains(stored.name)) continue;
                const dtype type = nodes[i]->type;
                const std::size_t size = static_cast<std::size_t>(leaf.extents.count()) * size_of(type);
                constexpr std::size_t most = (std::size_t{1} << 31) - (std::size_t{1} << 20);
                if ((bytes += size) > most)
                    fail<invalid_argument>(path + ": a model of more than 2 GiB, which protocol buffers do not hold");
                protozero::pbf_writer tensor(graph, tag(graph_field::initializer));
                if (is_in_order(stored.order)) {
                    write_tensor(tensor, stored.name, type, leaf.extents,
                                 {static_cast<const std::byte*>(leaf.data), size});
                } else {
                    write_tensor(tensor, stored.name, type, ir::passes::sinking::of_x(stored.order, leaf.extents),
                                 reordered(leaf.data, size_of(type), leaf.extents, stored.order));
                }
            }
            for (const port& p : whole.inputs) p.write_to(graph, graph_field::input);
            for (const port& p : whole.outputs) p.write_to(graph, graph_field::output);
        }
        protozero::pbf_writer opset_import(model, tag(model_field::opset));
        opset_import.add_int64(tag(opset_field::version), opset);
    }
    return made;
}

}  // namespace io::onnx::saving

}  // namespace telar::inline TELAR_ABI
