// SPDX-License-Identifier: BSL-1.0
// What a legal schedule is. Tests assert it of what the emission makes; no program evaluates it.
#pragma once
#include <telar/graph/verify_kernel.hpp>

namespace telar::inline TELAR_ABI::ir {

namespace legality {

/// Each function says what is wrong; nullptr if nothing is. The later ones take for granted what the earlier ones ask.
class schedule_rules : schedule_reader {
public:
    constexpr schedule_rules(const schedule& s, const growable<root>& roots) : schedule_reader(s), roots_(roots) {}

    constexpr const char* wrong_in_buffers() const {
        growable<bool> has_buffer(roots_.size(), false);
        for (int i = 0; i < s_.buffers.size(); ++i) {
            const slot& b = s_.buffers[i];
            if (!is_extent(b.count)) return "an extent is no entry of the schedule's dimensions";
            const bool is_of_root = b.where == storage::result || b.where == storage::state;
            if (b.in_place && b.where != storage::state && b.where != storage::carried)
                return "a buffer in place that is no new value";
            if (b.where == storage::leaf)
                for (int j = 0; j < i; ++j)
                    if (s_.buffers[j].where == storage::leaf && s_.buffers[j].index == b.index)
                        return "two buffers for one leaf";
            if (is_of_root) {
                if (b.index < 0 || b.index >= roots_.size() || has_buffer[b.index] ||
                    (b.where == storage::state) != (roots_[b.index].target >= 0))
                    return "a result that is not one root's";
                has_buffer[b.index] = true;
            }
            if (b.where != storage::carried) continue;
            if (b.index < 0 || b.index >= s_.buffers.size()) return "a next value of no state";
            const slot& state = s_.buffers[b.index];
            if (state.where != storage::temporary || state.type != b.type || !s_.dims.same(state.count, b.count))
                return "a next value of no state";
        }
        for (const bool has : has_buffer)
            if (!has) return "a root without a buffer";
        return nullptr;
    }
    constexpr const char* wrong_in_tables() const {
        int instructions = 0, accesses = 0, scalars = 0;
        for (const kernel& k : s_.kernels) {
            if (k.first_instruction != instructions || k.first_access != accesses || k.first_scalar != scalars ||
                k.instructions < 0 || k.accesses < 0 || k.scalars < 0)
                return "a kernel whose parts do not follow those of the one before";
            instructions += k.instructions, accesses += k.accesses, scalars += k.scalars;
            const bool takes_any = k.kind == kernel_kind::call;
            if (s_.fits && (k.instructions > most_instructions || k.scalars > most_scalars ||
                            (!takes_any && k.accesses > most_accesses)))
                return "a kernel that is larger than may be";
        }
        if (instructions != s_.instructions.size() || accesses != s_.accesses.size() || scalars != s_.scalars.size())
            return "kernels do not own what stands in the tables";
        for (const scalar_argument& v : s_.scalars)
            if (!is_extent(v.extent)) return "an extent is no entry of the schedule's dimensions";
        for (const memory_access& a : s_.accesses) {
            if (a.buffer < 0 || a.buffer >= s_.buffers.size()) return "an access to no buffer";
            if (a.writes && s_.buffers[a.buffer].where == storage::leaf) return "a leaf is written";
            bool known = is_extent(a.offset) && is_extent(a.inner) && is_extent(a.step.by);
            for (const extent_t stride : a.stride) known = known && is_extent(stride);
            if (!known) return "an extent is no entry of the schedule's dimensions";
        }
        for (int i = 0; i < s_.dims.table.size(); ++i) {
            const dimension& d = s_.dims.table[i];
            if (d.kind != dimension_kind::variable && !(stands_before(d.lhs, i) && stands_before(d.rhs, i)))
                return "a dimension does not stand before its user";
        }
        return nullptr;
    }
    /// Kernels that are repeated come in order; only they move on with the steps.
    constexpr const char* wrong_in_repetitions() const {
        int end = 0;
        for (const repetition& r : s_.repetitions) {
            if (r.first < end || r.end <= r.first || r.end > s_.kernels.size())
                return "a repetition of no kernels, or of those of another";
            end = r.end;
            if (!is_extent(r.steps)) return "an extent is no entry of the schedule's dimensions";
            if (r.condition >= s_.buffers.size()) return "a condition that is no bool";
            if (r.condition >= 0 &&
                (s_.buffers[r.condition].type != dtype::boolean || s_.buffers[r.condition].count != 1))
                return "a condition that is no bool";
        }
        for (int k = 0; k < s_.kernels.size(); ++k)
            for (int a = 0; a < s_.kernels[k].accesses; ++a) {
                const memory_access& x = access(s_.kernels[k], a);
                const bool is_next = x.writes && s_.buffers[x.buffer].where == storage::carried;
                if ((x.step.by != 0 || is_next) && steps_of(k) == nullptr) return "a step's value outside of a scan";
            }
        return nullptr;
    }
    /// What is read is a leaf, or an earlier kernel has written it, or the same one before; all results are written.
    constexpr const char* wrong_in_order() const {
        growable<bool> written(s_.buffers.size(), false);
        for (int b = 0; b < written.size(); ++b) written[b] = s_.buffers[b].where == storage::leaf;
        for (const kernel& k : s_.kernels) {
            const bool by_instruction = k.kind != kernel_kind::routine && k.kind != kernel_kind::call;
            for (int a = 0; a < (by_instruction ? operands_of(k.kind) : k.accesses); ++a)
                if (!access(k, a).writes && !written[access(k, a).buffer]) return "a read of what is not yet written";
            for (int i = 0; by_instruction && i < k.instructions; ++i) {
                const instruction& x = at(k, i);
                if (is(x, code::load) && !written[access(k, x.a).buffer]) return "a read of what is not yet written";
                if (is(x, code::store)) written[access(k, x.a).buffer] = true;
            }
            for (int a = 0; a < k.accesses; ++a)
                if (access(k, a).writes) written[access(k, a).buffer] = true;
        }
        for (int b = 0; b < written.size(); ++b) {
            const storage where = s_.buffers[b].where;
            if (where != storage::temporary && !written[b]) return "a result that nobody writes";
        }
        return nullptr;
    }
    /// A buffer lives while kernels touch it, and as long as its value is wanted.
    constexpr const char* wrong_in_lifetimes() const {
        const auto covers = [](const slot& b, int first, int last) { return b.first <= first && last <= b.last; };
        for (int k = 0; k < s_.kernels.size(); ++k)
            for (int a = 0; a < s_.kernels[k].accesses; ++a) {
                const memory_access& x = access(s_.kernels[k], a);
                const slot& b = s_.buffers[x.buffer];
                if (b.first < 0 || !covers(b, k, k)) return "a buffer is touched outside of its life";
                const repetition* r = steps_of(k);
                const bool outlives_step =
                    r && (b.where == storage::carried || x.step.by != 0 || b.first < r->first || b.last >= r->end);
                if (outlives_step && !covers(b, r->first, r->end - 1))
                    return "a buffer does not live through all steps";
            }
        for (const slot& b : s_.buffers) {
            if (b.where == storage::state && !b.in_place && b.last != s_.kernels.size())
                return "a new value does not live until it is copied";
            if (b.where == storage::carried && s_.buffers[b.index].last < b.last)
                return "a state does not live as long as its next value";
        }
        return nullptr;
    }
    /// A value that overwrites the old one comes after every read of that, and after all that may refuse the run.
    constexpr const char* wrong_in_place() const {
        for (int i = 0; i < s_.buffers.size(); ++i) {
            const slot& b = s_.buffers[i];
            if (!b.in_place) continue;
            int first = -1, last = -1;  // the kernels that write
            for (int k = 0; k < s_.kernels.size(); ++k)
                for (int a = 0; a < s_.kernels[k].accesses; ++a)
                    if (const memory_access& x = access(s_.kernels[k], a); x.writes && x.buffer == i)
                        first = first < 0 ? k : first, last = k;
            const bool is_state = b.where == storage::state;
            const repetition* const r = is_state ? steps_of(first) : nullptr;  // whose next step reads again
            const int begin = r ? r->first : first;
            for (int k = begin; k < s_.kernels.size(); ++k) {
                const kernel& now = s_.kernels[k];
                if (is_state && (k > begin || now.refuses != 0) && refuses_run(now))
                    return "a variable is written before the run may be refused";
                for (int a = 0; a < now.accesses; ++a)
                    if (is_old_value(access(now, a).buffer, b) &&
                        !(k == begin && begin == last && reads_before_it_writes(now, a, i)))
                        return "an old value is read after it is overwritten";
            }
        }
        return nullptr;
    }

private:
    constexpr bool reads_before_it_writes(const kernel& k, int read, int buffer) const {
        if (read < operands_of(k.kind) || k.kind == kernel_kind::chain || k.kind == kernel_kind::call) return false;
        int write = -1;
        for (int a = 0; a < k.accesses; ++a)
            if (access(k, a).writes && access(k, a).buffer == buffer) write = a;
        const memory_access &from = access(k, read), &to = access(k, write);
        if (from.offset != to.offset || from.step != to.step) return false;
        for (int i = 0; i < k.space.rank; ++i)
            if (from.stride[i] != to.stride[i]) return false;
        if (k.kind == kernel_kind::routine) return read == 0 && at(k, 0).what == code_of(op::scatter);
        bool written = false;
        for (int i = 0; i < k.instructions; ++i) {
            const instruction& x = at(k, i);
            if (is(x, code::store) && x.a == write) written = true;
            if (written && is(x, code::load) && x.a == read) return false;
        }
        return true;
    }

