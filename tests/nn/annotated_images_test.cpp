// SPDX-License-Identifier: BSL-1.0
// Boxes and masks that move with their images by what a layer draws. (By what it is told:
// tests/fixtures/keras_boxes_test.cpp.)
#include <telar/nn/layers/augmentation_choice.hpp>
#include <telar/nn/layers/augmentation_mixing.hpp>

#include "../support/traced_layer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace telar;
using nn::annotated_images;
using support::array;
using support::run_layer;

namespace {

constexpr int images = 32, side = 12, left = 3, top = 4, right = 8, bottom = 10;
constexpr nn::fill_mode nothing = nn::fill_mode::constant;
constexpr nn::interpolation nearest = nn::interpolation::nearest;

/// Images (side, side, 1) with a box of 5 in them, elsewhere 0.
array boxed() {
    array a(dtype::float64, shape(images, side, side, 1));
    for (int i = 0; i < a.count(); ++i) {
        const int row = i / side % side, column = i % side;
        a.push(row >= top && row < bottom && column >= left && column < right ? 5 : 0);
    }
    return a;
}
symbol numbers(ir::graph& g, std::initializer_list<double> all, dtype type) {
    symbol each[4];
    int count = 0;
    for (const double v : all) each[count++] = ir::emit::reshape(ir::emit::constant(g, type, v), shape(1, 1));
    const symbol row = ir::emit::concat(std::span<const symbol>(each, all.size()), 1);
    return ir::emit::broadcast_to(ir::emit::reshape(row, shape(1, 1, all.size())), shape(images, 1, all.size()));
}
/// The images, their masks and the box around what they show.
annotated_images known_of(symbol x) {
    const symbol labels = ir::emit::reshape(numbers(*x.g, {7}, dtype::int32), shape(images, 1));
    return {.images = x,
            .bounding_boxes = {numbers(*x.g, {left, top, right, bottom}, dtype::float64), labels},
            .segmentation_masks = ir::emit::cast(x, dtype::uint8)};
}
/// Of each image behind each other: its elements, those of its mask, its boxes, their labels.
symbol beside_each_other(const annotated_images& all) {
    symbol parts[]{all.images, all.segmentation_masks, all.bounding_boxes.boxes, all.bounding_boxes.labels};
    for (symbol& s : parts) {
        const extent_t rest = s.g->dims.count(ir::emit::without(s.extents(), 1));
        s = ir::emit::cast(ir::emit::reshape(s.plain(), shape(images, rest)), dtype::float64);
    }
    return ir::emit::concat(std::span<const symbol>(parts), 1);
}
template <class L> struct annotated {
    L layer{};
    bool is_channels_first = false;

    symbol operator()(symbol x) const {
        annotated_images all = known_of(x);
        if (is_channels_first)
            for (symbol* s : {&all.images, &all.segmentation_masks}) *s = ir::emit::channels_to_the_front(*s);
        return beside_each_other(layer(all));
    }
};
/// Of one image.
struct moved_image {
    const support::layer_result& y;
    int number, width;

    double at(int place) const { return y.at(number * (2 * width * width + 5) + place); }
    double box(int k) const { return at(2 * width * width + k); }
    double label() const { return box(4); }
    bool is_marked(int row, int column) const { return at(width * width + row * width + column) != 0; }
    /// The mask is where the image is, and all of it in the box, which is no larger where it `is_tight`. (The numbers
    /// of a box move as the middles of elements do, so that it lies up to one element aside.)
    void check(bool is_tight) const {
        int first[2]{width, width}, last[2]{-1, -1};
        for (int k = 0; k < width * width; ++k) {
            CHECK(at(k) == at(width * width + k));
            if (!is_marked(k / width, k % width)) continue;
            const int place[]{k % width, k / width};
            for (int axis = 0; axis < 2; ++axis)
                first[axis] = std::min(first[axis], place[axis]), last[axis] = std::max(last[axis], place[axis]);
        }
        for (int axis = 0; axis < 2; ++axis) {
            CHECK(box(axis) >= 0);
            CHECK(box(axis + 2) <= width);
            if (last[0] < 0) continue;
            const double aside = is_tight ? 1.01 : 1.75;
            CHECK(first[axis] - box(axis) > -aside);
            CHECK(last[axis] + 1 - box(axis + 2) < aside);
            if (!is_tight) continue;
            CHECK(first[axis] - box(axis) < 1.51);
            CHECK(last[axis] + 1 - box(axis + 2) > -1.51);
        }
        const double area = (box(2) - box(0)) * (box(3) - box(1));
        CHECK(label() == (area > 0 ? 7 : -1));
    }
};
template <class L> void check(const L& layer, bool is_tight, int width = side, bool is_channels_first = false) {
    const auto y = run_layer(annotated<L>{layer, is_channels_first}, boxed());
    REQUIRE(y.mistake == ir::mistake_kind::none);
    CHECK(y.draws);
    for (int i = 0; i < images; ++i) moved_image{y, i, width}.check(is_tight);
}

}  // namespace

