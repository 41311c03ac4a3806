// SPDX-License-Identifier: BSL-1.0
// What is drawn for images. (What is done with it: tests/fixtures/keras_augmentation_test.cpp.)
#include <telar/nn/layers/augmentation_mixing.hpp>

#include "../support/traced_layer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

using namespace telar;
namespace augmentation = telar::nn::augmentation;
using support::all_of;
using support::array;
using support::drawn_normal;
using support::moments_of;
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

/// As support::check_draws; what is no image is refused, and whole numbers become floats.
template <class L> void check_draws(const L& layer) {
    const array x = drawn_normal(shape(6, 5, 4, 2));
    support::check_draws(layer, x);
    CHECK(run_layer(layer, drawn_normal(shape(6, 5, 4))).mistake == ir::mistake_kind::convolution);
    array whole(dtype::int32, shape(2, 2, 2, 1));
    for (int i = 0; i < 8; ++i) whole.push(i);
    CHECK(run_layer(layer, whole, {.trains = false}).y.type == dtype::float64);
}

/// The erased, or pasted, part of a large image: all that is_other says. It is a box.
struct part_of_image {
    int rows = 0, columns = 0;
    template <class F> explicit part_of_image(int width, const F& is_other) {
        std::set<int> all_rows, all_columns;
        int count = 0;
        for (int i = 0; i < width * width; ++i)
            if (is_other(i)) ++count, all_rows.insert(i / width), all_columns.insert(i % width);
        rows = static_cast<int>(all_rows.size()), columns = static_cast<int>(all_columns.size());
        CHECK(count == rows * columns);
        if (count == 0) return;
        CHECK(*all_rows.rbegin() - *all_rows.begin() == rows - 1);
        CHECK(*all_columns.rbegin() - *all_columns.begin() == columns - 1);
    }
};
/// A mixing layer whose images have labels: which of them they are, one_hot. Images and labels beside each other.
template <class L> struct with_labels {
    static constexpr int classes = images;
    L mix{};
    bool are_integers = false;

    constexpr symbol operator()(symbol x) const {
        ir::graph& g = *x.g;
        const dtype type = are_integers ? dtype::int32 : dtype::float64;
        const symbol number = ir::emit::iota(g, x.extents()[0], dtype::int64);
        const auto y = mix(x, ir::emit::one_hot(number, classes, type));
        const symbol flat =
            ir::emit::reshape(y[0], shape(x.extents()[0], g.dims.count(ir::emit::without(x.extents(), 1))));
        return ir::emit::concat(flat, y[1], 1);
    }
};
/// What became of image i: the image that it is mixed with, and its own weight.
struct mixture {
    int other = 0;
    double weight = 1;
    mixture(const support::layer_result& y, int i) {
        const int width = y.count() / images;
        const auto label = [&](int k) { return y.at(i * width + width - images + k); };
        other = i;
        double sum = 0;
        for (int k = 0; k < images; ++k) {
            sum += label(k);
            if (k != i && label(k) != 0) other = k;
        }
        weight = label(i);
        CHECK(sum == doctest::Approx(1));
        if (other != i) CHECK(label(other) == doctest::Approx(1 - weight));
    }
};
/// Images (width, width, 1), all elements of which are the number of the image.
array numbered(int width) {
    array a(dtype::float64, shape(images, width, width, 1));
    for (int i = 0; i < a.count(); ++i) a.push(i / (width * width));
    return a;
}
struct weights_of_images {
    double alpha = 1;
    nn::site here{};
    constexpr symbol operator()(symbol x) const {
        return augmentation::drawn_weight(x, augmentation::number(x, alpha), here.random_state());
    }
};
/// What is left of 1 / (x - 2), of which a column lies nowhere.
struct horizon {
    nn::site here{};
    constexpr symbol operator()(symbol x) const {
        const auto v = [&](double value) { return augmentation::number(x, value); };
        return augmentation::projected(x, {v(1), v(0), v(0), v(0), v(1), v(0), v(1), v(0), v(-2)},
                                       {nn::interpolation::bilinear, nn::fill_mode::constant, 7});
    }
};

}  // namespace

