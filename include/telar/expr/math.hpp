// SPDX-License-Identifier: BSL-1.0
// Element-wise functions: one line each.
#pragma once
#include <telar/expr/operators.hpp>

namespace telar::inline TELAR_ABI {

namespace functions {
// clang-format off
struct square     { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::mul, x, x); } };
struct rsqrt      { constexpr symbol operator()(symbol x) const { return 1 / emit::elementwise(op::sqrt, x); } };
struct reciprocal { constexpr symbol operator()(symbol x) const { return 1 / x.plain(); } };
struct hadamard   { constexpr symbol operator()(symbol a, symbol b) const { return emit::elementwise(op::mul, a, b); } };
struct clip       { constexpr symbol operator()(symbol x, symbol lo, symbol hi) const { return emit::elementwise(op::minimum, emit::elementwise(op::maximum, x, lo), hi); } };
struct softplus   { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::maximum, x, literal(*x.g, x.type(), 0, true)) + emit::elementwise(op::log1p, emit::elementwise(op::exp, -emit::elementwise(op::abs, x))); } };
template <dtype D> struct cast { constexpr symbol operator()(symbol x) const { return emit::cast(x, D); } };
// clang-format on
}  // namespace functions

using line = source_line;

// clang-format off
/// y_i = f(x_i).
///
/// shapes    any -> the same
/// types     float32, float64; abs, sign, relu and square also integers
/// errors    E106 needs_a_float
/// edge      NaN and infinities as NumPy's; relu(nan) is nan
/// gradient  dx = dy * f'(x); at ties as TensorFlow's: relu, abs and sign give 0 at 0; floor, ceil and round give none
template <Operand A> constexpr auto abs(const A& x, line at = line::current()) { return call<functions::elementwise<op::abs>>(at, x); }
template <Operand A> constexpr auto sign(const A& x, line at = line::current()) { return call<functions::elementwise<op::sign>>(at, x); }
template <Operand A> constexpr auto exp(const A& x, line at = line::current()) { return call<functions::elementwise<op::exp>>(at, x); }
template <Operand A> constexpr auto expm1(const A& x, line at = line::current()) { return call<functions::elementwise<op::expm1>>(at, x); }
template <Operand A> constexpr auto log(const A& x, line at = line::current()) { return call<functions::elementwise<op::log>>(at, x); }
template <Operand A> constexpr auto log1p(const A& x, line at = line::current()) { return call<functions::elementwise<op::log1p>>(at, x); }
template <Operand A> constexpr auto sqrt(const A& x, line at = line::current()) { return call<functions::elementwise<op::sqrt>>(at, x); }
template <Operand A> constexpr auto sin(const A& x, line at = line::current()) { return call<functions::elementwise<op::sin>>(at, x); }
template <Operand A> constexpr auto cos(const A& x, line at = line::current()) { return call<functions::elementwise<op::cos>>(at, x); }
template <Operand A> constexpr auto tan(const A& x, line at = line::current()) { return call<functions::elementwise<op::tan>>(at, x); }
template <Operand A> constexpr auto asin(const A& x, line at = line::current()) { return call<functions::elementwise<op::asin>>(at, x); }
template <Operand A> constexpr auto acos(const A& x, line at = line::current()) { return call<functions::elementwise<op::acos>>(at, x); }
template <Operand A> constexpr auto atan(const A& x, line at = line::current()) { return call<functions::elementwise<op::atan>>(at, x); }
template <Operand A> constexpr auto sinh(const A& x, line at = line::current()) { return call<functions::elementwise<op::sinh>>(at, x); }
template <Operand A> constexpr auto cosh(const A& x, line at = line::current()) { return call<functions::elementwise<op::cosh>>(at, x); }
template <Operand A> constexpr auto tanh(const A& x, line at = line::current()) { return call<functions::elementwise<op::tanh>>(at, x); }
template <Operand A> constexpr auto asinh(const A& x, line at = line::current()) { return call<functions::elementwise<op::asinh>>(at, x); }
template <Operand A> constexpr auto acosh(const A& x, line at = line::current()) { return call<functions::elementwise<op::acosh>>(at, x); }
template <Operand A> constexpr auto atanh(const A& x, line at = line::current()) { return call<functions::elementwise<op::atanh>>(at, x); }
template <Operand A> constexpr auto sigmoid(const A& x, line at = line::current()) { return call<functions::elementwise<op::sigmoid>>(at, x); }
template <Operand A> constexpr auto erf(const A& x, line at = line::current()) { return call<functions::elementwise<op::erf>>(at, x); }
template <Operand A> constexpr auto floor(const A& x, line at = line::current()) { return call<functions::elementwise<op::floor>>(at, x); }
template <Operand A> constexpr auto ceil(const A& x, line at = line::current()) { return call<functions::elementwise<op::ceil>>(at, x); }
template <Operand A> constexpr auto round(const A& x, line at = line::current()) { return call<functions::elementwise<op::round>>(at, x); }
template <Operand A> constexpr auto relu(const A& x, line at = line::current()) { return call<functions::elementwise<op::relu>>(at, x); }
template <Operand A> constexpr auto softplus(const A& x, line at = line::current()) { return call<functions::softplus>(at, x); }
template <Operand A> constexpr auto square(const A& x, line at = line::current()) { return call<functions::square>(at, x); }
template <Operand A> constexpr auto rsqrt(const A& x, line at = line::current()) { return call<functions::rsqrt>(at, x); }
template <Operand A> constexpr auto reciprocal(const A& x, line at = line::current()) { return call<functions::reciprocal>(at, x); }
/// y_i = x_i is not a number -> bool
template <Operand A> constexpr auto is_nan(const A& x, line at = line::current()) { return call<functions::elementwise<op::is_nan>>(at, x); }
/// y = x; no gradient flows through.
template <Operand A> constexpr auto stop_gradient(const A& x, line at = line::current()) { return call<functions::elementwise<op::stop_gradient>>(at, x); }
/// The same numbers as another element type: towards zero for float -> integer, x != 0 for bool; integers wrap.
template <Element T, Operand A> constexpr auto cast(const A& x, line at = line::current()) { return call<functions::cast<dtype_of<T>()>>(at, x); }

