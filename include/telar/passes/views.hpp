// SPDX-License-Identifier: BSL-1.0
// views: movements that cost nothing.
//
// in      a graph
// out     for each node, where its values lie: in its own buffer, or in another node's, at an offset and with strides
// needs   extents resolved (any pass that rewrites does it); the graph's dimensions, to which products are added
// order   after all that rewrites the graph; fuse, find_members and emit_kernels read them
//
// transpose, broadcast_to, slice, windows, reverse, scan_slice and most reshapes move no data: whoever reads them reads
// the base with other strides; a scan's slice moves on with every step.
#pragma once
#include <telar/graph/call.hpp>
#include <telar/graph/frozen.hpp>
#include <telar/graph/schedule.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

struct view {
    int base = -1;  // the node whose buffer holds the values; itself if it is computed
    extent_t offset = 0;
    extent_t stride[max_rank]{};
    int row_axes = 0;  // of a reshape that must copy: see operand_fold
    stepping step{};
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

/// How many axes come first in `from` that a reshape to matrices makes into their rows (and the batches before them);
/// the others become their columns. 0: it does something else.
constexpr int row_axes(dimensions& dims, const shape& from, const shape& to) {
    const int batches = to.rank - 2;
    if (batches < 0 || from.rank < to.rank) return 0;
    for (int k = 0; k < batches; ++k)
        if (!dims.same(from[k], to[k])) return 0;
    extent_t rows = 1;
    for (int k = batches; k + 1 < from.rank; ++k) {
        rows = dims.multiply(rows, from[k]);
        if (!dims.same(rows, to[batches])) continue;
        extent_t columns = 1;
        for (int c = k + 1; c < from.rank; ++c) columns = dims.multiply(columns, from[c]);
        if (dims.same(columns, to[batches + 1])) return k + 1;
    }
    return 0;
}

}  // namespace views_of

/// The view of every node. A node whose base is itself is computed (or is a leaf or a constant).
constexpr growable<view> views(graph& g) {
    growable<view> all(g.size());
    for (int i = 0; i < g.size(); ++i) {
        const node& n = g[i];
        const view own = contiguous_view(g.dims, i, n.extents);
        all[i] = own;
        if (n.kind == op::scan_slice) {
            const view a = all[n.in[0]];
            all[i].base = a.base;
            all[i].offset = a.offset;
            for (int k = 0; k < n.extents.rank; ++k) all[i].stride[k] = a.stride[k + 1];
            all[i].step = {a.stride[0], static_cast<std::int32_t>(n.attribute[0]), 0};
        }
        if (n.kind == op::call_operand)  // a block reads it where it lies, or contiguous
            if (const view a = all[n.in[0]]; views_of::is_contiguous(g.dims, a, n.extents)) all[i] = a;
        if (may_be_view(n.kind)) {
            const view a = all[n.in[0]];
            const shape from = g[n.in[0]].extents;
            view v;
            v.base = a.base;
            v.offset = a.offset;
            v.step = a.step;
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
            } else if (n.kind == op::reverse) {
                for (int k = 0; k < n.extents.rank; ++k) {
                    v.stride[k] = a.stride[k];
                    if (!(n.attribute[0] >> k & 1) || n.extents[k] == 0) continue;
                    v.stride[k] = g.dims.negate(a.stride[k]);
                    v.offset = g.dims.add(v.offset, g.dims.multiply(g.dims.subtract(n.extents[k], 1), a.stride[k]));
                }
            } else if (n.kind == op::windows) {
                const int axis = static_cast<int>(n.attribute[0]);
                for (int k = 0; k < n.extents.rank; ++k) v.stride[k] = a.stride[k <= axis ? k : k - 1];
                v.stride[axis + 1] = g.dims.multiply(a.stride[axis], n.attribute[2]);
                v.stride[axis] = g.dims.multiply(a.stride[axis], n.attribute[1]);
            } else if (!views_of::same_but_for_ones(a, from, n.extents, v)) {
                if (!views_of::is_contiguous(g.dims, a, from)) {  // a reshape that must copy
                    all[i].row_axes = views_of::row_axes(g.dims, from, n.extents);
                    continue;
                }
                for (int k = 0; k < n.extents.rank; ++k) v.stride[k] = own.stride[k];
            }
            all[i] = v;
        }
    }
    return all;
}

