// SPDX-License-Identifier: BSL-1.0
// order_groups: in which order the groups run.
//
// in      a graph, the views of its nodes, a grouping
// out     the grouping with its order: every group after those that it depends on; else in the order of their making
// needs   no group depends on itself through others; groups of a scan's steps share nothing with others
// order   last step of fuse
#pragma once
#include <telar/graph/scan.hpp>
#include <telar/passes/grouping.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI {

namespace fusion {

class group_sorter {
public:
    constexpr group_sorter(const graph& g, const growable<view>& views, grouping& out)
        : g_(g), views_(views), out_(out) {}

    constexpr void run() {
        growable<growable<int>> needs(out_.groups.size());
        for (int i = 0; i < g_.size(); ++i) {
            const int own = out_.of[i];
            if (own < 0) continue;
            const int reads = read_count(g_, i), links = std::max(reads, info(g_[i].kind).arity);
            for (int k = 0; k < links; ++k) {
                const int d = out_.of[views_[read_of(g_, i, k)].base];
                // What only says where a node belongs puts it after what came before the scan, not after its steps.
                const bool is_read = k < reads || (d >= 0 && !same_scan(d, own));
                if (d >= 0 && d != own && is_read) needs[own].push(d);
            }
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
    grouping& out_;
};

}  // namespace fusion

constexpr void order_groups(const graph& g, const growable<view>& views, grouping& groups) {
    fusion::group_sorter(g, views, groups).run();
}

}  // namespace telar::inline TELAR_ABI