/// c_i = f(a_i, b_i), with NumPy broadcasting.
///
/// types     numbers, both alike; pow: floats
/// errors    E100 shapes_do_not_broadcast, E105 element_types_differ
/// edge      maximum and minimum are nan if either operand is
/// gradient  a tie of maximum or minimum passes to the first operand alone, as TensorFlow's
template <class A, class B> requires Operands<A, B> constexpr auto maximum(const A& a, const B& b, line at = line::current()) { return call<functions::elementwise<op::maximum>>(at, a, b); }
template <class A, class B> requires Operands<A, B> constexpr auto minimum(const A& a, const B& b, line at = line::current()) { return call<functions::elementwise<op::minimum>>(at, a, b); }
template <class A, class B> requires Operands<A, B> constexpr auto pow(const A& a, const B& b, line at = line::current()) { return call<functions::elementwise<op::pow>>(at, a, b); }
/// Element-wise product, also of two matrices.
template <class A, class B> requires Operands<A, B> constexpr auto hadamard(const A& a, const B& b, line at = line::current()) { return call<functions::hadamard>(at, a, b); }
/// c_i = a_i if condition_i, else b_i. The gradient never multiplies by the other branch's nan.
template <class C, class A, class B> requires Operands<C, A, B> constexpr auto where(const C& condition, const A& a, const B& b, line at = line::current()) { return call<functions::elementwise<op::select>>(at, condition, a, b); }
/// y_i = min(max(x_i, lo), hi)
template <Operand A, class L, class H> requires Operands<A, L, H> constexpr auto clip(const A& x, const L& lo, const H& hi, line at = line::current()) { return call<functions::clip>(at, x, lo, hi); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
