// SPDX-License-Identifier: BSL-1.0
// The whole compiler, read aloud. Each step can be watched: trace -> optimise -> schedule are three separate values,
// and print.hpp shows any of them.
#pragma once
#include <telar/graph/target.hpp>
#include <telar/passes/chain_products.hpp>
#include <telar/passes/drop_dead_nodes.hpp>
#include <telar/passes/emit_kernels.hpp>
#include <telar/passes/fold_constants.hpp>
#include <telar/passes/fuse.hpp>
#include <telar/passes/order_groups.hpp>
#include <telar/passes/plan_memory.hpp>
#include <telar/passes/simplify.hpp>
#include <telar/passes/sink_reshapes.hpp>
#include <telar/passes/transpose_products.hpp>
#include <telar/passes/views.hpp>

#include <iterator>
#include <string_view>

namespace telar::inline TELAR_ABI::ir::passes {

/// graph -> graph: the same values with less work, pass by pass. (Derivatives are already in the graph: differentiate
/// runs while it is traced, where the user asks for a gradient.) A list, so that a program can evaluate each pass on
/// its own: compilers bound the length of one constant evaluation.
struct named_pass {
    std::string_view name;
    graph (*run)(const graph&);

    constexpr graph operator()(const graph& g) const { return run(g); }
};
// clang-format off
inline constexpr named_pass optimisations[] = {
    {"simplify",           simplify},  // folds constants as it goes
    {"drop_dead_nodes",    drop_dead_nodes},
    {"transpose_products", transpose_products},
    {"sink_reshapes",      sink_reshapes},
    {"simplify",           simplify},
    {"drop_dead_nodes",    drop_dead_nodes},
};
// clang-format on
inline constexpr int optimisation_count = static_cast<int>(std::size(optimisations));

constexpr graph optimise(graph g) {
    for (const auto& pass : optimisations) g = pass(g);
    return g;
}

/// graph -> groups -> schedule, in the steps that a program evaluates one by one. A graph with a mistake has no
/// kernels: they would not compile, in words that only hide the mistake's own.
constexpr grouping group_nodes(const graph& g, const growable<view>& views, const target& machine) {
    if (g.error.what != mistake_kind::none) return {};
    return fuse(g, views, machine.most.nodes);
}
constexpr grouping complete_groups(const graph& g, const growable<view>& views, const target& machine,
                                   grouping groups) {
    if (g.error.what != mistake_kind::none) return {};
    const read_lists reads(g);
    chain_products(g, views, reads, machine, groups);
    order_groups(g, views, fusion::bases_of(reads, views), groups);
    return find_members(g, views, reads, machine.elements, std::move(groups));
}
/// It does not `fit` if a kernel came out too large for the target.
constexpr schedule schedule_of(graph g, const growable<view>& views, const target& machine, const grouping& groups) {
    if (g.error.what != mistake_kind::none) return {};
    return emit_kernels(std::move(g), views, groups, machine);
}

/// graph -> schedule: fuse, order, emit. A grouping whose kernels come out too large is made again with smaller groups.
/// `groups` becomes the one that fits.
constexpr schedule make_schedule(graph g, grouping& groups, target machine) {
    const growable<view> all = views(g);
    while (true) {
        groups = complete_groups(g, all, machine, group_nodes(g, all, machine));
        schedule s = schedule_of(g, all, machine, groups);
        if (s.fits || machine.most.nodes == 1) return s;
        machine.most.nodes /= 2;
    }
}
constexpr schedule make_schedule(graph g, const target& machine) {
    grouping groups;
    return make_schedule(std::move(g), groups, machine);
}

}  // namespace telar::inline TELAR_ABI::ir::passes
