// SPDX-License-Identifier: BSL-1.0
// What a kernel, a program and a graph cost: operations and bytes, counted from their tables, in constant evaluation as
// well. Nothing is measured here (profile.hpp does that), and nothing that runs includes this.
#pragma once
#include <telar/graph/graph.hpp>
#include <telar/passes/views.hpp>
#include <telar/run/program_tables.hpp>
#include <telar/run/target/programs.hpp>

namespace telar::inline TELAR_ABI {

/// The work of one run of a kernel, or of several.
///
/// units     operations: one for each element and arithmetic instruction, be it an addition or a tanh; also
///           comparisons, selections, each step of a reduction. A product (m,k) x (k,n) is 2 m n k for each batch.
///           Loads, stores, casts and the making of numbers are none. A routine is one for each element of its last
///           operand, or none (`work` in the op table).
///           bytes: each place in memory that is read, and each that is written, once, however often: the elements that
///           an access touches (an axis that it does not move along counts once) times their size. What a kernel
///           reads back of what it wrote itself is not counted, nor is the copying of new values into variables at the
///           end of a run.
struct kernel_cost {
    extent_t operations = 0;
    extent_t bytes_read = 0, bytes_written = 0;

    constexpr extent_t bytes() const { return bytes_read + bytes_written; }
    constexpr double operations_per_byte() const {
        return bytes() == 0 ? 0 : static_cast<double>(operations) / static_cast<double>(bytes());
    }
    constexpr kernel_cost& operator+=(const kernel_cost& other) {
        operations += other.operations;
        bytes_read += other.bytes_read;
        bytes_written += other.bytes_written;
        return *this;
    }
    friend constexpr kernel_cost operator*(const kernel_cost& one, extent_t times) {
        return {one.operations * times, one.bytes_read * times, one.bytes_written * times};
    }
    friend constexpr bool operator==(const kernel_cost&, const kernel_cost&) = default;
};

/// The work of a graph if each node were a kernel of its own, as an interpreter computes it.
///
/// units     kernels: nodes that are computed, so no leaf, no number, no view. operations: as in kernel_cost.
///           bytes: of the operands and of the result of each such node. memory: of all results that are intermediate,
///           each rounded up as in the arena.
struct graph_cost {
    extent_t nodes = 0, kernels = 0, operations = 0, bytes = 0, memory = 0;

