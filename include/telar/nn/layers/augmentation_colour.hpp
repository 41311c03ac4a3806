// SPDX-License-Identifier: BSL-1.0
// Layers that change the colours of images at random in training, each image of a batch by its own draw, and predict
// the identity. By Keras' names and defaults. The functions in nn::augmentation are told what the layers draw.
//
// Images of two bytes are calculated with in float32.
#pragma once
#include <telar/nn/layers/augmentation.hpp>

namespace telar::inline TELAR_ABI::nn {

namespace augmentation {

inline constexpr value_limits of_bytes{0, 255}, of_shares{0, 1};

/// From one range of values to another, in the order of Keras' operations: what is floored next depends on it.
constexpr symbol rescaled(symbol image, const value_limits& from, const value_limits& to) {
    if (from == to) return image.plain();
    const symbol share = (image.plain() - from.lowest) / (from.highest - from.lowest);
    return share * (to.highest - to.lowest) + to.lowest;
}

// ---------------------------------------------------------------- grey
constexpr bool has_one_channel(symbol image) { return image.g->dims.same(image.extents()[3], 1); }
/// (N,H,W,3), or a mistake.
constexpr bool is_rgb(symbol x) {
    if (x.rank() == 4 && x.g->dims.unify(x.extents()[3], 3)) return true;
    ir::emit::refuse_convolution(x, x);
    return false;
}
/// (N,H,W,3) or (N,H,W,1), or a mistake.
constexpr bool has_colour(symbol x) { return (x.rank() == 4 && has_one_channel(x)) || is_rgb(x); }
constexpr symbol channel(symbol image, int i) { return ir::emit::part_of_axis(image, 3, i, 1); }

/// The luminance.   (N,H,W,3) -> (N,H,W,1)
constexpr symbol grey(symbol image) {
    if (has_one_channel(image)) return image.plain();
    const symbol i = ir::emit::iota(*image.g, 3, dtype::int32);
    const symbol of_channels =
        telar::where(i == 0, number(image, 0.2989), telar::where(i == 1, number(image, 0.587), 0.114));
    return ir::emit::reduce(op::sum, image.plain() * of_channels, 1u << 3, true);
}
/// Grey in all channels, where the flag is true.
constexpr symbol greyed(symbol image, symbol flag) { return telar::where(flag, grey(image), image.plain()); }
/// A share of the way to grey.
constexpr symbol degenerated(symbol image, symbol share, const value_limits& limits) {
    return within(image.plain() + share * (grey(image) - image.plain()), limits);
}

// ---------------------------------------------------------------- hue and saturation
/// Each (N,H,W,1). The hue is a part of the circle, whichever turn it is of; the others lie between 0 and 1.
struct hue_saturation_value {
    symbol hue, saturation, value;
};
/// source    Smith, SIGGRAPH 1978
constexpr hue_saturation_value hsv_of(symbol rgb) {
    const symbol red = channel(rgb, 0), green = channel(rgb, 1), blue = channel(rgb, 2);
    const symbol value = telar::maximum(telar::maximum(red, green), blue);
    const symbol chroma = value - telar::minimum(telar::minimum(red, green), blue);
    const symbol sixths = 6 * telar::where(chroma > 0, chroma, 1);
    const symbol from_green = (blue - red) / sixths + 2.0 / 6, from_blue = (red - green) / sixths + 4.0 / 6;
    const symbol hue =
        telar::where(red == value, (green - blue) / sixths, telar::where(green == value, from_green, from_blue));
    return {hue, chroma / telar::where(value > 0, value, 1), value};
}
/// A channel is v - v s max(0, min(k, 4 - k, 1)), k = (n + 6 h) mod 6, where n is 5 of red, 3 of green, 1 of blue.
constexpr symbol rgb_of(const hue_saturation_value& c) {
    const symbol n = 5 - 2 * ir::emit::iota(*c.hue.g, 3, c.hue.type());  // (3)
    const symbol k = telar::floor_mod(n + 6 * c.hue, 6);                 // (N,H,W,3)
    const symbol share = telar::maximum(telar::minimum(telar::minimum(k, 4 - k), 1), 0);
    return c.value * (1 - c.saturation * share);
}
/// Hues turned by a part of the circle of colours.
constexpr symbol with_hue(symbol image, symbol turn, const value_limits& limits) {
    hue_saturation_value c = hsv_of(rescaled(image, limits, of_shares));
    c.hue = c.hue + turn;
    return rescaled(within(rgb_of(c), of_shares), of_shares, limits);
}
/// Saturations times a factor, at most 1.
constexpr symbol with_saturation(symbol image, symbol factor, const value_limits& limits) {
    hue_saturation_value c = hsv_of(rescaled(image, limits, of_shares));
    c.saturation = within(c.saturation * factor, of_shares);
    return rescaled(rgb_of(c), of_shares, limits);
}
/// The factor of random_saturation: 0 is grey, 0.5 leaves the image as it is, 1 saturates it.
constexpr symbol saturation_factor(symbol share) { return share / (1 - share + 1e-7); }

// ---------------------------------------------------------------- values
/// Turned round where the flag is true.
constexpr symbol inverted(symbol image, symbol flag, const value_limits& limits) {
    return telar::where(flag, limits.lowest + limits.highest - image.plain(), image.plain());
}
/// As 8 bits of which the first few are kept.   bits int32 (N,1,1,1)
constexpr symbol posterized(symbol image, symbol bits, const value_limits& limits) {
    const symbol one = ir::emit::constant(*bits.g, dtype::int32, 1);
    const symbol step = ir::emit::cast(ir::emit::elementwise(op::shift_left, one, 8 - bits), image.type());
    const symbol kept = floor_of(rescaled(image, limits, of_bytes) / step) * step;
    return rescaled(kept, of_bytes, limits);
}
/// x + addition, and 255 less that from a threshold on; all as values from 0 to 255.
constexpr symbol solarized(symbol image, symbol addition, symbol threshold, const value_limits& limits) {
    const symbol x = within(rescaled(image, limits, of_bytes) + addition, of_bytes);
    return rescaled(telar::where(x < threshold, x, 255 - x), of_bytes, limits);
}

// ---------------------------------------------------------------- neighbours
/// The elements around each element of an axis, zeros beside the image.   (..., n, ...) -> (..., n, size, ...)
constexpr symbol neighbours(symbol image, int axis, extent_t size) {
    shape to = image.extents();
    to[axis] = image.g->dims.add(to[axis], size - 1);
    extent_t before[max_rank]{};
    before[axis] = (size - 1) / 2;
    return ir::emit::windows(ir::emit::pad(image, before, to), {axis, size, 1, 1});
}
/// Their sum, each with its weight (N,size).
constexpr symbol weighted_neighbours(symbol image, int axis, symbol weights) {
    const extent_t size = weights.extents()[1];
    shape beside(weights.extents()[0], 1, 1, 1, 1);
    beside[axis + 1] = size;
    const symbol each = neighbours(image, axis, size) * ir::emit::reshape(weights, beside);
    return ir::emit::reduce(op::sum, each, 1u << (axis + 1), false);
}
/// A factor of the way from the mean of 3 by 3 elements, in which the middle one counts five times, to the image.
constexpr symbol sharpened(symbol image, symbol factor, const value_limits& limits) {
    const auto of_three = [](symbol x, int axis) {
        return ir::emit::reduce(op::sum, neighbours(x, axis, 3), 1u << (axis + 1), false);
    };
    const symbol smooth = (of_three(of_three(image, 1), 2) + 4 * image.plain()) / 13;
    return within(image.plain() + (1 - factor) * (smooth - image.plain()), limits);
}
/// exp(-(i / sigma)^2 / 2), divided by their sum, for i from -(size - 1) / 2 on.   (N,1) -> (N,size)
constexpr symbol gaussian(symbol sigma, extent_t size) {
    const symbol i = ir::emit::iota(*sigma.g, size, sigma.type()) - static_cast<double>(size - 1) / 2;
    const symbol ratio = i / sigma, weight = telar::exp(-0.5 * ratio * ratio);
    return weight / ir::emit::reduce(op::sum, weight, 1u << 1, true);
}
/// Blurred where the flag is true; each sigma (N,1).
constexpr symbol blurred(symbol image, symbol flag, symbol sigma_of_rows, symbol sigma_of_columns,
                         const per_axis& kernel_size, const value_limits& limits) {
    const symbol down = weighted_neighbours(image, 1, gaussian(sigma_of_rows, kernel_size.numbers[0]));
    const symbol across = weighted_neighbours(down, 2, gaussian(sigma_of_columns, kernel_size.numbers[1]));
    return within(telar::where(flag, across, image.plain()), limits);
}

// ---------------------------------------------------------------- draws
/// lower, lower + 1, ... below upper; lower, if that is upper.   int32 (N,1,1,1)
constexpr symbol drawn_whole(symbol image, int lower, int upper, symbol state) {
    const int last = upper > lower ? upper - 1 : lower;
    const factor_range all{static_cast<double>(lower), static_cast<double>(last + 1)};
    return telar::minimum(ir::emit::cast(drawn(image, all, 4, state), dtype::int32), last);
}
/// A part of the circle, at most half of it, in either direction.   (N,1,1,1)
constexpr symbol drawn_turn(symbol image, const part_range& factor, symbol state) {
    const symbol side = drawn(image, {-1, 1}, 4, state), turn = 0.5 * drawn(image, factor, 4, state);
    return telar::where(side > 0, -turn, turn);
}

}  // namespace augmentation

/// Some of the images, with this probability, in grey: 0.2989 R + 0.587 G + 0.114 B in all channels.
///
/// shapes    (N,H,W,3) or (N,H,W,1) -> the same; so are those of all layers that tell colours apart
/// errors    E126 convolution_does_not_fit: other images
/// source    Keras' RandomGrayscale
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_grayscale {
    double factor = 0.5;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_grayscale", augmentation::has_colour, [&](symbol x) {
            const symbol flag = augmentation::drawn(x, {0, 1}, 4, here.random_state()) < factor;
            return augmentation::greyed(ir::emit::widened(x), flag);
        });
    }
};

