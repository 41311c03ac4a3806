// SPDX-License-Identifier: BSL-1.0
// Pooling: windows on the axes of space, which move nothing, then one reduction; and its inverse in extents, upsampling
// and resizing.
#pragma once
#include <telar/expr/indexing.hpp>
#include <telar/expr/window_options.hpp>

namespace telar::inline TELAR_ABI {

struct bilinear_tag {};
struct nearest_neighbor_tag {};
/// Upsampling, resizing: the elements between are means of their neighbours, weighted by how near they are.
inline constexpr bilinear_tag bilinear{};
/// Resizing: each element is that of x which lies nearest.
inline constexpr nearest_neighbor_tag nearest_neighbor{};

namespace ir::emit {

/// Each window of x reduced. Three axes of space go one by one: windows on all of them would have too many axes. The
/// last goes first, so that the first of equal elements is the same.
constexpr symbol reduce_windows(op k, symbol x, const window_plan& p) {
    const int space = x.rank() - 2;
    if (space <= 2) {
        const symbol apart = space_in_windows(x, p);
        if (apart.rank() != 2 * space + 2) return x.plain();  // a mistake has been recorded
        return reduce(k, apart, window_axes(space), false, ties::first);
    }
    for (int i = space - 1; i >= 0; --i) {
        const symbol apart = windows(x, p.along(i, i + 1));
        if (apart.rank() == x.rank()) return x.plain();
        x = reduce(k, apart, 1u << (i + 2), false, ties::first);
    }
    return x;
}
constexpr symbol pool_max(symbol x, const window_plan& p) {
    graph& g = *x.g;
    if (has_space(x) && !require_elements(x, p)) return x.plain();
    symbol y = x.plain(), inside = emit::broadcast_to(constant(g, dtype::boolean, 1), x.extents());
    if (!has_space(x) || !surround(y, p)) return refuse_convolution(x, x);
    if (p.is_padded()) {  // what is put around must lose against every element
        surround(inside, p);
        const double lowest = is_float(x.type()) ? -std::numeric_limits<double>::infinity()
                                                 : static_cast<double>(lowest_integer(x.type()));
        y = elementwise(op::select, inside, y, constant(g, x.type(), lowest));
    }
    return reduce_windows(op::max, y, p);
}
constexpr symbol pool_mean(symbol x, const window_plan& p) {
    if (has_space(x) && !require_elements(x, p)) return x.plain();
    symbol y = x.plain(), inside = emit::broadcast_to(constant(*x.g, x.type(), 1), x.extents());
    if (!has_space(x) || !surround(y, p)) return refuse_convolution(x, x);
    const symbol total = reduce_windows(op::sum, y, p);
    if (!p.is_padded()) {
        double count = 1;
        for (int i = 0; i + 2 < x.rank(); ++i) count *= static_cast<double>(p.size[i]);
        return elementwise(op::div, total, constant(*x.g, x.type(), count));
    }
    surround(inside, p);  // the zeros around do not count
    return elementwise(op::div, total, reduce_windows(op::sum, inside, p));
}

/// Each element of an axis `times` times over; or, bilinear, elements that lie evenly between it and its neighbours.
constexpr symbol stretch(symbol x, int axis, extent_t times, bool is_bilinear) {
    graph& g = *x.g;
    shape apart, wide, whole = x.extents();
    for (int i = 0; i < x.rank(); ++i) {
        apart.append(x.extents()[i]);
        wide.append(x.extents()[i]);
        if (i == axis) apart.append(1), wide.append(times);
    }
    const extent_t n = x.extents()[axis];
    if (is_bilinear) g.dims.require_at_most(1, n);  // where that is known to be false, a part below is refused
    whole[axis] = g.dims.multiply(n, times);
    const auto spread = [&](symbol s) { return emit::reshape(s, apart); };
    if (!is_bilinear) return emit::reshape(emit::broadcast_to(spread(x), wide), whole);
    // Element r of an element's `times` lies (r + 1/2) / times - 1/2 beside it; x stands still beyond its ends.
    const extent_t all_but_one = g.dims.subtract(n, 1);
    const symbol before = emit::concat(part_of_axis(x, axis, 0, 1), part_of_axis(x, axis, 0, all_but_one), axis);
    const symbol after =
        emit::concat(part_of_axis(x, axis, 1, all_but_one), part_of_axis(x, axis, all_but_one, 1), axis);
    shape along(times);
    for (int i = axis + 1; i < x.rank(); ++i) along.append(1);
    const symbol beside =
        emit::reshape((emit::iota(g, times, x.type()) + 0.5) / static_cast<double>(times) - 0.5, along);
    const symbol left = emit::elementwise(op::relu, -beside), right = emit::elementwise(op::relu, beside);
    return emit::reshape(spread(x) * (1 - left - right) + spread(before) * left + spread(after) * right, whole);
}

/// `count` elements spread evenly over an axis: element k lies at (k + 1/2) n / count - 1/2. All in whole numbers.
constexpr symbol resample(symbol x, int axis, extent_t count, bool is_bilinear) {
    graph& g = *x.g;
    const extent_t n = x.extents()[axis];
    if (g.dims.resolve(n) == count) return x.plain();
    if (!g.dims.require_at_most(1, n)) {
        shape one = x.extents();
        one[axis] = 1;
        g.fail({mistake_kind::slice_range, op::gather, {}, {}, axis, x.extents(), one, 0});
        return x.plain();
    }
    const symbol extent = emit::extent(g, n, dtype::int64), twice = emit::iota(g, count, dtype::int64) * 2 + 1;
    const symbol parts = constant(g, dtype::int64, static_cast<double>(2 * count));
    const auto at = [&](symbol places) { return gather_lines(x, places, axis, 0, outside::is_nothing); };
    if (!is_bilinear) return at(elementwise(op::div, twice * extent, parts));
    const symbol place = twice * extent - count, rest = elementwise(op::floor_mod, place, parts);
    const symbol before = elementwise(op::div, place - rest, parts), zero = constant(g, dtype::int64, 0);
    const symbol left = at(elementwise(op::maximum, before, zero));
    const symbol right = at(elementwise(op::minimum, before + 1, extent - 1));
    shape along(count);
    for (int i = axis + 1; i < x.rank(); ++i) along.append(1);
    const symbol share = emit::reshape(emit::cast(rest, x.type()) / static_cast<double>(2 * count), along);
    return left + (right - left) * share;
}

}  // namespace ir::emit

/// Each applies a pooling to a symbol; the options are types.
namespace expr::functions {

template <bool IsMax, class... Options> struct pooling {
    constexpr symbol operator()(symbol x) const {
        emit::window_plan p = emit::plan_of<Options...>();
        for (int i = 0; i < emit::most_space && !p.has_steps; ++i) p.step[i] = p.size[i];  // windows stand side by side
        return emit::on_channels_last(x, p,
                                      [&](symbol s) { return IsMax ? emit::pool_max(s, p) : emit::pool_mean(s, p); });
    }
};
template <bool IsMax, class... Options> struct global_pooling {
    constexpr symbol operator()(symbol x) const {
        if (!emit::has_space(x)) return emit::refuse_convolution(x, x);
        const unsigned all = (1u << x.rank()) - 1;
        const unsigned space =
            emit::plan_of<Options...>().is_channels_first ? all & ~3u : all & ~1u & ~(1u << (x.rank() - 1));
        if constexpr (IsMax) return reduce<op::max>{}(x, space, false);
        else return mean{}(x, space, false);
    }
};
template <bool IsBilinear, class Times, class... Options> struct upsampling {
    constexpr symbol operator()(symbol x) const {
        const emit::window_plan p = emit::plan_of<Times, Options...>();
        return emit::on_channels_last(x, p, [&](symbol s) {
            bool fits = emit::has_space(s);
            for (int i = 0; fits && i + 2 < s.rank(); ++i) fits = p.step[i] >= 1;
            if (!fits) return emit::refuse_convolution(s, s);
            symbol y = s.plain();
            for (int i = 0; i + 2 < s.rank(); ++i) y = emit::stretch(y, i + 1, p.step[i], IsBilinear);
            return y;
        });
    }
};

template <bool IsBilinear, class Extents, class... Options> struct resizing;
template <bool IsBilinear, extent_t... N, class... Options> struct resizing<IsBilinear, extent_list<N...>, Options...> {
    constexpr symbol operator()(symbol x) const {
        constexpr extent_t extents[] = {N..., 0};
        constexpr int count = static_cast<int>(sizeof...(N));
        return emit::on_channels_last(x, emit::plan_of<Options...>(), [&](symbol s) {
            bool fits = emit::has_space(s) && s.rank() == count + 2;
            for (int i = 0; fits && i < count; ++i) fits = extents[i] >= 1;
            if (!fits) return emit::refuse_convolution(s, s);
            if (IsBilinear && !is_float(s.type()))
                s.g->fail({mistake_kind::needs_float, op::gather, s.type(), s.type(), 0, s.extents(), {}, 0});
            symbol y = s.plain();
            for (int i = 0; i < count && s.g->error.what == mistake_kind::none; ++i)
                y = emit::resample(y, i + 1, extents[i], IsBilinear);
            return y;
        });
    }
};

}  // namespace expr::functions

// clang-format off
/// The largest element, or the mean, of each window in the space of x.   max_pool(x, window<2>): (N,H,W,C) -> (N,H/2,W/2,C)
///
/// shapes    (N,L,C), (N,H,W,C) or (N,D,H,W,C), with `channels_first` (N,C,...); steps are those of the window unless
///           given: max_pool(x, window<3>, steps<2>, same_padding). Other options: padding<1>, dilations<2>
/// types     max_pool numbers; mean_pool floats
/// errors    E125 window_does_not_fit, E129 window_numbers_do_not_fit, E126 convolution_does_not_fit: x has no space, or
///           `same_padding` needs an extent that is not known; E206 window_in_padding; at run time wrong_shape
/// edge      what stands around x is never the largest and is not counted in the mean, as in TensorFlow
/// gradient  max_pool: to the first of equal elements, as TensorFlow's
/// test      tests/expr/pooling_test.cpp
template <Operand A, extent_t... N, WindowOption P = no_option, WindowOption Q = no_option, WindowOption R = no_option, WindowOption S = no_option, WindowOption T = no_option> constexpr auto max_pool(const A& x, window_list<N...>, P = {}, Q = {}, R = {}, S = {}, T = {}, source_line at = source_line::current()) { return expr::call<expr::functions::pooling<true, window_list<N...>, P, Q, R, S, T>>(at, x); }
template <Operand A, extent_t... N, WindowOption P = no_option, WindowOption Q = no_option, WindowOption R = no_option, WindowOption S = no_option, WindowOption T = no_option> constexpr auto mean_pool(const A& x, window_list<N...>, P = {}, Q = {}, R = {}, S = {}, T = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::pooling<false, window_list<N...>, P, Q, R, S, T>>>(at, x); }

/// The largest element, or the mean, of all places of each channel: (N,L,C), (N,H,W,C) or (N,D,H,W,C) -> (N,C);
/// with `channels_first` (N,C,...) -> (N,C).
///
/// types     global_max_pool numbers; global_mean_pool floats
/// errors    E126 convolution_does_not_fit: x has no space
/// gradient  that of max and of mean: equal elements share it
/// test      tests/expr/pooling_test.cpp
template <Operand A, WindowOption P = no_option> constexpr auto global_max_pool(const A& x, P = {}, source_line at = source_line::current()) { return expr::call<expr::functions::global_pooling<true, P>>(at, x); }
template <Operand A, WindowOption P = no_option> constexpr auto global_mean_pool(const A& x, P = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::global_pooling<false, P>>>(at, x); }

/// Each place so many times over, per axis of space: upsample<2>(x), upsample<2, 3>(x); or places evenly between it and
/// its neighbours: upsample<2>(x, bilinear). As Keras' UpSampling1D, UpSampling2D and UpSampling3D.
///
/// shapes    (N,L,C) -> (N,2L,C); (N,H,W,C) -> (N,2H,2W,C); `channels_first`: (N,C,H,W) -> (N,C,2H,2W)
/// types     any; bilinear floats
/// errors    E126 convolution_does_not_fit: x has no space, or is to become nothing; E129 window_numbers_do_not_fit;
///           bilinear E110 slice_out_of_range: an extent of space is 0; at run time wrong_shape
/// edge      beyond its ends x stands still
/// gradient  of its parts
/// test      tests/expr/pooling_test.cpp
template <extent_t... Times, Operand A, WindowOption P = no_option> constexpr auto upsample(const A& x, P = {}, source_line at = source_line::current()) { return expr::call<expr::functions::upsampling<false, step_list<Times...>, P>>(at, x); }
template <extent_t... Times, Operand A, WindowOption P = no_option> constexpr auto upsample(const A& x, bilinear_tag, P = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::upsampling<true, step_list<Times...>, P>>>(at, x); }

/// x with other extents of space, as tf.image.resize: element k of an axis lies at (k + 1/2) n / m - 1/2, between two
/// elements of x, or is that which lies nearest.   resize(x, extents<64, 48>): (N,H,W,C) -> (N,64,48,C)
///
/// shapes    (N,L,C), (N,H,W,C) or (N,D,H,W,C), an extent for each axis of space; `channels_first`: (N,C,...)
/// types     floats; resize(x, extents<64, 48>, nearest_neighbor): any
/// errors    E126 convolution_does_not_fit: x has another number of axes, or is to become nothing; E106; E110
///           slice_out_of_range: an extent of space is 0; at run time wrong_shape
/// edge      beyond its ends x stands still; a smaller image skips elements (TensorFlow's antialias=False)
/// gradient  of its parts
/// test      tests/fixtures/convolution_test.cpp
template <Operand A, extent_t... N, WindowOption P = no_option> constexpr auto resize(const A& x, extent_list<N...>, P = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::resizing<true, extent_list<N...>, P>>>(at, x); }
template <Operand A, extent_t... N, WindowOption P = no_option> constexpr auto resize(const A& x, extent_list<N...>, bilinear_tag, P = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::resizing<true, extent_list<N...>, P>>>(at, x); }
template <Operand A, extent_t... N, WindowOption P = no_option> constexpr auto resize(const A& x, extent_list<N...>, nearest_neighbor_tag, P = {}, source_line at = source_line::current()) { return expr::call<expr::functions::resizing<false, extent_list<N...>, P>>(at, x); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
