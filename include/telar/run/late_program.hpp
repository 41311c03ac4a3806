// SPDX-License-Identifier: BSL-1.0
// A program that is compiled at its first run, with interpreted kernels. The C++ compiler traces it, so mistakes stay
// compile-time errors.
#pragma once
#include <telar/kernels/cpu/interpreted/chosen_kernels.hpp>
#include <telar/run/late_schedule.hpp>
#include <telar/run/program_trace.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::runtime {

/// What a trace needs of kernels. Passes bring in no function and no type that a trace does not have, and a sum only
/// for a product.
struct kernels_needed {
    unsigned types = 0;                                          // in which kernels compute, as bits
    unsigned types_of[static_cast<std::size_t>(last_op) + 1]{};  // the same of an operation
    bool has_many_axes = false;
    int routines = 0;
    std::uint32_t routine[32]{};

    constexpr bool has(op k, dtype t) const { return has(types_of[static_cast<std::size_t>(k)], t); }
    static constexpr bool has(unsigned set, dtype t) { return (set >> static_cast<unsigned>(t) & 1) != 0; }
    constexpr bool reduces(dtype t) const {
        bool any = has(op::matmul, t);
        for (int k = 0; k <= static_cast<int>(last_op); ++k)
            any = any || (is_reduction(static_cast<op>(k)) && has(static_cast<op>(k), t));
        return any;
    }
    constexpr void add_routine(std::uint32_t bits) {
        for (int r = 0; r < routines; ++r)
            if (routine[r] == bits) return;
        if (routines < 32) routine[routines++] = bits;
    }
};
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

/// The functions and loops that a trace needs.
template <class Trace> struct kernels_of_trace {
    static constexpr kernels_needed needed =
        kernels_needed_by(Trace::stage::content().all.nodes.items, Trace::stage::sizes.all.nodes);
    struct wanted {
        static constexpr bool has(dtype t) { return needed.has(needed.types, t); }
        static constexpr bool has(op k, dtype t) {
            const bool is_light = !is_reduction(k) && kernels::cpu::size_of_formula(k) == 1;
            const bool is_arithmetic = k == op::add || k == op::sub || k == op::mul || k == op::neg;
            return (is_light && (is_float(t) || is_arithmetic)) || needed.has(k, t) || (k == op::sum && reduces(t));
        }
        static constexpr bool reduces(dtype t) { return needed.reduces(t); }
        static constexpr bool multiplies(dtype t) { return needed.has(op::matmul, t); }
        static constexpr bool walks() { return needed.has_many_axes; }
    };
    static kernel_function routine_of(const instruction& code) {
        kernel_function f = nullptr;
        [&]<std::size_t... R>(std::index_sequence<R...>) {
            ((needed.routine[R] == code.bits()
                  ? void(f = &kernels::cpu::launch<kernels::cpu::interpreted::routine_words<needed.routine[R]>>)
                  : void()),
             ...);
        }
        (std::make_index_sequence<static_cast<std::size_t>(needed.routines)>{});
        return f;
    }
#if TELAR_COMPILED  // the library has the others, for the processor that the program runs on
    static kernel_function function_of_others(const kernel& k, const instruction* code) {
        return kernels::cpu::interpreted::chosen_function_of(k, code);
    }
    static const void* loops() { return kernels::cpu::interpreted::chosen_kernels().loops; }
#else
    static kernel_function function_of_others(const kernel& k, const instruction* code) {
        if (k.kind == kernel_kind::routine) return nullptr;
        return kernels::cpu::interpreted::function_of<wanted>(k, code);
    }
    static const void* loops() { return &kernels::cpu::interpreted::library_of<wanted>; }
#endif
    static kernel_function function_of(const kernel& k, const instruction* code) {
        if (k.kind == kernel_kind::call) return nullptr;
        const kernel_function f = function_of_others(k, code);
        return f == nullptr && k.kind == kernel_kind::routine ? routine_of(*code) : f;
    }
    static constexpr kernel_source source{&function_of, &loops};
};

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
        static const late_schedule made(sources(), leaves.data(), leaf_count, kernels_of_trace<whole_trace>::source);
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
