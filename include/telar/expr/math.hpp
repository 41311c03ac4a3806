// SPDX-License-Identifier: BSL-1.0
// Element-wise functions: one line each.
#pragma once
#include <telar/expr/operators.hpp>

#include <limits>

namespace telar::inline TELAR_ABI {

namespace expr::functions {
// clang-format off
struct square     { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::mul, x, x); } };
struct rsqrt      { constexpr symbol operator()(symbol x) const { return 1 / emit::elementwise(op::sqrt, x); } };
struct reciprocal { constexpr symbol operator()(symbol x) const { return 1 / x.plain(); } };
struct hadamard   { constexpr symbol operator()(symbol a, symbol b) const { return emit::elementwise(op::mul, a, b); } };
struct clip       { constexpr symbol operator()(symbol x, symbol lo, symbol hi) const { return emit::elementwise(op::minimum, emit::elementwise(op::maximum, x, lo), hi); } };
struct trunc      { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::select, x < 0, emit::elementwise(op::ceil, x), emit::elementwise(op::floor, x)); } };
struct log2       { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::log, x) * 1.4426950408889634; } };   // 1 / ln 2
struct log10      { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::log, x) * 0.43429448190325183; } };  // 1 / ln 10
struct ndtri      { constexpr symbol operator()(symbol x) const { return -1.4142135623730951 * emit::elementwise(op::erfcinv, x + x.plain()); } };
struct is_inf     { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::abs, x) == std::numeric_limits<double>::infinity(); } };
struct is_finite  { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::abs, x) < std::numeric_limits<double>::infinity(); } };
struct squared_difference { constexpr symbol operator()(symbol a, symbol b) const { const symbol d = a.plain() - b.plain(); return emit::elementwise(op::mul, d, d); } };
struct floor_div {  // of integers without a - floor_mod(a, b), which may wrap: the truncated quotient, less 1 where the two remainders differ
    constexpr symbol operator()(symbol a, symbol b) const {
        const symbol quotient = emit::elementwise(op::div, a, b);
        if (is_float(a.type())) return emit::elementwise(op::floor, quotient);
        if (is_unsigned(a.type())) return quotient;
        const symbol truncated = emit::elementwise(op::mul, quotient, b), rest = emit::elementwise(op::floor_mod, a, b);
        const symbol is_below = emit::elementwise(op::not_equal, truncated + rest, a.plain());
        return quotient - emit::cast(is_below, a.type());
    }
};
struct exp2       { constexpr symbol operator()(symbol x) const { return emit::elementwise(op::pow, literal(*x.g, x.type(), 2, true), x); } };
struct sinc {  // near 0 by its series: there sin(a) / a can be differentiated only as a difference of what is nearly equal
    static constexpr symbol series(symbol z) {  // of z = a^2 <= 4
        symbol sum = literal(*z.g, z.type(), 1, true);
        for (int k = z.type() == dtype::float64 ? 13 : 8; k > 0; --k) sum = 1 - z * sum * (1.0 / (2 * k * (2 * k + 1)));
        return sum;
    }
    constexpr symbol operator()(symbol x) const {
        const symbol angle = 3.141592653589793 * x.plain(), is_small = emit::elementwise(op::abs, angle) < 2;
        return emit::elementwise(op::select, is_small, series(angle * angle), emit::elementwise(op::sin, angle) / angle);
    }
};
/// The second derivative of lgamma, inside of the derivative of digamma: NaN left of 0 where sin is 0.
struct trigamma {
    constexpr symbol operator()(symbol x) const {
        const auto one_if = [&](symbol condition, symbol otherwise) { return emit::elementwise(op::select, condition, literal(*x.g, x.type(), 1, true), otherwise); };
        const symbol is_left = x < 0, a = emit::elementwise(op::select, is_left, 1 - x.plain(), x.plain());
        symbol sum = 1 / (a * a), z = a;  // psi'(z) = 1/z^2 + psi'(z + 1), until the series holds
        for (int k = 1; k < 12; ++k) z = a + k, sum += 1 / (z * z);
        const symbol i = 1 / (a + 12), s = i * i;
        sum += i * (1 + 0.5 * i + s * (1.0 / 6 - s * (1.0 / 30 - s * (1.0 / 42 - s * (1.0 / 30 - s * (5.0 / 66 - s * (691.0 / 2730)))))));
        const symbol sine = emit::elementwise(op::sin, 3.141592653589793 * one_if(!is_left, x.plain() - emit::elementwise(op::round, x)));
        return emit::elementwise(op::select, is_left, 9.869604401089358 / (sine * sine) - sum, sum);
    }
};
struct hypot {  // of the ratio of the sides, so that no square overflows; with their signs, so that nothing has a corner at 0
    constexpr symbol operator()(symbol x, symbol y) const {
        const symbol a = emit::elementwise(op::abs, x), b = emit::elementwise(op::abs, y), x_is_longer = a > b;
        const symbol longer = emit::elementwise(op::select, x_is_longer, x, y), shorter = emit::elementwise(op::select, x_is_longer, y, x);
        const symbol length = emit::elementwise(op::abs, longer), plain = (length == 0) || (length == std::numeric_limits<double>::infinity());
        const symbol ratio = shorter / emit::elementwise(op::select, plain, literal(*x.g, x.type(), 1, true), longer);
        return emit::elementwise(op::select, plain, a + b, length * emit::elementwise(op::sqrt, 1 + ratio * ratio));
    }
};
struct logaddexp {
    constexpr symbol operator()(symbol a, symbol b) const {
        const auto above = [](symbol larger, symbol d) { return larger.plain() + emit::elementwise(op::softplus, d); };
        const symbol d = b.plain() - a.plain(), e = emit::elementwise(op::select, emit::elementwise(op::is_nan, d) && a == b, literal(*a.g, a.type(), 0, true), d);
        return emit::elementwise(op::select, a >= b, above(a, e), above(b, -e));
    }
};
/// x f(y), and 0 where x is, whatever f(y) may be.
template <op F> struct times_function {
    constexpr symbol operator()(symbol x, symbol y) const {
        const symbol is_zero = x == 0, zero = literal(*x.g, x.type(), 0, true);
        return emit::elementwise(op::select, is_zero, zero, x.plain() * emit::elementwise(F, emit::elementwise(op::select, is_zero, literal(*x.g, x.type(), 1, true), y)));
    }
};
struct divide_no_nan {
    constexpr symbol operator()(symbol a, symbol b) const {
        const symbol is_zero = b == 0;
        return emit::elementwise(op::select, is_zero, literal(*a.g, a.type(), 0, true), a.plain() / emit::elementwise(op::select, is_zero, literal(*a.g, a.type(), 1, true), b));
    }
};
template <dtype D> struct cast { constexpr symbol operator()(symbol x) const { return emit::cast(x, D); } };
// clang-format on
}  // namespace expr::functions

