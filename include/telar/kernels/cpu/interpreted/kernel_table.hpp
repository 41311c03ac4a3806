// SPDX-License-Identifier: BSL-1.0
// The interpreter's kernels as one table, for units with other flags. The library telar::compiled has such a table for
// each instruction set (compiled/kernels.cpp) and chooses one when a program starts (chosen_kernels.hpp).
#pragma once
#include <telar/core/processor.hpp>
#include <telar/kernels/cpu/interpreted/launch.hpp>

#include <cstdint>
#include <type_traits>

namespace telar::border {

/// The kernels of the interpreter, compiled for one instruction set. Its types belong to no unit: pointers to telar's
/// structs, which are laid out alike for all flags, are pointers to void.
struct kernel_table {
    using function = void (*)();  // in truth a kernel_function

    const char* instruction_set;
    std::uint64_t needs;  // extensions of the processor
    /// The function of a kernel with this code; nullptr if there is none.
    function (*function_of)(const void* kernel, const void* code);
    const void* loops;
};

}  // namespace telar::border

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

static_assert(std::is_standard_layout_v<kernel> && std::is_standard_layout_v<instruction>);
static_assert(std::is_standard_layout_v<kernel_arguments>);

/// Random numbers are the only routine that gains from wider registers. Others bring functions of the standard library
/// with them.
inline kernel_function random_function_of(const instruction_span& code) {
    if (code.op_of(0) != op::random) return nullptr;
    switch (code.type_of_access(2)) {
        case dtype::float32: return &random_numbers<float>;
        case dtype::float64: return &random_numbers<double>;
        default: return nullptr;
    }
}
template <class Wanted> border::kernel_table::function function_of_table(const void* what, const void* code) {
    const auto& k = *static_cast<const kernel*>(what);
    const auto* const first = static_cast<const instruction*>(code);
    const kernel_function f =
        k.kind == kernel_kind::routine ? random_function_of({first, k.instructions}) : function_of<Wanted>(k, first);
    return reinterpret_cast<border::kernel_table::function>(f);
}
/// The kernels that this unit compiles, for all operations and types.
template <class Wanted = all_operations>
inline constexpr border::kernel_table own_kernels{telar::instruction_set(), core::processors::compiled_for,
                                                  &function_of_table<Wanted>, &library_of<Wanted>};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
