// SPDX-License-Identifier: BSL-1.0
// A program that is compiled when it is first run: the passes are the ordinary functions that they are, and its kernels
// are interpreted. The C++ compiler has traced it, so that its mistakes are compile-time errors as ever.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/kernels/cpu/interpreted/interpreter.hpp>
#include <telar/passes/pipeline.hpp>
#include <telar/run/program_tables.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::runtime {

/// What a program's kernels are run with. A kernel's function is nullptr if there is none.
struct kernel_source {
    kernel_function (*function_of)(const kernel& k, const instruction* code);
    const void* library;
};

/// A traced graph that is to be compiled, and how many leaves or operands it has.
struct late_source {
    graph traced;
    int operands = 0;
};

/// What a program consists of that was compiled late: the schedules of its graph and of the blocks that it calls.
/// Immutable once it is made, so that threads may share it.
class late_schedule {
public:
    /// sources[0] is the program's graph, the others are its blocks.
    ///
    /// errors    no_kernel: an operation that the program's trace does not contain, in a type that it does not use
    late_schedule(std::vector<late_source> sources, const leaf_info* leaves, int leaf_count, kernel_source kernels);
    late_schedule(const late_schedule&) = delete;
    late_schedule& operator=(const late_schedule&) = delete;

    const program_tables& tables() const { return parts_[0]->tables; }

private:
    struct part {
        schedule plan;
        growable<root> roots;
        growable<shape> extents_of_results;
        growable<leaf_info> leaves;
        std::vector<kernel_function> functions;
        region_list regions;
        program_tables tables{};
    };
    static std::unique_ptr<part> compiled_part(late_source source, kernel_source kernels);
    [[noreturn]] static void refuse(const schedule& plan, const kernel& k);
    static void set_tables(part& p, const leaf_info* leaves, int leaf_count);

    std::vector<std::unique_ptr<part>> parts_;
    std::vector<const program_tables*> blocks_;
};

#if TELAR_HAS_BODIES
TELAR_ONCE std::unique_ptr<late_schedule::part> late_schedule::compiled_part(late_source source,
                                                                             kernel_source kernels) {
    auto p = std::make_unique<part>();
    p->leaves = growable<leaf_info>(source.operands, leaf_info{});
    if (source.operands > 0) add_operands(source.traced.nodes, p->leaves.data());
    p->regions = source.traced.regions;
    graph best = optimise(std::move(source.traced));
    p->roots = best.roots;
    for (const root& r : best.roots) p->extents_of_results.push(best[r.id].extents);
    p->plan = make_schedule(std::move(best));
    for (const kernel& k : p->plan.kernels) {
        const kernel_function f = kernels.function_of(k, p->plan.instructions.data() + k.first_instruction);
        if (f == nullptr && k.kind != kernel_kind::call) refuse(p->plan, k);
        p->functions.push_back(f);
    }
    p->tables.library = kernels.library;
    return p;
}
TELAR_ONCE void late_schedule::refuse(const schedule& plan, const kernel& k) {
    std::string operations;
    for (int i = 0; i < k.instructions; ++i) {
        const auto what = plan.instructions[k.first_instruction + i].what;
        if (what <= static_cast<int>(last_op)) operations += " " + std::string(name_of(static_cast<op>(what)));
    }
    fail<no_kernel>("late: no kernel computes" + operations + " in " + std::string(name_of(k.type)));
}
TELAR_ONCE void late_schedule::set_tables(part& p, const leaf_info* leaves, int leaf_count) {
    int calls = 0;
    for (const kernel& k : p.plan.kernels) calls += k.kind == kernel_kind::call;
    const void* const library = p.tables.library;
    p.tables = {p.plan.buffers.data(),
                p.plan.buffers.size(),
                p.plan.accesses.data(),
                p.plan.instructions.data(),
                p.plan.scalars.data(),
                p.plan.kernels.data(),
                p.plan.kernels.size(),
                p.plan.repetitions.data(),
                p.plan.repetitions.size(),
                p.plan.labels.data(),
                p.plan.dims.table.data(),
                p.plan.dims.table.size(),
                p.plan.dims.equalities.data(),
                p.plan.dims.equalities.size(),
                p.roots.data(),
                p.extents_of_results.data(),
                p.roots.size(),
                leaves,
                leaf_count,
                p.functions.data(),
                calls,
                nullptr,
                p.regions.all.data(),
                p.regions.all.size(),
                p.regions.texts.data(),
                library};
}
TELAR_ONCE late_schedule::late_schedule(std::vector<late_source> sources, const leaf_info* leaves, int leaf_count,
                                        kernel_source kernels) {
    for (late_source& s : sources) parts_.push_back(compiled_part(std::move(s), kernels));
    for (std::size_t i = 1; i < parts_.size(); ++i) {
        set_tables(*parts_[i], parts_[i]->leaves.data(), parts_[i]->leaves.size());
        blocks_.push_back(&parts_[i]->tables);
    }
    set_tables(*parts_[0], leaves, leaf_count);
    parts_[0]->tables.blocks = blocks_.data();
}
#endif  // TELAR_HAS_BODIES

