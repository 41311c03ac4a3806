// SPDX-License-Identifier: BSL-1.0
// Operators on tensors and expressions. (Those on symbols stand in graph/symbol.hpp.)
#pragma once
#include <telar/expr/function.hpp>

namespace telar::inline TELAR_ABI {

/// F: what an operator or a function does to symbols.
namespace expr::functions {

template <op K> struct elementwise {
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

}  // namespace expr::functions

/// Two operands of a generic operator: symbols beside symbols or numbers have their own, which know the user's line.
template <class A, class B>
concept OperandPair = Operands<A, B> &&
    (Operand<A> || Scalar<A>)&&(Operand<B> || Scalar<B>)&&!((Symbol<A> || Scalar<A>)&&(Symbol<B> || Scalar<B>));

/// What is often tried beside an operand and never is one: text, pointers, containers. (Other types may have operators
/// of their own.)
template <class T>
concept Foreign =
    !Operand<T> && !Scalar<T> &&
    (std::is_pointer_v<std::decay_t<T>> || std::is_null_pointer_v<T> || requires(const T& t) { std::data(t); });
template <class A, class B>
concept ForeignPair = (Operand<A> && Foreign<B>) || (Foreign<A> && Operand<B>);

namespace expr::calling {
template <class A, class B>
using operand_of = std::conditional_t<Operand<A>, A, B>;  // stated, so that asking for the type says no error yet
template <class A, class B> constexpr operand_of<A, B> refuse_foreign(const A& a, const B& b) {
    core::errors::not_an_operand<std::conditional_t<Operand<A>, B, A>>();
    if constexpr (Operand<A>) return a;
    else return b;
}
}  // namespace expr::calling

// clang-format off
/// c_i = a_i + b_i (- * / < ...), with NumPy broadcasting; with a matrix on one side, * is the product of the linear map.
///
/// shapes    broadcast; matrix (R, C) * x (..., C) -> (..., R); x (..., R) * matrix (R, C) -> (..., C); matrix * matrix
/// types     both operands alike; a literal takes the tensor's type
/// errors    E100 shapes_do_not_broadcast, E101 matmul_inner_extents_differ, E105 element_types_differ, E107 literal_is_no_integer
///           E120 not_an_operand, E122 value_inside_a_traced_function
/// gradient  the usual; summed over axes that were broadcast
template <class A, class B> requires OperandPair<A, B> constexpr auto operator+(const A& a, const B& b) { return expr::call<expr::functions::add>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator-(const A& a, const B& b) { return expr::call<expr::functions::subtract>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator*(const A& a, const B& b) { return expr::call<expr::functions::multiply>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator/(const A& a, const B& b) { return expr::call<expr::functions::divide>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator==(const A& a, const B& b) { return expr::call<expr::functions::elementwise<op::equal>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator!=(const A& a, const B& b) { return expr::call<expr::functions::elementwise<op::not_equal>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator<(const A& a, const B& b) { return expr::call<expr::functions::elementwise<op::less>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator<=(const A& a, const B& b) { return expr::call<expr::functions::elementwise<op::less_equal>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator>(const A& a, const B& b) { return expr::call<expr::functions::greater>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator>=(const A& a, const B& b) { return expr::call<expr::functions::greater_equal>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator&&(const A& a, const B& b) { return expr::call<expr::functions::elementwise<op::logical_and>>({}, a, b); }
template <class A, class B> requires OperandPair<A, B> constexpr auto operator||(const A& a, const B& b) { return expr::call<expr::functions::elementwise<op::logical_or>>({}, a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator+(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator-(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator*(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator/(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator==(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator!=(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator<(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator<=(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator>(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A, class B> requires ForeignPair<A, B> constexpr expr::calling::operand_of<A, B> operator>=(const A& a, const B& b) { return expr::calling::refuse_foreign(a, b); }
template <class A> requires (Operand<A> && !Symbol<A>) constexpr auto operator-(const A& a) { return expr::call<expr::functions::negate>({}, a); }
template <class A> requires (Operand<A> && !Symbol<A>) constexpr auto operator!(const A& a) { return expr::call<expr::functions::elementwise<op::logical_not>>({}, a); }
// clang-format on

/// A mistake: a loop over an expression.
template <Lazy E> constexpr const E* begin(const E&) {
    core::errors::an_expression_has_no_value<E>();
    return nullptr;
}
template <Lazy E> constexpr const E* end(const E&) { return nullptr; }

}  // namespace telar::inline TELAR_ABI
