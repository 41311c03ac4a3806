// SPDX-License-Identifier: BSL-1.0
// find_members: what each kernel must compute, and which values must lie in memory for it.
//
// in      a graph, the views of its nodes, a grouping
// out     the grouping with the members of each group, and which nodes are buffered
// needs   the order in which the groups run
// order   after fuse; emit_kernels writes the kernels down
//
// From the last kernel to the first. A node is a member of its own group if anything needs it, and of others that need
// it too and for which it is cheaper to repeat than to store and load.
#pragma once
#include <telar/graph/target.hpp>
#include <telar/passes/fuse.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace fusion {

class member_finder {
public:
    constexpr member_finder(const graph& g, const growable<view>& views, const read_lists& reads,
                            const element_costs& costs, grouping groups)
        : g_(g),
          nodes_(g.nodes.data()),
          views_(views.data()),
          reads_(reads),
          costs_(costs),
          groups_(std::move(groups)),
          of_(groups_.of.data()),
          inside_(g.size(), -1) {
        groups_.buffered = growable<bool>(g.size(), false);
    }

    constexpr grouping run() {
        find_members();
        for (const int k : groups_.order) {
            groups_.first_member.push(groups_.members.size());
            for (const int i : members_[k]) groups_.members.push(i);
        }
        groups_.first_member.push(groups_.members.size());
        return std::move(groups_);
    }

private:
    constexpr bool is_free(int i) const { return is_free_source(nodes_[i].kind); }
    constexpr bool is_direct(int i) const { return views_[i].base == i; }

    /// Element-wise work on leaves that is cheaper to repeat than to store and load.
    constexpr int cost_on_leaves(int i, dtype type, int budget) const {
        const node& n = nodes_[i];
        if (is_ready(g_, groups_, views_[i].base)) return 0;
        if (!is_direct(i) || !is_elementwise(n.kind) || is_costly(n.kind)) return budget + 1;
        const dtype t = compute_type(g_, n);
        if ((t != type && t != dtype::boolean) || wraps_when_stored(t)) return budget + 1;
        int cost = 1;
        for (int k = 0; k < info(n.kind).arity && cost <= budget; ++k) {
            if (converts_numbers(g_, n) && !is_ready(g_, groups_, views_[n.in[k]].base)) return budget + 1;
            cost += cost_on_leaves(n.in[k], type, budget - cost);
        }
        return cost;
    }
    constexpr bool repeats(int i, const group& k) const {
        const int budget = costs_.repeated_operations;
        if (counts_along(nodes_[i], k.space)) return true;
        return is_elementwise(nodes_[i].kind) && nodes_[i].extents == k.space && !groups_.buffered[i] &&
               cost_on_leaves(i, k.type, budget) <= budget;
    }
    constexpr void find_members() {
        for (const root& r : g_.roots) need(r.id);
        for (int i = 0; i < g_.size(); ++i) {  // a state lies in memory from one step to the next
            const op k = nodes_[i].kind;
            if (k == op::scan_state || k == op::scan_next || k == op::call_result || k == op::print) need(i);
        }
        growable<growable<int>> own(groups_.groups.size());
        for (int i = 0; i < g_.size(); ++i)
            if (of_[i] >= 0) own[of_[i]].push(i);
        members_.resize(groups_.groups.size());
        for (int o = groups_.order.size() - 1; o >= 0; --o) {
            const int k = groups_.order[o];
            for (int j = own[k].size() - 1; j >= 0; --j) {
                const int i = own[k][j];
                if (groups_.buffered[i]) include(i, k);
                else if (inside_[i] == k) visit_operands(i, k);
            }
            sort(members_[k]);
        }
    }
    constexpr void include(int i, int k) {
        if (inside_[i] != k) {
            inside_[i] = k;
            members_[k].push(i);
        }
        visit_operands(i, k);
    }
    constexpr void visit_operands(int i, int k) {
        const node& n = nodes_[i];
        const group& target = groups_.groups[k];
        const node_list reads = reads_.of(i);
        for (int a = 0; a < reads.count; ++a) {
            const bool is_left = n.kind == op::matmul && a == 0;
            const int read = is_left ? read_operand(g_, views_, i, a, groups_.buffered) : reads.first[a];
            const int base = views_[read].base;
            if (is_free(base)) continue;
            const bool direct = n.kind != op::call_result && is_direct(n.in[a]) &&
                                target.kind != group_kind::movement && target.kind != group_kind::routine &&
                                n.kind != op::matmul;
            if (direct && of_[base] == k) {  // visited in its turn
                if (inside_[base] != k) inside_[base] = k, members_[k].push(base);
            } else if (direct && repeats(base, target)) {
                include(base, k);
            } else {
                need(read);
            }
        }
    }
    static constexpr void sort(growable<int>& list) {  // nearly sorted: it was filled backwards
        for (int i = 0, j = list.size() - 1; i < j; ++i, --j) std::swap(list[i], list[j]);
        for (int i = 1; i < list.size(); ++i)
            for (int j = i; j > 0 && list[j - 1] > list[j]; --j) std::swap(list[j - 1], list[j]);
    }
    constexpr void need(int i) {
        const int base = views_[i].base;
        if (of_[base] >= 0) groups_.buffered[base] = true;
    }

    const graph& g_;
    const node* const nodes_;
    const view* const views_;
    const read_lists& reads_;
    const element_costs& costs_;
    grouping groups_;
    const int* const of_;              // a node's group
    growable<growable<int>> members_;  // of each group
    growable<int> inside_;             // the group that a node was last found to be needed in
};

}  // namespace fusion

constexpr grouping find_members(const graph& g, const growable<view>& views, const read_lists& reads,
                                const element_costs& costs, grouping groups) {
    return fusion::member_finder(g, views, reads, costs, std::move(groups)).run();
}

}  // namespace telar::inline TELAR_ABI::ir::passes
