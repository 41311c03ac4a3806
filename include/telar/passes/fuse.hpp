// SPDX-License-Identifier: BSL-1.0
// fuse: which operations one kernel computes.
//
// in      a graph, the views of its nodes, the largest number of nodes in a kernel
// out     a grouping: for each node its group, for each group its iteration space; the groups as they run
// needs   dead nodes dropped
// order   after all that rewrites the graph; find_members completes the grouping, emit_kernels turns it into a schedule
//
// One walk in the order of the array. A node joins the last group that it depends on, if that group's space fits, so
// that a group only ever depends on earlier ones and no cycle can arise:
//   element-wise work joins a loop of its shape, or the epilogue of a product of its shape;
//   a reduction joins the loop that computes its operand and makes its axes reduced ones (softmax is one loop);
//   a product always begins a group; a routine is one.
// Element-wise work on leaves alone floats until the first node that needs it takes it along.
// `early` groups depend on no product; they all run before the others, so that depending on one never stops a fusion
// (a learning rate, a mean's 1/n, an optimiser's bias correction).
// The groups of a scan's steps stand one after another and share nothing with others.
#pragma once
#include <telar/graph/frozen.hpp>
#include <telar/graph/scan.hpp>
#include <telar/passes/views.hpp>

namespace telar::inline TELAR_ABI {

/// Groups run in the order of their tiers, as far as they depend on each other.
enum class tier : std::int32_t {
    leaves,    // element-wise work on leaves, and what depends on that alone
    early,     // depends on no product: it all may run first, so that depending on it never stops a fusion
    products,  // the rest
};

enum class group_kind : std::int32_t { loop, contract, movement, routine };

struct group {
    group_kind kind = group_kind::loop;
    dtype type = dtype::boolean;  // boolean: not yet decided
    tier level = tier::early;
    unsigned reduced = 0;
    int nodes = 0;
    int scan = -1;  // in whose steps it runs
    shape space{};
};

/// Nodes in the order of the array.
struct node_list {
    const int* first = nullptr;
    int count = 0;

    constexpr int operator[](int i) const { return first[i]; }
    constexpr const int* begin() const { return first; }
    constexpr const int* end() const { return first + count; }
};

struct grouping {
    growable<group> groups;
    growable<int> of;     // node -> group, -1 for leaves, constants and views
    growable<int> order;  // groups as they run
    // ---- by find_members
    growable<bool> buffered;              // node -> its values are needed outside of its group
    growable<int> members, first_member;  // what each kernel computes, in the order in which they run

