// SPDX-License-Identifier: BSL-1.0
// Layers that bend images at random in training: sheared, seen from another side, distorted as rubber. By Keras' names
// and defaults. The functions in nn::augmentation are told what the layers draw.
#pragma once
#include <telar/nn/layers/augmentation.hpp>

namespace telar::inline TELAR_ABI::nn {

namespace augmentation {

/// Element (y, x) of the result is what the image has at (y + of_column x, x + of_row y).
constexpr affine shear(symbol image, symbol of_row, symbol of_column) {
    const symbol one = number(image, 1), zero = number(image, 0);
    return {one, of_row, zero, of_column, one, zero};
}

/// Where the corners of an image go: top left, top right, bottom left, bottom right; as parts of its width and of its
/// height, each a number or (N,1,1).
struct corners {
    symbol x[4], y[4];
};
/// The map that takes elements of the result to those of the image: the inverse, up to a factor, of the unit square's
/// to the corners, u -> (a u + b v + c, d u + e v + f) / (g u + h v + i), with elements in place of parts.
constexpr projective map_from(symbol image, const corners& to) {
    const auto& [x, y] = to;
    const auto det = [](symbol p, symbol q, symbol r, symbol s) { return p * s - q * r; };
    const symbol fx = x[0] - x[1] - x[2] + x[3], fy = y[0] - y[1] - y[2] + y[3];
    const symbol rx = x[1] - x[3], ry = y[1] - y[3], sx = x[2] - x[3], sy = y[2] - y[3];
    const symbol i = det(rx, sx, ry, sy), g = det(fx, sx, fy, sy), h = det(rx, fx, ry, fy);
    const symbol a = i * (x[1] - x[0]) + g * x[1], b = i * (x[2] - x[0]) + h * x[2], c = i * x[0];
    const symbol d = i * (y[1] - y[0]) + g * y[1], e = i * (y[2] - y[0]) + h * y[2], f = i * y[0];
    const symbol width = telar::maximum(extent(image, 2) - 1, 1), height = telar::maximum(extent(image, 1) - 1, 1);
    // clang-format off
    return {det(e, f, h, i),                    det(c, b, i, h) * (width / height), det(b, c, e, f) * width,
            det(f, d, i, g) * (height / width), det(a, c, g, i),                    det(c, a, f, d) * height,
            det(d, e, g, h) / width,            det(b, a, h, g) / height,           det(a, b, d, e)};
    // clang-format on
}

/// Moves the corners of those images whose flag is true.   flag (N,1,1,1)
constexpr auto view(symbol image, symbol flag, const corners& at, const reading& r) {
    const projective m = map_from(image, at);
    const symbol is_seen = ir::emit::reshape(flag, shape(image.extents()[0], 1, 1));
    return motion{[=](symbol x, bool is_mask) { return telar::where(flag, projected(x, m, r.of(is_mask)), x); },
                  [=](const boxes::point& p) {
                      const boxes::point seen = point_of_result(m, p);
                      return boxes::point{telar::where(is_seen, seen.x, p.x), telar::where(is_seen, seen.y, p.y)};
                  },
                  image.extents()[1], image.extents()[2]};
}

/// (N,H,W), each element and its neighbours up to 3 floor(deviation) away by Gaussian weights, whose sum is 1 in the
/// middle; beside it there is 0. The weights of an axis are the rows of a matrix, since how many there are is drawn.
constexpr symbol blurred(symbol x, symbol deviation) {
    const symbol reach = 3 * floor_of(deviation), unit = telar::maximum(deviation, 1e-6);
    const auto weights = [&](symbol distance) {
        const symbol steps = distance / unit;
        return telar::where(distance <= reach, telar::exp(-0.5 * (steps * steps)), 0);
    };
    const auto matrix = [&](int axis) {
        const symbol place = ir::emit::iota(*x.g, x.extents()[axis], x.type());
        const symbol distance = telar::abs(ir::emit::expand_dims(place, {1}) - ir::emit::expand_dims(place, {0}));
        const symbol all = 2 * ir::emit::reduce(op::sum, weights(place), 1, false) - 1;  // of both sides
        return weights(distance) / all;
    };
    return ir::emit::matmul(ir::emit::matmul(matrix(1), x), matrix(2));
}
/// Each element is read elsewhere: by noise (N,H,W), which is blurred. `scale`, a number, is how strong and how smooth.
constexpr symbol distorted(symbol image, symbol of_rows, symbol of_columns, symbol scale, const reading& r) {
    const symbol height = extent(image, 1), width = extent(image, 2);
    const symbol size = 0.1 * scale * telar::maximum(height, width);
    const symbol deviation = 0.05 * scale * telar::minimum(height, width);
    const auto moved = [&](symbol noise, int axis) {
        return coordinates(image, axis) + size * blurred(deviation * noise, deviation);
    };
    const auto inside = [&](symbol i, symbol n) {
        return r.outside == fill_mode::wrap ? telar::floor_mod(i, n) : inside_again(i, n, r.outside);
    };
    const auto at = [&](symbol i, symbol k) { return elements_at(image, inside(i, height), inside(k, width), r); };
    return interpolated(image, moved(of_rows, 1), moved(of_columns, 2), r.between, at);
}
/// Normal numbers, one for each place of each image: (N,H,W).
constexpr symbol noise_of_places(symbol image, symbol state) {
    return expr::functions::normal::of(state, ir::emit::next_streams(*image.g), coordinate_type(image),
                                       ir::emit::without(image.extents(), 1u << 3));
}

}  // namespace augmentation

/// Each row moves to the left by its number times a number between those of x_factor, each column up by y_factor's;
/// half of the images both the other way.
///
/// shapes    (N,H,W,C) -> the same
/// source    Keras' RandomShear
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_shear {
    factor_range x_factor{}, y_factor{};
    nn::interpolation interpolation = nn::interpolation::bilinear;
    nn::fill_mode fill_mode = nn::fill_mode::reflect;
    double fill_value = 0;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto draw = [&](symbol x, symbol state) {
            const symbol is_turned = augmentation::drawn(x, {0, 1}, 3, state) > 0.5;
            const symbol sign = telar::where(is_turned, augmentation::number(x, -1), augmentation::number(x, 1));
            const symbol of_column = sign * augmentation::drawn(x, y_factor, 3, state);
            const symbol of_row = sign * augmentation::drawn(x, x_factor, 3, state);
            return augmentation::motion_by(x, augmentation::shear(x, of_row, of_column),
                                           {interpolation, fill_mode, fill_value});
        };
        return augmentation::moved_in_training(*this, all, "random_shear", augmentation::is_image, draw);
    }
};

