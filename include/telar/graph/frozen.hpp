// SPDX-License-Identifier: BSL-1.0
// Graphs and schedules as constants: arrays of exactly the size they need, so that they can leave constant evaluation.
#pragma once
#include <telar/graph/schedule.hpp>
#include <telar/graph/settle_calls.hpp>

#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::ir {

/// An array that may be empty.
template <class T, int N> struct fixed {
    T items[std::size_t(N > 0 ? N : 1)]{};

    static constexpr int size() { return N; }
    constexpr const T* data() const { return items; }
    constexpr const T& operator[](int i) const { return items[i]; }
    constexpr const T* begin() const { return items; }
    constexpr const T* end() const { return items + N; }
};
/// Copies as much as there is behind the `first` ones, and as there is room for.
template <class T, int N> constexpr void copy_into(fixed<T, N>& to, const auto& from, int first = 0) {
    const int rest = from.size() - first;
    core::copy_values(to.items, from.data() + first, rest < N ? rest : N);
}
template <class T, int N> constexpr growable<T> thawed(const fixed<T, N>& from) { return growable<T>(from.data(), N); }
template <class T, int N> constexpr growable<T> lent(const fixed<T, N>& from) {
    return growable<T>::lent(from.data(), N);
}

struct graph_sizes {
    int nodes = 0, roots = 0, dims = 0, equalities = 0, labels = 0, starts = 0, regions = 0, texts = 0;
};
constexpr graph_sizes sizes_of(const graph& g) {
    return {g.nodes.size(),  g.roots.size(),          g.dims.table.size(),  g.dims.equalities.size(),
            g.labels.size(), g.regions.starts.size(), g.regions.all.size(), g.regions.texts.size()};
}
// Each constant is made from what grew, or from a larger constant that it trims: both name their parts alike.
template <int Entries, int Equalities> struct frozen_dimensions {
    fixed<dimension, Entries> table;
    fixed<equality, Equalities> equalities;

    constexpr explicit frozen_dimensions(const auto& from, int first_entry = 0, int first_equality = 0) {
        copy_into(table, from.table, first_entry);
        copy_into(equalities, from.equalities, first_equality);
    }
    constexpr dimensions thaw() const { return {thawed(table), thawed(equalities)}; }
};
template <int Starts, int Regions, int Texts> struct frozen_regions {
    fixed<region, Regions> all;
    fixed<char, Texts> texts;
    fixed<region_start, Starts> starts;

    constexpr explicit frozen_regions(const auto& from, int first = 0, int first_text = 0, int first_start = 0) {
        copy_into(all, from.all, first);
        copy_into(texts, from.texts, first_text);
        copy_into(starts, from.starts, first_start);
    }
    constexpr region_list thaw() const {
        region_list regions;
        regions.all = thawed(all);
        regions.texts = thawed(texts);
        regions.starts = thawed(starts);
        return regions;
    }
};
template <graph_sizes S> struct frozen_graph {
    fixed<node, S.nodes> nodes;
    fixed<root, S.roots> roots;
    frozen_dimensions<S.dims, S.equalities> dims;
    frozen_regions<S.starts, S.regions, S.texts> regions;
    fixed<char, S.labels> labels;
    mistake error;

    constexpr explicit frozen_graph(const auto& from) : frozen_graph(from, graph_sizes{}, from.error) {}
    /// Of several graphs in one, the graph whose parts begin there.
    constexpr frozen_graph(const auto& from, const graph_sizes& first, const mistake& e)
        : dims(from.dims, first.dims, first.equalities),
          regions(from.regions, first.regions, first.texts, first.starts),
          error(e) {
        copy_into(nodes, from.nodes, first.nodes);
        copy_into(roots, from.roots, first.roots);
        copy_into(labels, from.labels, first.labels);
    }
    constexpr graph thaw() const {
        graph g;
        g.nodes = thawed(nodes);
        g.roots = thawed(roots);
        g.dims = dims.thaw();
        g.regions = regions.thaw();
        g.labels = thawed(labels);
        g.error = error;
        return g;
    }
};

/// One graph of a constant that holds several: its parts begin at `first`, `size` says how many there are. The nodes
/// are read where they lie, and are not copied. What regions are called stays with the trace: passes ask only which
/// node belongs to which.
template <graph_sizes S>
constexpr graph lent_graph(const frozen_graph<S>& from, const graph_sizes& first, const graph_sizes& size,
                           const mistake& error) {
    graph g;
    g.nodes = growable<node>::lent(from.nodes.data() + first.nodes, size.nodes);
    g.roots = growable<root>::lent(from.roots.data() + first.roots, size.roots);
    g.dims = {growable<dimension>(from.dims.table.data() + first.dims, size.dims),
              growable<equality>(from.dims.equalities.data() + first.equalities, size.equalities)};
    g.labels = growable<char>(from.labels.data() + first.labels, size.labels);
    g.regions.starts = growable<region_start>::lent(from.regions.starts.data() + first.starts, size.starts);
    g.error = error;
    return g;
}

/// The regions of that graph, with their names.
template <graph_sizes S>
constexpr region_list regions_of(const frozen_graph<S>& from, const graph_sizes& first, const graph_sizes& size) {
    region_list regions;
    regions.all = growable<region>(from.regions.all.data() + first.regions, size.regions);
    regions.texts = growable<char>(from.regions.texts.data() + first.texts, size.texts);
    regions.starts = growable<region_start>(from.regions.starts.data() + first.starts, size.starts);
    return regions;
}

