// SPDX-License-Identifier: BSL-1.0
// Layers that spread the values of an image over the whole range, each image and each channel by its own values. They
// draw nothing, and predict what they do in training. By Keras' names and defaults.
#pragma once
#include <telar/nn/layers/augmentation_colour.hpp>

namespace telar::inline TELAR_ABI::nn {

namespace augmentation {

/// From the lowest of a channel's values to the highest; a channel of one value, or with a NaN, stays as it is.
constexpr symbol stretched(symbol image, const value_limits& limits) {
    const symbol x = rescaled(image, limits, of_bytes);
    const symbol low = ir::emit::reduce(op::min, x, 3u << 1, true), high = ir::emit::reduce(op::max, x, 3u << 1, true);
    const symbol has_range = high > low;
    const symbol scale = 255 / telar::where(has_range, high - low, 1);
    const symbol y = within(x * scale + -low * scale, of_bytes);
    return telar::where(has_range, rescaled(y, of_bytes, limits), image.plain());
}

// ---------------------------------------------------------------- histograms
/// Whole numbers of x from 0 to `last`, rounded down; 0 of what is no number.
constexpr symbol bin_of(symbol x, int last) {
    return ir::emit::cast(telar::minimum(telar::where(x > 0, x, 0), last), dtype::int32);
}
/// How many numbers along an axis are each of 0 .. bins - 1.   (..., n, ...) -> (..., bins, ...)
constexpr symbol histogram(symbol numbers, int axis, int bins, dtype type) {
    shape to = numbers.extents();
    to[axis] = bins;
    const auto all = [&](int v, const shape& extents) {
        return ir::emit::broadcast_to(ir::emit::constant(*numbers.g, dtype::int32, v), extents);
    };
    const symbol counts =
        ir::emit::scatter_add(all(0, to), numbers, all(1, numbers.extents()), axis, ir::emit::outside::is_nothing);
    return ir::emit::cast(counts, type);
}

/// Each value becomes the share of its channel's values that lie in its bin or below, beyond the first bin; a channel
/// of one bin stays as it is.
constexpr symbol equalized(symbol image, int bins, const value_limits& limits) {
    ir::graph& g = *image.g;
    const shape s = image.extents();
    const extent_t places = g.dims.multiply(s[1], s[2]);
    const symbol x = ir::emit::reshape(rescaled(image, limits, of_bytes), shape(s[0], places, s[3]));
    const symbol bin = bin_of(x / 255 * (bins - 1), bins - 1);
    const symbol below = ir::emit::cumulate(op::cumsum, histogram(bin, 1, bins, dtype::float64), 1, {});
    const symbol all = ir::emit::extent(g, places, dtype::float64);
    const symbol lowest = ir::emit::reduce(op::min, telar::where(below > 0, below, all), 1u << 1, true);  // (N,1,C)
    const symbol is_flat = lowest == all, rest = telar::where(is_flat, 1, all - lowest);
    const symbol table = ir::emit::elementwise(op::round, (below - lowest) * 255 / rest);  // (N,bins,C)
    const symbol y = ir::emit::cast(ir::emit::gather(table, bin, 1, ir::emit::outside::is_nothing), x.type());
    return ir::emit::reshape(rescaled(telar::where(is_flat, x, y), of_bytes, limits), s);
}

/// Numbers of a table, of which the places lie inside.
constexpr symbol looked_up(symbol table, symbol places) {
    const symbol flat = ir::emit::reshape(table, shape(table.g->dims.count(table.extents())));
    return ir::emit::gather_lines(flat, places, 0, 0, ir::emit::outside::is_nothing);
}
/// 0, 1, ... along an axis of space or of the channels, beside (N,H,W,C).
constexpr symbol along(symbol image, int axis, dtype type) {
    shape beside(1, 1, 1, 1);
    beside[axis] = image.extents()[axis];
    return ir::emit::reshape(ir::emit::iota(*image.g, image.extents()[axis], type), beside);
}

/// An axis made longer, mirrored at its end: abcd|dcba|abcd.
constexpr symbol mirrored(symbol image, int axis, extent_t to) {
    const symbol i = ir::emit::iota(*image.g, to, dtype::int32);
    const symbol n = ir::emit::extent(*image.g, image.extents()[axis], dtype::int32);
    return ir::emit::gather_lines(image, inside_again(i, n, fill_mode::reflect), axis, 0,
                                  ir::emit::outside::is_nothing);
}
/// Tiles of one axis of an image: how many, and of how many elements.
struct tiling {
    int axis = 1;
    extent_t count = 1, size = 1;