TEST_CASE("masks are where the images are, and in their boxes") {
    using enum nn::flip_mode;
    for (const nn::flip_mode mode : {horizontal, vertical, horizontal_and_vertical}) check(nn::random_flip{mode}, true);
    check(nn::random_zoom{{-0.5, 1}, {-0.5, 1}, nothing, nearest}, true);
    check(nn::random_translation{0.8, 0.8, nothing, nearest}, true);
    check(nn::random_rotation{0.5, nothing, nearest}, false);
    check(nn::random_shear{0.4, 0.4, nearest, nothing}, false);
    check(nn::random_perspective{{1, 1}, 0.6, nearest}, false);
    check(nn::random_crop{8, 8}, true, 8);
}
TEST_CASE("channels first") {
    nn::random_rotation turn{0.5, nothing, nearest};
    turn.data_format = nn::data_format::channels_first;
    check(turn, false, side, true);
    nn::random_crop crop{8, 8};
    crop.data_format = nn::data_format::channels_first;
    check(crop, true, 8, true);
}
namespace {
template <class L> struct formatted {
    L layer{};
    symbol operator()(symbol x) const {
        if (layer.data_format == nn::data_format::channels_last) return layer(x);
        return ir::emit::channels_to_the_end(layer(ir::emit::channels_to_the_front(x)));
    }
};
}  // namespace
TEST_CASE("channels first draws and gives what channels last does") {
    const auto check_format = [](auto layer) {
        const array x = support::drawn_normal(shape(4, 6, 5, 3));
        const auto last = run_layer(formatted<decltype(layer)>{layer}, x);
        layer.data_format = nn::data_format::channels_first;
        const auto first = run_layer(formatted<decltype(layer)>{layer}, x);
        REQUIRE(first.mistake == ir::mistake_kind::none);
        CHECK(first.draws);
        CHECK(support::same_values(first.y, last.y));
        CHECK(!support::same_values(first.y, x));
    };
    check_format(nn::random_contrast{0.5, {-3, 3}});
    check_format(nn::random_hue{0.3, {-3, 3}});
    check_format(nn::random_elastic_transform{.value_range = {-3, 3}});
    check_format(nn::random_erasing{.factor = {1, 1}, .value_range = {-3, 3}});
    check_format(nn::spatial_dropout2d{});
}
TEST_CASE("in prediction all stays as it is") {
    const auto y = run_layer(annotated<nn::random_flip>{}, boxed(), {.trains = false});
    CHECK(!y.draws);
    for (int i = 0; i < images; ++i) {
        const moved_image m{y, i, side};
        m.check(true);
        CHECK(m.box(0) == left);
        CHECK(m.box(3) == bottom);
        CHECK(m.is_marked(top, left));
    }
}
namespace {
struct chained {
    nn::random_flip flip{};
    nn::random_brightness light{{0.1, 0.1}};
    nn::random_rotation turn{0.5, nothing, nearest};
    symbol operator()(symbol x) const {
        annotated_images all = nn::augmented(known_of(x), flip, light, turn);
        all.images = all.images - 25.5 * ir::emit::cast(all.images > 0, dtype::float64);
        return beside_each_other(all);
    }
};
struct of_given_state {
    int seed = 1;
    symbol operator()(symbol x) const {
        annotated_images all = known_of(x);
        all.random = seed + ir::emit::iota(*x.g, 2, dtype::int64);
        return beside_each_other(nn::random_flip{}(all));
    }
};
}  // namespace
TEST_CASE("one layer behind the other: what moves places moves all, other layers the images alone") {
    const auto y = run_layer(chained{}, boxed());
    for (int i = 0; i < images; ++i) moved_image{y, i, side}.check(false);
}
TEST_CASE("from a state of one's own a layer draws whether it trains or not, outside of a model") {
    const auto y = run_layer(of_given_state{}, boxed(), {.trains = false});
    CHECK(!y.draws);
    int flipped = 0;
    for (int i = 0; i < images; ++i) {
        const moved_image m{y, i, side};
        m.check(true);
        flipped += m.box(0) != left;
    }
    CHECK(flipped > 6);
    CHECK(flipped < 26);
}
namespace {
template <class L> struct of_masks {
    L layer{};
    symbol operator()(symbol x) const {
        const annotated_images all = layer(annotated_images{.images = x, .segmentation_masks = x});
        CHECK(!all.labels.g);
        return all.images - all.segmentation_masks;
    }
};
struct mixed_boxes {
    nn::mix_up mix{0.4};
    symbol operator()(symbol x) const {
        annotated_images all = known_of(x);
        const symbol number = ir::emit::iota(*x.g, images, dtype::int32);
        all.labels = ir::emit::one_hot(number, images, dtype::float64);
        all.bounding_boxes.labels = ir::emit::reshape(number, shape(images, 1));
        all = nn::augmented(all, mix, nn::max_num_bounding_boxes{2});
        CHECK(all.bounding_boxes.boxes.extents() == shape(images, 2, 4));
        return ir::emit::concat(ir::emit::cast(all.bounding_boxes.labels, dtype::float64), all.labels, 1);
    }
};
}  // namespace
TEST_CASE("masks are bent, erased and mixed as their images are; boxes cannot be") {
    const auto check_masks = [](const auto& layer) {
        const auto y = run_layer(of_masks<std::remove_cvref_t<decltype(layer)>>{layer}, boxed());
        REQUIRE(y.mistake == ir::mistake_kind::none);
        for (int i = 0; i < y.count(); ++i) CHECK(std::abs(y.at(i)) < 1e-12);
    };
    check_masks(nn::random_elastic_transform{.interpolation = nearest});
    check_masks(nn::cut_mix{});
    check_masks(nn::mix_up{});
    CHECK(run_layer(annotated<nn::random_elastic_transform>{}, boxed()).mistake == ir::mistake_kind::boxes_stay);
    CHECK(run_layer(annotated<nn::cut_mix>{}, boxed()).mistake == ir::mistake_kind::boxes_stay);
}
TEST_CASE("mix_up: the boxes of both images") {
    const auto y = run_layer(mixed_boxes{}, boxed());
    for (int i = 0; i < images; ++i) {
        const int row = i * (2 + images), other = static_cast<int>(y.at(row + 1));
        CHECK(y.at(row) == i);
        const double own = y.at(row + 2 + i), of_other = other == i ? 0 : y.at(row + 2 + other);
        CHECK(own + of_other == doctest::Approx(1));
    }
}
