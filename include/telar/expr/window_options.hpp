// SPDX-License-Identifier: BSL-1.0
// What convolutions and pools are told of their windows, by tags in any order; and the windows themselves.
#pragma once
#include <telar/expr/movement.hpp>
#include <telar/expr/reduce.hpp>

namespace telar::inline TELAR_ABI {

template <extent_t... N> struct step_list {};
template <extent_t... N> struct dilation_list {};
template <extent_t... N> struct window_list {};
template <extent_t... N> struct padding_list {};
template <bool Same> struct padding_tag {};
struct channels_first_tag {};
struct no_option {};

/// By how many elements a window moves on; how far its elements are apart; how many it has. One number for each axis of
/// space, or one for all.
template <extent_t... N> inline constexpr step_list<N...> steps{};
template <extent_t... N> inline constexpr dilation_list<N...> dilations{};
template <extent_t... N> inline constexpr window_list<N...> window{};
/// Whole windows only; or zeros around x, so that the result has ceil(extent / step) places, as TensorFlow puts them.
inline constexpr padding_tag<false> valid_padding{};
inline constexpr padding_tag<true> same_padding{};
/// So many zeros around x: padding<1> on all sides, padding<1, 2> before and after each axis of space, padding<1, 2, 0,
/// 3> before and after the first, then the second.
template <extent_t... N> inline constexpr padding_list<N...> padding{};
/// x and the result are (batch, channels, space...).
inline constexpr channels_first_tag channels_first{};

namespace ir::emit {

inline constexpr int most_space = 3;  // axes

/// The windows of a convolution or a pooling, per axis of space.
struct window_plan {
    extent_t size[most_space]{1, 1, 1}, step[most_space]{1, 1, 1}, dilation[most_space]{1, 1, 1};
    extent_t before[most_space]{}, after[most_space]{};  // what stands around, if not `is_same`
    extent_t groups = 1;
    bool is_same = false, is_channels_first = false, has_steps = false;
    int most_numbers = 1, paddings = 0;  // how many a list had

    constexpr void set(extent_t (&to)[most_space], std::initializer_list<extent_t> numbers) {
        const int count = static_cast<int>(numbers.size());
        if (count > most_numbers) most_numbers = count;
        for (int i = 0; i < most_space && count > 0; ++i) to[i] = numbers.begin()[count > i ? i : 0];
    }
    constexpr window_places along(int i, int axis) const { return {axis, size[i], step[i], dilation[i]}; }
    constexpr bool is_padded() const {
        bool padded = is_same;
        for (int i = 0; i < most_space; ++i) padded = padded || before[i] != 0 || after[i] != 0;
        return padded;
    }
    /// How many zeros an axis gets, before and after it.
    struct zeros {
        extent_t before = 0, after = 0;
    };
    constexpr zeros around(int i, extent_t extent) const {
        if (!is_same) return {before[i], after[i]};
        const extent_t reach = along(i, 0).reach();
        extent_t all = reach - 1;
        if (step[i] > 1) {  // then the extent must be known
            const extent_t count = (extent + step[i] - 1) / step[i];
            all = (count - 1) * step[i] + reach - extent;
        }
        return all <= 0 ? zeros{} : zeros{all / 2, all - all / 2};
    }
    /// True if each list has one number, or one for each axis of space, and no padding is negative.
    constexpr bool fits(int space) const {
        bool is_negative = false;
        for (int i = 0; i < most_space; ++i) is_negative = is_negative || before[i] < 0 || after[i] < 0;
        return (most_numbers == 1 || most_numbers == space) && (paddings <= 2 || paddings == 2 * space) && !is_negative;
    }

