// SPDX-License-Identifier: BSL-1.0
// A graph as TensorFlow's GraphDef, which TensorBoard's page GRAPHS shows.
#pragma once
#include <telar/graph/print.hpp>
#include <telar/io/summary_messages.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io {

namespace graph_defs {

/// "encoder.blocks.1" as "encoder/blocks/1": TensorBoard puts what is before a stroke in a box that opens.
inline std::string as_group(std::string_view path) {
    std::string group(path);
    std::replace(group.begin(), group.end(), '.', '/');
    return group;
}

/// A name for each node, used once: that of its region, then of its operation, counted where it returns.
inline std::vector<std::string> names_of(const ir::graph& g, ir::graph_text::leaf_names leaves) {
    std::vector<std::string> names;
    std::set<std::string> used;
    std::map<std::string, int> counts;
    for (int i = 0; i < g.size(); ++i) {
        const std::string group = as_group(g.regions.path_of(i));
        const std::string name = g[i].kind == ir::op::leaf
                                     ? as_group(ir::graph_text::leaf_name(leaves, g[i].attribute[0]))
                                     : group + (group.empty() ? "" : "/") + std::string(ir::name_of(g[i].kind));
        std::string own = name;
        while (!used.insert(own).second) own = name + "_" + std::to_string(++counts[name]);
        names.push_back(std::move(own));
    }
    return names;
}

template <class F> void add_attribute(protozero::pbf_builder<messages::node>& node, std::string_view key, F f) {
    using namespace messages;
    protozero::pbf_builder<map_entry> entry(node, messages::node::attr);
    entry.add_string(map_entry::key, key.data(), key.size());
    entry.add_message(map_entry::value, message<attribute>(f));
}
/// (None, 10) is (-1, 10).
inline std::vector<std::int64_t> extents_of(const ir::graph& g, int node) {
    std::vector<std::int64_t> extents;
    for (int i = 0; i < g[node].extents.rank; ++i) {
        const extent_t extent = g.dims.resolve(g[node].extents[i]);
        extents.push_back(ir::is_number(extent) ? extent : -1);
    }
    return extents;
}

}  // namespace graph_defs

/// The bytes of a GraphDef: nodes by region and operation, their operands, types, shapes, and what they were told.
///
/// edge      a call of a block is one node; what is in the block is not shown
/// source    tensorflow/core/framework/graph.proto; TensorBoard reads shapes from the attribute _output_shapes
/// test      tests/io/summary_test.cpp
inline std::string graph_def(const ir::graph& g, ir::graph_text::leaf_names leaves = {}) {
    using namespace messages;
    const std::vector<std::string> names = graph_defs::names_of(g, leaves);
    return message<messages::graph>([&](auto& all) {
        for (int i = 0; i < g.size(); ++i) {
            const ir::node& n = g[i];
            protozero::pbf_builder<messages::node> node(all, messages::graph::node);
            node.add_string(messages::node::name, names[static_cast<std::size_t>(i)]);
            const std::string_view op = n.kind == ir::op::leaf       ? "Placeholder"
                                        : n.kind == ir::op::constant ? "Const"
                                                                     : ir::name_of(n.kind);
            node.add_string(messages::node::op, op.data(), op.size());
            for (int k = 0; k < ir::info(n.kind).arity; ++k)
                node.add_string(messages::node::input, names[static_cast<std::size_t>(n.in[k])]);
            graph_defs::add_attribute(node, "T", [&](auto& a) { a.add_enum(attribute::type, type_number(n.type)); });
            graph_defs::add_attribute(node, "_output_shapes", [&](auto& a) {
                protozero::pbf_builder<list>(a, attribute::list)
                    .add_message(list::shape, shape_of(graph_defs::extents_of(g, i)));
            });
            const std::string told =
                n.kind == ir::op::constant ? ir::graph_text::value_text(n) : ir::graph_text::attribute_text(g, n);
            if (!told.empty())
                graph_defs::add_attribute(node, "told", [&](auto& a) { a.add_bytes(attribute::s, told); });
        }
    });
}

}  // namespace telar::inline TELAR_ABI::io
