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

/// A kernel's function; nullptr: there is none.
using kernel_chooser = kernel_function (*)(const kernel& k, const instruction* code);

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
    late_schedule(std::vector<late_source> sources, const leaf_info* leaves, int leaf_count, kernel_chooser choose);
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
    static std::unique_ptr<part> compiled_part(late_source source, kernel_chooser choose);
    static void set_tables(part& p, const leaf_info* leaves, int leaf_count);

    std::vector<std::unique_ptr<part>> parts_;
    std::vector<const program_tables*> blocks_;
};

#if TELAR_HAS_BODIES
TELAR_ONCE std::unique_ptr<late_schedule::part> late_schedule::compiled_part(late_source source,
                                                                             kernel_chooser choose) {
    auto p = std::make_unique<part>();
    p->leaves = growable<leaf_info>(source.operands, leaf_info{});
    if (source.operands > 0) add_operands(source.traced.nodes, p->leaves.data());
    p->regions = source.traced.regions;
    graph best = optimise(std::move(source.traced));
    p->roots = best.roots;
    for (const root& r : best.roots) p->extents_of_results.push(best[r.id].extents);
    p->plan = make_schedule(std::move(best));
    for (const kernel& k : p->plan.kernels) {
        const kernel_function f = choose(k, p->plan.instructions.data() + k.first_instruction);
        if (f == nullptr && k.kind != kernel_kind::call)
            fail<no_kernel>("late: no kernel computes " +
                            std::string(name_of(static_cast<op>(p->plan.instructions[k.first_instruction].what))) +
                            " in " + std::string(name_of(k.type)));
        p->functions.push_back(f);
    }
    return p;
}
TELAR_ONCE void late_schedule::set_tables(part& p, const leaf_info* leaves, int leaf_count) {
    int calls = 0;
    for (const kernel& k : p.plan.kernels) calls += k.kind == kernel_kind::call;
    p.tables = {p.plan.buffers.data(),      p.plan.buffers.size(),         p.plan.accesses.data(),
                p.plan.instructions.data(), p.plan.scalars.data(),         p.plan.kernels.data(),
                p.plan.kernels.size(),      p.plan.repetitions.data(),     p.plan.repetitions.size(),
                p.plan.labels.data(),       p.plan.dims.table.data(),      p.plan.dims.table.size(),
                p.plan.dims.equalities.data(), p.plan.dims.equalities.size(), p.roots.data(),
                p.extents_of_results.data(), p.roots.size(),               leaves,
                leaf_count,                 p.functions.data(),            calls,
                nullptr,                    p.regions.all.data(),          p.regions.all.size(),
                p.regions.texts.data()};
}
TELAR_ONCE late_schedule::late_schedule(std::vector<late_source> sources, const leaf_info* leaves, int leaf_count,
                                        kernel_chooser choose) {
    for (late_source& s : sources) parts_.push_back(compiled_part(std::move(s), choose));
    for (std::size_t i = 1; i < parts_.size(); ++i) {
        set_tables(*parts_[i], parts_[i]->leaves.data(), parts_[i]->leaves.size());
        blocks_.push_back(&parts_[i]->tables);
    }
    set_tables(*parts_[0], leaves, leaf_count);
    parts_[0]->tables.blocks = blocks_.data();
}
#endif  // TELAR_HAS_BODIES

// ---------------------------------------------------------------- what a trace needs of kernels
/// The types in which the nodes of a trace are computed, as bits, and its routines.
struct kernels_needed {
    unsigned types = 0;
    int routines = 0;
    std::uint32_t routine[32]{};
};
constexpr kernels_needed kernels_needed_by(const auto& nodes, int count) {
    kernels_needed all;
    all.types = 1u << static_cast<unsigned>(dtype::float32);  // where truth values are computed
    for (int i = 0; i < count; ++i) {
        const node& n = nodes[i];
        all.types |= 1u << static_cast<unsigned>(core::info(n.type).computed_in);
        if (!is_routine(n.kind)) continue;
        const std::uint32_t bits =
            passes::emission::instruction_of(n, [&](int k) -> const node& { return nodes[n.in[k]]; }).bits();
        bool is_known = false;
        for (int r = 0; r < all.routines; ++r) is_known = is_known || all.routine[r] == bits;
        if (!is_known && all.routines < 32) all.routine[all.routines++] = bits;
    }
    return all;
}

/// Chooses among the functions that a trace needs.
template <class Trace> struct chosen_kernels {
    static constexpr kernels_needed needed =
        kernels_needed_by(Trace::stage::content().all.nodes.items, Trace::stage::sizes.all.nodes);

    template <class T> static void choose_type(const kernel& k, kernel_function& f) {
        constexpr auto number = static_cast<unsigned>(core::number_of_element<T>);
        if constexpr ((needed.types >> number & 1) != 0)
            if (static_cast<unsigned>(k.type) == number) f = kernels::cpu::interpreted::function_in<T>(k.kind);
    }
    static kernel_function choose(const kernel& k, const instruction* code) {
        kernel_function f = nullptr;
        if (k.kind == kernel_kind::call) return f;
        if (k.kind == kernel_kind::routine) {
            [&]<std::size_t... R>(std::index_sequence<R...>) {
                ((needed.routine[R] == code->bits()
                      ? void(f = &kernels::cpu::launch<
                                 kernels::cpu::interpreted::routine_words<needed.routine[R]>>)
                      : void()),
                 ...);
            }
            (std::make_index_sequence<static_cast<std::size_t>(needed.routines)>{});
            return f;
        }
        choose_type<float>(k, f);
        choose_type<double>(k, f);
        choose_type<std::int32_t>(k, f);
        choose_type<std::int64_t>(k, f);
        return f;
    }
};

}  // namespace telar::inline TELAR_ABI::runtime
