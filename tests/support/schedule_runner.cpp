// SPDX-License-Identifier: BSL-1.0
#include "schedule_runner.hpp"

#include <telar/graph/verify_schedule.hpp>
#include <telar/kernels/reference/launch.hpp>
#include <telar/run/workspace.hpp>

#include <cstring>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace support {
namespace {

/// The elements of a type that lie in memory.
array array_from(telar::dtype t, const telar::shape& extents, const std::byte* bytes) {
    array a(t, extents);
    with_type(t, [&]<class T>(std::type_identity<T>) {
        for (int i = 0; i < a.count(); ++i) {
            T v;
            std::memcpy(&v, bytes + sizeof(T) * static_cast<std::size_t>(i), sizeof v);
            a.push(v);
        }
    });
    return a;
}
/// A schedule's constants as the workspace takes them, and what they point to.
struct scheduled_program {
    const telar::ir::schedule& plan;
    telar::ir::region_list regions;
    std::vector<telar::ir::kernels::kernel_function> functions;
    std::vector<telar::runtime::leaf_info> infos;
    std::vector<telar::shape> extents;
    std::vector<const telar::runtime::program_tables*> blocks;
    telar::runtime::program_tables tables;

    scheduled_program(const telar::ir::graph& g, const telar::ir::schedule& s,
                      std::vector<telar::runtime::leaf_info> leaves,
                      std::vector<const telar::runtime::program_tables*> called = {}, const other_kernels& others = {})
        : plan(s), infos(std::move(leaves)), blocks(std::move(called)) {
        for (const telar::ir::root& r : g.roots) extents.push_back(g[r.id].extents);
        for (const telar::ir::kernel& k : plan.kernels) {
            const telar::ir::instruction* const code = plan.instructions.data() + k.first_instruction;
            const auto other = others.function_of ? others.function_of(k, code) : nullptr;
            functions.push_back(other ? other : &telar::ir::kernels::reference::launch);
        }
        tables = telar::runtime::tables_of(plan, g.roots, extents, regions, cpu_target);
        tables.leaves = infos.data();
        tables.leaf_count = static_cast<int>(infos.size());
        tables.functions = functions.data();
        tables.blocks = blocks.empty() ? nullptr : blocks.data();
        tables.loops = others.loops;
    }
    scheduled_program(const scheduled_program&) = delete;
    scheduled_program& operator=(const scheduled_program&) = delete;
};
/// A block, as a schedule.
struct scheduled_block {
    telar::ir::graph body;
    telar::ir::schedule plan = telar::ir::passes::make_schedule(body, cpu_target);
    scheduled_program program;

    explicit scheduled_block(const telar::ir::graph_block& b, const other_kernels& others = {})
        : body(telar::ir::passes::optimise(b.body)), program(body, plan, leaves_of(b), {}, others) {}
    static std::vector<telar::runtime::leaf_info> leaves_of(const telar::ir::graph_block& b) {
        std::vector<telar::runtime::leaf_info> infos(static_cast<std::size_t>(b.operands));
        telar::runtime::add_operands(b.body.nodes, infos.data());
        return infos;
    }
};
}  // namespace

outcome run_schedule(const telar::ir::graph& g, const telar::ir::schedule& plan,
                     const telar::core::growable<array>& leaves,
                     const telar::core::growable<telar::ir::graph_block>& blocks, const other_kernels& others) {
    const char* illegal = first_illegality(plan, g.roots);
    REQUIRE(std::string_view(illegal ? illegal : "legal") == "legal");
    std::vector<std::unique_ptr<scheduled_block>> called;
    std::vector<const telar::runtime::program_tables*> tables_of_blocks;
    for (const telar::ir::graph_block& b : blocks) {
        called.push_back(std::make_unique<scheduled_block>(b, others));
        tables_of_blocks.push_back(&called.back()->program.tables);
    }
    std::vector<telar::runtime::leaf_info> infos(static_cast<std::size_t>(leaves.size()));
    for (int i = 0; i < leaves.size(); ++i)
        infos[static_cast<std::size_t>(i)].type = {leaves[i].type, 0, leaves[i].extents};
    const scheduled_program whole(g, plan, infos, tables_of_blocks, others);
    const telar::runtime::program_tables& tables = whole.tables;
    std::vector<std::vector<std::byte>> memory;
    std::vector<telar::runtime::leaf_value> values;
    for (const array& a : leaves) memory.push_back(bytes_of(a));
    for (int i = 0; i < leaves.size(); ++i)
        values.push_back({memory[static_cast<std::size_t>(i)].data(), &leaves[i].extents});

    telar::workspace w;
    w.bind(tables, values.data());
    std::vector<std::vector<std::byte>> owned(static_cast<std::size_t>(g.roots.size()));
    std::vector<void*> results;
    for (int r = 0; r < g.roots.size(); ++r) {
        const telar::ir::root& root = g.roots[r];
        owned[static_cast<std::size_t>(r)].resize(static_cast<std::size_t>(w.result_extents(tables, r).count()) *
                                                  telar::size_of(g[root.id].type));
        results.push_back(root.target < 0 ? owned[static_cast<std::size_t>(r)].data()
                                          : memory[static_cast<std::size_t>(root.target)].data());
    }
    w.run(tables, values.data(), results.data());

    outcome o;
    o.arena = w.arena_bytes();
    for (int r = 0; r < g.roots.size(); ++r)
        o.results.push_back(array_from(g[g.roots[r].id].type, w.result_extents(tables, r),
                                       static_cast<const std::byte*>(results[static_cast<std::size_t>(r)])));
    for (int i = 0; i < leaves.size(); ++i)
        o.leaves.push_back(array_from(leaves[i].type, leaves[i].extents, memory[static_cast<std::size_t>(i)].data()));
    return o;
}

}  // namespace support
