// SPDX-License-Identifier: BSL-1.0
// Convolution and pooling of ONNX, whose channels stand before space, as telar's functions, where they stand last.
#pragma once
#include <telar/io/onnx/movements.hpp>
#include <telar/io/onnx/reductions.hpp>

#include <telar/expr/convolution.hpp>

#include <utility>

namespace telar::inline TELAR_ABI::io::onnx {

inline symbol channels_last(symbol x) { return emit::channels_to_the_end(x); }
inline symbol channels_first(symbol x) { return emit::channels_to_the_front(x); }

/// The windows along one axis, and how many elements are put around it.
struct window_along {
    extent_t size = 1, step = 1, dilation = 1, before = 0, after = 0;
    extent_t beyond = 0;  // what rounding up the number of places adds behind `after`
};
class windows_of {
public:
    /// x (N, C, space...)
    windows_of(const call& c, symbol x, const integers& sizes) : space_(x.rank() - 2) {
        require_form(space_ >= 1 && space_ <= emit::most_space, "another number of axes of space than 1 to 3");
        const integers ones(static_cast<std::size_t>(space_), 1), zeros(2 * ones.size(), 0);
        const integers steps = c.list("strides", ones), dilations = c.list("dilations", ones),
                       pads = c.list("pads", zeros);
        const std::string padding = c.text("auto_pad", "NOTSET");
        for (int i = 0; i < space_; ++i) {
            const std::size_t k = static_cast<std::size_t>(i);
            window_along& w = along_[i];
            w = {positive(sizes[k]),
                 positive(steps[k]),
                 positive(dilations[k]),
                 moderate(pads[k]),
                 moderate(pads[k + ones.size()]),
                 0};
            require_form(w.before >= 0 && w.after >= 0, "windows of a part");
            const bool is_ceiled = c.integer("ceil_mode", 0) != 0;
            if (padding == "NOTSET" && !is_ceiled) continue;
            if (padding == "VALID") w.before = w.after = 0;
            const extent_t extent = number_of_places(x, i + 2), reach = (w.size - 1) * w.dilation + 1;
            if (padding == "SAME_UPPER" || padding == "SAME_LOWER") {
                const extent_t places = (extent + w.step - 1) / w.step;
                const extent_t all = std::max((places - 1) * w.step + reach - extent, extent_t{0});
                w.before = padding == "SAME_UPPER" ? all / 2 : all - all / 2;
                w.after = all - w.before;
            }
            const extent_t left = extent + w.before + w.after - reach;
            if (!is_ceiled || left < 0 || left % w.step == 0) continue;
            const extent_t last = (left / w.step + 1) * w.step;  // a place begins in x or before it
            if (last < extent + w.before) w.beyond = last - left;
        }
    }
    int space() const { return space_; }
    const window_along& operator[](int i) const { return along_[i]; }

