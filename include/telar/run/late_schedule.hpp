// SPDX-License-Identifier: BSL-1.0
// Compiles a traced program at run time. The passes are ordinary functions; here they run as such.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/kernels/kernel_source.hpp>
#include <telar/passes/pipeline.hpp>
#include <telar/run/program_tables.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::runtime {

/// A traced graph that is to be compiled; of a block, how many operands it has.
struct late_source {
    graph traced;
    int operands = 0;
};

/// A graph that was traced at run time, and the blocks that it calls.
std::vector<late_source> sources_of(graph traced);

/// The schedules of a late program: of its graph, and of the blocks that it calls. Immutable, so that threads may share
/// it.
class late_schedule {
public:
    /// sources[0] is the program's graph, the others are its blocks.
    ///
    /// errors    no_kernel: an operation or a type that the trace does not contain
    late_schedule(std::vector<late_source> sources, const leaf_info* leaves, int leaf_count, kernel_source kernels);
    late_schedule(const late_schedule&) = delete;
    late_schedule& operator=(const late_schedule&) = delete;

    const program_tables& tables() const { return parts_[0]->tables; }

private:
    struct part {
        schedule plan;
        growable<root> roots;
        growable<shape> extents_of_results;
        growable<leaf_info> leaves;
        std::vector<kernel_function> functions;
        region_list regions;
        program_tables tables{};
    };
    static std::unique_ptr<part> compiled_part(late_source source, const kernel_source& kernels);
    [[noreturn]] static void refuse(const schedule& plan, const kernel& k);

    std::vector<std::unique_ptr<part>> parts_;
    std::vector<const program_tables*> blocks_;
};

#if TELAR_HAS_BODIES
TELAR_ONCE std::vector<late_source> sources_of(graph traced) {
    settle_calls(traced);
    const growable<graph_block> blocks = std::move(traced.blocks);
    std::vector<late_source> all;
    all.push_back({std::move(traced), 0});
    for (const graph_block& b : blocks) all.push_back({b.body, b.operands});
    return all;
}
TELAR_ONCE std::unique_ptr<late_schedule::part> late_schedule::compiled_part(late_source source,
                                                                             const kernel_source& kernels) {
    auto p = std::make_unique<part>();
    p->leaves = growable<leaf_info>(source.operands, leaf_info{});
    if (source.operands > 0) add_operands(source.traced.nodes, p->leaves.data());
    p->regions = source.traced.regions;
    graph best = optimise(std::move(source.traced));
    p->roots = best.roots;
    for (const root& r : best.roots) p->extents_of_results.push(best[r.id].extents);
    p->plan = make_schedule(std::move(best), *kernels.machine);
    for (const kernel& k : p->plan.kernels) {
        const kernel_function f = kernels.function_of(k, p->plan.instructions.data() + k.first_instruction);
        if (f == nullptr && k.kind != kernel_kind::call) refuse(p->plan, k);
        p->functions.push_back(f);
    }
    p->tables = tables_of(p->plan, p->roots, p->extents_of_results, p->regions, *kernels.machine);
    p->tables.leaves = p->leaves.data();
    p->tables.leaf_count = p->leaves.size();
    p->tables.functions = p->functions.data();
    p->tables.loops = kernels.loops();
    return p;
}
TELAR_ONCE void late_schedule::refuse(const schedule& plan, const kernel& k) {
    std::string operations;
    for (int i = 0; i < k.instructions; ++i) {
        const auto what = plan.instructions[k.first_instruction + i].what;
        if (what <= static_cast<int>(last_op)) (operations += ' ') += name_of(static_cast<op>(what));
    }
    fail<no_kernel>("late: no kernel computes" + operations + " in " + std::string(name_of(k.type)));
}
TELAR_ONCE late_schedule::late_schedule(std::vector<late_source> sources, const leaf_info* leaves, int leaf_count,
                                        kernel_source kernels) {
    for (late_source& s : sources) parts_.push_back(compiled_part(std::move(s), kernels));
    for (std::size_t i = 1; i < parts_.size(); ++i) blocks_.push_back(&parts_[i]->tables);
    program_tables& program = parts_[0]->tables;
    program.leaves = leaves;
    program.leaf_count = leaf_count;
    program.blocks = blocks_.data();
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::runtime
