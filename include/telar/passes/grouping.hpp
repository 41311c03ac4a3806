// SPDX-License-Identifier: BSL-1.0
// A grouping: which operations one kernel computes. A plain value, beside what fusion has to know of an operation.
#pragma once
#include <telar/graph/call.hpp>
#include <telar/graph/frozen.hpp>
#include <telar/passes/views.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

/// Groups run in the order of their tiers, as far as they depend on each other.
enum class tier : std::int32_t {
    leaves,    // element-wise work on leaves, and what depends on that alone
    early,     // depends on no product: it all may run first, so that depending on it never stops a fusion
    products,  // the rest
};

/// chain: a product and work on its rows, which are those of the product that follows it.
enum class group_kind : std::int32_t { loop, contract, chain, movement, routine, call };

struct group {
    group_kind kind = group_kind::loop;
    dtype type = dtype::boolean;  // boolean: not yet decided
    tier level = tier::early;
    unsigned reduced = 0;
    int nodes = 0;
    int scan = -1;     // in whose steps it runs
    int follows = -1;  // of a product: the chain that makes the rows of its left operand; they are one kernel
    shape space{};
};

struct grouping {
    growable<group> groups;
    growable<int> of;     // node -> group, -1 for leaves, constants and views
    growable<int> order;  // groups as they run
    // ---- by find_members
    growable<bool> buffered;              // node -> its values are needed outside of its group
    growable<int> members, first_member;  // what each kernel computes, in the order of the array; as kernels run

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

    constexpr explicit frozen_grouping(const auto& from) {
        copy_into(groups, from.groups);
        copy_into(of, from.of);
        copy_into(order, from.order);
        copy_into(buffered, from.buffered);
        copy_into(members, from.members);
        copy_into(first_member, from.first_member);
    }
    constexpr grouping lend() const {
        return {lent(groups), lent(of), lent(order), lent(buffered), lent(members), lent(first_member)};
    }
    constexpr grouping thaw() const {
        return {thawed(groups), thawed(of), thawed(order), thawed(buffered), thawed(members), thawed(first_member)};
    }
};

constexpr bool has_room(const grouping_sizes& room, const grouping_sizes& s) {
    return s.groups <= room.groups && s.nodes <= room.nodes && s.order <= room.order && s.members <= room.members &&
           s.firsts <= room.firsts;
}
}  // namespace telar::inline TELAR_ABI::ir::passes

template <> struct telar::ir::frozen_form<telar::ir::passes::grouping_sizes> {
    template <telar::ir::passes::grouping_sizes S> using of = telar::ir::passes::frozen_grouping<S>;
};

namespace telar::inline TELAR_ABI::ir::passes {

namespace fusion {

/// Where what nodes read lies.
constexpr read_lists bases_of(read_lists reads, const growable<view>& views) {
    const view* const all = views.data();
    reads.renumber([&](int i) { return all[i].base; });
    return reads;
}

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
constexpr bool is_free_source(op k) {
    return k == op::leaf || k == op::constant || k == op::extent || k == op::scan || k == op::call;
}
/// True if fusion treats the node as a leaf: it is one, or it is the result of a routine that may refuse the run and
/// reads only leaves. So a value whose indices are checked (a class label) is fused as without the check.
constexpr bool is_ready(const graph& g, const grouping& groups, int i) {
    return is_free_source(g[i].kind) ||
           (is_routine(g[i].kind) && groups.of[i] >= 0 && groups.groups[groups.of[i]].level == tier::leaves);
}

/// The shape of what is computed: a value of one step, of what stacks them.
constexpr const shape& computed_extents(const graph& g, const node& n) {
    return n.kind == op::scan_stack ? g[n.in[0]].extents : n.extents;
}
/// A step's value that is stored for what comes after: it is computed like element-wise work.
constexpr bool is_kept_step(op k) { return k == op::scan_next || k == op::scan_stack; }
/// What is copied by a kernel of its own.
constexpr bool is_copied(op k) { return is_movement(k) || k == op::scan_state || k == op::call_operand; }

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

}  // namespace fusion

}  // namespace telar::inline TELAR_ABI::ir::passes