    friend constexpr bool operator==(const graph_cost&, const graph_cost&) = default;
};

namespace runtime::costs {

constexpr bool counts_elements(op k) { return info(k).costs == work::light || info(k).costs == work::heavy; }
constexpr bool counts_terms(op k) { return info(k).costs == work::terms; }
/// How many elements lie at different places, when axis i has extents[i] elements and moves by strides[i].
constexpr extent_t places(const shape& extents, const extent_t* strides, const extent_t* dims) {
    extent_t n = 1;
    for (int i = 0; i < extents.rank; ++i)
        if (const extent_t e = extent_value(extents[i], dims); e == 0 || extent_value(strides[i], dims) != 0) n *= e;
    return n;
}
/// Of an operand that is walked through: windows that overlap are one place where they do, so never more than all.
constexpr extent_t places(const operand_walk& w, extent_t all, const extent_t* dims) {
    extent_t n = 1;
    for (int i = 0; i < w.rows + w.columns; ++i)
        if (extent_value(w.stride[i], dims) != 0) n *= extent_value(w.extent[i], dims);
    return n < all ? n : all;
}
constexpr extent_t count(const shape& extents, const extent_t* dims) {
    extent_t n = 1;
    for (int i = 0; i < extents.rank; ++i) n *= extent_value(extents[i], dims);
    return n;
}

/// Of a chain, the first instruction of the second product; else one that no kernel has.
constexpr int second_product(const program_tables& p, const kernel& k) {
    int last = k.instructions;
    for (int i = 0; i < k.instructions && k.kind == kernel_kind::chain; ++i)
        if (p.instructions[k.first_instruction + i].what == static_cast<std::uint8_t>(code::sweep)) last = i;
    return last;
}

/// How often kernel k runs in one run of its program: once for each step of its scan. A while_loop, whose steps nobody
/// knows, counts as one.
constexpr extent_t times_of(const program_tables& p, int k, const extent_t* dims) {
    for (int i = 0; i < p.repetition_count; ++i)
        if (p.repetitions[i].first <= k && k < p.repetitions[i].end)
            return p.repetitions[i].condition < 0 ? extent_value(p.repetitions[i].steps, dims) : 1;
    return 1;
}

}  // namespace runtime::costs

constexpr kernel_cost cost_of(const runtime::program_tables& p, const runtime::program_tables* const* blocks,
                              const ir::kernel& k, const extent_t* dims);
/// The cost of one run of a program or a block.
constexpr kernel_cost cost_of_run(const runtime::program_tables& p, const runtime::program_tables* const* blocks,
                                  const extent_t* dims) {
    kernel_cost cost;
    for (int k = 0; k < p.kernel_count; ++k)
        cost += cost_of(p, blocks, p.kernels[k], dims) * runtime::costs::times_of(p, k, dims);
    return cost;
}
/// The cost of one run of a kernel of a program, whose dimensions have these values.
///
/// test      tests/run/cost_test.cpp
constexpr kernel_cost cost_of(const runtime::program_tables& p, const ir::kernel& k, const extent_t* dims) {
    return cost_of(p, p.blocks, k, dims);
}
constexpr kernel_cost cost_of(const runtime::program_tables& p, const runtime::program_tables* const* blocks,
                              const ir::kernel& k, const extent_t* dims) {
    if (k.kind == ir::kernel_kind::call) {
        const runtime::program_tables& block = *blocks[k.block];
        core::growable<extent_t> inside(block.dim_count, 0);
        runtime::bind_operands(
            block, p.accesses + k.first_access, [&](extent_t e) { return runtime::extent_value(e, dims); },
            inside.data());
        return cost_of_run(block, blocks, inside.data());
    }
    kernel_cost cost;
    extent_t elements = 1, rows = 1;  // a row: what a sweep runs over
    const int last = k.space.rank - 1;
    for (int i = 0; i <= last; ++i) {
        const extent_t e = runtime::extent_value(k.space[i], dims);
        const bool is_swept = k.reduced == 0 ? i == last : (k.reduced >> i & 1) != 0;
        elements *= e;
        if (!is_swept) rows *= e;
    }
    const ir::memory_access* const accesses = p.accesses + k.first_access;
    const op first = static_cast<op>(p.instructions[k.first_instruction].what);
    const auto space_of = [&](int a) {  // along its axis a routine's operands have other extents than its result
        shape s = k.space;
        if (k.kind != ir::kernel_kind::routine || a + 1 >= k.accesses || (first == op::gather && a == 0)) return s;
        for (int i = 0; i <= last; ++i)
            if (k.reduced >> i & 1) s[i] = p.scalars[k.first_scalar + a].extent;
        return s;
    };
    if (k.kind == ir::kernel_kind::routine && runtime::costs::counts_terms(first))
        cost.operations = runtime::costs::count(space_of(k.accesses - 2), dims);
    extent_t times = elements, terms = runtime::extent_value(k.depth, dims);
    const int second = runtime::costs::second_product(p, k);  // of a chain, from there on
    const auto is_of_second = [&](int access) {
        if (access < operands_of(k.kind)) return access == 2;
        for (int i = second; i < k.instructions; ++i) {
            const ir::instruction& x = p.instructions[k.first_instruction + i];
            const bool moves = x.what == static_cast<std::uint8_t>(ir::code::load) ||
                               x.what == static_cast<std::uint8_t>(ir::code::store);
            if (moves && x.a == access) return true;
        }
        return false;
    };
    for (int i = 0; i < k.instructions; ++i) {
        const std::uint8_t what = p.instructions[k.first_instruction + i].what;
        if (i == second) {
            times = rows * runtime::extent_value(k.columns, dims);
            terms = runtime::extent_value(k.space[last], dims);
        } else if (what == static_cast<std::uint8_t>(ir::code::rows)) times = rows;
        else if (what == static_cast<std::uint8_t>(ir::code::sweep)) times = elements;
        else if (what == static_cast<std::uint8_t>(ir::code::accumulated)) cost.operations += 2 * times * terms;
        else if (k.kind != ir::kernel_kind::routine && what < static_cast<std::uint8_t>(ir::code::load) &&
                 (runtime::costs::counts_elements(static_cast<op>(what)) ||
                  runtime::costs::counts_terms(static_cast<op>(what))))
            cost.operations += times;
    }
    const auto is_written_here = [&](int buffer) {
        for (int a = 0; a < k.accesses; ++a)
            if (accesses[a].buffer == buffer && accesses[a].writes) return true;
        return false;
    };
    for (int a = 0; a < k.accesses; ++a) {
        const ir::memory_access& x = accesses[a];
        if (!x.writes && is_written_here(x.buffer)) continue;
        shape s = space_of(a);
        if (is_of_second(a)) s[last] = k.columns;
        extent_t n = runtime::costs::places(s, x.stride, dims);
        if (a < operands_of(k.kind))
            n *= runtime::costs::places(shape(a < 2 ? k.depth : k.space[last]), &x.inner, dims);
        if (a == 0 && k.walk.rows > 0)
            n *= runtime::costs::places(k.walk, runtime::extent_value(p.buffers[x.buffer].count, dims), dims);
        (x.writes ? cost.bytes_written : cost.bytes_read) +=
            n * static_cast<extent_t>(size_of(p.buffers[x.buffer].type));
    }
    return cost;
}

namespace runtime::costs {
/// Extents that are unknown when a program is compiled: all the same.
struct all_are {
    extent_t batch;
    constexpr extent_t operator()(int, int) const { return batch; }
};
/// The values of dimensions; extent_of(leaf, axis) says those that are read from leaves.
constexpr growable<extent_t> dimension_values(const dimension* table, int size, const auto& extent_of) {
    growable<extent_t> values(size, 0);
    for (int i = 0; i < size; ++i)
        if (table[i].kind == dimension_kind::variable)
            values[i] = extent_of(static_cast<int>(table[i].lhs), static_cast<int>(table[i].rhs));
    evaluate(table, size, values.data());
    return values;
}
template <class Code> constexpr growable<extent_t> dimension_values(const auto& extent_of) {
    return dimension_values(Code::description().dims, Code::description().dim_count, extent_of);
}

constexpr graph_cost of_graph(graph g, const auto& extent_of) {
    for (node& n : g.nodes)
        for (int i = 0; i < n.extents.rank; ++i) n.extents[i] = g.dims.resolve(n.extents[i]);
    const growable<view> all = views(g);
    const growable<extent_t> dims = dimension_values(g.dims.table.data(), g.dims.table.size(), extent_of);

    constexpr extent_t boundary = chosen::machine.memory.alignment;
    graph_cost cost;
    cost.nodes = g.size();
    const auto size = [&](int i) { return static_cast<extent_t>(size_of(g[i].type)); };
    const auto is_result = [&](int i) {
        for (const root& r : g.roots)
            if (all[r.id].base == i &&
                costs::count(g[r.id].extents, dims.data()) == costs::count(g[i].extents, dims.data()))
                return true;
        return false;
    };
    for (int i = 0; i < g.size(); ++i) {
        const node& n = g[i];
        if (all[i].base != i || n.kind == op::leaf || n.kind == op::scan || n.kind == op::call ||
            is_number_source(n.kind))
            continue;
        const extent_t elements = costs::count(n.extents, dims.data());
        ++cost.kernels;
        const op_info& row = info(n.kind);
        if (row.costs == work::products) {
            const shape& lhs = g[n.in[0]].extents;
            cost.operations += 2 * elements * extent_value(lhs[lhs.rank - 1], dims.data());
        } else if (costs::counts_elements(n.kind)) {
            cost.operations += elements;
        } else if (costs::counts_terms(n.kind)) {
            cost.operations += costs::count(g[n.in[row.arity - 1]].extents, dims.data());
        }
        for (int a = 0; a < reads_of(n.kind); ++a) {
            const int o = n.in[a];
            const bool is_seen = (a > 0 && o == n.in[0]) || (a > 1 && o == n.in[1]);
            if (!is_seen && !is_number_source(g[all[o].base].kind))
                cost.bytes += costs::places(g[o].extents, all[o].stride, dims.data()) * size(o);
        }
        const extent_t bytes = elements * size(i);
        cost.bytes += bytes;
        if (!is_result(i)) cost.memory += (bytes + boundary - 1) / boundary * boundary;
    }
    return cost;
}

}  // namespace runtime::costs

/// The cost of a graph, node by node, when every unknown extent is `batch`.
///
/// test      tests/run/cost_test.cpp
constexpr graph_cost cost_of(const ir::graph& g, extent_t batch = 0) {
    return runtime::costs::of_graph(g, runtime::costs::all_are{batch});
}

/// The cost of kernel `k` of a program, every unknown extent being `batch`:
/// using code = decltype(compile(y))::code; static_assert(cost_of_kernel<code>(0, 32).operations == ...);
template <class Code> constexpr kernel_cost cost_of_kernel(int k, extent_t batch = 0) {
    const core::growable<extent_t> dims = runtime::costs::dimension_values<Code>(runtime::costs::all_are{batch});
    return cost_of(Code::description(), Code::description().kernels[k], dims.data());
}
/// The cost of one run of a program.
template <class Code> constexpr kernel_cost cost_of_program(extent_t batch = 0) {
    const core::growable<extent_t> dims = runtime::costs::dimension_values<Code>(runtime::costs::all_are{batch});
    return cost_of_run(Code::description(), Code::description().blocks, dims.data());
}
/// The graph of a program after the first `Passes` optimisations; 0: as it was traced.
template <class Code, int Passes> constexpr ir::graph graph_after() { return Code::template graph_after<Passes>(); }
/// What that graph costs, node by node.
template <class Code, int Passes> constexpr graph_cost cost_after(extent_t batch = 0) {
    return cost_of(graph_after<Code, Passes>(), batch);
}

}  // namespace telar::inline TELAR_ABI
