// SPDX-License-Identifier: BSL-1.0
// A routine: one instruction, whose arguments are the extents of its operands along the axis, then the node's value.
#pragma once
#include <telar/passes/emit/schedule_builder.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

/// The instruction of a routine: operand(k) is the node of operand k.
constexpr instruction instruction_of(const node& n, const auto& operand) {
    const int arity = info(n.kind).arity;
    unsigned types = static_cast<unsigned>(n.type) << (4 * arity);
    for (int k = 0; k < arity; ++k) types |= static_cast<unsigned>(operand(k).type) << (4 * k);
    return {code_of(n.kind), static_cast<std::uint8_t>(types & 255), static_cast<std::uint8_t>(types >> 8),
            static_cast<std::uint8_t>(n.attribute[1])};
}
constexpr void emit_routine(schedule_builder& out, int i) {
    const node& n = out.nodes[i];
    const int arity = info(n.kind).arity, axis = static_cast<int>(n.attribute[0]);
    const unsigned axis_bit = axis < 0 ? 0 : 1u << axis;
    for (int k = 0; k < arity; ++k) out.buffer_of(out.views[n.in[k]].base);  // a constant's kernel comes before
    out.begin(kernel_kind::routine, dtype::int64);                           // its arguments are whole numbers
    out.set_space(n.extents, axis_bit, axis_bit);
    out.now.nodes = 1;
    for (int k = 0; k < arity; ++k) {
        const node& operand = out.nodes[n.in[k]];
        out.push_operand(out.access_to(out.views[n.in[k]], operand.extents));
        out.push_argument({0, axis < 0 ? 1 : operand.extents[axis], 1, dtype::int64});
    }
    out.push_operand(out.access_to(contiguous_view(out.g.dims, i, n.extents), n.extents), true);
    out.push_argument({n.value, 0, 0, dtype::int64});
    if (n.kind == op::print) {  // it wants the shape as well
        out.push_argument({static_cast<std::uint64_t>(n.extents.rank), 0, 0, dtype::int64});
        for (int k = 0; k < n.extents.rank; ++k) out.push_argument({0, n.extents[k], 1, dtype::int64});
    }
    const instruction x = instruction_of(n, [&](int k) -> const node& { return out.nodes[n.in[k]]; });
    out.push(x.what, x.a, x.b, x.c);
    out.end();
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
