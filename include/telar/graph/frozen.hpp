// SPDX-License-Identifier: BSL-1.0
// Graphs and schedules as constants: arrays of exactly the size they need, so that they can leave constant evaluation.
#pragma once
#include <telar/graph/schedule.hpp>

namespace telar::inline TELAR_ABI {

/// An array that may be empty.
template <class T, int N> struct fixed {
    T items[std::size_t(N > 0 ? N : 1)]{};

    static constexpr int size() { return N; }
    constexpr const T* data() const { return items; }
    constexpr const T& operator[](int i) const { return items[i]; }
    constexpr const T* begin() const { return items; }
    constexpr const T* end() const { return items + N; }
};
template <class T, int N> constexpr void copy_into(fixed<T, N>& to, const growable<T>& from) {
    for (int i = 0; i < N; ++i) to.items[i] = from[i];
}
template <class T, int N> constexpr growable<T> thawed(const fixed<T, N>& from) {
    growable<T> all;
    all.reserve(N);
    for (const T& one : from) all.push(one);
    return all;
}

struct graph_sizes {
    int nodes = 0, roots = 0, dims = 0, equalities = 0, blocks = 0;
};
struct block_sizes {
    graph_sizes body;
    int operands = 0;
};
constexpr graph_sizes sizes_of(const graph& g) {
    return {g.nodes.size(), g.roots.size(), g.dims.table.size(), g.dims.equalities.size(), g.blocks.size()};
}
template <int Nodes, int Roots, int Dims, int Equalities> struct frozen_graph {
    fixed<node, Nodes> nodes;
    fixed<root, Roots> roots;
    fixed<dimension, Dims> dims;
    fixed<equality, Equalities> equalities;
    mistake error;

    constexpr frozen_graph(const graph& g) : error(g.error) {
        copy_into(nodes, g.nodes);
        copy_into(roots, g.roots);
        copy_into(dims, g.dims.table);
        copy_into(equalities, g.dims.equalities);
    }
    constexpr graph thaw() const {
        graph g;
        g.nodes = thawed(nodes);
        g.roots = thawed(roots);
        g.dims.table = thawed(dims);
        g.dims.equalities = thawed(equalities);
        g.error = error;
        return g;
    }
};

struct schedule_sizes {
    int buffers = 0, accesses = 0, instructions = 0, scalars = 0, kernels = 0, repetitions = 0, dims = 0,
        equalities = 0;
    bool fits = true;
};
constexpr schedule_sizes sizes_of(const schedule& s) {
    return {s.buffers.size(),    s.accesses.size(),        s.instructions.size(),
            s.scalars.size(),    s.kernels.size(),         s.repetitions.size(),
            s.dims.table.size(), s.dims.equalities.size(), s.fits};
}
template <schedule_sizes S> struct frozen_schedule {
    fixed<slot, S.buffers> buffers;
    fixed<memory_access, S.accesses> accesses;
    fixed<instruction, S.instructions> instructions;
    fixed<scalar_argument, S.scalars> scalars;
    fixed<kernel, S.kernels> kernels;
    fixed<repetition, S.repetitions> repetitions;
    fixed<dimension, S.dims> dims;
    fixed<equality, S.equalities> equalities;

    constexpr frozen_schedule(const schedule& s) {
        copy_into(buffers, s.buffers);
        copy_into(accesses, s.accesses);
        copy_into(instructions, s.instructions);
        copy_into(scalars, s.scalars);
        copy_into(kernels, s.kernels);
        copy_into(repetitions, s.repetitions);
        copy_into(dims, s.dims.table);
        copy_into(equalities, s.dims.equalities);
    }
};

}  // namespace telar::inline TELAR_ABI
