// SPDX-License-Identifier: BSL-1.0
// A scan: some nodes of a graph run once for each step, over the first axis of what they read.
//
//   scan          how many steps; or at most how many, while state 0 is true
//   scan_slice    the x of a step
//   scan_state    the state as a step begins; in the first step its initial value
//   scan_next     what the step makes of it; outside of the scan: the state after the last step
//   scan_stack    a value of every step, one under the other
//
// What depends on a slice or a state runs in every step; what does not is computed once, before. This is nowhere
// written down but follows from the operands, so passes may rewrite the steps as they rewrite everything else.
#pragma once
#include <telar/graph/symbol.hpp>

namespace telar::inline TELAR_ABI::ir {

namespace emit {

/// The beginning of a scan. No two are one.
constexpr symbol scan(graph& g, extent_t steps, bool is_while = false) {
    node n;
    n.kind = op::scan;
    n.type = dtype::boolean;
    n.attribute[0] = g.dims.resolve(steps);
    n.attribute[1] = g.size();
    n.attribute[2] = is_while;
    return add(g, n);
}
constexpr symbol scan_slice(symbol xs, symbol scan, bool backward) {
    return operation(op::scan_slice, {xs, scan}, {backward});
}
/// State `number` of a scan: two that begin alike are two.
constexpr symbol scan_state(symbol initial, symbol scan, int number) {
    return operation(op::scan_state, {initial, scan}, {number});
}
/// `before` is the scan_next of another state, or the scan if this is the first.
constexpr symbol scan_next(symbol value, symbol state, symbol before) {
    return operation(op::scan_next, {value, state, before});
}
/// `last` is the last scan_next, or the scan if there is none, so that who needs the stack needs every state.
constexpr symbol scan_stack(symbol value, symbol last, bool backward) {
    return operation(op::scan_stack, {value, last}, {backward});
}

}  // namespace emit

constexpr bool has_scans(const graph& g) {
    for (const node& n : g.nodes)
        if (n.kind == op::scan) return true;
    return false;
}

/// The state while which a scan goes on; -1: it takes all its steps.
constexpr int condition_of(const graph& g, int scan) {
    for (int i = scan + 1; is_while(g[scan]) && i < g.size(); ++i)
        if (g[i].kind == op::scan_state && g[i].in[1] == scan && g[i].attribute[0] == 0) return i;
    return -1;
}

/// Which nodes the roots and the prints need: all that they depend on, and what makes the next value of a state that
/// they depend on.
constexpr growable<bool> needed_nodes(const graph& g) {
    growable<bool> needed(g.size());
    const node* const nodes = g.nodes.data();
    bool* const live = needed.data();  // constant evaluation pays for each call, also of an operator[]
    bool has_states = false;
    for (const node& n : g.nodes) {
        if (prints(n)) live[&n - nodes] = true;
        if (n.kind == op::scan_next) has_states = true;
    }
    for (const root& r : g.roots) live[r.id] = true;
    for (bool found = true; found;) {
        for (int i = g.size() - 1; i >= 0; --i)
            if (live[i])
                for (int k = 0, arity = info(nodes[i].kind).arity; k < arity; ++k) live[nodes[i].in[k]] = true;
        found = false;
        for (int i = 0; has_states && i < g.size(); ++i)
            if (nodes[i].kind == op::scan_next && !live[i] && live[nodes[i].in[1]]) live[i] = found = true;
    }
    return needed;
}
/// And all results of the calls among them: a block writes all its results.
constexpr growable<bool> live_nodes(const graph& g) {
    growable<bool> live = needed_nodes(g);
    for (int i = 0; i < g.size(); ++i)
        if (g[i].kind == op::call_result && live[g[i].in[0]]) live[i] = true;
    return live;
}

/// For every node the scan in whose steps it runs, and the scan in whose steps alone its value exists; -1: none.
struct scan_scopes {
    growable<int> runs, exists;
    bool are_apart = true;  // no node reads the steps of two scans, no scan stands in the steps of another

