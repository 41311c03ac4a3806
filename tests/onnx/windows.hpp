// SPDX-License-Identifier: BSL-1.0
// Convolution and pooling of ONNX, whose channels stand before space, as telar's functions, where they stand last.
#pragma once
#include "movements.hpp"
#include "reductions.hpp"

#include <telar/expr/convolution.hpp>

namespace onnx {

/// (N, C, space...) -> (N, space..., C)
inline symbol channels_last(symbol x) {
    extent_t permutation[telar::max_rank]{};
    for (int i = 1; i < x.rank(); ++i) permutation[i] = i + 1 < x.rank() ? i + 1 : 1;
    return telar::emit::transpose(x, permutation);
}
inline symbol channels_first(symbol x) {
    extent_t permutation[telar::max_rank]{};
    for (int i = 1; i < x.rank(); ++i) permutation[i] = i == 1 ? x.rank() - 1 : i - 1;
    return telar::emit::transpose(x, permutation);
}

/// The windows along one axis, and how many elements are put around it.
struct window_along {
    extent_t size = 1, step = 1, dilation = 1, before = 0, after = 0;
    extent_t beyond = 0;  // what rounding up the number of places adds behind `after`
};
class windows_of {
public:
    /// x (N, C, space...)
    windows_of(const call& c, symbol x, const integers& sizes) : space_(x.rank() - 2) {
        require_form(space_ >= 1 && space_ <= 2, "more than two axes of space");
        const integers ones(static_cast<std::size_t>(space_), 1), zeros(2 * ones.size(), 0);
        const integers steps = c.list("strides", ones), dilations = c.list("dilations", ones),
                       pads = c.list("pads", zeros);
        const std::string padding = c.text("auto_pad", "NOTSET");
        for (int i = 0; i < space_; ++i) {
            const std::size_t k = static_cast<std::size_t>(i);
            window_along& w = along_[i];
            w = {sizes[k], steps[k], dilations[k], pads[k], pads[k + ones.size()], 0};
            const extent_t extent = x.extents()[i + 2], reach = (w.size - 1) * w.dilation + 1;
            if (padding == "SAME_UPPER" || padding == "SAME_LOWER") {
                const extent_t places = (extent + w.step - 1) / w.step;
                const extent_t all = std::max((places - 1) * w.step + reach - extent, extent_t{0});
                w.before = padding == "SAME_UPPER" ? all / 2 : all - all / 2;
                w.after = all - w.before;
            }
            const extent_t left = extent + w.before + w.after - reach;
            if (c.integer("ceil_mode", 0) == 0 || left % w.step == 0) continue;
            const extent_t last = (left / w.step + 1) * w.step;  // a place begins in x or before it
            if (last < extent + w.before) w.beyond = last - left;
        }
    }
    int space() const { return space_; }
    const window_along& operator[](int i) const { return along_[i]; }

    /// x (N, space..., C) with `value` around it.
    symbol surround(symbol x, symbol value, bool with_pads, bool with_beyond) const {
        extent_t before[telar::max_rank]{}, after[telar::max_rank]{};
        for (int i = 0; i < space_; ++i) {
            before[i + 1] = with_pads ? along_[i].before : 0;
            after[i + 1] = (with_pads ? along_[i].after : 0) + (with_beyond ? along_[i].beyond : 0);
        }
        return surrounded(x, before, after, value);
    }
    telar::emit::window_plan plan() const {
        telar::emit::window_plan p;
        for (int i = 0; i < space_; ++i)
            p.size[i] = along_[i].size, p.step[i] = along_[i].step, p.dilation[i] = along_[i].dilation;
        return p;
    }

private:
    int space_;
    window_along along_[2];
};

/// The convolution that the attributes say, of operands with channels first.
inline symbol convolved(const call& c, symbol x, symbol w) {
    require_form(c.integer("group", 1) == 1, "groups of channels");
    const integers sizes(w.extents().extent + 2, w.extents().extent + w.rank());
    const windows_of windows(c, x, sizes);
    const symbol inside = windows.surround(channels_last(x), number(x, 0), true, true);
    extent_t permutation[telar::max_rank]{};  // (O, C, space...) -> (space..., C, O)
    for (int i = 0; i < w.rank(); ++i) permutation[i] = i < w.rank() - 2 ? i + 2 : w.rank() - 1 - i;
    return channels_first(telar::emit::convolve(inside, telar::emit::transpose(w, permutation), windows.plan()));
}
/// A value per channel -> (1, C, 1, ...)
inline symbol per_channel(symbol v, symbol x) {
    shape to;
    for (int i = 0; i < x.rank(); ++i) to.append(i == 1 ? v.extents()[0] : 1);
    return reshape(v, to);
}
inline symbol convolution(const call& c) {
    const symbol y = convolved(c, c[0], c[1]);
    return c.has(2) ? y + per_channel(c[2], y) : y;
}
inline symbol max_pool(const call& c) {
    require_form(!c.wants(1), "the places of the largest");
    const symbol x = c[0];
    const windows_of windows(c, x, c.list("kernel_shape"));
    const symbol lowest = number(x, is_float(x.type()) ? -std::numeric_limits<double>::infinity() : 0);
    return channels_first(
        telar::emit::pool_max(windows.surround(channels_last(x), lowest, true, true), windows.plan()));
}
inline symbol average_pool(const call& c) {
    const symbol x = c[0], zero = number(x, 0);
    const windows_of windows(c, x, c.list("kernel_shape"));
    const bool counts_pads = c.integer("count_include_pad", 0) != 0;
    const symbol last = channels_last(x), ones = ones_like(last);
    const telar::emit::window_plan p = windows.plan();
    const symbol mean = telar::emit::pool_mean(windows.surround(last, zero, true, true), p);
    const symbol counted = counts_pads
                               ? windows.surround(windows.surround(ones, number(x, 1), true, false), zero, false, true)
                               : windows.surround(ones, zero, true, true);
    return channels_first(mean / telar::emit::pool_mean(counted, p));
}
inline symbol lp_pool(const call& c) {
    const symbol x = c[0];
    const windows_of windows(c, x, c.list("kernel_shape"));
    const double p = static_cast<double>(c.integer("p", 2));
    const telar::emit::window_plan plan = windows.plan();
    const symbol powers = windows.surround(channels_last(pow(abs(x), p)), number(x, 0), true, true);
    const double elements = static_cast<double>(plan.size[0] * plan.size[1]);
    return channels_first(pow(telar::emit::pool_mean(powers, plan) * elements, 1 / p));
}
inline unsigned space_of(symbol x) { return all_axes(x) & ~3u; }

// clang-format off
inline constexpr operation window_operations[] = {
    {"AveragePool", average_pool},
    {"Conv",        convolution},
    {"GlobalAveragePool", [](const call& c) { return f::mean{}(c[0], space_of(c[0]), true); }},
    {"GlobalMaxPool",     [](const call& c) { return f::reduce<telar::op::max>{}(c[0], space_of(c[0]), true); }},
    {"LpPool",      lp_pool},
    {"MaxPool",     max_pool},
};
// clang-format on

}  // namespace onnx
