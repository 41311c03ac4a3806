// SPDX-License-Identifier: BSL-1.0
// fuse: which operations one kernel computes.
//
// in      a graph, the views of its nodes, the largest number of nodes in a kernel
// out     a grouping: for each node its group, for each group its iteration space
// needs   dead nodes dropped
// order   after all that rewrites the graph; chain_products, order_groups and find_members complete the grouping,
//         emit_kernels turns it into a schedule
//
// One walk in the order of the array. A node joins the last group that it depends on, if that group's space fits, so
// that a group only ever depends on earlier ones and no cycle can arise:
//   element-wise work joins a loop of its shape, or the epilogue of a product of its shape;
//   a reduction joins the loop that computes its operand and makes its axes reduced ones (softmax is one loop);
//   a product always begins a group; a routine is one, and so is a call with all its results.
// Element-wise work on leaves alone floats until the first node that needs it takes it along; so does such work on the
// result of a routine that may refuse the run and reads only leaves.
// `early` groups depend on no product; they all run before the others, so that depending on one never stops a fusion
// (a learning rate, a mean's 1/n, an optimiser's bias correction).
// The groups of a scan's steps stand one after another and share nothing with others.
#pragma once
#include <telar/graph/scan.hpp>
#include <telar/passes/grouping.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace fusion {

class fuser {
public:
    constexpr fuser(const graph& g, const growable<view>& views, const read_lists& bases, int most_nodes)
        : g_(g),
          nodes_(g.nodes.data()),
          views_(views.data()),
          bases_(bases.all()),
          first_base_(bases.firsts()),
          scopes_(g),
          most_nodes_(most_nodes),
          floating_(g.size()),
          seen_(g.size()),
          call_(g.size()),
          inside_(g.size(), g.size()),
          readers_(g.size(), bases.count()),
          reader_(bases.count()) {
        out_.of = growable<int>(g.size(), -1);
        of_ = out_.of.data();
    }
    constexpr grouping run() {
        for (int i = 0; i < g_.size(); ++i) {
            if (!is_computed(i)) continue;
            if (floats(nodes_[i])) floating_.at[i] = true;
            else place(i, may_refuse(nodes_[i].kind, nodes_[i].attribute[1]) ? tier::leaves : tier::early);
        }
        for (int i = 0; i < g_.size(); ++i)
            if (floating_.at[i]) place(i, tier::leaves);
        return std::move(out_);
    }

private:
    constexpr bool is_computed(int i) const { return views_[i].base == i && !is_free_source(nodes_[i].kind); }
    constexpr node_list bases_of(int i) const { return {bases_ + first_base_[i], first_base_[i + 1] - first_base_[i]}; }
    constexpr bool is_direct(int i) const { return views_[i].base == i; }
    /// True if operand k has to lie in memory before node i is computed.
    constexpr bool reads_memory(int i, int k) const {
        const node& n = nodes_[i];
        if (n.kind == op::call_result) return true;
        const op from = nodes_[n.in[k]].kind;
        return n.kind == op::matmul || is_copied(n.kind) || is_routine(n.kind) || converts_numbers(g_, n) ||
               !is_direct(n.in[k]) || from == op::argmax || from == op::argmin;
    }

