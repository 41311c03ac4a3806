// SPDX-License-Identifier: BSL-1.0
// What an operation's type must know: axes, extents, positions. They are tags, so that sum(x, axis<1>) works on tensors
// and expressions; inside a traced function, where shapes are values, plain numbers do as well: sum(x, 1).
#pragma once
#include <telar/expr/math.hpp>

#include <initializer_list>
#include <limits>

namespace telar::inline TELAR_ABI {

template <int... N> struct axis_numbers {};
template <extent_t... N> struct extent_list {};
template <extent_t... N> struct start_list {};
template <extent_t... N> struct size_list {};
template <extent_t... N> struct before_list {};
template <extent_t... N> struct after_list {};
template <extent_t From, extent_t To, extent_t Step = 1> struct index_range {};
template <extent_t N> struct depth_number {};
template <extent_t N> struct group_count {};
template <extent_t... N> struct argument_numbers {};
template <bool Keep> struct kept_dims {};
struct logits_tag {};

/// Axes, counted from 0, or from -1, the last. axis<> is every axis. axes<1, 0> reads better where there are several.
template <int... N> inline constexpr axis_numbers<N...> axis{};
template <int... N> inline constexpr axis_numbers<N...> axes{};
/// A shape. -1 stands for what remains (reshape) or for the operand's own extent (broadcast_to).
template <extent_t... N> inline constexpr extent_list<N...> extents{};
/// Where a slice starts and how many elements it takes, per axis; a size of -1 reaches to the end.
template <extent_t... N> inline constexpr start_list<N...> starts{};
template <extent_t... N> inline constexpr size_list<N...> sizes{};
/// How many zeros to put before and after, per axis.
template <extent_t... N> inline constexpr before_list<N...> before{};
template <extent_t... N> inline constexpr after_list<N...> after{};
/// From, From + Step, ... before To of one axis, as Python's [From:To:Step]: negative numbers count from the end, a
/// negative step goes backwards.
inline constexpr extent_t to_the_end = std::numeric_limits<extent_t>::max();
inline constexpr extent_t to_the_start = std::numeric_limits<extent_t>::min();
template <extent_t From, extent_t To = to_the_end, extent_t Step = 1>
inline constexpr index_range<From, To, Step> range{};
/// The arguments of a function, counted from 0, or from -1, the last: grad(f, argnums<0, 2>).
template <extent_t... N> inline constexpr argument_numbers<N...> argnums{};
/// The number of classes of one_hot.
template <extent_t N> inline constexpr depth_number<N> depth{};
/// The channels are cut into so many groups: each is convolved by its own part of the kernel, or normalised by itself.
template <extent_t N> inline constexpr group_count<N> groups{};
/// Reduced axes stay, with extent 1.
inline constexpr kept_dims<true> keep_dims{};
/// The predictions of a loss are logits: no softmax or sigmoid was taken.
inline constexpr logits_tag from_logits{};

namespace ir::emit {

/// 0 <= axis < rank, or a mistake about the shape `of`; then some valid axis.
constexpr int axis_index(graph& g, int number, int rank, const shape& of) {
    const int i = number < 0 ? number + rank : number;
    if (i >= 0 && i < rank) return i;
    g.fail({mistake_kind::axis, op::leaf, {}, {}, number, of, {}, 0});
    return 0;
}
/// One bit per named axis of a value of that rank.
constexpr unsigned axis_bits(graph& g, std::initializer_list<int> numbers, int rank, const shape& of) {
    unsigned bits = 0;
    for (const int number : numbers) {
        const unsigned bit = 1u << axis_index(g, number, rank, of);
        if (bits & bit) g.fail({mistake_kind::axis, op::leaf, {}, {}, number, of, {}, 0});
        if (rank > 0) bits |= bit;
    }
    return bits;
}
/// The axes of an operand; none named means all.
constexpr unsigned axis_bits(symbol x, std::initializer_list<int> numbers) {
    if (numbers.size() == 0) return (1u << x.rank()) - 1;
    return axis_bits(*x.g, numbers, x.rank(), x.extents());
}
constexpr bool has_axis(unsigned bits, int i) { return (bits >> i & 1) != 0; }

}  // namespace ir::emit

}  // namespace telar::inline TELAR_ABI
