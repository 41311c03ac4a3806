// SPDX-License-Identifier: BSL-1.0
// What the passes share: rebuilding a graph node by node.
#pragma once
#include <telar/graph/scan.hpp>

#include <concepts>

namespace telar::inline TELAR_ABI::ir::passes {

/// Rebuilds `in` bottom-up, in the order in which it can run. `f(out, n)`, or `f(out, n, number of n in the old
/// graph)`, gets each node with its operands already renumbered and its extents resolved, and returns the index, in the
/// new graph, of what shall stand in its place.
template <class F> constexpr graph rewrite(const graph& in, F f) {
    graph out;
    out.dims = in.dims;
    out.labels = in.labels;
    out.error = in.error;
    out.nodes.reserve(in.size());
    const bool has_regions = !in.regions.starts.empty();
    growable<int> moved(in.size(), -1);
    int* const to = moved.data();
    for (const int i : run_order(in, scan_scopes(in))) {
        node n = in[i];
        const op_info& row = info(n.kind);
        for (int k = 0, arity = row.arity; k < arity; ++k) n.in[k] = to[n.in[k]];
        for (int k = 0; k < n.extents.rank; ++k)
            if (extent_t& e = n.extents.extent[k]; e < 0) e = out.dims.resolve(e);
        if (has_extents(row.attributes)) {
            const attribute_range among = extents_among(row.attributes, n.extents.rank);
            for (int k = among.first; k < among.end; ++k) n.attribute[k] = out.dims.resolve(n.attribute[k]);
        }
        if (has_regions) out.regions.now = in.regions.of(i);
        if constexpr (std::invocable<F, graph&, const node&, int>) to[i] = f(out, n, i);
        else to[i] = f(out, n);
    }
    for (root r : in.roots) {
        r.id = to[r.id];
        out.roots.push(r);
    }
    return out;
}

}  // namespace telar::inline TELAR_ABI::ir::passes