/// A share of the way from x to grey, as random_grayscale's.
///
/// edge      one number f is {0, f}, as Keras documents it; Keras 3.15 itself draws from -f on
/// source    Keras' RandomColorDegeneration
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_color_degeneration {
    part_range factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(
            *this, images, "random_color_degeneration", augmentation::has_colour, [&](symbol x) {
                const symbol share = augmentation::drawn(x, factor, 4, here.random_state());
                return augmentation::degenerated(ir::emit::widened(x), share, value_range);
            });
    }
};

/// Hues turned by a share of half the circle of colours, one way or the other.
///
/// shapes    (N,H,W,3) -> the same
/// source    Keras' RandomHue
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_hue {
    part_range factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_hue", augmentation::is_rgb, [&](symbol x) {
            const symbol turn = augmentation::drawn_turn(x, factor, here.random_state());
            return augmentation::with_hue(ir::emit::widened(x), turn, value_range);
        });
    }
};

/// f / (1 - f) times as saturated, at most fully: f = 0 is grey, 0.5 leaves x as it is.
///
/// shapes    (N,H,W,3) -> the same
/// edge      one number f is {0, f}, and a saturation ends at 1, as Keras documents them; Keras 3.15 itself draws from
///           -f on, and lets it grow to the highest value
/// source    Keras' RandomSaturation
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_saturation {
    part_range factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_saturation", augmentation::is_rgb, [&](symbol x) {
            const symbol share = augmentation::drawn(x, factor, 4, here.random_state());
            return augmentation::with_saturation(ir::emit::widened(x), augmentation::saturation_factor(share),
                                                 value_range);
        });
    }
};

