// SPDX-License-Identifier: BSL-1.0
// What a legal graph is. Every test of a pass asserts it before and after.
#pragma once
#include <telar/graph/call.hpp>
#include <telar/graph/scan.hpp>

namespace telar::inline TELAR_ABI::ir {

namespace legality {

/// True if `apart` is `whole` with one axis taken apart into windows that lie inside it.
constexpr bool stands_in_windows(graph& g, const node& n, const shape& whole, const shape& apart) {
    const extent_t axis = n.attribute[0], step = n.attribute[1], dilation = n.attribute[2];
    if (apart.rank != whole.rank + 1 || axis < 0 || axis >= whole.rank || step < 1 || dilation < 1) return false;
    for (int i = 0; i < whole.rank; ++i)
        if (i != axis && !g.dims.same(whole[i], apart[i < axis ? i : i + 1])) return false;
    const extent_t count = g.dims.resolve(apart[static_cast<int>(axis)]), size = apart[static_cast<int>(axis) + 1];
    const extent_t extent = g.dims.resolve(whole[static_cast<int>(axis)]);
    if (!is_number(size) || size < 1) return false;
    return !is_number(count) || !is_number(extent) || (count - 1) * step + (size - 1) * dilation + 1 <= extent;
}

/// The extents that a movement states are ones that its attributes and its operand's extents can give.
constexpr bool moves_rightly(graph& g, const node& n) {
    const shape& a = g[n.in[0]].extents;
    const shape& r = n.extents;
    const auto fits = [&](extent_t first, extent_t size, extent_t whole) {
        size = g.dims.resolve(size), whole = g.dims.resolve(whole);
        return !is_number(first) || !is_number(size) || !is_number(whole) || first + size <= whole;
    };
    if (n.kind == op::reshape) return g.dims.same(g.dims.count(a), g.dims.count(r));
    if (n.kind == op::broadcast_to) {
        for (int i = 1; i <= a.rank; ++i)
            if (i > r.rank || (g.dims.resolve(a[a.rank - i]) != 1 && !g.dims.same(a[a.rank - i], r[r.rank - i])))
                return false;
        return true;
    }
    if (n.kind == op::windows) return stands_in_windows(g, n, a, r);
    if (n.kind == op::overlap_add) return stands_in_windows(g, n, r, a);
    if (a.rank != r.rank) return false;
    if (n.kind == op::reverse) return g.dims.same(a, r);
    const told attributes = info(n.kind).attributes;
    unsigned seen = 0;
    for (int i = 0; i < r.rank; ++i) {
        const extent_t x = n.attribute[i];
        if (attributes == told::start && !fits(x, r[i], a[i])) return false;
        if (attributes == told::before && !fits(x, a[i], r[i])) return false;
        if (attributes != told::permutation) continue;
        if (x < 0 || x >= a.rank || (seen >> x & 1) || !g.dims.same(r[i], a[static_cast<int>(x)])) return false;
        seen |= 1u << x;
    }
    if (n.kind != op::concat) return true;
    const shape& b = g[n.in[1]].extents;
    if (n.attribute[0] < 0 || n.attribute[0] >= r.rank || b.rank != r.rank) return false;
    for (int i = 0; i < r.rank; ++i)
        if (i == n.attribute[0] ? !g.dims.same(g.dims.add(a[i], b[i]), r[i])
                                : !g.dims.same(a[i], r[i]) || !g.dims.same(b[i], r[i]))
            return false;
    return true;
}

/// What is wrong with a node of a scan; nullptr if nothing is.
constexpr const char* wrong_in_scan(const graph& g, const node& n) {
    if (info(n.kind).group != family::scan || n.kind == op::scan) return nullptr;
    const auto is = [&](int k, op a, op b) { return g[n.in[k]].kind == a || g[n.in[k]].kind == b; };
    if (n.kind == op::scan_next) {
        if (!is(1, op::scan_state, op::scan_state)) return "a scan_next of what is no state";
        if (!is(2, op::scan_next, op::scan)) return "a scan_next that follows neither another nor the scan";
        return scan_of(g, n) == g[n.in[1]].in[1] ? nullptr : "a scan_next of another scan's state";
    }
    const op also = n.kind == op::scan_stack ? op::scan_next : op::scan;
    if (!is(1, op::scan, also)) return "a part of a scan that names no scan";
    if (!is_while(g[scan_of(g, n)])) return nullptr;
    if (n.kind != op::scan_state)
        return is_one_step_at_most(g[scan_of(g, n)]) ? nullptr : "a sequence of a scan whose steps nobody counts";
    const bool is_condition = n.attribute[0] == 0;
    const bool is_bool = n.type == dtype::boolean && g[n.in[0]].extents.rank == 0;
    return is_condition && !is_bool ? "a scan that runs while its state 0 is true, which is no bool" : nullptr;
}

/// What is wrong with a part of a call; nullptr if nothing is.
constexpr const char* wrong_in_call(const graph& g, const node& n) {
    if (n.kind == op::call && g[n.in[0]].kind != op::call_operand) return "a call without operands";
    if (n.kind == op::call_result && g[n.in[0]].kind != op::call) return "a result of no call";
    if (n.kind != op::call_operand || n.attribute[1] == 0) return nullptr;
    const node& before = g[n.in[1]];
    const bool is_next = before.kind == op::call_operand && n.attribute[1] == before.attribute[1] + 1;
    return is_next ? nullptr : "a call_operand that does not stand in its place";
}

}  // namespace legality

/// Why a graph is not legal, in words; nullptr if it is.
///
/// test      tests/graph/verify_test.cpp
constexpr const char* first_illegality(const graph& g) {
    if (g.error.what != mistake_kind::none) return "a mistake was recorded while the graph was built";
    graph again;  // built anew, node by node: every rule that held then must hold now
    again.dims = g.dims;
    growable<int> leaves;
    for (int i = 0; i < g.size(); ++i) {
        node n = g[i];
        const op_info& row = info(n.kind);
        for (int k = 0; k < 3; ++k) {
            if (k < row.arity && (n.in[k] < 0 || n.in[k] >= i)) return "an operand does not stand before its user";
            if (k >= row.arity && n.in[k] != -1) return "more operands than the operation takes";
        }
        for (int d = 0; d < n.extents.rank; ++d)
            if (!is_number(n.extents[d]) && entry_of(n.extents[d]) >= g.dims.table.size())
                return "an extent is no entry of the graph's dimensions";
        if (const char* wrong = legality::wrong_in_scan(g, n)) return wrong;
        if (const char* wrong = legality::wrong_in_call(g, n)) return wrong;
        if (row.attributes == told::axes && (n.attribute[0] <= 0 || n.attribute[0] >> g[n.in[0]].extents.rank != 0))
            return "an operation along no axis, or along one that its operand lacks";
        const attribute_range among = extents_among(row.attributes, n.extents.rank);
        for (int k = among.first; k < among.end; ++k)
            if (!is_number(n.attribute[k]) && entry_of(n.attribute[k]) >= g.dims.table.size())
                return "an attribute that is no entry of the graph's dimensions";
        if (is_routine(n.kind) && n.attribute[0] >= n.extents.rank)
            return "a routine along an axis that its result lacks";
        if (n.kind == op::concat && g[n.in[0]].type != g[n.in[1]].type) return "concat of two types";
        if (n.kind == op::iota && n.extents.rank != 1) return "an iota whose rank is not 1";

        infer(again, n);
        if (again.error.what != mistake_kind::none) return "operands that the operation does not take";
        if (again.dims.equalities.size() != g.dims.equalities.size())
            return "extents that nobody has stated to be equal";
        if (n.type != g[i].type) return "a type that is not what the operation gives";
        if (!again.dims.same(n.extents, g[i].extents)) return "extents that are not what the shape rule gives";
        if (is_movement(n.kind) && !legality::moves_rightly(again, n)) return "a movement that its operand cannot make";

        n = g[i];
        if (row.commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
        if (again.add(n) != i) return "two equal nodes";
        if (n.kind != op::leaf) continue;
        for (const int other : leaves)
            if (g[other].attribute[0] == n.attribute[0]) return "two types or shapes for one leaf";
        leaves.push(i);
    }
    const scan_scopes scopes(g);
    if (!scopes.are_apart) return "a node in the steps of two scans";
    for (const root& r : g.roots) {
        if (r.id >= 0 && r.id < g.size() && scopes.exists[r.id] >= 0)
            return "a root that exists in the steps of a scan alone";
        if (r.id < 0 || r.id >= g.size()) return "a root that is no node";
        for (const int leaf : leaves)
            if (r.target >= 0 && g[leaf].attribute[0] == r.target &&
                (g[leaf].type != g[r.id].type || !g.dims.same(g[leaf].extents, g[r.id].extents)))
                return "a new value that is not like the variable it is for";
    }
    return nullptr;
}

/// True if the graph is legal: operands precede users, types and extents follow from them, no two nodes are equal.
constexpr bool verify(const graph& g) { return first_illegality(g) == nullptr; }

}  // namespace telar::inline TELAR_ABI::ir
