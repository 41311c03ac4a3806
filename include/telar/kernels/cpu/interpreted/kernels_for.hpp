// SPDX-License-Identifier: BSL-1.0
// The interpreter's kernels for what a trace needs, compiled with the program that holds the trace.
#pragma once
#include <telar/kernels/cpu/interpreted/chosen_kernels.hpp>
#include <telar/kernels/cpu/target.hpp>
#include <telar/kernels/kernel_source.hpp>

#include <cstddef>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// Needs::needed says what is needed.
template <class Needs> struct kernels_for {
    static constexpr const auto& needed = Needs::needed;
    struct wanted {
        static constexpr bool has(dtype t) { return needed.has(needed.types, t); }
        static constexpr bool has(op k, dtype t) {
            const bool is_light = !is_reduction(k) && size_of_formula(k) == 1;
            const bool is_arithmetic = k == op::add || k == op::sub || k == op::mul || k == op::neg;
            return (is_light && (is_float(t) || is_arithmetic)) || needed.has(k, t) || (k == op::sum && reduces(t));
        }
        static constexpr bool reduces(dtype t) { return needed.reduces(t); }
        static constexpr bool multiplies(dtype t) { return needed.has(op::matmul, t); }
        static constexpr bool walks() { return needed.has_many_axes; }
    };
    static kernel_function routine_of(const instruction& code) {
        kernel_function f = nullptr;
        [&]<std::size_t... R>(std::index_sequence<R...>) {
            ((needed.routine[R] == code.bits() ? void(f = &launch<routine_words<needed.routine[R]>>) : void()), ...);
        }
        (std::make_index_sequence<static_cast<std::size_t>(needed.routines)>{});
        return f;
    }
#if TELAR_COMPILED  // the library has the others, for the processor that the program runs on
    static kernel_function function_of_others(const kernel& k, const instruction* code) {
        return chosen_function_of(k, code);
    }
    static const void* loops() { return chosen_kernels().loops; }
#else
    static kernel_function function_of_others(const kernel& k, const instruction* code) {
        if (k.kind == kernel_kind::routine) return nullptr;
        return interpreted::function_of<wanted>(k, code);
    }
    static const void* loops() { return &library_of<wanted>; }
#endif
    static kernel_function function_of(const kernel& k, const instruction* code) {
        if (k.kind == kernel_kind::call) return nullptr;
        const kernel_function f = function_of_others(k, code);
        return f == nullptr && k.kind == kernel_kind::routine ? routine_of(*code) : f;
    }
    static constexpr kernel_source source{&cpu_target, &function_of, &loops};
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