/// random_brightness, random_contrast, random_saturation and random_hue, in this order; those that are given.
///
/// shapes    (N,H,W,3) -> the same
/// source    Keras' RandomColorJitter
/// test      tests/nn/colour_test.cpp
struct random_color_jitter {
    value_limits value_range{};
    factor_range brightness_factor{}, contrast_factor{};
    part_range saturation_factor = none, hue_factor{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    static constexpr part_range none{1, 0};  // from above to below
    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_color_jitter", augmentation::is_rgb, [&](symbol x) {
            const symbol state = here.random_state();
            symbol y = ir::emit::widened(x);
            if (brightness_factor != factor_range{})
                y = augmentation::brightened(y, augmentation::drawn(x, brightness_factor, 4, state), value_range);
            if (contrast_factor != factor_range{}) {
                const factor_range factors = augmentation::contrast_factors(contrast_factor);
                y = augmentation::with_contrast(y, augmentation::drawn(x, factors, 4, state), value_range);
            }
            if (saturation_factor.lower <= saturation_factor.upper) {
                const symbol share = augmentation::drawn(x, saturation_factor, 4, state);
                y = augmentation::with_saturation(y, augmentation::saturation_factor(share), value_range);
            }
            if (hue_factor.upper != 0)
                y = augmentation::with_hue(y, augmentation::drawn_turn(x, hue_factor, state), value_range);
            return y;
        });
    }
};