// clang-format off
/// y_i = f(x_i).
///
/// shapes    any -> the same
/// types     floats; abs, sign, relu and square also integers
/// errors    E106 needs_a_float
/// edge      NaN and infinities as NumPy's; relu(nan) is nan
/// gradient  dx = dy * f'(x); at ties as TensorFlow's: relu, abs and sign give 0 at 0; floor, ceil and round give none
template <Operand A> constexpr auto abs(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::abs>>(at, x); }
template <Operand A> constexpr auto sign(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::sign>>(at, x); }
template <Operand A> constexpr auto exp(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::exp>>(at, x); }
template <Operand A> constexpr auto expm1(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::expm1>>(at, x); }
template <Operand A> constexpr auto log(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::log>>(at, x); }
template <Operand A> constexpr auto log1p(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::log1p>>(at, x); }
template <Operand A> constexpr auto sqrt(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::sqrt>>(at, x); }
template <Operand A> constexpr auto cbrt(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::cbrt>>(at, x); }
template <Operand A> constexpr auto sin(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::sin>>(at, x); }
template <Operand A> constexpr auto cos(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::cos>>(at, x); }
template <Operand A> constexpr auto tan(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::tan>>(at, x); }
template <Operand A> constexpr auto asin(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::asin>>(at, x); }
template <Operand A> constexpr auto acos(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::acos>>(at, x); }
template <Operand A> constexpr auto atan(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::atan>>(at, x); }
template <Operand A> constexpr auto sinh(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::sinh>>(at, x); }
template <Operand A> constexpr auto cosh(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::cosh>>(at, x); }
template <Operand A> constexpr auto tanh(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::tanh>>(at, x); }
template <Operand A> constexpr auto asinh(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::asinh>>(at, x); }
template <Operand A> constexpr auto acosh(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::acosh>>(at, x); }
template <Operand A> constexpr auto atanh(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::atanh>>(at, x); }
template <Operand A> constexpr auto sigmoid(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::sigmoid>>(at, x); }
template <Operand A> constexpr auto erf(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::erf>>(at, x); }
template <Operand A> constexpr auto erfc(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::erfc>>(at, x); }
template <Operand A> constexpr auto floor(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::floor>>(at, x); }
template <Operand A> constexpr auto ceil(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::ceil>>(at, x); }
template <Operand A> constexpr auto round(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::round>>(at, x); }
template <Operand A> constexpr auto relu(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::relu>>(at, x); }
template <Operand A> constexpr auto softplus(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::softplus>>(at, x); }
template <Operand A> constexpr auto square(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::square>(at, x); }
template <Operand A> constexpr auto rsqrt(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::rsqrt>>(at, x); }
template <Operand A> constexpr auto reciprocal(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::reciprocal>(at, x); }
template <Operand A> constexpr auto trunc(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::trunc>(at, x); }
template <Operand A> constexpr auto log2(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::log2>>(at, x); }
template <Operand A> constexpr auto log10(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::log10>>(at, x); }
template <Operand A> constexpr auto exp2(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::exp2>>(at, x); }
/// y = sin(pi x) / (pi x), 1 at 0
template <Operand A> constexpr auto sinc(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::sinc>>(at, x); }
/// y with erf(y) = x, with erfc(y) = x; +-inf at the ends of their domains, NaN beyond.
template <Operand A> constexpr auto erfinv(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::erfinv>>(at, x); }
template <Operand A> constexpr auto erfcinv(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::erfcinv>>(at, x); }
/// y where a normal variable of mean 0 and variance 1 lies below y with probability x: -sqrt(2) erfcinv(2 x)
template <Operand A> constexpr auto ndtri(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::ndtri>>(at, x); }
/// y = log |gamma(x)|; +inf at 0 and at the negative whole numbers. Its derivative is digamma, whose derivative is trigamma.
template <Operand A> constexpr auto lgamma(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::lgamma>>(at, x); }
template <Operand A> constexpr auto digamma(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::digamma>>(at, x); }
template <Operand A> constexpr auto trigamma(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::trigamma>>(at, x); }
/// y_i = x_i is infinite, is neither that nor NaN -> bool
template <Operand A> constexpr auto is_inf(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::is_inf>(at, x); }
template <Operand A> constexpr auto is_finite(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::is_finite>(at, x); }
/// y_i = x_i is not a number -> bool
template <Operand A> constexpr auto is_nan(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::is_nan>>(at, x); }
/// y = x; no gradient flows through.
template <Operand A> constexpr auto stop_gradient(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::stop_gradient>>(at, x); }
/// The same numbers as another element type: towards zero for float -> integer, x != 0 for bool; integers wrap.
template <Element T, Operand A> constexpr auto cast(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::cast<dtype_of<T>()>>(at, x); }