/// The views of a graph's nodes, and its dimensions with those of their strides.
struct graph_views {
    growable<view> all;
    dimensions dims;
};
constexpr graph_views views_and_dimensions(graph g) {
    growable<view> all = views(g);
    return {std::move(all), std::move(g.dims)};
}
/// The same as a constant.
struct view_sizes {
    int views = 0, dims = 0, equalities = 0;
};
constexpr view_sizes sizes_of(const graph_views& v) {
    return {v.all.size(), v.dims.table.size(), v.dims.equalities.size()};
}
template <view_sizes S> struct frozen_views {
    fixed<view, S.views> all;
    frozen_dimensions<S.dims, S.equalities> dims;

    constexpr explicit frozen_views(const auto& from) : dims(from.dims) { copy_into(all, from.all); }
    /// The views; the graph gets the dimensions.
    constexpr growable<view> lend(graph& g) const {
        g.dims = dims.thaw();
        return lent(all);
    }
};
constexpr bool has_room(const view_sizes& room, const view_sizes& s) {
    return s.views <= room.views && s.dims <= room.dims && s.equalities <= room.equalities;
}
}  // namespace telar::inline TELAR_ABI::ir::passes

template <> struct telar::ir::frozen_form<telar::ir::passes::view_sizes> {
    template <telar::ir::passes::view_sizes S> using of = telar::ir::passes::frozen_views<S>;
};

namespace telar::inline TELAR_ABI::ir::passes {

/// The left operand of a product that need not be computed: a reshape that must copy, or its transpose, whose rows and
/// whose columns are several axes each of what it reshapes. The product walks through those instead.
struct operand_fold {
    int source = -1;  // what is reshaped; -1: the operand is none of these
    int batches = 0;  // the source's axes: batches, then those of the reshape's rows, then those of its columns
    int row_axes = 0;
    bool is_turned = false;  // its transpose is the operand
};
constexpr operand_fold fold_of(const graph& g, const view* views, int operand) {
    const view& v = views[operand];
    const node &n = g[operand], &whole = g[v.base];
    const view& own = views[v.base];
    if (own.row_axes == 0 || !is_float(whole.type) || is_half(whole.type) || v.offset != 0 ||
        n.extents.rank != whole.extents.rank)
        return {};
    const int batches = n.extents.rank - 2;
    const auto is_axis = [&](int k, int of_whole) {
        return n.extents[k] == whole.extents[of_whole] && v.stride[k] == own.stride[of_whole];
    };
    for (int k = 0; k < batches; ++k)
        if (!is_axis(k, k)) return {};
    const bool is_plain = is_axis(batches, batches) && is_axis(batches + 1, batches + 1);
    if (!is_plain && !(is_axis(batches, batches + 1) && is_axis(batches + 1, batches))) return {};
    return {whole.in[0], batches, own.row_axes - batches, !is_plain};
}
/// The pad, if any, that puts zeros around the images (axis 0 counts them) through whose windows a product walks. If
/// nothing else needs it, the product can put the zeros around one image after the other.
constexpr int pad_of_images(const graph& g, const view* views, const operand_fold& f) {
    if (f.source < 0 || f.is_turned || f.batches != 0 || f.row_axes < 2) return -1;
    int i = f.source;
    for (; g[i].kind == op::windows || g[i].kind == op::transpose; i = g[i].in[0])
        if (g[i].kind == op::windows ? g[i].attribute[0] == 0 : g[i].attribute[0] != 0) return -1;
    const node& n = g[i];
    if (n.kind != op::pad || n.extents.rank < 2) return -1;
    const shape& inside = g[n.in[0]].extents;
    const int last = n.extents.rank - 1;
    const bool whole_lines = n.extents[0] == inside[0] && n.extents[last] == inside[last] && n.attribute[0] == 0 &&
                             n.attribute[last] == 0 && views[n.in[0]].stride[last] == 1;
    return whole_lines && !is_number_source(g[views[n.in[0]].base].kind) ? i : -1;
}
/// The node whose values a kernel reads as operand k of node i, where `buffered` says which lie in memory anyway.
constexpr int read_operand(const graph& g, const view* views, int i, int k, const growable<bool>& buffered) {
    const node& n = g[i];
    if (n.kind != op::matmul || k != 0) return n.in[k];
    const operand_fold fold = fold_of(g, views, n.in[0]);
    const int pad = pad_of_images(g, views, fold);
    return pad >= 0 && !buffered[pad] ? g[pad].in[0] : fold.source >= 0 ? fold.source : n.in[0];
}

}  // namespace telar::inline TELAR_ABI::ir::passes
