// SPDX-License-Identifier: BSL-1.0
// compile: from an expression's type to a program. This file alone sees everything: trace, passes, kernels.
#pragma once
#include <telar/expr/function.hpp>
#include <telar/graph/frozen.hpp>
#include <telar/passes/pipeline.hpp>
#include <telar/run/workspace.hpp>

namespace telar::inline TELAR_ABI {

/// A node and its leaves, compiled. Each stage is one constant evaluation of its own: compilers bound their length.
template <class Node, class... Leaves> struct compiled {
    // ------------------------------------------------------------ trace -> optimise -> schedule
    static constexpr graph traced() {
        trace t;
        (t.declare<Leaves>(), ...);
        if constexpr (requires { Node::add_roots(t); }) Node::add_roots(t);
        else {
            const auto r = Node::lower(t);
            for (int i = 0; i < result_count<std::remove_const_t<decltype(r)>>; ++i) {
                const symbol s = result_at(r, i);
                t.g.roots.push({s.id, -1, s.linear, 0});
            }
        }
        return std::move(t.g);
    }
    static constexpr graph_sizes traced_sizes = sizes_of(traced());
    static constexpr frozen_graph<traced_sizes.nodes, traced_sizes.roots, traced_sizes.dims, traced_sizes.equalities>
        trace_graph{traced()};
    static constexpr mistake error = trace_graph.error;

    /// The graph after the first `Passes` of the optimisations.
    template <int Passes> struct after {
        static constexpr graph made() {
            if constexpr (Passes == 1) return optimisations[0](trace_graph.thaw());
            else return optimisations[Passes - 1](after<Passes - 1>::frozen.thaw());
        }
        static constexpr graph_sizes sizes = sizes_of(made());
        static constexpr frozen_graph<sizes.nodes, sizes.roots, sizes.dims, sizes.equalities> frozen{made()};
    };
    static constexpr graph_sizes sizes = after<optimisation_count>::sizes;
    static constexpr const auto& optimised = after<optimisation_count>::frozen;

    /// make_schedule(optimised), in its two steps: groups of at most so many nodes, and their kernels.
    template <int MostNodes> struct scheduled {
        static constexpr grouping_sizes group_sizes = sizes_of(group_nodes(optimised.thaw(), MostNodes));
        static constexpr frozen_grouping<group_sizes> groups{group_nodes(optimised.thaw(), MostNodes)};
        static constexpr schedule_sizes sizes = sizes_of(schedule_of(optimised.thaw(), groups.thaw()));
        static constexpr int most_nodes() {
            if constexpr (sizes.fits || MostNodes == 1) return MostNodes;
            else return scheduled<MostNodes / 2>::most_nodes();
        }
    };
    using fitting = scheduled<scheduled<most_nodes_in_kernel>::most_nodes()>;
    static constexpr schedule_sizes plan_sizes = fitting::sizes;
    static constexpr frozen_schedule<plan_sizes> plan{schedule_of(optimised.thaw(), fitting::groups.thaw())};

    /// How many operations of a kind run.
    static constexpr int count(op k) {
        int n = 0;
        for (const node& d : optimised.nodes) n += d.kind == k;
        return n;
    }

    // ------------------------------------------------------------ kernels
    /// The descriptor of a kernel, as the words of its type.
    template <int K> struct described {
        static constexpr kernel k = plan.kernels[K];
        static constexpr product_extents extents = [] {
            if (k.kind != kernel_kind::contract) return product_extents{};
            return known_extents(k, plan.accesses[k.first_access], plan.accesses[k.first_access + 1]);
        }();
        static constexpr bool has_extents = extents.n > 0;
        static constexpr int count = 1 + has_extents + (k.instructions + 1) / 2;

        static constexpr std::uint64_t word(int i) {
            if (i == 0) {
                const int last = k.space.rank - 1;
                const bool by_column =
                    k.kind == kernel_kind::loop && k.reduced != 0 && !(k.reduced >> (last < 0 ? 0 : last) & 1);
                return descriptor_header{k.type, k.kind, by_column, has_extents, k.walk.rows > 0, k.instructions}
                    .bits();
            }
            if (has_extents && i == 1) return extents.bits();
            std::uint64_t w = 0;
            for (int half = 0; half < 2; ++half)
                if (const int at = 2 * (i - 1 - has_extents) + half; at < k.instructions)
                    w |= static_cast<std::uint64_t>(plan.instructions[k.first_instruction + at].bits()) << (32 * half);
            return w;
        }
        template <std::size_t... I> static constexpr kernel_function launched(std::index_sequence<I...>) {
            return &cpu::launch<words<word(static_cast<int>(I))...>>;
        }
        static constexpr kernel_function function =
            launched(std::make_index_sequence<static_cast<std::size_t>(count)>{});
    };
    static constexpr auto functions = []<std::size_t... K>(std::index_sequence<K...>) {
        return fixed<kernel_function, static_cast<int>(sizeof...(K))>{{described<static_cast<int>(K)>::function...}};
    }
    (std::make_index_sequence<static_cast<std::size_t>(plan_sizes.kernels)>{});

    // ------------------------------------------------------------ tables
    static constexpr int leaf_count = sizeof...(Leaves);
    template <class Leaf> static constexpr std::string_view name_of_leaf() {
        if constexpr (requires { Leaf::name; }) return Leaf::name;
        else return {};
    }
    static constexpr fixed<leaf_info, leaf_count> leaves{{{name_of_leaf<Leaves>(), Leaves::type}...}};
    static constexpr fixed<shape, sizes.roots> extents_of_results = [] {
        fixed<shape, sizes.roots> s{};
        for (int i = 0; i < sizes.roots; ++i) s.items[i] = optimised.nodes[optimised.roots[i].id].extents;
        return s;
    }();
    /// All but the kernels themselves, which are not compiled for it.
    static constexpr program_tables description{plan.buffers.data(),
                                                plan_sizes.buffers,
                                                plan.accesses.data(),
                                                plan.instructions.data(),
                                                plan.scalars.data(),
                                                plan.kernels.data(),
                                                plan_sizes.kernels,
                                                plan.repetitions.data(),
                                                plan_sizes.repetitions,
                                                plan.dims.data(),
                                                plan_sizes.dims,
                                                plan.equalities.data(),
                                                plan_sizes.equalities,
                                                optimised.roots.data(),
                                                extents_of_results.data(),
                                                sizes.roots,
                                                leaves.data(),
                                                leaf_count,
                                                nullptr};
    static constexpr program_tables tables = [] {
        program_tables t = description;
        t.functions = functions.data();
        return t;
    }();

    // ------------------------------------------------------------ memory
    /// Bytes of the arena, when every leaf's unknown extent is `batch` (there is nothing unknown if all is static).
    static constexpr extent_t workspace_bytes(extent_t batch = 0) {
        growable<extent_t> values(plan_sizes.dims, batch), offsets(plan_sizes.buffers, 0);
        evaluate(plan.dims.data(), plan_sizes.dims, values.data());
        return plan_memory(plan.buffers.data(), plan_sizes.buffers, values.data(), offsets.data());
    }

    // ------------------------------------------------------------ results
    /// The tensor type of root I.
    static constexpr node root_node(int i) { return optimised.nodes[optimised.roots[i].id]; }
    static constexpr extent_t static_extent(int i, std::size_t axis) {
        const extent_t e = root_node(i).extents.extent[axis];
        return is_number(e) ? e : dyn;
    }
    template <int I, std::size_t... K> static auto result_type(std::index_sequence<K...>) {
        using T = element_t<root_node(I).type>;
        if constexpr (optimised.roots[I].linear && sizeof...(K) == 2)
            return std::type_identity<matrix<T, static_extent(I, K)...>>{};
        else return std::type_identity<tensor<T, static_extent(I, K)...>>{};
    }
    template <int I>
    using result = typename decltype(result_type<I>(
        std::make_index_sequence<static_cast<std::size_t>(root_node(I).extents.rank)>{}))::type;
};

/// The program of an expression type.
template <class E> struct program_of;
template <class Node, class... Leaves> struct program_of<expression<Node, Leaves...>> {
    using type = compiled<Node, Leaves...>;
};

}  // namespace telar::inline TELAR_ABI