    constexpr explicit scan_scopes(const graph& g) : runs(g.size(), -1), exists(g.size(), -1) {
        if (!has_scans(g)) return;
        for (int i = 0; i < g.size(); ++i) {
            const node& n = g[i];
            for (int k = 0; k < reads_of(n.kind); ++k)
                if (const int s = exists[n.in[k]]; s >= 0) {
                    are_apart = are_apart && (runs[i] < 0 || runs[i] == s);
                    if (runs[i] < s) runs[i] = s;  // of a scan in another's steps, until it is a block
                }
            if (n.kind == op::scan_slice || n.kind == op::scan_state) {
                are_apart = are_apart && runs[i] < 0;
                runs[i] = -1;
                exists[i] = n.in[1];
            } else if (n.kind == op::scan_next || n.kind == op::scan_stack) {
                const int s = scan_of(g, n);
                are_apart = are_apart && (runs[i] < 0 || runs[i] == s);
                runs[i] = s;
            } else {
                exists[i] = runs[i];
            }
        }
    }
    /// The scan without which node i is nothing: it runs in it, or is a slice for it.
    constexpr int part_of(const graph& g, int i) const { return g[i].kind == op::scan_slice ? g[i].in[1] : runs[i]; }
};

/// An expression that is used twice is traced twice, and what is equal shall be one: the steps of a scan traced anew
/// are the same nodes but for the scan that they name. Maps the nodes of a scan, up to its last scan_next, to those of
/// an earlier scan that does the same, if there is one; else to themselves.
class scan_twin {
public:
    constexpr scan_twin(symbol scan, symbol last) : g_(scan.g), scan_(scan.id) {
        for (int earlier = 0; earlier < scan.id && twins_.empty(); ++earlier)
            if ((*g_)[earlier].kind == op::scan) compare(earlier, last.id);
    }
    constexpr symbol operator()(symbol s) const {
        const int i = s.id - scan_;
        return i >= 0 && i < twins_.size() ? symbol{g_, twins_[i], s.linear} : s;
    }

private:
    constexpr void compare(int earlier, int last) {
        const graph& g = *g_;
        if (last == scan_ || !g.dims.same(g[earlier].attribute[0], g[scan_].attribute[0])) return;
        if (is_while(g[earlier]) != is_while(g[scan_])) return;
        growable<int> twins(last + 1 - scan_, earlier);
        for (int i = scan_ + 1; i <= last; ++i) {
            node n = g[i];
            for (int k = 0; k < info(n.kind).arity; ++k)
                if (n.in[k] >= scan_) n.in[k] = twins[n.in[k] - scan_];
            if (info(n.kind).commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
            if ((twins[i - scan_] = g.find(n)) < 0) return;
        }
        twins_ = std::move(twins);
    }
    graph* g_;
    int scan_;
    growable<int> twins_;
};

/// The nodes in an order in which they can run: operands first, the nodes of a scan one after another. Without scans
/// that is the order of the array; a gradient has added to the steps of scans that came before it.
constexpr growable<int> run_order(const graph& g, const scan_scopes& scopes) {
    growable<int> order;
    order.reserve(g.size());
    if (!has_scans(g)) {
        for (int i = 0; i < g.size(); ++i) order.push(i);
        return order;
    }
    growable<growable<int>> parts(g.size());
    for (int i = 0; i < g.size(); ++i)
        if (const int s = scopes.part_of(g, i); s >= 0) parts[s].push(i);
    growable<bool> done(g.size(), false);
    const auto is_ready = [&](int i, int scan) {
        for (int k = 0; k < info(g[i].kind).arity; ++k)
            if (const int o = g[i].in[k]; !done[o] && (scan < 0 || scopes.part_of(g, o) != scan)) return false;
        return true;
    };
    const auto run = [&](int i) {
        done[i] = true;
        order.push(i);
    };
    const auto run_scan = [&](int scan) {
        for (const int i : parts[scan])
            if (!is_ready(i, scan)) return;
        for (const int i : parts[scan]) run(i);
    };
    for (int before = -1; order.size() < g.size() && order.size() != before;) {
        before = order.size();
        for (int i = 0; i < g.size(); ++i) {
            if (done[i]) continue;
            const int scan = scopes.part_of(g, i);
            if (scan < 0) {
                if (is_ready(i, -1)) run(i);
            } else if (g[i].kind == op::scan_next || g[i].kind == op::scan_stack || g[i].kind == op::print) {
                run_scan(scan);
            }
        }
    }
    return order;
}

}  // namespace telar::inline TELAR_ABI::ir
