// SPDX-License-Identifier: BSL-1.0
// Prepares a kernel's instructions for the interpreter: finds the loop of each instruction, allocates a slot for each
// value, and finds loads and stores that need no copy. A launch prepares its kernel once, for all threads.
#pragma once
#include <telar/kernels/cpu/interpreted/block_loops.hpp>
#include <telar/kernels/cpu/interpreted/block_reductions.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

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
    extend(k.lines, k.line_stride[access]);
    if (reached != reach::same) extend(k.inner, (reached == reach::contiguous ? 1 : k.inner_stride[access]) * element);
    const auto at = reinterpret_cast<std::uintptr_t>(k.data[access]);
    return {at + static_cast<std::uintptr_t>(low), at + static_cast<std::uintptr_t>(high + element)};
}

enum class action : std::uint8_t { mark, load, store, compute, constant, count_columns, accumulated, reduce };

/// What the interpreter does for an instruction.
struct prepared_instruction {
    action what;
    bool holds_for_row;      // the value
    bool reads_in_place;     // load: where the elements lie together they are read in place
    std::uint8_t bytes;      // of an element of the value
    std::uint8_t in_memory;  // load, store: of an element there
    reach reached;           // load, store: along the vector axis
    std::int16_t operand[3];
    std::int16_t written_by;  // the store whose memory the value may be computed in; else -1
    std::int32_t slot;        // of the value, in units of slot_bytes; -1: none
    std::int32_t broadcast;   // of a row's value: where it lies for each element; -1: nowhere
    std::int32_t state;       // reduce
    block_loop run;           // compute; load and store: the conversion, if there is one
    const reduction* reduces;
};
inline constexpr prepared_instruction unprepared{
    action::mark, false, false, 0, 0, reach::contiguous, {-1, -1, -1}, -1, -1, -1, -1, nullptr, nullptr};

template <class T> class prepared_kernel {
public:
    instruction_span code;
    const kernel_arguments& k;
    bool by_column;
    prepared_instruction at[most_instructions];      // as many as there are instructions
    int sections = 0, begin[most_instructions + 2];  // of the sections; behind them an empty one
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
            if (code.is_mark(i)) in_row = code.is(i, telar::ir::code::rows);
            else prepare(i, in_row);
        }
        find_accesses_in_place();
        for (int s = 0; s < sections; ++s) give_slots(begin[s], end(s), sweeps(s));
    }
    int end(int section) const { return begin[section + 1] - (section + 1 < sections); }
    bool sweeps(int section) const {
        return begin[section] == 0 || code.is(begin[section] - 1, telar::ir::code::sweep);
    }

private:
    const loop_library::of_type& loops_;

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
            case telar::ir::code::scalar: p.what = action::constant; break;
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
    /// A load reads in place if no store of the kernel overlaps it. A value is computed in the memory of its store if
    /// no load overlaps that.
    void find_accesses_in_place() {
        byte_range ranges[most_instructions];
        for (int i = 0; i < code.count; ++i)
            if (at[i].what == action::load || at[i].what == action::store)
                ranges[i] = range_of(k, code.at(i).a, at[i].in_memory, at[i].reached);
        const auto is_met = [&](int i, action by) {
            for (int o = 0; o < code.count; ++o)
                if (at[o].what == by && ranges[o].meets(ranges[i])) return true;
            return false;
        };
        for (int i = 0; i < code.count; ++i) {
            if (at[i].run != nullptr) continue;
            if (at[i].what == action::load) at[i].reads_in_place = !is_met(i, action::store);
            if (at[i].what != action::store || is_met(i, action::load)) continue;
            prepared_instruction& value = at[at[i].operand[0]];
            const bool is_computed = value.what == action::compute && !value.holds_for_row;
            if (is_computed && value.written_by < 0) value.written_by = static_cast<std::int16_t>(i);
        }
    }
    int units(int bytes) const {
        return std::max(1, bytes / static_cast<int>(sizeof(T)));  // of a place, where numbers are shorter
    }
    /// Allocates slots. A row value keeps its slot; a value of a sweep frees it after its last use.
    void give_slots(int first, int last, bool in_sweep) {
        int last_use[most_instructions]{}, free[most_instructions], free_count = 0;
        for (int i = first; i < last; ++i)
            for (const int o : at[i].operand)
                if (o >= 0) last_use[o] = i;
        for (int i = first; i < last; ++i) {
            prepared_instruction& p = at[i];
            for (const int o : p.operand)
                if (o >= 0 && in_sweep && at[o].holds_for_row && at[o].broadcast < 0) {
                    at[o].broadcast = slots;
                    slots += units(at[o].bytes);
                }
            if (p.what == action::store || p.what == action::mark) {
                give_back(p, i, last_use, free, free_count);
                continue;
            }
            if (p.what == action::reduce) {
                p.state = slots;
                slots += static_cast<int>(
                    (std::max(p.reduces->bytes_of_row, p.reduces->bytes_of_columns) + slot_bytes - 1) / slot_bytes);
            }
            if (p.what != action::accumulated) {
                if (!p.holds_for_row && free_count > 0 && p.what != action::constant) {
                    p.slot = free[--free_count];
                } else {
                    p.slot = slots;
                    slots += units(p.bytes);
                }
            }
            give_back(p, i, last_use, free, free_count);
        }
    }
    void give_back(const prepared_instruction& p, int i, const int* last_use, int* free, int& free_count) const {
        int returned[3]{-1, -1, -1}, n = 0;
        for (const int o : p.operand) {
            if (o < 0 || last_use[o] != i || at[o].holds_for_row || at[o].slot < 0) continue;
            if (at[o].what == action::constant || std::find(returned, returned + n, o) != returned + n) continue;
            returned[n++] = o;
            free[free_count++] = at[o].slot;
        }
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
