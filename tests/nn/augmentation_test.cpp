// SPDX-License-Identifier: BSL-1.0
// What is drawn for images. (What is done with it: tests/fixtures/keras_augmentation_test.cpp.)
#include <telar/nn/layers/augmentation.hpp>

#include "../support/traced_layer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace telar;
using support::array;
using support::drawn_normal;
using support::run_layer;
using support::same_values;

namespace {

constexpr int images = 64, side = 9, middle = 4;

/// Images (side, side, 1) whose elements are of_row row + of_column column.
array ramps(double of_row, double of_column) {
    array a(dtype::float64, shape(images, side, side, 1));
    for (int i = 0; i < a.count(); ++i) a.push(of_row * (i / side % side) + of_column * (i % side));
    return a;
}
double at(const array& a, int image, int row, int column) { return a.at((image * side + row) * side + column); }

/// A number of each image.
struct numbers_of_images {
    std::vector<double> all;

    double lowest() const { return *std::min_element(all.begin(), all.end()); }
    double highest() const { return *std::max_element(all.begin(), all.end()); }
    /// They fill the range from lower to upper, and no two are alike.
    void check_spread(double lower, double upper) const {
        const double width = upper - lower;
        CHECK(lowest() >= lower - 1e-12);
        CHECK(highest() <= upper + 1e-12);
        CHECK(lowest() < lower + 0.15 * width);
        CHECK(highest() > upper - 0.15 * width);
        CHECK(std::set<double>(all.begin(), all.end()).size() == all.size());
    }
};
template <class F> numbers_of_images of_each(const F& f) {
    numbers_of_images n;
    for (int i = 0; i < images; ++i) n.all.push_back(f(i));
    return n;
}

/// It predicts x and draws nothing; one seed is one result, of a batch of any size too; another seed is another.
template <class L> void check_draws(const L& layer) {
    const array x = drawn_normal(shape(6, 5, 4, 2));
    const auto predicted = run_layer(layer, x, {.trains = false});
    CHECK(same_values(predicted.y, x));
    CHECK(!predicted.draws);
    const auto first = run_layer(layer, x, {.seed = 3});
    CHECK(first.draws);
    CHECK(first.y.extents == x.extents);
    CHECK(same_values(first.y, run_layer(layer, x, {.seed = 3}).y));
    CHECK(same_values(first.y, run_layer(layer, x, {.seed = 3, .of_any_batch = true}).y));
    CHECK(!same_values(first.y, run_layer(layer, x, {.seed = 4}).y));
    CHECK(run_layer(layer, drawn_normal(shape(6, 5, 4))).mistake == ir::mistake_kind::convolution);
    array whole(dtype::int32, shape(2, 2, 2, 1));
    for (int i = 0; i < 8; ++i) whole.push(i);
    CHECK(run_layer(layer, whole, {.trains = false}).y.type == dtype::float64);
}

}  // namespace

