// SPDX-License-Identifier: BSL-1.0
// A product and its epilogue; a chain of two. The operands are the first accesses: the product reaches them in its own
// way, by a stride along k beside those of its space.
#pragma once
#include <telar/passes/emit/loop.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

/// Gives memory to what products read; that of numbers is filled by kernels of their own.
constexpr void prepare_operands_of_products(schedule_builder& out, node_list members) {
    for (int i : members)
        for (int a = 0; out.nodes[i].kind == op::matmul && a < 2; ++a)
            out.buffer_of(out.views[read_operand(out.g, out.views, i, a, out.groups.buffered)].base);
}
/// The left operand's rows and columns, each axis of them on its own; in the batches it is reached as any other.
constexpr memory_access walk_through(schedule_builder& out, const operand_fold& f) {
    const shape s = out.nodes[f.source].extents;
    const view v = out.views[f.source];
    const int pad = pad_of_images(out.g, out.views, f);
    const bool pads = pad >= 0 && !out.groups.buffered[pad];
    const view& read = pads ? out.views[out.nodes[pad].in[0]] : v;
    view start = v;
    start.base = read.base, start.offset = read.offset, start.step = read.step;
    shape matrices = s;
    matrices.rank = f.batches + 2;
    memory_access lhs = out.access_to(start, matrices);
    const int last = out.now.space.rank - 1;
    lhs.stride[last - 1] = lhs.stride[last] = 0;
    operand_walk& w = out.now.walk;
    if (pads) {
        const node& n = out.nodes[pad];
        w.image_axes = n.extents.rank - 1;
        for (int k = 0; k < n.extents.rank; ++k)
            w.image[k] = {n.extents[k], n.attribute[k], out.nodes[n.in[0]].extents[k], read.stride[k]};
    }
    const int rows_end = f.batches + f.row_axes;
    const auto append = [&](std::int32_t& count, int begin, int end) {
        for (int axis = begin; axis < end; ++axis) {
            w.extent[w.rows + w.columns] = s[axis];
            w.stride[w.rows + w.columns] = v.stride[axis];
            ++count;
        }
    };
    if (f.is_turned) append(w.rows, rows_end, s.rank), append(w.columns, f.batches, rows_end);
    else append(w.rows, f.batches, rows_end), append(w.columns, rows_end, s.rank);
    return lhs;
}
constexpr void push_left_operand(schedule_builder& out, int product) {
    const int last = out.now.space.rank - 1, operand = out.nodes[product].in[0];
    const shape s = out.nodes[operand].extents;
    const view v = out.views[operand];
    out.now.depth = s[s.rank - 1];
    if (const operand_fold fold = fold_of(out.g, out.views, operand); fold.source >= 0)
        return out.push_operand(walk_through(out, fold));
    memory_access lhs = out.access_to(v, s);  // right in the batch axes, set below in the others
    lhs.stride[last - 1] = v.stride[s.rank - 2];
    lhs.stride[last] = 0;
    lhs.inner = v.stride[s.rank - 1];
    out.push_operand(lhs);
}
constexpr void push_right_operand(schedule_builder& out, int product) {
    const int last = out.now.space.rank - 1, operand = out.nodes[product].in[1];
    const shape s = out.nodes[operand].extents;
    const view v = out.views[operand];
    memory_access rhs = out.access_to(v, s);
    rhs.stride[last - 1] = 0;
    rhs.stride[last] = v.stride[s.rank - 1];
    rhs.inner = v.stride[s.rank - 2];
    out.push_operand(rhs);
}
/// Begins a kernel with a product; the last two axes of its space stay even if they are 1.
constexpr void begin_product(schedule_builder& out, kernel_kind kind, const group& group, node_list members) {
    out.begin(kind, group.type);
    out.set_space(group.space, group.reduced, 3u << (group.space.rank - 2));
    out.now.nodes = members.count;
    for (int i : members) {
        if (out.nodes[i].kind != op::matmul) continue;
        push_left_operand(out, i);
        push_right_operand(out, i);
    }
}

constexpr void emit_product(schedule_builder& out, section_writer& sections, const group& group, node_list members) {
    prepare_operands_of_products(out, members);
    begin_product(out, kernel_kind::contract, group, members);
    sections.write_epilogue(group, members);
    out.end();
}
/// A product, its rows' work and the product of those rows: three operands, the sections of a loop, then the sections
/// of a product, whose values are numbered anew.
constexpr void emit_chain(schedule_builder& out, section_writer& sections, const group& first, node_list first_members,
                          const group& second, node_list second_members) {
    prepare_operands_of_products(out, first_members);
    prepare_operands_of_products(out, second_members);
    begin_product(out, kernel_kind::chain, first, first_members);
    out.now.nodes += second_members.count;
    int weights = -1;
    for (int i : second_members) {
        if (out.nodes[i].kind != op::matmul) continue;
        push_right_operand(out, i);
        weights = out.nodes[i].in[0];
    }
    out.now.columns = second.space[second.space.rank - 1];
    const int kept_rows = sections.write_loop_of_chain(first, first_members, weights);

    out.begin_second_product();
    const std::int32_t reduced = out.now.reduced;
    out.now.reduced = 0;
    sections.write_epilogue(second, second_members);
    out.now.reduced = reduced;
    out.end(kept_rows);
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
