// SPDX-License-Identifier: BSL-1.0
// emit_kernels: groups of nodes to a schedule.
//
// in      a graph, the views of its nodes, a grouping with its members, the target
// out     a schedule: buffers, and kernels as flat lists of instructions; it does not `fit` if one is too large
// needs   verify(graph)
// order   last but plan_memory, which places the buffers
//
// The kinds of kernels stand in emit/, one beside the other; what they write to is emit/schedule_builder.hpp.
#pragma once
#include <telar/passes/emit/call.hpp>
#include <telar/passes/emit/copies.hpp>
#include <telar/passes/emit/loop.hpp>
#include <telar/passes/emit/movement.hpp>
#include <telar/passes/emit/product.hpp>
#include <telar/passes/emit/routine.hpp>
#include <telar/passes/find_lifetimes.hpp>
#include <telar/passes/find_members.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

class emitter {
public:
    constexpr emitter(graph& g, const growable<view>& views, const grouping& groups, const target& machine)
        : groups_(groups), out_(g, views, groups, machine), sections_(out_) {}

    constexpr schedule run() {
        for (int k = 0; k < groups_.order.size(); ++k) emit_in_order(k);
        emit_copied_roots(out_);
        schedule s = out_.finished();
        find_lifetimes(s, out_.g.roots, out_.machine.errors);
        return s;
    }

private:
    /// Group number k of the order; those of a scan are repeated together.
    constexpr void emit_in_order(int k) {
        const int scan = at(k).scan;
        if (scan >= 0 && (k == 0 || at(k - 1).scan != scan)) begin_scan(scan, k);
        emit_group(at(k), groups_.members_of(k));
        if (scan >= 0) out_.extend_repetition();
    }
    constexpr void emit_group(const group& group, node_list members) {
        if (members.count == 0) return;
        if (!out_.g.regions.starts.empty()) out_.region = region_of_kernel(members);
        if (group.kind == group_kind::movement) emit_movement(out_, members[0]);
        else if (group.kind == group_kind::routine) emit_routine(out_, members[0]);
        else if (group.kind == group_kind::call) emit_call(out_, members);
        else if (group.follows >= 0)
            emit_chain(out_, sections_, groups_.groups[group.follows], members_of_group(group.follows), group, members);
        else if (group.kind == group_kind::contract) emit_product(out_, sections_, group, members);
        else if (group.kind == group_kind::loop) emit_loop(out_, sections_, group, members);
    }
    /// That of its product, else the one that most nodes belong to.
    constexpr int region_of_kernel(node_list members) const {
        int found = 0, most = 0;
        for (const int i : members) {
            const int region = out_.g.regions.of(i);
            if (out_.nodes[i].kind == op::matmul) return region;
            int count = 0;
            for (const int other : members) count += out_.g.regions.of(other) == region;
            if (count > most) most = count, found = region;
        }
        return found;
    }
    /// Numbers that the steps read in memory are written there once, before them.
    constexpr void begin_scan(int scan, int first) {
        for (int k = first; k < groups_.order.size() && at(k).scan == scan; ++k) {
            const node_list members = groups_.members_of(k);
            prepare_operands_of_products(out_, members);
            if (members.count > 0 && out_.nodes[members[0]].kind == op::call_result)
                prepare_operands_of_call(out_, out_.nodes[members[0]].in[0]);
        }
        const extent_t steps = out_.g.dims.resolve(out_.nodes[scan].attribute[0]);
        const int condition = condition_of(out_.g, scan);
        out_.begin_repetition(steps, condition < 0 ? -1 : out_.buffer_of(condition));
    }
    constexpr const group& at(int k) const { return groups_.groups[groups_.order[k]]; }
    constexpr node_list members_of_group(int group) const {
        int k = 0;
        while (groups_.order[k] != group) ++k;
        return groups_.members_of(k);
    }

    const grouping& groups_;
    schedule_builder out_;
    section_writer sections_;
};

}  // namespace emission

constexpr schedule emit_kernels(graph g, const growable<view>& views, const grouping& groups, const target& machine) {
    return emission::emitter(g, views, groups, machine).run();
}

}  // namespace telar::inline TELAR_ABI::ir::passes
