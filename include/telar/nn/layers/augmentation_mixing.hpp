// SPDX-License-Identifier: BSL-1.0
// Layers that erase parts of images at random in training, or mix the images of a batch, and with them their labels.
// By Keras' names and defaults. The functions in nn::augmentation are told what the layers draw.
#pragma once
#include <telar/nn/layers/augmentation_geometry.hpp>

#include <array>
#include <initializer_list>
#include <span>

namespace telar::inline TELAR_ABI::nn {

/// What stands where an image is erased: a number, one for each of up to four channels, or noise where none is given.
struct erased_fill {
    double numbers[4]{};
    std::int32_t count = 0;

    constexpr erased_fill() = default;
    constexpr erased_fill(double all) : numbers{all}, count(1) {}
    constexpr erased_fill(std::initializer_list<double> of_channels) {
        for (const double v : of_channels) numbers[count++] = v;
    }
};

namespace augmentation {

/// A part of each image: the places from (top, left) on and before (bottom, right), each (N,1,1).
struct box {
    symbol top, left, bottom, right;
};
/// Of parts of the height and of the width, anywhere in the image.
constexpr box drawn_box(symbol image, symbol of_height, symbol of_width, symbol state) {
    const auto first = [&](int axis, symbol length) {
        const symbol u = drawn(image, {0, 1}, 3, state);
        return u * (extent(image, axis) - length);
    };
    const symbol width = of_width * extent(image, 2), height = of_height * extent(image, 1);
    const symbol left = first(2, width), top = first(1, height);
    return {top, left, top + height, left + width};
}
/// Which elements lie in the box: (N,H,W,1).
constexpr symbol is_in(symbol image, const box& b) {
    const symbol x = coordinates(image, 2), y = coordinates(image, 1);
    const symbol inside = x >= b.left && x < b.right && y >= b.top && y < b.bottom;
    return ir::emit::expand_dims(inside, {-1});
}
/// The part of an image that does not lie in the box: (N,1,1).
constexpr symbol part_outside(symbol image, const box& b) {
    return 1 - (b.right - b.left) * (b.bottom - b.top) / (extent(image, 2) * extent(image, 1));
}

constexpr symbol erased(symbol image, const box& b, symbol fill) {
    return telar::where(is_in(image, b), fill, image.plain());
}
/// What is drawn or given for the erased parts, within the limits.
constexpr symbol filling(symbol image, const erased_fill& fill, const value_limits& limits, symbol state) {
    ir::graph& g = *image.g;
    if (fill.count == 0) {
        const symbol noise =
            expr::functions::normal::of(state, ir::emit::next_streams(g), coordinate_type(image), image.extents());
        return within(ir::emit::cast(noise * limits.highest, image.type()), limits);
    }
    symbol each[4];
    for (int i = 0; i < fill.count; ++i)
        each[i] = ir::emit::reshape(ir::emit::constant(g, image.type(), fill.numbers[i]), shape(1));
    const std::span<const symbol> all(each, static_cast<std::size_t>(fill.count));
    return within(ir::emit::concat(all, 0), limits);
}

/// The samples in another order.
constexpr symbol reordered(symbol x, symbol order) { return ir::emit::gather_lines(x.plain(), order, 0, 0); }
/// In the box what another image has there; likewise for a mask of the image.
constexpr symbol pasted(symbol mask, symbol image, const box& b, symbol order) {
    return telar::where(is_in(image, b), reordered(mask, order), mask.plain());
}
constexpr symbol pasted(symbol image, const box& b, symbol order) { return pasted(image, image, b, order); }
/// w x + (1 - w) of another sample: a weight for each.   w (N), or (N,1,1)
constexpr symbol blended(symbol x, symbol w, symbol order) {
    shape beside(x.extents()[0]);
    for (int i = 1; i < x.rank(); ++i) beside.append(1);
    w = ir::emit::reshape(ir::emit::cast(w, x.type()), beside);
    return w * x.plain() + (1 - w) * reordered(x, order);
}
constexpr symbol drawn_order(symbol image, symbol state) {
    return expr::functions::permutation_of(state, ir::emit::next_streams(*image.g), image.extents()[0]);
}
/// A weight for each image, of density w^(alpha - 1) (1 - w)^(alpha - 1) between 0 and 1. It is (1 + t / sqrt(2 alpha +
/// t^2)) / 2, t of Student's distribution with 2 alpha degrees of freedom: t = sqrt(2 alpha (u^(-1/alpha) - 1)) cos v,
/// u uniform and v any angle.
///
/// source    Bailey, Math. Comp. 62 (1994); Devroye, Winter Simulation Conference 1996
constexpr symbol drawn_weight(symbol image, symbol alpha, symbol state) {
    const symbol u = drawn(image, {0, 1}, 3, state);
    const symbol cosine = telar::cos(drawn(image, {0, 6.283185307179586}, 3, state));
    const symbol odds = 1 / ir::emit::elementwise(op::expm1, -telar::log(u) / alpha);
    return 0.5 + 0.5 * cosine / telar::sqrt(cosine * cosine + odds);
}

/// Calls a layer that mixes images and their annotations in training, by layer.mix(x, all, state).
template <class Layer>
constexpr annotated_images mixed_in_training(const Layer& layer, annotated_images all, const char* name) {
    const layer_call call(layer.here, all.images, name);
    if (!is_image(all.images) || !(Layer::moves_boxes || is_without_boxes(all))) return all;
    all.images = preprocessing::as_float(layer.here, all.images);
    if (all.labels.g) all.labels = preprocessing::as_float(layer.here, all.labels);
    if (acts_at_random(all)) {
        const auto in_order = [&](symbol s) { return s.g ? windows::with_channels_last(s, 2, layer.data_format) : s; };
        all.images = in_order(all.images), all.segmentation_masks = in_order(all.segmentation_masks);
        layer.mix(all.images, all, random_state_of(layer, all));
        const auto given = [&](symbol s) { return s.g ? windows::in_format(s, layer.data_format) : s; };
        all.images = given(all.images), all.segmentation_masks = given(all.segmentation_masks);
    }
    call.gives(all.images);
    return all;
}

}  // namespace augmentation

/// Of each image, with a probability between 0 and `factor`, a part is erased: a box whose height and width are the
/// roots of numbers between those of `scale` times the image's. There stands fill_value, or noise times the highest
/// value, within the limits.
///
/// shapes    (N,H,W,C) -> the same
/// errors    E101: fill_value has another number of channels
/// edge      for every image factor is {1, 1}
/// source    Keras' RandomErasing; Zhong, Zheng, Kang, Li and Yang, arXiv:1708.04896
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct random_erasing {
    part_range factor = 1, scale{0.02, 0.33};
    erased_fill fill_value{};
    value_limits value_range{};
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    constexpr symbol operator()(symbol images) const {
        return augmentation::in_training(*this, images, "random_erasing", augmentation::is_image, [&](symbol x) {
            const symbol state = here.random_state();
            const symbol of_width = telar::sqrt(augmentation::drawn(x, scale, 3, state));
            const symbol of_height = telar::sqrt(augmentation::drawn(x, scale, 3, state));
            const augmentation::box part = augmentation::drawn_box(x, of_height, of_width, state);
            const symbol is_erased = augmentation::chosen(x, factor, state);
            const symbol y = augmentation::erased(x, part, augmentation::filling(x, fill_value, value_range, state));
            return telar::where(is_erased, y, x);
        });
    }
};

/// A part of each image is that of another image of the batch; the labels are mixed as the areas are.
///
///     auto [x, y] = mix(images, labels);                       // nn::cut_mix mix{}, a member of a model
///     auto [x, y] = nn::cut_mix{}(images, labels, rng);        // in a function of data, where it always mixes
///     nn::annotated_images all = mix({.images = x, .segmentation_masks = m});
///
/// The part's area is 1 - w of the image, w of density w^(alpha - 1) (1 - w)^(alpha - 1); alpha is drawn between 0 and
/// `factor`, once for the batch.
///
/// shapes    images (N,H,W,C), labels (N,...) -> the same
/// types     floats; integers become those of the model. Classes are one_hot before
/// errors    E260 boxes_stay
/// source    Keras' CutMix; Yun et al., arXiv:1905.04899
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct cut_mix {
    part_range factor = 1;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    static constexpr bool moves_boxes = false;
    constexpr std::array<symbol, 2> operator()(symbol images, symbol labels, symbol random = {}) const {
        const annotated_images mixed = (*this)({.images = images, .labels = labels, .random = random});
        return {mixed.images, mixed.labels};
    }
    constexpr annotated_images operator()(const annotated_images& all) const {
        return augmentation::mixed_in_training(*this, all, "cut_mix");
    }
    /// Mixes the images x (N,H,W,C) and their annotations into `all`; the draws come from the state.
    constexpr void mix(symbol x, annotated_images& all, symbol state) const {
        const symbol alpha = augmentation::drawn_once(x, factor, state) + 1e-6;
        const symbol side = telar::sqrt(1 - augmentation::drawn_weight(x, alpha, state));
        const augmentation::box part = augmentation::drawn_box(x, side, side, state);
        const symbol order = augmentation::drawn_order(x, state);
        all.images = augmentation::pasted(x, part, order);
        if (all.labels.g) all.labels = augmentation::blended(all.labels, augmentation::part_outside(x, part), order);
        if (const symbol m = all.segmentation_masks; m.g)
            all.segmentation_masks = augmentation::pasted(m, x, part, order);
    }
};

/// w x + (1 - w) of another image of the batch; labels and masks likewise; the boxes are those of both images. w is
/// drawn for each image, of density w^(alpha - 1) (1 - w)^(alpha - 1).
///
///     auto [x, y] = mix(images, labels);                       // nn::mix_up mix{}, a member of a model
///     auto [x, y] = nn::mix_up{0.4}(images, labels, rng);      // in a function of data, where it always mixes
///
/// shapes    as cut_mix
/// types     as cut_mix
/// source    Keras' MixUp; Zhang, Cisse, Dauphin and Lopez-Paz, arXiv:1710.09412
/// test      tests/fixtures/keras_augmentation_test.cpp, tests/nn/augmentation_test.cpp
struct mix_up {
    double alpha = 0.2;
    nn::data_format data_format = nn::data_format::channels_last;
    site here{};