    /// Element-wise work on leaves depends on no group: it floats until the first node that needs it takes it along.
    constexpr bool floats(const node& n) const {
        if (n.kind == op::iota) return true;
        if (!is_elementwise(n.kind) || n.extents.rank == 0) return false;
        for (int k = 0, arity = info(n.kind).arity; k < arity; ++k) {
            const int base = views_[n.in[k]].base;
            if (!is_ready(g_, out_, base) && !(is_direct(n.in[k]) && floating_.at[base])) return false;
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
        const tier t = out_.groups[group].level;
        if (t > d.level) d.level = t;
        if (int& last = d.last[static_cast<int>(t)]; group > last) last = group;
    }
    constexpr bool may_read(const dependence& d, const group& from, int number) const {
        return d.level < from.level || (d.level == from.level && d.last[static_cast<int>(d.level)] <= number);
    }
    constexpr dependence dependence_of(int i) const {
        dependence d;
        for (const int base : bases_of(i))
            if (const int group = of_[base]; group >= 0) depend(d, group);
        return d;
    }
    /// The floating nodes that i needs, later ones first.
    constexpr void collect(int i, growable<int>& found) {
        for (const int f : bases_of(i))
            if (floating_.at[f] && seen_.at[f] != stamp_) {
                seen_.at[f] = stamp_;
                collect(f, found);
                found.push(f);
            }
    }

    constexpr void place(int i, tier least) {
        floating_.at[i] = false;
        bool needs_some = false;
        for (const int base : bases_of(i)) needs_some = needs_some || floating_.at[base];
        growable<int> needed;
        for (bool placed = false; !placed;) {
            if (needs_some) {
                ++stamp_;
                needed.clear();
                collect(i, needed);
            }
            placed = try_to_place(i, needed, least);
        }
    }
    /// Puts node i and what it takes along into a group; or only what it cannot take along, and returns false.
    constexpr bool try_to_place(int i, const growable<int>& needed, tier least) {
        dependence d = dependence_of(i);
        for (const int f : needed)
            for (const int base : bases_of(f))
                if (const int group = of_[base]; group >= 0) depend(d, group);
        const bool is_result = nodes_[i].kind == op::call_result;
        if (is_result && call_.at[nodes_[i].in[0]] != 0) {  // another result of the same call
            put(i, call_.at[nodes_[i].in[0]] - 1);
            return true;
        }
        if (nodes_[i].kind == op::matmul || is_result || scopes_.runs[i] >= 0) d.level = tier::products;

        int number = d.last[static_cast<int>(d.level)];
        const bool is_scalar = is_elementwise(nodes_[i].kind) && nodes_[i].extents.rank == 0;
        if (number < 0 && is_scalar && d.level <= tier::early) number = scalars_;
        if (d.level < least) d.level = least;
        group target;
        if (number >= 0) target = out_.groups[number];
        if (number < 0 || !joins(i, target, number)) number = joinable_neighbour(i, d, target);
        if (number < 0) target = fresh_group(i, d.level), number = out_.groups.size();

        growable<int> taken;
        if (!needed.empty()) {
            growable<int> left;
            split(i, needed, target, number, taken, left);
            for (int f : left)
                if (floating_.at[f]) place(f, tier::leaves);
            if (!left.empty()) return false;
        }
        if (number == out_.groups.size()) {
            out_.groups.push(target);
            if (is_scalar && scalars_ < 0 && target.level == tier::early) scalars_ = number;
        }
        out_.groups[number] = target;
        for (int f : taken) put(f, number), floating_.at[f] = false;
        put(i, number);
        if (is_result) call_.at[nodes_[i].in[0]] = number + 1;
        for (const int base : bases_of(i))
            if (const int other = of_[base]; other >= 0 && other < number && may_absorb(number, other))
                absorb(number, other);
        return true;
    }
    /// What a node takes together may be computed together: a loop that it reads beside its own becomes part of its
    /// own, if nothing before needs it, and nothing in its own needs it in memory.
    constexpr bool may_absorb(int number, int other) const {
        const group* const groups = out_.groups.data();
        const group &own = groups[number], &from = groups[other];
        if (from.nodes == 0 || own.nodes + from.nodes > most_nodes_ || own.kind != group_kind::loop ||
            from.kind != group_kind::loop || own.reduced != 0 || from.reduced != 0 || own.scan != from.scan ||
            own.level != from.level || own.type != from.type || wraps_when_stored(own.type) || own.space != from.space)
            return false;
        for (int read = readers_.first(other); read >= 0; read = readers_.next(read)) {
            const int j = reader_.at[read], user = of_[j];
            if (user != other && user <= number && (user < number || reads_memory(j, read - first_base_[j])))
                return false;
        }
        return true;
    }
    constexpr void absorb(int number, int other) {
        for (int j = inside_.first(other); j >= 0; j = inside_.next(j)) of_[j] = number;
        inside_.append(other, number);
        readers_.append(other, number);
        out_.groups[number].nodes += out_.groups[other].nodes;
        out_.groups[other].nodes = 0;
    }
    constexpr void put(int i, int number) {
        of_[i] = number;
        inside_.add(number, i);
        int read = first_base_[i];
        for (const int base : bases_of(i)) {
            if (const int from = of_[base]; from >= 0 && from != number) readers_.add(from, read);
            reader_.at[read++] = i;
        }
    }
    /// Which floating nodes go along into the group, and which must be computed before, each with all that it needs.
    constexpr void split(int i, const growable<int>& needed, group& target, int number, growable<int>& taken,
                         growable<int>& left) {
        ++stamp_;  // now marks what is left
        const auto leave_operands = [&](int user, bool all) {
            const node_list bases = bases_of(user);
            for (int k = 0; k < bases.count; ++k)
                if (const int f = bases.first[k]; floating_.at[f] && (all || reads_memory(user, k)))
                    seen_.at[f] = stamp_;
        };
        leave_operands(i, false);
        for (int j = needed.size() - 1; j >= 0; --j) {  // users before operands
            const int f = needed[j];
            const bool fits =
                seen_.at[f] != stamp_ && may_read(dependence_of(f), target, number) && joins(f, target, number);
            if (!fits) seen_.at[f] = stamp_;
            leave_operands(f, !fits);
        }
        for (int f : needed) (seen_.at[f] == stamp_ ? left : taken).push(f);
    }
    /// A loop that was begun after all that node i depends on, and reads what it reads, may compute it too.
    constexpr int joinable_neighbour(int i, const dependence& d, group& target) const {
        constexpr int how_far = 24;
        const node& n = nodes_[i];
        if (!is_elementwise(n.kind)) return -1;
        const int a = n.in[0], b = n.in[1], c = n.in[2], last = d.last[static_cast<int>(d.level)];
        const group* const groups = out_.groups.data();
        for (int j = i - 1, end = i > how_far ? i - how_far : 0; j >= end; --j) {
            const int k = of_[j];
            if (k <= last || groups[k].level != d.level) continue;
            const std::int32_t* const in = nodes_[j].in;
            const bool shares_an_operand = in[0] == a || in[1] == a || in[2] == a ||
                                           (b >= 0 && (in[0] == b || in[1] == b || in[2] == b)) ||
                                           (c >= 0 && (in[0] == c || in[1] == c || in[2] == c));
            if (!shares_an_operand || groups[k].kind != group_kind::loop || groups[k].reduced != 0) continue;
            target = groups[k];
            if (joins(i, target, k)) return k;
        }
        return -1;
    }
    constexpr group fresh_group(int i, tier level) const {
        const node& n = nodes_[i];
        group fresh;
        fresh.kind = n.kind == op::matmul        ? group_kind::contract
                     : is_copied(n.kind)         ? group_kind::movement
                     : is_routine(n.kind)        ? group_kind::routine
                     : n.kind == op::call_result ? group_kind::call
                                                 : group_kind::loop;
        fresh.type = compute_type(g_, n);
        fresh.level = level;
        fresh.space = is_reduction(n.kind) ? nodes_[n.in[0]].extents : computed_extents(g_, n);
        fresh.reduced = is_reduction(n.kind) ? static_cast<unsigned>(n.attribute[0]) : 0;
        fresh.nodes = 1;
        fresh.scan = scopes_.runs[i];
        return fresh;
    }
    /// True if a group can compute node i too; then it is changed so that it does.
    constexpr bool joins(int i, group& t, int number) const {
        const node& n = nodes_[i];
        const bool is_alone = t.kind != group_kind::loop && t.kind != group_kind::contract;
        if (is_alone || t.nodes == 0 || t.nodes >= most_nodes_ || t.scan != scopes_.runs[i]) return false;
        const dtype type = compute_type(g_, n);
        if (wraps_when_stored(type) || wraps_when_stored(t.type)) return false;
        if (type != dtype::boolean && t.type != dtype::boolean && type != t.type) return false;
        const node_list bases = bases_of(i);
        for (int k = 0; k < bases.count; ++k)
            if (of_[bases.first[k]] == number && reads_memory(i, k)) return false;
        if (is_reduction(n.kind)) {
            const auto axes = static_cast<unsigned>(n.attribute[0]);
            if (t.kind != group_kind::loop || t.space != nodes_[n.in[0]].extents) return false;
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
                for (int k = 0; k < bases.count; ++k)
                    if (is_direct(n.in[k]) && of_[n.in[k]] == number && nodes_[n.in[k]].extents != own) return false;
        } else {
            return false;
        }
        if (t.type == dtype::boolean) t.type = type;
        ++t.nodes;
        return true;
    }

    const graph& g_;
    const node* const nodes_;
    const view* const views_;
    const int* const bases_;  // where what each node reads lies, and where that begins for each
    const int* const first_base_;
    scan_scopes scopes_;
    int most_nodes_;
    int scalars_ = -1;  // the first early group of rank 0: all bookkeeping on scalars goes there
    column<bool> floating_;
    column<int> seen_;               // by the walk of that stamp
    column<int> call_;               // of the last operand of a call: 1 + the group of its results
    lists_by_key inside_, readers_;  // of each group: what it computes, the reads of that from outside
    column<int> reader_;             // of each read
    int stamp_ = 0;
    grouping out_;
    int* of_;  // a node's group
};

}  // namespace fusion

constexpr grouping fuse(const graph& g, const growable<view>& views, int most_nodes) {
    const read_lists bases = fusion::bases_of(read_lists(g), views);
    return fusion::fuser(g, views, bases, most_nodes).run();
}

}  // namespace telar::inline TELAR_ABI::ir::passes
