// SPDX-License-Identifier: BSL-1.0
// Layers that change images at random in training, each image of a batch by its own draw, and predict the identity. By
// Keras' names and defaults. The functions in nn::augmentation are told what the layers draw.
#pragma once
#include <telar/nn/layers/noise.hpp>
#include <telar/nn/layers/preprocessing.hpp>

namespace telar::inline TELAR_ABI::nn {

/// What stands outside of an image: a number, the nearest element, the image mirrored at its edge, or repeated.
enum class fill_mode : std::int32_t { constant, nearest, reflect, wrap };
enum class flip_mode : std::int32_t { horizontal, vertical, horizontal_and_vertical };

/// From where to where a number is drawn: {lower, upper}, or f for {-f, f}.
struct factor_range {
    double lower = 0, upper = 0;

    constexpr factor_range() = default;
    constexpr factor_range(double both) : lower(both < 0 ? both : -both), upper(-lower) {}
    constexpr factor_range(double from, double to) : lower(from), upper(to) {}
    friend constexpr bool operator==(const factor_range&, const factor_range&) = default;
};
/// From where to where a probability or a part of a whole is drawn: {lower, upper}, or f for {0, f}.
struct part_range {
    double lower = 0, upper = 0;

    constexpr part_range() = default;
    constexpr part_range(double most) : upper(most) {}
    constexpr part_range(double from, double to) : lower(from), upper(to) {}
    constexpr operator factor_range() const { return {lower, upper}; }
};
/// The least and the largest value of an image's elements.
struct value_limits {
    double lowest = 0, highest = 255;

    constexpr value_limits() = default;
    constexpr value_limits(double from, double to) : lowest(from), highest(to) {}
    friend constexpr bool operator==(const value_limits&, const value_limits&) = default;
};

namespace augmentation {

/// Element (y, x) of the result is what the image has at (b0 x + b1 y + b2, a0 x + a1 y + a2); each a number, or
/// (N,1,1).
struct affine {
    symbol a0, a1, a2, b0, b1, b2;
};
/// The same, both over c0 x + c1 y + c2; what is over 0 lies beside the image.
struct projective {
    symbol a0, a1, a2, b0, b1, b2, c0, c1, c2;
};
/// What is read between elements and beside the image.
struct reading {
    interpolation between = interpolation::bilinear;
    fill_mode outside = fill_mode::reflect;
    double fill_value = 0;