// ---------------------------------------------------------------- what a trace needs of kernels
/// The types in which the nodes of a trace are computed and their operations, as bits, and its routines. Passes bring
/// in no function and no reduction that a trace does not have.
struct kernels_needed {
    unsigned types = 0;
    bool operations[static_cast<std::size_t>(last_op) + 1]{};
    int routines = 0;
    std::uint32_t routine[32]{};
};
constexpr kernels_needed kernels_needed_by(const auto& nodes, int count) {
    kernels_needed all;
    all.types = 1u << static_cast<unsigned>(dtype::float32);  // where truth values are computed
    for (int i = 0; i < count; ++i) {
        const node& n = nodes[i];
        all.types |= 1u << static_cast<unsigned>(core::info(n.type).computed_in);
        all.operations[static_cast<std::size_t>(n.kind)] = true;
        if (!is_routine(n.kind)) continue;
        const std::uint32_t bits =
            passes::emission::instruction_of(n, [&](int k) -> const node& { return nodes[n.in[k]]; }).bits();
        bool is_known = false;
        for (int r = 0; r < all.routines; ++r) is_known = is_known || all.routine[r] == bits;
        if (!is_known && all.routines < 32) all.routine[all.routines++] = bits;
    }
    return all;
}

/// The functions and loops that a trace needs.
template <class Trace> struct kernels_of_trace {
    static constexpr kernels_needed needed =
        kernels_needed_by(Trace::stage::content().all.nodes.items, Trace::stage::sizes.all.nodes);
    struct wanted {
        static constexpr bool has(op k) {
            const bool is_light = !is_reduction(k) && kernels::cpu::size_of_formula(k) == 1;
            return is_light || k == op::sum || needed.operations[static_cast<std::size_t>(k)];
        }
    };
#if TELAR_COMPILED
    using operations = kernels::cpu::interpreted::all_operations;  // the library has them
#else
    using operations = wanted;
#endif
    template <class T> static constexpr bool uses = (needed.types >> core::number_of_element<T> & 1) != 0;
    static constexpr kernels::cpu::interpreted::loop_library library = [] {
        kernels::cpu::interpreted::loop_library all{};
        const auto add = [&]<class T>(std::type_identity<T>) {
            if constexpr (uses<T>)
                all.types[core::number_of_element<T>] = {&kernels::cpu::interpreted::loop_of<T, operations>,
                                                         &kernels::cpu::interpreted::reduction_of<T, operations>};
        };
        add(std::type_identity<float>{});
        add(std::type_identity<double>{});
        add(std::type_identity<std::int32_t>{});
        add(std::type_identity<std::int64_t>{});
        return all;
    }();

    template <class T> static void choose_type(const kernel& k, const instruction* code, kernel_function& f) {
        if constexpr (uses<T>)
            if (static_cast<int>(k.type) == core::number_of_element<T> &&
                kernels::cpu::interpreted::has_loops<T>(library, {code, k.instructions}))
                f = kernels::cpu::interpreted::function_in<T>(k.kind);
    }
    static kernel_function function_of(const kernel& k, const instruction* code) {
        kernel_function f = nullptr;
        if (k.kind == kernel_kind::call) return f;
        if (k.kind == kernel_kind::routine) {
            [&]<std::size_t... R>(std::index_sequence<R...>) {
                ((needed.routine[R] == code->bits()
                      ? void(f = &kernels::cpu::launch<kernels::cpu::interpreted::routine_words<needed.routine[R]>>)
                      : void()),
                 ...);
            }
            (std::make_index_sequence<static_cast<std::size_t>(needed.routines)>{});
            return f;
        }
        choose_type<float>(k, code, f);
        choose_type<double>(k, code, f);
        choose_type<std::int32_t>(k, code, f);
        choose_type<std::int64_t>(k, code, f);
        return f;
    }
    static constexpr kernel_source source{&function_of, &library};
};

}  // namespace telar::inline TELAR_ABI::runtime
