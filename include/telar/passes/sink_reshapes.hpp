// SPDX-License-Identifier: BSL-1.0
// sink_reshapes: what came out of a product stays a matrix until the element-wise work on it is done: f(reshape(A B))
// becomes reshape(f(A B)). So a vector stays a matrix of one row or column, and the images that a convolution makes
// stay one row for each place.
//
// in      a graph
// out     the same values, to the bit; reshapes that only drop or add axes of extent 1, or that only cut the rows of a
//         matrix, stand behind the work
// needs   nothing
// order   before fuse: the work that follows W * x (a bias, an activation) joins the product's epilogue only where no
//         reshape stands between; simplify afterwards lets reshapes that meet vanish
#pragma once
#include <telar/passes/rewrite.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace sinking {
/// True if the extents differ in ones alone.
constexpr bool same_but_for_ones(const shape& a, const shape& b) {
    int i = 0;
    for (int k = 0; k < b.rank; ++k) {
        if (b[k] == 1) continue;
        while (i < a.rank && a[i] == 1) ++i;
        if (i == a.rank || a[i++] != b[k]) return false;
    }
    while (i < a.rank && a[i] == 1) ++i;
    return i == a.rank;
}
/// True if a matrix's rows become several axes, and its columns stay what they are.
constexpr bool cuts_rows(const shape& matrix, const shape& to) {
    return matrix.rank == 2 && to.rank > 2 && matrix[1] == to[to.rank - 1];
}
}  // namespace sinking

constexpr graph sink_reshapes(const graph& in) {
    growable<int> products;  // matmuls, and element-wise work on them that has been moved before a reshape
    const auto is_product = [&](int i) {
        for (int p : products)
            if (p == i) return true;
        return false;
    };
    return rewrite(in, [&](graph& out, const node& n) -> int {
        const auto added = [&](const node& m) {
            const int i = out.add(m);
            if (m.kind == op::matmul) products.push(i);
            return i;
        };
        if (!is_elementwise(n.kind)) return added(n);
        shape inner;
        bool found = false, cuts = false, movable = true;
        for (int k = 0; k < info(n.kind).arity && !found; ++k) {
            const node& a = out[n.in[k]];
            if (a.kind != op::reshape || !is_product(a.in[0]) || a.extents != n.extents) continue;
            inner = out[a.in[0]].extents;
            cuts = sinking::cuts_rows(inner, a.extents);
            found = cuts || sinking::same_but_for_ones(inner, a.extents);
        }
        const auto stays = [&](const node& a) {  // it is the same for every row
            return a.extents.rank == 0 || (cuts && a.extents.rank == 1 && a.extents[0] == inner[1]);
        };
        for (int k = 0; k < info(n.kind).arity; ++k) {
            const node& a = out[n.in[k]];
            // A view that no strides can express would be copied.
            const bool lies_whole = !cuts || !is_movement(a.kind) || (a.kind == op::reshape && is_product(a.in[0]));
            movable = movable && (stays(a) || (a.extents == n.extents && lies_whole));
        }
        if (!found || !movable) return added(n);
        node m = n;
        m.extents = inner;
        for (int k = 0; k < info(n.kind).arity; ++k) {
            const node a = out[n.in[k]];
            if (stays(a)) continue;
            const bool same = a.kind == op::reshape && out[a.in[0]].extents == inner;
            m.in[k] = same ? a.in[0] : emit::reshape({&out, n.in[k]}, inner).id;
        }
        if (info(m.kind).commutes && m.in[0] > m.in[1]) std::swap(m.in[0], m.in[1]);
        const int i = out.add(m);
        products.push(i);
        return emit::reshape({&out, i}, n.extents).id;
    });
}

}  // namespace telar::inline TELAR_ABI::ir::passes