    /// Of masks the nearest element.
    constexpr reading of(bool is_mask) const {
        return {is_mask ? interpolation::nearest : between, outside, fill_value};
    }
};

/// Coordinates are calculated in this type.
constexpr dtype coordinate_type(symbol x) { return arithmetic_type(x.type()); }
constexpr symbol number(symbol x, double v) { return ir::emit::constant(*x.g, coordinate_type(x), v); }
/// An extent of x as a coordinate.
constexpr symbol extent(symbol x, int axis) { return ir::emit::extent(*x.g, x.extents()[axis], coordinate_type(x)); }
constexpr symbol floor_of(symbol x) { return ir::emit::elementwise(op::floor, x); }

/// A coordinate, where it lies beside 0 .. n - 1, inside again; as TensorFlow's ImageProjectiveTransformV3.
constexpr symbol inside_again(symbol at, symbol n, fill_mode mode) {
    if (mode == fill_mode::constant) return at;
    const symbol last = n - 1;
    if (mode == fill_mode::reflect) {  // dcba|abcd|dcba: of period 2 n
        const symbol place = telar::floor_mod(at, 2 * n);
        at = telar::where(place >= n, 2 * n - place - 1, place);
    } else if (mode == fill_mode::wrap) {  // abcd|abcd|abcd
        const symbol gaps = telar::maximum(last, 1);
        const symbol below = at + n * (floor_of(-at / gaps) + 1), above = at - n * floor_of(at / gaps);
        at = telar::where(at < 0, below, telar::where(at > last, above, at));
    }
    return telar::minimum(telar::maximum(at, 0), last);
}

/// The elements at (row, column), whole numbers in (N,H,W): (N,H,W,C) -> (N,H,W,C).
constexpr symbol elements_at(symbol image, symbol row, symbol column, const reading& r) {
    ir::graph& g = *image.g;
    const extent_t n = image.extents()[0], h = image.extents()[1], w = image.extents()[2], c = image.extents()[3];
    const extent_t places = g.dims.multiply(h, w);
    const dtype type = ir::emit::place_type(g, dtype::int32, places);
    const symbol height = ir::emit::extent(g, h, row.type()), width = ir::emit::extent(g, w, row.type());
    const symbol is_inside = row >= 0 && row < height && column >= 0 && column < width;
    const auto whole = [&](symbol s) { return ir::emit::cast(telar::where(is_inside, s, 0), type); };
    const symbol place = whole(row) * ir::emit::extent(g, w, type) + whole(column);
    const symbol index = telar::where(is_inside, place, ir::emit::constant(g, type, -1));
    const symbol flat =
        ir::emit::gather_lines(ir::emit::reshape(image, shape(n, places, c)),
                               ir::emit::reshape(index, shape(n, places)), 1, 1, ir::emit::outside::is_nothing);
    const symbol y = ir::emit::reshape(flat, image.extents());
    if (r.fill_value == 0) return y;
    return telar::where(ir::emit::expand_dims(is_inside, {-1}), y, r.fill_value);
}

/// What lies at (row, column) in (N,H,W), as it is interpolated of elements: at(row, column) of whole numbers.
template <class At>
constexpr symbol interpolated(symbol image, symbol row, symbol column, interpolation between, const At& at) {
    if (between == interpolation::nearest) {  // halves away from 0
        const auto rounded = [](symbol s) {
            return telar::where(s < 0, ir::emit::elementwise(op::ceil, s - 0.5), floor_of(s + 0.5));
        };
        return at(rounded(row), rounded(column));
    }
    const symbol top = floor_of(row), left = floor_of(column);
    const auto share = [&](symbol s) { return ir::emit::expand_dims(ir::emit::cast(s, image.type()), {-1}); };
    const symbol down = share(row - top), right = share(column - left);
    const auto line = [&](symbol of) { return (1 - right) * at(of, left) + right * at(of, left + 1); };
    return (1 - down) * line(top) + down * line(top + 1);
}
/// The coordinates of elements: 0, 1, 2, ... along an axis, as (1,H,1) or (1,1,W).
constexpr symbol coordinates(symbol image, int axis) {
    const extent_t n = image.extents()[axis];
    shape to(1, 1, 1);
    to[axis] = n;
    return ir::emit::reshape(ir::emit::iota(*image.g, n, coordinate_type(image)), to);
}
/// What the image has at (row, column), which stretch to (N,H,W); coordinates beside it come inside again.
constexpr symbol read_at(symbol image, symbol row, symbol column, const reading& r) {
    const auto inside = [&](symbol at, int axis) {
        return ir::emit::broadcast_to(inside_again(at, extent(image, axis), r.outside),
                                      shape(image.extents()[0], image.extents()[1], image.extents()[2]));
    };
    const auto at = [&](symbol i, symbol k) { return elements_at(image, i, k, r); };
    const symbol x = inside(column, 2), y = inside(row, 1);
    return interpolated(image, y, x, r.between, at);
}
constexpr symbol transformed(symbol image, const affine& m, const reading& r) {
    const symbol x = coordinates(image, 2), y = coordinates(image, 1);
    return read_at(image, m.b0 * x + m.b1 * y + m.b2, m.a0 * x + m.a1 * y + m.a2, r);
}
constexpr symbol projected(symbol image, const projective& m, const reading& r) {
    const symbol x = coordinates(image, 2), y = coordinates(image, 1);
    const symbol depth = m.c0 * x + m.c1 * y + m.c2, is_outside = depth == 0;
    const symbol divisor = telar::where(is_outside, 1, depth);
    const auto coordinate = [&](symbol of) { return telar::where(is_outside, -2, of / divisor); };
    return read_at(image, coordinate(m.b0 * x + m.b1 * y + m.b2), coordinate(m.a0 * x + m.a1 * y + m.a2), r);
}

/// Places of the image move to where the result has them.
constexpr boxes::point point_of_result(const projective& m, const boxes::point& p) {
    const auto det = [](symbol a, symbol b, symbol c, symbol d) { return a * d - b * c; };
    const symbol x =
        det(m.b1, m.b2, m.c1, m.c2) * p.x + det(m.a2, m.a1, m.c2, m.c1) * p.y + det(m.a1, m.a2, m.b1, m.b2);
    const symbol y =
        det(m.b2, m.b0, m.c2, m.c0) * p.x + det(m.a0, m.a2, m.c0, m.c2) * p.y + det(m.a2, m.a0, m.b2, m.b0);
    const symbol z =
        det(m.b0, m.b1, m.c0, m.c1) * p.x + det(m.a1, m.a0, m.c1, m.c0) * p.y + det(m.a0, m.a1, m.b0, m.b1);
    return {x / z, y / z};
}
constexpr boxes::point point_of_result(const affine& m, const boxes::point& p) {
    const symbol x = p.x - m.a2, y = p.y - m.b2, det = m.a0 * m.b1 - m.a1 * m.b0;
    return {(m.b1 * x - m.a1 * y) / det, (m.a0 * y - m.b0 * x) / det};
}
constexpr auto motion_by(symbol image, const affine& m, const reading& r) {
    return motion{[m, r](symbol x, bool is_mask) { return transformed(x, m, r.of(is_mask)); },
                  [m](const boxes::point& p) { return point_of_result(m, p); }, image.extents()[1], image.extents()[2]};
}

/// By an angle in radians, around the middle.
constexpr affine rotation(symbol image, symbol angle) {
    const symbol c = telar::cos(angle), s = telar::sin(angle);
    const symbol x = (extent(image, 2) - 1) * 0.5, y = (extent(image, 1) - 1) * 0.5;
    return {c, -s, x - x * c + y * s, s, c, y - x * s - y * c};
}
constexpr symbol rotated(symbol image, symbol angle, const reading& r) {
    return transformed(image, rotation(image, angle), r);
}
/// 1 + factors: below 1 nearer.
constexpr affine zoom(symbol image, symbol of_height, symbol of_width) {
    const symbol zero = number(image, 0);
    const symbol x = (extent(image, 2) - 1) * 0.5 * (1 - of_width), y = (extent(image, 1) - 1) * 0.5 * (1 - of_height);
    return {of_width, zero, x, zero, of_height, y};
}
constexpr symbol zoomed(symbol image, symbol of_height, symbol of_width, const reading& r) {
    return transformed(image, zoom(image, of_height, of_width), r);
}
/// By parts of the height and of the width.
constexpr affine translation(symbol image, symbol of_height, symbol of_width) {
    const symbol one = number(image, 1), zero = number(image, 0);
    return {one, zero, -(of_width * extent(image, 2)), zero, one, -(of_height * extent(image, 1))};
}
constexpr symbol translated(symbol image, symbol of_height, symbol of_width, const reading& r) {
    return transformed(image, translation(image, of_height, of_width), r);
}
/// Where the flag is true.
constexpr symbol flipped(symbol image, symbol flag, flip_mode mode) {
    constexpr unsigned axes[]{1u << 2, 1u << 1, 3u << 1};
    return telar::where(flag, ir::emit::reverse(image, axes[static_cast<int>(mode)]), image.plain());
}
constexpr auto flip(symbol image, symbol flag, flip_mode mode) {
    const symbol is_flipped = ir::emit::reshape(flag, shape(image.extents()[0], 1, 1));
    const symbol width = extent(image, 2), height = extent(image, 1);
    return motion{[=](symbol x, bool) { return flipped(x, flag, mode); },
                  [=](const boxes::point& p) {
                      const symbol x = mode == flip_mode::vertical ? p.x : width - p.x;
                      const symbol y = mode == flip_mode::horizontal ? p.y : height - p.y;
                      return boxes::point{telar::where(is_flipped, x, p.x), telar::where(is_flipped, y, p.y)};
                  },
                  image.extents()[1], image.extents()[2]};
}
constexpr symbol within(symbol image, const value_limits& limits) {
    return telar::minimum(telar::maximum(image, limits.lowest), limits.highest);
}
/// Each element `factor` times as far from the mean of its channel.
constexpr symbol with_contrast(symbol image, symbol factor, const value_limits& limits) {
    const symbol mean = normalizing::mean(image, 3u << 1);
    return within((image.plain() - mean) * factor + mean, limits);
}
/// Of which factors random_contrast draws.
constexpr factor_range contrast_factors(const factor_range& f) {
    return {1 - (f.lower < 0 ? -f.lower : f.lower), 1 + f.upper};
}
constexpr symbol brightened(symbol image, symbol part, const value_limits& limits) {
    return within(image.plain() + part * (limits.highest - limits.lowest), limits);
}
/// From (row, column) on, which are whole numbers of rank 0.
constexpr symbol cropped(symbol image, symbol row, symbol column, int height, int width) {
    const auto places = [&](symbol first, int count) { return first + ir::emit::iota(*image.g, count, first.type()); };
    const symbol rows = ir::emit::gather_lines(image, places(row, height), 1, 0);
    return ir::emit::gather_lines(rows, places(column, width), 2, 0);
}
constexpr auto crop(symbol image, symbol row, symbol column, int height, int width) {
    const dtype type = coordinate_type(image);
    return motion{[=](symbol x, bool) { return cropped(x, row, column, height, width); },
                  [=](const boxes::point& p) {
                      return boxes::point{p.x - ir::emit::cast(column, type), p.y - ir::emit::cast(row, type)};
                  },
                  extent_t{height}, extent_t{width}};
}

/// A number for each image, beside (N,H,W) or, of rank 4, (N,H,W,C).
constexpr symbol drawn(symbol image, const factor_range& f, int rank, symbol state) {
    shape each(image.extents()[0]);
    for (int i = 1; i < rank; ++i) each.append(1);
    const symbol u =
        expr::functions::uniform::of(state, ir::emit::next_streams(*image.g), coordinate_type(image), each);
    return f.lower + (f.upper - f.lower) * u;
}
/// The same in the image's own type.
constexpr symbol drawn_beside(symbol image, const factor_range& f, symbol state) {
    return ir::emit::cast(drawn(image, f, 4, state), image.type());
}
/// A flag for each image: true with a probability that is drawn itself, from the range.
constexpr symbol chosen(symbol image, const part_range& range, symbol state) {
    const symbol probability = drawn(image, range, 4, state);
    return drawn(image, {0, 1}, 4, state) < probability;
}
/// One number for the batch.
constexpr symbol drawn_once(symbol image, const factor_range& f, symbol state) {
    const symbol u =
        expr::functions::uniform::of(state, ir::emit::next_streams(*image.g), coordinate_type(image), shape());
    return f.lower + (f.upper - f.lower) * u;
}
/// (N,H,W,C), or a mistake.
constexpr bool is_image(symbol x) { return windows::has_space(x, 2); }

/// Calls a layer on images: f(x), x with channels last, in the type of x. is_wanted(x) checks the images and records a
/// mistake.
template <class Layer, class Wanted, class F>
constexpr symbol of_images(const Layer& layer, symbol images, const char* name, const Wanted& is_wanted, const F& f) {
    const layer_call call(layer.here, images, name);
    symbol x = windows::with_channels_last(images, 2, layer.data_format);
    if (!is_wanted(x)) return images;
    x = preprocessing::as_float(layer.here, x);
    return call.gives(windows::in_format(ir::emit::cast(f(x), x.type()), layer.data_format));
}
/// Calls a layer that changes images in training only.
template <class Layer, class Wanted, class F>
constexpr symbol in_training(const Layer& layer, symbol images, const char* name, const Wanted& is_wanted, const F& f) {
    return of_images(layer, images, name, is_wanted, [&](symbol x) { return is_training(x) ? f(x) : x; });
}

}  // namespace augmentation

/// Half of the images, flipped; with horizontal_and_vertical in both directions at once, as Keras'.
///
/// shapes    (N,H,W,C) -> the same
/// source    Keras' RandomFlip
/// test      tests/nn/augmentation_test.cpp
struct random_flip {
    flip_mode mode = flip_mode::horizontal_and_vertical;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto draw = [&](symbol x, symbol state) {
            return augmentation::flip(x, augmentation::drawn(x, {0, 1}, 4, state) <= 0.5, mode);
        };
        return augmentation::moved_in_training(*this, all, "random_flip", augmentation::is_image, draw);
    }
};

