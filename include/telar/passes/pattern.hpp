// SPDX-License-Identifier: BSL-1.0
// Patterns for rewrite rules: small expressions with wildcards, written with the operators a user writes.
#pragma once
#include <telar/graph/graph.hpp>

namespace telar::inline TELAR_ABI::ir::passes::patterns {

/// A term of at most eight nodes; its root is the last one.
struct pattern {
    enum kind : std::int32_t { wildcard, number, operation };
    struct term {
        kind what = wildcard;
        op code = op::leaf;
        std::int32_t in[3]{-1, -1, -1};
        std::int32_t letter = 0;
        double value = 0;
    };
    term terms[8]{};
    int size = 0;

    constexpr int root() const { return size - 1; }
};

constexpr pattern any_value(int letter) {
    pattern p;
    p.terms[p.size++] = {pattern::wildcard, op::leaf, {-1, -1, -1}, letter, 0};
    return p;
}
constexpr pattern num(double v) {
    pattern p;
    p.terms[p.size++] = {pattern::number, op::constant, {-1, -1, -1}, 0, v};
    return p;
}
/// Copies `from` behind what `to` holds; returns the index of its root.
constexpr int import_into(pattern& to, const pattern& from) {
    const int base = to.size;
    for (int i = 0; i < from.size; ++i) {
        pattern::term t = from.terms[i];
        for (auto& k : t.in)
            if (k >= 0) k += base;
        to.terms[to.size++] = t;
    }
    return to.size - 1;
}
template <class... P> constexpr pattern operation(op code, const P&... operands) {
    pattern p;
    pattern::term t{pattern::operation, code, {-1, -1, -1}, 0, 0};
    int k = 0;
    ((t.in[k++] = import_into(p, operands)), ...);
    p.terms[p.size++] = t;
    return p;
}
// clang-format off
constexpr pattern operator+(const pattern& a, const pattern& b) { return operation(op::add, a, b); }
constexpr pattern operator-(const pattern& a, const pattern& b) { return operation(op::sub, a, b); }
constexpr pattern operator*(const pattern& a, const pattern& b) { return operation(op::mul, a, b); }
constexpr pattern operator/(const pattern& a, const pattern& b) { return operation(op::div, a, b); }
constexpr pattern operator-(const pattern& a) { return operation(op::neg, a); }
constexpr pattern operator!(const pattern& a) { return operation(op::logical_not, a); }
constexpr pattern pow(const pattern& a, const pattern& b) { return operation(op::pow, a, b); }
constexpr pattern where(const pattern& c, const pattern& a, const pattern& b) { return operation(op::select, c, a, b); }
// clang-format on

inline constexpr pattern x = any_value(0), y = any_value(1), z = any_value(2);

/// Graph nodes that stand for the wildcards.
struct binding {
    std::int32_t at[3]{-1, -1, -1};
};

constexpr bool match(const graph& g, int i, const pattern& p, int j, binding& bound) {
    const pattern::term& t = p.terms[j];
    if (t.what == pattern::wildcard) {
        if (bound.at[t.letter] < 0) bound.at[t.letter] = i;
        return bound.at[t.letter] == i;
    }
    const node& n = g[i];
    if (t.what == pattern::number)  // the same bits, so that 0.0 and -0.0 stay apart
        return n.kind == op::constant && n.value == bits_of(n.type, t.value);
    if (n.kind != t.code) return false;
    for (int swapped = 0; swapped <= (info(n.kind).commutes ? 1 : 0); ++swapped) {
        binding attempt = bound;
        bool fits = true;
        for (int k = 0; fits && k < info(n.kind).arity; ++k) fits = match(g, n.in[k ^ swapped], p, t.in[k], attempt);
        if (fits) {
            bound = attempt;
            return true;
        }
    }
    return false;
}
/// Appends the pattern's nodes to the graph; constants take `type`.
constexpr int build(graph& g, const pattern& p, int j, const binding& bound, dtype type) {
    const pattern::term& t = p.terms[j];
    if (t.what == pattern::wildcard) return bound.at[t.letter];
    node n;
    if (t.what == pattern::number) {
        n.type = type;
        n.value = bits_of(type, t.value);
        return g.add(n);
    }
    n.kind = t.code;
    for (int k = 0; k < info(n.kind).arity; ++k) n.in[k] = build(g, p, t.in[k], bound, type);
    n.type = type;
    if (info(n.kind).commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
    n.extents = g[n.in[0]].extents;
    for (int k = 1; k < info(n.kind).arity; ++k) {  // element-wise, and known to broadcast
        const shape s = g[n.in[k]].extents;
        shape r = n.extents.rank >= s.rank ? n.extents : s;
        const shape small = n.extents.rank >= s.rank ? s : n.extents;
        for (int a = 1; a <= small.rank; ++a)
            if (r[r.rank - a] == 1) r[r.rank - a] = small[small.rank - a];
        n.extents = r;
    }
    return g.add(n);
}

}  // namespace telar::inline TELAR_ABI::ir::passes::patterns
