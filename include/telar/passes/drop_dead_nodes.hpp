// SPDX-License-Identifier: BSL-1.0
// drop_dead_nodes: keeps only what the roots and the prints need.
//
// in      a graph
// out     the same graph without the nodes that no root and no print depends on
// needs   nothing
// order   after everything that replaces nodes; before fuse, which schedules all that it sees
#pragma once
#include <telar/passes/rewrite.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

constexpr graph drop_dead_nodes(const graph& in) {
    const growable<bool> live = live_nodes(in);
    return rewrite(in, [&](graph& out, const node& n, int i) { return live[i] ? out.add(n) : -1; });
}

}  // namespace telar::inline TELAR_ABI::ir::passes
