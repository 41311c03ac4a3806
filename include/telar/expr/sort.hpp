// SPDX-License-Identifier: BSL-1.0
// Order: sort, the places of a sorted axis, the largest few.
#pragma once
#include <telar/expr/indexing.hpp>
#include <telar/expr/linear.hpp>

#include <array>

namespace telar::inline TELAR_ABI {

template <bool Descending> struct sort_order {};

/// From the smallest, or from the largest.
inline constexpr sort_order<false> ascending{};
inline constexpr sort_order<true> descending{};

namespace ir::emit {

/// f(x with one axis as its last), and that axis back in its place.
template <class F> constexpr symbol along_last(symbol x, int number, F f) {
    const int axis = axis_index(*x.g, number, x.rank(), x.extents()), last = x.rank() - 1;
    extent_t there[max_rank]{}, back[max_rank]{};
    for (int i = 0; i < last; ++i) there[i] = i < axis ? i : i + 1;
    if (last >= 0) there[last] = axis;
    for (int i = 0; i <= last; ++i) back[there[i]] = i;
    return last < 0 ? x.plain() : transpose(f(transpose(x, there)), back);
}

}  // namespace ir::emit

namespace expr::functions {
template <int N, bool Descending> struct sort {
    constexpr symbol operator()(symbol x) const {
        return emit::along_last(x, N, [](symbol y) { return emit::sort(y, Descending); });
    }
};
template <int N, bool Descending> struct argsort {
    constexpr symbol operator()(symbol x) const {
        const auto places = [](symbol y) { return emit::argsort(y, Descending, y.extents()[y.rank() - 1]); };
        return emit::along_last(x, N, places);
    }
};
template <extent_t Count> struct top_k {
    constexpr std::array<symbol, 2> operator()(symbol x) const {
        const int axis = emit::axis_index(*x.g, -1, x.rank(), x.extents());
        if (x.rank() == 0) return {x.plain(), x.plain()};
        const symbol places = emit::argsort(x, true, Count);
        return {emit::gather(x, places, axis, emit::outside::is_nothing), places};  // they are inside
    }
};
}  // namespace expr::functions

// clang-format off
/// The elements of an axis from the smallest to the largest.   sort(x, axis<0>, descending): from the largest
///
/// shapes    the same; the axis is the last unless given
/// types     numbers
/// errors    E103 axis_out_of_range, E113 needs_a_number
/// edge      NaN is larger than all else: last, or first if descending; 0 and -0 are equal, and keep their order
/// gradient  dy, back where the elements came from
/// test      tests/expr/sort_test.cpp
template <Operand A, int N = -1, bool D = false> constexpr auto sort(const A& x, axis_numbers<N> = {}, sort_order<D> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::sort<N, D>>(at, x); }
template <Operand A, bool D> constexpr auto sort(const A& x, sort_order<D>, source_line at = source_line::current()) { return expr::call<expr::functions::sort<-1, D>>(at, x); }
/// The places from which sort takes its elements: take_along_axis(x, argsort(x), axis<-1>) is sort(x).
///
/// types     numbers -> int64
/// errors    E103, E113
/// edge      of equal elements the lower place first, descending too
/// gradient  none
template <Operand A, int N = -1, bool D = false> constexpr auto argsort(const A& x, axis_numbers<N> = {}, sort_order<D> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::argsort<N, D>>(at, x); }
template <Operand A, bool D> constexpr auto argsort(const A& x, sort_order<D>, source_line at = source_line::current()) { return expr::call<expr::functions::argsort<-1, D>>(at, x); }
/// The K largest elements of the last axis, the largest first, and their places.   auto [values, places] = top_k<3>(x): (A,N) -> (A,3), (A,3)
///
/// types     numbers -> the same, int64
/// errors    E103, E110 slice_out_of_range: the axis has fewer elements; wrong_shape at run time
/// edge      as argsort, descending: NaN first; of equal elements the lower place, as TensorFlow's
/// gradient  of the values: dy, back where they came from
template <extent_t K, Operand A> constexpr auto top_k(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::top_k<K>>(at, x); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
