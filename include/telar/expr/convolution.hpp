// SPDX-License-Identifier: BSL-1.0
// Convolution: windows on the axes of space, which move nothing, then one matrix product that walks through them.
#pragma once
#include <telar/expr/pooling.hpp>

namespace telar::inline TELAR_ABI {

namespace ir::emit {

/// One product for each group, on its part of the channels.
constexpr symbol convolve(symbol x, symbol w, window_plan p);
constexpr symbol convolve_groups(symbol x, symbol w, const window_plan& p) {
    dimensions& dims = x.g->dims;
    const int last = x.rank() - 1;
    const extent_t in = dims.resolve(x.extents()[last]), out = dims.resolve(w.extents()[last]);
    const bool fits = p.groups > 0 && is_number(in) && is_number(out) && in % p.groups == 0 && out % p.groups == 0;
    if (!fits) return refuse_convolution(x, w);
    window_plan one = p;
    one.groups = 1;
    return side_by_side(0, p.groups, last, [&](extent_t g) {
        return convolve(part_of_axis(x, last, g * (in / p.groups), in / p.groups),
                        part_of_axis(w, last, g * (out / p.groups), out / p.groups), one);
    });
}
/// The extents of a kernel's space are those of the windows. False if they are not known.
constexpr bool take_sizes(window_plan& p, symbol w) {
    for (int i = 0; i + 2 < w.rank(); ++i) {
        p.size[i] = w.g->dims.resolve(w.extents()[i]);
        if (!is_number(p.size[i])) return false;
    }
    return true;
}
/// The plan of the axes of space behind the first.
constexpr window_plan behind_the_first(const window_plan& p) {
    window_plan rest;
    for (int i = 0; i + 1 < most_space; ++i) {
        rest.size[i] = p.size[i + 1];
        rest.step[i] = p.step[i + 1];
        rest.dilation[i] = p.dilation[i + 1];
    }
    return rest;
}
/// Three axes of space, by two: the elements of a window along the first become channels.
/// x (N,D,H,W,C), w (KD,KH,KW,C,O): (N D',H,W,KD C), (KH,KW,KD C,O)
constexpr symbol convolve_volumes(symbol x, symbol w, const window_plan& p) {
    dimensions& dims = x.g->dims;
    const symbol apart = windows(x.plain(), p.along(0, 1));  // (N,D',KD,H,W,C)
    if (apart.rank() == x.rank()) return x.plain();          // a mistake has been recorded
    const extent_t elements_behind[] = {0, 1, 3, 4, 2, 5}, first_behind[] = {1, 2, 0, 3, 4};
    const shape a = apart.extents(), k = w.extents();
    const extent_t channels = dims.multiply(a[2], a[5]);
    const symbol images =
        emit::reshape(emit::transpose(apart, elements_behind), shape(dims.multiply(a[0], a[1]), a[3], a[4], channels));
    const symbol kernel = emit::reshape(emit::transpose(w, first_behind), shape(k[1], k[2], channels, k[4]));
    const symbol y = convolve(images, kernel, behind_the_first(p));
    return y.rank() == 4 ? emit::reshape(y, shape(a[0], a[1], y.extents()[1], y.extents()[2], k[4])) : y;
}
constexpr symbol convolve(symbol x, symbol w, window_plan p) {
    graph& g = *x.g;
    const int space = x.rank() - 2;
    if (!has_space(x) || w.rank() != x.rank() || !take_sizes(p, w)) return refuse_convolution(x, w);
    if (p.groups != 1) return convolve_groups(x, w, p);
    const extent_t in = x.extents()[x.rank() - 1], out = w.extents()[w.rank() - 1];
    if (!g.dims.unify(in, w.extents()[space]) || !surround(x, p)) return refuse_convolution(x, w);
    if (space == 3) return convolve_volumes(x, w, p);
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

/// Each channel on its own: a sum over the elements of its windows, for each of its M kernels.
constexpr symbol convolve_depthwise(symbol x, symbol w, window_plan p) {
    graph& g = *x.g;
    const int space = x.rank() - 2, last = x.rank() - 1;
    const bool fits = has_space(x) && space <= 2 && w.rank() == x.rank() && p.groups == 1 && take_sizes(p, w);
    if (!fits || !g.dims.unify(x.extents()[last], w.extents()[space])) return refuse_convolution(x, w);
    const extent_t in = w.extents()[space], multiples = g.dims.resolve(w.extents()[last]);
    if (!is_number(multiples) || multiples < 1 || !surround(x, p)) return refuse_convolution(x, w);
    const symbol apart = space_in_windows(x.plain(), p);
    if (apart.rank() != 2 * space + 2) return x.plain();  // a mistake has been recorded
    shape kernel, single, result;
    for (int i = 0; i <= space; ++i) {
        kernel.append(w.extents()[i]);
        single.append(apart.extents()[i]);
        result.append(apart.extents()[i]);
    }
    single.append(in);
    single.append(1);
    result.append(g.dims.multiply(in, multiples));
    const symbol y = side_by_side(0, multiples, last + 1, [&](extent_t m) {
        const symbol one = emit::reshape(part_of_axis(w, last, m, 1), kernel);
        return emit::reshape(reduce(op::sum, elementwise(op::mul, apart, one), window_axes(space), false), single);
    });
    return emit::reshape(y, result);
}

/// The transpose of a convolution: each place of x gives a window, and windows that overlap are added.
constexpr symbol convolve_transposed(symbol x, symbol w, window_plan p) {
    graph& g = *x.g;
    const int space = x.rank() - 2, last = x.rank() - 1;
    const bool fits = has_space(x) && w.rank() == x.rank() && p.groups == 1 && take_sizes(p, w);
    if (!fits || !g.dims.unify(x.extents()[last], w.extents()[last])) return refuse_convolution(x, w);
    const extent_t in = x.extents()[last], out = w.extents()[space];
    shape whole = x.extents(), size = x.extents();
    extent_t start[max_rank]{}, elements = out;
    for (int i = 0; i < space; ++i) {
        elements = g.dims.multiply(elements, p.size[i]);
        const extent_t reach = p.along(i, 0).reach(), stepped = g.dims.multiply(x.extents()[i + 1], p.step[i]);
        if (p.size[i] < 1 || p.step[i] < 1 || p.dilation[i] < 1) {
            g.fail({mistake_kind::window,
                    op::windows,
                    {},
                    {},
                    i + 1,
                    x.extents(),
                    shape(p.size[i], p.step[i], p.dilation[i]),
                    0});
            return x.plain();
        }
        const bool is_cut = p.before[i] != 0 || p.after[i] != 0;
        whole[i + 1] = reach >= p.step[i] ? g.dims.add(stepped, reach - p.step[i])
                       : is_cut           ? g.dims.subtract(stepped, p.step[i] - reach)
                                          : stepped;
        start[i + 1] = p.is_same ? std::max<extent_t>(reach - p.step[i], 0) / 2 : p.before[i];
        const bool is_left =
            p.is_same || (g.dims.require_at_most(std::max<extent_t>(p.step[i] - reach, 0), stepped) &&
                          g.dims.require_at_most(saturating_add(p.before[i], p.after[i]), whole[i + 1]));
        if (!is_left) {
            g.fail({mistake_kind::slice_range, op::slice, {}, {}, i + 1, x.extents(), {}, 0});
            return x.plain();
        }
        size[i + 1] = p.is_same ? stepped : g.dims.subtract(whole[i + 1], saturating_add(p.before[i], p.after[i]));
    }
    whole[last] = size[last] = out;
    const shape rows(g.dims.count(without(x.extents(), 1u << last)), in);
    symbol y = emit::matmul(emit::reshape(x, rows), emit::swap_last(emit::reshape(w, shape(elements, in))));
    const auto count = [&](const shape& s, int from, int to) {
        extent_t n = 1;
        for (int i = from; i < to; ++i) n = g.dims.multiply(n, s[i]);
        return n;
    };
    extent_t others = 1;  // elements of a window along the axes that are to come
    for (int i = 0; i < space; ++i) others *= p.size[i];
    for (int i = space - 1; i >= 0; --i) {
        others /= p.size[i];
        const extent_t before = count(x.extents(), 0, i + 1), behind = count(whole, i + 2, last);
        const extent_t beside_their_places[] = {0, 1, 4, 2, 3, 5};
        const symbol apart = emit::transpose(
            emit::reshape(y, shape(before, x.extents()[i + 1], behind, others, p.size[i], out)), beside_their_places);
        y = overlap_add(apart, p.along(i, 1), shape(before, whole[i + 1], behind, others, out));
    }
    return emit::slice(emit::reshape(y, whole), start, size);
}

}  // namespace ir::emit

/// Each applies a convolution to symbols; the options are types.
namespace expr::functions {

template <class... Options> struct convolution {
    constexpr symbol operator()(symbol x, symbol w) const {
        const emit::window_plan p = emit::plan_of<Options...>();
        return emit::on_channels_last(x, p, [&](symbol s) { return emit::convolve(s, w, p); });
    }
};
template <class... Options> struct depthwise_convolution {
    constexpr symbol operator()(symbol x, symbol w) const {
        const emit::window_plan p = emit::plan_of<Options...>();
        return emit::on_channels_last(x, p, [&](symbol s) { return emit::convolve_depthwise(s, w, p); });
    }
};
template <class... Options> struct transposed_convolution {
    constexpr symbol operator()(symbol x, symbol w) const {
        const emit::window_plan p = emit::plan_of<Options...>();
        return emit::on_channels_last(x, p, [&](symbol s) { return emit::convolve_transposed(s, w, p); });
    }
};

}  // namespace expr::functions

// clang-format off
/// y[n, i, o] = sum over window elements j and channels c of x[n, i step + j dilation, c] w[j, c, o]: Keras' Conv1D,
/// Conv2D and Conv3D without bias (add it: conv(x, w) + b).
///
/// shapes    conv(x, w): (N,L,C) x (K,C,O) -> (N,L-K+1,O); (N,H,W,C) x (KH,KW,C,O) -> (N,H-KH+1,W-KW+1,O);
///           (N,D,H,W,C) x (KD,KH,KW,C,O) -> (N,D-KD+1,H-KH+1,W-KW+1,O)
///           conv(x, w, steps<2>, same_padding): (N,H,W,C) -> (N,ceil(H/2),ceil(W/2),O)
///           conv(x, w, groups<2>): (N,H,W,C) x (KH,KW,C/2,O): each half of the channels gives half of the result's
/// options   steps, dilations, same_padding or padding<...>, groups, channels_first (of x and y), in any order
/// types     numbers, both alike
/// errors    E125 window_does_not_fit, E126 convolution_does_not_fit, E129 window_numbers_do_not_fit,
///           E105 element_types_differ
/// edge      `same_padding` with steps above 1 needs extents that are known
/// gradient  of the windows and the product
/// test      tests/expr/convolution_test.cpp
template <class A, class B, WindowOption P = no_option, WindowOption Q = no_option, WindowOption R = no_option, WindowOption S = no_option, WindowOption T = no_option> requires Operands<A, B> constexpr auto conv(const A& x, const B& w, P = {}, Q = {}, R = {}, S = {}, T = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::convolution<P, Q, R, S, T>>>(at, x, w); }

/// Each channel convolved by kernels of its own: y[n, i, c M + m] = sum_j x[n, i step + j dilation, c] w[j, c, m], as
/// tf.nn.depthwise_conv2d.
///
/// shapes    (N,L,C) x (K,C,M) -> (N,L-K+1,C M); (N,H,W,C) x (KH,KW,C,M) -> (N,H-KH+1,W-KW+1,C M)
/// options   as conv, but groups
/// types     numbers, both alike
/// errors    E125, E126, E129, E105
/// gradient  of the windows, the products and the sums
/// lowers to one loop for each m: windows are read in place, multiplied and summed
/// test      tests/expr/convolution_test.cpp
template <class A, class B, WindowOption P = no_option, WindowOption Q = no_option, WindowOption R = no_option, WindowOption S = no_option, WindowOption T = no_option> requires Operands<A, B> constexpr auto depthwise_conv(const A& x, const B& w, P = {}, Q = {}, R = {}, S = {}, T = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::depthwise_convolution<P, Q, R, S, T>>>(at, x, w); }

/// The transpose of conv, by which it gives the gradient of its x: each place of x adds x[n, i, :] w^T to the window that
/// it stands for; as tf.nn.conv2d_transpose, and Keras' Conv2DTranspose without bias.
///
/// shapes    (N,L,C) x (K,O,C) -> (N,L step + max(K - step, 0),O), the kernel being conv's; (N,H,W,C) x (KH,KW,O,C)
///           likewise. `same_padding`: (N,H step,W step,O). padding<p>: p less on each side of (L-1) step + K
/// options   as conv, but groups
/// types     numbers, both alike
/// errors    E125, E126, E129, E105, E110 slice_out_of_range: more padding than there is
/// gradient  conv
/// test      tests/expr/convolution_test.cpp
template <class A, class B, WindowOption P = no_option, WindowOption Q = no_option, WindowOption R = no_option, WindowOption S = no_option, WindowOption T = no_option> requires Operands<A, B> constexpr auto conv_transpose(const A& x, const B& w, P = {}, Q = {}, R = {}, S = {}, T = {}, source_line at = source_line::current()) { return expr::call<expr::functions::composed<expr::functions::transposed_convolution<P, Q, R, S, T>>>(at, x, w); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
