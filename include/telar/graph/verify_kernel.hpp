// SPDX-License-Identifier: BSL-1.0
// What a legal kernel of a schedule is: its instructions have their operands at hand, its accesses lie in their
// buffers.
#pragma once
#include <telar/graph/schedule.hpp>

namespace telar::inline TELAR_ABI::ir {

namespace legality {

/// Reads a schedule whose tables hold together.
class schedule_reader {
protected:
    constexpr explicit schedule_reader(const schedule& s) : s_(s) {}

    constexpr bool is_extent(extent_t e) const { return stands_before(e, s_.dims.table.size()); }
    static constexpr bool stands_before(extent_t e, int entry) { return is_number(e) || entry_of(e) < entry; }
    constexpr const memory_access& access(const kernel& k, int a) const { return s_.accesses[k.first_access + a]; }
    constexpr const instruction& at(const kernel& k, int i) const { return s_.instructions[k.first_instruction + i]; }
    static constexpr bool is(const instruction& x, code what) { return x.what == static_cast<std::uint8_t>(what); }
    static constexpr op op_of(const instruction& x) { return static_cast<op>(x.what); }

    const schedule& s_;
};

/// Says what is wrong with a kernel; nullptr if nothing is.
class kernel_rules : schedule_reader {
public:
    constexpr explicit kernel_rules(const schedule& s) : schedule_reader(s) {}

