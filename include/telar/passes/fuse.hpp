// SPDX-License-Identifier: BSL-1.0
// fuse: which operations one kernel computes.
//
// in      a graph, the views of its nodes, the largest number of nodes in a kernel
// out     a grouping: for each node its group, for each group its iteration space, for each node whether it needs memory
// needs   dead nodes dropped
// order   after all that rewrites the graph; emit_kernels turns groups into a schedule
//
// One walk in the order of the array. A node joins the last group that it depends on, if that group's space fits, so that
// a group only ever depends on earlier ones and no cycle can arise:
//   element-wise work joins a loop of its shape, or the epilogue of a product of its shape;
//   a reduction joins the loop that computes its operand and makes its axes reduced ones (softmax is one loop);
//   a product always begins a group.
// Element-wise work on leaves alone floats until the first node that needs it takes it along.
// `early` groups depend on no product; they all run before the others, so that depending on one never stops a fusion
// (a learning rate, a mean's 1/n, an optimiser's bias correction).
#pragma once
#include <telar/graph/schedule.hpp>
#include <telar/passes/views.hpp>

namespace telar::inline TELAR_ABI {

enum class group_kind : std::int32_t { loop, contract, movement };

struct group {
    group_kind kind = group_kind::loop;
    dtype type = dtype::boolean;  // boolean: not yet decided
    bool early = true;
    bool settled = false;  // made for a value on leaves alone: stands before all others, however late it was begun
    unsigned reduced = 0;
    int nodes = 0;
    shape space{};
};

struct grouping {
    growable<group> groups;
    growable<int> of;         // node -> group, -1 for leaves, constants and views
    growable<bool> buffered;  // node -> its values are needed outside of its group
    growable<int> order;      // groups as they run
};

namespace fusion {

/// The type a node is computed in; boolean where any will do. A cast between numbers converts while it loads.
constexpr dtype compute_type(const graph& g, const node& n) {
    if (n.kind == op::cast) return n.type == dtype::boolean ? g[n.in[0]].type : n.type;
    if (n.type == dtype::boolean && n.kind != op::select) {
        const dtype t = info(n.kind).arity ? g[n.in[0]].type : dtype::boolean;
        return t;
    }
    return is_reduction(n.kind) ? g[n.in[0]].type : n.type;
}
constexpr bool converts_numbers(const graph& g, const node& n) {
    return n.kind == op::cast && n.type != dtype::boolean && g[n.in[0]].type != dtype::boolean;
}
/// What is worth keeping rather than computing again.
constexpr bool is_costly(op k) {
    switch (k) {
        case op::neg: case op::abs: case op::sign: case op::relu: case op::floor: case op::ceil: case op::round:
        case op::logical_not: case op::is_nan: case op::cast: case op::add: case op::sub: case op::mul: case op::maximum:
        case op::minimum: case op::equal: case op::not_equal: case op::less: case op::less_equal: case op::logical_and:
        case op::logical_or: case op::select: return false;
        default: return true;
    }
}
constexpr bool is_free_source(op k) { return k == op::leaf || k == op::constant || k == op::extent; }

/// The shape that a reduction leaves.
constexpr shape kept_shape(const shape& s, unsigned reduced) {
    shape r = s;
    for (int i = 0; i < s.rank; ++i)
        if (reduced >> i & 1) r[i] = 1;
    return r;
}

class fuser {
public:
    constexpr fuser(const graph& g, const growable<view>& views, int most_nodes)
        : g_(g), views_(views), most_nodes_(most_nodes), floating_(g.size(), false) {
        out_.of = growable<int>(g.size(), -1);
        out_.buffered = growable<bool>(g.size(), false);
    }
    constexpr grouping run() {
        for (int i = 0; i < g_.size(); ++i)
            if (is_computed(i)) place(i);
        for (int i = 0; i < g_.size(); ++i)
            if (floating_[i]) settle(i);
        sort_groups();
        return std::move(out_);
    }

private:
    constexpr bool is_computed(int i) const { return views_[i].base == i && !is_free_source(g_[i].kind); }
    constexpr bool is_direct(int i) const { return views_[i].base == i; }
    constexpr int group_of_operand(const node& n, int k) const { return out_.of[views_[n.in[k]].base]; }
    constexpr bool in_group(const node& n, int k, int number) const { return is_direct(n.in[k]) && out_.of[n.in[k]] == number; }

