// SPDX-License-Identifier: BSL-1.0
// A program that is compiled at its first run, with interpreted kernels. The C++ compiler traces it, so mistakes stay
// compile-time errors.
#pragma once
#include <telar/expr/late.hpp>
#include <telar/run/late_schedule.hpp>
#include <telar/run/program_trace.hpp>
#include <telar/run/target/programs.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::runtime {

/// What the nodes of a trace need of kernels.
constexpr kernels_needed kernels_needed_by(const auto& nodes, int count) {
    constexpr auto bit = [](dtype t) { return 1u << static_cast<unsigned>(core::info(t).computed_in); };
    kernels_needed all;
    all.types = bit(dtype::float32);  // where truth values are computed
    for (int i = 0; i < count; ++i) {
        const node& n = nodes[i];
        all.has_many_axes = all.has_many_axes || n.extents.rank > 2;
        if (is_routine(n.kind)) {
            const auto node_at = [&](int k) -> const node& { return nodes[n.in[k]]; };
            all.add_routine(passes::emission::instruction_of(n, node_at).bits());
        }
        unsigned types = bit(n.type);
        for (int k = 0; k < info(n.kind).arity; ++k) types |= bit(nodes[n.in[k]].type);
        all.types |= types;
        all.types_of[static_cast<std::size_t>(n.kind)] |= types;
    }
    return all;
}

template <class Trace> struct needs_of_trace {
    static constexpr kernels_needed needed =
        kernels_needed_by(Trace::stage::content().all.nodes.items, Trace::stage::sizes.all.nodes);
};

template <class Target> inline constexpr bool is_different_targets = false;
template <class First, class Second>
inline constexpr bool is_different_targets<expr::different_targets<First, Second>> = true;

/// Where a program gets its kernels: from the target that it is marked with, else from the chosen one.
template <class Node, class Trace> constexpr const kernels::kernel_source& kernels_of() {
    using marked = typename expr::marked_target<Node>::type;
    if constexpr (is_different_targets<marked>) core::errors::several_targets<marked>();
    if constexpr (std::is_void_v<marked> || is_different_targets<marked>)
        return chosen::late_kernels<needs_of_trace<Trace>>;
    else return marked::source;
}

/// A node and its leaves, traced with the C++ program and compiled when it is first run.
template <class Node, class... Leaves>
struct late_program : program_interface<late_program<Node, Leaves...>, Leaves...> {
    using whole_trace = trace_of<Node, Leaves...>;
    using stated = program_interface<late_program, Leaves...>;
    using stated::leaf_count, stated::leaves;
    static constexpr traced_part part = whole_trace::stage::content().parts[0];
    static constexpr mistake error = part.error;
    static constexpr graph_sizes sizes = part.sizes;
    static constexpr fixed<root, sizes.roots> roots = [] {
        fixed<root, sizes.roots> all{};
        copy_into(all, whole_trace::stage::content().all.roots);
        return all;
    }();
    static constexpr node root_node(int i) { return whole_trace::stage::content().all.nodes[roots[i].id]; }
    static constexpr const auto& trace_graph = part_of<whole_trace, 0>::value;
    static constexpr int block_count = whole_trace::block_count;

    static const program_tables& tables() {
        if constexpr (!TELAR_HAS_EXCEPTIONS) core::errors::late_needs_exceptions<core::errors::operands<leaf_count>>();
        static const late_schedule made(sources(), leaves.data(), leaf_count, kernels_of<Node, whole_trace>());
        return made.tables();
    }
    static const program_tables& description() { return tables(); }
    static extent_t workspace_bytes(extent_t batch = 0) {
        const program_tables& p = tables();
        growable<extent_t> values(p.dim_count, batch);
        evaluate(p.dims, p.dim_count, values.data());
        return arena_bytes_of(p, p.blocks, values.data());
    }
    template <int Passes> static graph graph_after() {
        graph g = trace_graph.thaw();
        for (int i = 0; i < Passes; ++i) g = optimisations[i](g);
        return g;
    }
    static int count(op k) {
        int found = 0;
        for (const node& d : thawed<true>().nodes) found += d.kind == k;
        return found;
    }
    template <bool Optimised> static graph thawed() { return graph_after < Optimised ? optimisation_count : 0 > (); }
    /// With the blocks that it calls.
    template <bool Optimised> static graph whole_graph() {
        std::vector<late_source> all = sources();
        const auto made = [](graph g) { return Optimised ? optimise(std::move(g)) : std::move(g); };
        graph g = thawed<Optimised>();
        for (std::size_t i = 1; i < all.size(); ++i) g.blocks[g.blocks.push({})].body = made(std::move(all[i].traced));
        return g;
    }
    static constexpr bool prints = [] {
        const auto& nodes = whole_trace::stage::content().all.nodes;
        for (int i = 0; i < sizes.nodes; ++i)
            if (telar::ir::prints(nodes[i])) return true;
        return false;
    }();

private:
    static std::vector<late_source> sources() {
        const auto& content = whole_trace::stage::value;  // trimmed, since a program's file holds it
        std::vector<late_source> all;
        for (int i = 0; i < whole_trace::stage::sizes.parts; ++i) {
            const traced_part& p = content.parts[i];
            graph g = lent_graph(content.all, p.first, p.sizes, p.error);
            g.regions = regions_of(content.all, p.first, p.sizes);
            all.push_back({std::move(g), p.operands});
        }
        return all;
    }
};

}  // namespace telar::inline TELAR_ABI::runtime
