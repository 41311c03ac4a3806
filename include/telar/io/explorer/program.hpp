// SPDX-License-Identifier: BSL-1.0
// A program as the explorer shows it: the graph after each pass, the kernels with their costs, the arena over time. All
// of it comes from the passes and tables that run programs, too.
#pragma once
#include <telar/io/explorer/snapshots.hpp>
#include <telar/io/explorer/subject.hpp>
#include <telar/io/explorer/values.hpp>
#include <telar/run/explain.hpp>
#include <telar/run/late_schedule.hpp>
#include <telar/run/mistake_text.hpp>
#include <telar/run/target/programs.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::explorer {

struct kernel_row {
    std::string_view kind;
    std::string space, computes, region;
    kernel_cost cost;  // of all its runs in one run of the program
    extent_t times = 1;
    std::vector<int> nodes;    // of the optimised graph, that it computes
    std::vector<int> buffers;  // that it writes
};
/// A buffer and its life: from kernel `first` to kernel `last`, in the arena at `offset`.
struct buffer_row {
    int node = -1;  // of the optimised graph; -1: what a scan carries on
    storage where = storage::temporary;
    bool in_arena = false;
    int first = -1, last = -1;
    extent_t offset = 0, bytes = 0;
};
/// One graph of what is explored: the program itself, an update behind it, or a block that is called.
struct explored_program {
    std::string name;
    std::vector<leaf> leaves;
    std::vector<snapshot> stages;
    std::vector<graph_cost> costs;  // of each stage, node by node; behind them that of the kernels, with the arena
    std::vector<kernel_row> kernels;
    std::vector<buffer_row> buffers;
    std::vector<int>
        base;  // of the optimised graph: the node whose memory holds a node's values; itself if it is no view
    extent_t arena = 0, most_live = 0, without_reuse = 0;
    std::vector<summary> eager, lazy;  // values of the traced graph's nodes, and of the optimised one's; or empty

    bool is_view(int node) const { return base[static_cast<std::size_t>(node)] != node; }
};

/// A graph's schedule and its tables.
struct scheduled_graph {
    schedule plan;
    grouping groups;
    growable<root> roots;
    growable<shape> extents_of_results;
    region_list regions;
    std::vector<runtime::leaf_info> infos;
    runtime::program_tables tables{};
    growable<extent_t> dims;  // their values

    scheduled_graph(const graph& best, const std::vector<leaf>& leaves) : roots(best.roots), regions(best.regions) {
        for (const root& r : roots) extents_of_results.push(best[r.id].extents);
        plan = ir::passes::make_schedule(best, groups, runtime::chosen::machine);
        for (const leaf& l : leaves) infos.push_back(runtime::leaf_info(l.name, {}));
        tables = runtime::tables_of(plan, roots, extents_of_results, regions, runtime::chosen::machine);
        tables.leaves = infos.data();
        tables.leaf_count = static_cast<int>(infos.size());
    }
    scheduled_graph(const scheduled_graph&) = delete;
    scheduled_graph& operator=(const scheduled_graph&) = delete;
};

