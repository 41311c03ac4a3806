// SPDX-License-Identifier: BSL-1.0
// In which sweep over a row a loop computes each of its values, and which of them it keeps for later sweeps.
//
// A value's sweep is the number of reductions that it waits for. What a later sweep needs is read back if it was costly
// (or stored anyway), else computed again.
#pragma once
#include <telar/passes/emit/schedule_builder.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

/// What the emission of the kernel at hand knows of a node.
struct note {
    int kernel = -1;           // that it was last computed in
    int stage = 0;             // the sweep it is computed in; of a value per row: the first sweep that may use it
    bool is_row = false;       // one value per row
    bool is_kept = false;      // read back in later sweeps
    bool is_needed = false;    // in the sweep at hand
    bool is_computed = false;  // in the sweep at hand, or before
    bool is_lent = false;      // its result's memory keeps another value until it is written
    int home = -1;             // whose memory keeps it
    int kept_row = -1;         // chain: the row of the kernel's own memory that is it
    int last_use = -1;         // the last sweep that reads it back
    int row_value = -1;        // instruction of a value per row, or that does not change along one
    int value = -1;            // instruction in the sweep at hand
};

class sweep_plan {
public:
    column<note> notes;  // by node
    node_list members;   // of the kernel at hand
    int sweeps = 1;      // over a row
    int weights = -1;    // chain, while its rows' work is emitted: what the second product reads of it
    int kept_rows = 0;   // chain: rows of the kernel's own memory

    constexpr explicit sweep_plan(const schedule_builder& out)
        : notes(out.g.size()), g_(out.g), nodes_(out.nodes), buffered_(out.groups.buffered.data()), out_(out) {}

    /// For the kernel at hand, whose space is set.
    constexpr void find(const group& group, node_list nodes) {
        members = nodes;
        sweeps = 1;
        number_ = out_.kernel_count();
        for (int i : members) {
            forget_operands(i);
            notes.at[i] = {};
        }
        for (int i : members) notes.at[i].kernel = number_;
        if (weights >= 0) notes.at[weights].kept_row = 1;
        find_stages(group);
        find_kept();
    }
    constexpr bool is_inside(int i) const { return notes.at[i].kernel == number_; }

    /// Which values must be at hand in a sweep: walking back from its stores and its reductions.
    constexpr void find_needed(int sweep) {
        for (int i : members) notes.at[i].is_needed = false;
        for (int j = members.count - 1; j >= 0; --j) {
            const int i = members[j];
            const node& n = nodes_[i];
            note& me = notes.at[i];
            if (!me.is_row && buffered_[i] && me.stage == sweep) me.is_needed = true;
            if (me.is_needed && me.stage < sweep && !me.is_computed && is_stored_value(i))
                me.stage = sweep;  // not needed before
            if (me.is_needed && me.stage == sweep) me.is_computed = true;
            const bool reduces_now = is_reduction(n.kind) && me.is_row && me.stage == sweep + 1;
            if (me.is_row && !reduces_now) continue;
            if (!reduces_now && (!me.is_needed || (me.stage < sweep && is_stored_value(i)))) continue;
            for (int a = 0, count = n.kind == op::matmul ? 0 : reads_of(n.kind); a < count; ++a)
                if (is_inside(n.in[a]) && !notes.at[n.in[a]].is_row) notes.at[n.in[a]].is_needed = true;
        }
    }

private:
    /// What an earlier kernel noted of the values that this one reads from outside.
    constexpr void forget_operands(int i) {
        for (int a = 0, count = reads_of(nodes_[i].kind); a < count; ++a) {
            note& from = notes.at[nodes_[i].in[a]];
            from.kernel = from.row_value = from.value = -1;
        }
    }
    constexpr void find_stages(const group& group) {
        const int reduced = out_.now.reduced;
        const shape kept = fusion::kept_shape(group.space, group.reduced);
        for (int i : members) {
            const node& n = nodes_[i];
            note& me = notes.at[i];
            const shape& own = fusion::computed_extents(g_, n);
            me.is_row = reduced != 0 && (is_reduction(n.kind) || (own == kept && own != group.space));
            for (int a = 0, count = reads_of(n.kind); a < count; ++a) {
                const int o = n.in[a];
                if (is_inside(o) && n.kind != op::matmul && notes.at[o].stage > me.stage) me.stage = notes.at[o].stage;
            }
            if (is_reduction(n.kind) && reduced != 0) ++me.stage;
            const int least = me.is_row ? me.stage : me.stage + 1;
            if (least > sweeps) sweeps = least;
        }
    }
    constexpr bool is_stored_value(int i) const {
        const bool is_scores = weights >= 0 && nodes_[i].kind == op::matmul;  // they are in memory already
        const bool is_truth = weights >= 0 && nodes_[i].type == dtype::boolean;
        return buffered_[i] || notes.at[i].is_kept || (is_costly(nodes_[i].kind) && !is_scores && !is_truth);
    }
    /// Costly values that a later sweep reads again get memory: that of a result which is written only later, if there
    /// is one.
    constexpr void find_kept() {
        if (sweeps == 1) return;
        for (int s = 0; s < sweeps; ++s) {
            find_needed(s);
            for (int i : members)
                if (notes.at[i].is_needed && notes.at[i].stage < s && is_stored_value(i))
                    notes.at[i].last_use = s, notes.at[i].is_kept = true;
        }
        for (int i : members) {
            note& me = notes.at[i];
            if (!me.is_kept) continue;
            me.home = i;
            for (int j : members) {
                note& other = notes.at[j];
                if (!buffered_[i] && buffered_[j] && !other.is_row && !other.is_lent && other.stage >= me.last_use &&
                    nodes_[j].type == nodes_[i].type && nodes_[j].extents == nodes_[i].extents &&
                    !out_.is_assigned(j)) {
                    me.home = j;
                    other.is_lent = true;
                    break;
                }
            }
            if (weights >= 0 && notes.at[me.home].kept_row < 0) notes.at[me.home].kept_row = kept_rows++;
        }
    }

    const graph& g_;
    const node* const nodes_;
    const bool* const buffered_;  // by node
    const schedule_builder& out_;
    int number_ = -1;  // of the kernel at hand
};

}  // namespace emission

}  // namespace telar::inline TELAR_ABI::ir::passes
