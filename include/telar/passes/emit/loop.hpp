// SPDX-License-Identifier: BSL-1.0
// A loop: what is computed once per row, then sweeps over the row, each followed by what its reductions give. A
// product's epilogue is one such sweep, on its sums.
//
// What does not change along a row is computed once.
#pragma once
#include <telar/passes/emit/sweeps.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

class section_writer {
public:
    constexpr explicit section_writer(schedule_builder& out)
        : out_(out),
          nodes_(out.nodes),
          views_(out.views),
          buffered_(out.groups.buffered.data()),
          plan_(out),
          notes_(plan_.notes.at) {}

    constexpr void write_loop(const group& group, node_list members) {
        plan_.find(group, members);
        out_.push(code::rows);
        load_fixed();
        compute_rows(0);
        for (int s = 0; s < plan_.sweeps; ++s) {
            if (s > 0) forget_values();
            out_.push(code::sweep);
            write_sweep(s);
            out_.push(code::rows);
            compute_rows(s + 1);
        }
    }
    constexpr void write_epilogue(const group& group, node_list members) {
        plan_.find(group, members);
        out_.push(code::sweep);
        write_sweep(0);
    }
    /// A loop on the sums of a chain's first product, which makes the rows of the second one's left operand. How many
    /// rows of memory the kernel needs for itself.
    constexpr int write_loop_of_chain(const group& group, node_list members, int weights) {
        plan_.weights = weights;
        plan_.kept_rows = 2;  // the sums of the first product, the weights
        has_scores_ = false;
        write_loop(group, members);
        plan_.weights = -1;
        return plan_.kept_rows;
    }

private:
    constexpr bool is_in_chain() const { return plan_.weights >= 0; }

    /// Values from outside that do not change along a row, and scalars: before everything else.
    constexpr void load_fixed() {
        for (int i : plan_.members) {
            const node& n = nodes_[i];
            for (int a = 0, count = n.kind == op::matmul ? 0 : reads_of(n.kind); a < count; ++a) {
                const int o = n.in[a];
                if (plan_.is_inside(o) || notes_[o].row_value >= 0) continue;
                const node& source = nodes_[views_[o].base];
                if (is_number_source(source.kind)) {
                    notes_[o].row_value = out_.push_scalar(source);
                    continue;
                }
                const memory_access from = out_.access_to(views_[o], nodes_[o].extents);
                if (out_.is_fixed_in_row(from)) notes_[o].row_value = out_.push_load(from);
            }
        }
    }
    constexpr void compute_rows(int stage) {
        for (int i : plan_.members) {
            note& me = notes_[i];
            if (!me.is_row || me.stage != stage) continue;
            me.row_value = is_reduction(nodes_[i].kind) ? rounded(nodes_[i], me.row_value) : compute(i);
            if (buffered_[i]) out_.push_store(own_access(i), me.row_value);
        }
    }
    /// What a sweep has computed and loaded is gone when it ends.
    constexpr void forget_values() {
        for (int i : plan_.members) {
            notes_[i].value = -1;
            for (int a = 0, count = reads_of(nodes_[i].kind); a < count; ++a) notes_[nodes_[i].in[a]].value = -1;
        }
    }
    constexpr void write_sweep(int s) {
        plan_.find_needed(s);
        for (int i : plan_.members) {
            const node& n = nodes_[i];
            note& me = notes_[i];
            if (me.is_row) {
                if (is_reduction(n.kind) && me.stage == s + 1)
                    me.row_value = out_.push(code_of(n.kind), operand(n.in[0]));
                continue;
            }
            if (!me.is_needed) continue;
            if (me.stage < s && me.is_kept) {
                me.value = is_in_chain() ? out_.push(code::kept, notes_[me.home].kept_row) : out_.push_load(home_of(i));
                continue;
            }
            me.value = compute(i);
            if (me.stage != s) continue;
            if (is_in_chain() && (me.is_kept || i == plan_.weights))
                out_.push(code::keep, notes_[i == plan_.weights ? i : me.home].kept_row, me.value);
            else if (buffered_[i]) out_.push_store(own_access(i), me.value);
            else if (me.is_kept) out_.push_store(home_of(i), me.value);
        }
    }

    /// The instruction that holds a value where another is being computed from it.
    constexpr int operand(int o) {
        if (notes_[o].row_value >= 0) return notes_[o].row_value;
        if (notes_[o].value >= 0) return notes_[o].value;
        const node& source = nodes_[views_[o].base];
        if (is_number_source(source.kind)) return notes_[o].value = out_.push_scalar(source);  // epilogue
        return notes_[o].value = out_.push_load(out_.access_to(views_[o], nodes_[o].extents));
    }
    /// A float16 or bfloat16 is rounded after each operation, as in TensorFlow: how nodes are grouped changes no value.
    constexpr int rounded(const node& n, int value) {
        return fusion::needs_rounding(n) ? out_.push(code::rounded, value, static_cast<int>(n.type)) : value;
    }
    constexpr int compute(int i) { return rounded(nodes_[i], unrounded(i)); }
    constexpr int unrounded(int i) {
        const node& n = nodes_[i];
        if (n.kind == op::matmul) {
            const bool again = is_in_chain() && has_scores_;
            has_scores_ = true;
            return again ? out_.push(code::kept, 0) : out_.push(code::accumulated);
        }
        if (n.kind == op::iota) return out_.push(code::index);
        if (is_number_source(n.kind)) return out_.push_scalar(n);
        if (fusion::converts_numbers(out_.g, n)) return operand(n.in[0]);  // the load has converted
        if (fusion::is_kept_step(n.kind)) return operand(n.in[0]);         // it is only stored
        int in[3]{};
        for (int a = 0, arity = info(n.kind).arity; a < arity; ++a) in[a] = operand(n.in[a]);
        if (is_reduction(n.kind) && out_.now.reduced == 0)  // over axes of extent 1
            return n.kind == op::argmax || n.kind == op::argmin ? out_.push_scalar(zero_of(dtype::int64)) : in[0];
        if (n.kind == op::cast) return out_.push(code_of(n.kind), in[0], 0, n.type == dtype::boolean);
        return out_.push(code_of(n.kind), in[0], in[1], in[2]);
    }
    constexpr memory_access own_access(int i) {
        const node& n = nodes_[i];
        const shape extents = fusion::computed_extents(out_.g, n);
        view own = contiguous_view(out_.g.dims, i, extents);
        if (n.kind == op::scan_stack)
            own.step = {out_.g.dims.count(extents), static_cast<std::int32_t>(n.attribute[0]), 0};
        return out_.access_to(own, extents);
    }
    /// Where a value lies that later sweeps read back.
    constexpr memory_access home_of(int i) {
        const shape& extents = nodes_[i].extents;
        return out_.access_to(contiguous_view(out_.g.dims, notes_[i].home, extents), extents);
    }

    schedule_builder& out_;
    const node* const nodes_;
    const view* const views_;
    const bool* const buffered_;  // by node
    sweep_plan plan_;
    note* const notes_;        // the plan's
    bool has_scores_ = false;  // chain: whether an instruction has given the sums of the first product
};

constexpr void emit_loop(schedule_builder& out, section_writer& sections, const group& group, node_list members) {
    out.begin(kernel_kind::loop, group.type);
    out.set_space(group.space, group.reduced);
    out.now.nodes = members.count;
    sections.write_loop(group, members);
    out.end();
}

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
