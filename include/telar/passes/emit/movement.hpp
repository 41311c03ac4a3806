// SPDX-License-Identifier: BSL-1.0
// Movements that no view expresses, and what must lie contiguous: each is one loop that copies, or several.
#pragma once
#include <telar/passes/emit/overlap_add.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

/// Zeros where a pad's operand is not, axis by axis; then `to` is where the operand is.
constexpr void surround_by_zeros(schedule_builder& out, const node& n, int buffer, view& to) {
    dimensions& dims = out.g.dims;
    shape left = n.extents;  // what has not been written yet
    for (int k = 0; k < n.extents.rank; ++k) {
        const extent_t inside = out.nodes[n.in[0]].extents[k], before = n.attribute[k], upto = dims.add(before, inside),
                       after = dims.subtract(left[k], upto);
        const auto zeros = [&](extent_t from, extent_t count) {
            if (count == 0) return;
            shape part = left;
            part[k] = count;
            view at = to;
            at.offset = dims.add(at.offset, dims.multiply(from, to.stride[k]));
            out.fill(buffer, at, part, zero_of(n.type));
        };
        zeros(0, before);
        zeros(upto, after);
        left[k] = inside;
        to.offset = dims.add(to.offset, dims.multiply(before, to.stride[k]));
    }
}
constexpr void emit_movement(schedule_builder& out, int i) {
    const node& n = out.nodes[i];
    const int buffer = out.buffer_of(i);
    view to = contiguous_view(out.g.dims, i, n.extents);
    const auto copy_operand = [&](int k, const shape& s) { copy(out, out.with_buffer(n.in[k]), to, buffer, s); };
    const shape& first = out.nodes[n.in[0]].extents;
    if (n.kind == op::reshape) {  // in the operand's shape: both lie in one order
        to = contiguous_view(out.g.dims, i, first);
        copy_operand(0, first);
    } else if (n.kind == op::overlap_add) {
        emit_overlap_add(out, n, buffer, to);
    } else if (n.kind == op::pad) {
        surround_by_zeros(out, n, buffer, to);
        copy_operand(0, first);
    } else if (n.kind == op::concat) {
        copy_operand(0, first);
        const int axis = static_cast<int>(n.attribute[0]);
        to.offset = out.g.dims.multiply(first[axis], to.stride[axis]);
        copy_operand(1, out.nodes[n.in[1]].extents);
    } else {  // what a scan's state begins with, an operand of a call
        copy_operand(0, n.extents);
    }
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
