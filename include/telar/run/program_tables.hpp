// SPDX-License-Identifier: BSL-1.0
// A program's constants as tables without its type, and what can be computed from them once extents are known.
#pragma once
#include <telar/expr/trace.hpp>
#include <telar/graph/target.hpp>
#include <telar/kernels/lowering.hpp>
#include <telar/passes/plan_memory.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::runtime {

/// What a program says of one of its leaves.
struct leaf_info {
    std::string_view name;  // empty: a captured value
    value_type type;
    bool is_static = true;  // all its extents are numbers

    constexpr leaf_info() = default;
    constexpr leaf_info(std::string_view n, const value_type& t) : name(n), type(t) {
        for (int i = 0; i < t.extents.rank; ++i) is_static = is_static && t.extents[i] != dyn;
    }
};

/// Writes the leaf_info of each operand of a block.
constexpr void add_operands(const auto& nodes, leaf_info* to) {
    for (const node& n : nodes) {
        if (n.kind != op::leaf || n.attribute[0] < 0) continue;
        value_type v{n.type, 0, n.extents};
        for (int k = 0; k < v.extents.rank; ++k)
            if (!is_number(v.extents[k])) v.extents[k] = dyn;
        to[n.attribute[0]] = leaf_info({}, v);
    }
}

struct program_tables;
class kernel_observer;
/// All kernels of a small program. `buffers` says where leaves and results lie; the rest lies on the stack.
using whole_function = void (*)(std::byte* const* buffers, const program_tables& p, kernel_observer* watcher);

/// A program's constants, without its type.
struct program_tables {
    const slot* buffers;
    int buffer_count;
    const memory_access* accesses;
    const instruction* instructions;
    const scalar_argument* scalars;
    const kernel* kernels;
    int kernel_count;
    const repetition* repetitions;
    int repetition_count;
    const char* labels;
    const dimension* dims;
    int dim_count;
    const equality* equalities;
    int equality_count;
    const root* roots;
    const shape* result_extents;  // of the roots, in the schedule's dimensions
    int root_count;
    const leaf_info* leaves;
    int leaf_count;
    const kernel_function* functions;
    int call_count;
    const program_tables* const* blocks;  // that are called, of a program that is no block itself
    const region* regions = nullptr;
    int region_count = 0;
    const char* region_texts = nullptr;
    const target* machine = nullptr;  // that the schedule is for
    bool may_refuse = false;          // a run, for the values that it meets
    const void* loops = nullptr;      // late programs: the loops that interpret the kernels
    whole_function whole = nullptr;   // small programs: instead of `functions`
    bool is_one_function = false;     // it has one: a constant, which an address is not under sanitizers
};

/// Makes the tables of a schedule for a target, without leaves and functions. The arguments must outlive them.
constexpr program_tables tables_of(const auto& plan, const auto& roots, const auto& result_extents, const auto& regions,
                                   const target& machine) {
    int calls = 0;
    bool refuses = false;
    for (const kernel& k : plan.kernels) {
        calls += k.kind == kernel_kind::call;
        refuses = refuses || may_refuse(k, plan.instructions.data() + k.first_instruction);
    }
    return {plan.buffers.data(),
            plan.buffers.size(),
            plan.accesses.data(),
            plan.instructions.data(),
            plan.scalars.data(),
            plan.kernels.data(),
            plan.kernels.size(),
            plan.repetitions.data(),
            plan.repetitions.size(),
            plan.labels.data(),
            plan.dims.table.data(),
            plan.dims.table.size(),
            plan.dims.equalities.data(),
            plan.dims.equalities.size(),
            roots.data(),
            result_extents.data(),
            roots.size(),
            nullptr,
            0,
            nullptr,
            calls,
            nullptr,
            regions.all.data(),
            regions.all.size(),
            regions.texts.data(),
            &machine,
            refuses};
}

constexpr kernels::schedule_tables schedule_tables_of(const program_tables& p) {
    return {p.buffers, p.accesses, p.instructions, p.scalars, p.labels, p.loops};
}
/// An extent when the dimensions have these values.
constexpr extent_t extent_value(extent_t e, const extent_t* dims) { return is_number(e) ? e : dims[entry_of(e)]; }
/// Bytes of one element that the access reads or writes.
constexpr std::int64_t element_bytes(const program_tables& p, const memory_access& a) {
    return static_cast<std::int64_t>(size_of(p.buffers[a.buffer].type));
}
/// The values of a block's dimensions that it reads from its operands: a call's accesses state their extents.
template <class Value>
constexpr void bind_operands(const program_tables& block, const memory_access* operands, Value value, extent_t* dims) {
    for (int i = 0; i < block.dim_count; ++i)
        if (const dimension& d = block.dims[i]; d.kind == dimension_kind::variable)
            dims[i] = value(operands[d.lhs].stride[d.rhs]);
    evaluate(block.dims, block.dim_count, dims);
}
/// Bytes of the arena when the dimensions have these values: the program's own, behind them those of what it calls, one
/// call after the other.
constexpr extent_t arena_bytes_of(const program_tables& p, const program_tables* const* blocks, const extent_t* dims) {
    growable<extent_t> offsets(p.buffer_count, 0);
    extent_t most = 0;
    for (int k = 0; k < p.kernel_count; ++k) {
        if (p.kernels[k].kind != kernel_kind::call) continue;
        const program_tables& block = *blocks[p.kernels[k].block];
        growable<extent_t> inside(block.dim_count, 0);
        const auto value = [&](extent_t e) { return extent_value(e, dims); };
        bind_operands(block, p.accesses + p.kernels[k].first_access, value, inside.data());
        if (const extent_t bytes = arena_bytes_of(block, blocks, inside.data()); bytes > most) most = bytes;
    }
    return saturating_add(plan_memory(p.buffers, p.buffer_count, dims, offsets.data(), p.machine->memory.alignment),
                          most);
}

/// Of all kernels of a program. A small program has none.
constexpr kernels::argument_sizes sizes_of_arguments(const program_tables& p) {
    kernels::argument_sizes all;
    if (p.is_one_function) return all;
    for (int k = 0; k < p.kernel_count; ++k) all += kernels::sizes_of_arguments(p.kernels[k]);
    return all;
}

/// A leaf's value for one run.
struct leaf_value {
    const void* data = nullptr;
    const shape* extents = nullptr;
    bool is_static = false;  // the compiler has compared its extents with the leaf's, as far as those are known
};

/// Is told of every kernel that a workspace runs; run/profile.hpp is one. `dims` holds the values of the program's
/// dimensions.
class kernel_observer {
public:
    virtual void kernel_begins(const program_tables&, const extent_t* dims, int kernel) = 0;
    virtual void kernel_ended(const program_tables&, const extent_t* dims, int kernel) = 0;

protected:
    ~kernel_observer() = default;
};

}  // namespace telar::inline TELAR_ABI::runtime

namespace telar::inline TELAR_ABI {
using runtime::kernel_observer;
}  // namespace telar::inline TELAR_ABI