    constexpr node_list members_of(int kernel) const {
        const int first = first_member[kernel];
        return {members.data() + first, first_member[kernel + 1] - first};
    }
};

/// A grouping as a constant.
struct grouping_sizes {
    int groups = 0, nodes = 0, order = 0, members = 0, firsts = 0;
};
constexpr grouping_sizes sizes_of(const grouping& g) {
    return {g.groups.size(), g.of.size(), g.order.size(), g.members.size(), g.first_member.size()};
}
template <grouping_sizes S> struct frozen_grouping {
    fixed<group, S.groups> groups;
    fixed<int, S.nodes> of;
    fixed<int, S.order> order;
    fixed<bool, S.nodes> buffered;
    fixed<int, S.members> members;
    fixed<int, S.firsts> first_member;

    constexpr frozen_grouping(const grouping& g) {
        copy_into(groups, g.groups);
        copy_into(of, g.of);
        copy_into(order, g.order);
        copy_into(buffered, g.buffered);
        copy_into(members, g.members);
        copy_into(first_member, g.first_member);
    }
    constexpr grouping thaw() const {
        return {thawed(groups), thawed(of), thawed(order), thawed(buffered), thawed(members), thawed(first_member)};
    }
};

namespace fusion {

/// The type a node is computed in; boolean where any will do.
constexpr dtype compute_type(const graph& g, const node& n) {
    const bool by_operand = is_reduction(n.kind) || (n.type == dtype::boolean && n.kind != op::select);
    if (!by_operand) return arithmetic_type(n.type);
    return info(n.kind).arity ? arithmetic_type(g[n.in[0]].type) : dtype::boolean;
}
/// True of a cast between numbers of two arithmetic types: it converts while it loads.
constexpr bool converts_numbers(const graph& g, const node& n) {
    if (n.kind != op::cast) return false;
    const dtype from = g[n.in[0]].type;
    return from != dtype::boolean && n.type != dtype::boolean && arithmetic_type(from) != arithmetic_type(n.type);
}
/// True if a node's type may not hold what its kernel computes: float16 and bfloat16 are computed in float32.
constexpr bool needs_rounding(const node& n) {
    if (!is_half(n.type)) return false;
    switch (n.kind) {  // these give what an operand holds, or a number of no more digits
        case op::constant:
        case op::neg:
        case op::abs:
        case op::sign:
        case op::floor:
        case op::ceil:
        case op::round:
        case op::relu:
        case op::stop_gradient:
        case op::maximum:
        case op::minimum:
        case op::select:
        case op::max:
        case op::min: return false;
        default: return true;
    }
}
/// What is worth keeping rather than computing again.
constexpr bool is_costly(op k) {
    switch (k) {
        case op::iota:
        case op::neg:
        case op::abs:
        case op::sign:
        case op::relu:
        case op::floor:
        case op::ceil:
        case op::round:
        case op::logical_not:
        case op::is_nan:
        case op::cast:
        case op::add:
        case op::sub:
        case op::mul:
        case op::maximum:
        case op::minimum:
        case op::bitwise_not:
        case op::bitwise_and:
        case op::bitwise_or:
        case op::bitwise_xor:
        case op::shift_left:
        case op::shift_right:
        case op::equal:
        case op::not_equal:
        case op::less:
        case op::less_equal:
        case op::logical_and:
        case op::logical_or:
        case op::select: return false;
        default: return true;
    }
}
constexpr bool is_free_source(op k) { return k == op::leaf || k == op::constant || k == op::extent || k == op::scan; }

/// The shape of what is computed: a value of one step, of what stacks them.
constexpr const shape& computed_extents(const graph& g, const node& n) {
    return n.kind == op::scan_stack ? g[n.in[0]].extents : n.extents;
}
/// A step's value that is stored for what comes after: it is computed like element-wise work.
constexpr bool is_kept_step(op k) { return k == op::scan_next || k == op::scan_stack; }
/// What is copied by a kernel of its own.
constexpr bool is_copied(op k) { return is_movement(k) || k == op::scan_state; }

/// True if 0, 1, 2, ... is the place along the last axis of a kernel's space, which then needs no memory for it.
constexpr bool counts_along(const node& n, const shape& space) {
    return n.kind == op::iota && space.rank > 0 && n.extents[0] == space[space.rank - 1] && n.extents[0] != 1;
}

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
        : g_(g), views_(views), scopes_(g), most_nodes_(most_nodes), floating_(g.size(), false), seen_(g.size(), -1) {
        out_.of = growable<int>(g.size(), -1);
    }
    constexpr grouping run() {
        for (int i = 0; i < g_.size(); ++i) {
            if (!is_computed(i)) continue;
            if (floats(g_[i])) floating_[i] = true;
            else place(i, tier::early);
        }
        for (int i = 0; i < g_.size(); ++i)
            if (floating_[i]) place(i, tier::leaves);
        sort_groups();
        return std::move(out_);
    }

private:
    constexpr bool is_computed(int i) const { return views_[i].base == i && !is_free_source(g_[i].kind); }
    constexpr bool is_direct(int i) const { return views_[i].base == i; }
    constexpr int arity(int i) const { return reads_of(g_[i].kind); }
    constexpr int base_of(int i, int k) const { return views_[g_[i].in[k]].base; }
    /// True if operand k has to lie in memory before node i is computed.
    constexpr bool reads_memory(int i, int k) const {
        const node& n = g_[i];
        const op from = g_[n.in[k]].kind;
        return n.kind == op::matmul || is_copied(n.kind) || is_routine(n.kind) || converts_numbers(g_, n) ||
               !is_direct(n.in[k]) || from == op::argmax || from == op::argmin;
    }

    /// Element-wise work on leaves depends on no group: it floats until the first node that needs it takes it along.
    constexpr bool floats(const node& n) const {
        if (n.kind == op::iota) return true;
        if (!is_elementwise(n.kind) || n.extents.rank == 0) return false;
        for (int k = 0; k < info(n.kind).arity; ++k) {
            const int base = views_[n.in[k]].base;
            if (!is_free_source(g_[base].kind) && !(is_direct(n.in[k]) && floating_[base])) return false;
        }
        return true;
    }

    // ------------------------------------------------------------ one node and the floating ones that it needs
    /// Groups of a tier depend on groups of lower tiers, and on earlier ones of their own.
    struct dependence {
        tier level = tier::leaves;
        int last[3]{-1, -1, -1};  // per tier
    };
    constexpr void depend(dependence& d, int group) const {
        if (group < 0) return;
        const tier t = out_.groups[group].level;
        if (t > d.level) d.level = t;
        int& last = d.last[static_cast<int>(t)];
        if (group > last) last = group;
    }
    constexpr bool may_read(const dependence& d, const group& from, int number) const {
        return d.level < from.level || (d.level == from.level && d.last[static_cast<int>(d.level)] <= number);
    }
    constexpr dependence dependence_of(int i) const {
        dependence d;
        for (int k = 0; k < arity(i); ++k) depend(d, out_.of[base_of(i, k)]);
        return d;
    }
    /// The floating nodes that i needs, later ones first.
    constexpr void collect(int i, growable<int>& found) {
        for (int k = 0; k < arity(i); ++k)
            if (const int f = base_of(i, k); floating_[f] && seen_[f] != stamp_) {
                seen_[f] = stamp_;
                collect(f, found);
                found.push(f);
            }
    }

