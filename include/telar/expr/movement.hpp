// SPDX-License-Identifier: BSL-1.0
// Operations that only move elements: no arithmetic.
#pragma once
#include <telar/expr/attributes.hpp>

#include <array>
#include <span>

namespace telar::inline TELAR_ABI {

// ---------------------------------------------------------------- on symbols
namespace ir::emit {

/// Extents as the user wrote them; a seventh axis is a mistake about x.
constexpr shape checked_shape(symbol x, std::initializer_list<extent_t> written) {
    shape s;
    for (const extent_t e : written) s.append(e);
    if (written.size() > static_cast<unsigned>(max_rank))
        x.g->fail({mistake_kind::rank_too_high, op::reshape, {}, {}, 0, x.extents(), {}, 0});
    return s;
}
/// reshape, one extent may be -1: the number of elements divided by the others.
constexpr symbol reshape_inferring(symbol x, shape to) {
    dimensions& dims = x.g->dims;
    int inferred = -1;
    for (int i = 0; i < to.rank; ++i) {
        if (to[i] >= 0) continue;
        if (to[i] != -1 || inferred >= 0) {
            for (int k = 0; k < to.rank; ++k)
                if (to[k] < 0) to[k] = 0;
            x.g->fail({mistake_kind::reshape_count, op::reshape, {}, {}, 0, x.extents(), to, 0});
            return x.plain();
        }
        inferred = i;
    }
    if (inferred >= 0) {
        to[inferred] = 1;
        const extent_t others = dims.count(to);
        to[inferred] = others == 0 ? 0 : dims.divide(dims.count(x.extents()), others);
    }
    return reshape(x, to);
}
/// broadcast_to, an extent of -1 is the operand's own.
constexpr symbol broadcast_keeping(symbol x, shape to) {
    for (int i = 1; i <= to.rank; ++i)
        if (to[to.rank - i] < 0) to[to.rank - i] = i <= x.rank() ? x.extents()[x.rank() - i] : 0;
    return broadcast_to(x, to);
}
constexpr symbol flatten(symbol x) {
    const shape rest = without(x.extents(), 1);
    return reshape(x, shape(x.rank() == 0 ? extent_t{1} : x.extents()[0], x.g->dims.count(rest)));
}
constexpr symbol expand_dims(symbol x, std::initializer_list<int> numbers) {
    const int rank = x.rank() + static_cast<int>(numbers.size());
    if (rank > max_rank) {
        x.g->fail({mistake_kind::rank_too_high, op::reshape, {}, {}, 0, x.extents(), {}, 0});
        return x.plain();
    }
    const unsigned added = axis_bits(*x.g, numbers, rank, x.extents());
    shape to;
    for (int i = 0, k = 0; i < rank && k <= x.rank(); ++i) {
        if (has_axis(added, i)) to.append(1);
        else if (k < x.rank()) to.append(x.extents()[k++]);
    }
    return reshape(x, to);
}
/// Without axes: all that are known to have extent 1.
constexpr symbol squeeze(symbol x, std::initializer_list<int> numbers) {
    unsigned ones = 0;
    for (int i = 0; i < x.rank(); ++i)
        if (x.g->dims.resolve(x.extents()[i]) == 1) ones |= 1u << i;
    return reshape(x, without(x.extents(), numbers.size() == 0 ? ones : axis_bits(x, numbers)));
}

/// start + size <= whole. What is known only at run time is checked then.
constexpr bool require_inside(dimensions& dims, extent_t start, extent_t size, extent_t whole) {
    if (dims.same(size, whole)) return start == 0;
    return dims.require_at_most(start, whole) && dims.require_at_most(dims.add(start, size), whole);
}
constexpr symbol slice_checked(symbol x, const extent_t* start, const shape& size) {
    for (int i = 0; i < x.rank(); ++i)
        if (!require_inside(x.g->dims, start[i], size[i], x.extents()[i])) {
            x.g->fail({mistake_kind::slice_range, op::slice, {}, {}, i, x.extents(), size, 0});
            return x.plain();
        }
    return slice(x, start, size);
}
constexpr symbol slice_each(symbol x, std::initializer_list<extent_t> starts, std::initializer_list<extent_t> sizes) {
    shape size = checked_shape(x, sizes);
    extent_t start[max_rank]{};
    int given = 0;
    for (const extent_t s : starts)
        if (given < max_rank) start[given++] = s;
    bool fits = given == x.rank() && size.rank == x.rank();
    for (int i = 0; fits && i < size.rank; ++i) {
        const extent_t whole = x.g->dims.resolve(x.extents()[i]);
        if (size[i] == -1) size[i] = start[i] == 0 ? whole : is_number(whole) ? whole - start[i] : -1;
        fits = start[i] >= 0 && (size[i] >= 0 || (start[i] == 0 && size[i] == whole));
    }
    if (fits) return slice_checked(x, start, size);
    for (int i = 0; i < size.rank; ++i)
        if (size[i] < 0) size[i] = 0;
    x.g->fail({mistake_kind::slice_range, op::slice, {}, {}, 0, x.extents(), size, 0});
    return x.plain();
}
/// Elements from .. to - 1 of one axis; negative numbers count from its end.
constexpr symbol slice_axis(symbol x, int number, extent_t from, extent_t to) {
    const int i = axis_index(*x.g, number, x.rank(), x.extents());
    if (x.rank() == 0 || (from == 0 && to == to_the_end)) return x.plain();
    dimensions& dims = x.g->dims;
    const extent_t whole = dims.resolve(x.extents()[i]);
    const auto from_end = [](extent_t n) { return n == to_the_start ? too_many : -n; };
    const auto place = [&](extent_t n) {
        return n == to_the_end ? whole : n < 0 ? dims.subtract(whole, from_end(n)) : n;
    };
    extent_t start[max_rank]{};
    shape size = x.extents();
    bool fits = dims.require_at_most(from < 0 ? from_end(from) : from, whole) &&
                dims.require_at_most(to < 0 ? from_end(to) : 0, whole);
    start[i] = place(from);
    fits = fits && dims.require_at_most(start[i], place(to));
    size[i] = dims.subtract(place(to), start[i]);
    if (fits) return slice_checked(x, start, size);
    if (!is_number(size[i])) size[i] = 0;
    x.g->fail({mistake_kind::slice_range, op::slice, {}, {}, i, x.extents(), size, 0});
    return x.plain();
}
/// from, from + step, ... before `to`; a negative step goes backwards.
constexpr symbol slice_steps(symbol x, int number, extent_t from, extent_t to, extent_t step) {
    const int i = axis_index(*x.g, number, x.rank(), x.extents());
    if (step == 0 || (step < 0 && to == -1) || x.rank() == 0) {
        x.g->fail({mistake_kind::slice_range, op::slice, {}, {}, i, x.extents(), shape(), 0});
        return x.plain();
    }
    if (step > 0) return every(slice_axis(x, i, from, to), i, step);
    const auto behind = [](extent_t n) { return n == -1 ? to_the_end : n + 1; };
    const symbol passed = slice_axis(x, i, to == to_the_start ? 0 : behind(to), behind(from));
    return every(reverse(passed, 1u << i), i, -step);
}
constexpr symbol pad_each(symbol x, std::initializer_list<extent_t> before, std::initializer_list<extent_t> after) {
    extent_t front[max_rank]{};
    shape to = x.extents();
    bool fits = static_cast<int>(before.size()) == x.rank() && before.size() == after.size();
    for (int i = 0; fits && i < x.rank(); ++i) {
        front[i] = before.begin()[i];
        fits = front[i] >= 0 && after.begin()[i] >= 0;
        if (fits) to[i] = x.g->dims.add(to[i], saturating_add(front[i], after.begin()[i]));
    }
    if (fits) return pad(x, front, to);
    x.g->fail({mistake_kind::pad_range, op::pad, {}, {}, 0, x.extents(), to, 0});
    return x.plain();
}

/// Joins a balanced tree of neighbours: depth log2 n.
constexpr symbol concat(std::span<const symbol> parts, int axis_number) {
    if (parts.size() == 1) return parts[0].plain();
    const symbol a = concat(parts.first(parts.size() / 2), axis_number);
    const symbol b = concat(parts.subspan(parts.size() / 2), axis_number);
    return concat(a, b, axis_index(*a.g, axis_number, a.rank(), a.extents()));
}
/// Joins along a new axis.
template <std::size_t N> constexpr symbol stack(std::array<symbol, N> parts, int axis_number) {
    for (symbol& p : parts) p = expand_dims(p, {axis_number});
    return concat(std::span<const symbol>(parts), axis_number);
}
/// 1 where the label is the index of the new last axis.
constexpr symbol one_hot(symbol labels, extent_t depth, dtype type) {
    graph& g = *labels.g;
    labels = widened(labels);
    depth = g.dims.resolve(depth);
    const bool fit = !is_integer(labels.type()) || (is_number(depth) && depth - 1 <= highest_integer(labels.type()));
    const dtype t = fit ? labels.type() : place_type(g, labels.type(), depth);
    return cast(elementwise(op::equal, expand_dims(cast(labels, t), {-1}), iota(g, depth, t)), type);
}

}  // namespace ir::emit

namespace expr::functions {
// clang-format off
template <extent_t... N> struct reshape { constexpr symbol operator()(symbol x) const { return emit::reshape_inferring(x, emit::checked_shape(x, {N...})); } };
template <extent_t... N> struct broadcast_to { constexpr symbol operator()(symbol x) const { return emit::broadcast_keeping(x, emit::checked_shape(x, {N...})); } };
struct flatten { constexpr symbol operator()(symbol x) const { return emit::flatten(x); } };
template <int... N> struct expand_dims { constexpr symbol operator()(symbol x) const { return emit::expand_dims(x, {N...}); } };
template <int... N> struct squeeze { constexpr symbol operator()(symbol x) const { return emit::squeeze(x, {N...}); } };
template <class Starts, class Sizes> struct slice;
template <extent_t... F, extent_t... S> struct slice<start_list<F...>, size_list<S...>> { constexpr symbol operator()(symbol x) const { return emit::slice_each(x, {F...}, {S...}); } };
template <int N, extent_t From, extent_t To, extent_t Step> struct slice_axis { constexpr symbol operator()(symbol x) const { return emit::slice_steps(x, N, From, To, Step); } };
template <int... N> struct reverse { constexpr symbol operator()(symbol x) const { return emit::reverse(x, emit::axis_bits(x, {N...})); } };
template <class Before, class After> struct pad;
template <extent_t... B, extent_t... A> struct pad<before_list<B...>, after_list<A...>> { constexpr symbol operator()(symbol x) const { return emit::pad_each(x, {B...}, {A...}); } };
template <int N> struct concat { constexpr symbol operator()(auto... x) const { return emit::concat(std::span<const symbol>(std::array<symbol, sizeof...(x)>{x...}), N); } };
template <int N> struct stack { constexpr symbol operator()(auto... x) const { return emit::stack(std::array<symbol, sizeof...(x)>{x...}, N); } };
template <extent_t N, dtype D> struct one_hot { constexpr symbol operator()(symbol labels) const { return emit::one_hot(labels, N, D); } };
struct full_like { constexpr symbol operator()(symbol x, symbol value) const { return emit::broadcast_to(value, x.extents()); } };
template <int Value> struct constant_like { constexpr symbol operator()(symbol x) const { const symbol v = emit::constant(*x.g, x.type(), Value); return emit::broadcast_to(v, x.extents()); } };
// clang-format on
}  // namespace expr::functions

// ---------------------------------------------------------------- the public functions
// clang-format off
/// The same elements in the same row-major order under another shape; one extent may be -1: what remains.
///
/// shapes    reshape(x, extents<-1, 784>): (N,28,28) -> (N,784); inside a traced function also reshape(x, shape(-1, 784))
/// types     all
/// errors    E102 reshape_changes_the_number_of_elements, E116 too_many_axes; wrong_shape at run time, for unknown extents
/// gradient  reshaped back
/// test      tests/expr/shapes_test.cpp
template <Operand A, extent_t... N> constexpr auto reshape(const A& x, extent_list<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::reshape<N...>>(at, x); }
constexpr symbol reshape(symbol x, const shape& to, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::reshape_inferring(x, to); }
/// All axes but the first become one, as Keras' Flatten.   (N,A,B) -> (N,A*B); (N) -> (N,1)
template <Operand A> constexpr auto flatten(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::flatten>(at, x); }
/// x stretched to a shape by NumPy's rules; an extent of -1 is the operand's own.
///
/// shapes    broadcast_to(x, extents<-1, 3>): (N,1) -> (N,3)
/// errors    E111 cannot_broadcast_to
/// gradient  summed over the axes that were stretched
template <Operand A, extent_t... N> constexpr auto broadcast_to(const A& x, extent_list<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::broadcast_to<N...>>(at, x); }
constexpr symbol broadcast_to(symbol x, const shape& to, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::broadcast_keeping(x, to); }

/// Adds axes of extent 1 so that they are the named axes of the result.   expand_dims(x, axis<1>): (A,B) -> (A,1,B)
///
/// errors    E103 axis_out_of_range, E116 too_many_axes
template <Operand A, int... N> constexpr auto expand_dims(const A& x, axis_numbers<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::expand_dims<N...>>(at, x); }
constexpr symbol expand_dims(symbol x, int number, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::expand_dims(x, {number}); }
/// Drops the named axes, whose extents must be 1; without axes every one known to be 1.   squeeze(x, axis<1>): (A,1,B) -> (A,B)
///
/// errors    E102 reshape_changes_the_number_of_elements, E103 axis_out_of_range
template <Operand A, int... N> constexpr auto squeeze(const A& x, axis_numbers<N...> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::squeeze<N...>>(at, x); }
constexpr symbol squeeze(symbol x, int number, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::squeeze(x, {number}); }

/// Some consecutive elements of one axis, or of every axis. (Beside `using namespace std` write telar::slice: <valarray>
/// has a class of that name.)
///
/// shapes    slice(x, axis<1>, range<2, 5>) is Python's x[:, 2:5]: (A,B) -> (A,3); range<-2> are the last two
///           range<1, 8, 3> takes 1, 4, 7; range<-1, 2, -2> goes backwards, range<5, to_the_start, -1> to the first
///           slice(x, starts<0, 2>, sizes<-1, 3>): per axis, a size of -1 reaches to the end
///           inside a traced function also slice(x, 1, 2, 5), and slice_steps(x, 1, 8, 2, -2)
/// errors    E103 axis_out_of_range, E110 slice_out_of_range; wrong_shape at run time, for unknown extents
/// gradient  zeros around it
template <Operand A, int N, extent_t From, extent_t To, extent_t Step> constexpr auto slice(const A& x, axis_numbers<N>, index_range<From, To, Step>, source_line at = source_line::current()) { return expr::call<expr::functions::slice_axis<N, From, To, Step>>(at, x); }
template <Operand A, extent_t... F, extent_t... S> constexpr auto slice(const A& x, start_list<F...>, size_list<S...>, source_line at = source_line::current()) { return expr::call<expr::functions::slice<start_list<F...>, size_list<S...>>>(at, x); }
constexpr symbol slice(symbol x, int number, extent_t from, extent_t to = to_the_end, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::slice_axis(x, number, from, to); }
constexpr symbol slice_steps(symbol x, int number, extent_t from, extent_t to, extent_t step, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::slice_steps(x, number, from, to, step); }
/// Axes from their end to their start; without axes all of them. Moves nothing.   reverse(x, axis<1>): 1 2 3 -> 3 2 1
///
/// types     all
/// errors    E103 axis_out_of_range
/// gradient  turned back
template <Operand A, int... N> constexpr auto reverse(const A& x, axis_numbers<N...> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::reverse<N...>>(at, x); }
constexpr symbol reverse(symbol x, int number, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::reverse(x, ir::emit::axis_bits(x, {number})); }
/// Zeros around x.   pad(x, before<1, 0>, after<0, 2>): (A,B) -> (1+A,B+2)
///
/// errors    E115 pad_out_of_range: a number below zero, or not one per axis
/// gradient  the slice
template <Operand A, extent_t... B, extent_t... F> constexpr auto pad(const A& x, before_list<B...>, after_list<F...>, source_line at = source_line::current()) { return expr::call<expr::functions::pad<before_list<B...>, after_list<F...>>>(at, x); }

/// One after the other along an axis.   concat(a, b, axis<1>): (A,B) x (A,C) -> (A,B+C)
///
/// shapes    two operands or more, alike but for that axis; inside a traced function also concat({a, b, c}, 1)
/// types     all, alike
/// errors    E103 axis_out_of_range, E104 concat_extents_differ, E105 element_types_differ
/// gradient  the slices
template <class A, class B, int N> requires Operands<A, B> constexpr auto concat(const A& a, const B& b, axis_numbers<N>, source_line at = source_line::current()) { return expr::call<expr::functions::concat<N>>(at, a, b); }
template <class A, class B, class C, int N> requires Operands<A, B, C> constexpr auto concat(const A& a, const B& b, const C& c, axis_numbers<N>, source_line at = source_line::current()) { return expr::call<expr::functions::concat<N>>(at, a, b, c); }
template <class A, class B, class C, class D, int N> requires Operands<A, B, C, D> constexpr auto concat(const A& a, const B& b, const C& c, const D& d, axis_numbers<N>, source_line at = source_line::current()) { return expr::call<expr::functions::concat<N>>(at, a, b, c, d); }
constexpr symbol concat(std::initializer_list<symbol> parts, int number, source_line at = source_line::current()) { ir::line_scope scope(parts.begin()->g, at); return ir::emit::concat(std::span<const symbol>(parts.begin(), parts.size()), number); }
/// One behind the other along a new axis.   stack(a, b, axis<0>): (A) x (A) -> (2,A)
///
/// errors    E103 axis_out_of_range, E104 concat_extents_differ, E105 element_types_differ, E116 too_many_axes
template <class A, class B, int N> requires Operands<A, B> constexpr auto stack(const A& a, const B& b, axis_numbers<N>, source_line at = source_line::current()) { return expr::call<expr::functions::stack<N>>(at, a, b); }
template <class A, class B, class C, int N> requires Operands<A, B, C> constexpr auto stack(const A& a, const B& b, const C& c, axis_numbers<N>, source_line at = source_line::current()) { return expr::call<expr::functions::stack<N>>(at, a, b, c); }
template <class A, class B, class C, class D, int N> requires Operands<A, B, C, D> constexpr auto stack(const A& a, const B& b, const C& c, const D& d, axis_numbers<N>, source_line at = source_line::current()) { return expr::call<expr::functions::stack<N>>(at, a, b, c, d); }

/// y_ij = 1 if label_i = j, else 0.   one_hot(labels, depth<10>): (N) -> (N,10)
///
/// types     integers -> float32; one_hot<double>(...): -> float64
/// edge      a label outside 0 .. depth - 1 gives a row of zeros, as TensorFlow's
/// gradient  none
template <Element T = float, Operand A, extent_t N> constexpr auto one_hot(const A& labels, depth_number<N>, source_line at = source_line::current()) { return expr::call<expr::functions::one_hot<N, dtype_of<T>()>>(at, labels); }
template <Element T = float> constexpr symbol one_hot(symbol labels, extent_t classes, source_line at = source_line::current()) { ir::line_scope scope(labels.g, at); return ir::emit::one_hot(labels, classes, dtype_of<T>()); }

/// A constant of x's shape and element type.
template <Operand A, class B> requires Operands<A, B> constexpr auto full_like(const A& x, const B& value, source_line at = source_line::current()) { return expr::call<expr::functions::full_like>(at, x, value); }
template <Operand A> constexpr auto zeros_like(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::constant_like<0>>(at, x); }
template <Operand A> constexpr auto ones_like(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::constant_like<1>>(at, x); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
