// SPDX-License-Identifier: BSL-1.0
// Leaves for the tests of graphs.
#pragma once
#include <telar/graph/symbol.hpp>

/// Leaf `number`; an extent that is dyn becomes a dimension variable.
constexpr telar::symbol leaf(telar::ir::graph& g, int number, telar::shape extents,
                             telar::dtype type = telar::dtype::float32) {
    telar::ir::node n;
    n.kind = telar::op::leaf;
    n.type = type;
    n.attribute[0] = number;
    n.extents = extents;
    for (int i = 0; i < extents.rank; ++i)
        if (extents[i] == telar::dyn) n.extents[i] = g.dims.variable(number, i);
    return {&g, g.add(n), false};
}
