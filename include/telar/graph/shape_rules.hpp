// SPDX-License-Identifier: BSL-1.0
// The type and the shape of every operation's result. A mistake is recorded in the graph and a valid shape is given, so
// that the trace goes on and the entry point can name the first mistake.
#pragma once
#include <telar/graph/graph.hpp>

namespace telar::inline TELAR_ABI::ir {

/// NumPy's broadcast of two shapes, aligned at the last axis: a literal 1 stretches, all else must be equal. Extents
/// known only at run time never stretch: they are taken to be equal, which is checked when the program runs.
constexpr shape broadcast(graph& g, const shape& a, const shape& b, op where) {
    shape r;
    r.rank = a.rank > b.rank ? a.rank : b.rank;
    for (int i = 1; i <= r.rank; ++i) {
        const extent_t x = i <= a.rank ? g.dims.resolve(a[a.rank - i]) : 1;
        const extent_t y = i <= b.rank ? g.dims.resolve(b[b.rank - i]) : 1;
        if (x == 1 || y == 1) {
            r[r.rank - i] = x == 1 ? y : x;
            continue;
        }
        if (!g.dims.unify(x, y)) g.fail({mistake_kind::broadcast, where, {}, {}, 0, a, b, 0});
        r[r.rank - i] = g.dims.resolve(x);
    }
    return r;
}

/// True if a value of this type may stand where an operation takes `t`; else the mistake.
constexpr mistake_kind check_type(takes t, dtype type) {
    if (t == takes::floating && !is_float(type)) return mistake_kind::needs_float;
    if (t == takes::number && type == dtype::boolean) return mistake_kind::needs_number;
    if (t == takes::integer && (is_float(type) || type == dtype::boolean)) return mistake_kind::needs_integer;
    if (t == takes::boolean && type != dtype::boolean) return mistake_kind::needs_boolean;
    return mistake_kind::none;
}

/// The scan that a part of one belongs to.
constexpr int scan_of(const graph& g, const node& n) {
    int i = n.in[n.kind == op::scan_next ? 2 : 1];
    while (g[i].kind == op::scan_next) i = g[i].in[2];
    return i;
}

/// Of a reduction without an identity: what becomes of a group without elements. It is refused, or gives the lowest
/// (the highest) number.
enum class of_nothing : extent_t { is_refused, is_identity };

/// Memory addresses 2^63 bytes. Unknown extents count when a program runs.
constexpr void require_addressable(graph& g, const node& n) {
    if (!is_addressable(n.extents, size_of(n.type)))
        g.fail({mistake_kind::too_many_elements, n.kind, n.type, n.type, 0, n.extents, {}, 0});
}

namespace shape_rules {

/// Bits of the types that may stand where an operation takes this.
constexpr unsigned types_that_fit(takes t) {
    unsigned fitting = 0;
    for (const dtype_info& type : dtype_table)
        if (check_type(t, type.kind) == mistake_kind::none) fitting |= 1u << static_cast<unsigned>(type.kind);
    return fitting;
}
inline constexpr unsigned fitting_types[] = {types_that_fit(takes::anything), types_that_fit(takes::number),
                                             types_that_fit(takes::floating), types_that_fit(takes::integer),
                                             types_that_fit(takes::boolean)};

/// True if the result may take more memory than each of the operands.
constexpr bool elementwise(graph& g, node& n) {
    const node* const all = &g[0];
    const op_info& row = op_table[static_cast<std::size_t>(n.kind)];
    bool grows = n.kind == op::cast;
    const node& a = all[n.in[n.kind == op::select ? 1 : 0]];  // select's condition has a type of its own
    n.extents = all[n.in[0]].extents;
    for (int k = 1; k < row.arity; ++k) {
        const node& b = all[n.in[k]];
        if (!(n.extents == b.extents)) n.extents = broadcast(g, n.extents, b.extents, n.kind), grows = true;
        if (b.type != a.type) g.fail({mistake_kind::types_differ, n.kind, a.type, b.type, 0, a.extents, b.extents, 0});
    }
    if (n.kind == op::select && all[n.in[0]].type != dtype::boolean)
        g.fail({mistake_kind::condition_type, n.kind, all[n.in[0]].type, dtype::boolean, 0, {}, {}, 0});
    if (!(fitting_types[static_cast<std::size_t>(row.operands)] >> static_cast<unsigned>(a.type) & 1))
        g.fail({check_type(row.operands, a.type), n.kind, a.type, a.type, 0, a.extents, {}, 0});
    if (row.result == gives::same) n.type = a.type;
    else if (row.result == gives::boolean) n.type = dtype::boolean;
    return grows;
}

/// The reduced axes stay as 1.
constexpr void reduction(graph& g, node& n) {
    const op_info& row = info(n.kind);
    const node a = g[n.in[0]];
    n.type = row.result == gives::int64 ? dtype::int64 : a.type;
    n.extents = a.extents;
    const bool has_no_identity = n.kind == op::max || n.kind == op::min || n.kind == op::argmax || n.kind == op::argmin;
    for (int i = 0; i < a.extents.rank; ++i) {
        if (!(n.attribute[0] >> i & 1)) continue;
        n.extents[i] = 1;
        if (!has_no_identity || n.attribute[2] == static_cast<extent_t>(of_nothing::is_identity)) continue;
        if (!g.dims.require_at_most(1, a.extents[i]))
            g.fail({mistake_kind::empty_reduction, n.kind, a.type, a.type, i, a.extents, {}, 0});
    }
    if (const auto m = check_type(row.operands, a.type); m != mistake_kind::none)
        g.fail({m, n.kind, a.type, a.type, 0, a.extents, {}, 0});
}

/// (..., M, K) x (..., K, N) -> (..., M, N); what stands before the last two axes broadcasts.
constexpr void matmul(graph& g, node& n) {
    const node a = g[n.in[0]], b = g[n.in[1]];
    n.type = a.type;
    n.extents = a.extents;
    if (a.type != b.type) g.fail({mistake_kind::types_differ, n.kind, a.type, b.type, 0, a.extents, b.extents, 0});
    if (a.extents.rank < 2 || b.extents.rank < 2)
        return g.fail({mistake_kind::matmul_rank, n.kind, {}, {}, 0, a.extents, b.extents, 0});
    shape left = a.extents, right = b.extents;
    const extent_t rows = left[left.rank - 2], columns = right[right.rank - 1];
    if (!g.dims.unify(left[left.rank - 1], right[right.rank - 2]))
        g.fail({mistake_kind::matmul_extents, n.kind, {}, {}, 0, a.extents, b.extents, 0});
    left.rank -= 2;
    right.rank -= 2;
    n.extents = broadcast(g, left, right, n.kind);
    n.extents.append(rows);
    n.extents.append(columns);
}

/// Which operand of a routine holds indices; -1: none.
constexpr int index_operand(op k) { return info(k).attributes == told::indexed ? 1 : -1; }
/// Takes two shapes to be equal but for one axis.
constexpr bool unify_beside(graph& g, const shape& a, const shape& b, extent_t axis) {
    bool fits = a.rank == b.rank;
    for (int i = 0; fits && i < a.rank; ++i) fits = i == axis || g.dims.unify(a[i], b[i]);
    return fits;
}
/// Operands of one shape, which is the result's. gather: that of the indices; scatter: of what is changed;
/// argsort: so many along the axis as attribute 2 says. random states its own.
constexpr void routine(graph& g, node& n) {
    const op_info& row = info(n.kind);
    const node a = g[n.in[0]];
    const bool may_differ = index_operand(n.kind) >= 0 || row.result == gives::stated;  // along its axis
    if (row.result != gives::stated) n.type = row.result == gives::int64 ? dtype::int64 : a.type;
    const takes operands = only_places(n.kind, n.attribute[1]) ? takes::anything : row.operands;
    if (const auto m = check_type(operands, a.type); m != mistake_kind::none)
        g.fail({m, n.kind, a.type, a.type, 0, a.extents, {}, 0});
    for (int k = 1; k < row.arity; ++k) {
        const node b = g[n.in[k]];
        if (k == index_operand(n.kind)) {
            if (const auto m = check_type(takes::integer, b.type); m != mistake_kind::none)
                g.fail({m, n.kind, b.type, b.type, 0, b.extents, {}, 0});
        } else if (b.type != a.type) {
            g.fail({mistake_kind::types_differ, n.kind, a.type, b.type, 0, a.extents, b.extents, 0});
        }
        const bool fits = unify_beside(g, a.extents, b.extents, may_differ ? n.attribute[0] : -1) &&
                          (k < 2 || unify_beside(g, g[n.in[1]].extents, b.extents, -1));
        if (!fits) g.fail({mistake_kind::indices, n.kind, {}, {}, n.attribute[0], a.extents, b.extents, 0});
    }
    if (row.result == gives::stated) return;
    n.extents = n.kind == op::gather ? g[n.in[1]].extents : a.extents;
    if (n.kind != op::argsort) return;
    const int axis = static_cast<int>(n.attribute[0]);
    if (!g.dims.require_at_most(n.attribute[2], a.extents[axis])) {
        shape to = a.extents;
        to[axis] = n.attribute[2];
        return g.fail({mistake_kind::slice_range, n.kind, {}, {}, axis, a.extents, to, 0});
    }
    n.extents[axis] = g.dims.resolve(n.attribute[2]);
}
/// A slice lacks the first axis, a stack has it more; a state keeps its shape.
constexpr void recurrence(graph& g, node& n) {
    if (n.kind == op::scan) return;
    const node a = g[n.in[0]];
    const extent_t steps = g[scan_of(g, n)].attribute[0];
    n.type = a.type;
    n.extents = a.extents;
    if (n.kind == op::scan_slice) {
        if (a.extents.rank == 0 || !g.dims.unify(a.extents[0], steps))
            g.fail({mistake_kind::scan_length, n.kind, {}, {}, steps, a.extents, {}, 0});
        n.extents = {};
        for (int i = 1; i < a.extents.rank; ++i) n.extents.append(a.extents[i]);
    } else if (n.kind == op::scan_stack) {
        if (a.extents.rank == max_rank)
            return g.fail({mistake_kind::rank_too_high, n.kind, {}, {}, 0, a.extents, {}, 0});
        n.extents = shape(steps);
        for (int i = 0; i < a.extents.rank; ++i) n.extents.append(a.extents[i]);
    } else if (n.kind == op::scan_next) {
        const node state = g[n.in[1]];
        bool fits = a.type == state.type && a.extents.rank == state.extents.rank;
        for (int i = 0; fits && i < a.extents.rank; ++i) fits = g.dims.unify(a.extents[i], state.extents[i]);
        if (!fits) g.fail({mistake_kind::scan_state, n.kind, state.type, a.type, 0, state.extents, a.extents, 0});
        n.type = state.type;
        n.extents = state.extents;
    }
}

}  // namespace shape_rules

/// Sets the type and the extents of a node whose operands and attributes are set. Movements state their own extents.
/// True if the result may take more memory than each of the operands.
constexpr bool infer(graph& g, node& n) {
    switch (op_table[static_cast<std::size_t>(n.kind)].group) {
        case family::elementwise: return shape_rules::elementwise(g, n);
        case family::reduction: return shape_rules::reduction(g, n), false;
        case family::contraction: return shape_rules::matmul(g, n), true;
        case family::scan: return shape_rules::recurrence(g, n), true;
        case family::movement:
            n.type = g[n.in[0]].type;
            return n.kind != op::reshape && n.kind != op::transpose && n.kind != op::slice && n.kind != op::reverse;
        case family::call:
            if (n.kind == op::call_operand) n.type = g[n.in[0]].type, n.extents = g[n.in[0]].extents;
            return true;
        case family::routine: return shape_rules::routine(g, n), true;
        case family::source: return true;
    }
    return true;
}

}  // namespace telar::inline TELAR_ABI::ir
