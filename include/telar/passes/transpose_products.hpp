// SPDX-License-Identifier: BSL-1.0
// transpose_products: (A B)^T becomes B^T A^T.
//
// in      a graph
// out     the same values, to the bit: each sum has the same terms in the same order
// needs   dead nodes dropped (a product that something else reads too stays as it is)
// order   after differentiate, whose gradient of W in W * x comes out transposed; before fuse: a product that is read
//         through no view takes the work that follows it, an optimiser's update, into its epilogue
#pragma once
#include <telar/passes/rewrite.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace transposition {
constexpr bool swaps_last_two(const node& n) {
    const int r = n.extents.rank;
    if (n.kind != op::transpose || r < 2) return false;
    for (int i = 0; i < r - 2; ++i)
        if (n.attribute[i] != i) return false;
    return n.attribute[r - 2] == r - 1;
}
}  // namespace transposition

constexpr graph transpose_products(const graph& in) {
    growable<int> uses(in.size(), 0);
    for (const node& n : in.nodes)
        for (int k = 0; k < info(n.kind).arity; ++k) ++uses[n.in[k]];
    for (const root& r : in.roots) ++uses[r.id];
    int i = 0;
    return rewrite(in, [&](graph& out, const node& n) -> int {
        const node& before = in[i++];
        if (!transposition::swaps_last_two(n)) return out.add(n);
        const node product = out[n.in[0]];
        const bool is_only_user = uses[before.in[0]] == 1;
        if (product.kind != op::matmul || !is_only_user ||
            out[product.in[0]].extents.rank != out[product.in[1]].extents.rank)
            return out.add(n);
        return emit::matmul(emit::swap_last({&out, product.in[1]}), emit::swap_last({&out, product.in[0]})).id;
    });
}

}  // namespace telar::inline TELAR_ABI::ir::passes
