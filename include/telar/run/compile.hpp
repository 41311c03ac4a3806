// SPDX-License-Identifier: BSL-1.0
// compile: from an expression's type to a program. This file alone sees everything: trace, passes, kernels.
#pragma once
#include <telar/expr/function.hpp>
#include <telar/expr/late.hpp>
#include <telar/graph/frozen.hpp>
#include <telar/kernels/cpu/launch.hpp>
#include <telar/passes/pipeline.hpp>
#include <telar/run/late_program.hpp>
#include <telar/run/workspace.hpp>

namespace telar::inline TELAR_ABI::runtime {

/// What a program says of a leaf's values.
template <class Leaf> constexpr void add_infos(leaf_info*& to) {
    if constexpr (!LeafGroup<Leaf>) *to++ = leaf_info(name_of_leaf<Leaf>(), Leaf::type);
    else
        for (int k = 0; k < Leaf::width; ++k) *to++ = leaf_info(Leaf::name_of(k), Leaf::value_types[k]);
}

/// The trace of a node and its leaves, and the blocks that they call.
template <class Node, class... Leaves> struct trace_of {
    static constexpr graph traced() {
        trace t;
        t.declare<Leaves...>();
        if constexpr (requires { Node::add_roots(t); }) {
            Node::add_roots(t);
            add_updates(t.g);
        } else {
            const auto r = Node::lower(t);
            for (int i = 0; i < result_count<std::remove_const_t<decltype(r)>>; ++i) {
                const symbol s = result_at(r, i);
                t.g.roots.push({s.id, -1, s.linear, 0});
            }
            if (!t.g.updates.empty()) t.g.fail({mistake_kind::update_is_lost, op::leaf, {}, {}, 0, {}, {}, 0});
        }
        return std::move(t.g);
    }
    /// What functions assigned while they were traced.
    static constexpr void add_updates(graph& g) {
        constexpr bool is_variable[sizeof...(Leaves) + 1]{(VariableLeaf<Leaves> && !AdvancingLeaf<Leaves>)...};
        constexpr bool is_linear[sizeof...(Leaves) + 1]{Leaves::type.linear != 0 ...};
        for (const state_update& u : g.updates) {
            const auto leaf = static_cast<std::int32_t>(g[u.leaf].attribute[0]);
            std::size_t of = 0;
            while (leaf_numbers<Leaves...>::first(of + 1) <= leaf) ++of;
            bool may_change = is_variable[of];
            for (const root& r : g.roots) may_change = may_change && r.target != leaf;
            if (!may_change)
                g.fail({mistake_kind::updated_is_no_variable, op::leaf, {}, {}, 0, g[u.leaf].extents, {}, 0});
            g.roots.push({u.value, leaf, is_linear[of], 0});
        }
    }
    static constexpr traced_graphs made() { return traced_graphs(traced()); }
    using stage =
        evaluated<trace_of,
                  trace_sizes{{4096, 128 + static_cast<int>(sizeof...(Leaves)), 64, 16, 64, 512, 128, 4096}, 8}>;
    static constexpr int block_count = stage::sizes.parts - 1;
};
/// One graph of a trace: the traced one, or behind it a block.
template <class Trace, int Number> struct part_of {
    static constexpr traced_part part = Trace::stage::content().parts[Number];
    static constexpr graph lent() {
        return lent_graph(Trace::stage::content().all, part.first, part.sizes, part.error);
    }
    static constexpr frozen_graph<part.sizes> value{Trace::stage::content().all, part.first, part.error};
};

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
                    extents = known_extents(k, plan.accesses[k.first_access], plan.accesses[k.first_access + 1]);
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
template <class Words> inline constexpr kernel_function launcher = &cpu::launch<Words>;
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
        struct fusing {
            static constexpr grouping made() {
                const viewed_graph v;
                return group_nodes(v.g, v.views, MostNodes);
            }
        };
        using fused = evaluated<fusing, grouping_sizes{nodes, nodes, 0, 0, 0}>;
        struct completing {
            static constexpr grouping made() {
                const viewed_graph v;
                return complete_groups(v.g, v.views, MostNodes, fused::value.thaw());
            }
        };
        static constexpr int of_groups = fused::sizes.groups;
        using groups = evaluated<completing, grouping_sizes{of_groups, nodes, of_groups, 2 * nodes + 8, of_groups + 1}>;
        static constexpr int k = groups::sizes.order;
        struct emission {
            static constexpr schedule made() {
                viewed_graph v;
                return schedule_of(std::move(v.g), v.views, groups::value.lend());
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
    using fitting = typename scheduled<scheduled<most_nodes_in_kernel>::most_nodes()>::stage;
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
    /// The roots by themselves: a program that runs needs them, but not the nodes.
    static constexpr fixed<root, sizes.roots> roots = optimised.roots;
    static constexpr fixed<shape, sizes.roots> extents_of_results = [] {
        fixed<shape, sizes.roots> s{};
        for (int i = 0; i < sizes.roots; ++i) s.items[i] = optimised.nodes[optimised.roots[i].id].extents;
        return s;
    }();
    static constexpr int call_count = [] {
        int calls = 0;
        for (const kernel& each : plan.kernels) calls += each.kind == kernel_kind::call;
        return calls;
    }();
    static constexpr program_tables tables_with(const leaf_info* leaves, int leaf_count,
                                                const kernel_function* launchers, const program_tables* const* blocks) {
        return {plan.buffers.data(),
                plan_sizes.buffers,
                plan.accesses.data(),
                plan.instructions.data(),
                plan.scalars.data(),
                plan.kernels.data(),
                plan_sizes.kernels,
                plan.repetitions.data(),
                plan_sizes.repetitions,
                plan.labels.data(),
                plan.dims.table.data(),
                plan_sizes.dims,
                plan.dims.equalities.data(),
                plan_sizes.equalities,
                roots.data(),
                extents_of_results.data(),
                sizes.roots,
                leaves,
                leaf_count,
                launchers,
                call_count,
                blocks,
                trace_graph.regions.all.data(),
                traced_sizes.regions,
                trace_graph.regions.texts.data()};
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

/// What a program says of its leaves and results, whenever it is compiled. Code has the traced or optimised roots.
template <class Code, class... Leaves> struct program_interface {
    static constexpr int leaf_count = leaf_numbers<Leaves...>::count;
    static constexpr fixed<leaf_info, leaf_count> leaves = [] {
        fixed<leaf_info, leaf_count> all{};
        leaf_info* to = all.items;
        const int in_turn[] = {0, (add_infos<Leaves>(to), 0)...};
        static_cast<void>(in_turn);
        return all;
    }();

    /// The tensor type of root I.
    static constexpr extent_t static_extent(int i, std::size_t axis) {
        const extent_t e = Code::root_node(i).extents.extent[axis];
        return is_number(e) ? e : dyn;
    }
    template <int I, std::size_t... K> static auto result_type(std::index_sequence<K...>) {
        using T = element_t<Code::root_node(I).type>;
        if constexpr (Code::roots[I].linear && sizeof...(K) == 2)
            return std::type_identity<matrix<T, static_extent(I, K)...>>{};
        else return std::type_identity<tensor<T, static_extent(I, K)...>>{};
    }
    template <int I, class Complete = Code>  // Code is not, where its base is read
    using result = typename decltype(result_type<I>(
        std::make_index_sequence<static_cast<std::size_t>(Complete::root_node(I).extents.rank)>{}))::type;
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
    static constexpr program_tables running_tables =
        base::tables_with(leaves.data(), leaf_count, base::functions.data(), list_of_blocks<true>::list.data());

    static constexpr const program_tables& description() { return description_tables; }
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
        const auto& content = whole_trace::stage::content();
        std::vector<late_source> all;
        for (int i = 0; i < whole_trace::stage::sizes.parts; ++i) {  // content may have room for more
            const traced_part& p = content.parts[i];
            graph g = lent_graph(content.all, p.first, p.sizes, p.error);
            g.regions = regions_of(content.all, p.first, p.sizes);
            all.push_back({std::move(g), p.operands});
        }
        return all;
    }
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