/// Bit by bit.
///
/// shapes    any -> the same; of two: broadcast
/// types     integers
/// errors    E117 needs_an_integer
/// gradient  none
template <Operand A> constexpr auto bitwise_not(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::bitwise_not>>(at, x); }
template <class A, class B> requires Operands<A, B> constexpr auto bitwise_and(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::bitwise_and>>(at, a, b); }
template <class A, class B> requires Operands<A, B> constexpr auto bitwise_or(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::bitwise_or>>(at, a, b); }
template <class A, class B> requires Operands<A, B> constexpr auto bitwise_xor(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::bitwise_xor>>(at, a, b); }
/// a 2^n and floor(a / 2^n) by the bits: what is shifted out is gone. Where n is below 0 or beyond the type's bits all are:
/// 0, or -1 for a negative a shifted right.
template <class A, class N> requires Operands<A, N> constexpr auto shift_left(const A& a, const N& n, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::shift_left>>(at, a, n); }
template <class A, class N> requires Operands<A, N> constexpr auto shift_right(const A& a, const N& n, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::shift_right>>(at, a, n); }

/// c_i = f(a_i, b_i), with NumPy broadcasting.
///
/// types     numbers, both alike; pow: floats
/// errors    E100 shapes_do_not_broadcast, E105 element_types_differ
/// edge      maximum and minimum are nan if either operand is
/// gradient  a tie of maximum or minimum passes to the first operand alone, as TensorFlow's
template <class A, class B> requires Operands<A, B> constexpr auto maximum(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::maximum>>(at, a, b); }
template <class A, class B> requires Operands<A, B> constexpr auto minimum(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::minimum>>(at, a, b); }
template <class A, class B> requires Operands<A, B> constexpr auto pow(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::pow>>(at, a, b); }
/// The angle of the point (x, y), in [-pi, pi]; signed zeros and infinities as C's.
template <class Y, class X> requires Operands<Y, X> constexpr auto atan2(const Y& y, const X& x, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::atan2>>(at, y, x); }
/// c = a - b floor(a / b), with b's sign, as Python's %; exact. Numbers; NaN, or a if they are integers, where b = 0.
template <class A, class B> requires Operands<A, B> constexpr auto floor_mod(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::floor_mod>>(at, a, b); }
/// c = floor(a / b), as Python's //; numbers. Floats: of the rounded quotient, as TensorFlow's; integers: 0 where b = 0.
template <class A, class B> requires Operands<A, B> constexpr auto floor_div(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::floor_div>>(at, a, b); }
/// c = sqrt(a^2 + b^2), without overflow between; NaN if either is; at (0, 0) the gradient is 0.
template <class A, class B> requires Operands<A, B> constexpr auto hypot(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::hypot>>(at, a, b); }
/// c = log(exp(a) + exp(b)), without overflow
template <class A, class B> requires Operands<A, B> constexpr auto logaddexp(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::logaddexp>>(at, a, b); }
/// c = x log(y), x log(1 + y); 0 where x = 0, also beside an infinity or NaN, and so is the gradient.
template <class X, class Y> requires Operands<X, Y> constexpr auto xlogy(const X& x, const Y& y, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::times_function<op::log>>>(at, x, y); }
template <class X, class Y> requires Operands<X, Y> constexpr auto xlog1py(const X& x, const Y& y, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::times_function<op::log1p>>>(at, x, y); }
/// c = a / b; 0 where b = 0, and so is the gradient.
template <class A, class B> requires Operands<A, B> constexpr auto divide_no_nan(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::divide_no_nan>>(at, a, b); }
/// c = (a - b)^2
template <class A, class B> requires Operands<A, B> constexpr auto squared_difference(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::squared_difference>>(at, a, b); }
/// Element-wise product, also of two matrices.
template <class A, class B> requires Operands<A, B> constexpr auto hadamard(const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::hadamard>(at, a, b); }
/// c_i = a_i if condition_i, else b_i. What the other branch and its derivatives hold, infinite or nan, never enters a
/// gradient.
template <class C, class A, class B> requires Operands<C, A, B> constexpr auto where(const C& condition, const A& a, const B& b, source_line at = source_line::current()) { return expr::call<expr::functions::elementwise<op::select>>(at, condition, a, b); }
/// The places where a condition holds have no shape before they are known: E128 selection_has_no_shape.
template <Operand C> constexpr auto where(const C& condition) { core::errors::selection_has_no_shape<C>(); return condition; }
/// y_i = min(max(x_i, lo), hi)
template <Operand A, class L, class H> requires Operands<A, L, H> constexpr auto clip(const A& x, const L& lo, const H& hi, source_line at = source_line::current()) { return expr::call<expr::functions::clip>(at, x, lo, hi); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
