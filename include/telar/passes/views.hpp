// SPDX-License-Identifier: BSL-1.0
// views: movements that cost nothing.
//
// in      a graph
// out     for each node, where its values lie: in its own buffer, or in another node's, at an offset and with strides
// needs   extents resolved (any pass that rewrites does it); the graph's dimensions, to which products are added
// order   first step of fuse
//
// transpose, broadcast_to, slice, windows and most reshapes move no data: whoever reads them reads the base with other
// strides.
#pragma once
#include <telar/graph/graph.hpp>

namespace telar::inline TELAR_ABI {

struct view {
    int base = -1;  // the node whose buffer holds the values; itself if it is computed
    extent_t offset = 0;
    extent_t stride[max_rank]{};
};

/// Strides of a contiguous row-major array.
constexpr view contiguous_view(dimensions& dims, int base, const shape& s) {
    view v;
    v.base = base;
    extent_t step = 1;
    for (int i = s.rank - 1; i >= 0; --i) {
        v.stride[i] = step;
        step = dims.multiply(step, s[i]);
    }
    return v;
}

namespace views_of {

/// A reshape that only adds or removes axes of extent 1 keeps any strides.
constexpr bool same_but_for_ones(const view& a, const shape& from, const shape& to, view& v) {
    int i = 0;
    for (int k = 0; k < to.rank; ++k) {
        if (to[k] == 1) continue;
        while (i < from.rank && from[i] == 1) ++i;
        if (i == from.rank || from[i] != to[k]) return false;
        v.stride[k] = a.stride[i++];
    }
    while (i < from.rank && from[i] == 1) ++i;
    return i == from.rank;
}
constexpr bool is_contiguous(dimensions& dims, const view& v, const shape& s) {
    const view c = contiguous_view(dims, v.base, s);
    for (int i = 0; i < s.rank; ++i)
        if (s[i] != 1 && v.stride[i] != c.stride[i]) return false;
    return true;
}

}  // namespace views_of

/// The view of every node. A node whose base is itself is computed (or is a leaf or a constant).
constexpr growable<view> views(graph& g) {
    growable<view> all(g.size());
    for (int i = 0; i < g.size(); ++i) {
        const node& n = g[i];
        const view own = contiguous_view(g.dims, i, n.extents);
        all[i] = own;
        if (is_movement(n.kind) && n.kind != op::pad && n.kind != op::concat && n.kind != op::overlap_add) {
            const view a = all[n.in[0]];
            const shape from = g[n.in[0]].extents;
            view v;
            v.base = a.base;
            v.offset = a.offset;
            if (n.kind == op::transpose) {
                for (int k = 0; k < n.extents.rank; ++k) v.stride[k] = a.stride[n.attribute[k]];
            } else if (n.kind == op::broadcast_to) {
                const int added = n.extents.rank - from.rank;
                for (int k = added; k < n.extents.rank; ++k)
                    v.stride[k] = from[k - added] == 1 && n.extents[k] != 1 ? 0 : a.stride[k - added];
            } else if (n.kind == op::slice) {
                for (int k = 0; k < n.extents.rank; ++k) {
                    v.stride[k] = a.stride[k];
                    v.offset = g.dims.add(v.offset, g.dims.multiply(n.attribute[k], a.stride[k]));
                }
            } else if (n.kind == op::windows) {
                const int axis = static_cast<int>(n.attribute[0]);
                for (int k = 0; k < n.extents.rank; ++k) v.stride[k] = a.stride[k <= axis ? k : k - 1];
                v.stride[axis + 1] = g.dims.multiply(a.stride[axis], n.attribute[2]);
                v.stride[axis] = g.dims.multiply(a.stride[axis], n.attribute[1]);
            } else if (!views_of::same_but_for_ones(a, from, n.extents, v)) {
                if (!views_of::is_contiguous(g.dims, a, from)) continue;  // a reshape that must copy
                for (int k = 0; k < n.extents.rank; ++k) v.stride[k] = own.stride[k];
            }
            all[i] = v;
        }
    }
    return all;
}

}  // namespace telar::inline TELAR_ABI
