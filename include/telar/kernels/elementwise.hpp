// SPDX-License-Identifier: BSL-1.0
// The formula of every element-wise operation, one row each, that all targets share. A target brings a number type V
// (a SIMD register, the reference's number), its truth values, and the functions on them, found by ADL:
//   + - * /  unary -  == != < <= > >=  select(mask, a, b)  minimum maximum (NaN if either is)  abs sqrt cbrt floor ceil
//   nearest (half to even)  exp expm1 log log1p sin ... atanh sigmoid erf erfc erfinv erfcinv lgamma
//   digamma pow atan2 floor_mod;
//   & | ^ ~ shift_left shift_right on integers;   & | ! on truth values.
#pragma once
#include <telar/graph/op.hpp>

namespace telar::inline TELAR_ABI::ir::kernels {

/// Which of the functions below holds an element-wise operation's row. A cast has none: it knows two types.
enum class formula_kind { number, comparison, logical, select, cast };

constexpr formula_kind formula_kind_of(op k) {
    if (k == op::cast) return formula_kind::cast;
    if (k == op::select) return formula_kind::select;  // select(mask, a, b)
    if (info(k).operands == takes::boolean) return formula_kind::logical;
    return info(k).result == gives::boolean ? formula_kind::comparison : formula_kind::number;
}

template <op K> inline constexpr bool has_row = false;  // what a static_assert names when no row was taken

/// a - b floor(a / b) of integers, whose a / b is truncated: the remainder that has b's sign; a where b = 0.
template <class V> TELAR_INLINE constexpr V floored_remainder(V a, V b) {
    const V rest = a - a / b * b, zero(0);
    return select(((rest < zero) & (b > zero)) | ((rest > zero) & (b < zero)), rest + b, rest);
}

// clang-format off
/// The value of a unary operation at one element (or at one register of elements).
template <op K, class V>
TELAR_INLINE constexpr V formula(V a) {
    if      constexpr (K == op::neg)     return -a;
    else if constexpr (K == op::abs)     return abs(a);
    else if constexpr (K == op::sign)    return select(a > V(0), V(1), select(a < V(0), V(-1), a));  // NaN, 0 and -0 stay
    else if constexpr (K == op::exp)     return exp(a);
    else if constexpr (K == op::expm1)   return expm1(a);
    else if constexpr (K == op::log)     return log(a);
    else if constexpr (K == op::log1p)   return log1p(a);
    else if constexpr (K == op::sqrt)    return sqrt(a);
    else if constexpr (K == op::cbrt)    return cbrt(a);
    else if constexpr (K == op::sin)     return sin(a);
    else if constexpr (K == op::cos)     return cos(a);
    else if constexpr (K == op::tan)     return tan(a);
    else if constexpr (K == op::asin)    return asin(a);
    else if constexpr (K == op::acos)    return acos(a);
    else if constexpr (K == op::atan)    return atan(a);
    else if constexpr (K == op::sinh)    return sinh(a);
    else if constexpr (K == op::cosh)    return cosh(a);
    else if constexpr (K == op::tanh)    return tanh(a);
    else if constexpr (K == op::asinh)   return asinh(a);
    else if constexpr (K == op::acosh)   return acosh(a);
    else if constexpr (K == op::atanh)   return atanh(a);
    else if constexpr (K == op::sigmoid) return sigmoid(a);
    else if constexpr (K == op::softplus) return maximum(a, V(0)) + log1p(exp(-abs(a)));
    else if constexpr (K == op::erf)     return erf(a);
    else if constexpr (K == op::erfc)    return erfc(a);
    else if constexpr (K == op::erfinv)  return erfinv(a);
    else if constexpr (K == op::erfcinv) return erfcinv(a);
    else if constexpr (K == op::lgamma)  return lgamma(a);
    else if constexpr (K == op::digamma) return digamma(a);
    else if constexpr (K == op::floor)   return floor(a);
    else if constexpr (K == op::ceil)    return ceil(a);
    else if constexpr (K == op::round)   return nearest(a);
    else if constexpr (K == op::relu)    return select(a < V(0), V(0), a);  // NaN stays
    else if constexpr (K == op::bitwise_not) return ~a;
    else if constexpr (K == op::stop_gradient) return a;
    else static_assert(has_row<K>, "formula: no row for this unary operation");
}

/// The value of a binary operation.
template <op K, class V>
TELAR_INLINE constexpr V formula(V a, V b) {
    if      constexpr (K == op::add)     return a + b;
    else if constexpr (K == op::sub)     return a - b;
    else if constexpr (K == op::mul)     return a * b;
    else if constexpr (K == op::div)     return a / b;
    else if constexpr (K == op::maximum) return maximum(a, b);
    else if constexpr (K == op::minimum) return minimum(a, b);
    else if constexpr (K == op::pow)     return pow(a, b);
    else if constexpr (K == op::atan2)   return atan2(a, b);
    else if constexpr (K == op::floor_mod) return floor_mod(a, b);
    else if constexpr (K == op::bitwise_and) return a & b;
    else if constexpr (K == op::bitwise_or)  return a | b;
    else if constexpr (K == op::bitwise_xor) return a ^ b;
    else if constexpr (K == op::shift_left)  return shift_left(a, b);
    else if constexpr (K == op::shift_right) return shift_right(a, b);
    else static_assert(has_row<K>, "formula: no row for this binary operation");
}

/// The truth value of a question about one number.
template <op K, class V>
TELAR_INLINE constexpr auto compare(V a) {
    if constexpr (K == op::is_nan)          return a != a;
    else static_assert(has_row<K>, "compare: no row for this question");
}

/// The truth value of a comparison.
template <op K, class V>
TELAR_INLINE constexpr auto compare(V a, V b) {
    if      constexpr (K == op::equal)      return a == b;
    else if constexpr (K == op::not_equal)  return a != b;
    else if constexpr (K == op::less)       return a < b;
    else if constexpr (K == op::less_equal) return a <= b;
    else static_assert(has_row<K>, "compare: no row for this comparison");
}

/// An operation on a truth value.
template <op K, class M>
TELAR_INLINE constexpr M logical(M a) {
    if constexpr (K == op::logical_not)      return !a;
    else if constexpr (K == op::stop_gradient) return a;
    else static_assert(has_row<K>, "logical: no row for this operation");
}

/// An operation on two truth values.
template <op K, class M>
TELAR_INLINE constexpr M logical(M a, M b) {
    if      constexpr (K == op::logical_and) return static_cast<M>(a & b);
    else if constexpr (K == op::logical_or)  return static_cast<M>(a | b);
    else if constexpr (K == op::equal)       return static_cast<M>((a & b) | !(a | b));
    else if constexpr (K == op::not_equal)   return static_cast<M>((a | b) & !(a & b));
    else static_assert(has_row<K>, "logical: no row for this operation");
}
// clang-format on

}  // namespace telar::inline TELAR_ABI::ir::kernels
