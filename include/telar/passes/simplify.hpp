// SPDX-License-Identifier: BSL-1.0
// simplify: the same values with less work.
//
// in      a graph
// out     a graph with the same results, to the bit, but for dot products of unknown length: they become sums of rows
// needs   nothing
// order   after differentiate, whose rules multiply by ones and add movements that cancel; before fuse
//
// Rules are data in the user's notation. They are exact in IEEE arithmetic: x * 0 -> 0 is absent on purpose (wrong for
// inf and nan), so are x - x -> 0, x / x -> 1 and every reassociation.
#pragma once
#include <telar/passes/fold_constants.hpp>
#include <telar/passes/pattern.hpp>

#include <iterator>

namespace telar::inline TELAR_ABI::ir::passes {

namespace simplification {
using patterns::num, patterns::pattern, patterns::x, patterns::y, patterns::z;

/// holds: of which numbers it is true; integers wrap, and have no sign in uint8.
struct rule {
    pattern from, to;
    takes holds = takes::number;
};
// clang-format off
inline constexpr rule rules[] = {
    {x * num(1),       x},
    {x / num(1),       x},
    {x + num(-0.0),    x},      // x + 0.0 is not x: -0.0 + 0.0 is 0.0
    {x - num(0.0),     x},
    {-(-x),            x},
    {(-x) * (-y),      x * y},
    {(-x) / (-y),      x / y,   takes::floating},  // of integers -x may be x: (-lowest) / (-3) is not lowest / 3
    {x + (-y),         x - y},
    {x - (-y),         x + y},
    {x * num(-1),      -x},
    {x / num(-1),      -x,      takes::floating},  // in uint8 -1 is 255
    {x * num(2),       x + x},
    {pow(x, num(1)),   x},
    {pow(x, num(2)),   x * x},
    {!(!x),            x},
    {where(z, x, x),   x},
};
// clang-format on

/// The rules of each operation, in the order of the table. `child` is an operation that one of the operands has to be
/// (op::leaf: any will do), so that most rules are passed over at once.
struct indexed_rule {
    int number = -1;
    op child = op::leaf;
};
constexpr op child_of(const pattern& p) {
    const pattern::term& root = p.terms[p.root()];
    for (const std::int32_t k : root.in)
        if (k >= 0 && p.terms[k].what != pattern::wildcard) return p.terms[k].code;
    return op::leaf;
}
struct rule_index {
    static constexpr int count = static_cast<int>(std::size(rules));
    indexed_rule rules_in_order[std::size_t(count)]{};
    int first[static_cast<std::size_t>(last_op) + 2]{};