// ---------------------------------------------------------------- a graph with its blocks
/// A graph among those of a trace: what stands before it, and how much is its own.
struct traced_part {
    graph_sizes first, sizes;
    int operands = 0;  // of a block
    mistake error;
};
/// A graph, then the blocks that it calls: one behind the other, as if they were one.
struct traced_graphs {
    graph all;
    growable<traced_part> parts;

    constexpr explicit traced_graphs(graph g) : all(std::move(g)) {
        settle_calls(all);
        const growable<graph_block> blocks = std::move(all.blocks);
        parts.push({{}, sizes_of(all), 0, all.error});
        for (const graph_block& b : blocks) {
            parts.push({sizes_of(all), sizes_of(b.body), b.operands, b.body.error});
            const auto append = [](auto& to, const auto& from) { to.append(from.data(), from.size()); };
            append(all.nodes, b.body.nodes);
            append(all.roots, b.body.roots);
            append(all.dims.table, b.body.dims.table);
            append(all.dims.equalities, b.body.dims.equalities);
            append(all.labels, b.body.labels);
            append(all.regions.all, b.body.regions.all);
            append(all.regions.texts, b.body.regions.texts);
            append(all.regions.starts, b.body.regions.starts);
        }
    }
};
struct trace_sizes {
    graph_sizes all;
    int parts = 0;
};
constexpr trace_sizes sizes_of(const traced_graphs& t) { return {sizes_of(t.all), t.parts.size()}; }
template <trace_sizes S> struct frozen_trace {
    frozen_graph<S.all> all;
    fixed<traced_part, S.parts> parts;

    constexpr explicit frozen_trace(const auto& from) : all(from.all) { copy_into(parts, from.parts); }
};

struct schedule_sizes {
    int buffers = 0, accesses = 0, instructions = 0, scalars = 0, kernels = 0, repetitions = 0, labels = 0, dims = 0,
        equalities = 0;
    bool fits = true;
};
constexpr schedule_sizes sizes_of(const schedule& s) {
    return {s.buffers.size(),     s.accesses.size(), s.instructions.size(), s.scalars.size(),         s.kernels.size(),
            s.repetitions.size(), s.labels.size(),   s.dims.table.size(),   s.dims.equalities.size(), s.fits};
}
template <schedule_sizes S> struct frozen_schedule {
    fixed<slot, S.buffers> buffers;
    fixed<memory_access, S.accesses> accesses;
    fixed<instruction, S.instructions> instructions;
    fixed<scalar_argument, S.scalars> scalars;
    fixed<kernel, S.kernels> kernels;
    fixed<repetition, S.repetitions> repetitions;
    fixed<char, S.labels> labels;
    frozen_dimensions<S.dims, S.equalities> dims;

    constexpr explicit frozen_schedule(const auto& from) : dims(from.dims) {
        copy_into(buffers, from.buffers);
        copy_into(accesses, from.accesses);
        copy_into(instructions, from.instructions);
        copy_into(scalars, from.scalars);
        copy_into(kernels, from.kernels);
        copy_into(repetitions, from.repetitions);
        copy_into(labels, from.labels);
    }
};

// ---------------------------------------------------------------- evaluated once
// Memory that grows cannot leave constant evaluation, and its size is known only afterwards. So a stage is evaluated
// into arrays with room to spare, and a plain copy trims them.
constexpr bool has_room(const graph_sizes& room, const graph_sizes& s) {
    return s.nodes <= room.nodes && s.roots <= room.roots && s.dims <= room.dims && s.equalities <= room.equalities &&
           s.labels <= room.labels && s.starts <= room.starts && s.regions <= room.regions && s.texts <= room.texts;
}
constexpr bool has_room(const trace_sizes& room, const trace_sizes& s) {
    return has_room(room.all, s.all) && s.parts <= room.parts;
}
constexpr bool has_room(const schedule_sizes& room, const schedule_sizes& s) {
    return s.buffers <= room.buffers && s.accesses <= room.accesses && s.instructions <= room.instructions &&
           s.scalars <= room.scalars && s.kernels <= room.kernels && s.repetitions <= room.repetitions &&
           s.labels <= room.labels && s.dims <= room.dims && s.equalities <= room.equalities;
}
template <class Sizes, class Frozen> struct roomy {
    Sizes sizes;
    Frozen content;

    constexpr roomy(const auto& value) : sizes(sizes_of(value)), content(value) {}
};
template <class Sizes> struct frozen_form;
template <> struct frozen_form<graph_sizes> { template <graph_sizes S> using of = frozen_graph<S>; };
template <> struct frozen_form<trace_sizes> { template <trace_sizes S> using of = frozen_trace<S>; };
template <> struct frozen_form<schedule_sizes> { template <schedule_sizes S> using of = frozen_schedule<S>; };

/// The result of Stage::made() as a constant of exactly its size. The stage is evaluated once, or twice if the guessed
/// room was too small.
template <class Stage, auto Room> struct evaluated {
    using sizes_t = std::remove_cvref_t<decltype(Room)>;  // nvcc makes it a reference
    using form = frozen_form<sizes_t>;
    static constexpr roomy<sizes_t, typename form::template of<Room>> rough{Stage::made()};
    static constexpr sizes_t sizes = rough.sizes;
    using exact = typename form::template of<sizes>;
    static constexpr exact trimmed() {
        if constexpr (has_room(Room, sizes)) return exact(rough.content);
        else return exact(Stage::made());
    }
    static constexpr exact value = trimmed();
    /// The value, or its untrimmed form where that has it all.
    static constexpr const auto& content() {
        if constexpr (has_room(Room, sizes)) return rough.content;
        else return value;
    }
};

}  // namespace telar::inline TELAR_ABI::ir
