// SPDX-License-Identifier: BSL-1.0
// What depends on weights alone, as numbers: the reference interpreter computes it.
#pragma once
#include <telar/io/reference_values.hpp>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/passes/rewrite.hpp>
#include <telar/run/graph_model.hpp>

#include <cstddef>
#include <vector>

namespace telar::inline TELAR_ABI::io::cpp {

/// Which nodes of a graph these depend on, themselves among them.
inline std::vector<bool> nodes_below(const ir::graph& g, const std::vector<int>& nodes) {
    std::vector<bool> is_below(static_cast<std::size_t>(g.size()), false);
    for (const int i : nodes) is_below[static_cast<std::size_t>(i)] = true;
    for (int i = g.size() - 1; i >= 0; --i)
        for (int k = 0; is_below[static_cast<std::size_t>(i)] && k < ir::info(g[i].kind).arity; ++k)
            is_below[static_cast<std::size_t>(g[i].in[k])] = true;
    return is_below;
}
/// The weights that a node depends on, by their numbers. A model's leaves are its inputs, then its weights.
inline std::vector<std::size_t> weights_below(const ir::graph& g, int inputs, int node) {
    const std::vector<bool> is_below = nodes_below(g, {node});
    std::vector<std::size_t> all;
    for (int i = node; i >= 0; --i)
        if (is_below[static_cast<std::size_t>(i)] && g[i].kind == op::leaf)
            all.push_back(static_cast<std::size_t>(g[i].attribute[0] - inputs));
    return all;
}
/// The values of nodes that depend on weights alone.
inline std::vector<any_tensor> values_of_weights(const ir::graph& g, const runtime::model_source& source,
                                                 const std::vector<int>& nodes) {
    namespace reference = ir::kernels::reference;
    const auto inputs = static_cast<extent_t>(source.inputs.size());
    ir::graph some = g;
    some.roots.clear();
    std::vector<int> computed;  // the others are weights
    for (const int i : nodes)
        if (g[i].kind != op::leaf) computed.push_back(i);
    for (const int i : computed) some.roots.push({i, -1, 0, 0});
    const std::vector<bool> is_below = nodes_below(g, computed);
    ir::graph of_weights = ir::passes::rewrite(some, [&](ir::graph& to, const ir::node& n, int i) {
        return is_below[static_cast<std::size_t>(i)] ? to.add(n) : -1;
    });
    of_weights.dims = {};  // they are read from inputs, of which none is left
    core::growable<reference::array> leaves(static_cast<int>(source.inputs.size() + source.weights.size()));
    for (const ir::node& n : of_weights.nodes)
        if (n.kind == op::leaf)
            leaves[static_cast<int>(n.attribute[0])] =
                array_of(source.weights[static_cast<std::size_t>(n.attribute[0] - inputs)].value);
    const auto values = reference::interpret(of_weights, leaves);
    std::vector<any_tensor> all;
    int next = 0;
    for (const int i : nodes)
        all.push_back(g[i].kind == op::leaf ? source.weights[static_cast<std::size_t>(g[i].attribute[0] - inputs)].value
                                            : tensor_of(values[next++]));
    return all;
}

}  // namespace telar::inline TELAR_ABI::io::cpp