TEST_CASE("all of them predict the identity, and repeat themselves by their seed") {
    check_draws(nn::random_flip{});
    check_draws(nn::random_rotation{0.2});
    check_draws(nn::random_zoom{0.3});
    check_draws(nn::random_translation{0.3, 0.2});
    check_draws(nn::random_contrast{0.4, {-9, 9}});
    check_draws(nn::random_brightness{0.4, {-9, 9}});
    check_draws(nn::random_shear{0.3, 0.2});
    check_draws(nn::random_perspective{{1, 1}, 0.5});
    check_draws(nn::random_elastic_transform{.factor = {1, 1}, .scale = {0.9, 1}, .value_range = {-9, 9}});
    check_draws(nn::random_erasing{.scale = {0.5, 1}, .value_range = {-9, 9}});
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
TEST_CASE("each image is sheared along both axes, in directions that belong together") {
    const nn::random_shear layer{{0.0625, 0.25}, {0.125, 0.3125}};
    const auto x = run_layer(layer, ramps(0, 1)), y = run_layer(layer, ramps(1, 0));
    const auto of_row = [&](int i) { return at(x.y, i, 1, middle) - at(x.y, i, 0, middle); };
    const auto of_column = [&](int i) { return at(y.y, i, middle, 1) - at(y.y, i, middle, 0); };
    int positive = 0;
    for (int i = 0; i < images; ++i) {
        CHECK((of_row(i) > 0) == (of_column(i) > 0));
        positive += of_row(i) > 0;
    }
    CHECK(positive > images / 4);
    CHECK(positive < 3 * images / 4);
    of_each([&](int i) { return std::abs(of_row(i)); }).check_spread(0.0625, 0.25);
    of_each([&](int i) { return std::abs(of_column(i)); }).check_spread(0.125, 0.3125);
    const auto both = run_layer(nn::random_shear{.x_factor = 0.25}, ramps(0, 1));
    of_each([&](int i) { return at(both.y, i, 1, middle) - at(both.y, i, 0, middle); }).check_spread(-0.25, 0.25);
}
TEST_CASE("perspective: the first corner stays, the others are drawn") {
    const nn::random_perspective layer{{1, 1}, 0.5};
    const auto x = run_layer(layer, ramps(0, 1)), y = run_layer(layer, ramps(1, 0));
    // column = a x / k, row = b y / k, k = 1 + c x + d y
    struct map {
        double a = 0, b = 0, c = 0, d = 0;
        /// k at the place of the opposite corner, where column = row = side - 1.
        double depth() const { return 1 / (1 - (side - 1) * (c / a + d / b)); }
    };
    const auto map_of = [&](int i) {
        const auto solve = [](double first, double second, double& scale, double& depth) {
            depth = (2 * first - second) / (2 * (second - first));
            scale = first * (1 + depth);
        };
        map m;
        solve(at(x.y, i, 0, 1), at(x.y, i, 0, 2), m.a, m.c);
        solve(at(y.y, i, 1, 0), at(y.y, i, 2, 0), m.b, m.d);
        return m;
    };
    for (int i = 0; i < images; ++i) CHECK(std::abs(at(x.y, i, 0, 0)) + std::abs(at(y.y, i, 0, 0)) < 1e-12);
    of_each([&](int i) { return 1 / (map_of(i).a - map_of(i).c * (side - 1)); }).check_spread(0.75, 1.25);
    of_each([&](int i) { return 1 / (map_of(i).b - map_of(i).d * (side - 1)); }).check_spread(0.75, 1.25);
    of_each([&](int i) { return map_of(i).depth() / map_of(i).a; }).check_spread(0.75, 1.25);
    of_each([&](int i) { return map_of(i).depth() / map_of(i).b; }).check_spread(0.75, 1.25);

    const auto seldom = run_layer(nn::random_perspective{0.5, 0.5}, ramps(0, 1));
    int seen = 0;
    for (int i = 0; i < images; ++i) seen += at(seldom.y, i, 0, 1) != 1;
    CHECK(seen > images / 4 - 11);  // 1/4 of them: their probability is 1/4 in the mean; 3 deviations
    CHECK(seen < images / 4 + 11);
    CHECK(same_values(run_layer(nn::random_perspective{0, 0.5}, ramps(0, 1)).y, ramps(0, 1)));
}
TEST_CASE("what a map takes to infinity is outside") {
    const auto y = run_layer(horizon{}, ramps(0, 1));
    for (int row = 0; row < side; ++row) CHECK(at(y.y, 3, row, 2) == 7);
    CHECK(at(y.y, 3, 4, 3) == 3);
    for (int i = 0; i < y.count(); ++i) CHECK(std::isfinite(y.at(i)));
    const auto line = run_layer(nn::random_perspective{{1, 1}, 1}, all_of(shape(images, side, 1, 1), 2));
    for (int i = 0; i < line.count(); ++i) CHECK((line.at(i) >= 0 && line.at(i) <= 2));  // of one column
}
TEST_CASE("elastic: noise of its own for rows and columns, as strong as the scale of the batch says") {
    constexpr double of_unit_scale = 0.1 * side * 0.05 * side;  // nothing is blurred
    const auto moments = [](const nn::random_elastic_transform& layer, std::uint64_t seed) {
        const auto x = run_layer(layer, ramps(0, 1), {.seed = seed}), y = run_layer(layer, ramps(1, 0), {.seed = seed});
        struct {
            double mean = 0, rows = 0, columns = 0, both = 0;
        } m;
        constexpr double count = images * 25;
        for (int i = 0; i < images; ++i)
            for (int row = 2; row < 7; ++row)
                for (int column = 2; column < 7; ++column) {
                    const double dx = at(x.y, i, row, column) - column, dy = at(y.y, i, row, column) - row;
                    m.mean += dx / count, m.columns += dx * dx / count, m.rows += dy * dy / count;
                    m.both += dx * dy / count;
                }
        return m;
    };
    const auto one = moments({.factor = {1, 1}, .scale = {1, 1}}, 1);
    const double variance = of_unit_scale * of_unit_scale;
    CHECK(std::abs(one.mean) < 0.1 * of_unit_scale);
    CHECK(std::abs(one.columns / variance - 1) < 0.15);
    CHECK(std::abs(one.rows / variance - 1) < 0.15);
    CHECK(std::abs(one.both) < 0.1 * variance);
    numbers_of_images scales;
    for (std::uint64_t seed = 0; seed < 16; ++seed)
        scales.all.push_back(std::pow(moments({.factor = {1, 1}, .scale = {0.25, 1}}, seed).rows / variance, 0.25));
    CHECK(scales.lowest() > 0.24);
    CHECK(scales.lowest() < 0.45);
    CHECK(scales.highest() > 0.8);
    CHECK(scales.highest() < 1.04);
    const auto limited = run_layer(nn::random_elastic_transform{.value_range = {2, 5}}, ramps(0, 1));
    for (int i = 0; i < limited.count(); ++i) CHECK((limited.at(i) >= 2 && limited.at(i) <= 5));
    CHECK(!run_layer(nn::random_elastic_transform{.scale = 0}, ramps(0, 1)).draws);
}
TEST_CASE("a box of each image is erased: by noise, numbers of channels") {
    constexpr int width = 32;
    const auto boxes = [&](const nn::random_erasing& layer, double from, double to) {
        const auto y = run_layer(layer, all_of(shape(images, width, width, 1), 7));
        numbers_of_images areas;
        for (int i = 0; i < images; ++i) {
            const part_of_image part(width, [&](int place) { return y.at(i * width * width + place) != 7; });
            for (const int length : {part.rows, part.columns}) {
                CHECK(length >= std::floor(std::sqrt(from) * width));
                CHECK(length <= std::ceil(std::sqrt(to) * width));
            }
            areas.all.push_back(double(part.rows * part.columns) / (width * width));
        }
        double mean = 0;
        for (const double a : areas.all) mean += a / images;
        const double length = 2 / 3.0 * (std::pow(to, 1.5) - std::pow(from, 1.5)) / (to - from);
        CHECK(std::abs(mean - length * length) < 0.03);
        return y;
    };
    boxes({.factor = {1, 1}, .fill_value = -1, .value_range = {-2, 9}}, 0.02, 0.33);
    const auto y = boxes({.factor = {1, 1}, .scale = {0.25, 0.5}}, 0.25, 0.5);
    double erased = 0, lowest = 0, highest = 0;
    for (int i = 0; i < y.count(); ++i) erased += y.at(i) != 7, lowest += y.at(i) == 0, highest += y.at(i) == 255;
    CHECK(lowest / erased == doctest::Approx(0.5).epsilon(0.03));  // of normal noise times 255
    CHECK(highest / erased == doctest::Approx(0.1587).epsilon(0.05));

    const nn::random_erasing of_channels{.factor = {1, 1}, .fill_value = {1, 2}};
    const auto z = run_layer(of_channels, all_of(shape(images, 8, 8, 2), 7));
    for (int i = 0; i < z.count(); ++i) CHECK((z.at(i) == 7 || z.at(i) == 1 + i % 2));
    CHECK(run_layer(of_channels, all_of(shape(2, 8, 8, 3), 7)).mistake == ir::mistake_kind::broadcast);
}
TEST_CASE("weights are of a symmetric beta distribution") {
    constexpr int count = 20000;
    for (const double alpha : {0.2, 1.0, 3.0}) {
        const auto y = run_layer(weights_of_images{alpha}, all_of(shape(count, 1, 1, 1), 0));
        const auto [mean, variance] = moments_of(y.y);
        double fourth = 0;
        for (int i = 0; i < count; ++i) fourth += std::pow(y.at(i) - 0.5, 4) / count;
        const double exact = 1 / (4 * (2 * alpha + 1));
        CHECK(std::abs(mean - 0.5) < 0.015);
        CHECK(variance == doctest::Approx(exact).epsilon(0.04));
        CHECK(fourth == doctest::Approx((3 - 6 / (2 * alpha + 3)) * exact * exact).epsilon(0.06));
        for (int i = 0; i < count; ++i) CHECK((y.at(i) >= 0 && y.at(i) <= 1));
    }
    const auto y = run_layer(weights_of_images{1e-6}, all_of(shape(count, 1, 1, 1), 0, dtype::float32));
    double ones = 0, between = 0;
    for (int i = 0; i < count; ++i) ones += y.at(i) > 0.5, between += y.at(i) > 1e-6 && y.at(i) < 1 - 1e-6;
    CHECK(between < 6);  // a part 2.8e-5 of them
    CHECK(std::abs(ones / count - 0.5) < 0.015);
}
TEST_CASE("mix_up: images and labels by one weight, with every image of the batch once") {
    const auto y = run_layer(with_labels<nn::mix_up>{{0.5}}, numbered(2));
    std::set<int> others;
    numbers_of_images weights;
    for (int i = 0; i < images; ++i) {
        const mixture m(y, i);
        others.insert(m.other);
        weights.all.push_back(m.weight);
        for (int k = 0; k < 4; ++k)
            CHECK(y.at(i * (4 + images) + k) == doctest::Approx(m.weight * i + (1 - m.weight) * m.other));
    }
    CHECK(others.size() == images);
    CHECK(weights.lowest() < 0.05);
    CHECK(weights.highest() > 0.95);
}
TEST_CASE("cut_mix: a box of another image, and labels as the areas are") {
    constexpr int width = 24;
    const auto y = run_layer(with_labels<nn::cut_mix>{{{1, 1}}}, numbered(width));
    std::set<int> others;
    numbers_of_images weights;
    for (int i = 0; i < images; ++i) {
        const mixture m(y, i);
        others.insert(m.other);
        weights.all.push_back(m.weight);
        const auto value = [&](int place) { return y.at(i * (width * width + images) + place); };
        const part_of_image part(width, [&](int place) { return value(place) != i; });
        for (int k = 0; k < width * width; ++k) CHECK((value(k) == i || value(k) == m.other));
        if (m.other == i) continue;
        const double sides = std::sqrt(1 - m.weight) * width;  // as many, or one more or less
        CHECK(std::abs(part.rows - sides) < 1);
        CHECK(std::abs(part.columns - sides) < 1);
    }
    CHECK(others.size() == images);
    double mean = 0;
    for (const double w : weights.all) mean += w / images;
    CHECK(std::abs(mean - 0.5) < 0.11);  // uniform where alpha is 1: three deviations
    CHECK(weights.lowest() < 0.1);
    CHECK(weights.highest() > 0.9);
}
TEST_CASE("mixing predicts what it is given, and repeats itself by its seed") {
    const auto check = [](const auto& layer) {
        const array x = numbered(3);
        const auto predicted = run_layer(layer, x, {.trains = false});
        CHECK(!predicted.draws);
        CHECK(predicted.y.type == dtype::float64);
        for (int i = 0; i < images; ++i)
            for (int k = 0; k < 9 + images; ++k) CHECK(predicted.at(i * (9 + images) + k) == (k < 9 ? i : k - 9 == i));
        const auto first = run_layer(layer, x, {.seed = 3});
        CHECK(first.draws);
        CHECK(same_values(first.y, run_layer(layer, x, {.seed = 3}).y));
        CHECK(same_values(first.y, run_layer(layer, x, {.seed = 3, .of_any_batch = true}).y));
        CHECK(!same_values(first.y, run_layer(layer, x, {.seed = 4}).y));
    };
    check(with_labels<nn::mix_up>{});
    check(with_labels<nn::cut_mix>{});
    check(with_labels<nn::mix_up>{{}, true});
    check(with_labels<nn::cut_mix>{{}, true});
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
    check(nn::random_shear{0.4, 0.3});
    check(nn::random_perspective{{1, 1}, 0.5});
    check(nn::random_elastic_transform{.factor = {1, 1}, .scale = {1, 1}, .value_range = {0, 8}});
    check(nn::random_erasing{.factor = {1, 1}, .scale = {0.5, 1}, .value_range = {0, 8}});
}