    constexpr void place(int i, tier least) {
        floating_[i] = false;
        for (bool placed = false; !placed;) {
            ++stamp_;
            growable<int> needed;
            collect(i, needed);
            placed = try_to_place(i, needed, least);
        }
    }
    /// Puts node i and what it takes along into a group; or only what it cannot take along, and returns false.
    constexpr bool try_to_place(int i, const growable<int>& needed, tier least) {
        dependence d = dependence_of(i);
        for (int f : needed)
            for (int k = 0; k < arity(f); ++k) depend(d, out_.of[base_of(f, k)]);
        if (g_[i].kind == op::matmul || scopes_.runs[i] >= 0) d.level = tier::products;

        int number = d.last[static_cast<int>(d.level)];
        const bool is_scalar = is_elementwise(g_[i].kind) && g_[i].extents.rank == 0;
        if (number < 0 && is_scalar && d.level <= tier::early) number = scalars_;
        if (d.level < least) d.level = least;
        group target;
        if (number >= 0) target = out_.groups[number];
        if (number < 0 || !joins(i, target, number)) number = joinable_neighbour(i, d, target);
        if (number < 0) target = fresh_group(i, d.level), number = out_.groups.size();

        growable<int> taken, left;
        split(i, needed, target, number, taken, left);
        if (!left.empty()) {
            for (int f : left)
                if (floating_[f]) place(f, tier::leaves);
            return false;
        }
        if (number == out_.groups.size()) {
            out_.groups.push(target);
            if (is_scalar && scalars_ < 0 && target.level == tier::early) scalars_ = number;
        }
        out_.groups[number] = target;
        out_.of[i] = number;
        for (int f : taken) out_.of[f] = number, floating_[f] = false;
        for (int k = 0; k < arity(i); ++k)
            if (const int other = out_.of[base_of(i, k)]; other >= 0 && may_absorb(number, other, i))
                absorb(number, other);
        return true;
    }
    /// What node i takes together may be computed together: a loop that it reads beside its own becomes part of its
    /// own, if nothing before needs it, and nothing in its own needs it in memory.
    constexpr bool may_absorb(int number, int other, int i) const {
        const group &own = out_.groups[number], &from = out_.groups[other];
        if (other >= number || own.kind != group_kind::loop || from.kind != group_kind::loop || from.nodes == 0 ||
            own.reduced != 0 || from.reduced != 0 || own.space != from.space || own.scan != from.scan ||
            own.level != from.level || own.type != from.type || own.type == dtype::uint8 ||
            own.nodes + from.nodes > most_nodes_)
            return false;
        for (int j = 0; j <= i; ++j) {
            const int user = out_.of[j];
            if (user < 0 || user == other || user > number) continue;
            for (int k = 0; k < arity(j); ++k)
                if (out_.of[base_of(j, k)] == other && (user < number || reads_memory(j, k))) return false;
        }
        return true;
    }
    constexpr void absorb(int number, int other) {
        for (int& group : out_.of)
            if (group == other) group = number;
        out_.groups[number].nodes += out_.groups[other].nodes;
        out_.groups[other].nodes = 0;
    }
    /// Which floating nodes go along into the group, and which must be computed before, each with all that it needs.
    constexpr void split(int i, const growable<int>& needed, group& target, int number, growable<int>& taken,
                         growable<int>& left) {
        ++stamp_;  // now marks what is left
        const auto leave_operands = [&](int user, bool all) {
            for (int k = 0; k < arity(user); ++k)
                if (const int f = base_of(user, k); floating_[f] && (all || reads_memory(user, k))) seen_[f] = stamp_;
        };
        leave_operands(i, false);
        for (int j = needed.size() - 1; j >= 0; --j) {  // users before operands
            const int f = needed[j];
            const bool fits =
                seen_[f] != stamp_ && may_read(dependence_of(f), target, number) && joins(f, target, number);
            if (!fits) seen_[f] = stamp_;
            leave_operands(f, !fits);
        }
        for (int f : needed) (seen_[f] == stamp_ ? left : taken).push(f);
    }
    /// A loop that was begun after all that node i depends on, and reads what it reads, may compute it too.
    constexpr int joinable_neighbour(int i, const dependence& d, group& target) const {
        constexpr int how_far = 24;
        if (!is_elementwise(g_[i].kind)) return -1;
        for (int j = i - 1; j >= 0 && j >= i - how_far; --j) {
            const int k = out_.of[j];
            if (k < 0 || out_.groups[k].level != d.level || k <= d.last[static_cast<int>(d.level)]) continue;
            target = out_.groups[k];
            if (target.kind == group_kind::loop && target.reduced == 0 && shares_an_operand(g_[i], g_[j]) &&
                joins(i, target, k))
                return k;
        }
        return -1;
    }
    static constexpr bool shares_an_operand(const node& a, const node& b) {
        for (const std::int32_t o : a.in)
            if (o >= 0 && (o == b.in[0] || o == b.in[1] || o == b.in[2])) return true;
        return false;
    }
    constexpr group fresh_group(int i, tier level) const {
        const node& n = g_[i];
        group fresh;
        fresh.kind = n.kind == op::matmul ? group_kind::contract
                     : is_copied(n.kind)  ? group_kind::movement
                     : is_routine(n.kind) ? group_kind::routine
                                          : group_kind::loop;
        fresh.type = compute_type(g_, n);
        fresh.level = level;
        fresh.space = is_reduction(n.kind) ? g_[n.in[0]].extents : computed_extents(g_, n);
        fresh.reduced = is_reduction(n.kind) ? static_cast<unsigned>(n.attribute[0]) : 0;
        fresh.nodes = 1;
        fresh.scan = scopes_.runs[i];
        return fresh;
    }
    /// True if a group can compute node i too; then it is changed so that it does.
    constexpr bool joins(int i, group& t, int number) const {
        const node& n = g_[i];
        const bool is_alone = t.kind == group_kind::movement || t.kind == group_kind::routine;
        if (is_alone || t.nodes == 0 || t.nodes >= most_nodes_ || t.scan != scopes_.runs[i]) return false;
        const dtype type = compute_type(g_, n);
        if (type == dtype::uint8 || t.type == dtype::uint8) return false;  // computed wider, wrapped when stored
        if (type != dtype::boolean && t.type != dtype::boolean && type != t.type) return false;
        for (int k = 0; k < arity(i); ++k)
            if (out_.of[base_of(i, k)] == number && reads_memory(i, k)) return false;
        if (is_reduction(n.kind)) {
            const auto axes = static_cast<unsigned>(n.attribute[0]);
            if (t.kind != group_kind::loop || t.space != g_[n.in[0]].extents) return false;
            if (t.reduced != 0 && t.reduced != axes) return false;
            t.reduced = axes;
        } else if (n.kind == op::iota) {
            if (!counts_along(n, t.space)) return false;
        } else if (is_elementwise(n.kind) || is_kept_step(n.kind)) {
            const shape& own = computed_extents(g_, n);
            const bool is_full = own == t.space;
            const bool is_row = t.reduced != 0 && own == kept_shape(t.space, t.reduced);
            if (!is_full && !(t.kind == group_kind::loop && is_row)) return false;
            if (!is_full)  // a value per row cannot read a value per element
                for (int k = 0; k < arity(i); ++k)
                    if (is_direct(n.in[k]) && out_.of[n.in[k]] == number && g_[n.in[k]].extents != own) return false;
        } else {
            return false;
        }
        if (t.type == dtype::boolean) t.type = type;
        ++t.nodes;
        return true;
    }