/// Makes the programs of a subject.
class program_builder {
public:
    program_builder(subject s, extent_t batch) : batch_(batch) {
        if (s.traced.error.what != mistake_kind::none)
            fail<invalid_argument>("save_explorer: the graph has a mistake: " + runtime::mistake_text(s.traced.error));
        std::vector<runtime::late_source> sources = runtime::sources_of(std::move(s.traced));
        for (const runtime::late_source& b : sources) {
            const std::size_t i = made_.size();
            explored_program& p = made_.emplace_back();
            p.name = i == 0 ? s.name : "block " + std::to_string(i - 1);
            if (i == 0) p.leaves = s.leaves;
            for (int k = 0; k < b.operands; ++k)
                p.leaves.emplace_back("operand " + std::to_string(k), leaf_role::input, shape());
            p.stages = snapshots_of(b.traced);
            graphs_.push_back(std::make_unique<scheduled_graph>(p.stages.back().g, p.leaves));
        }
        for (std::size_t b = 1; b < graphs_.size(); ++b) blocks_.push_back(&graphs_[b]->tables);
        graphs_[0]->tables.blocks = blocks_.data();
        bind_extents();
        for (std::size_t i = 0; i < made_.size(); ++i) describe(made_[i], *graphs_[i]);
        if (s.has_values()) add_values(made_[0], sources);
    }
    std::vector<explored_program> taken() && { return std::move(made_); }

private:
    /// An extent of a leaf that only a run tells.
    extent_t extent_of(const explored_program& p, int number, int axis) const {
        const leaf& l = p.leaves[static_cast<std::size_t>(number)];
        return l.value ? l.value->extents[axis] : batch_;
    }
    /// The values of all dimensions; those of a block are what its first call says.
    void bind_extents() {
        for (std::size_t i = 0; i < made_.size(); ++i) {
            const runtime::program_tables& t = graphs_[i]->tables;
            if (i > 0 && !graphs_[i]->dims.empty()) continue;
            graphs_[i]->dims = runtime::costs::dimension_values(
                t.dims, t.dim_count, [&](int number, int axis) { return extent_of(made_[i], number, axis); });
            bind_calls_of(*graphs_[i]);
        }
    }
    void bind_calls_of(const scheduled_graph& caller) {
        for (const kernel& k : caller.plan.kernels) {
            if (k.kind != kernel_kind::call) continue;
            const std::size_t b = static_cast<std::size_t>(k.block) + 1;
            scheduled_graph& block = *graphs_[b];
            if (!block.dims.empty()) continue;
            block.dims = growable<extent_t>(std::max(block.tables.dim_count, 1), 0);
            runtime::bind_operands(
                block.tables, caller.tables.accesses + k.first_access,
                [&](extent_t e) { return runtime::extent_value(e, caller.dims.data()); }, block.dims.data());
            bind_calls_of(block);
        }
    }
    /// The same of a graph before it has a schedule: its variables are read from leaves, too.
    graph_cost cost_of_stage(const explored_program& p, const scheduled_graph& s, const graph& g) const {
        return runtime::costs::of_graph(g, [&](int number, int axis) -> extent_t {
            for (int d = 0; d < s.tables.dim_count; ++d) {
                const dimension& of = s.tables.dims[d];
                if (of.kind == dimension_kind::variable && of.lhs == number && of.rhs == axis) return s.dims[d];
            }
            return extent_of(p, number, axis);
        });
    }
    void describe(explored_program& p, const scheduled_graph& s) {
        for (const snapshot& stage : p.stages) p.costs.push_back(cost_of_stage(p, s, stage.g));
        graph best = p.stages.back().g;
        for (const view& v : ir::passes::views(best)) p.base.push_back(v.base);
        describe_buffers(p, s);
        graph_cost total{p.costs.back().nodes, s.tables.kernel_count, 0, 0, p.arena};
        for (int k = 0; k < s.tables.kernel_count; ++k) {
            p.kernels.push_back(row_of(p, s, k));
            total.operations += p.kernels.back().cost.operations;
            total.bytes += p.kernels.back().cost.bytes();
        }
        p.costs.push_back(total);
    }
    void describe_buffers(explored_program& p, const scheduled_graph& s) const {
        const runtime::program_tables& t = s.tables;
        const extent_t boundary = t.machine->memory.alignment;
        growable<extent_t> offsets(t.buffer_count, 0);
        p.arena = ir::passes::plan_memory(t.buffers, t.buffer_count, s.dims.data(), offsets.data(), boundary);
        p.most_live = ir::passes::most_live_bytes(t.buffers, t.buffer_count, s.dims.data(), boundary);
        const graph& g = p.stages.back().g;
        for (int b = 0; b < t.buffer_count; ++b) {
            const slot& of = t.buffers[b];
            buffer_row row{-1, of.where, ir::passes::lives_in_arena(of), of.first, of.last, offsets[b], 0};
            row.bytes = ir::passes::bytes_of(of, s.dims.data(), boundary);
            if (of.where == storage::temporary) row.node = of.index;
            else if (of.where == storage::leaf) row.node = node_of_leaf(g, of.index);
            else if (of.where != storage::carried) row.node = t.roots[of.index].id;
            if (row.in_arena) p.without_reuse += row.bytes;
            p.buffers.push_back(row);
        }
    }
    static int node_of_leaf(const graph& g, int number) {
        for (int i = 0; i < g.size(); ++i)
            if (g[i].kind == op::leaf && g[i].attribute[0] == number) return i;
        return -1;
    }
    kernel_row row_of(const explored_program& p, const scheduled_graph& s, int number) const {
        const runtime::program_tables& t = s.tables;
        const kernel& k = t.kernels[number];
        kernel_row row;
        row.kind = runtime::kernel_text::kind(k);
        row.space = runtime::kernel_text::written(k, runtime::kernel_text::space_of(k, s.dims.data()));
        row.computes = runtime::kernel_text::computes(t, k);
        row.region = runtime::kernel_text::region(t, k);
        row.times = runtime::costs::times_of(t, number, s.dims.data());
        row.cost = cost_of(t, blocks_.data(), k, s.dims.data()) * row.times;
        for (int a = 0; a < k.accesses; ++a) {
            const memory_access& x = t.accesses[k.first_access + a];
            const bool is_known = std::find(row.buffers.begin(), row.buffers.end(), x.buffer) != row.buffers.end();
            const bool writes = x.writes != 0 || (k.kind == kernel_kind::call && a >= operand_count_of(k));
            if (writes && !is_known) row.buffers.push_back(x.buffer);
        }
        row.nodes = nodes_of(p, s, k, row.buffers);
        return row;
    }
    int operand_count_of(const kernel& k) const {
        return static_cast<int>(made_[static_cast<std::size_t>(k.block) + 1].leaves.size());
    }
    /// What a kernel computes: the members of the groups whose values it writes. What only fills or copies computes the
    /// value that it writes.
    std::vector<int> nodes_of(const explored_program& p, const scheduled_graph& s, const kernel& k,
                              const std::vector<int>& buffers) const {
        std::vector<int> found;
        const bool is_copy = runtime::kernel_text::computes(s.tables, k) == "copy" && k.kind == kernel_kind::loop;
        for (const int b : buffers) {
            int node = p.buffers[static_cast<std::size_t>(b)].node;
            if (p.buffers[static_cast<std::size_t>(b)].where == storage::carried)
                node = node_of_carried(p.stages.back().g, s, b);
            if (node < 0) continue;
            const int group = s.groups.of[p.base[static_cast<std::size_t>(node)]];
            if (p.is_view(node)) found.push_back(node);  // a result that lies in its kernel's result
            if (group < 0 || (is_copy && s.groups.groups[group].kind != ir::passes::group_kind::movement)) {
                found.push_back(node);
                continue;
            }
            add_members(s.groups, group, found);
        }
        std::sort(found.begin(), found.end());
        found.erase(std::unique(found.begin(), found.end()), found.end());
        return found;
    }
    /// The next value of a state, which the steps of a scan carry on.
    static int node_of_carried(const graph& g, const scheduled_graph& s, int b) {
        const slot& state = s.plan.buffers[s.plan.buffers[b].index];
        for (int i = 0; i < g.size() && state.where == storage::temporary; ++i)
            if (g[i].kind == op::scan_next && g[i].in[1] == state.index) return i;
        return -1;
    }
    static void add_members(const grouping& groups, int group, std::vector<int>& to) {
        for (int k = 0; k < groups.order.size(); ++k)
            if (groups.order[k] == group)
                for (const int i : groups.members_of(k)) to.push_back(i);
        if (groups.groups[group].follows >= 0) add_members(groups, groups.groups[group].follows, to);
    }
    /// The values of a run: of the traced graph, operation by operation, and of the optimised one.
    static void add_values(explored_program& p, const std::vector<runtime::late_source>& sources) {
        growable<ir::graph_block> blocks;
        for (std::size_t b = 1; b < sources.size(); ++b) {
            ir::graph_block block;
            block.operands = sources[b].operands;
            block.body = sources[b].traced;
            blocks.push(std::move(block));
        }
        growable<reference::array> leaves;
        for (const leaf& l : p.leaves) leaves.push(*l.value);
        const growable<reference::array> eager = values_of_nodes(p.stages.front().g, blocks, leaves),
                                         lazy = values_of_nodes(p.stages.back().g, blocks, leaves);
        for (const reference::array& a : eager) p.eager.push_back(summary_of(a));
        for (const reference::array& a : lazy) p.lazy.push_back(summary_of(a));
        for (int i = 0; i < eager.size(); ++i)
            if (const int j = in_optimised(p, i); j >= 0 && p.eager[static_cast<std::size_t>(i)].count > 0)
                p.eager[static_cast<std::size_t>(i)].difference = largest_difference(eager[i], lazy[j]);
    }

public:
    /// The node of the optimised graph that has the value of a node of the traced one; -1: none has.
    static int in_optimised(const explored_program& p, int node) {
        for (std::size_t s = 1; s < p.stages.size() && node >= 0; ++s) node = p.stages[s].becomes[node];
        return node;
    }

private:
    extent_t batch_;
    std::vector<explored_program> made_;
    std::vector<std::unique_ptr<scheduled_graph>> graphs_;
    std::vector<const runtime::program_tables*> blocks_;
};

}  // namespace telar::inline TELAR_ABI::io::explorer
