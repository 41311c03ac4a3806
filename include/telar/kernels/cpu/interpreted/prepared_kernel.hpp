// SPDX-License-Identifier: BSL-1.0
// Prepares a kernel's instructions for the interpreter: finds the loop of each instruction, joins operations into
// fused loops, allocates a slot for each value that needs one, and finds loads and stores that need no copy. A launch
// prepares its kernel once, for all threads.
#pragma once
#include <telar/kernels/cpu/interpreted/block_loops.hpp>
#include <telar/kernels/cpu/interpreted/block_reductions.hpp>

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// The bytes that an access may touch.
struct byte_range {
    std::uintptr_t begin, end;

    bool meets(const byte_range& other) const { return begin < other.end && other.begin < end; }
};
inline byte_range range_of(const kernel_arguments& k, int access, int element, reach reached) {
    std::int64_t low = 0, high = 0;
    const auto extend = [&](std::int64_t extent, std::int64_t stride) {
        if (extent <= 1) return;
        (stride < 0 ? low : high) += (extent - 1) * stride;
    };
    for (int i = 0; i < k.outer_rank; ++i) extend(k.outer[i], k.outer_stride[access][i]);
    for (int i = 0; i < k.reduced_rank; ++i) extend(k.reduced[i], k.reduced_stride[access][i]);
    if (k.lines > 1) extend(k.lines, k.line_stride[access]);
    if (reached != reach::same) extend(k.inner, (reached == reach::contiguous ? 1 : k.inner_stride[access]) * element);
    const auto at = reinterpret_cast<std::uintptr_t>(k.data[access]);
    return {at + static_cast<std::uintptr_t>(low), at + static_cast<std::uintptr_t>(high + element)};
}

/// Whether two accesses reach each element at the same address.
inline bool are_same_elements(const kernel_arguments& k, int a, int b) {
    const auto are_equal = [](const std::int64_t* x, const std::int64_t* y, int n) { return std::equal(x, x + n, y); };
    return k.data[a] == k.data[b] && (k.lines == 1 || k.line_stride[a] == k.line_stride[b]) &&
           are_equal(k.outer_stride[a], k.outer_stride[b], k.outer_rank) &&
           are_equal(k.reduced_stride[a], k.reduced_stride[b], k.reduced_rank);
}

/// A set of a kernel's instructions.
class instruction_set {
    static_assert(most_instructions <= 128);
    std::uint64_t low_, high_;

public:
    void add(int i) { (i < 64 ? low_ : high_) |= std::uint64_t{1} << (i % 64); }
    void remove(int i) { (i < 64 ? low_ : high_) &= ~(std::uint64_t{1} << (i % 64)); }
    void add(const instruction_set& other) { low_ |= other.low_, high_ |= other.high_; }
    bool is_empty() const { return (low_ | high_) == 0; }
    /// most_instructions or more if the set is empty.
    int first() const { return low_ ? std::countr_zero(low_) : 64 + std::countr_zero(high_); }
    /// Calls f(i) for each.
    template <class F> void each(const F& f) const {
        for (instruction_set rest = *this; !rest.is_empty();) {
            const int i = rest.first();
            rest.remove(i);
            f(i);
        }
    }
};

/// member: computed by the fused loop of a later instruction.
enum class action : std::uint8_t {
    mark,
    load,
    store,
    compute,
    constant,
    count_columns,
    accumulated,
    reduce,
    fuse,
    member
};

/// What the interpreter does for an instruction.
struct prepared_instruction {
    action what;
    bool holds_for_row;      // the value
    bool reads_in_place;     // load: where the elements lie together they are read in place
    bool reads_grid;         // load: so they are where the rows have gaps, and where one number is read for all
    bool is_fused;           // the instruction is a step of a fused loop
    std::uint8_t bytes;      // of an element of the value
    std::uint8_t in_memory;  // load, store: of an element there
    reach reached;           // load, store: along the vector axis
    std::int16_t operand[3];
    std::int16_t runs_at;     // the instruction at which it is executed: itself, or the last of its fused loop
    std::int16_t written_by;  // the store whose memory the value may be computed in; else -1
    std::int16_t lies_in;     // the store of a fused loop in whose memory the value lies; else -1
    std::int16_t first_member, first_step, steps;  // fuse
    std::int32_t slot;                             // of the value, in units of slot_bytes; -1: none
    std::int32_t broadcast;  // where the value lies for each element, if it is read so; -1: nowhere
    std::int32_t state;      // reduce
    block_loop run;          // compute; load and store: the conversion, if there is one
    const reduction* reduces;
};
inline constexpr prepared_instruction unprepared{action::mark, false, false,   false,  false, 0, 0, reach::contiguous,
                                                 {-1, -1, -1}, -1,    -1,      -1,     0,     0, 0, -1,
                                                 -1,           -1,    nullptr, nullptr};

