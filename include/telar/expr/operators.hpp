// SPDX-License-Identifier: BSL-1.0
// Operators on tensors and expressions. (Those on symbols stand in graph/symbol.hpp.)
#pragma once
#include <telar/expr/function.hpp>

namespace telar::inline TELAR_ABI {

/// F: what an operator or a function does to symbols.
namespace functions {

template <op K>
struct elementwise {
    constexpr symbol operator()(symbol a) const { return emit::elementwise(K, a); }
    constexpr symbol operator()(symbol a, symbol b) const { return emit::elementwise(K, a, b); }
    constexpr symbol operator()(symbol a, symbol b, symbol c) const { return emit::elementwise(K, a, b, c); }
};
// clang-format off
struct add      { constexpr symbol operator()(symbol a, symbol b) const { return a + b; } };
struct subtract { constexpr symbol operator()(symbol a, symbol b) const { return a - b; } };
struct multiply { constexpr symbol operator()(symbol a, symbol b) const { return a * b; } };
struct divide   { constexpr symbol operator()(symbol a, symbol b) const { return a / b; } };
struct negate   { constexpr symbol operator()(symbol a) const { return -a; } };
struct greater       { constexpr symbol operator()(symbol a, symbol b) const { return a > b; } };
struct greater_equal { constexpr symbol operator()(symbol a, symbol b) const { return a >= b; } };
// clang-format on

}  // namespace functions

/// Two operands of a generic operator: symbols have their own, which know the user's line.
template <class A, class B>
concept OperandPair = Operands<A, B> && !Symbol<A> && !Symbol<B>;

// clang-format off
/// c_i = a_i + b_i (- * / < ...), with NumPy broadcasting; with a matrix on one side, * is the product of the linear map.
///
/// shapes    broadcast; matrix (R, C) * x (..., C) -> (..., R); x (..., R) * matrix (R, C) -> (..., C); matrix * matrix
/// types     both operands alike; a literal takes the tensor's type
/// errors    E100 shapes_do_not_broadcast, E101 matmul_inner_extents_differ, E105 element_types_differ, E107 literal_is_no_integer
/// gradient  the usual; summed over axes that were broadcast
template <class A, class B> requires OperandPair<A, B> constexpr auto operator+(const A& a, const B& b) { return call<functions::add>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator-(const A& a, const B& b) { return call<functions::subtract>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator*(const A& a, const B& b) { return call<functions::multiply>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator/(const A& a, const B& b) { return call<functions::divide>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator==(const A& a, const B& b) { return call<functions::elementwise<op::equal>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator!=(const A& a, const B& b) { return call<functions::elementwise<op::not_equal>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator<(const A& a, const B& b) { return call<functions::elementwise<op::less>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator<=(const A& a, const B& b) { return call<functions::elementwise<op::less_equal>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator>(const A& a, const B& b) { return call<functions::greater>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator>=(const A& a, const B& b) { return call<functions::greater_equal>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator&&(const A& a, const B& b) { return call<functions::elementwise<op::logical_and>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator||(const A& a, const B& b) { return call<functions::elementwise<op::logical_or>>({}, a, b); }
template <class A> requires (Operand<A> && !Symbol<A>) constexpr auto operator-(const A& a) { return call<functions::negate>({}, a); }
template <class A> requires (Operand<A> && !Symbol<A>) constexpr auto operator!(const A& a) { return call<functions::elementwise<op::logical_not>>({}, a); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