    emit::window_plan plan() const {
        emit::window_plan p;
        for (int i = 0; i < space_; ++i) {
            p.size[i] = along_[i].size, p.step[i] = along_[i].step, p.dilation[i] = along_[i].dilation;
            p.before[i] = along_[i].before, p.after[i] = along_[i].after + along_[i].beyond;
        }
        return p;
    }
    /// How many elements of each window are in x or, if they count, among those put around it.   (1, places..., 1)
    symbol counts(symbol x, bool with_pads) const {
        shape ones(1);
        for (int i = 0; i < space_; ++i)
            ones.append(number_of_places(x, i + 2) + (with_pads ? along_[i].before + along_[i].after : 0));
        ones.append(1);
        emit::window_plan p = plan();
        for (int i = 0; i < space_ && with_pads; ++i) p.before[i] = 0, p.after[i] = along_[i].beyond;
        symbol inside = spread(number(x, 1), ones);
        emit::surround(inside, p);
        return emit::reduce_windows(op::sum, inside, p);
    }

private:
    int space_;
    window_along along_[emit::most_space];
};

/// (O, C, space...) -> (space..., C, O)
inline symbol kernel(symbol w) {
    extent_t permutation[max_rank]{};
    for (int i = 0; i < w.rank(); ++i) permutation[i] = i < w.rank() - 2 ? i + 2 : w.rank() - 1 - i;
    return emit::transpose(w, permutation);
}
inline integers space_extents(symbol x) {
    integers sizes;
    for (int i = 2; i < x.rank(); ++i) sizes.push_back(number_of_places(x, i));
    return sizes;
}
/// The convolution that the attributes say, of operands with channels first.
inline symbol convolved(const call& c, symbol x, symbol w) {
    require_form(x.rank() == w.rank(), "a kernel of other axes");
    emit::window_plan p = windows_of(c, x, space_extents(w)).plan();
    p.groups = c.integer("group", 1);
    const extent_t outputs = number_of_places(w, 0);
    require_form(p.groups >= 1 && p.groups <= 65536 && outputs % p.groups == 0, "so many groups");
    if (p.groups > 1 && x.rank() <= 4 && number_of_places(w, 1) == 1) {  // each channel by itself, M kernels of it
        shape apart = w.extents();
        apart[0] = std::exchange(p.groups, 1);
        apart[1] = outputs / apart[0];
        extent_t to_end[max_rank]{};
        for (int i = 0; i < w.rank(); ++i) to_end[i] = (i + 2) % w.rank();
        const symbol kernels = emit::transpose(emit::reshape(w, apart), to_end);  // (space..., C, M)
        return channels_first(emit::convolve_depthwise(channels_last(x), kernels, p));
    }
    return channels_first(emit::convolve(channels_last(x), kernel(w), p));
}
/// A value per channel -> (1, C, 1, ...)
inline symbol per_channel(symbol v, symbol x) {
    require_rank(v, 1, 1);
    shape to;
    for (int i = 0; i < x.rank(); ++i) to.append(i == 1 ? v.extents()[0] : 1);
    return in_shape(v, to);
}
inline symbol convolution(const call& c) {
    const symbol y = convolved(c, c[0], c[1]);
    return c.has(2) ? y + per_channel(c[2], y) : y;
}
/// Each channel by itself, over what stands before: the past, or zeros.
inline symbol causal_convolution(const call& c) {
    const symbol x = c[0], w = c[1];
    require_rank(x, 3, 3), require_rank(w, 3, 3);
    const extent_t before = positive(number_of_places(w, 2)) - 1;
    shape past = x.extents();
    past[2] = before;
    const symbol all = telar::concat({c.has(3) ? c[3] : spread(number(x, 0), past), x}, 2);
    const extent_t places = number_of_places(x, 2);
    c.give(1, slice(all, 2, places, places + before));
    const extent_t channels_then_one[] = {2, 0, 1};
    symbol y = channels_first(emit::convolve_depthwise(channels_last(all), emit::transpose(w, channels_then_one), {}));
    if (c.has(2)) y = y + per_channel(c[2], y);
    return c.text("activation", "none") == "none" ? y : silu(y);
}
/// Each place of x adds its window to the result, of which pads are cut off.
inline symbol transposed_convolution(const call& c) {
    const symbol x = c[0], w = c[1];
    const int space = x.rank() - 2;
    require_form(space >= 1 && space <= emit::most_space && w.rank() == x.rank(),
                 "another number of axes of space than 1 to 3");
    const std::size_t axes = static_cast<std::size_t>(space);
    const integers ones(axes, 1), steps = c.list("strides", ones), dilations = c.list("dilations", ones),
                                  more = c.list("output_padding", integers(axes, 0)), sizes = space_extents(w);
    integers pads = c.list("pads", integers(2 * axes, 0)), wanted = c.list("output_shape");
    const bool is_upper = c.text("auto_pad", "NOTSET") == "SAME_UPPER";
    if (is_upper || c.text("auto_pad", "NOTSET") == "SAME_LOWER")
        for (std::size_t i = 0; i < axes && wanted.size() < axes; ++i)
            wanted.push_back(number_of_places(x, static_cast<int>(i) + 2) * positive(steps[i]));
    emit::window_plan p;
    extent_t before[max_rank]{}, after[max_rank]{};
    for (std::size_t i = 0; i < axes; ++i) {
        const extent_t whole = (number_of_places(x, static_cast<int>(i) + 2) - 1) * positive(steps[i]) +
                               (sizes[i] - 1) * positive(dilations[i]) + 1;
        moderate(more[i]), moderate(pads[i]), moderate(pads[i + axes]);
        if (!wanted.empty()) {
            const extent_t all = whole + more[i] - positive(wanted[i]);
            const extent_t half = (all - (all < 0 ? 1 : 0)) / 2;  // rounded down
            pads[i] = is_upper ? half : all - half;
            pads[i + axes] = all - pads[i];
        }
        p.step[i] = steps[i], p.dilation[i] = dilations[i];
        p.before[i] = std::max(pads[i], extent_t{0});
        p.after[i] = std::max(pads[i + axes] - more[i], extent_t{0});
        before[i + 1] = std::max(-pads[i], extent_t{0});
        after[i + 1] = std::max(more[i] - pads[i + axes], extent_t{0});
    }
    extent_t permutation[max_rank]{};  // (C, O, space...) -> (space..., O, C)
    for (int i = 0; i < w.rank(); ++i) permutation[i] = i < space ? i + 2 : w.rank() - 1 - i;
    const extent_t groups = c.integer("group", 1), channels = number_of_places(w, 0);
    require_form(groups >= 1 && groups <= 65536 && groups <= channels && channels % groups == 0, "so many groups");
    const extent_t in = channels / groups;
    const symbol last = channels_last(x);
    const symbol all = emit::side_by_side(0, groups, x.rank() - 1, [&](extent_t g) {
        return emit::convolve_transposed(emit::part_of_axis(last, x.rank() - 1, g * in, in),
                                         emit::transpose(emit::part_of_axis(w, 0, g * in, in), permutation), p);
    });
    const symbol y = channels_first(surrounded(all, before, after, number(x, 0)));
    return c.has(2) ? y + per_channel(c[2], y) : y;
}
/// Where in x, flattened, the largest element of each window is.   x (N, C, H, W)
inline symbol places_of_largest(const call& c, symbol x, const emit::window_plan& p) {
    using emit::surround, emit::space_in_windows, emit::window_axes;
    require_form(x.rank() == 4 && x.type() == dtype::float32, "the places of the largest");
    const auto apart = [&](symbol s) {
        surround(s, p);
        return space_in_windows(s, p);
    };
    const extent_t height = number_of_places(x, 2), width = number_of_places(x, 3);
    const auto count = [&](extent_t n, const shape& s) { return in_shape(emit::iota(*x.g, n, dtype::int64), s); };
    const symbol row = count(height, shape(1, height, 1, 1)), column = count(width, shape(1, 1, width, 1));
    const symbol place = c.integer("storage_order", 0) == 0 ? row * width + column : row + column * height;
    const symbol inside = apart(spread(number(x, 1), shape(1, height, width, 1))) > 0;
    const symbol values = where(inside, apart(channels_last(x)), number(x, -INFINITY));
    const symbol first = emit::reduce(op::argmax, values, window_axes(2), true);
    const symbol element = count(p.size[0] * p.size[1], shape(1, 1, 1, p.size[0], p.size[1], 1));
    const symbol chosen = where(element == first, apart(place), number(place, 0));
    const symbol of_channel = emit::reduce(op::sum, chosen, window_axes(2), false);
    const symbol image =
        count(c.graph().dims.multiply(x.extents()[0], x.extents()[1]), shape(x.extents()[0], x.extents()[1], 1, 1));
    return channels_first(of_channel) + image * (height * width);
}
inline symbol max_pool(const call& c) {
    const symbol x = c[0];
    const windows_of windows(c, x, c.list("kernel_shape"));
    if (c.wants(1)) c.give(1, places_of_largest(c, x, windows.plan()));
    return channels_first(emit::pool_max(channels_last(x), windows.plan()));
}
inline symbol average_pool(const call& c) {
    const symbol x = c[0];
    const windows_of windows(c, x, c.list("kernel_shape"));
    const symbol mean = emit::pool_mean(channels_last(x), windows.plan());
    if (c.integer("count_include_pad", 0) == 0) return channels_first(mean);
    return channels_first(mean * windows.counts(x, false) / windows.counts(x, true));
}
inline symbol lp_pool(const call& c) {
    const symbol x = c[0];
    const windows_of windows(c, x, c.list("kernel_shape"));
    const double p = static_cast<double>(c.integer("p", 2));
    const symbol powers = emit::pool_mean(channels_last(pow(abs(x), p)), windows.plan());
    return channels_first(pow(powers * windows.counts(x, false), 1 / p));
}
/// By whole numbers: each element so many times over.
inline symbol upsampled(const call& c) {
    const symbol x = c[0];
    const known_values scales = c.known(1);
    require_form(c.text("mode", "nearest") == "nearest", "interpolation");
    symbol y = x;
    for (int i = 0; i < x.rank(); ++i) y = emit::stretch(y, i, positive(scales.at<std::int64_t>(i)), false);
    return y;
}
inline unsigned space_of(symbol x) { return all_axes(x) & ~3u; }

// clang-format off
inline constexpr operation window_operations[] = {
    {"AveragePool", average_pool},
    {"CausalConvWithState", causal_convolution},
    {"Conv",        convolution},
    {"GlobalAveragePool", [](const call& c) { return f::mean{}(c[0], space_of(c[0]), true); }},
    {"GlobalMaxPool",     [](const call& c) { return f::reduce<op::max>{}(c[0], space_of(c[0]), true); }},
    {"ConvTranspose", transposed_convolution},
    {"LpPool",      lp_pool},
    {"MaxPool",     max_pool},
    {"Upsample",    upsampled},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