    constexpr const char* wrong_in(const kernel& k) const {
        if (k.space.rank < 0 || k.space.rank > max_rank) return "a space of more axes than may be";
        bool known = is_extent(k.depth) && is_extent(k.columns);
        for (int i = 0; i < k.space.rank; ++i) known = known && is_extent(k.space[i]);
        if (!known) return "an extent is no entry of the schedule's dimensions";
        if (k.reduced < 0 || k.reduced >> k.space.rank != 0) return "a reduction over an axis that the space lacks";
        const bool multiplies = operands_of(k.kind) > 0;
        if (multiplies && (k.space.rank < 2 || k.accesses < operands_of(k.kind)))
            return "a product without its operands";
        if (k.walk.rows < 0 || k.walk.columns < 0 || k.walk.rows + k.walk.columns > max_rank || k.walk.image_axes < 0 ||
            k.walk.image_axes >= max_rank || (k.walk.rows > 0 && !multiplies))
            return "a walk over more axes than may be";
        for (int a = 0; a < operands_of(k.kind); ++a)
            if (access(k, a).writes) return "a kernel writes its operands";
        bool writes = false;
        for (int a = 0; a < k.accesses; ++a) writes = writes || access(k, a).writes;
        if (!writes) return "a kernel writes nothing";
        for (int a = 0; a < k.accesses; ++a)
            if (!lies_inside(k, a)) return "an access beyond the end of its buffer";
        if (k.kind == kernel_kind::routine) return wrong_in_routine(k);
        if (k.kind == kernel_kind::call) return wrong_in_call(k);
        return wrong_in_sections(k);
    }

private:
    // ------------------------------------------------------------ kinds of kernels
    constexpr const char* wrong_in_routine(const kernel& k) const {
        if (k.instructions != 1 || at(k, 0).what > code_of(last_op) || !is_routine(op_of(at(k, 0))))
            return "a routine that is not one instruction";
        const instruction& x = at(k, 0);
        const int arity = info(op_of(x)).arity;
        if (k.accesses != arity + 1 || k.scalars <= arity) return "a routine without its operands";
        for (int a = 0; a <= arity; ++a) {
            if ((access(k, a).writes != 0) != (a == arity)) return "a kernel writes its operands";
            if (((x.a | x.b << 8) >> (4 * a) & 15) != static_cast<int>(type_of(k, a)))
                return "an access in another type than the buffer's";
        }
        return nullptr;
    }
    constexpr const char* wrong_in_call(const kernel& k) const {
        if (k.instructions != 0 || k.block < 0) return "a call with instructions, or of no block";
        for (int a = 1; a < k.accesses; ++a)
            if (access(k, a - 1).writes && !access(k, a).writes) return "a call whose results precede its operands";
        return nullptr;
    }
    constexpr const char* wrong_in_instruction(const kernel& k, const instruction& x, bool sweeps,
                                               const auto& is_at_hand, growable<bool>& is_kept) const {
        const bool is_chain = k.kind == kernel_kind::chain;
        const int operands[] = {x.a, x.b, x.c};
        if (x.what < static_cast<int>(code::load)) {
            const op what = op_of(x);
            if (x.what > code_of(last_op) || (!is_elementwise(what) && !is_reduction(what)))
                return "an operation that no loop runs";
            if (is_reduction(what) && (!sweeps || k.reduced == 0)) return "a reduction outside of a sweep";
            for (int a = 0; a < info(what).arity; ++a)
                if (!is_at_hand(operands[a])) return "an operand is not at hand";
            return nullptr;
        }
        switch (static_cast<code>(x.what)) {
            case code::load:
            case code::store: {
                const bool stores = is(x, code::store);
                if (x.a < operands_of(k.kind) || x.a >= k.accesses) return "an instruction names no access";
                if ((access(k, x.a).writes != 0) != stores) return "an access that is read and written";
                if (stores && !is_at_hand(x.b)) return "an operand is not at hand";
                if ((stores ? x.c & 15 : x.b) != static_cast<int>(type_of(k, x.a)))
                    return "an access in another type than the buffer's";
                return (stores ? x.c >> 4 : x.c) == static_cast<int>(reach_of(k, access(k, x.a)))
                           ? nullptr
                           : "an access that moves in another way than it lies";
            }
            case code::scalar:
                if (x.a >= k.scalars) return "an instruction names no number";
                return static_cast<int>(s_.scalars[k.first_scalar + x.a].type) == x.b ? nullptr
                                                                                      : "a number in another type";
            case code::index: return nullptr;  // of one element: 0
            case code::accumulated: return operands_of(k.kind) > 0 ? nullptr : "a sum without a product";
            case code::rounded:
                if (!is_at_hand(x.a)) return "an operand is not at hand";
                return is_half(static_cast<dtype>(x.b)) ? nullptr : "a rounding to a type that needs none";
            case code::keep:
                if (!is_chain || x.a == 0 || x.a >= most_accesses) return "a row of memory that the kernel lacks";
                if (!is_at_hand(x.b)) return "an operand is not at hand";
                is_kept[x.a] = true;
                return nullptr;
            case code::kept:
                return is_chain && x.a < most_accesses && is_kept[x.a] ? nullptr : "a row that is not kept";
            default: return "an operation that no loop runs";
        }
    }
    /// Marks are where they belong, and each instruction has its operands at hand: in its own section, or as values of
    /// a row from an earlier one.
    constexpr const char* wrong_in_sections(const kernel& k) const {
        const bool is_product = k.kind == kernel_kind::contract, is_chain = k.kind == kernel_kind::chain;
        const int second = is_chain ? last_sweep(k) : -1;  // from there on values are numbered anew
        growable<int> section_of(k.instructions, -1);      // of values
        growable<bool> holds_for_row(k.instructions, false), is_kept(most_accesses, false);
        is_kept[0] = true;
        int section = -1, zero = 0;  // which instruction is value 0
        bool sweeps = false;
        for (int i = 0; i < k.instructions; ++i) {
            const instruction& x = at(k, i);
            if (is(x, code::rows) || is(x, code::sweep)) {
                const bool is_sweep = is(x, code::sweep);
                if (is_product ? section >= 0 || !is_sweep : is_sweep == (section < 0 || sweeps))
                    return "sections that do not take turns";
                sweeps = is_sweep;
                if (i == second) zero = i;
                ++section;
                continue;
            }
            if (section < 0) return "a kernel that begins with no section";
            const auto is_at_hand = [&](int value) {
                const int j = zero + value;
                if (j >= i || section_of[j] < 0) return false;
                const bool reduces = at(k, j).what < static_cast<int>(code::load) && is_reduction(op_of(at(k, j)));
                return section_of[j] == section ? !reduces : reduces || holds_for_row[j];
            };
            if (const char* wrong = wrong_in_instruction(k, x, sweeps, is_at_hand, is_kept)) return wrong;
            if (!is(x, code::store) && !is(x, code::keep)) section_of[i] = section;
            holds_for_row[i] = !sweeps;
        }
        if (section < 0) return "a kernel that begins with no section";
        return is_chain && !is_kept[1] ? "a row that is not kept" : nullptr;
    }