/// By an angle between the factors times a full turn.
///
/// source    Keras' RandomRotation
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_rotation {
    factor_range factor{};
    nn::fill_mode fill_mode = nn::fill_mode::reflect;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    double fill_value = 0;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto draw = [&](symbol x, symbol state) {
            constexpr double turn = 6.283185307179586;
            const symbol angle = turn * augmentation::drawn(x, factor, 3, state);
            return augmentation::motion_by(x, augmentation::rotation(x, angle), {interpolation, fill_mode, fill_value});
        };
        return augmentation::moved_in_training(*this, all, "random_rotation", augmentation::is_image, draw);
    }
};

/// Nearer by factors below 0, farther by those above; of height and width alike unless width_factor is given.
///
/// source    Keras' RandomZoom
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_zoom {
    factor_range height_factor{};
    factor_range width_factor = as_height;
    nn::fill_mode fill_mode = nn::fill_mode::reflect;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    double fill_value = 0;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    static constexpr factor_range as_height{1, -1};  // from above to below: none
    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto draw = [&](symbol x, symbol state) {
            const symbol height = 1 + augmentation::drawn(x, height_factor, 3, state);
            const bool is_alike = width_factor == as_height;
            const symbol width = is_alike ? height : 1 + augmentation::drawn(x, width_factor, 3, state);
            return augmentation::motion_by(x, augmentation::zoom(x, height, width),
                                           {interpolation, fill_mode, fill_value});
        };
        return augmentation::moved_in_training(*this, all, "random_zoom", augmentation::is_image, draw);
    }
};

