// SPDX-License-Identifier: BSL-1.0
// Sums and products of all that stands before.
#pragma once
#include <telar/expr/attributes.hpp>

namespace telar::inline TELAR_ABI {

template <bool> struct exclusive_tag {};
template <bool> struct reversed_tag {};

/// Of a cumulative sum or product: each element itself is left out; from the end to the start.
inline constexpr exclusive_tag<true> exclusive{};
inline constexpr reversed_tag<true> reversed{};

namespace expr::functions {
template <op K, int N, bool Exclusive, bool Reversed> struct cumulate {
    constexpr symbol operator()(symbol x) const {
        const int axis = emit::axis_index(*x.g, N, x.rank(), x.extents());
        return x.rank() == 0 ? x.plain() : emit::cumulate(K, x, axis, {Exclusive, Reversed});
    }
};
}  // namespace expr::functions

// clang-format off
/// y_k = x_0 + ... + x_k along an axis; cumprod: the product.   cumsum(x, axis<1>): 1 2 3 -> 1 3 6
///
/// shapes    the same; the axis is 0 unless given
///           cumsum(x, axis<1>, exclusive): 0 1 3; cumsum(x, axis<1>, reversed): 6 5 3; (x, axis<1>, exclusive, reversed): 5 3 0
/// types     numbers; integers wrap
/// errors    E103 axis_out_of_range, E113 needs_a_number
/// edge      in the order of the axis, more than 4096 in blocks (docs/ops_accuracy.md): sums of numbers that are not negative
///           never fall; of two bytes: in float32, each result rounded
/// gradient  the cumulative sum of dy from the other end; cumprod: also where elements are 0 (TensorFlow gives 0 there)
/// source    cumprod: the recurrence s_i = dy_i + x_(i+1) s_(i+1), times the product of what stands before
/// test      tests/expr/cumulate_test.cpp
template <Operand A, int N = 0, bool E = false, bool R = false> constexpr auto cumsum(const A& x, axis_numbers<N> = {}, exclusive_tag<E> = {}, reversed_tag<R> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::cumulate<op::cumsum, N, E, R>>(at, x); }
template <Operand A, int N, bool R> constexpr auto cumsum(const A& x, axis_numbers<N>, reversed_tag<R>, source_line at = source_line::current()) { return expr::call<expr::functions::cumulate<op::cumsum, N, false, R>>(at, x); }
template <Operand A, int N = 0, bool E = false, bool R = false> constexpr auto cumprod(const A& x, axis_numbers<N> = {}, exclusive_tag<E> = {}, reversed_tag<R> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::cumulate<op::cumprod, N, E, R>>(at, x); }
template <Operand A, int N, bool R> constexpr auto cumprod(const A& x, axis_numbers<N>, reversed_tag<R>, source_line at = source_line::current()) { return expr::call<expr::functions::cumulate<op::cumprod, N, false, R>>(at, x); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