    constexpr tiling(symbol image, int of, extent_t tiles)
        : axis(of), count(tiles), size((image.g->dims.resolve(image.extents()[of]) + tiles - 1) / tiles) {}
    /// The tiles whose middles lie before and behind an element, and how far it is from the one to the other.
    struct neighbours {
        symbol before, behind, share;
    };
    constexpr neighbours around(symbol image, dtype type) const {
        const symbol i = along(image, axis, image.type());
        const symbol at = (i - static_cast<double>(size) / 2) / static_cast<double>(size), tile = floor_of(at);
        const auto inside = [&](symbol t) {
            return ir::emit::cast(telar::minimum(telar::maximum(t, 0), static_cast<double>(count - 1)), type);
        };
        return {inside(tile), inside(tile + 1), at - tile};
    }
};
/// (N,H,W,C) -> (N,rows,columns,C,elements of a tile), beyond the image mirrored.
constexpr symbol in_tiles(symbol image, const tiling& rows, const tiling& columns) {
    constexpr extent_t elements_last[]{0, 1, 3, 5, 2, 4};
    const extent_t n = image.extents()[0], c = image.extents()[3];
    const symbol whole = mirrored(mirrored(image, 1, rows.count * rows.size), 2, columns.count * columns.size);
    const symbol apart = ir::emit::reshape(whole, shape(n, rows.count, rows.size, columns.count, columns.size, c));
    return ir::emit::reshape(ir::emit::transpose(apart, elements_last),
                             shape(n, rows.count, columns.count, c, rows.size * columns.size));
}
/// Equalized in tiles. Where clip_limit is above 0, no bin counts more than clip_limit times the mean of all; the
/// excess is shared by all bins. Values between the middles of tiles are interpolated.   (N,H,W,C), H and W known
constexpr symbol equalized_in_tiles(symbol image, double clip_limit, const per_axis& tiles,
                                    const value_limits& limits) {
    constexpr int bins = 256;
    constexpr unsigned of_bins = 1u << 4;
    ir::graph& g = *image.g;
    const tiling rows(image, 1, tiles.numbers[0]), columns(image, 2, tiles.numbers[1]);
    const symbol x = rescaled(image, limits, of_bytes), bin = bin_of(x, bins - 1);
    const auto area = static_cast<double>(rows.size * columns.size);
    symbol each = histogram(in_tiles(bin, rows, columns), 4, bins, x.type());  // (N,rows,columns,C,bins)
    if (clip_limit > 0) {
        const symbol kept = telar::minimum(each, clip_limit * area / bins);
        each = kept + ir::emit::reduce(op::sum, each - kept, of_bins, true) / static_cast<double>(bins);
    }
    const symbol below = ir::emit::cumulate(op::cumsum, each, 4, {});
    const symbol lowest = ir::emit::part_of_axis(below, 4, 0, 1), rest = area - lowest;
    const symbol table = within((below - lowest) * 255 / telar::where(rest == 0, 1, rest), of_bytes);
    const dtype type = ir::emit::place_type(g, dtype::int32, g.dims.count(table.extents()));
    const tiling::neighbours down = rows.around(x, type), right = columns.around(x, type);
    const auto value = [&](symbol row, symbol column) {
        const symbol tile = (along(image, 0, type) * rows.count + row) * columns.count + column;
        const symbol line = tile * ir::emit::extent(g, image.extents()[3], type) + along(image, 3, type);
        return looked_up(table, line * bins + ir::emit::cast(bin, type));
    };
    const auto between = [&](symbol row) {
        return (1 - right.share) * value(row, right.before) + right.share * value(row, right.behind);
    };
    return rescaled((1 - down.share) * between(down.before) + down.share * between(down.behind), of_bytes, limits);
}

}  // namespace augmentation

/// From the lowest of a channel's values to the highest, the whole range; a channel of one value, or with a NaN, stays
/// as it is.
///
/// shapes    (N,H,W,C) -> the same
/// errors    E126 convolution_does_not_fit: no image; so of all layers here
/// source    Keras' AutoContrast
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct auto_contrast {
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::of_images(*this, images, "auto_contrast", augmentation::is_image, [&](symbol x) {
            return augmentation::stretched(ir::emit::widened(x), value_range);
        });
    }
};

/// Each value becomes the share of its channel's values that lie in its bin or below, so that values of all sizes are
/// as frequent.
///
/// shapes    (N,H,W,C) -> the same
/// edge      acts whether it trains or predicts, as Keras documents it, and by the values of each image; Keras 3.15
///           itself predicts the identity, and takes the values of a whole batch
/// gradient  none but of a channel of one bin, which stays as it is
/// source    Keras' Equalization
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct equalization {
    value_limits value_range{};
    int bins = 256;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::of_images(*this, images, "equalization", augmentation::is_image, [&](symbol x) {
            return augmentation::equalized(ir::emit::widened(x), bins, value_range);
        });
    }
};

/// The equalization of each tile of a grid, interpolated between the middles of tiles. Where clip_limit is above 0, no
/// bin of the 256 counts more than clip_limit times the mean of all; the excess is shared by all bins.
///
/// shapes    (N,H,W,C) -> the same, of a height and a width that are known
/// source    Keras' ContrastLimitedAdaptiveHistogramEqualization; Zuiderveld, Graphics Gems IV (1994)
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct contrast_limited_adaptive_histogram_equalization {
    value_limits value_range{};
    double clip_limit = 4;
    per_axis tile_grid_size = 8;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::of_images(
            *this, images, "contrast_limited_adaptive_histogram_equalization",
            [](symbol x) { return preprocessing::is_image(x, 1, 1); },
            [&](symbol x) {
                return augmentation::equalized_in_tiles(ir::emit::widened(x), clip_limit, tile_grid_size, value_range);
            });
    }
};

}  // namespace telar::inline TELAR_ABI::nn
