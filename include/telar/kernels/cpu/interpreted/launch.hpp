// SPDX-License-Identifier: BSL-1.0
// Finds the function that interprets a kernel of a schedule on the CPU.
#pragma once
#include <telar/kernels/cpu/interpreted/chain.hpp>
#include <telar/kernels/cpu/launch.hpp>

#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

template <class T, bool Reduces> void run_loop(const kernel_arguments& k) {
    const prepared_kernel<T> prepared(k);
    loop_interpreter<T, Reduces>(prepared).run();
}

/// The function for loops, products or chains that compute in T; nullptr if it is not wanted.
template <class T, class Wanted> kernel_function function_in(const kernel& k) {
    constexpr auto type = static_cast<dtype>(core::number_of_element<T>);
    constexpr bool multiplies = Wanted::multiplies(type), walks = multiplies && is_float(type) && Wanted::walks();
    switch (k.kind) {
        case kernel_kind::contract:
            if constexpr (walks)
                if (k.walk.rows > 0) return &run_product<T, true>;
            if constexpr (multiplies)
                if (k.walk.rows == 0) return &run_product<T, false>;
            return nullptr;
        case kernel_kind::chain:
            if constexpr (multiplies && is_float(type)) return &run_chain<T>;
            else return nullptr;
        default: return !Wanted::reduces(type) && k.reduced != 0 ? nullptr : &run_loop<T, Wanted::reduces(type)>;
    }
}
#if TELAR_COMPILED
TELAR_INSTANCE kernel_function function_in<float, all_operations>(const kernel&);
TELAR_INSTANCE kernel_function function_in<double, all_operations>(const kernel&);
TELAR_INSTANCE kernel_function function_in<std::int32_t, all_operations>(const kernel&);
TELAR_INSTANCE kernel_function function_in<std::int64_t, all_operations>(const kernel&);
#endif

/// Whether every instruction of a kernel that computes in T has its loop.
template <class T> bool has_loops(const loop_library& loops, const instruction_span& code) {
    const auto has_loop = [&](int i) {
        const op k = code.op_of(i);
        if (code.reduces(i)) return loops.in<T>().reduction_of(k) != nullptr;
        const bool is_of_numbers = !code.is_mask(code.operand_of(i, 0));
        constexpr auto type = static_cast<dtype>(core::number_of_element<T>);
        return !is_of_numbers || !takes_type(k, type) || is_fused(k, type) || loops.in<T>().loop_of(k) != nullptr;
    };
    for (int i = 0; i < code.count; ++i)
        if (code.is_op(i) && !has_loop(i)) return false;
    return true;
}
template <class Wanted, class... T>
kernel_function function_among(const kernel& k, const instruction* code, type_list<T...>) {
    kernel_function f = nullptr;
    const auto look_in = [&]<class One>(std::type_identity<One>) {
        constexpr auto type = static_cast<dtype>(core::number_of_element<One>);
        if constexpr (Wanted::has(type))
            if (k.type == type && has_loops<One>(library_of<Wanted>, {code, k.instructions}))
                f = function_in<One, Wanted>(k);
    };
    (look_in(std::type_identity<T>{}), ...);
    return f;
}
/// The function for a loop, product or chain whose loops are all in library_of<Wanted>; else nullptr.
template <class Wanted> kernel_function function_of(const kernel& k, const instruction* code) {
    return function_among<Wanted>(k, code, register_types{});
}

/// The descriptor of a routine's kernel, which has one instruction.
constexpr std::uint64_t routine_header =
    descriptor_header{dtype::int64, kernel_kind::routine, false, false, false, false, 1}.bits();
template <std::uint32_t Instruction> using routine_words = words<routine_header, Instruction>;

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
