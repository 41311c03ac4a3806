// SPDX-License-Identifier: BSL-1.0
// A call of a block: a kernel without instructions. Its accesses are the operands as they lie, then the results.
#pragma once
#include <telar/passes/emit/schedule_builder.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

/// Gives memory to what the call reads; that of numbers is filled by kernels of their own. Returns the operands.
constexpr growable<int> prepare_operands_of_call(schedule_builder& out, int call) {
    growable<int> operands = operands_of_call(out.g, call);
    for (const int o : operands) out.buffer_of(out.views[o].base);
    return operands;
}
constexpr void emit_call(schedule_builder& out, node_list results) {
    const int number = out.nodes[results[0]].in[0];
    const growable<int> operands = prepare_operands_of_call(out, number);
    const node& call = out.nodes[number];
    out.begin(kernel_kind::call, dtype::float32);
    out.now.nodes = results.count;
    out.now.block = static_cast<std::int32_t>(call.attribute[0]);
    out.now.refuses = static_cast<std::int32_t>(call.attribute[1]);
    const auto push_whole = [&](int i, bool writes) {
        const view& v = out.views[i];
        memory_access a{out.buffer_of(v.base), 0, v.offset, {}, 0, v.step};
        for (int k = 0; k < out.nodes[i].extents.rank; ++k) a.stride[k] = out.nodes[i].extents[k];
        out.push_operand(a, writes);
    };
    for (const int o : operands) push_whole(o, false);
    for (const int r : results) push_whole(r, true);  // in their order: so they were added
    out.end();
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
