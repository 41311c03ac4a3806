// SPDX-License-Identifier: BSL-1.0
// explain: what the compiler made of an expression. A table of the passes, each with what the graph then costs, and a
// table of the kernels. The numbers are those of cost.hpp, which has them as constants.
#pragma once
#include <telar/core/text_table.hpp>
#include <telar/run/cost.hpp>
#include <telar/run/inspect.hpp>
#include <telar/run/kernel_text.hpp>
#include <telar/run/minimize.hpp>

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace telar::inline TELAR_ABI {

/// The two tables of a program; print it, or read its numbers.
struct explanation {
    struct stage {
        std::string_view name;  // "traced", the name of a pass, "fuse"
        graph_cost cost;        // of "fuse": of its kernels, memory being the arena
    };
    struct kernel_row {
        std::string_view kind;  // map, rows, columns, product: see kernel_text.hpp
        std::string space;      // its extents
        kernel_cost cost;
        std::string computes;
        std::string region;  // the path of its scope
    };
    std::vector<stage> stages;
    std::vector<kernel_row> kernels;  // in the order in which they run
};

namespace runtime::explaining {

/// extent_of(leaf, axis): what is unknown when the program is compiled. graph_after(n): the graph after n passes, n
/// being a constant.
explanation of(const program_tables& p, const auto& graph_after, const auto& extent_of) {
    explanation e;
    const auto add = [&](std::string_view name, const graph& g) {
        e.stages.push_back({name, costs::of_graph(g, extent_of)});
    };
    add("traced", graph_after(std::integral_constant<int, 0>()));
    [&]<int... I>(std::integer_sequence<int, I...>) {
        (add(optimisations[I].name, graph_after(std::integral_constant<int, I + 1>())), ...);
    }
    (std::make_integer_sequence<int, optimisation_count>{});

    const growable<extent_t> dims = costs::dimension_values(p.dims, p.dim_count, extent_of);
    graph_cost fused{e.stages.back().cost.nodes, p.kernel_count, 0, 0, 0};
    for (int i = 0; i < p.kernel_count; ++i) {
        const kernel& k = p.kernels[i];
        const kernel_cost cost = cost_of(p, k, dims.data()) * costs::times_of(p, i, dims.data());
        fused.operations += cost.operations;
        fused.bytes += cost.bytes();
        e.kernels.push_back({kernel_text::kind(k), kernel_text::written(k, kernel_text::space_of(k, dims.data())), cost,
                             kernel_text::computes(p, k), std::string(kernel_text::region(p, k))});
    }
    growable<extent_t> offsets(p.buffer_count, 0);
    fused.memory = plan_memory(p.buffers, p.buffer_count, dims.data(), offsets.data(), p.machine->memory.alignment);
    e.stages.push_back({"fuse", fused});
    return e;
}
template <class Code> explanation of(const auto& extent_of) {
    const auto graph_after_passes = [](auto n) { return graph_after<Code, n()>(); };
    return of(Code::description(), graph_after_passes, extent_of);
}
/// A program that runs behind another: stage by stage, and its kernels.
inline void append(explanation& e, const explanation& next) {
    for (std::size_t i = 0; i < e.stages.size(); ++i) {
        graph_cost& sum = e.stages[i].cost;
        const graph_cost& c = next.stages[i].cost;
        sum.nodes += c.nodes;
        sum.kernels += c.kernels;
        sum.operations += c.operations;
        sum.bytes += c.bytes;
        sum.memory += c.memory;
    }
    e.kernels.insert(e.kernels.end(), next.kernels.begin(), next.kernels.end());
}
template <class Code> explanation of(extent_t batch) {
    diagnose<Code>();
    return of<Code>(costs::all_are{batch});
}

}  // namespace runtime::explaining

/// What a program came to: of an expression, fetch(...), update(...), a training step, or what compile returns. Every
/// unknown extent is taken to be `batch`.
///
/// units     as kernel_cost and graph_cost say; memory is in bytes
/// test      tests/run/explain_test.cpp
template <Lazy E> explanation explain(const E&, extent_t batch = 1) {
    return runtime::explaining::of<runtime::inspection::code_of<E>>(batch);
}
template <class Program>
requires requires { typename Program::code; }
explanation explain(const Program&, extent_t batch = 1) {
    explanation e = runtime::explaining::of<typename Program::code>(batch);
    if constexpr (requires { typename Program::next_code::whole_trace; })
        runtime::explaining::append(e, runtime::explaining::of<typename Program::next_code>(batch));
    return e;
}
/// The same of a function called with tensors, which have all their extents: explain(f, a, b).
template <class F, Tensor... A> explanation explain(const function_object<F>& f, const A&... a) {
    using compiled_call = decltype(graph_of(f, a...));
    expr::diagnose<compiled_call>();
    const shape extents[] = {a.extents()...};
    return runtime::explaining::of<compiled_call>([&](int leaf, int axis) { return extents[leaf][axis]; });
}

inline explanation explain(const runtime::refused_step&, extent_t = 1) { return {}; }

std::string to_string(const explanation& e);
inline std::ostream& operator<<(std::ostream& out, const explanation& e) { return out << to_string(e); }

#if TELAR_HAS_BODIES
TELAR_ONCE std::string to_string(const explanation& e) {
    using enum core::text_table::align;
    core::text_table stages({{"stage", left}, {"nodes"}, {"kernels"}, {"operations"}, {"bytes moved"}, {"memory"}});
    for (const auto& s : e.stages)
        stages.add({std::string(s.name), std::to_string(s.cost.nodes), std::to_string(s.cost.kernels),
                    core::grouped_text(s.cost.operations), core::grouped_text(s.cost.bytes),
                    core::grouped_text(s.cost.memory)});
    core::text_table kernels({{"kernel"},
                              {"kind", left},
                              {"space", left},
                              {"operations"},
                              {"bytes read"},
                              {"bytes written"},
                              {"ops/byte"},
                              {"computes", left},
                              {"scope", left}});
    int number = 0;
    for (const auto& k : e.kernels)
        kernels.add({std::to_string(number++), std::string(k.kind), k.space, core::grouped_text(k.cost.operations),
                     core::grouped_text(k.cost.bytes_read), core::grouped_text(k.cost.bytes_written),
                     core::decimal_text(k.cost.operations_per_byte(), 2), k.computes, k.region});
    return stages.text() + '\n' + kernels.text();
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI
