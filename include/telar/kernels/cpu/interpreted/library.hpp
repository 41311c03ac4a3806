// SPDX-License-Identifier: BSL-1.0
// Routines for graphs that are made at run time: a function for each kind, in the types that a file may ask for.
#pragma once
#include <telar/kernels/cpu/interpreted/launch.hpp>

#include <cstdint>
#include <initializer_list>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// The function of a routine's instruction; nullptr if the table does not have it.
///
/// types     gather, and a scatter that replaces: all; other scatters, cumulative operations, sort and argsort:
///           float32, float64, int32, int64; recurrence and random: float32, float64. Indices are int32 or int64
kernel_function function_of_routine(instruction code);

#if TELAR_HAS_BODIES
namespace routines {

constexpr std::uint32_t bits_of_routine(op k, int options, std::initializer_list<dtype> accesses) {
    unsigned types = 0, at = 0;
    for (const dtype t : accesses) types |= static_cast<unsigned>(t) << 4 * at++;
    return instruction{static_cast<std::uint8_t>(k), static_cast<std::uint8_t>(types & 255),
                       static_cast<std::uint8_t>(types >> 8), static_cast<std::uint8_t>(options)}
        .bits();
}
/// An instruction that is looked for, and its function once it is found.
struct wanted_routine {
    std::uint32_t code;
    kernel_function f = nullptr;

    template <op K, int Options, dtype... Accesses> void is_it() {
        constexpr std::uint32_t bits = bits_of_routine(K, Options, {Accesses...});
        if (code == bits) f = &launch<routine_words<bits>>;
    }
    template <emit::joined J, dtype T, dtype Index> void is_it_scatter() {
        constexpr int options = static_cast<int>(J) << 1;
        is_it<op::scatter, options, T, Index, T, T>(), is_it<op::scatter, options | 1, T, Index, T, T>();
    }
    /// Elements that are only moved: T stands for all types of its size.
    template <dtype T, dtype Index> void among_moves() {
        is_it<op::gather, 0, T, Index, T>(), is_it<op::gather, 1, T, Index, T>();
        is_it_scatter<emit::joined::update, T, Index>();
    }
    template <dtype T, dtype Index> void among_scatters() {
        is_it_scatter<emit::joined::add, T, Index>();
        is_it_scatter<emit::joined::max, T, Index>(), is_it_scatter<emit::joined::min, T, Index>();
    }
    template <op K, dtype T> void among_cumulative() {
        is_it<K, 0, T, T>(), is_it<K, 1, T, T>(), is_it<K, 2, T, T>(), is_it<K, 3, T, T>();
    }
    template <dtype T> void among_numbers() {
        among_moves<T, dtype::int32>(), among_moves<T, dtype::int64>();
        among_scatters<T, dtype::int32>(), among_scatters<T, dtype::int64>();
        among_cumulative<op::cumsum, T>(), among_cumulative<op::cumprod, T>();
        is_it<op::sort, 0, T, T>(), is_it<op::sort, 1, T, T>();
        is_it<op::argsort, 0, T, dtype::int64>(), is_it<op::argsort, 1, T, dtype::int64>();
    }
    template <dtype T> void among_floats() {
        is_it<op::recurrence, 0, T, T, T>(), is_it<op::recurrence, 2, T, T, T>();
        is_it<op::random, 0, dtype::int64, dtype::int64, T>();
    }
};
/// A type of the same size, for which there are functions that move.
constexpr dtype stand_in(dtype t) {
    constexpr dtype of_size[] = {dtype::uint8, dtype::uint16, dtype::float32, dtype::float64};
    return of_size[size_of(t) == 1 ? 0 : size_of(t) == 2 ? 1 : size_of(t) == 4 ? 2 : 3];
}
constexpr std::uint32_t with_stand_ins(instruction code) {
    const instruction_span span{&code, 1};
    const dtype t = stand_in(span.type_of_access(0)), index = span.type_of_access(1);
    const op k = span.op_of(0);
    if (k == op::gather) return bits_of_routine(k, code.c, {t, index, t});
    if (only_places(k, code.c)) return bits_of_routine(k, code.c, {t, index, t, t});
    return code.bits();
}

}  // namespace routines

TELAR_ONCE kernel_function function_of_routine(instruction code) {
    routines::wanted_routine wanted{routines::with_stand_ins(code)};
    wanted.among_moves<dtype::uint8, dtype::int32>(), wanted.among_moves<dtype::uint8, dtype::int64>();
    wanted.among_moves<dtype::uint16, dtype::int32>(), wanted.among_moves<dtype::uint16, dtype::int64>();
    wanted.among_numbers<dtype::float32>(), wanted.among_numbers<dtype::float64>();
    wanted.among_numbers<dtype::int32>(), wanted.among_numbers<dtype::int64>();
    wanted.among_floats<dtype::float32>(), wanted.among_floats<dtype::float64>();
    return wanted.f;
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
