// SPDX-License-Identifier: BSL-1.0
// compile: from an expression's type to a program. This file alone sees everything: trace, passes, kernels.
#pragma once
#include <telar/expr/late.hpp>
#include <telar/passes/pipeline.hpp>
#include <telar/run/late_program.hpp>
#include <telar/run/program_trace.hpp>
#include <telar/run/small_program.hpp>
#include <telar/run/target/programs.hpp>
#include <telar/run/workspace.hpp>

namespace telar::inline TELAR_ABI::runtime {

/// The descriptors of all kernels of a schedule, one behind the other.
template <int Words, int Kernels> struct descriptor_words {
    fixed<std::uint64_t, Words> words;
    fixed<int, Kernels + 1> first;

    constexpr explicit descriptor_words(const auto& plan) {
        int at = 0;
        for (int i = 0; i < Kernels; ++i) {
            const kernel& k = plan.kernels[i];
            if (k.kind != kernel_kind::call) {  // that is a program of its own
                product_extents extents;
                if (k.kind == kernel_kind::contract)
                    extents = known_extents(chosen::machine.products, k, plan.accesses[k.first_access],
                                            plan.accesses[k.first_access + 1]);
                const bool has_extents = extents.n > 0;
                words.items[at++] = header_of(k, has_extents).bits();
                if (has_extents) words.items[at++] = extents.bits();
                for (int n = 0; n < k.instructions; ++n) {
                    const std::uint64_t bits = plan.instructions[k.first_instruction + n].bits();
                    if (n % 2 == 0) words.items[at++] = bits;
                    else words.items[at - 1] |= bits << 32;
                }
            }
            first.items[i + 1] = at;
        }
    }
    constexpr int count(int k) const { return first[k + 1] - first[k]; }
};
template <class Words> inline constexpr kernel_function launcher = chosen::launch<Words>;
template <> inline constexpr kernel_function launcher<words<>> = nullptr;

/// A graph of a trace, compiled. Each stage is one constant evaluation of its own: compilers bound their length. The
/// room of a stage is guessed from the stage before.
template <class Traced> struct stages {
    // ------------------------------------------------------------ trace -> optimise -> schedule
    static constexpr graph_sizes traced_sizes = Traced::part.sizes;
    static constexpr const auto& trace_graph = Traced::value;
    static constexpr mistake error = Traced::part.error;

    /// The graph after the first `Passes` of the optimisations.
    template <int Passes> struct after {
        static constexpr graph made() { return optimisations[Passes - 1](before()); }
        static constexpr graph before() {
            if constexpr (Passes == 1) return Traced::lent();
            else {
                using earlier = typename after<Passes - 1>::stage;
                return lent_graph(earlier::content(), {}, earlier::sizes, earlier::content().error);
            }
        }
        static constexpr graph_sizes room() {
            if constexpr (Passes == 1) return with_room(traced_sizes);
            else return with_room(after<Passes - 1>::stage::sizes);
        }
        using stage = evaluated<after, room()>;
    };
    static constexpr graph_sizes with_room(const graph_sizes& s) {
        return {s.nodes + s.nodes / 4 + 8, s.roots,  s.dims + 8,
                s.equalities + 8,          s.labels, s.starts == 0 ? 0 : 2 * s.starts + 8};
    }
    using optimised_stage = typename after<optimisation_count>::stage;
    static constexpr graph_sizes sizes = optimised_stage::sizes;
    static constexpr const auto& optimised = optimised_stage::value;

    // make_schedule(optimised), step by step
    struct viewing {
        static constexpr graph_views made() { return views_and_dimensions(lent_graph(optimised, {}, sizes, error)); }
    };
    static constexpr int nodes = sizes.nodes;
    using view_stage = evaluated<viewing, view_sizes{nodes, 2 * sizes.dims + 8, sizes.equalities + 8}>;

    struct viewed_graph {
        graph g = lent_graph(optimised, {}, sizes, error);
        growable<view> views = view_stage::value.lend(g);
    };

    /// The schedule with groups of at most so many nodes.
    template <int MostNodes> struct scheduled {
        static constexpr target machine = with_kernels_of(chosen::machine, MostNodes);
        struct fusing {
            static constexpr grouping made() {
                const viewed_graph v;
                return group_nodes(v.g, v.views, machine);
            }
        };
        using fused = evaluated<fusing, grouping_sizes{nodes, nodes, 0, 0, 0}>;
        struct completing {
            static constexpr grouping made() {
                const viewed_graph v;
                return complete_groups(v.g, v.views, machine, fused::value.thaw());
            }
        };
        static constexpr int of_groups = fused::sizes.groups;
        using groups = evaluated<completing, grouping_sizes{of_groups, nodes, of_groups, 2 * nodes + 8, of_groups + 1}>;
        static constexpr int k = groups::sizes.order;
        struct emission {
            static constexpr schedule made() {
                viewed_graph v;
                return schedule_of(std::move(v.g), v.views, machine, groups::value.lend());
            }
        };
        using stage =
            evaluated<emission,
                      schedule_sizes{nodes + k + 8, 3 * nodes + 8, 3 * nodes + 8 * k + 8, nodes + 8, k + 4, 4,
                                     sizes.labels, view_stage::sizes.dims + sizes.dims + 8, sizes.equalities + 8}>;
        static constexpr int most_nodes() {
            if constexpr (stage::sizes.fits || MostNodes == 1) return MostNodes;
            else return scheduled<MostNodes / 2>::most_nodes();
        }
    };
    using fitting = typename scheduled<scheduled<chosen::machine.most.nodes>::most_nodes()>::stage;
    static constexpr schedule_sizes plan_sizes = fitting::sizes;
    static constexpr const auto& plan = fitting::value;

    /// The graph as it was traced, or optimised, with what its regions are called.
    template <bool Optimised> static constexpr graph thawed() {
        graph g = trace_graph.thaw();
        if constexpr (Optimised) {
            region_list named = std::move(g.regions);
            g = optimised.thaw();
            named.starts = std::move(g.regions.starts);
            g.regions = std::move(named);
        }
        return g;
    }
    /// The graph after the first `Passes` optimisations; 0: as it was traced.
    template <int Passes> static constexpr graph graph_after() {
        if constexpr (Passes == 0) return trace_graph.thaw();
        else return after<Passes>::stage::value.thaw();
    }
    /// How many operations of a kind run.
    static constexpr int count(op k) {
        int found = 0;
        for (const node& d : optimised.nodes) found += d.kind == k;
        return found;
    }

    static constexpr bool prints = [] {
        for (const node& n : optimised.nodes)
            if (telar::ir::prints(n)) return true;
        return false;
    }();

    // ------------------------------------------------------------ kernels
    // A table of words, and types without functions. A function for each kernel would have a name as long as the
    // expression, which g++ takes long to handle.
    static constexpr descriptor_words<3 * plan_sizes.kernels + plan_sizes.instructions, plan_sizes.kernels> descriptors{
        plan};
    template <int K, class = std::make_index_sequence<static_cast<std::size_t>(descriptors.count(K))>> struct described;
    template <int K, std::size_t... I> struct described<K, std::index_sequence<I...>> {
        using type = words<descriptors.words[descriptors.first[K] + static_cast<int>(I)]...>;
    };
    static constexpr auto functions = []<std::size_t... K>(std::index_sequence<K...>) {
        return fixed<kernel_function, static_cast<int>(sizeof...(K))>{
            {launcher<typename described<static_cast<int>(K)>::type>...}};
    }
    (std::make_index_sequence<static_cast<std::size_t>(plan_sizes.kernels)>{});

    // ------------------------------------------------------------ tables
    /// The roots and the regions by themselves: a program that runs needs them, but not the nodes.
    static constexpr fixed<root, sizes.roots> roots = optimised.roots;
    struct named_regions {
        fixed<region, traced_sizes.regions> all;
        fixed<char, traced_sizes.texts> texts;
    };
    static constexpr named_regions regions{trace_graph.regions.all, trace_graph.regions.texts};
    static constexpr fixed<shape, sizes.roots> extents_of_results = [] {
        fixed<shape, sizes.roots> s{};
        for (int i = 0; i < sizes.roots; ++i) s.items[i] = optimised.nodes[optimised.roots[i].id].extents;
        return s;
    }();
    static constexpr program_tables tables_with(const leaf_info* leaves, int leaf_count,
                                                const kernel_function* launchers, const program_tables* const* blocks) {
        program_tables p = tables_of(plan, roots, extents_of_results, regions, chosen::machine);
        p.leaves = leaves;
        p.leaf_count = leaf_count;
        p.functions = launchers;
        p.blocks = blocks;
        return p;
    }
};

/// A block that a program calls, compiled.
template <class Traced> struct compiled_block : stages<Traced> {
    using base = stages<Traced>;
    static constexpr int leaf_count = Traced::part.operands;
    static constexpr fixed<leaf_info, leaf_count> leaves = [] {
        fixed<leaf_info, leaf_count> all{};
        add_operands(base::trace_graph.nodes, all.items);
        return all;
    }();
    static constexpr program_tables description = base::tables_with(leaves.data(), leaf_count, nullptr, nullptr);
    static constexpr program_tables tables =
        base::tables_with(leaves.data(), leaf_count, base::functions.data(), nullptr);
};

/// A node and its leaves, compiled with the C++ program.
template <class Node, class... Leaves>
struct early_program : stages<part_of<trace_of<Node, Leaves...>, 0>>,
                       program_interface<early_program<Node, Leaves...>, Leaves...> {
    using whole_trace = trace_of<Node, Leaves...>;
    using base = stages<part_of<whole_trace, 0>>;
    using stated = program_interface<early_program, Leaves...>;
    using base::optimised, base::plan, base::plan_sizes, base::sizes, base::trace_graph, base::traced_sizes;
    using stated::leaf_count, stated::leaves;

    // ------------------------------------------------------------ blocks
    static constexpr int block_count = whole_trace::block_count;
    template <int B> using block = compiled_block<part_of<whole_trace, 1 + B>>;
    template <bool Runs> struct list_of_blocks {
        template <std::size_t... B>
        static constexpr fixed<const program_tables*, block_count> made(std::index_sequence<B...>) {
            if constexpr (Runs) return {{&block<static_cast<int>(B)>::tables...}};
            else return {{&block<static_cast<int>(B)>::description...}};
        }
        static constexpr fixed<const program_tables*, block_count> list =
            made(std::make_index_sequence<static_cast<std::size_t>(block_count)>{});
    };

    // ------------------------------------------------------------ tables
    static constexpr program_tables description_tables =
        base::tables_with(leaves.data(), leaf_count, nullptr, list_of_blocks<false>::list.data());
    /// Those that launch one kernel after the other, whatever the size.
    template <class Complete = early_program> static constexpr program_tables launching() {
        return base::tables_with(leaves.data(), leaf_count, Complete::functions.data(),
                                 list_of_blocks<true>::list.data());
    }
    static constexpr bool is_one_function = is_small(description_tables);
    static constexpr program_tables described_tables = [] {
        program_tables p = description_tables;
        p.is_one_function = is_one_function;
        return p;
    }();
    static constexpr program_tables running_tables = [] {
        if constexpr (is_one_function) {
            program_tables p = described_tables;
            p.whole = &small_program<early_program>::run;
            return p;
        } else {
            return launching();
        }
    }();

    static constexpr const program_tables& description() { return described_tables; }
    static constexpr const program_tables& tables() { return running_tables; }

    /// The graph as it was traced, or optimised, with the blocks that it calls.
    template <bool Optimised> static constexpr graph whole_graph() {
        graph g = base::template thawed<Optimised>();
        add_blocks<Optimised>(g, std::make_integer_sequence<int, block_count>{});
        return g;
    }
    template <bool Optimised, int... B> static constexpr void add_blocks(graph& g, std::integer_sequence<int, B...>) {
        ((g.blocks[g.blocks.push({})].body = block<B>::template thawed<Optimised>()), ...);
    }

    // ------------------------------------------------------------ memory
    /// Bytes of the arena, when every leaf's unknown extent is `batch` (there is nothing unknown if all is static).
    static constexpr extent_t workspace_bytes(extent_t batch = 0) {
        growable<extent_t> values(plan_sizes.dims, batch);
        evaluate(plan.dims.table.data(), plan_sizes.dims, values.data());
        return arena_bytes_of(description(), description().blocks, values.data());
    }

    static constexpr node root_node(int i) { return optimised.nodes[optimised.roots[i].id]; }
};

/// How an expression is compiled: with the C++ program, or late (`late(y)`, TELAR_LATE).
template <bool Late, class Node, class... Leaves>
using compiled_when = std::conditional_t<Late, late_program<Node, Leaves...>, early_program<Node, Leaves...>>;
template <class Node, class... Leaves> using compiled = compiled_when<runs_late<Node>, Node, Leaves...>;

/// The program of an expression type.
template <class E> struct program_of;
template <class Node, class... Leaves> struct program_of<expression<Node, Leaves...>> {
    using type = compiled<Node, Leaves...>;
};

}  // namespace telar::inline TELAR_ABI::runtime