/// Each image, with a probability between 0 and `factor`, as seen from another side: its corners at 1 - scale / 2 to
/// 1 + scale / 2 times their distance from the top and from the left. Beside it stands fill_value.
///
/// shapes    (N,H,W,C) -> the same
/// edge      for every image factor is {1, 1}. As in Keras the top left corner stays, and its neighbours move along the
///           edges that they share with it
/// source    Keras' RandomPerspective; Heckbert, Fundamentals of Texture Mapping and Image Warping (1989)
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_perspective {
    part_range factor = 1;
    double scale = 1;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    double fill_value = 0;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto draw = [&](symbol x, symbol state) {
            const symbol is_seen = augmentation::chosen(x, factor, state);
            symbol side[4];  // top and left, then those of the opposite corner
            for (symbol& s : side) s = augmentation::drawn(x, {1 - 0.5 * scale, 1 + 0.5 * scale}, 3, state);
            const symbol zero = augmentation::number(x, 0);
            const augmentation::corners at{{zero, side[0], zero, side[2]}, {zero, zero, side[1], side[3]}};
            return augmentation::view(x, is_seen, at, {interpolation, nn::fill_mode::constant, fill_value});
        };
        return augmentation::moved_in_training(*this, all, "random_perspective", augmentation::is_image, draw);
    }
};

/// Each image, with a probability between 0 and `factor`, distorted as rubber: elements are read 0.1 s max(H, W) z away
/// from their places, z = normal noise times d, blurred by a Gaussian of deviation d = 0.05 s min(H, W); one noise for
/// rows, one for columns. s is drawn between 0 and `scale`, once for the batch.
///
/// shapes    (N,H,W,C) -> the same
/// edge      for every image factor is {1, 1}. Keras 3.15 has one noise for rows and columns, so that everything moves
///           along one diagonal, and on TensorFlow reflects what lies before the first element by one place too many
/// source    Keras' RandomElasticTransform; Simard, Steinkraus and Platt, ICDAR 2003
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_elastic_transform {
    part_range factor = 1, scale = 1;
    nn::interpolation interpolation = nn::interpolation::bilinear;
    nn::fill_mode fill_mode = nn::fill_mode::reflect;
    double fill_value = 0;
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const { return (*this)(annotated_images{.images = images}).images; }
    constexpr annotated_images operator()(const annotated_images& all) const {
        const auto is_wanted = [&](symbol x) {
            return augmentation::is_image(x) && augmentation::is_without_boxes(all);
        };
        const auto draw = [&](symbol x, symbol state) {
            const symbol is_distorted = augmentation::chosen(x, factor, state);
            const symbol of_batch = augmentation::drawn_once(x, scale, state);
            const symbol of_rows = augmentation::noise_of_places(x, state);
            const symbol of_columns = augmentation::noise_of_places(x, state);
            const augmentation::reading r{interpolation, fill_mode, fill_value};
            const auto image = [=, limits = value_range](symbol of, bool is_mask) {
                const symbol y = augmentation::distorted(of, of_rows, of_columns, of_batch, r.of(is_mask));
                const symbol chosen = telar::where(is_distorted, y, of);
                return is_mask ? chosen : augmentation::within(chosen, limits);
            };
            const auto point = [](const boxes::point& p) { return p; };
            return augmentation::motion{image, point, x.extents()[1], x.extents()[2]};
        };
        return augmentation::moved_in_training(*this, all, "random_elastic_transform", is_wanted, draw,
                                               scale.upper != 0 && factor.upper != 0);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