    static constexpr bool moves_boxes = true;
    constexpr std::array<symbol, 2> operator()(symbol images, symbol labels, symbol random = {}) const {
        const annotated_images mixed = (*this)({.images = images, .labels = labels, .random = random});
        return {mixed.images, mixed.labels};
    }
    constexpr annotated_images operator()(const annotated_images& all) const {
        return augmentation::mixed_in_training(*this, all, "mix_up");
    }
    /// Mixes the images x (N,H,W,C) and their annotations into `all`; the draws come from the state.
    constexpr void mix(symbol x, annotated_images& all, symbol state) const {
        const symbol order = augmentation::drawn_order(x, state);
        const symbol w = augmentation::drawn_weight(x, augmentation::number(x, alpha), state);
        const auto blended = [&](symbol& s) {
            if (s.g) s = augmentation::blended(preprocessing::as_float(here, s), w, order);
        };
        const auto of_both = [&](symbol& s) {
            if (s.g) s = ir::emit::concat(s.plain(), augmentation::reordered(s, order), 1);
        };
        blended(all.images), blended(all.labels), blended(all.segmentation_masks);
        of_both(all.bounding_boxes.boxes), of_both(all.bounding_boxes.labels);
    }
};

/// The first max_number boxes of each image and their labels; fill_value stands where there are fewer.
///
/// shapes    boxes (N,B,4), labels (N,B) -> (N,max_number,4), (N,max_number); B may be unknown
/// types     numbers
/// errors    E103 axis_out_of_range
/// source    Keras' MaxNumBoundingBoxes
/// test      tests/fixtures/keras_augmentation_test.cpp
struct max_num_bounding_boxes {
    int max_number = 1;
    int fill_value = -1;
    site here{};

