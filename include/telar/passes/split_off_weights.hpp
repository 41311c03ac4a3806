// SPDX-License-Identifier: BSL-1.0
// split_off_weights: what depends on weights alone is computed once, not in every run: the transposes of a
// convolution's kernel, the scale of a normalisation.
//
// in      a graph whose leaves are the inputs, then the weights
// out     a graph that computes such values, and the graph without them: they are leaves there, behind the others
// needs   no blocks; the graph is optimised
// order   after optimise; both graphs are then scheduled on their own
#pragma once
#include <telar/expr/trace.hpp>
#include <telar/passes/rewrite.hpp>

#include <utility>

namespace telar::inline TELAR_ABI::ir::passes {

struct split_graph {
    graph of_weights;  // its roots are what `rest` has as leaves, in their order
    graph rest;
    growable<int> nodes;  // of the graph that was split: those roots
};

namespace splitting {
/// Whether each node depends on an input, or is to be computed in every run for another reason.
constexpr growable<bool> of_each_run(const graph& g, int inputs) {
    growable<bool> all(g.size(), false);
    for (int i = 0; i < g.size(); ++i) {
        const node& n = g[i];
        const family group = info(n.kind).group;
        bool is = group == family::scan || group == family::call || n.kind == op::random || n.kind == op::print ||
                  n.kind == op::broadcast_to;  // which would need memory
        if (n.kind == op::leaf) is = n.attribute[0] < inputs;
        const auto is_unknown = [&](extent_t e) { return !is_number(g.dims.resolve(e)); };
        for (int k = 0; k < n.extents.rank; ++k) is = is || is_unknown(n.extents[k]);
        const attribute_range among = extents_among(info(n.kind).attributes, n.extents.rank);
        for (int k = among.first; k < among.end; ++k) is = is || is_unknown(n.attribute[k]);
        for (int k = 0; k < info(n.kind).arity; ++k) is = is || all[n.in[k]];
        all[i] = is;
    }
    return all;
}
}  // namespace splitting

/// `leaves` is how many there are.
constexpr split_graph split_off_weights(const graph& g, int inputs, int leaves) {
    const growable<bool> is_of_each_run = splitting::of_each_run(g, inputs);
    growable<bool> is_read(g.size(), false);  // in each run
    for (int i = 0; i < g.size(); ++i)
        for (int k = 0; k < info(g[i].kind).arity; ++k)
            if (is_of_each_run[i]) is_read[g[i].in[k]] = true;
    for (const root& r : g.roots) is_read[r.id] = true;

    split_graph all;
    growable<root> roots;
    growable<bool> is_needed(g.size(), false);  // by one of them
    all.rest = rewrite(g, [&](graph& out, const node& n, int i) -> int {
        if (is_of_each_run[i] || !is_read[i] || info(n.kind).arity == 0) return out.add(n);
        roots.push({i, -1, 0, 0});
        all.nodes.push(i);
        is_needed[i] = true;
        return expr::declare_leaf(out, leaves + all.nodes.size() - 1, {n.type, 0, n.extents}).id;
    });
    for (int i = g.size() - 1; i >= 0; --i)
        for (int k = 0; is_needed[i] && k < info(g[i].kind).arity; ++k) is_needed[g[i].in[k]] = true;
    graph of_weights = g;
    of_weights.roots = std::move(roots);
    all.of_weights =
        rewrite(of_weights, [&](graph& out, const node& n, int i) { return is_needed[i] ? out.add(n) : -1; });
    all.of_weights.dims = {};  // they are read from inputs, of which none is left
    return all;
}

}  // namespace telar::inline TELAR_ABI::ir::passes
