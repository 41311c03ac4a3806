// SPDX-License-Identifier: BSL-1.0
// Convolution and pooling: windows on the axes of space, which move nothing, then one matrix product or one reduction.
#pragma once
#include <telar/expr/movement.hpp>
#include <telar/expr/reduce.hpp>

namespace telar::inline TELAR_ABI {

template <extent_t... N> struct step_list {};
template <extent_t... N> struct dilation_list {};
template <extent_t... N> struct window_list {};
template <bool Same> struct padding_tag {};

/// By how many elements a window moves on; how far its elements are apart; how many it has. One number for each axis of
/// space, or one for all.
template <extent_t... N> inline constexpr step_list<N...> steps{};
template <extent_t... N> inline constexpr dilation_list<N...> dilations{};
template <extent_t... N> inline constexpr window_list<N...> window{};
/// Whole windows only; or zeros around x, so that the result has ceil(extent / step) places, as TensorFlow puts them.
inline constexpr padding_tag<false> valid_padding{};
inline constexpr padding_tag<true> same_padding{};

namespace emit {

/// The windows of a convolution or a pooling, per axis of space.
struct window_plan {
    extent_t size[2]{1, 1}, step[2]{1, 1}, dilation[2]{1, 1};
    bool is_same = false;

    constexpr void set(extent_t (&to)[2], std::initializer_list<extent_t> numbers) const {
        for (int i = 0; i < 2; ++i)
            if (numbers.size() > 0) to[i] = numbers.begin()[numbers.size() == 1 ? 0 : i];
    }
    constexpr window_places along(int i, int axis) const { return {axis, size[i], step[i], dilation[i]}; }
    /// How many zeros an axis gets, before and after it.
    struct zeros {
        extent_t before = 0, after = 0;
    };
    constexpr zeros around(int i, extent_t extent) const {
        if (!is_same) return {};
        const extent_t reach = along(i, 0).reach();
        extent_t all = reach - 1;
        if (step[i] != 1) {  // then the extent must be known
            const extent_t count = (extent + step[i] - 1) / step[i];
            all = (count - 1) * step[i] + reach - extent;
        }
        return all <= 0 ? zeros{} : zeros{all / 2, all - all / 2};
    }
};

/// x (batch, space..., channels) with zeros around its space. False if that takes an extent that is not known.
constexpr bool surround(symbol& x, const window_plan& p) {
    extent_t before[max_rank]{};
    shape to = x.extents();
    for (int i = 0; i + 2 < x.rank(); ++i) {
        const extent_t extent = x.g->dims.resolve(x.extents()[i + 1]);
        if (p.is_same && p.step[i] != 1 && !is_number(extent)) return false;
        const auto zeros = p.around(i, extent);
        before[i + 1] = zeros.before;
        to[i + 1] = x.g->dims.add(extent, zeros.before + zeros.after);
    }
    x = emit::pad(x, before, to);
    return true;
}
/// (batch, space..., channels) -> (batch, places..., elements..., channels)
constexpr symbol space_in_windows(symbol x, const window_plan& p) {
    const int space = x.rank() - 2;
    for (int i = 0; i < space; ++i) x = windows(x, p.along(i, 1 + 2 * i));
    if (space != 2 || x.rank() != 6) return x;
    const extent_t places_first[] = {0, 1, 3, 2, 4, 5};
    return emit::transpose(x, places_first);
}

/// (batch, space..., channels), with one axis of space or two.
constexpr bool has_space(symbol x) { return x.rank() == 3 || x.rank() == 4; }
constexpr symbol refuse_convolution(symbol x, symbol w) {
    x.g->fail({mistake_kind::convolution, op::windows, {}, {}, 0, x.extents(), w.extents(), 0});
    return x.plain();
}

constexpr symbol convolve(symbol x, symbol w, window_plan p) {
    graph& g = *x.g;
    const int space = x.rank() - 2;
    if (!has_space(x) || w.rank() != x.rank()) return refuse_convolution(x, w);
    for (int i = 0; i < space; ++i) {
        p.size[i] = g.dims.resolve(w.extents()[i]);
        if (!is_number(p.size[i])) return refuse_convolution(x, w);
    }
    const extent_t in = x.extents()[x.rank() - 1], out = w.extents()[w.rank() - 1];
    if (!g.dims.unify(in, w.extents()[space]) || !surround(x, p)) return refuse_convolution(x, w);
    const symbol apart = space_in_windows(x.plain(), p);
    if (apart.rank() != 2 * space + 2) return x.plain();  // a mistake has been recorded
    shape result, rows(1, 1);
    for (int i = 0; i <= space; ++i) result.append(apart.extents()[i]);
    rows[0] = g.dims.count(result);
    rows[1] = in;
    for (int i = 0; i < space; ++i) rows[1] = g.dims.multiply(rows[1], p.size[i]);
    result.append(out);
    return emit::reshape(emit::matmul(emit::reshape(apart, rows), emit::reshape(w, shape(rows[1], out))), result);
}

/// Bits of the axes of a window's elements.
constexpr unsigned window_axes(int space) { return ((1u << space) - 1) << (1 + space); }
constexpr symbol pool_max(symbol x, const window_plan& p) {
    graph& g = *x.g;
    const int space = x.rank() - 2;
    symbol y = x.plain(), inside = emit::broadcast_to(constant(g, dtype::boolean, 1), x.extents());
    if (!has_space(x) || !surround(y, p)) return refuse_convolution(x, x);
    if (p.is_same) {  // what is put around must lose against every element
        surround(inside, p);
        const double lowest = is_float(x.type())         ? -std::numeric_limits<double>::infinity()
                              : x.type() == dtype::int32 ? -2147483648.0
                              : x.type() == dtype::int64 ? -9223372036854775808.0
                                                         : 0.0;
        y = elementwise(op::select, inside, y, constant(g, x.type(), lowest));
    }
    const symbol apart = space_in_windows(y, p);
    if (apart.rank() != 2 * space + 2) return x.plain();
    return reduce(op::max, apart, window_axes(space), false, ties::first);
}
constexpr symbol pool_mean(symbol x, const window_plan& p) {
    const int space = x.rank() - 2;
    symbol y = x.plain(), inside = emit::broadcast_to(constant(*x.g, x.type(), 1), x.extents());
    if (!has_space(x) || !surround(y, p)) return refuse_convolution(x, x);
    const symbol apart = space_in_windows(y, p);
    if (apart.rank() != 2 * space + 2) return x.plain();
    const symbol total = reduce(op::sum, apart, window_axes(space), false);
    if (!p.is_same) return elementwise(op::div, total, reduced_count(apart, window_axes(space), x.type()));
    surround(inside, p);  // the zeros around do not count
    return elementwise(op::div, total, reduce(op::sum, space_in_windows(inside, p), window_axes(space), false));
}

}  // namespace emit

namespace functions {

template <class Steps, class Dilations, bool Same> struct convolution;
template <extent_t... S, extent_t... D, bool Same> struct convolution<step_list<S...>, dilation_list<D...>, Same> {
    constexpr symbol operator()(symbol x, symbol w) const {
        emit::window_plan p;
        p.set(p.step, {S...});
        p.set(p.dilation, {D...});
        p.is_same = Same;
        return emit::convolve(x, w, p);
    }
};
template <bool IsMax, class Window, class Steps, bool Same> struct pooling;
template <bool IsMax, extent_t... W, extent_t... S, bool Same>
struct pooling<IsMax, window_list<W...>, step_list<S...>, Same> {
    constexpr symbol operator()(symbol x) const {
        emit::window_plan p;
        p.set(p.size, {W...});
        p.set(p.step, {W...});  // windows stand side by side unless steps are given
        p.set(p.step, {S...});
        p.is_same = Same;
        return IsMax ? emit::pool_max(x, p) : emit::pool_mean(x, p);
    }
};

}  // namespace functions

// clang-format off
/// y[n, i, o] = sum over window elements j and channels c of x[n, i step + j dilation, c] w[j, c, o]: Keras' Conv1D and
/// Conv2D without bias (add it: conv(x, w) + b).
///
/// shapes    conv(x, w): (N,L,C) x (K,C,O) -> (N,L-K+1,O); (N,H,W,C) x (KH,KW,C,O) -> (N,H-KH+1,W-KW+1,O)
///           conv(x, w, steps<2>, same_padding): (N,H,W,C) -> (N,ceil(H/2),ceil(W/2),O); conv(x, w, steps<1>, dilations<2>)
/// types     numbers, both alike
/// errors    E125 window_does_not_fit, E126 convolution_does_not_fit, E105 element_types_differ
/// edge      `same_padding` with steps above 1 needs extents that are known
/// gradient  of the windows and the product
/// test      tests/expr/convolution_test.cpp
template <class A, class B, extent_t... S, bool Same = false> requires Operands<A, B> constexpr auto conv(const A& x, const B& w, step_list<S...> = {}, padding_tag<Same> = {}, line at = line::current()) { return call<functions::convolution<step_list<S...>, dilation_list<>, Same>>(at, x, w); }
template <class A, class B, bool Same> requires Operands<A, B> constexpr auto conv(const A& x, const B& w, padding_tag<Same>, line at = line::current()) { return call<functions::convolution<step_list<>, dilation_list<>, Same>>(at, x, w); }
template <class A, class B, extent_t... S, extent_t... D, bool Same = false> requires Operands<A, B> constexpr auto conv(const A& x, const B& w, step_list<S...>, dilation_list<D...>, padding_tag<Same> = {}, line at = line::current()) { return call<functions::convolution<step_list<S...>, dilation_list<D...>, Same>>(at, x, w); }

/// The largest element, or the mean, of each window in the space of x.   max_pool(x, window<2>): (N,H,W,C) -> (N,H/2,W/2,C)
///
/// shapes    (N,L,C) or (N,H,W,C); steps are those of the window unless given: max_pool(x, window<3>, steps<2>, same_padding)
/// types     max_pool numbers; mean_pool floats
/// errors    E125 window_does_not_fit, E126 convolution_does_not_fit: x has no space, or `same_padding` needs an extent that is not known
/// edge      what `same_padding` puts around x is never the largest and is not counted in the mean, as in TensorFlow
/// gradient  max_pool: to the first of equal elements, as TensorFlow's
template <Operand A, extent_t... W, extent_t... S, bool Same = false> constexpr auto max_pool(const A& x, window_list<W...>, step_list<S...> = {}, padding_tag<Same> = {}, line at = line::current()) { return call<functions::pooling<true, window_list<W...>, step_list<S...>, Same>>(at, x); }
template <Operand A, extent_t... W, bool Same> constexpr auto max_pool(const A& x, window_list<W...>, padding_tag<Same>, line at = line::current()) { return call<functions::pooling<true, window_list<W...>, step_list<>, Same>>(at, x); }
template <Operand A, extent_t... W, extent_t... S, bool Same = false> constexpr auto mean_pool(const A& x, window_list<W...>, step_list<S...> = {}, padding_tag<Same> = {}, line at = line::current()) { return call<functions::pooling<false, window_list<W...>, step_list<S...>, Same>>(at, x); }
template <Operand A, extent_t... W, bool Same> constexpr auto mean_pool(const A& x, window_list<W...>, padding_tag<Same>, line at = line::current()) { return call<functions::pooling<false, window_list<W...>, step_list<>, Same>>(at, x); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
