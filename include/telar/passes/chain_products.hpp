// SPDX-License-Identifier: BSL-1.0
// chain_products: a product, work on its rows, and the product of those rows with a third matrix become one kernel.
//
// in      a graph, the views of its nodes, its groups, the target
// out     the same groups; where they fit, the first product is part of the row work, and the second `follows` it
// needs   fuse's groups
// order   after fuse, before order_groups
//
// softmax(Q K^T / sqrt(d) + mask) V is the example: the scores, one for each pair of rows, need no memory but a block
// of rows in cache. Three groups become one kernel if nothing else reads the first two, if the row work
// sums, or takes the largest, along the product's columns, and if the second product reads its result as it is.
#pragma once
#include <telar/graph/target.hpp>
#include <telar/passes/grouping.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace fusion {

class product_chainer {
public:
    constexpr product_chainer(const graph& g, const growable<view>& views, const read_lists& reads,
                              const target& machine, grouping& out)
        : g_(g),
          nodes_(g.nodes.data()),
          views_(views.data()),
          reads_(reads),
          machine_(machine),
          out_(out),
          reader_(out.groups.size(), nobody),
          first_(out.groups.size(), -1) {}

    constexpr void run() {
        find_readers();
        for (int k = 0; k < out_.groups.size(); ++k)
            if (const int rows = reader_[k]; rows >= 0 && is_first_product(k, rows)) first_[rows] = k;
        growable<int> becomes(out_.groups.size(), -1);
        for (int k = 0; k < out_.groups.size(); ++k)
            if (const int last = reader_[k]; last >= 0 && first_[k] >= 0 && is_chain(first_[k], k, last)) {
                chain(first_[k], k, last);
                becomes[first_[k]] = k;
            }
        for (int& k : out_.of)
            if (k >= 0 && becomes[k] >= 0) k = becomes[k];
    }

private:
    static constexpr int nobody = -1, several = -2;

    /// Which group alone reads a group's values, element by element or as the rows of its product.
    constexpr void find_readers() {
        const int* const of = out_.of.data();
        for (int i = 0; i < g_.size(); ++i) {
            const node& n = nodes_[i];
            const int own = of[i];
            const node_list reads = reads_.of(i);
            for (int k = 0; k < reads.count; ++k) {
                const int read = reads.first[k], base = views_[read].base, from = of[base];
                if (own < 0 || from < 0 || from == own) continue;
                const bool is_as_it_is =
                    base == read && nodes_[base].kind != op::argmax && nodes_[base].kind != op::argmin;
                const bool is_rows = n.kind == op::matmul && k == 0 && nodes_[base].extents == out_.groups[from].space;
                const bool is_element = is_elementwise(n.kind) || is_reduction(n.kind);
                const bool fits =
                    is_as_it_is &&
                    (out_.groups[own].kind == group_kind::contract ? is_rows : is_element && !converts_numbers(g_, n));
                reader_[from] = fits && (reader_[from] == nobody || reader_[from] == own) ? own : several;
            }
            if (own >= 0 && (n.kind == op::matmul || is_kept_step(n.kind))) note_node(i, own);
        }
        for (const root& r : g_.roots)
            if (const int k = out_.of[views_[r.id].base]; k >= 0) reader_[k] = several;
    }
    /// What a step keeps is read by the next one; a product whose operand is walked through has a kernel of its own.
    constexpr void note_node(int i, int own) {
        if (is_kept_step(nodes_[i].kind) || fold_of(g_, views_, nodes_[i].in[0]).source >= 0) reader_[own] = several;
    }
    constexpr bool is_first_product(int k, int rows) const {
        const group &product = out_.groups[k], &r = out_.groups[rows];
        const int last = r.space.rank - 1;
        return product.kind == group_kind::contract && r.kind == group_kind::loop && product.nodes > 0 &&
               product.space == r.space && product.type == r.type && is_float(r.type) && product.scan == r.scan &&
               r.reduced == 1u << last && r.space[last] != 1;
    }
    constexpr bool is_chain(int first, int rows, int last) const {
        const group &f = out_.groups[first], &r = out_.groups[rows], &l = out_.groups[last];
        shape rows_of_last = l.space;
        if (l.kind != group_kind::contract || l.space.rank != r.space.rank) return false;
        rows_of_last[l.space.rank - 1] = r.space[l.space.rank - 1];
        return rows_of_last == r.space && l.type == r.type && l.scan == r.scan && !is_better_apart(r.space) &&
               f.nodes + r.nodes + l.nodes <= machine_.most.nodes;
    }
    /// Products of two matrices have loops of their own where their extents are known; that is worth more than the
    /// memory of rows which stay in cache anyway.
    constexpr bool is_better_apart(const shape& rows) const {
        extent_t count = 1;
        for (int i = 0; i < rows.rank; ++i) {
            if (!is_number(rows[i]) || (i + 2 < rows.rank && rows[i] != 1)) return false;
            count *= rows[i];
        }
        return count <= machine_.products.elements_better_apart;
    }
    constexpr void chain(int first, int rows, int last) {
        group &f = out_.groups[first], &r = out_.groups[rows];
        r.kind = group_kind::chain;
        r.nodes += f.nodes;
        f.nodes = 0;
        out_.groups[last].follows = rows;
    }

    const graph& g_;
    const node* const nodes_;
    const view* const views_;
    const read_lists& reads_;
    const target& machine_;
    grouping& out_;
    growable<int> reader_;  // of each group
    growable<int> first_;   // the product whose rows a group works on
};

}  // namespace fusion

constexpr void chain_products(const graph& g, const growable<view>& views, const read_lists& reads,
                              const target& machine, grouping& groups) {
    if (machine.products.has_chains) fusion::product_chainer(g, views, reads, machine, groups).run();
}

}  // namespace telar::inline TELAR_ABI::ir::passes
