// SPDX-License-Identifier: BSL-1.0
// Reductions over all axes, or over those that are named.
#pragma once
#include <telar/expr/attributes.hpp>

namespace telar::inline TELAR_ABI {

template <int P> struct norm_order {};
/// Which norm: sum |x|, the root of sum x^2, max |x|.
template <int P> inline constexpr norm_order<P> order{};
inline constexpr norm_order<0> order_infinity{};

/// Each takes a value, the bits of its axes and whether the reduced axes stay; over_axes makes a function of one
/// operand.
namespace expr::functions {

template <op K> struct reduce {
    constexpr symbol operator()(symbol x, unsigned axes, bool keep) const { return emit::reduce(K, x, axes, keep); }
};
/// The position of the largest or smallest; of all axes together it counts through the flattened operand.
template <op K> struct position {
    constexpr symbol operator()(symbol x, unsigned axes, bool keep) const {
        const unsigned all = (1u << x.rank()) - 1;
        if (axes != all || x.rank() == 1) return emit::reduce(K, x, axes, keep);
        const symbol flat = emit::reshape(x, shape(x.g->dims.count(x.extents())));
        const symbol r = emit::reduce(K, flat, 1, false);
        shape ones;
        for (int i = 0; keep && i < x.rank(); ++i) ones.append(1);
        return emit::reshape(r, ones);
    }
};
struct mean {
    constexpr symbol operator()(symbol x, unsigned axes, bool keep) const {
        if (!is_float(x.type()))
            x.g->fail({mistake_kind::needs_float, op::sum, x.type(), x.type(), 0, x.extents(), {}, 0});
        return emit::elementwise(op::div, emit::reduce(op::sum, x, axes, keep), emit::reduced_count(x, axes, x.type()));
    }
};
struct variance {
    constexpr symbol operator()(symbol x, unsigned axes, bool keep) const {
        const symbol deviation = x.plain() - mean{}(x, axes, true);
        return mean{}(deviation * deviation, axes, keep);
    }
};
/// The root of F, a sum or a mean, of the squares, of which none overflows or vanishes: numbers that are very large or
/// very small are first multiplied by a power of two.
template <class F> constexpr symbol root_of_squares(F total, symbol x, unsigned axes, bool keep) {
    if (!is_float(x.type())) return sqrt(x);  // a mistake
    if (is_half(x.type()))
        return emit::cast(root_of_squares(total, emit::cast(x, dtype::float32), axes, keep), x.type());
    const bool is_double = x.type() == dtype::float64;
    const double far = is_double ? 0x1p400 : 0x1p50, factor = is_double ? 0x1p600 : 0x1p78;
    const symbol is_large = emit::reduce(op::any, abs(x) > far, axes, true);
    const symbol is_small = emit::reduce(op::all, abs(x) < 1 / far, axes, true);
    const auto by_size = [&](double if_large, double if_small) {
        const auto number = [&](double v) { return literal(*x.g, x.type(), v, true); };
        return emit::elementwise(op::select, is_large, number(if_large),
                                 emit::elementwise(op::select, is_small, number(if_small), number(1)));
    };
    const symbol near = x.plain() * by_size(1 / factor, factor);
    const symbol root = sqrt(total(near * near, axes, true)) * by_size(factor, 1 / factor);
    return keep ? root : emit::reshape(root, emit::without(x.extents(), axes));
}
struct stddev {
    constexpr symbol operator()(symbol x, unsigned axes, bool keep) const {
        return root_of_squares(mean{}, x.plain() - mean{}(x, axes, true), axes, keep);
    }
};
/// 0: of the largest.
template <int Order> struct norm {
    constexpr symbol operator()(symbol x, unsigned axes, bool keep) const {
        if (Order == 1) return emit::reduce(op::sum, abs(x), axes, keep);
        if (Order == 0) return emit::reduce(op::max, abs(x), axes, keep);
        return root_of_squares(reduce<op::sum>{}, x, axes, keep);
    }
};
template <class F, bool Keep, int... Axes> struct over_axes {
    constexpr symbol operator()(symbol x) const { return F{}(x, emit::axis_bits(x, {Axes...}), Keep); }
};

}  // namespace expr::functions

namespace expr::calling {
/// A reduction with plain numbers, inside a traced function.
template <class F> constexpr symbol over_axis(source_line at, symbol x, int axis_number, bool keep) {
    line_scope scope(x.g, at);
    return F{}(x, emit::axis_bits(x, {axis_number}), keep);
}
}  // namespace expr::calling

// clang-format off
/// y = x_1 + x_2 + ...; prod: the product; max, min: the largest and the smallest.
///
/// shapes    sum(x): () ; sum(x, axis<1>): x (A,B,C) -> (A,C) ; sum(x, axis<1>, keep_dims): (A,1,C) ; axis<0, -1>: both
///           inside a traced function also sum(x, 1) and sum(x, 1, true)
/// types     numbers; integers wrap
/// errors    E103 axis_out_of_range, E113 needs_a_number, E114 reduction_over_nothing (max, min), at run time wrong_shape
/// edge      the sum of nothing is 0, the product 1; max and min are nan if any element is
/// gradient  sum: dx = dy, stretched; max, min: shared evenly among equal elements, as TensorFlow's, and among all beside a NaN
/// test      tests/expr/shapes_test.cpp
template <Operand A, int... N, bool Keep = false> constexpr auto sum(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::reduce<op::sum>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> constexpr auto prod(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::reduce<op::prod>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> constexpr auto max(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::reduce<op::max>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> constexpr auto min(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::reduce<op::min>, Keep, N...>>(at, x); }
constexpr symbol sum(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::sum>>(at, x, number, keep); }
constexpr symbol prod(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::prod>>(at, x, number, keep); }
constexpr symbol max(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::max>>(at, x, number, keep); }
constexpr symbol min(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::min>>(at, x, number, keep); }

/// y = (x_1 + ... + x_n) / n; variance: mean (x_i - mean x)^2, of the population; stddev: its root; norm: sqrt(sum x_i^2).
///
/// shapes    as sum
/// types     floats
/// errors    E103 axis_out_of_range, E106 needs_a_float
/// edge      the mean of nothing is nan
/// gradient  of stddev and norm at 0: nan, as TensorFlow's
template <Operand A, int... N, bool Keep = false> constexpr auto mean(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::composed<expr::functions::mean>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> constexpr auto variance(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::composed<expr::functions::variance>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> constexpr auto stddev(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::composed<expr::functions::stddev>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> constexpr auto norm(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::composed<expr::functions::norm<2>>, Keep, N...>>(at, x); }
/// norm(x, order<1>): sum |x_i|; norm(x, order_infinity): max |x_i|; norm(x, order<2>): the root, as norm(x).
///
/// gradient  where x is 0: that of abs, 0; of the largest: shared evenly among equal ones
template <Operand A, int P, int... N, bool Keep = false> requires (P >= 0 && P <= 2) constexpr auto norm(const A& x, norm_order<P>, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::composed<expr::functions::norm<P>>, Keep, N...>>(at, x); }
constexpr symbol mean(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::composed<expr::functions::mean>>(at, x, number, keep); }
constexpr symbol variance(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::composed<expr::functions::variance>>(at, x, number, keep); }
constexpr symbol stddev(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::composed<expr::functions::stddev>>(at, x, number, keep); }
constexpr symbol norm(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::composed<expr::functions::norm<2>>>(at, x, number, keep); }

/// y = x_1 or x_2 or ...; all: x_1 and x_2 and ... (Beside `using namespace std` write telar::any: <any> has a class.)
///
/// shapes    as sum
/// types     bool
/// errors    E103 axis_out_of_range, E108 needs_a_boolean
/// edge      any of nothing is false, all of nothing true
template <Operand A, int... N, bool Keep = false> constexpr auto any(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::reduce<op::any>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> constexpr auto all(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::reduce<op::all>, Keep, N...>>(at, x); }
constexpr symbol any(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::any>>(at, x, number, keep); }
constexpr symbol all(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::all>>(at, x, number, keep); }

/// y = the first i with x_i = max x; argmin: = min x.
///
/// shapes    as sum, with one axis; without an axis i counts through the flattened operand
/// types     numbers -> int64
/// errors    E103 axis_out_of_range, E113 needs_a_number, E114 reduction_over_nothing; at run time wrong_shape, also of
///           more than 2^31 - 1 elements of four bytes or less, if their number was not known before: cast them
/// edge      the first nan, if there is one
/// gradient  none
template <Operand A, int... N, bool Keep = false> requires (sizeof...(N) <= 1) constexpr auto argmax(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::position<op::argmax>, Keep, N...>>(at, x); }
template <Operand A, int... N, bool Keep = false> requires (sizeof...(N) <= 1) constexpr auto argmin(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::functions::position<op::argmin>, Keep, N...>>(at, x); }
constexpr symbol argmax(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::argmax>>(at, x, number, keep); }
constexpr symbol argmin(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::functions::reduce<op::argmin>>(at, x, number, keep); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
