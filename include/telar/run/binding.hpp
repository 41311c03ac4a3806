// SPDX-License-Identifier: BSL-1.0
// What is asked of the extents and the memory that a run is given, and what is said where they do not fit.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/run/table_memory.hpp>

#include <compare>
#include <cstddef>
#include <limits>
#include <string>

namespace telar::inline TELAR_ABI::runtime {

/// Buffers of a program by what a run does to them.
struct buffers_of_run {
    growable<int> read, states, results;  // leaves, new values of variables, results
    growable<int> copied;                 // of the new values, those that are not made where the old ones lie

    void find(const program_tables& p, table_memory* memory = nullptr);
    static constexpr std::size_t bytes_for(const program_tables& p) {
        return 4 * table_memory::piece<int>(p.buffer_count);
    }
};

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD void buffers_of_run::find(const program_tables& p, table_memory* memory) {
    for (growable<int>* const list : {&read, &states, &results, &copied}) emptied(memory, *list, p.buffer_count);
    for (int b = 0; b < p.buffer_count; ++b) switch (p.buffers[b].where) {
            case storage::leaf: read.push(b); break;
            case storage::state:
                states.push(b);
                if (!p.buffers[b].in_place) copied.push(b);
                break;
            case storage::result: results.push(b); break;
            case storage::temporary:
            case storage::carried: break;
        }
}

/// Checks of a program when its dimensions have these values.
class binding_checks {
public:
    binding_checks(const program_tables& p, const extent_t* dims) : p_(p), dims_(dims) {}

    // ---- extents
    static void check_leaf(const leaf_info& leaf, const shape& got) {
        const shape& expected = leaf.type.extents;
        bool fits = got.rank == expected.rank;
        for (int k = 0; fits && k < got.rank; ++k) fits = expected[k] == dyn || expected[k] == got[k];
        if (!fits) refuse_leaf(leaf, got);
    }
    void check_equality(const equality& e) const {
        if (value(e.lhs) != value(e.rhs)) refuse_equality(e);
    }
    /// No size that follows from the extents may be more than memory has, or than a loop can count.
    TELAR_COLD void require_addressable() const {
        for (int b = 0; b < p_.buffer_count; ++b) {
            const slot& s = p_.buffers[b];
            if (is_addressable(value(s.count), size_of(s.type))) continue;
            refuse_size(s.where == storage::result ? values_of(p_.result_extents[s.index]) : shape(value(s.count)));
        }
        for (int k = 0; k < p_.kernel_count; ++k) {
            const shape space = values_of(p_.kernels[k].space);
            if (!is_addressable(space, 1)) refuse_size(space);
            if (finds_place(p_.kernels[k])) require_places(p_.kernels[k], space);
        }
    }
    [[noreturn]] TELAR_COLD static void refuse_size(const shape& s) {
        fail<wrong_shape>(joined_text({"a value of shape ", s, " has more elements than memory has addresses"}));
    }

    // ---- memory
    /// What has elements has memory, unless it was moved from.
    void require_values(std::byte* const* base, void* const* results) const {
        for (int b = 0; b < p_.buffer_count; ++b) {
            const slot& s = p_.buffers[b];
            if (s.where == storage::temporary || s.where == storage::carried) continue;
            const void* memory = s.where == storage::leaf ? base[b] : results[s.index];
            if (memory == nullptr && value(s.count) > 0) refuse_moved_from(s);
        }
    }
    /// Memory that the run writes must not be memory that it reads, but for a variable's own.
    void require_apart(const buffers_of_run& buffers, std::byte* const* base, void* const* results) const {
        const auto bytes_of = [&](int b) {
            const slot& s = p_.buffers[b];
            return static_cast<std::size_t>(value(s.count)) * size_of(s.type);
        };
        for (const int b : buffers.read) {
            const std::byte* read = base[b];
            const auto overlaps = [&](const std::byte* written, std::size_t count) {
                constexpr std::compare_three_way order;  // of any two pointers
                return order(read, written + count) < 0 && order(written, read + bytes_of(b)) < 0;
            };
            for (const int s : buffers.states) {
                const int target = p_.roots[p_.buffers[s].index].target;
                if (target == p_.buffers[b].index) continue;
                if (overlaps(static_cast<const std::byte*>(results[p_.buffers[s].index]), bytes_of(s)))
                    refuse_assigned(p_.leaves[p_.buffers[b].index], p_.leaves[target]);
            }
            for (const int s : buffers.results)
                if (overlaps(base[s], bytes_of(s))) refuse_output(p_.leaves[p_.buffers[b].index]);
        }
    }

private:
    extent_t value(extent_t e) const { return extent_value(e, dims_); }
    shape values_of(shape s) const {
        for (int i = 0; i < s.rank; ++i) s[i] = value(s[i]);
        return s;
    }
    bool finds_place(const kernel& k) const {
        for (int i = 0; i < k.instructions; ++i)
            if (const std::uint8_t what = p_.instructions[k.first_instruction + i].what;
                what == code_of(op::argmax) || what == code_of(op::argmin))
                return true;
        return false;
    }
    /// Places are counted in as many bits as the elements have.
    static void require_places(const kernel& k, const shape& space) {
        extent_t count = 1;
        for (int i = 0; i < space.rank; ++i)
            if (k.reduced >> i & 1) count = saturating_multiply(count, space[i]);
        if (size_of(k.type) < 8 && count > std::numeric_limits<std::int32_t>::max())
            fail<wrong_shape>(joined_text({"argmax, argmin: a place among ", count,
                                           " elements needs 64 bits: cast them to double or std::int64_t first"}));
    }

