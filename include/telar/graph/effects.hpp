// SPDX-License-Identifier: BSL-1.0
// The effects of a graph, beside its results. A print runs although nothing reads it, and two prints never merge.
#pragma once
#include <telar/graph/call.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::ir::emit {

/// Prints x when the graph runs. No two prints are equal nodes, because each has its own place in the table of labels.
constexpr void print(symbol x, std::string_view label) {
    graph& g = *x.g;
    node n;
    n.kind = op::print;
    n.in[0] = x.id;
    n.value = static_cast<std::uint64_t>(g.labels.size());
    n.attribute[0] = -1;
    for (const char c : label) g.labels.push(c);
    g.labels.push('\0');
    add(g, n);
}

constexpr std::int32_t silent_block(graph& home, int of);
/// From node `first` on, the graph computes the same and prints nothing. True if it would have printed.
constexpr bool silence(graph& g, int first = 0) {
    bool printed = false;
    for (int i = first; i < g.size(); ++i) {
        node& n = g.nodes[i];
        if (!prints(n)) continue;
        printed = true;
        if (n.kind == op::print) {
            n.kind = op::stop_gradient;  // which nothing reads
        } else {
            n.attribute[0] = silent_block(caller_of(g), static_cast<int>(n.attribute[0]));
            n.attribute[2] = 0;
        }
    }
    return printed;
}
/// The block that computes the same and prints nothing.
constexpr std::int32_t silent_block(graph& home, int of) {
    for (int i = 0; i < home.blocks.size(); ++i)
        if (home.blocks[i].silent_of == of) return i;
    graph_block made;
    made.silent_of = of;
    made.operands = home.blocks[of].operands;
    made.refuses = home.blocks[of].refuses;
    made.body = home.blocks[of].body;
    silence(made.body);
    return home.blocks.push(std::move(made));
}

}  // namespace telar::inline TELAR_ABI::ir::emit