    /// Every group after those that it depends on; else in the order of their making. Those of a scan as one.
    constexpr void sort_groups() {
        growable<growable<int>> needs(out_.groups.size());
        for (int i = 0; i < g_.size(); ++i) {
            const int own = out_.of[i];
            if (own < 0) continue;
            for (int k = 0; k < info(g_[i].kind).arity; ++k) {
                const int d = out_.of[base_of(i, k)];
                // What only says where a node belongs puts it after what came before the scan, not after its steps.
                const bool is_read = k < arity(i) || (d >= 0 && !same_scan(d, own));
                if (d >= 0 && d != own && is_read) needs[own].push(d);
            }
        }
        growable<bool> done(out_.groups.size(), false);
        for (int k = 0; k < out_.groups.size(); ++k) visit(k, needs, done);
    }
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
    scan_scopes scopes_;
    int most_nodes_;
    int scalars_ = -1;  // the first early group of rank 0: all bookkeeping on scalars goes there
    growable<bool> floating_;
    growable<int> seen_;  // by the walk of that stamp
    int stamp_ = -1;
    grouping out_;
};

}  // namespace fusion

constexpr grouping fuse(const graph& g, const growable<view>& views, int most_nodes) {
    return fusion::fuser(g, views, most_nodes).run();
}

}  // namespace telar::inline TELAR_ABI
