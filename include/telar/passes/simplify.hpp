// SPDX-License-Identifier: BSL-1.0
// simplify: the same values with less work.
//
// in      a graph
// out     a graph with the same results, to the bit
// needs   nothing
// order   after differentiate, whose rules multiply by ones and add movements that cancel; before fuse
//
// Rules are data in the user's notation. They are exact in IEEE arithmetic: x * 0 -> 0 is absent on purpose (wrong for
// inf and nan), so are x - x -> 0, x / x -> 1 and every reassociation.
#pragma once
#include <telar/passes/fold_constants.hpp>
#include <telar/passes/pattern.hpp>

namespace telar::inline TELAR_ABI {

namespace simplification {
using patterns::num, patterns::pattern, patterns::x, patterns::y, patterns::z;

struct rule {
    pattern from, to;
};
// clang-format off
inline constexpr rule rules[] = {
    {x * num(1),       x},
    {x / num(1),       x},
    {x + num(-0.0),    x},      // x + 0.0 is not x: -0.0 + 0.0 is 0.0
    {x - num(0.0),     x},
    {-(-x),            x},
    {(-x) * (-y),      x * y},
    {(-x) / (-y),      x / y},
    {x + (-y),         x - y},
    {x - (-y),         x + y},
    {x * num(-1),      -x},
    {x / num(-1),      -x},
    {x * num(2),       x + x},
    {pow(x, num(1)),   x},
    {pow(x, num(2)),   x * x},
    {!(!x),            x},
    {where(z, x, x),   x},
};
// clang-format on

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
    while (is_movement(g[at].kind) && g[at].kind != op::pad && g[at].kind != op::concat &&
           g[at].kind != op::overlap_add)
        at = g[at].in[0];
    if (g[at].extents.rank == 0) return at;
    return g[i].kind == op::broadcast_to ? g[i].in[0] : i;
}
/// An operand that is broadcast to a shape which the other operands give anyway is read unbroadcast.
constexpr node without_broadcasts(const graph& g, node n) {
    const int arity = info(n.kind).arity;
    for (int k = 0; k < arity; ++k)
        for (int j = 0; j < arity; ++j)
            if (j != k && g[n.in[j]].extents == n.extents) {
                n.in[k] = before_broadcast(g, n.in[k]);
                break;
            }
    if (info(n.kind).commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
    return n;
}

/// True if every operand is one number, whatever its shape.
constexpr bool is_uniform(const graph& g, const node& n) {
    for (int k = 0; k < info(n.kind).arity; ++k)
        if (g[before_broadcast(g, n.in[k])].extents.rank != 0) return false;
    return n.extents.rank > 0 && info(n.kind).arity > 0;
}

constexpr bool is_one_step(const node& scan) { return scan.attribute[0] == 1 && !is_while(scan); }
/// The parts of a scan of one step: they are what they hold, in another shape.
constexpr int only_step(graph& g, const node& n) {
    return n.kind == op::scan_slice || n.kind == op::scan_stack ? emit::reshape({&g, n.in[0]}, n.extents).id : n.in[0];
}

constexpr int simplified(graph& g, node n) {
    if (n.kind == op::stop_gradient) return n.in[0];  // its work is done
    if (is_movement(n.kind)) return movement(g, n);
    if (n.kind == op::matmul) {  // with sums of one term: element-wise, and fused as such
        const symbol a{&g, n.in[0]}, b{&g, n.in[1]};
        if (a.extents()[a.rank() - 1] == 1) return emit::elementwise(op::mul, a, b).id;
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
    const int i = g.add(n);
    for (const rule& r : rules) {
        if (r.from.terms[r.from.root()].code != n.kind) continue;
        patterns::binding bound;
        if (!patterns::match(g, i, r.from, r.from.root(), bound)) continue;
        const int j = patterns::build(g, r.to, r.to.root(), bound, n.type);
        if (g[j].extents == n.extents) return j;
    }
    return i;
}
}  // namespace simplification

constexpr graph simplify(const graph& in) {
    return rewrite(in, [&](graph& out, const node& n, int i) {
        const bool is_part = info(n.kind).group == family::scan && n.kind != op::scan;
        if (is_part && simplification::is_one_step(in[scan_of(in, in[i])])) return simplification::only_step(out, n);
        return simplification::simplified(out, n);
    });
}

}  // namespace telar::inline TELAR_ABI
