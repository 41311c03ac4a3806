// SPDX-License-Identifier: BSL-1.0
// Elements in other places, by what movements and comparisons of places can do: copies, rotations, triangles,
// diagonals.
#pragma once
#include <telar/expr/movement.hpp>

#include <algorithm>

namespace telar::inline TELAR_ABI {

template <extent_t... N> struct copy_counts {};
template <extent_t N> struct place_count {};
template <extent_t N> struct diagonal_number {};

/// How often, per axis; how far; which diagonal, counted upwards from the main one.
template <extent_t... N> inline constexpr copy_counts<N...> copies{};
template <extent_t N> inline constexpr place_count<N> places{};
template <extent_t N> inline constexpr diagonal_number<N> diagonal{};

namespace ir::emit {

/// Axis i n times over: as a whole (0 1 0 1), or each element (0 0 1 1).
constexpr symbol copied(symbol x, int i, extent_t n, bool each_element) {
    dimensions& dims = x.g->dims;
    shape outside, inside, to = x.extents();
    for (int k = 0; k < x.rank(); ++k) (k < i ? outside : inside).append(x.extents()[k]);
    const extent_t extent = inside[0], before = dims.count(outside), after = dims.count(without(inside, 1));
    shape apart(before, extent, extent_t{1}, after), stretched(before, extent, n, after);
    if (!each_element) std::swap(apart[1], apart[2]), std::swap(stretched[1], stretched[2]);
    to[i] = dims.multiply(extent, n);
    return emit::reshape(emit::broadcast_to(emit::reshape(x, apart), stretched), to);
}
constexpr symbol tile(symbol x, std::initializer_list<extent_t> counts) {
    bool fits = static_cast<int>(counts.size()) == x.rank();
    for (const extent_t n : counts) fits = fits && n >= 0;
    if (!fits) {
        x.g->fail({mistake_kind::broadcast_to, op::reshape, {}, {}, 0, x.extents(), checked_shape(x, counts), 0});
        return x.plain();
    }
    symbol y = x.plain();
    for (int i = 0; i < x.rank(); ++i)
        if (const extent_t n = counts.begin()[i]; n != 1) y = copied(y, i, n, false);
    return y;
}
constexpr symbol repeat(symbol x, extent_t n, int number) {
    const int i = axis_index(*x.g, number, x.rank(), x.extents());
    if (n < 0) x.g->fail({mistake_kind::broadcast_to, op::reshape, {}, {}, 0, x.extents(), shape(n), 0});
    return x.rank() == 0 || n < 0 ? x.plain() : copied(x, i, n, true);
}
constexpr symbol roll(symbol x, extent_t by, int number) {
    const int i = axis_index(*x.g, number, x.rank(), x.extents());
    const extent_t whole = x.rank() == 0 ? 0 : x.g->dims.resolve(x.extents()[i]);
    if (is_number(whole)) by = whole == 0 ? 0 : (by % whole + whole) % whole;
    if (by == 0) return x.plain();
    return concat(slice_axis(x, i, -by, to_the_end), slice_axis(x, i, 0, -by), i);
}

/// For each place of a matrix, column - row, compared with `number`.
constexpr symbol beside_diagonal(op comparison, graph& g, extent_t rows, extent_t columns, extent_t number) {
    constexpr extent_t of_32_bits = extent_t{1} << 30, of_64_bits = extent_t{1} << 62;  // a sum of two fits
    number = std::clamp(number, -of_64_bits, of_64_bits);
    const auto is_near = [&](extent_t e) { return g.dims.resolve(e) <= of_32_bits; };  // so is an unknown extent
    const bool fits = is_near(rows) && is_near(columns) && -of_32_bits <= number && number <= of_32_bits;
    const dtype t = fits ? dtype::int32 : dtype::int64;
    const symbol row = emit::reshape(iota(g, rows, t), shape(rows, extent_t{1}));
    const symbol shifted = elementwise(op::add, row, constant(g, t, static_cast<double>(number)));
    return elementwise(comparison, shifted, iota(g, columns, t));
}
constexpr bool require_matrix(symbol x) {
    if (x.rank() >= 2) return true;
    x.g->fail({mistake_kind::matmul_rank, op::matmul, {}, {}, 0, x.extents(), x.extents(), 0});
    return false;
}
/// x where column - row >= number (upper), or <= number; else 0.
constexpr symbol triangle(symbol x, extent_t number, bool is_upper) {
    if (!require_matrix(x)) return x.plain();
    graph& g = *x.g;
    const extent_t rows = x.extents()[x.rank() - 2], columns = x.extents()[x.rank() - 1];
    const symbol zero = constant(g, x.type(), 0);
    if (is_upper) return elementwise(op::select, beside_diagonal(op::less_equal, g, rows, columns, number), x, zero);
    return elementwise(op::select, beside_diagonal(op::less, g, rows, columns, number), zero, x);
}
/// (..., N) -> (..., N, N)
constexpr symbol diag(symbol x) {
    if (x.rank() == 0) return expand_dims(x, {0, 1});
    const extent_t n = x.extents()[x.rank() - 1];
    const symbol on_it = beside_diagonal(op::equal, *x.g, n, n, 0);
    return elementwise(op::select, on_it, expand_dims(x, {-1}), constant(*x.g, x.type(), 0));
}
/// (..., N, N) -> (..., N)
constexpr symbol diag_part(symbol x) {
    if (!require_matrix(x)) return x.plain();
    graph& g = *x.g;
    const extent_t rows = x.extents()[x.rank() - 2], columns = x.extents()[x.rank() - 1];
    if (!g.dims.unify(rows, columns)) {
        g.fail({mistake_kind::broadcast, op::select, {}, {}, 0, x.extents(), x.extents(), 0});
        return x.plain();
    }
    const symbol on_it = beside_diagonal(op::equal, g, rows, rows, 0);
    const symbol kept = elementwise(op::select, on_it, x, constant(g, x.type(), 0));
    return reduce(x.type() == dtype::boolean ? op::any : op::sum, kept, 1u << (x.rank() - 1), false);
}

}  // namespace ir::emit

namespace expr::functions {
// clang-format off
template <extent_t... N> struct tile { constexpr symbol operator()(symbol x) const { return emit::tile(x, {N...}); } };
template <extent_t N, int I> struct repeat { constexpr symbol operator()(symbol x) const { return emit::repeat(x, N, I); } };
template <extent_t N, int I> struct roll { constexpr symbol operator()(symbol x) const { return emit::roll(x, N, I); } };
template <extent_t N, bool Upper> struct triangle { constexpr symbol operator()(symbol x) const { return emit::triangle(x, N, Upper); } };
struct diag { constexpr symbol operator()(symbol x) const { return emit::diag(x); } };
struct diag_part { constexpr symbol operator()(symbol x) const { return emit::diag_part(x); } };
// clang-format on
}  // namespace expr::functions

// clang-format off
/// x as a whole so many times over, along each axis.   tile(x, copies<1, 3>): (A,B) -> (A,3*B), 0 1 -> 0 1 0 1 0 1
///
/// types     all
/// errors    E111 cannot_broadcast_to: not one number per axis, or one below 0
/// gradient  summed over the copies
/// test      tests/expr/arrange_test.cpp
template <Operand A, extent_t... N> constexpr auto tile(const A& x, copy_counts<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::tile<N...>>(at, x); }
constexpr symbol tile(symbol x, std::initializer_list<extent_t> counts, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::tile(x, counts); }
/// Each element of an axis so many times over.   repeat(x, copies<3>, axis<1>): (A,B) -> (A,3*B), 0 1 -> 0 0 0 1 1 1
///
/// errors    E103 axis_out_of_range, E111 cannot_broadcast_to: a number below 0
/// gradient  summed over the copies
template <Operand A, extent_t N, int I> constexpr auto repeat(const A& x, copy_counts<N>, axis_numbers<I>, source_line at = source_line::current()) { return expr::call<expr::functions::repeat<N, I>>(at, x); }
constexpr symbol repeat(symbol x, extent_t count, int number, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::repeat(x, count, number); }
/// An axis turned around itself: element i goes to i + N, what leaves at the end enters at the start.   roll(x, places<1>, axis<0>): 0 1 2 -> 2 0 1
///
/// errors    E103 axis_out_of_range
/// edge      of an extent that is known only at run time: no further than that extent, else wrong_shape
/// gradient  turned back
template <Operand A, extent_t N, int I> constexpr auto roll(const A& x, place_count<N>, axis_numbers<I>, source_line at = source_line::current()) { return expr::call<expr::functions::roll<N, I>>(at, x); }
constexpr symbol roll(symbol x, extent_t count, int number, source_line at = source_line::current()) { ir::line_scope scope(x.g, at); return ir::emit::roll(x, count, number); }
/// x_ij where j - i >= N (triu), j - i <= N (tril), else 0; N is 0 unless given: triu(x, diagonal<1>).
///
/// shapes    (...,R,C) -> the same
/// errors    E112 matmul_needs_two_axes
/// gradient  dy in that triangle, 0 elsewhere
template <Operand A, extent_t N = 0> constexpr auto triu(const A& x, diagonal_number<N> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::triangle<N, true>>(at, x); }
template <Operand A, extent_t N = 0> constexpr auto tril(const A& x, diagonal_number<N> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::triangle<N, false>>(at, x); }
/// A vector as the diagonal of a matrix of zeros; stacks of them.   (...,N) -> (...,N,N)
template <Operand A> constexpr auto diag(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::diag>(at, x); }
/// The diagonal of a square matrix; of stacks of them.   (...,N,N) -> (...,N)
///
/// errors    E100 shapes_do_not_broadcast: the matrix is not square; E112 matmul_needs_two_axes
template <Operand A> constexpr auto diag_part(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::diag_part>(at, x); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