    /// Element-wise work on leaves depends on no group: it floats until the first node that needs it takes it along.
    constexpr bool floats(const node& n) const {
        if (!is_elementwise(n.kind) || n.extents.rank == 0) return false;
        for (int k = 0; k < info(n.kind).arity; ++k) {
            const int base = views_[n.in[k]].base;
            if (!is_free_source(g_[base].kind) && !(is_direct(n.in[k]) && floating_[base])) return false;
        }
        return true;
    }
    constexpr void place(int i) {
        const node& n = g_[i];
        if (floats(n)) {
            floating_[i] = true;
            return;
        }
        int last = -1;
        bool early = n.kind != op::matmul;
        for (int k = 0; k < info(n.kind).arity; ++k)
            if (const int d = group_of_operand(n, k); d >= 0) early = early && out_.groups[d].early;
        int alone = -1;  // a settled group is joined by what depends on no other one
        bool several = false;
        for (int k = 0; k < info(n.kind).arity; ++k) {
            const int d = group_of_operand(n, k);
            if (d < 0 || out_.groups[d].early != early) continue;
            if (out_.groups[d].settled) several = several || (alone >= 0 && alone != d), alone = d;
            else if (d > last) last = d;
        }
        if (last < 0 && !several) last = alone;
        if (last < 0 && is_elementwise(n.kind) && n.extents.rank == 0) last = scalars_;
        if (!(last >= 0 && joins(i, last)) && !joins_a_neighbour(i, last, early)) begin_group(i, early);
        take_along(i);
    }
    /// A loop that was begun after all that node i depends on, and reads what it reads, may compute it too.
    constexpr bool joins_a_neighbour(int i, int last, bool early) {
        constexpr int how_far = 24;
        if (!is_elementwise(g_[i].kind)) return false;
        for (int j = i - 1; j >= 0 && j >= i - how_far; --j) {
            const int k = out_.of[j];
            if (k <= last || k < 0 || out_.groups[k].early != early || out_.groups[k].settled || out_.groups[k].kind != group_kind::loop || out_.groups[k].reduced != 0) continue;
            if (shares_an_operand(g_[i], g_[j]) && joins(i, k)) return true;
        }
        return false;
    }
    static constexpr bool shares_an_operand(const node& a, const node& b) {
        for (int k = 0; k < info(a.kind).arity; ++k)
            for (int l = 0; l < info(b.kind).arity; ++l)
                if (a.in[k] == b.in[l]) return true;
        return false;
    }
    constexpr void begin_group(int i, bool early) {
        const node& n = g_[i];
        group fresh;
        fresh.kind = n.kind == op::matmul ? group_kind::contract : is_movement(n.kind) ? group_kind::movement : group_kind::loop;
        fresh.type = compute_type(g_, n);
        fresh.early = early;
        fresh.space = is_reduction(n.kind) ? g_[n.in[0]].extents : n.extents;
        fresh.reduced = is_reduction(n.kind) ? static_cast<unsigned>(n.attribute[0]) : 0;
        fresh.nodes = 1;
        out_.of[i] = out_.groups.push(fresh);
        if (early && is_elementwise(n.kind) && n.extents.rank == 0 && scalars_ < 0) scalars_ = out_.of[i];
    }
    /// The floating operands of a node go into its group, or into one of their own: first those that must lie in memory.
    constexpr void take_along(int i) {
        const node n = g_[i];
        const int target = out_.of[i];
        const bool reads_memory = n.kind == op::matmul || is_movement(n.kind) || converts_numbers(g_, n);
        for (int k = 0; k < info(n.kind).arity; ++k)
            if (const int f = views_[n.in[k]].base; floating_[f] && (reads_memory || !is_direct(n.in[k]))) settle(f);
        for (int k = 0; k < info(n.kind).arity; ++k) {
            const int f = n.in[k];
            if (!floating_[f]) continue;
            if (!joins(f, target)) settle(f);
            else {
                floating_[f] = false;
                take_along(f);
            }
        }
    }
    constexpr void settle(int f) {
        floating_[f] = false;
        begin_group(f, true);
        out_.groups[out_.of[f]].settled = true;
        take_along(f);
    }
    constexpr bool joins(int i, int target) {
        const node& n = g_[i];
        group& t = out_.groups[target];
        if (t.kind == group_kind::movement || t.nodes >= most_nodes_) return false;
        const dtype type = compute_type(g_, n);
        if (type == dtype::uint8 || t.type == dtype::uint8) return false;  // computed wider, wrapped when stored
        if (type != dtype::boolean && t.type != dtype::boolean && type != t.type) return false;
        for (int k = 0; k < info(n.kind).arity; ++k) {
            if (group_of_operand(n, k) != target) continue;
            const op from = g_[n.in[k]].kind;
            // What is read through a view, converted, or of another type than the kernel's must be in memory before.
            if (!is_direct(n.in[k]) || converts_numbers(g_, n) || from == op::argmax || from == op::argmin || from == op::iota) return false;
        }
        if (is_reduction(n.kind)) {
            const auto axes = static_cast<unsigned>(n.attribute[0]);
            if (t.kind != group_kind::loop || t.space != g_[n.in[0]].extents) return false;
            if (t.reduced != 0 && t.reduced != axes) return false;
            t.reduced = axes;
        } else if (is_elementwise(n.kind)) {
            const bool is_full = n.extents == t.space;
            const bool is_row = t.reduced != 0 && n.extents == kept_shape(t.space, t.reduced);
            if (!is_full && !(t.kind == group_kind::loop && is_row)) return false;
            if (!is_full)  // a value per row cannot read a value per element
                for (int k = 0; k < info(n.kind).arity; ++k)
                    if (in_group(n, k, target) && g_[n.in[k]].extents != n.extents) return false;
        } else {
            return false;
        }
        if (t.type == dtype::boolean) t.type = type;
        ++t.nodes;
        out_.of[i] = target;
        return true;
    }

