// SPDX-License-Identifier: BSL-1.0
// find_lifetimes: from which kernel to which a buffer is needed, and which new values overwrite the old ones.
//
// in      a schedule whose kernels are written, the graph's roots, and how the target's kernels refuse a run
// out     the same, with first, last and in_place of every buffer
// needs   kernels in the order in which they run, repetitions
// order   last step of emit_kernels; plan_memory places the buffers by it
#pragma once
#include <telar/graph/schedule.hpp>
#include <telar/graph/target.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace emission {

class lifetime_finder {
public:
    constexpr lifetime_finder(schedule& s, const growable<root>& roots, refusal errors)
        : s_(s),
          roots_(roots),
          errors_(errors),
          accesses_of_(s.buffers.size(), s.accesses.size()),
          kernel_of_(s.accesses.size(), -1) {
        for (int k = 0; k < s.kernels.size(); ++k)
            for (int i = 0; i < s.kernels[k].accesses; ++i) {
                const int a = s.kernels[k].first_access + i;
                accesses_of_.add(s.accesses[a].buffer, a);
                kernel_of_[a] = k;
            }
        for (int b = 0; b < s.buffers.size(); ++b) {
            if (s.buffers[b].where != storage::leaf) continue;
            if (const int leaf = s.buffers[b].index; leaf >= buffer_of_leaf_.size())
                buffer_of_leaf_.resize(leaf + 1, -1);
            buffer_of_leaf_[s.buffers[b].index] = b;
        }
    }

    constexpr void run() {
        find_in_place();
        find_lifetimes();
    }

private:
    /// The first kernel of the steps that kernel k belongs to; k itself outside of scans.
    constexpr int begin_of_steps(int k) const {
        for (const repetition& r : s_.repetitions)
            if (r.first <= k && k < r.end) return r.first;
        return k;
    }
    constexpr int old_value_of(const slot& b) const {
        if (b.where == storage::carried) return b.index;
        const int leaf = roots_[b.index].target;
        return leaf < buffer_of_leaf_.size() ? buffer_of_leaf_[leaf] : -1;
    }
    /// A new value may be written straight into the old one's memory if all that reads the old one has run before:
    /// every reader is an earlier kernel, or reads in the same kernel the very element that it writes, and no later
    /// than it writes. Within the steps of a scan a variable has no earlier kernels: the next step reads again.
    constexpr void find_in_place() {
        const int last_refusal = last_that_may_refuse();
        for (int number = 0; number < s_.buffers.size(); ++number) {
            slot& b = s_.buffers[number];
            if (b.where != storage::state && b.where != storage::carried) continue;
            int first = -1, writer = -1, write = -1;  // the kernels that write: a concat takes two
            bool legal = true;
            for (int a = accesses_of_.first(number); a >= 0; a = accesses_of_.next(a)) {
                const int k = kernel_of_[a];
                if (s_.accesses[a].writes)
                    first = first < 0 ? k : first, writer = k, write = a - s_.kernels[k].first_access;
                else legal = legal && (writer < 0 || k > writer);  // not lent to keep a value before it is written
            }
            if (b.where == storage::state && first >= 0) first = begin_of_steps(first);
            const int old = old_value_of(b);
            for (int a = old < 0 ? -1 : accesses_of_.first(old); legal && a >= 0; a = accesses_of_.next(a)) {
                const int k = kernel_of_[a];
                legal = k < first || (first == writer && k == writer &&
                                      reads_before_it_writes(s_.kernels[k], a - s_.kernels[k].first_access, write));
            }
            const bool is_known = errors_ == refusal::stops_the_run ? first >= last_refusal : last_refusal < 0;
            if (b.where == storage::state) legal = legal && is_known;  // that the run is not refused
            b.in_place = legal && writer >= 0 && s_.kernels[writer].refuses == 0;
        }
    }
    /// The last kernel that looks at values and may refuse them: a run that is refused has changed nothing.
    constexpr int last_that_may_refuse() const {
        int last = -1;
        for (int k = 0; k < s_.kernels.size(); ++k)
            if (may_refuse(s_.kernels[k], s_.instructions.data() + s_.kernels[k].first_instruction)) last = k;
        return last;
    }
    constexpr bool reads_before_it_writes(const kernel& k, int read, int write) const {
        if (read < operands_of(k.kind) || k.kind == kernel_kind::chain || k.kind == kernel_kind::call) return false;
        if (k.kind == kernel_kind::routine &&
            !(read == 0 && s_.instructions[k.first_instruction].what == code_of(op::scatter)))
            return false;  // scatter begins with a copy of that operand, unless it lies there already
        const memory_access &r = s_.accesses[k.first_access + read], &w = s_.accesses[k.first_access + write];
        if (r.offset != w.offset || r.step != w.step) return false;
        for (int i = 0; i < k.space.rank; ++i)
            if (r.stride[i] != w.stride[i]) return false;
        constexpr auto store = static_cast<std::uint8_t>(code::store), load = static_cast<std::uint8_t>(code::load);
        bool written = false;
        const instruction* x = s_.instructions.data() + k.first_instruction;
        for (const instruction* const end = x + k.instructions; x != end; ++x)
            if (x->what == store && x->a == write) written = true;
            else if (written && x->what == load && x->a == read) return false;
        return true;
    }

    /// The first and the last kernel that touch a buffer; a value that is committed at the end lives until then.
    constexpr void find_lifetimes() {
        for (int k = 0; k < s_.kernels.size(); ++k)
            for (int a = 0; a < s_.kernels[k].accesses; ++a) {
                slot& b = s_.buffers[s_.accesses[s_.kernels[k].first_access + a].buffer];
                if (b.first < 0) b.first = k;
                b.last = k;
            }
        for (const slot& b : s_.buffers)
            if (b.where == storage::carried && s_.buffers[b.index].last < b.last)
                s_.buffers[b.index].last = b.last;  // they are one, or the new value is copied there after each step
        for (const repetition& r : s_.repetitions) live_through(r);
        for (slot& b : s_.buffers) {
            if (b.where == storage::state && !b.in_place) b.last = s_.kernels.size();
            if (b.where == storage::carried && b.in_place && s_.buffers[b.index].last < b.last)
                s_.buffers[b.index].last = b.last;
        }
    }
    /// What a scan's steps share with others, or with each other, lives through all of them.
    constexpr void live_through(const repetition& r) {
        growable<bool> moves(s_.buffers.size(), false);  // with the steps
        for (int k = r.first; k < r.end; ++k)
            for (int a = 0; a < s_.kernels[k].accesses; ++a)
                if (const memory_access& x = s_.accesses[s_.kernels[k].first_access + a]; x.step.by != 0)
                    moves[x.buffer] = true;
        for (int i = 0; i < s_.buffers.size(); ++i) {
            slot& b = s_.buffers[i];
            const bool is_used = b.first < r.end && b.last >= r.first;
            const bool is_shared = b.first < r.first || b.last >= r.end || b.where == storage::carried || moves[i];
            if (!is_used || !is_shared) continue;
            if (b.first > r.first) b.first = r.first;
            if (b.last < r.end - 1) b.last = r.end - 1;
        }
    }

    schedule& s_;
    const growable<root>& roots_;
    refusal errors_;
    lists_by_key accesses_of_;  // a buffer
    growable<int> kernel_of_;   // an access
    growable<int> buffer_of_leaf_;
};

}  // namespace emission

constexpr void find_lifetimes(schedule& s, const growable<root>& roots, refusal errors) {
    emission::lifetime_finder(s, roots, errors).run();
}

}  // namespace telar::inline TELAR_ABI::ir::passes