    // ------------------------------------------------------------ places
    /// False if the last or the first element that the access reaches is known to lie outside of its buffer.
    constexpr bool lies_inside(const kernel& k, int number) const {
        const memory_access& a = access(k, number);
        const bool is_of_routine = k.kind == kernel_kind::routine && number + 1 < k.accesses;
        if (is_of_routine || (number == 0 && k.walk.rows > 0) || a.step.by != 0) return true;  // of other extents
        extent_t lowest = 0, count = 0;
        if (!is_known(a.offset, lowest) || !is_known(s_.buffers[a.buffer].count, count)) return true;
        extent_t highest = lowest;
        bool is_empty = false, known = true;
        const auto go_along = [&](extent_t named_extent, extent_t named_stride) {
            extent_t extent = 0, stride = 0;
            known = known && is_known(named_extent, extent) && is_known(named_stride, stride);
            if (!known) return;
            is_empty = is_empty || extent == 0;
            (stride < 0 ? lowest : highest) += (extent - 1) * stride;
        };
        if (k.kind == kernel_kind::call) {
            extent_t elements = 1;
            for (const extent_t e : a.stride) {
                extent_t extent = 0;
                known = known && is_known(e, extent);
                if (e != 0) elements *= extent;
            }
            return !known || count == 0 || lowest + elements <= count;
        }
        const int last = k.space.rank - 1;
        const bool is_second = k.kind == kernel_kind::chain && belongs_to_second(k, number);
        for (int i = 0; i <= last; ++i) go_along(is_second && i == last ? k.columns : k.space[i], a.stride[i]);
        if (number < operands_of(k.kind)) go_along(number == 2 ? k.space[last] : k.depth, a.inner);
        return !known || is_empty || (lowest >= 0 && highest < count);
    }
    /// True if a chain's access runs along the columns of its second product.
    constexpr bool belongs_to_second(const kernel& k, int number) const {
        if (number < operands_of(k.kind)) return number == 2;
        for (int i = last_sweep(k); i < k.instructions; ++i)
            if ((is(at(k, i), code::load) || is(at(k, i), code::store)) && at(k, i).a == number) return true;
        return false;
    }
    /// A number, or one below 0, which is a difference.
    constexpr bool is_known(extent_t e, extent_t& value) const {
        if (is_number(e)) return value = e, true;
        const dimension& d = s_.dims.table[entry_of(e)];
        if (d.kind != dimension_kind::difference || !is_number(d.lhs) || !is_number(d.rhs)) return false;
        return value = d.lhs - d.rhs, true;
    }
    static constexpr reach reach_of(const kernel& k, const memory_access& a) {
        const extent_t inner = k.space.rank == 0 ? 0 : a.stride[k.space.rank - 1];
        return inner == 0 ? reach::same : inner == 1 ? reach::contiguous : reach::strided;
    }
    constexpr dtype type_of(const kernel& k, int a) const { return s_.buffers[access(k, a).buffer].type; }
    constexpr int last_sweep(const kernel& k) const {
        int last = -1;
        for (int i = 0; i < k.instructions; ++i)
            if (is(at(k, i), code::sweep)) last = i;
        return last;
    }
};

}  // namespace legality

}  // namespace telar::inline TELAR_ABI::ir