    /// Every group after those that it depends on; else in the order of their making.
    constexpr void sort_groups() {
        growable<growable<int>> needs(out_.groups.size());
        for (int i = 0; i < g_.size(); ++i) {
            if (out_.of[i] < 0) continue;
            for (int k = 0; k < info(g_[i].kind).arity; ++k)
                if (const int d = group_of_operand(g_[i], k); d >= 0 && d != out_.of[i]) needs[out_.of[i]].push(d);
        }
        growable<bool> done(out_.groups.size(), false);
        for (int k = 0; k < out_.groups.size(); ++k) visit(k, needs, done);
    }
    constexpr void visit(int k, const growable<growable<int>>& needs, growable<bool>& done) {
        if (done[k]) return;
        done[k] = true;
        for (int d : needs[k]) visit(d, needs, done);
        out_.order.push(k);
    }

    const graph& g_;
    const growable<view>& views_;
    int most_nodes_;
    int scalars_ = -1;  // the first early group of rank 0: all bookkeeping on scalars goes there
    growable<bool> floating_;
    grouping out_;
};

}  // namespace fusion

constexpr grouping fuse(const graph& g, const growable<view>& views, int most_nodes) {
    return fusion::fuser(g, views, most_nodes).run();
}

}  // namespace telar::inline TELAR_ABI