    constexpr std::array<symbol, 2> operator()(symbol boxes, symbol labels) const {
        const layer_call call(here, boxes, "max_num_bounding_boxes");
        return {call.gives(cut_or_filled(boxes)), cut_or_filled(labels)};
    }
    constexpr annotated_images operator()(annotated_images all) const {
        const auto kept = (*this)(all.bounding_boxes.boxes, all.bounding_boxes.labels);
        all.bounding_boxes.boxes = kept[0], all.bounding_boxes.labels = kept[1];
        return all;
    }

private:
    constexpr symbol cut_or_filled(symbol x) const {
        ir::graph& g = *x.g;
        if (ir::emit::axis_bits(x, {1}) == 0) return x;
        const symbol place = ir::emit::iota(g, max_number, dtype::int64);
        const symbol is_there = place < ir::emit::extent(g, x.extents()[1], dtype::int64);
        const symbol y =
            ir::emit::gather_lines(x.plain(), telar::where(is_there, place, -1), 1, 0, ir::emit::outside::is_nothing);
        shape beside(1, max_number);
        for (int i = 2; i < x.rank(); ++i) beside.append(1);
        return telar::where(ir::emit::reshape(is_there, beside), y, fill_value);
    }
};

}  // namespace telar::inline TELAR_ABI::nn
