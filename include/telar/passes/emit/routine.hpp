// SPDX-License-Identifier: BSL-1.0
// A routine: one instruction, whose arguments are the extents of its operands along the axis, then the node's value.
#pragma once
#include <telar/passes/emit/schedule_builder.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

constexpr void emit_routine(schedule_builder& out, int i) {
    const node& n = out.nodes[i];
    const int arity = info(n.kind).arity, axis = static_cast<int>(n.attribute[0]);
    const unsigned axis_bit = axis < 0 ? 0 : 1u << axis;
    for (int k = 0; k < arity; ++k) out.buffer_of(out.views[n.in[k]].base);  // a constant's kernel comes before
    out.begin(kernel_kind::routine, dtype::int64);                           // its arguments are whole numbers
    out.set_space(n.extents, axis_bit, axis_bit);
    out.now.nodes = 1;
    unsigned types = static_cast<unsigned>(n.type) << (4 * arity);
    for (int k = 0; k < arity; ++k) {
        const node& operand = out.nodes[n.in[k]];
        types |= static_cast<unsigned>(operand.type) << (4 * k);
        out.push_operand(out.access_to(out.views[n.in[k]], operand.extents));
        out.push_argument({0, axis < 0 ? 1 : operand.extents[axis], 1, dtype::int64});
    }
    out.push_operand(out.access_to(contiguous_view(out.g.dims, i, n.extents), n.extents), true);
    out.push_argument({n.value, 0, 0, dtype::int64});
    if (n.kind == op::print) {  // it wants the shape as well
        out.push_argument({static_cast<std::uint64_t>(n.extents.rank), 0, 0, dtype::int64});
        for (int k = 0; k < n.extents.rank; ++k) out.push_argument({0, n.extents[k], 1, dtype::int64});
    }
    out.push(code_of(n.kind), static_cast<int>(types & 255), static_cast<int>(types >> 8),
             static_cast<int>(n.attribute[1]));
    out.end();
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
