// SPDX-License-Identifier: BSL-1.0
// Chooses the interpreter's kernels when a program starts: the best that telar::compiled has for the processor.
#pragma once
#include <telar/kernels/cpu/interpreted/kernel_table.hpp>

#include <bit>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#if TELAR_HAS_KERNEL_SETS
namespace telar::border {
extern const kernel_table kernels_for_avx2, kernels_for_avx512;  // compiled/kernels.cpp
}
#endif

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// The table that needs the most of what there is: `has` are extensions of the processor. tables[0] must run. With a
/// name, the table of this name.
///
/// errors    invalid_argument: no table has this name; unsupported_processor
const border::kernel_table& best_of(std::span<const border::kernel_table* const> tables,
                                    core::processors::extensions has, std::string_view name);

#if TELAR_COMPILED
/// The kernels that late programs run on. The environment variable TELAR_INSTRUCTION_SET names others.
///
/// errors    invalid_argument, unsupported_processor: the variable names a set that the library or the processor lacks
const border::kernel_table& chosen_kernels();
/// Theirs for a kernel with this code; nullptr if there is none.
inline kernel_function chosen_function_of(const kernel& k, const instruction* code) {
    return reinterpret_cast<kernel_function>(chosen_kernels().function_of(&k, code));
}
#endif

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD const border::kernel_table& best_of(std::span<const border::kernel_table* const> tables,
                                                          core::processors::extensions has, std::string_view name) {
    const border::kernel_table* best = tables[0];
    std::string names;
    for (const border::kernel_table* t : tables) {
        if (t->instruction_set == name) {
            core::processors::require(t->needs, has);
            return *t;
        }
        names += std::string(names.empty() ? "" : ", ") + t->instruction_set;
        if ((t->needs & ~has) == 0 && std::popcount(t->needs) > std::popcount(best->needs)) best = t;
    }
    if (!name.empty())
        fail<invalid_argument>(joined_text({"TELAR_INSTRUCTION_SET=", name, ": telar::compiled has ", names}));
    return *best;
}
#if TELAR_COMPILED
TELAR_COLD const border::kernel_table& chosen_kernels() {
    static const border::kernel_table& chosen = []() -> const border::kernel_table& {
#if TELAR_HAS_KERNEL_SETS
        const border::kernel_table* const tables[] = {&own_kernels<>, &border::kernels_for_avx2,
                                                      &border::kernels_for_avx512};
#else
        const border::kernel_table* const tables[] = {&own_kernels<>};
#endif
        const char* const name = std::getenv("TELAR_INSTRUCTION_SET");
        return best_of(tables, core::processors::available(), name ? name : "");
    }();
    return chosen;
}
#endif
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted

namespace telar::inline TELAR_ABI {

/// The instruction set that late programs run on: this unit's, or with telar::compiled the best that the processor has.
inline const char* late_instruction_set() {
#if TELAR_COMPILED
    return ir::kernels::cpu::interpreted::chosen_kernels().instruction_set;
#else
    return instruction_set();
#endif
}

}  // namespace telar::inline TELAR_ABI