TEST_CASE("all of them predict the identity, and repeat themselves by their seed") {
    check_draws(nn::random_flip{});
    check_draws(nn::random_rotation{0.2});
    check_draws(nn::random_zoom{0.3});
    check_draws(nn::random_translation{0.3, 0.2});
    check_draws(nn::random_contrast{0.4, {-9, 9}});
    check_draws(nn::random_brightness{0.4, {-9, 9}});
}
TEST_CASE("half of the images are flipped, as the mode says") {
    const array x = ramps(10, 1);
    for (const auto mode :
         {nn::flip_mode::horizontal, nn::flip_mode::vertical, nn::flip_mode::horizontal_and_vertical}) {
        const auto y = run_layer(nn::random_flip{mode}, x);
        int flipped = 0;
        for (int i = 0; i < images; ++i) {
            const bool is_flipped = at(y.y, i, 0, 0) != 0;
            flipped += is_flipped;
            for (int row = 0; row < side; ++row)
                for (int column = 0; column < side; ++column) {
                    const int r = is_flipped && mode != nn::flip_mode::horizontal ? side - 1 - row : row;
                    const int c = is_flipped && mode != nn::flip_mode::vertical ? side - 1 - column : column;
                    CHECK(at(y.y, i, row, column) == 10 * r + c);
                }
        }
        CHECK(flipped > images / 4);
        CHECK(flipped < 3 * images / 4);
    }
}
TEST_CASE("each image moves by a part of its height and of its width") {
    const nn::random_translation layer{{-0.25, 0.125}, 0.375, nn::fill_mode::nearest};
    const auto rows = run_layer(layer, ramps(1, 0)), columns = run_layer(layer, ramps(0, 1));
    of_each([&](int i) { return (middle - at(rows.y, i, middle, middle)) / side; }).check_spread(-0.25, 0.125);
    of_each([&](int i) { return (middle - at(columns.y, i, middle, middle)) / side; }).check_spread(-0.375, 0.375);
}
TEST_CASE("each image turns around its middle by its own angle") {
    const auto y = run_layer(nn::random_rotation{{-0.125, 0.0625}}, ramps(0, 1));
    const auto cosine = [&](int i) { return at(y.y, i, middle, middle + 1) - at(y.y, i, middle, middle); };
    const auto sine = [&](int i) { return at(y.y, i, middle, middle) - at(y.y, i, middle + 1, middle); };
    for (int i = 0; i < images; ++i) {
        CHECK(at(y.y, i, middle, middle) == doctest::Approx(middle));
        CHECK(cosine(i) * cosine(i) + sine(i) * sine(i) == doctest::Approx(1));
    }
    of_each([&](int i) {
        return std::atan2(sine(i), cosine(i)) / (2 * 3.141592653589793);
    }).check_spread(-0.125, 0.0625);
}
TEST_CASE("each image comes nearer or goes farther") {
    const auto slope_of_rows = [](const auto& y, int i) {
        return at(y.y, i, middle + 1, middle) - at(y.y, i, middle, middle);
    };
    const auto slope_of_columns = [](const auto& y, int i) {
        return at(y.y, i, middle, middle + 1) - at(y.y, i, middle, middle);
    };
    const nn::random_zoom alike{{-0.5, 0.25}}, apart{{-0.5, 0.25}, {0.125, 0.5}};
    const auto rows = run_layer(alike, ramps(1, 0)), columns = run_layer(alike, ramps(0, 1));
    of_each([&](int i) { return slope_of_rows(rows, i); }).check_spread(0.5, 1.25);
    for (int i = 0; i < images; ++i) CHECK(slope_of_rows(rows, i) == doctest::Approx(slope_of_columns(columns, i)));
    const auto wide = run_layer(apart, ramps(0, 1));
    of_each([&](int i) { return slope_of_columns(wide, i); }).check_spread(1.125, 1.5);
}
TEST_CASE("contrast and brightness of each image, between their limits") {
    const array x = ramps(0, 1);  // of mean 4
    const auto contrast = run_layer(nn::random_contrast{0.25}, x),
               uneven = run_layer(nn::random_contrast{{0.25, 0.5}}, x);
    of_each([&](int i) { return at(contrast.y, i, 0, 5) - 4; }).check_spread(0.75, 1.25);
    of_each([&](int i) { return at(uneven.y, i, 0, 5) - 4; }).check_spread(0.75, 1.5);
    const auto bright = run_layer(nn::random_brightness{{-0.125, 0.25}, {-100, 100}}, x);
    of_each([&](int i) { return (at(bright.y, i, 3, 2) - 2) / 200; }).check_spread(-0.125, 0.25);
    const auto limited = run_layer(nn::random_brightness{1, {2, 6}}, x);
    for (int i = 0; i < limited.count(); ++i) CHECK((limited.at(i) >= 2 && limited.at(i) <= 6));
}
TEST_CASE("a crop is one part for the whole batch, and reaches every place") {
    const array x = ramps(10, 1);
    std::set<int> rows, columns;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        const auto y = run_layer(nn::random_crop{6, 7}, x, {.seed = seed, .of_any_batch = seed % 2 == 1});
        REQUIRE(y.y.extents == shape(images, 6, 7, 1));
        const int first = static_cast<int>(y.at(0)), row = first / 10, column = first % 10;
        rows.insert(row), columns.insert(column);
        bool fits = true;
        for (int i = 0; i < y.count(); ++i) fits = fits && y.at(i) == 10 * (row + i / 7 % 6) + column + i % 7;
        CHECK(fits);
    }
    CHECK(rows == std::set<int>{0, 1, 2, 3});
    CHECK(columns == std::set<int>{0, 1, 2});
}
TEST_CASE("a crop predicts the middle, resized; so it does of images that are too small, and of those that fit") {
    const array x = ramps(10, 1);
    const auto predicted = run_layer(nn::random_crop{3, 9}, x, {.trains = false});  // rows 3, 4, 5
    REQUIRE(predicted.y.extents == shape(images, 3, 9, 1));
    CHECK(!predicted.draws);
    CHECK(predicted.at(0) == 30);
    CHECK(predicted.at(26) == 58);
    CHECK(same_values(run_layer(nn::random_crop{9, 9}, x).y, x));
    CHECK(run_layer(nn::random_crop{18, 9}, x).y.extents == shape(images, 18, 9, 1));
}
TEST_CASE("images of float32 and of two bytes keep their type") {
    const auto check = [](const auto& layer) {
        for (const dtype type : {dtype::float32, dtype::float16}) {
            array x(type, shape(8, 2, 2, 1));
            for (int i = 0; i < 32; ++i) {
                if (type == dtype::float32) x.push(0.25f * static_cast<float>(i));
                else x.push(float16(0.25f * static_cast<float>(i)));
            }
            const auto y = run_layer(layer, x);
            CHECK(y.mistake == ir::mistake_kind::none);
            CHECK(y.y.type == type);
            bool is_changed = false, is_inside = true;
            for (int i = 0; i < 32; ++i) {
                is_changed = is_changed || y.at(i) != x.at(i);
                is_inside = is_inside && y.at(i) >= 0 && y.at(i) <= 8;
            }
            CHECK(is_changed);
            CHECK(is_inside);
        }
    };
    check(nn::random_flip{});
    check(nn::random_rotation{0.2});
    check(nn::random_zoom{0.3});
    check(nn::random_translation{0.3, 0.2});
    check(nn::random_contrast{0.4, {0, 8}});
    check(nn::random_brightness{0.4, {0, 8}});
}
