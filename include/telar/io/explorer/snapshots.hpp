// SPDX-License-Identifier: BSL-1.0
// The graph after each pass of the compiler, and what became of every node on the way. The passes themselves know
// nothing of it: they are run as they are, with every node in a region of its own, for a node belongs to the region of
// the one in whose place it was made.
#pragma once
#include <telar/passes/pipeline.hpp>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::explorer {

/// What a pass did to make a node of its result.
enum class change : std::int32_t {
    none,      // it stands as before
    rewired,   // the same operation has other operands
    replaced,  // another operation gives the value
    added,     // it is new: a part of what replaces another node
};

/// The graph after a pass, and how it follows from the graph before.
struct snapshot {
    std::string_view pass;
    graph g;
    growable<int> from;        // for each node the one before whose value it has; -1: it is new
    growable<change> changes;  // for each node
    growable<int> becomes;     // for each node before the one of this graph that has its value; -1: none has
    int removed = 0;           // nodes before whose values are gone
    int merged = 0;            // nodes before whose values another one has, too
    int count(change c) const {
        int n = 0;
        for (const change each : changes) n += each == c;
        return n;
    }
};

/// Whether two nodes do the same, whatever they read. The dimensions are those of the later graph, which has all
/// entries of the earlier one.
inline bool is_same_work(const dimensions& dims, const node& a, const node& b) {
    if (a.kind != b.kind || a.type != b.type || a.copy != b.copy || a.value != b.value ||
        a.extents.rank != b.extents.rank)
        return false;
    for (int k = 0; k < a.extents.rank; ++k)
        if (dims.resolve(a.extents[k]) != dims.resolve(b.extents[k])) return false;
    const told attributes = info(a.kind).attributes;
    const attribute_range extents = extents_among(attributes, a.extents.rank);
    for (int k = 0; k < max_rank; ++k) {
        const bool is_extent = has_extents(attributes) && extents.first <= k && k < extents.end;
        const extent_t x = is_extent ? dims.resolve(a.attribute[k]) : a.attribute[k],
                       y = is_extent ? dims.resolve(b.attribute[k]) : b.attribute[k];
        if (x != y) return false;
    }
    return true;
}

/// Follows the values of a graph through one pass.
class pass_follower {
public:
    pass_follower(const ir::passes::named_pass& pass, const graph& before) : pass_(pass), before_(before) {
        after_.pass = pass.name;
        after_.g = pass(with_own_regions());
        find_origins();
        give_regions_back();
        find_values();
        find_changes();
    }
    snapshot taken() && { return std::move(after_); }

private:
    graph with_own_regions() const {
        graph g = before_;
        g.regions = {};
        for (int i = 0; i < g.size(); ++i) g.regions.starts.push({i, i});
        return g;
    }
    void find_origins() {
        for (int j = 0; j < after_.g.size(); ++j) origin_.push(after_.g.regions.of(j));
    }
    void give_regions_back() {
        region_list regions = before_.regions;
        regions.starts.clear();
        regions.now = regions.begun = 0;
        for (int j = 0; j < after_.g.size(); ++j) {
            regions.now = before_.regions.of(origin_[j]);
            if (regions.now != regions.begun) regions.mark(j);
        }
        regions.now = regions.begun = 0;
        after_.g.regions = std::move(regions);
    }
    bool is_result_of(const graph& other) const {
        if (other.size() != after_.g.size()) return false;
        for (int i = 0; i < other.size(); ++i) {
            bool same = is_same_work(after_.g.dims, other[i], after_.g[i]);
            for (int k = 0; k < 3; ++k) same = same && other[i].in[k] == after_.g[i].in[k];
            if (!same) return false;
        }
        return true;
    }
    /// Where every value went: where all are roots, the pass itself tells. Where that would change what it does, equal
    /// nodes tell, or else the last one that was made in a node's place.
    void find_values() {
        graph all = before_;
        for (int i = 0; i < all.size(); ++i) all.roots.push({i, -1, 0, 0});
        const graph probe = pass_(all);
        const int first = before_.roots.size();
        const bool is_exact = is_result_of(probe);
        for (int i = 0; i < before_.size(); ++i)
            after_.becomes.push(is_exact ? probe.roots[first + i].id : found_value(i));
        for (int r = 0; r < first; ++r) after_.becomes[before_.roots[r].id] = after_.g.roots[r].id;
    }
    int found_value(int i) const {
        const dimensions& dims = after_.g.dims;
        node n = before_[i];
        bool is_there = true;
        for (int k = 0; k < info(n.kind).arity; ++k) {
            n.in[k] = after_.becomes[n.in[k]];
            is_there = is_there && n.in[k] >= 0;
        }
        for (int j = 0; is_there && j < after_.g.size(); ++j) {
            bool same = is_same_work(dims, n, after_.g[j]);
            for (int k = 0; k < info(n.kind).arity; ++k) same = same && n.in[k] == after_.g[j].in[k];
            if (same) return j;
        }
        for (int j = after_.g.size() - 1; j >= 0; --j)
            if (origin_[j] == i && after_.g[j].type == n.type && dims.same(after_.g[j].extents, n.extents)) return j;
        return -1;
    }
    void find_changes() {
        const int size = after_.g.size();
        after_.from = growable<int>(size, -1);
        for (const bool only_alike : {true, false})
            for (int i = 0; i < before_.size(); ++i) {
                const int j = after_.becomes[i];
                if (j >= 0 && after_.from[j] < 0 &&
                    (!only_alike || is_same_work(after_.g.dims, before_[i], after_.g[j])))
                    after_.from[j] = i;
            }
        for (int j = 0; j < size; ++j) after_.changes.push(change_of(j));
        for (int i = 0; i < before_.size(); ++i) {
            const int j = after_.becomes[i];
            after_.removed += j < 0;
            after_.merged += j >= 0 && after_.from[j] != i;
        }
    }
    change change_of(int j) const {
        const int i = after_.from[j];
        if (i < 0) return change::added;
        const node &n = after_.g[j], &old = before_[i];
        if (!is_same_work(after_.g.dims, old, n)) return change::replaced;
        for (int k = 0; k < info(n.kind).arity; ++k)
            if (after_.becomes[old.in[k]] != n.in[k]) return change::rewired;
        return change::none;
    }

    const ir::passes::named_pass& pass_;
    const graph& before_;
    growable<int> origin_;  // for each node of the result the node in whose place it was made
    snapshot after_;
};

/// The graph as it was traced, then after each pass.
///
/// test      tests/io/explorer_test.cpp
inline std::vector<snapshot> snapshots_of(graph traced) {
    std::vector<snapshot> all(1);
    all[0].pass = "traced";
    all[0].from = growable<int>(traced.size(), -1);
    all[0].changes = growable<change>(traced.size(), change::none);
    all[0].g = std::move(traced);
    for (const ir::passes::named_pass& pass : ir::passes::optimisations)
        all.push_back(pass_follower(pass, all.back().g).taken());
    return all;
}

}  // namespace telar::inline TELAR_ABI::io::explorer