/// Down and to the right by the factors times the height and the width.
///
/// source    Keras' RandomTranslation
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_translation {
    factor_range height_factor{}, width_factor{};
    nn::fill_mode fill_mode = nn::fill_mode::reflect;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    double fill_value = 0;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto draw = [&](symbol x, symbol state) {
            const symbol height = augmentation::drawn(x, height_factor, 3, state);
            const symbol width = augmentation::drawn(x, width_factor, 3, state);
            return augmentation::motion_by(x, augmentation::translation(x, height, width),
                                           {interpolation, fill_mode, fill_value});
        };
        return augmentation::moved_in_training(*this, all, "random_translation", augmentation::is_image, draw);
    }
};

/// Each element c times as far from the mean of its image's channel, within the limits; c is between 1 - f and 1 + f,
/// or for {f, g} between 1 - f and 1 + g.
///
/// edge      one number is as Keras documents it; Keras 3.15 itself draws c between 1 and 1 + f
/// source    Keras' RandomContrast
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_contrast {
    factor_range factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_contrast", augmentation::is_image, [&](symbol x) {
            const symbol c = augmentation::drawn_beside(x, augmentation::contrast_factors(factor), here.random_state());
            return augmentation::with_contrast(x, c, value_range);
        });
    }
};

/// x + f (highest - lowest), within the limits.
///
/// source    Keras' RandomBrightness
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_brightness {
    factor_range factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_brightness", augmentation::is_image, [&](symbol x) {
            const symbol part = augmentation::drawn_beside(x, factor, here.random_state());
            return augmentation::brightened(x, part, value_range);
        });
    }
};

