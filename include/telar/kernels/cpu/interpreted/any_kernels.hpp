// SPDX-License-Identifier: BSL-1.0
// The interpreter's kernels for any graph. (With telar::compiled they are the library's, for the processor that the
// program runs on.)
#pragma once
#include <telar/kernels/cpu/interpreted/chosen_kernels.hpp>
#include <telar/kernels/cpu/interpreted/library.hpp>
#include <telar/kernels/cpu/target.hpp>
#include <telar/kernels/kernel_source.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

inline kernel_function function_of_any(const kernel& k, const instruction* code) {
    if (k.kind == kernel_kind::call) return nullptr;
#if TELAR_COMPILED
    const kernel_function f = chosen_function_of(k, code);
    return f == nullptr && k.kind == kernel_kind::routine ? function_of_routine(*code) : f;
#else
    if (k.kind == kernel_kind::routine) return function_of_routine(*code);
    return function_of<all_operations>(k, code);
#endif
}
inline const void* loops_of_any() {
#if TELAR_COMPILED
    return chosen_kernels().loops;
#else
    return &library_of<all_operations>;
#endif
}
inline constexpr kernel_source any_kernels{&cpu_target, &function_of_any, &loops_of_any};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
