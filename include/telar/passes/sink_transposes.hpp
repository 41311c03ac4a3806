// SPDX-License-Identifier: BSL-1.0
// sink_transposes: what came out of a convolution keeps its channels last until something needs them elsewhere:
// f(transpose(x)) becomes transpose(f(x)), and transposes that meet are one.
//
// in      a graph
// out     the same values, to the bit, but for sums, whose order is that of the elements; transposes stand behind
//         element-wise work, padding, slices, windows and reductions of single values
// needs   nothing
// order   first, and only for graphs whose images have their channels before space, such as those of ONNX files: each
//         of their convolutions stands between two transposes, of which one layer's second and the next one's first
//         vanish
#pragma once
#include <telar/passes/rewrite.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace sinking {

/// Axis i of y is axis at[i] of x, of y = transpose(x).
struct permutation {
    extent_t at[max_rank]{};
    int rank = 0;

    constexpr permutation() = default;
    constexpr explicit permutation(const node& transpose) : rank(transpose.extents.rank) {
        for (int i = 0; i < rank; ++i) at[i] = transpose.attribute[i];
    }
    constexpr void append(extent_t axis) { at[rank++] = axis; }
    friend constexpr bool operator==(const permutation&, const permutation&) = default;
};
/// Values per axis of y, as they are per axis of x.
constexpr shape of_x(const permutation& p, const shape& y) {
    shape x = y;
    for (int i = 0; i < p.rank; ++i) x[static_cast<int>(p.at[i])] = y[i];
    return x;
}
/// An operand of y's shape that has at most one extent other than 1, as an operand of x's shape.
constexpr bool is_along_one_axis(const shape& s) {
    int others = 0;
    for (int i = 0; i < s.rank; ++i) others += s[i] != 1;
    return others <= 1;
}
constexpr shape turned(const permutation& p, const shape& small) {
    shape y;
    for (int i = small.rank; i < p.rank; ++i) y.append(1);
    for (int i = 0; i < small.rank; ++i) y.append(small[i]);
    const shape x = of_x(p, y);
    shape without_leading_ones;
    for (int i = 0; i < x.rank; ++i)
        if (without_leading_ones.rank > 0 || x[i] != 1) without_leading_ones.append(x[i]);
    return without_leading_ones;
}
/// Whether y lists its elements in x's order: only axes of extent 1 have moved.
constexpr bool keeps_order(const permutation& p, const shape& y) {
    extent_t last = -1;
    for (int i = 0; i < p.rank; ++i) {
        if (y[i] == 1) continue;
        if (p.at[i] < last) return false;
        last = p.at[i];
    }
    return true;
}
/// The axis of extent 1 that `to` no longer has; -1 if they differ in more.
constexpr int dropped_axis(const shape& from, const shape& to) {
    if (from.rank != to.rank + 1) return -1;
    int i = 0;
    while (i < to.rank && from[i] == to[i]) ++i;
    for (int k = i; k < to.rank; ++k)
        if (from[k + 1] != to[k]) return -1;
    return from[i] == 1 ? i : -1;
}

}  // namespace sinking

constexpr graph sink_transposes(const graph& in) {
    using sinking::permutation;
    return rewrite(in, [](graph& out, const node& n) -> int {
        const auto transposed = [&](int id, const permutation& p) { return emit::transpose({&out, id}, p.at).id; };
        const auto is_transposed = [&](int id) { return out[id].kind == op::transpose; };
        if (info(n.kind).arity == 0) return out.add(n);

        if (is_elementwise(n.kind)) {
            int first = -1;
            for (int k = 0; k < info(n.kind).arity && first < 0; ++k)
                if (is_transposed(n.in[k]) && out[n.in[k]].extents == n.extents) first = n.in[k];
            if (first < 0) return out.add(n);
            const permutation p(out[first]);
            for (int k = 0; k < info(n.kind).arity; ++k) {
                const node& a = out[n.in[k]];
                const bool is_like = is_transposed(n.in[k]) && a.extents == n.extents && permutation(a) == p;
                if (!is_like && !sinking::is_along_one_axis(a.extents)) return out.add(n);
            }
            node m = n;
            m.extents = sinking::of_x(p, n.extents);
            for (int k = 0; k < info(n.kind).arity; ++k) {
                const node a = out[n.in[k]];
                if (a.kind == op::transpose && a.extents == n.extents) m.in[k] = a.in[0];
                else if (a.extents.rank > 0) m.in[k] = emit::reshape({&out, n.in[k]}, sinking::turned(p, a.extents)).id;
            }
            if (info(m.kind).commutes && m.in[0] > m.in[1]) std::swap(m.in[0], m.in[1]);
            return transposed(out.add(m), p);
        }
        if (!is_transposed(n.in[0])) return out.add(n);
        const node a = out[n.in[0]];
        permutation p(a);
        node m = n;
        m.in[0] = a.in[0];
        switch (n.kind) {
            case op::transpose: {  // of a transpose
                permutation both;
                for (int i = 0; i < n.extents.rank; ++i) both.append(p.at[n.attribute[i]]);
                return transposed(a.in[0], both);
            }
            case op::pad:
            case op::slice:
                m.extents = sinking::of_x(p, n.extents);
                for (int i = 0; i < p.rank; ++i) m.attribute[p.at[i]] = n.attribute[i];
                return transposed(out.add(m), p);
            case op::sum:
            case op::prod:
            case op::max:
            case op::min:
            case op::any:
            case op::all: {
                m.extents = sinking::of_x(p, n.extents);
                m.attribute[0] = 0;
                for (int i = 0; i < p.rank; ++i)
                    if (n.attribute[0] >> i & 1) m.attribute[0] |= extent_t{1} << p.at[i];
                return transposed(out.add(m), p);
            }
            case op::windows: {  // axis i becomes two
                const int i = static_cast<int>(n.attribute[0]);
                m.attribute[0] = p.at[i];
                permutation q;
                for (int k = 0; k < p.rank; ++k) {
                    q.append(p.at[k] > p.at[i] ? p.at[k] + 1 : p.at[k]);
                    if (k == i) q.append(p.at[i] + 1);
                }
                m.extents = sinking::of_x(q, n.extents);
                return transposed(out.add(m), q);
            }
            case op::reshape: {
                if (sinking::keeps_order(p, a.extents)) return emit::reshape({&out, a.in[0]}, n.extents).id;
                const int i = sinking::dropped_axis(a.extents, n.extents);
                if (i < 0) return out.add(n);
                permutation q;
                for (int k = 0; k < p.rank; ++k)
                    if (k != i) q.append(p.at[k] > p.at[i] ? p.at[k] - 1 : p.at[k]);
                return transposed(emit::reshape({&out, a.in[0]}, sinking::of_x(q, n.extents)).id, q);
            }
            default: return out.add(n);
        }
    });
}

}  // namespace telar::inline TELAR_ABI::ir::passes