/// In training a part of the images, at one random place for the whole batch, as Keras'. Predicting, and of images that
/// are no larger, the largest part in the middle of the same ratio, resized. (Keras 3.15 predicts the whole image.)
///
/// shapes    (N,H,W,C) -> (N,height,width,C)
/// errors    E126 convolution_does_not_fit: no image, or one of unknown extents
/// source    Keras' RandomCrop
/// test      tests/nn/augmentation_test.cpp
struct random_crop {
    int height = 1, width = 1;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto is_wanted = [&](symbol x) { return preprocessing::is_image(x, height, width); };
        const auto always = [](symbol) { return true; };
        const symbol images = windows::with_channels_last(all.images, 2, data_format);
        if (!is_wanted(images)) return all;
        if ((all.random.g || is_training(images)) && is_smaller_than(images)) {
            const auto draw = [&](symbol x, symbol state) {   // one place for the whole batch
                const auto first = [&](int axis, int size) {  // 0 .. count - 1
                    const extent_t count = x.g->dims.resolve(x.extents()[axis]) - size + 1;
                    const symbol u = augmentation::drawn_once(x, {0, 1}, state);
                    const symbol place = ir::emit::cast(u * static_cast<double>(count), dtype::int64);
                    return telar::minimum(place, count - 1);
                };
                const symbol row = first(1, height), column = first(2, width);
                return augmentation::crop(x, row, column, height, width);
            };
            return augmentation::moved_in_training(*this, all, "random_crop", always, draw);
        }
        return augmentation::moved(*this, all, "random_crop", always, always, [&](symbol x) {
            const preprocessing::part from = preprocessing::middle_of_ratio(x, height, width);
            return preprocessing::resized_part{from, height, width}.motion();
        });
    }

private:
    constexpr bool is_smaller_than(symbol x) const {
        const extent_t h = x.g->dims.resolve(x.extents()[1]), w = x.g->dims.resolve(x.extents()[2]);
        return h >= height && w >= width && (h != height || w != width);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
