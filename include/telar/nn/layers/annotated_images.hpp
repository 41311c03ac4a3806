// SPDX-License-Identifier: BSL-1.0
// Images and their annotations: labels, bounding boxes, segmentation masks. Layers that move the elements of images
// move boxes and masks with them.
#pragma once
#include <telar/nn/layers/windows.hpp>
#include <telar/nn/mode.hpp>

#include <span>
#include <utility>

namespace telar::inline TELAR_ABI::nn {

/// The four numbers that describe a box: left (x) and top (y), or the center; then right and bottom, or width and
/// height. rel: as fractions of the image's width and height.
enum class bounding_box_format : std::int32_t {
    xyxy,
    yxyx,
    xywh,
    center_xywh,
    center_yxhw,
    rel_xyxy,
    rel_yxyx,
    rel_xywh,
    rel_center_xywh
};
/// boxes (N,B,4), labels (N,B)
struct bounding_boxes {
    symbol boxes{}, labels{};
    bounding_box_format format = bounding_box_format::xyxy;
};
/// Images and their annotations, a dict in Keras. Members that are not given stay empty.
///
///     const nn::annotated_images all = flip({.images = x, .bounding_boxes = {boxes, classes}});    // in a model
///     const auto all = nn::random_flip{}({.images = x, .segmentation_masks = m, .random = rng});   // anywhere
///
/// A layer that is a member of a model moves them in training. With `random`, a state to draw from, it always does,
/// also in a function of data.
///
/// shapes    images (N,H,W,C), labels (N,...), segmentation_masks (N,H,W,K), boxes (N,B,4) and their labels (N,B)
/// types     masks: any numbers, read by the nearest element; boxes: floats, integers become those of the model
/// edge      boxes are clipped to the image; the label of a box of which nothing is left becomes -1. As in Keras the
///           numbers of a box move as the centres of elements do: half a turn shifts it by one element
/// errors    E260 boxes_stay: random_elastic_transform and cut_mix
/// source    Keras' call of an image layer with a dict
/// test      tests/fixtures/keras_boxes_test.cpp, tests/nn/annotated_images_test.cpp
struct annotated_images {
    symbol images{}, labels{};
    nn::bounding_boxes bounding_boxes{};
    symbol segmentation_masks{}, random{};
};

namespace preprocessing {
/// x, in the type of the model's parameters if it holds integers.
constexpr symbol as_float(const site& here, symbol x) {
    if (is_float(x.type())) return x.plain();
    return ir::emit::cast(x.plain(), here.owner ? here.owner->type : dtype::float32);
}
}  // namespace preprocessing

namespace boxes {
/// A place in an image, in elements from its left and from its top: (N,B,1).
struct point {
    symbol x, y;
};
struct sides {
    symbol left, top, right, bottom;
};
struct image_size {
    symbol height, width;
};

constexpr bool has_rows_first(bounding_box_format f) {
    using enum bounding_box_format;
    return f == yxyx || f == center_yxhw || f == rel_yxyx;
}
constexpr bool is_relative(bounding_box_format f) { return f >= bounding_box_format::rel_xyxy; }
constexpr bool has_center(bounding_box_format f) {
    using enum bounding_box_format;
    return f == center_xywh || f == center_yxhw || f == rel_center_xywh;
}
constexpr bool has_size(bounding_box_format f) {
    using enum bounding_box_format;
    return f == xywh || f == rel_xywh || has_center(f);
}

constexpr sides sides_of(symbol boxes, bounding_box_format f, const image_size& of) {
    symbol n[4];
    for (int i = 0; i < 4; ++i) {
        n[i] = ir::emit::part_of_axis(boxes, 2, has_rows_first(f) ? i ^ 1 : i, 1);
        if (is_relative(f)) n[i] = n[i] * (i % 2 == 0 ? of.width : of.height);
    }
    if (!has_size(f)) return {n[0], n[1], n[2], n[3]};
    for (int i = 0; i < 2 && has_center(f); ++i) n[i] = n[i] - 0.5 * n[i + 2];
    return {n[0], n[1], n[0] + n[2], n[1] + n[3]};
}
constexpr symbol in_format(const sides& s, bounding_box_format f, const image_size& of) {
    symbol n[4]{s.left, s.top, s.right, s.bottom}, ordered[4];
    for (int i = 0; i < 2 && has_size(f); ++i) {
        n[i + 2] = n[i + 2] - n[i];
        if (has_center(f)) n[i] = n[i] + 0.5 * n[i + 2];
    }
    for (int i = 0; i < 4; ++i) {
        if (is_relative(f)) n[i] = n[i] / (i % 2 == 0 ? of.width : of.height);
        ordered[has_rows_first(f) ? i ^ 1 : i] = n[i];
    }
    return ir::emit::concat(std::span<const symbol>(ordered), 2);
}
/// The box around a box whose corners move.
template <class Moved> constexpr sides around(const sides& s, const Moved& moved) {
    const point corners[]{{s.left, s.top}, {s.right, s.top}, {s.left, s.bottom}, {s.right, s.bottom}};
    const point first = moved(corners[0]);
    sides y{first.x, first.y, first.x, first.y};
    for (int i = 1; i < 4; ++i) {
        const point p = moved(corners[i]);
        y = {telar::minimum(y.left, p.x), telar::minimum(y.top, p.y), telar::maximum(y.right, p.x),
             telar::maximum(y.bottom, p.y)};
    }
    return y;
}
constexpr sides within(const sides& s, const image_size& of) {
    const auto inside = [](symbol v, symbol last) { return telar::minimum(telar::maximum(v, 0), last); };
    return {inside(s.left, of.width), inside(s.top, of.height), inside(s.right, of.width), inside(s.bottom, of.height)};
}
/// The boxes in images of size `to`, after their points have moved there from images of size `from`.
template <class Moved>
constexpr bounding_boxes moved(const bounding_boxes& b, const Moved& point, const image_size& from,
                               const image_size& to) {
    const sides s = within(around(sides_of(b.boxes, b.format, from), point), to);
    bounding_boxes moved = b;
    moved.boxes = in_format(s, b.format, to);
    if (!b.labels.g) return moved;
    const symbol is_left = (s.right - s.left) * (s.bottom - s.top) > 0;
    moved.labels = telar::where(ir::emit::reshape(is_left, b.labels.extents()), b.labels.plain(), -1);
    return moved;
}
}  // namespace boxes

namespace augmentation {

/// How images move: image(x, is_mask) moves x (N,H,W,C), point(p) moves places in it; height and width are the
/// result's.
template <class Image, class Point> struct motion {
    Image image;
    Point point;
    extent_t height, width;
};
template <class Image, class Point> motion(Image, Point, extent_t, extent_t) -> motion<Image, Point>;

/// True where there are no boxes; boxes, which the layer cannot move, are recorded as a mistake.
constexpr bool is_without_boxes(const annotated_images& all) {
    const symbol b = all.bounding_boxes.boxes;
    if (b.g) b.g->fail({ir::mistake_kind::boxes_stay, op::leaf, {}, {}, 0, b.extents(), {}, 0});
    return !b.g;
}

/// Whether a random layer acts: in training, or wherever it is given a state.
constexpr bool acts_at_random(const annotated_images& all) { return all.random.g || is_training(all.images); }
/// The state to draw from: the given one, or the model's.
template <class Layer> constexpr symbol random_state_of(const Layer& layer, const annotated_images& all) {
    return all.random.g ? all.random : layer.here.random_state();
}

/// Moves all by the motion draw(x), x being the images with channels last. is_wanted(x) checks the images and records a
/// mistake; where acts(x) is false, nothing moves.
template <class Layer, class Wanted, class Acts, class Draw>
constexpr annotated_images moved(const Layer& layer, annotated_images all, const char* name, const Wanted& is_wanted,
                                 const Acts& acts, const Draw& draw) {
    const layer_call call(layer.here, all.images, name);
    const auto with_channels_last = [&](symbol s) { return windows::with_channels_last(s, 2, layer.data_format); };
    symbol x = with_channels_last(all.images);
    if (!is_wanted(x)) return all;
    x = preprocessing::as_float(layer.here, x);
    const auto given = [&](symbol y, dtype type) {
        return windows::in_format(ir::emit::cast(y, type), layer.data_format);
    };
    if (!acts(x)) {
        all.images = call.gives(given(x, x.type()));
        return all;
    }
    const auto motion = draw(x);
    all.images = call.gives(given(motion.image(x, false), x.type()));
    if (const symbol masks = all.segmentation_masks; masks.g) {
        const symbol m = ir::emit::cast(with_channels_last(masks.plain()), x.type());
        all.segmentation_masks = given(motion.image(m, true), masks.type());
    }
    if (all.bounding_boxes.boxes.g) {
        const dtype type = arithmetic_type(x.type());
        const auto size = [&](extent_t rows, extent_t columns) {
            return boxes::image_size{ir::emit::extent(*x.g, rows, type), ir::emit::extent(*x.g, columns, type)};
        };
        const symbol b = preprocessing::as_float(layer.here, all.bounding_boxes.boxes);
        all.bounding_boxes.boxes = ir::emit::cast(b, type);
        all.bounding_boxes = boxes::moved(all.bounding_boxes, motion.point, size(x.extents()[1], x.extents()[2]),
                                          size(motion.height, motion.width));
        all.bounding_boxes.boxes = ir::emit::cast(all.bounding_boxes.boxes, b.type());
    }
    return all;
}
/// The same for a random layer, whose motion is draw(x, state).
template <class Layer, class Wanted, class Draw>
constexpr annotated_images moved_in_training(const Layer& layer, const annotated_images& all, const char* name,
                                             const Wanted& is_wanted, const Draw& draw, bool may_act = true) {
    return moved(
        layer, all, name, is_wanted, [&](symbol) { return may_act && acts_at_random(all); },
        [&](symbol x) { return draw(x, random_state_of(layer, all)); });
}

}  // namespace augmentation

/// Applies the layers in turn: those that move places move all, the others change the images alone.
///
///     const nn::annotated_images changed = nn::augmented(all, flip, light, turn);    // random_brightness light{0.2}
///
/// errors    a static assertion refuses rand_augment and aug_mix, whose steps boxes and masks cannot follow
template <class... Layers> constexpr annotated_images augmented(annotated_images all, const Layers&... layers) {
    const auto add = [&](const auto& layer) {
        if constexpr (requires { layer(all); }) all = layer(all);
        else {
            static_assert(
                !requires { layer.moves_images_alone; },
                "nn::augmented: boxes and masks cannot follow the steps of this layer");
            all.images = layer(all.images);
        }
    };
    (add(layers), ...);
    return all;
}

}  // namespace telar::inline TELAR_ABI::nn
