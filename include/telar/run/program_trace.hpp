// SPDX-License-Identifier: BSL-1.0
// The trace of a program as a constant, and the leaves and result types of a program. Early and late programs share it.
#pragma once
#include <telar/expr/function.hpp>
#include <telar/graph/frozen.hpp>
#include <telar/run/program_tables.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

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

/// The leaves and result types of a program. Code provides the roots: optimised ones, or traced ones if it is late.
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

}  // namespace telar::inline TELAR_ABI::runtime
