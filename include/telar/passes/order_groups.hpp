// SPDX-License-Identifier: BSL-1.0
// order_groups: in which order the groups run.
//
// in      a graph, the views of its nodes, a grouping
// out     the grouping with its order: every group after those that it depends on; else in the order of their making
// needs   no group depends on itself through others; groups of a scan's steps share nothing with others
// order   after fuse and chain_products, before find_members
#pragma once
#include <telar/graph/scan.hpp>
#include <telar/passes/grouping.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI::ir::passes {

namespace fusion {

class group_sorter {
public:
    constexpr group_sorter(const graph& g, const growable<view>& views, const read_lists& bases, grouping& out)
        : g_(g), views_(views), bases_(bases), out_(out) {}

    constexpr void run() {
        growable<growable<int>> needs(out_.groups.size());
        const int* const of = out_.of.data();
        for (int i = 0; i < g_.size(); ++i) {
            const int own = of[i];
            if (own < 0) continue;
            const node_list bases = bases_.of(i);
            for (const int base : bases)
                if (const int d = of[base]; d >= 0 && d != own) needs[own].push(d);
            // What only says where a node belongs puts it after what came before the scan, not after its steps.
            const node& n = g_[i];
            for (int k = bases.count; k < info(n.kind).arity; ++k)
                if (const int d = of[views_[n.in[k]].base]; d >= 0 && d != own && !same_scan(d, own))
                    needs[own].push(d);
        }
        growable<bool> done(out_.groups.size(), false);
        for (int k = 0; k < out_.groups.size(); ++k) visit(k, needs, done);
    }

private:
    /// Those of a scan stand together.
    constexpr bool same_scan(int a, int b) const {
        return out_.groups[a].scan >= 0 && out_.groups[a].scan == out_.groups[b].scan;
    }
    constexpr void visit(int k, const growable<growable<int>>& needs, growable<bool>& done) {
        if (done[k]) return;
        if (out_.groups[k].scan >= 0) return visit_scan(k, needs, done);
        done[k] = true;
        for (int d : needs[k]) visit(d, needs, done);
        out_.order.push(k);
    }
    constexpr void visit_scan(int k, const growable<growable<int>>& needs, growable<bool>& done) {
        for (int j = 0; j < out_.groups.size(); ++j)
            for (int d : needs[j])
                if (same_scan(j, k) && !same_scan(d, k)) visit(d, needs, done);
        for (int j = 0; j < out_.groups.size(); ++j)
            if (same_scan(j, k)) visit_step(j, needs, done);
    }
    constexpr void visit_step(int k, const growable<growable<int>>& needs, growable<bool>& done) {
        if (done[k]) return;
        done[k] = true;
        for (int d : needs[k])
            if (same_scan(d, k)) visit_step(d, needs, done);
        out_.order.push(k);
    }

    const graph& g_;
    const growable<view>& views_;
    const read_lists& bases_;
    grouping& out_;
};

}  // namespace fusion

constexpr void order_groups(const graph& g, const growable<view>& views, const read_lists& bases, grouping& groups) {
    fusion::group_sorter(g, views, bases, groups).run();
}

}  // namespace telar::inline TELAR_ABI::ir::passes