/// lowest + highest - x, with a probability that is drawn for each image.
///
/// shapes    (N,H,W,C) -> the same
/// source    Keras' RandomInvert
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_invert {
    part_range factor = 1;
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_invert", augmentation::is_image, [&](symbol x) {
            const symbol flag = augmentation::chosen(x, factor, here.random_state());
            return augmentation::inverted(ir::emit::widened(x), flag, value_range);
        });
    }
};

/// How many bits of 8 are kept: n; {lower, upper} is lower .. upper - 1, or lower if they are equal.
struct bit_range {
    int lower = 8, upper = 8;

    constexpr bit_range() = default;
    constexpr bit_range(int bits) : lower(bits), upper(bits) {}
    constexpr bit_range(int from, int to) : lower(from), upper(to) {}
};
/// Values from lowest to highest, as 8 bits of which the first few are kept.
///
/// shapes    (N,H,W,C) -> the same
/// edge      one number n keeps n bits, as Keras documents it; Keras 3.15 itself draws from 1 to n - 1
/// source    Keras' RandomPosterization
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_posterization {
    bit_range factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_posterization", augmentation::is_image, [&](symbol x) {
            const symbol bits = augmentation::drawn_whole(x, factor.lower, factor.upper, here.random_state());
            return augmentation::posterized(ir::emit::widened(x), bits, value_range);
        });
    }
};

/// x + a, within the limits; from a threshold t on lowest + highest less that. a and t are shares of the range of
/// values, drawn for each image; t = 0 turns all of them round.
///
/// shapes    (N,H,W,C) -> the same
/// edge      a and t are drawn from {lower, upper} times the range, as Keras documents them; Keras 3.15 itself takes
///           `lower` as a value of 0 .. 255
/// source    Keras' Solarization
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct solarization {
    part_range addition_factor{}, threshold_factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "solarization", augmentation::is_image, [&](symbol x) {
            const symbol addition = 255 * augmentation::drawn(x, addition_factor, 4, here.random_state());
            const symbol threshold = 255 * augmentation::drawn(x, threshold_factor, 4, here.random_state());
            return augmentation::solarized(ir::emit::widened(x), addition, threshold, value_range);
        });
    }
};

/// 2 f of the way from a mean of 3 by 3 elements to x, within the limits: f = 0.5 leaves x as it is.
///
/// shapes    (N,H,W,C) -> the same
/// edge      zeros stand beside the image, as Keras'
/// source    Keras' RandomSharpness
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_sharpness {
    part_range factor{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_sharpness", augmentation::is_image, [&](symbol x) {
            const symbol share = augmentation::drawn(x, factor, 4, here.random_state());
            return augmentation::sharpened(ir::emit::widened(x), 2 * share, value_range);
        });
    }
};

/// Some of the images, with a probability that is drawn for each, blurred by a Gaussian of an odd kernel_size. Its
/// sigma is drawn for each image, of rows and of columns.
///
/// shapes    (N,H,W,C) -> the same
/// edge      zeros stand beside the image, as Keras'. A sigma for each image is as Keras documents it; Keras 3.15
///           itself draws one for all
/// source    Keras' RandomGaussianBlur
/// test      tests/fixtures/keras_colour_test.cpp, tests/nn/colour_test.cpp
struct random_gaussian_blur {
    part_range factor = 1;
    per_axis kernel_size = 3;
    part_range sigma = 1;
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_gaussian_blur", augmentation::is_image, [&](symbol x) {
            const symbol state = here.random_state(), flag = augmentation::chosen(x, factor, state);
            const symbol of_columns = augmentation::drawn(x, sigma, 2, state) + 1e-6;
            const symbol of_rows = augmentation::drawn(x, sigma, 2, state) + 1e-6;
            return augmentation::blurred(ir::emit::widened(x), flag, of_rows, of_columns, kernel_size, value_range);
        });
    }
};

}  // namespace telar::inline TELAR_ABI::nn