    // ---- what is wrong, in words
    [[noreturn]] TELAR_COLD static void refuse_leaf(const leaf_info& leaf, const shape& got) {
        fail<wrong_shape>(joined_text({described(leaf), ": expected shape ", leaf.type.extents, ", got ", got}));
    }
    [[noreturn]] TELAR_COLD void refuse_equality(const equality& e) const {
        if (!is_number(e.lhs) && e.rhs == 0 && p_.dims[entry_of(e.lhs)].kind == dimension_kind::quotient) {
            const dimension& d = p_.dims[entry_of(e.lhs)];  // a / (b + 1) = 0: see dimensions::require_at_most
            if (d.lhs == 1)
                fail<wrong_shape>(
                    joined_text({"an extent is 0 where an element is needed: ", spelled_less_one(d.rhs)}));
            fail<wrong_shape>(joined_text(
                {"an extent is too small: ", spelled(d.lhs), " elements are asked of ", spelled_less_one(d.rhs)}));
        }
        fail<wrong_shape>(joined_text({"extents must be equal: ", spelled(e.lhs), " and ", spelled(e.rhs)}));
    }
    [[noreturn]] TELAR_COLD static void refuse_assigned(const leaf_info& read, const leaf_info& assigned) {
        fail<overlapping_output>(joined_text({described(read), " is read from the memory of ", described(assigned),
                                              ", which the run assigns: feed a copy"}));
    }
    [[noreturn]] TELAR_COLD void refuse_moved_from(const slot& s) const {
        const int leaf = s.where == storage::leaf ? s.index : p_.roots[s.index].target;
        fail<no_value>(joined_text({leaf < 0 ? "the output" : described(p_.leaves[leaf]),
                                    " has no value: its elements were moved to another tensor"}));
    }
    [[noreturn]] TELAR_COLD static void refuse_output(const leaf_info& read) {
        fail<overlapping_output>(joined_text({"run_into: the output overlaps ", described(read), ", which is read"}));
    }
    TELAR_COLD std::string spelled(extent_t e) const {
        if (!TELAR_MESSAGES) return {};
        if (is_number(e)) return std::to_string(e);
        const dimension& d = p_.dims[entry_of(e)];
        const std::string number = std::to_string(value(e));
        if (d.kind != dimension_kind::variable) return number;
        return joined_text({number, " (axis ", d.rhs, " of ", described(p_.leaves[d.lhs]), ")"});
    }
    TELAR_COLD std::string spelled_less_one(extent_t e) const {
        if (!TELAR_MESSAGES) return {};
        if (is_number(e)) return std::to_string(e - 1);
        const dimension& d = p_.dims[entry_of(e)];
        if (d.kind == dimension_kind::sum && d.rhs == 1) return spelled(d.lhs);
        return std::to_string(value(e) - 1);
    }
    TELAR_COLD static std::string described(const leaf_info& leaf) {
        if (!TELAR_MESSAGES) return {};
        return leaf.name.empty() ? "a captured value" : joined_text({"\"", leaf.name, "\""});
    }

    const program_tables& p_;
    const extent_t* dims_;
};
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::runtime