/// A step of a fused loop, with the instruction whose value it reads, or that stores. A step that stores the value at
/// hand in its slot names the value.
struct prepared_step {
    fused what;
    operand_in from;
    std::int16_t instruction;
    block_loop called;
};

template <class T> class prepared_kernel {
public:
    instruction_span code;
    const kernel_arguments& k;
    bool by_column;
    prepared_instruction at[most_instructions];  // as many as there are instructions
    prepared_step steps[3 * most_instructions];  // of fused loops
    T numbers[most_scalars];
    int sections = 0, begin[most_instructions + 2];  // of the sections; behind them an empty one
    int most_elements[most_instructions + 1];        // on which a section runs at once
    int slots = 0;                                   // in units of slot_bytes

    explicit prepared_kernel(const kernel_arguments& arguments) : prepared_kernel(arguments, *arguments.what) {}
    prepared_kernel(const kernel_arguments& arguments, const kernel& what)
        : prepared_kernel(arguments, {arguments.instructions, what.instructions}, header_of(what, false).by_column) {}
    prepared_kernel(const kernel_arguments& arguments, const instruction_span& instructions, bool columns)
        : code(instructions),
          k(arguments),
          by_column(columns),
          loops_(static_cast<const loop_library*>(arguments.loops)->template in<T>()) {
        find_sections();
        bool in_row = false;
        for (int i = 0; i < code.count; ++i) {
            at[i] = unprepared;
            at[i].runs_at = static_cast<std::int16_t>(i);
            if (code.is_mark(i)) in_row = code.is(i, telar::ir::code::rows);
            else prepare(i, in_row);
        }
        find_users();
        find_ranges();
        if constexpr (std::is_floating_point_v<T>)
            for (int s = 0; s < sections; ++s) find_fused_loops(begin[s], end(s));
        find_accesses_in_place();
        for (int i = 0; i < code.count; ++i)
            if (at[i].what == action::fuse) list_steps(i);
        for (int s = 0; s < sections; ++s) {
            give_slots(begin[s], end(s), sweeps(s));
            most_elements[s] = block_size<T> * (!needs_no_slots(s) ? 1
                                                : by_column        ? static_cast<int>(lines_per_block)
                                                                   : 4);
        }
    }
    prepared_kernel(const prepared_kernel&) = delete;
    prepared_kernel& operator=(const prepared_kernel&) = delete;
    int end(int section) const { return begin[section + 1] - (section + 1 < sections); }
    /// Slots that suffice wherever the kernel's operands and results lie: the memory of a prepared program has to serve
    /// runs on other memory, in which more must be copied.
    int most_slots() const {
        int most = 0;
        for (int i = 0; i < code.count; ++i)
            most += 2 * units(at[i].bytes) + (at[i].reduces ? slots_of_state(*at[i].reduces) : 0);
        return most;
    }
    bool sweeps(int section) const {
        return begin[section] == 0 || code.is(begin[section] - 1, telar::ir::code::sweep);
    }

private:
    static constexpr auto type = static_cast<dtype>(core::number_of_element<T>);
    const loop_library::of_type& loops_;
    instruction_set users_[most_instructions];
    byte_range ranges_[most_instructions];  // of loads and stores
    int step_count_ = 0;

    void find_sections() {
        if (code.count == 0 || !code.is_mark(0)) begin[sections++] = 0;
        for (int i = 0; i < code.count; ++i)
            if (code.is_mark(i)) begin[sections++] = i + 1;
        begin[sections] = begin[sections + 1] = code.count;
    }
    void prepare(int i, bool in_row) {
        const instruction x = code.at(i);
        prepared_instruction& p = at[i];
        p.holds_for_row = in_row || code.reduces(i);
        p.bytes = code.is_mask(i) ? 1 : static_cast<std::uint8_t>(sizeof(T));
        for (int o = 0; o < 3; ++o) p.operand[o] = static_cast<std::int16_t>(code.operand_of(i, o));
        const auto memory_type = [](int t) { return static_cast<dtype>(t); };
        const auto converts = [](dtype t) {
            return t != dtype::boolean && static_cast<int>(t) != core::number_of_element<T>;
        };
        if (code.is_op(i)) return prepare_operation(i, p);
        switch (static_cast<telar::ir::code>(x.what)) {
            case telar::ir::code::load: {
                const dtype t = memory_type(x.b);
                p.what = action::load;
                p.reached = static_cast<reach>(x.c);
                p.in_memory = static_cast<std::uint8_t>(size_of(t));
                if (converts(t)) p.run = conversion_for<T>(t).from_memory;
                break;
            }
            case telar::ir::code::store: {
                const dtype t = memory_type(x.c & 15);
                p.what = action::store;
                p.reached = static_cast<reach>(x.c >> 4);
                p.in_memory = code.finds_place(x.b) ? std::uint8_t{8} : static_cast<std::uint8_t>(size_of(t));
                if (!code.finds_place(x.b) && converts(t)) p.run = conversion_for<T>(t).to_memory;
                break;
            }
            case telar::ir::code::scalar:
                p.what = action::constant;
                numbers[x.a] = scalar_value<T>(k.scalars[x.a]);
                if (code.is_mask(i)) {  // is read as a byte
                    const unsigned char truth = numbers[x.a] != T(0);
                    std::memcpy(&numbers[x.a], &truth, 1);
                }
                break;
            case telar::ir::code::index: p.what = action::count_columns; break;
            case telar::ir::code::rounded:
                p.what = action::compute;
                p.run = conversion_for<T>(memory_type(x.b)).rounded;
                break;
            default: p.what = action::accumulated; break;
        }
    }
    void prepare_operation(int i, prepared_instruction& p) {
        const op o = code.op_of(i);
        p.what = code.reduces(i) ? action::reduce : action::compute;
        if (code.reduces(i)) {
            p.reduces = loops_.reduction_of(o);
            if (code.finds_place(i)) p.bytes = 8;
        } else if (can_be_fused(i)) {
            if (!is_identity(i) && is_called(fused_of(o))) p.run = loops_.loop_of(o);
        } else if (o == op::cast) {
            const bool from_truth = code.is_mask(p.operand[0]);
            p.run = p.bytes == 1 && code.at(i).c != 0 ? &truth_of_number<T>
                    : from_truth                      ? &number_of_truth<T>
                                                      : &copy_numbers<T>;
        } else if (o == op::select) {
            p.run = code.is_mask(i) ? &select_truths : &select_numbers<T>;
        } else {
            p.run = code.is_mask(p.operand[0]) ? truth_loop_of(o) : loops_.loop_of(o);
        }
    }
    bool is_identity(int i) const { return code.op_of(i) == op::stop_gradient || code.op_of(i) == op::cast; }
    bool can_be_fused(int i) const {
        if (!std::is_floating_point_v<T> || !code.is_op(i) || code.is_mask(i)) return false;
        const op o = code.op_of(i);
        const bool is_of_numbers = formula_kind_of(o) == formula_kind::number && takes_type(o, type);
        if (!is_identity(i) && !is_of_numbers && !(code.reduces(i) && is_fused(o, type))) return false;
        return !code.is_mask(at[i].operand[0]);
    }
    bool is_store(int i) const { return at[i].what == action::store; }
    void find_users() {
        for (int i = 0; i < code.count; ++i) {
            users_[i] = {};
            for (const int o : at[i].operand)
                if (o >= 0) users_[o].add(i);
        }
    }
    void find_ranges() {
        for (int i = 0; i < code.count; ++i)
            if (at[i].what == action::load || is_store(i))
                ranges_[i] = range_of(k, code.at(i).a, at[i].in_memory, at[i].reached);
    }
    /// Whether f holds for an instruction of this kind that touches memory of access i.
    template <class F> bool meets(int i, action by, const F& f) const {
        for (int o = 0; o < code.count; ++o)
            if (at[o].what == by && ranges_[o].meets(ranges_[i]) && f(o)) return true;
        return false;
    }
    /// Whether a store may be a step of the fused loop that computes its value, and so run earlier than it stands.
    bool can_store_in_loop(int i, int last) const {
        const int value = at[i].operand[0];
        return at[i].run == nullptr && at[i].reached == reach::contiguous && can_be_fused(value) &&
               at[value].what == action::compute && !at[value].holds_for_row &&
               !meets(i, action::load, [&](int load) { return load > value && load < last; });
    }
    /// Joins each operation on numbers with the next instruction that reads it, as long as that is another one or a
    /// reduction. A fused loop runs at its last instruction, so nothing before that may read its values but itself.
    void find_fused_loops(int first, int last) {
        for (int i = first; i < last; ++i) at[i].is_fused = is_store(i) && can_store_in_loop(i, last);
        for (int i = first; i < last; ++i) {
            if (at[i].is_fused || !can_be_fused(i)) continue;
            int members[most_instructions], count = 0, next = i;
            instruction_set readers{};
            do {
                const int now = members[count++] = next;
                at[now].is_fused = true;
                readers.remove(now);
                users_[now].each([&](int u) {
                    if (!is_store(u) || !at[u].is_fused) readers.add(u);
                });
                next = readers.first();
                const bool goes_on = next < last && !code.reduces(now) && can_be_fused(next) && !at[next].is_fused;
                const std::int16_t* const reads = at[goes_on ? next : now].operand;
                if (!goes_on || (reads[0] != now && reads[1] != now)) break;
            } while (true);
            for (int m = 0; m < count; ++m) {
                prepared_instruction& p = at[members[m]];
                p.runs_at = static_cast<std::int16_t>(members[count - 1]);
                if (m + 1 < count) p.what = action::member;
                users_[members[m]].each([&](int u) {
                    if (is_store(u) && at[u].is_fused) at[u].runs_at = p.runs_at;
                });
            }
            at[members[count - 1]].what = action::fuse;
            at[members[count - 1]].first_member = static_cast<std::int16_t>(i);
        }
    }
    /// Whether instruction `reader` has read its operands when the store writes the same elements.
    bool reads_before(int reader, int store) const {
        if (at[reader].runs_at != at[store].runs_at) return at[reader].runs_at < at[store].runs_at;
        return reader == store || reader <= at[store].operand[0];
    }
    /// A value is computed in the memory of its store if no load between them reads that. A load reads in place what no
    /// store overwrites before it is used.
    void find_accesses_in_place() {
        for (int s = 0; s < sections; ++s)
            for (int i = begin[s]; i < end(s); ++i) {
                if (!is_store(i) || at[i].run != nullptr || at[i].is_fused) continue;
                prepared_instruction& value = at[at[i].operand[0]];
                if (value.what != action::compute || value.holds_for_row || value.written_by >= 0) continue;
                const int from = value.runs_at, last = end(s);
                if (meets(i, action::load, [&](int load) { return load > from && load < last; })) continue;
                value.written_by = static_cast<std::int16_t>(i);
                at[i].runs_at = value.runs_at;
            }
        for (int i = 0; i < code.count; ++i) {
            prepared_instruction& p = at[i];
            if (p.what != action::load || p.run != nullptr) continue;
            const auto is_overwritten_by = [&](int store) {
                if (at[store].runs_at < i) return false;
                const bool are_same = p.reached == reach::contiguous && at[store].reached == reach::contiguous &&
                                      are_same_elements(k, code.at(i).a, code.at(store).a);
                bool is_late = !are_same;
                users_[i].each([&](int u) { is_late = is_late || !reads_before(u, store); });
                return is_late;
            };
            p.reads_in_place = !meets(i, action::store, is_overwritten_by);
            p.reads_grid = p.reads_in_place && p.reached != reach::strided && p.bytes == sizeof(T);
            users_[i].each([&](int u) { p.reads_grid = p.reads_grid && at[u].is_fused && !is_store(u); });
        }
    }
    void add_step(fused what, operand_in from, int instruction, block_loop called = nullptr) {
        steps[step_count_++] = {what, from, static_cast<std::int16_t>(instruction), called};
    }
    /// Lists the steps of the fused loop that runs at `last`.
    void list_steps(int last) {
        at[last].first_step = static_cast<std::int16_t>(step_count_);
        int before = -1;  // whose value is at hand
        for (int i = at[last].first_member; i <= last; ++i) {
            if (at[i].runs_at != last || is_store(i)) continue;
            const int a = at[i].operand[0], b = at[i].operand[1];
            const bool is_first = before < 0;
            if (is_first && (b >= 0 || is_identity(i))) {
                add_step(fused::load, operand_in::memory, a);
                before = a;
            }
            if (b < 0) {
                if (!is_identity(i))
                    add_step(fused_of(code.op_of(i)), is_first ? operand_in::memory : operand_in::registers, a,
                             at[i].run);
            } else {
                const int other = a == before ? b : a;
                add_step(fused_of(code.op_of(i), a == before ? 0 : 1),
                         other == before ? operand_in::registers : operand_in::memory, other, at[i].run);
            }
            if (!code.reduces(i)) keep_value(i);
            before = i;
        }
        at[last].steps = static_cast<std::int16_t>(step_count_ - at[last].first_step);
    }
    /// Stores the value at hand where the kernel does, and where others read it.
    void keep_value(int i) {
        prepared_instruction& p = at[i];
        bool is_read = false, is_read_by_loops = false;  // beyond the registers
        bool has_next = true;
        users_[i].each([&](int u) {
            if (is_store(u) && at[u].is_fused) {
                add_step(fused::store, operand_in::memory, u);
                p.lies_in = static_cast<std::int16_t>(u);
            } else if (has_next && at[u].runs_at == p.runs_at) {
                has_next = false;  // the next instruction of the loop
            } else {
                (at[u].is_fused ? is_read_by_loops : is_read) = true;
            }
        });
        if (is_read) p.lies_in = -1;
        is_read = is_read || is_read_by_loops;
        if (!is_read || p.lies_in >= 0) return;
        p.bytes = sizeof(T);
        p.slot = slot_wanted;
        add_step(fused::store, operand_in::memory, i);
    }
    static int slots_of_state(const reduction& r) {
        return static_cast<int>((std::max(r.bytes_of_row, r.bytes_of_columns) + slot_bytes - 1) / slot_bytes);
    }
    int units(int bytes) const {
        return std::max(1, bytes / static_cast<int>(sizeof(T)));  // of a place, where numbers are shorter
    }
    /// Whether a section keeps nothing in slots but what holds for rows.
    bool needs_no_slots(int section) const {
        for (int i = begin[section]; i < end(section); ++i) {
            const prepared_instruction& p = at[i];
            const bool is_free = p.what == action::constant || p.what == action::member || p.what == action::fuse ||
                                 (p.what == action::load && p.reads_grid) || (p.what == action::store && p.is_fused);
            if (!is_free || (p.slot >= 0 && !p.holds_for_row)) return false;
            if (p.reduces && !by_column && k.inner < reduced_in_loops<T>) return false;
        }
        return true;
    }
    static constexpr int slot_wanted = -2;
    /// Allocates slots. A row value keeps its slot; a value of a sweep frees it after its last use.
    void give_slots(int first, int last, bool in_sweep) {
        int last_use[most_instructions], free[most_instructions], free_count = 0;
        for (int i = first; i < last; ++i) {
            last_use[i] = -1;
            users_[i].each([&](int u) { last_use[i] = std::max<int>(last_use[i], at[u].runs_at); });
        }
        const auto take = [&](int needed) {
            const int slot = slots;
            slots += units(needed);
            return slot;
        };
        for (int i = first; i < last; ++i) {
            prepared_instruction& p = at[i];
            if (!p.is_fused)
                for (const int o : p.operand) {
                    if (o < 0 || at[o].broadcast >= 0) continue;
                    const bool is_spread = (in_sweep && at[o].holds_for_row) || at[o].what == action::constant ||
                                           at[o].what == action::accumulated;
                    if (is_spread) at[o].broadcast = take(at[o].bytes);
                }
            if (code.reduces(i)) {
                p.state = slots;
                slots += slots_of_state(*p.reduces);
                if (p.is_fused) p.broadcast = take(sizeof(T));  // of what it reduces
            }
            if (needs_slot(p)) {
                if (!p.holds_for_row && free_count > 0) p.slot = free[--free_count];
                else p.slot = take(p.bytes);
            }
            for (int o = first; o <= i; ++o)
                if (at[o].slot >= 0 && !at[o].holds_for_row && last_use[o] == i) free[free_count++] = at[o].slot;
        }
    }
    static bool needs_slot(const prepared_instruction& p) {
        switch (p.what) {
            case action::load: return !p.reads_grid;
            case action::compute:
            case action::count_columns:
            case action::reduce: return true;
            case action::fuse:
            case action::member: return p.slot == slot_wanted || p.reduces != nullptr;
            default: return false;
        }
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
