// SPDX-License-Identifier: BSL-1.0
// Windows added where they overlap: in one pass along the axis where that is possible, else in a pass for each element
// of a window.
#pragma once
#include <telar/passes/emit/copies.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

/// True if windows that move on by one element can be added without a pass for each of their elements.
constexpr bool sums_in_one_pass(const schedule_builder& out, const node& n) {
    const shape& apart = out.nodes[n.in[0]].extents;
    const int axis = static_cast<int>(n.attribute[0]);
    const extent_t count = apart[axis], reach = (apart[axis + 1] - 1) * n.attribute[2];
    return n.attribute[1] == 1 && is_number(count) && n.extents[axis] == count + reach && reach < count &&
           apart[axis + 1] <= out.machine.elements.added_windows &&
           !is_number_source(out.nodes[out.views[n.in[0]].base].kind) && !is_half(n.type);
}
/// `count` places from `begin` on, which are elements first, ..., last of windows.
constexpr void sum_elements(schedule_builder& out, const node& n, int buffer, const view& to, extent_t begin,
                            extent_t count, extent_t first, extent_t last) {
    dimensions& dims = out.g.dims;
    const int axis = static_cast<int>(n.attribute[0]);
    const view apart = out.with_buffer(n.in[0]);
    shape part = n.extents;
    part[axis] = count;
    out.begin_sweep(part, n.type);
    int sum = -1;
    for (extent_t j = first; j <= last; ++j) {  // element j of the window at begin - j dilation
        view from = apart;
        from.offset = dims.add(from.offset, dims.multiply(begin - j * n.attribute[2], apart.stride[axis]));
        from.offset = dims.add(from.offset, dims.multiply(j, apart.stride[axis + 1]));
        for (int k = axis + 1; k < n.extents.rank; ++k) from.stride[k] = apart.stride[k + 1];
        const int next = out.push_load(out.access_to(from, part));
        sum = sum < 0 ? next : out.push(code_of(op::add), sum, next);
    }
    view at = to;
    at.offset = dims.add(to.offset, dims.multiply(begin, to.stride[axis]));
    out.push_store(out.place_in(buffer, at), sum);
    out.end();
}
/// Along the axis, first the places that only some windows reach, one window more after each dilation; then those that
/// all reach; then fewer and fewer again. Each is written once.
constexpr void sum_overlaps(schedule_builder& out, const node& n, int buffer, const view& to) {
    const int axis = static_cast<int>(n.attribute[0]);
    const extent_t count = out.nodes[n.in[0]].extents[axis], size = out.nodes[n.in[0]].extents[axis + 1],
                   step = n.attribute[2];
    for (extent_t m = 0; m + 1 < size; ++m) sum_elements(out, n, buffer, to, m * step, step, 0, m);
    sum_elements(out, n, buffer, to, (size - 1) * step, count - (size - 1) * step, 0, size - 1);
    for (extent_t m = 1; m < size; ++m) sum_elements(out, n, buffer, to, count + (m - 1) * step, step, m, size - 1);
}
/// Zeros, then one pass over the result for each element of a window: within a pass no two windows meet.
constexpr void add_element_by_element(schedule_builder& out, const node& n, int buffer, view to) {
    dimensions& dims = out.g.dims;
    out.fill(buffer, zero_of(n.type));
    const int axis = static_cast<int>(n.attribute[0]);
    const shape& apart = out.nodes[n.in[0]].extents;
    const extent_t size = apart[axis + 1], step = dims.multiply(n.attribute[2], to.stride[axis]);
    view from = out.with_buffer(n.in[0]);
    const extent_t next = from.stride[axis + 1];
    for (int k = axis + 1; k < n.extents.rank; ++k) from.stride[k] = from.stride[k + 1];
    shape places = n.extents;
    places[axis] = apart[axis];
    to.stride[axis] = dims.multiply(n.attribute[1], to.stride[axis]);
    for (extent_t j = 0; j < size; ++j) {
        copy(out, from, to, buffer, places, true);
        from.offset = dims.add(from.offset, next);
        to.offset = dims.add(to.offset, step);
    }
}
constexpr void emit_overlap_add(schedule_builder& out, const node& n, int buffer, const view& to) {
    if (sums_in_one_pass(out, n)) sum_overlaps(out, n, buffer, to);
    else add_element_by_element(out, n, buffer, to);
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
