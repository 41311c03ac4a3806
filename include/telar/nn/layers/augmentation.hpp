// SPDX-License-Identifier: BSL-1.0
// Layers that change images at random in training, each image of a batch by its own draw, and predict the identity. By
// Keras' names and defaults. The functions in nn::augmentation are told what the layers draw.
#pragma once
#include <telar/nn/layers/augmentation_motion.hpp>
#include <telar/nn/layers/noise.hpp>
#include <telar/nn/layers/preprocessing.hpp>

namespace telar::inline TELAR_ABI::nn {

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
        if (augmentation::acts_at_random(all) && leaves_a_choice(all.images)) {
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
            return augmentation::moved_in_training(*this, all, "random_crop", is_wanted, draw);
        }
        const auto always = [](symbol) { return true; };
        return augmentation::moved(*this, all, "random_crop", is_wanted, always, [&](symbol x) {
            const preprocessing::part from = preprocessing::middle_of_ratio(x, height, width);
            return preprocessing::resized_part{from, height, width}.motion();
        });
    }

private:
    /// Whether the part has several places in the images.
    constexpr bool leaves_a_choice(symbol images) const {
        if (images.rank() != 4) return false;
        const int rows = data_format == nn::data_format::channels_first ? 2 : 1;
        const extent_t h = images.g->dims.resolve(images.extents()[rows]);
        const extent_t w = images.g->dims.resolve(images.extents()[rows + 1]);
        return h >= height && w >= width && (h != height || w != width);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