    /// The repetition that kernel k belongs to.
    constexpr const repetition* steps_of(int k) const {
        for (const repetition& r : s_.repetitions)
            if (r.first <= k && k < r.end) return &r;
        return nullptr;
    }
    constexpr bool is_old_value(int buffer, const slot& next) const {
        if (next.where == storage::carried) return buffer == next.index;
        const slot& b = s_.buffers[buffer];
        return b.where == storage::leaf && b.index == roots_[next.index].target;
    }
    constexpr bool refuses_run(const kernel& k) const {
        return may_refuse(k, s_.instructions.data() + k.first_instruction);
    }

    const growable<root>& roots_;
};

}  // namespace legality

/// Why the schedule of a graph with these roots is not legal, in words; nullptr if it is.
///
/// test      tests/graph/verify_schedule_test.cpp
constexpr const char* first_illegality(const schedule& s, const growable<root>& roots) {
    const legality::schedule_rules rules(s, roots);
    if (const char* wrong = rules.wrong_in_buffers()) return wrong;
    if (const char* wrong = rules.wrong_in_tables()) return wrong;
    for (const kernel& k : s.kernels)
        if (const char* wrong = legality::kernel_rules(s).wrong_in(k)) return wrong;
    if (const char* wrong = rules.wrong_in_repetitions()) return wrong;
    if (const char* wrong = rules.wrong_in_order()) return wrong;
    if (const char* wrong = rules.wrong_in_lifetimes()) return wrong;
    return rules.wrong_in_place();
}

/// True if the schedule is legal: its tables hold together, each kernel can run, values are read while they are there.
constexpr bool verify(const schedule& s, const growable<root>& roots) { return first_illegality(s, roots) == nullptr; }

}  // namespace telar::inline TELAR_ABI::ir