    constexpr void take(no_option) {}
    template <extent_t... N> constexpr void take(step_list<N...>) { set(step, {N...}), has_steps = sizeof...(N) > 0; }
    template <extent_t... N> constexpr void take(dilation_list<N...>) { set(dilation, {N...}); }
    template <extent_t... N> constexpr void take(window_list<N...>) { set(size, {N...}); }
    template <bool Same> constexpr void take(padding_tag<Same>) { is_same = Same; }
    template <extent_t... N> constexpr void take(padding_list<N...>) {
        constexpr extent_t n[] = {N..., 0};
        paddings = static_cast<int>(sizeof...(N));
        if (paddings > 2 && (paddings % 2 != 0 || paddings > 2 * most_space)) before[0] = -1;  // neither
        else
            for (int i = 0; i < most_space && paddings > 0; ++i) {
                before[i] = paddings <= 2 ? n[0] : paddings > 2 * i ? n[2 * i] : 0;
                after[i] = paddings <= 2 ? n[paddings - 1] : paddings > 2 * i ? n[2 * i + 1] : 0;
            }
    }
    template <extent_t N> constexpr void take(group_count<N>) { groups = N; }
    constexpr void take(channels_first_tag) { is_channels_first = true; }
};
template <class... Options> constexpr window_plan plan_of() {
    window_plan p;
    (p.take(Options{}), ...);
    return p;
}

/// (batch..., channels, space...) -> (batch..., space..., channels), and back. Moves nothing.
constexpr symbol channels_to_the_end(symbol x, int batch_axes = 1) {
    extent_t permutation[max_rank]{};
    for (int i = 0; i < x.rank(); ++i) permutation[i] = i < batch_axes ? i : i + 1 < x.rank() ? i + 1 : batch_axes;
    return emit::transpose(x, permutation);
}
constexpr symbol channels_to_the_front(symbol x, int batch_axes = 1) {
    extent_t permutation[max_rank]{};
    for (int i = 0; i < x.rank(); ++i) permutation[i] = i < batch_axes ? i : i == batch_axes ? x.rank() - 1 : i - 1;
    return emit::transpose(x, permutation);
}

/// (batch, space..., channels), with one to three axes of space.
constexpr bool has_space(symbol x) { return x.rank() >= 3 && x.rank() <= most_space + 2; }
constexpr symbol refuse_convolution(symbol x, symbol w) {
    x.g->fail({mistake_kind::convolution, op::windows, {}, {}, 0, x.extents(), w.extents(), 0});
    return x.plain();
}
/// f(x), where x has its channels at the end; what is told of the windows has been checked.
template <class F> constexpr symbol on_channels_last(symbol x, const window_plan& p, const F& f) {
    if (!has_space(x)) return f(x);  // which refuses it
    if (!p.fits(x.rank() - 2)) {
        x.g->fail({mistake_kind::window_numbers, op::windows, {}, {}, 0, x.extents(), {}, 0});
        return x.plain();
    }
    if (!p.is_channels_first) return f(x);
    const symbol y = f(channels_to_the_end(x));
    return y.rank() > 2 ? channels_to_the_front(y) : y;
}

/// x (batch, space..., channels) with zeros around its space. False if that takes an extent that is not known.
constexpr bool surround(symbol& x, const window_plan& p) {
    extent_t before[max_rank]{};
    shape to = x.extents();
    for (int i = 0; i + 2 < x.rank(); ++i) {
        const extent_t extent = x.g->dims.resolve(x.extents()[i + 1]);
        if (p.is_same && p.step[i] > 1 && !is_number(extent)) return false;
        const auto zeros = p.around(i, extent);
        before[i + 1] = zeros.before;
        to[i + 1] = x.g->dims.add(extent, saturating_add(zeros.before, zeros.after));
    }
    x = emit::pad(x, before, to);
    return true;
}
/// True if no window along an axis lies in the zeros around it alone. What is known only at run time is checked then.
constexpr bool require_elements(dimensions& dims, extent_t extent, const window_plan::zeros& around,
                                const window_places& w) {
    extent = dims.resolve(extent);
    const extent_t before = around.before, after = around.after, reach = w.reach();
    extent_t least = 0;  // of x, so that the windows that begin before it see an element
    for (extent_t start = -before; start < 0; start += w.step) {
        if (is_number(extent) && start + reach > saturating_add(extent, after)) break;  // there is no such window
        const extent_t first = (-start + w.dilation - 1) / w.dilation;  // of its elements that may lie in x
        if (first >= w.size) return false;
        if (const extent_t needed = start + first * w.dilation + 1; needed > least) least = needed;
    }
    if (!dims.require_at_most(least, extent)) return false;
    if (after < reach) return true;  // the last window begins in x, or before it
    const extent_t rest = dims.subtract(dims.add(extent, saturating_add(before, after)), reach);
    const extent_t last = dims.multiply(dims.divide(rest, w.step), w.step);  // where that one begins, from the zeros
    return dims.require_at_most(dims.add(last, 1), dims.add(extent, before));
}
constexpr bool require_elements(symbol x, const window_plan& p) {
    if (!p.is_padded()) return true;
    for (int i = 0; i + 2 < x.rank(); ++i) {
        const extent_t extent = x.g->dims.resolve(x.extents()[i + 1]);
        const window_places w = p.along(i, i + 1);
        const bool is_sound = w.size >= 1 && w.step >= 1 && w.dilation >= 1;  // else a mistake of its own
        if (!is_sound || (p.is_same && p.step[i] > 1 && !is_number(extent))) continue;
        if (require_elements(x.g->dims, extent, p.around(i, extent), w)) continue;
        x.g->fail({mistake_kind::window_in_padding,
                   op::windows,
                   {},
                   {},
                   i + 1,
                   x.extents(),
                   shape(w.size, w.step, w.dilation),
                   0});
        return false;
    }
    return true;
}
/// (batch, space..., channels) -> (batch, places..., elements..., channels); space has one axis or two.
constexpr symbol space_in_windows(symbol x, const window_plan& p) {
    const int space = x.rank() - 2;
    for (int i = 0; i < space; ++i) x = windows(x, p.along(i, 1 + 2 * i));
    if (space != 2 || x.rank() != 6) return x;
    const extent_t places_first[] = {0, 1, 3, 2, 4, 5};
    return emit::transpose(x, places_first);
}
/// Bits of the axes of a window's elements.
constexpr unsigned window_axes(int space) { return ((1u << space) - 1) << (1 + space); }
/// f(begin), f(begin + 1), ..., f(end - 1) side by side along an axis, joined in halves.
template <class F> constexpr symbol side_by_side(extent_t begin, extent_t end, int axis, const F& f) {
    if (end - begin == 1) return f(begin);
    const extent_t middle = begin + (end - begin) / 2;
    const symbol lhs = side_by_side(begin, middle, axis, f), rhs = side_by_side(middle, end, axis, f);
    return emit::concat(lhs, rhs, axis);
}

}  // namespace ir::emit

template <class T>
concept WindowOption = requires(ir::emit::window_plan p) {
    p.take(T{});
};

}  // namespace telar::inline TELAR_ABI
