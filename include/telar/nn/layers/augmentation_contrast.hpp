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
constexpr symbol bin_of(symbol x, int last, dtype type) {
    return ir::emit::cast(telar::minimum(telar::where(x > 0, x, 0), last), type);
}
/// How many places are each of 0 .. count - 1.   (count) of the type of calculation
constexpr symbol counted(symbol places, extent_t count, dtype type) {
    const symbol one = ir::emit::constant(*places.g, dtype::int32, 1);
    return ir::emit::cast(ir::emit::segment_sum(ir::emit::broadcast_to(one, places.extents()), places, count), type);
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

/// Each value becomes the share of its channel's values that lie in its bin or below, beyond the first bin; a channel
/// of one bin stays as it is.
constexpr symbol equalized(symbol image, int bins, const value_limits& limits) {
    ir::graph& g = *image.g;
    const extent_t n = image.extents()[0], c = image.extents()[3];
    const extent_t count = g.dims.multiply(g.dims.multiply(n, c), bins);
    const dtype type = ir::emit::place_type(g, dtype::int32, count);
    const symbol x = rescaled(image, limits, of_bytes), bin = bin_of(x / 255 * (bins - 1), bins - 1, type);
    const symbol line = along(image, 0, type) * ir::emit::extent(g, c, type) + along(image, 3, type);
    const symbol places = line * bins + bin;
    const symbol each = ir::emit::reshape(counted(places, count, dtype::float64), shape(n, c, bins));
    const symbol below = ir::emit::cumulate(op::cumsum, each, 2, {});
    const symbol all = ir::emit::extent(g, g.dims.multiply(image.extents()[1], image.extents()[2]), dtype::float64);
    const symbol lowest = ir::emit::reduce(op::min, telar::where(below > 0, below, all), 1u << 2, true);  // (N,C,1)
    const symbol is_flat = lowest == all;
    const symbol table =
        ir::emit::elementwise(op::round, (below - lowest) * 255 / telar::where(is_flat, 1, all - lowest));
    const symbol y = rescaled(ir::emit::cast(looked_up(table, places), x.type()), of_bytes, limits);
    const symbol flat = ir::emit::reshape(is_flat, shape(n, 1, 1, c));
    return telar::where(flat, rescaled(x, of_bytes, limits), y);
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
    constexpr symbol beside(symbol of_places) const {
        shape s(1, 1, 1, 1);
        s[axis] = of_places.extents()[0];
        return ir::emit::reshape(of_places, s);
    }
    /// The tile that each element lies in.
    constexpr symbol own(ir::graph& g, dtype type) const {
        const symbol tile = ir::emit::reshape(ir::emit::iota(g, count, type), shape(count, 1));
        return beside(ir::emit::reshape(ir::emit::broadcast_to(tile, shape(count, size)), shape(count * size)));
    }
    /// The tiles whose middles lie before and behind it, and how far it is from the one to the other.
    struct neighbours {
        symbol before, behind, share;
    };
    constexpr neighbours around(symbol image, dtype type) const {
        const symbol i = ir::emit::iota(*image.g, image.extents()[axis], image.type());
        const symbol at = (i - static_cast<double>(size) / 2) / static_cast<double>(size), tile = floor_of(at);
        const auto inside = [&](symbol t) {
            return beside(ir::emit::cast(telar::minimum(telar::maximum(t, 0), static_cast<double>(count - 1)), type));
        };
        return {inside(tile), inside(tile + 1), beside(at - tile)};
    }
};
/// Equalized in tiles. Where clip_limit is above 0, no bin counts more than clip_limit times the mean of all; the
/// excess is shared by all bins. Values between the middles of tiles are interpolated.   (N,H,W,C), H and W known
constexpr symbol equalized_in_tiles(symbol image, double clip_limit, const per_axis& tiles,
                                    const value_limits& limits) {
    constexpr int bins = 256;
    ir::graph& g = *image.g;
    const tiling rows(image, 1, tiles.numbers[0]), columns(image, 2, tiles.numbers[1]);
    const extent_t n = image.extents()[0], c = image.extents()[3];
    const shape extents(n, rows.count, columns.count, c, bins);
    const dtype type = ir::emit::place_type(g, dtype::int32, g.dims.count(extents));
    const symbol x = rescaled(image, limits, of_bytes);
    const auto place = [&](symbol row, symbol column, symbol bin) {
        const symbol tile = (along(image, 0, type) * rows.count + row) * columns.count + column;
        return (tile * ir::emit::extent(g, c, type) + along(image, 3, type)) * bins + bin;
    };
    const symbol whole = mirrored(mirrored(x, 1, rows.count * rows.size), 2, columns.count * columns.size);
    const symbol places = place(rows.own(g, type), columns.own(g, type), bin_of(whole, bins - 1, type));
    symbol each = ir::emit::reshape(counted(places, g.dims.count(extents), x.type()), extents);
    const auto area = static_cast<double>(rows.size * columns.size);
    constexpr unsigned last = 1u << 4;
    if (clip_limit > 0) {
        const symbol kept = telar::minimum(each, clip_limit * area / bins);
        each = kept + ir::emit::reduce(op::sum, each - kept, last, true) / static_cast<double>(bins);
    }
    const symbol below = ir::emit::cumulate(op::cumsum, each, 4, {}),
                 lowest = ir::emit::reduce(op::min, below, last, true);
    const symbol rest = area - lowest;
    const symbol table = within((below - lowest) * 255 / telar::where(rest == 0, 1, rest), of_bytes);
    const tiling::neighbours down = rows.around(x, type), right = columns.around(x, type);
    const symbol bin = bin_of(x, bins - 1, type);
    const auto line = [&](symbol row) {
        return (1 - right.share) * looked_up(table, place(row, right.before, bin)) +
               right.share * looked_up(table, place(row, right.behind, bin));
    };
    return rescaled((1 - down.share) * line(down.before) + down.share * line(down.behind), of_bytes, limits);
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
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "auto_contrast");
        if (!augmentation::is_image(x)) return x;
        x = preprocessing::as_float(here, x);
        const symbol y = augmentation::stretched(ir::emit::widened(x), value_range);
        return call.gives(ir::emit::cast(y, x.type()));
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
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "equalization");
        if (!augmentation::is_image(x)) return x;
        x = preprocessing::as_float(here, x);
        const symbol y = augmentation::equalized(ir::emit::widened(x), bins, value_range);
        return call.gives(ir::emit::cast(y, x.type()));
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
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "contrast_limited_adaptive_histogram_equalization");
        if (!preprocessing::is_image(x, 1, 1)) return x;
        x = preprocessing::as_float(here, x);
        const symbol y =
            augmentation::equalized_in_tiles(ir::emit::widened(x), clip_limit, tile_grid_size, value_range);
        return call.gives(ir::emit::cast(y, x.type()));
    }
};

}  // namespace telar::inline TELAR_ABI::nn
