// SPDX-License-Identifier: BSL-1.0
// Elements whose places are values too: gather and scatter.
//
// Both primitives know one form: indices and what they pick lie in one shape, and along one axis x differs from it. All
// else is a matter of reshapes and broadcasts, which move nothing.
#pragma once
#include <telar/expr/movement.hpp>

namespace telar::inline TELAR_ABI {

template <int N> struct batch_axis_count {};
template <extent_t N> struct segment_count {};

/// How many leading axes x and the indices share: each batch has indices of its own.
template <int N> inline constexpr batch_axis_count<N> batch_axes{};
/// The number of segments of segment_sum.
template <extent_t N> inline constexpr segment_count<N> segments{};

namespace ir::emit {

constexpr symbol refuse_indices(symbol x, symbol indices, int axis) {
    x.g->fail({mistake_kind::indices, op::gather, {}, {}, axis, x.extents(), indices.extents(), 0});
    return x.plain();
}
/// (B..., M...) -> (B..., O..., M, I...) beside x (B..., O..., N, I...): one index for each line.
constexpr symbol index_of_lines(symbol indices, shape x, int axis, int batch, extent_t count) {
    shape apart, to = x;
    for (int i = 0; i < x.rank; ++i) apart.append(i == axis ? count : i < batch ? x[i] : 1);
    to[axis] = count;
    return emit::broadcast_to(emit::reshape(indices.plain(), apart), to);
}
constexpr extent_t count_behind(dimensions& dims, const shape& s, int first) {
    extent_t n = 1;
    for (int i = first; i < s.rank; ++i) n = dims.multiply(n, s[i]);
    return n;
}
constexpr symbol gather_lines(symbol x, symbol indices, int number, int batch, outside o = outside::is_refused) {
    graph& g = *x.g;
    const int axis = axis_index(g, number, x.rank(), x.extents());
    const shape from = x.extents(), picked = indices.extents();
    bool fits = x.rank() > 0 && batch >= 0 && batch <= axis && batch <= picked.rank &&
                from.rank - 1 + picked.rank - batch <= max_rank;
    for (int i = 0; fits && i < batch; ++i) fits = g.dims.unify(from[i], picked[i]);
    if (!fits) return refuse_indices(x, indices, axis);
    shape to;
    for (int i = 0; i < axis; ++i) to.append(from[i]);
    for (int i = batch; i < picked.rank; ++i) to.append(picked[i]);
    for (int i = axis + 1; i < from.rank; ++i) to.append(from[i]);
    const symbol each = index_of_lines(indices, from, axis, batch, count_behind(g.dims, picked, batch));
    return emit::reshape(gather(x.plain(), each, axis, o), to);
}
constexpr symbol take_along_axis(symbol x, symbol indices, int number) {
    graph& g = *x.g;
    const int axis = axis_index(g, number, x.rank(), x.extents());
    shape own = x.extents(), picked = indices.extents();
    if (own.rank == 0 || own.rank != picked.rank) return refuse_indices(x, indices, axis);
    const extent_t extent = own[axis], count = picked[axis];
    own[axis] = picked[axis] = 1;
    own = picked = broadcast(g, own, picked, op::gather);
    own[axis] = extent, picked[axis] = count;
    return gather(emit::broadcast_to(x, own), emit::broadcast_to(indices, picked), axis);
}
/// (..., K), K numbers that name an element of the first K axes -> its number in row-major order; outside of one: -1.
constexpr symbol place_of(symbol indices, shape x, int axes) {
    graph& g = *indices.g;
    if (const auto m = check_type(takes::integer, indices.type()); m != mistake_kind::none) {
        g.fail({m, op::gather, indices.type(), indices.type(), 0, indices.extents(), {}, 0});
        return indices.plain();
    }
    shape indexed = x;
    indexed.rank = axes;
    const dtype type = place_type(g, indices.type(), g.dims.count(indexed));
    indices = cast(indices, type);
    const int last = indices.rank() - 1;
    symbol place = constant(g, type, 0), inside = constant(g, dtype::boolean, 1);
    for (int i = 0; i < axes; ++i) {
        const symbol index = emit::reshape(part_of_axis(indices, last, i, 1), without(indices.extents(), 1u << last));
        const symbol extent = emit::extent(g, x[i], type);
        place = elementwise(op::add, elementwise(op::mul, place, extent), index);
        inside = inside && index >= constant(g, type, 0) && index < extent;
    }
    return elementwise(op::select, inside, place, constant(g, type, -1));
}
constexpr symbol gather_nd(symbol x, symbol indices) {
    const int last = indices.rank() - 1;
    const extent_t axes = last < 0 ? -1 : x.g->dims.resolve(indices.extents()[last]);
    if (axes < 0 || axes > x.rank() || x.rank() - axes + last > max_rank) return refuse_indices(x, indices, 0);
    shape flat, whole = x.extents();
    whole.rank = static_cast<int>(axes);
    flat.append(x.g->dims.count(whole));
    for (int i = whole.rank; i < x.rank(); ++i) flat.append(x.extents()[i]);
    return gather_lines(emit::reshape(x, flat), place_of(indices, x.extents(), whole.rank), 0, 0);
}
/// Along the first axis.
constexpr symbol scatter_lines(symbol x, symbol indices, symbol updates, joined j) {
    graph& g = *x.g;
    const int rank = indices.rank(), inner = x.rank() - 1;
    bool fits = x.rank() > 0 && updates.rank() == rank + inner;
    for (int i = 0; fits && i < updates.rank(); ++i)
        fits = g.dims.unify(updates.extents()[i], i < rank ? indices.extents()[i] : x.extents()[i - rank + 1]);
    if (!fits) return refuse_indices(updates, indices, 0);
    const extent_t count = g.dims.count(indices.extents());
    shape lines = x.extents();
    lines[0] = count;
    return scatter(x.plain(), index_of_lines(indices, x.extents(), 0, 0, count), emit::reshape(updates, lines), 0, j);
}
constexpr symbol segment_sum(symbol x, symbol ids, extent_t count) {
    shape to(count);
    for (int i = ids.rank(); i < x.rank(); ++i) to.append(x.extents()[i]);
    return scatter_lines(emit::broadcast_to(constant(*x.g, x.type(), 0), to), ids, x, joined::add);
}

/// start is moved to where the block lies inside.
constexpr symbol dynamic_slice(symbol x, symbol start, std::initializer_list<extent_t> sizes) {
    graph& g = *x.g;
    const shape size = checked_shape(x, sizes);
    const auto refused = [&](int axis) {
        shape to = size;
        for (int i = 0; i < to.rank; ++i)
            if (to[i] < 0) to[i] = 0;
        g.fail({mistake_kind::slice_range, op::gather, {}, {}, axis, x.extents(), to, 0});
        return x.plain();
    };
    if (size.rank != x.rank()) return refused(0);
    if (start.rank() != 1 || !g.dims.unify(start.extents()[0], size.rank)) return refuse_indices(x, start, 0);
    if (const auto m = check_type(takes::integer, start.type()); m != mistake_kind::none) {
        g.fail({m, op::gather, start.type(), start.type(), 0, start.extents(), {}, 0});
        return x.plain();
    }
    symbol y = x.plain();
    for (int i = 0; i < size.rank; ++i) {
        const extent_t whole = g.dims.resolve(x.extents()[i]);
        if (size[i] == -1 || size[i] == whole) continue;
        if (size[i] < 0 || !g.dims.require_at_most(size[i], whole)) return refused(i);
        const dtype type = place_type(g, start.type(), whole);
        const symbol wanted = cast(part_of_axis(start, 0, i, 1), type), zero = constant(g, type, 0);
        const symbol last = emit::extent(g, g.dims.subtract(whole, size[i]), type);
        const symbol first = elementwise(op::minimum, elementwise(op::maximum, wanted, zero), last);
        const symbol places = elementwise(op::add, first, iota(g, size[i], type));
        y = gather_lines(y, places, i, 0, outside::is_nothing);  // they are inside
    }
    return y;
}

}  // namespace ir::emit

namespace expr::functions {
// clang-format off
template <int N, int B> struct gather { constexpr symbol operator()(symbol x, symbol i) const { return emit::gather_lines(x, i, N, B); } };
template <int N> struct take_along_axis { constexpr symbol operator()(symbol x, symbol i) const { return emit::take_along_axis(x, i, N); } };
struct gather_nd { constexpr symbol operator()(symbol x, symbol i) const { return emit::gather_nd(x, i); } };
template <emit::joined J> struct scatter { constexpr symbol operator()(symbol x, symbol i, symbol u) const { return emit::scatter_lines(x, i, u, J); } };
template <extent_t N> struct segment_sum { constexpr symbol operator()(symbol x, symbol ids) const { return emit::segment_sum(x, ids, N); } };
template <extent_t... N> struct dynamic_slice { constexpr symbol operator()(symbol x, symbol start) const { return emit::dynamic_slice(x, start, {N...}); } };
// clang-format on
}  // namespace expr::functions

// clang-format off
/// The lines of an axis that the indices name, in their order and shape.   gather(x, i, axis<1>): (A,N,C), (M,K) -> (A,M,K,C)
///
/// shapes    y = x.shape[:axis] + i.shape[batch:] + x.shape[axis + 1:], the axis is 0 unless given
///           gather(x, i, axis<1>, batch_axes<1>): (B,N,C), (B,M) -> (B,M,C); gather(x, i, batch_axes<1>) is the same
///           inside a traced function also gather(x, i, 1) and gather(x, i, 1, 1)
/// types     x all; the indices integers
/// errors    E103 axis_out_of_range, E117 needs_an_integer, E127 indices_do_not_fit
///           index_error at run time: an index below 0, or not below the axis' extent; no variable has changed then
/// edge      in the derivative an index outside counts for nothing: that y was computed is what refuses it
/// gradient  dy added at the indices, in their order
/// test      tests/expr/indexing_test.cpp
template <Operand A, Operand I, int N = 0, int B = 0> constexpr auto gather(const A& x, const I& indices, axis_numbers<N> = {}, batch_axis_count<B> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::gather<N, B>>(at, x, indices); }
template <Operand A, Operand I, int B> constexpr auto gather(const A& x, const I& indices, batch_axis_count<B>, source_line at = source_line::current()) { return expr::call<expr::functions::gather<B, B>>(at, x, indices); }
constexpr symbol gather(symbol x, symbol indices, int number, int batch = 0, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::gather_lines(x, indices, number, batch); }
/// The rows of a table: gather along axis 0.   embedding(table, ids): (V,D), (N,T) -> (N,T,D)
template <Operand A, Operand I> constexpr auto embedding(const A& table, const I& ids, source_line at = source_line::current()) { return expr::call<expr::functions::gather<0, 0>>(at, table, ids); }

/// y_.k. = x_.i(.k.).: an index for each element, as NumPy's.   take_along_axis(x, i, axis<1>): (A,N,C), (A,M,C) -> (A,M,C)
///
/// shapes    of equal rank; beside the axis they broadcast
/// types     as gather
/// errors    as gather; E100 shapes_do_not_broadcast
/// gradient  dy added at the indices
template <Operand A, Operand I, int N> constexpr auto take_along_axis(const A& x, const I& indices, axis_numbers<N>, source_line at = source_line::current()) { return expr::call<expr::functions::take_along_axis<N>>(at, x, indices); }
constexpr symbol take_along_axis(symbol x, symbol indices, int number, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::take_along_axis(x, indices, number); }

/// y_m = x_(i_m0, i_m1, ...): the indices' last axis holds one number for each leading axis of x.   gather_nd(x, i): (A,B,C), (M,2) -> (M,C)
///
/// types     as gather
/// errors    E117, E127: that axis is longer than x has axes, or is known only at run time; index_error as gather (it says -1)
/// gradient  dy added at the indices
template <Operand A, Operand I> constexpr auto gather_nd(const A& x, const I& indices, source_line at = source_line::current()) { return expr::call<expr::functions::gather_nd>(at, x, indices); }

/// x with the updates added to the lines of its first axis that the indices name, as NumPy's add.at.   scatter_add(x, i, u): (N,C), (M), (M,C) -> (N,C)
///
/// shapes    the updates have i.shape + x.shape[1:]
/// types     numbers; the indices integers
/// errors    E105 element_types_differ, E113 needs_a_number, E117, E127; index_error as gather
/// edge      where indices are equal the updates are added in their order, of more than 4096 in blocks
///           (docs/ops_accuracy.md), whatever the threads
/// gradient  dx = dy; the updates': dy gathered at the indices
template <Operand A, Operand I, Operand U> constexpr auto scatter_add(const A& x, const I& indices, const U& updates, source_line at = source_line::current()) { return expr::call<expr::functions::scatter<ir::emit::joined::add>>(at, x, indices, updates); }
/// The updates in the place of those lines; or what is larger, or smaller, element by element.   scatter_update(x, i, u): (N,C), (M), (M,C) -> (N,C)
///
/// types     scatter_update all, bool too; the others as scatter_add
/// errors    as scatter_add
/// edge      where indices are equal the last update stands; scatter_max and scatter_min: NaN if any is
/// gradient  scatter_update: dx = dy, 0 where a line was replaced; the updates': dy gathered at the indices. scatter_max
///           and scatter_min: to what was chosen, shared by equal elements. As TensorFlow's tensor_scatter_nd_update, _max, _min
/// test      tests/kernels/gather_test.cpp
template <Operand A, Operand I, Operand U> constexpr auto scatter_update(const A& x, const I& indices, const U& updates, source_line at = source_line::current()) { return expr::call<expr::functions::scatter<ir::emit::joined::update>>(at, x, indices, updates); }
template <Operand A, Operand I, Operand U> constexpr auto scatter_max(const A& x, const I& indices, const U& updates, source_line at = source_line::current()) { return expr::call<expr::functions::scatter<ir::emit::joined::max>>(at, x, indices, updates); }
template <Operand A, Operand I, Operand U> constexpr auto scatter_min(const A& x, const I& indices, const U& updates, source_line at = source_line::current()) { return expr::call<expr::functions::scatter<ir::emit::joined::min>>(at, x, indices, updates); }

/// y_s = the sum of the x_m with id_m = s, for s < N.   segment_sum(x, ids, segments<10>): (M,C), (M) -> (10,C)
///
/// types     numbers; the ids integers, in any order
/// errors    as scatter_add
/// edge      a segment without elements is 0
/// gradient  dy gathered at the ids
template <Operand A, Operand I, extent_t N> constexpr auto segment_sum(const A& x, const I& ids, segment_count<N>, source_line at = source_line::current()) { return expr::call<expr::functions::segment_sum<N>>(at, x, ids); }
constexpr symbol segment_sum(symbol x, symbol ids, extent_t count, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::segment_sum(x, ids, count); }

/// A block of x of a known size, whose first element is a value.   dynamic_slice(x, start, extents<-1, 3>): (A,B), (2) -> (A,3)
///
/// shapes    start has one number for each axis; an extent of -1 is the whole axis
/// types     x all; start integers
/// errors    E110 slice_out_of_range, E117, E127; wrong_shape at run time: an axis is shorter than its size
/// edge      a start that is too small or too large is moved to where the block lies inside, as XLA's
/// gradient  dy where the block was, 0 elsewhere
template <Operand A, Operand I, extent_t... N> constexpr auto dynamic_slice(const A& x, const I& start, extent_list<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::dynamic_slice<N...>>(at, x, start); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