    constexpr rule_index() {
        for (const rule& r : rules) ++first[static_cast<std::size_t>(root_of(r)) + 1];
        for (std::size_t k = 1; k < std::size(first); ++k) first[k] += first[k - 1];
        int filled[static_cast<std::size_t>(last_op) + 1]{};
        for (int r = 0; r < count; ++r) {
            const auto kind = static_cast<std::size_t>(root_of(rules[r]));
            rules_in_order[first[kind] + filled[kind]++] = {r, child_of(rules[r].from)};
        }
    }
    static constexpr op root_of(const rule& r) { return r.from.terms[r.from.root()].code; }
};
inline constexpr rule_index index_of_rules;

/// transpose of transpose, reshape of reshape, broadcast of broadcast: one of each; none if it moves nothing.
constexpr int movement(graph& g, node n) {
    const node a = g[n.in[0]];
    if (n.kind == op::transpose && a.kind == op::transpose) {
        extent_t composed[max_rank]{};
        for (int i = 0; i < n.extents.rank; ++i) composed[i] = a.attribute[n.attribute[i]];
        return emit::transpose({&g, a.in[0]}, composed).id;
    }
    if ((n.kind == op::reshape && a.kind == op::reshape) || (n.kind == op::broadcast_to && a.kind == op::broadcast_to))
        n.in[0] = a.in[0];
    if (n.kind == op::reverse && a.kind == op::reverse)
        return emit::reverse({&g, a.in[0]}, static_cast<unsigned>(n.attribute[0] ^ a.attribute[0])).id;
    const bool moves_nothing =
        n.kind != op::transpose && n.kind != op::concat && n.kind != op::reverse && g[n.in[0]].extents == n.extents;
    return moves_nothing ? n.in[0] : g.add(n);
}

/// The number that fills a value whatever its shape, or the value before it was broadcast, or the value itself.
constexpr int before_broadcast(const graph& g, int i) {
    int at = i;
    while (may_be_view(g[at].kind)) at = g[at].in[0];
    if (g[at].extents.rank == 0) return at;
    return g[i].kind == op::broadcast_to ? g[i].in[0] : i;
}
/// An operand that is broadcast to a shape which the other operands give anyway is read unbroadcast.
constexpr node without_broadcasts(const graph& g, node n) {
    const op_info& row = info(n.kind);
    int full = 0;  // operands that have the shape already
    bool is_full[3]{};
    for (int k = 0; k < row.arity; ++k)
        if (g[n.in[k]].extents == n.extents) is_full[k] = true, ++full;
    for (int k = 0; k < row.arity; ++k)
        if (full > is_full[k] && is_movement(g[n.in[k]].kind)) {
            n.in[k] = before_broadcast(g, n.in[k]);
            full -= is_full[k] && !(g[n.in[k]].extents == n.extents);  // one that gives the shape stays
        }
    if (row.commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
    return n;
}

/// True if every operand is one number, whatever its shape.
constexpr bool is_uniform(const graph& g, const node& n) {
    const int arity = n.extents.rank > 0 ? info(n.kind).arity : 0;
    for (int k = 0; k < arity; ++k)
        if (g[before_broadcast(g, n.in[k])].extents.rank != 0) return false;
    return arity > 0;
}

/// Which scans are one step that may as well be taken where it stands: one that is taken in any case, or one whose
/// element-wise work costs less than a kernel of its own.
constexpr growable<bool> steps_without_scan(const graph& g) {
    growable<bool> found(g.size(), false);
    if (!has_scans(g)) return found;
    for (int i = 0; i < g.size(); ++i) found[i] = g[i].kind == op::scan && is_one_step_at_most(g[i]);
    const scan_scopes scopes(g);
    for (int i = 0; i < g.size(); ++i)
        if (const int s = scopes.runs[i]; s >= 0 && is_while(g[s]) && info(g[i].kind).group != family::scan)
            found[s] = found[s] && (is_elementwise(g[i].kind) || is_movement(g[i].kind));
    return found;
}
/// The parts of a scan of one step: they are what they hold, in another shape. `condition`: whether it is taken.
constexpr int only_step(graph& g, const node& n, int condition) {
    if (n.kind == op::scan_next && condition >= 0)
        return emit::elementwise(op::select, {&g, condition}, {&g, n.in[0]}, {&g, n.in[1]}).id;
    return n.kind == op::scan_slice || n.kind == op::scan_stack ? emit::reshape({&g, n.in[0]}, n.extents).id : n.in[0];
}

/// True of a product that is one sum of unknown length. As the sum of a row it is faster, and a program without other
/// products of unknown extents compiles no code for them. (A row is added in an order of its own: ops_accuracy.md.)
constexpr bool is_dot_product(const node& n, symbol left) {
    const int rank = n.extents.rank;
    return n.extents[rank - 2] == 1 && n.extents[rank - 1] == 1 && !is_number(left.extents()[rank - 1]) &&
           is_float(n.type);
}
constexpr int simplified(graph& g, node n) {
    if (n.kind == op::stop_gradient) return n.in[0];  // its work is done
    if (is_movement(n.kind)) return movement(g, n);
    if (n.kind == op::matmul) {  // with sums of one term: element-wise, and fused as such
        const symbol a{&g, n.in[0]}, b{&g, n.in[1]};
        if (a.extents()[a.rank() - 1] == 1) return emit::elementwise(op::mul, a, b).id;
        if (is_dot_product(n, a)) {
            const symbol row = emit::swap_last(b);
            return emit::reduce(op::sum, emit::elementwise(op::mul, a, row), 1u << (n.extents.rank - 1), true).id;
        }
    }
    if (!is_elementwise(n.kind)) return g.add(n);
    if (is_uniform(g, n)) {  // compute it once, then broadcast
        node once = n;
        once.extents = {};
        for (int k = 0; k < info(n.kind).arity; ++k) once.in[k] = before_broadcast(g, n.in[k]);
        return emit::broadcast_to({&g, simplified(g, once)}, n.extents).id;
    }
    n = without_broadcasts(g, n);
    if (const folded f = fold(g, n); f.is_constant) return emit::constant(g, n.type, f.value).id;
    if (n.kind == op::pow && g[n.in[1]].kind == op::constant && number_of(g[n.in[1]]) == 0)  // 1, of NaN too
        return emit::broadcast_to(emit::constant(g, n.type, 1), n.extents).id;
    const int i = g.add(n);
    const int kind = static_cast<int>(n.kind), arity = info(n.kind).arity;
    const op child = g[n.in[0]].kind, other = arity > 1 ? g[n.in[1]].kind : child;
    for (int k = index_of_rules.first[kind]; k < index_of_rules.first[kind + 1]; ++k) {
        const indexed_rule& now = index_of_rules.rules_in_order[k];
        if (now.child != op::leaf && now.child != child && now.child != other) continue;
        const rule& r = rules[now.number];
        if (r.holds == takes::floating && !is_float(n.type)) continue;
        patterns::binding bound;
        if (!patterns::match(g, i, r.from, r.from.root(), bound)) continue;
        const int j = patterns::build(g, r.to, r.to.root(), bound, n.type);
        if (g[j].extents == n.extents) return j;
    }
    return i;
}
}  // namespace simplification

constexpr graph simplify(const graph& in) {
    const growable<bool> inlined = simplification::steps_without_scan(in);
    growable<int> conditions(in.size(), -1);  // of a scan that is inlined, in the new graph
    return rewrite(in, [&](graph& out, const node& n, int i) {
        const int scan = info(n.kind).group == family::scan && n.kind != op::scan ? scan_of(in, in[i]) : -1;
        if (scan >= 0 && inlined[scan]) {
            if (n.kind == op::scan_state && is_while(in[scan]) && n.attribute[0] == 0) conditions[scan] = n.in[0];
            return simplification::only_step(out, n, conditions[scan]);
        }
        return simplification::simplified(out, n);
    });
}

}  // namespace telar::inline TELAR_ABI::ir::passes
