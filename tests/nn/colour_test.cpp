// SPDX-License-Identifier: BSL-1.0
// What is drawn for the colours of images. (What is done with it: tests/fixtures/keras_colour_test.cpp.)
#include <telar/nn/layers/augmentation_choice.hpp>

#include "../support/traced_layer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <vector>

using namespace telar;
using support::array;
using support::layer_result;
using support::run_layer;
using support::same_values;
namespace augmentation = telar::nn::augmentation;

namespace {

constexpr int images = 400;
constexpr nn::value_limits shares{0, 1};

/// `count` images (height, width, channels), each with the values of one.
array copies_of(const std::vector<double>& one, int height, int width, int channels, int count = images,
                dtype type = dtype::float64) {
    array a(type, shape(count, height, width, channels));
    for (int i = 0; i < a.count(); ++i) {
        const double v = one[static_cast<std::size_t>(i) % one.size()];
        if (type == dtype::float64) a.push(v);
        else if (type == dtype::float32) a.push(static_cast<float>(v));
        else a.push(float16(static_cast<float>(v)));
    }
    return a;
}
/// Values from 0 to `most`, different ones.
std::vector<double> ramp(int count, double most) {
    std::vector<double> v;
    for (int i = 0; i < count; ++i) v.push_back(most * (7 * i % count) / (count - 1));
    return v;
}

/// A number of each image.
using numbers = std::vector<double>;
template <class F> numbers of_each(const layer_result& r, const F& f) {
    numbers all;
    const int size = r.count() / images;
    for (int i = 0; i < images; ++i) all.push_back(f([&, i](int k) { return r.at(i * size + k); }));
    return all;
}
double mean_of(const numbers& all) {
    double sum = 0;
    for (const double v : all) sum += v;
    return sum / static_cast<double>(all.size());
}
/// They are uniform from lower to upper, and no two are alike.
void check_uniform(const numbers& all, double lower, double upper) {
    const double width = upper - lower, deviation = width / std::sqrt(12.0 * static_cast<double>(all.size()));
    const auto [least, most] = std::minmax_element(all.begin(), all.end());
    CHECK(*least >= lower - 1e-9);
    CHECK(*most <= upper + 1e-9);
    CHECK(*least < lower + 0.03 * width);
    CHECK(*most > upper - 0.03 * width);
    CHECK(std::abs(mean_of(all) - (lower + upper) / 2) < 5 * deviation);
    CHECK(std::set<double>(all.begin(), all.end()).size() == all.size());
}
/// Flags that are 1 with a probability, else 0.
void check_flags(const numbers& all, double probability) {
    CHECK(std::all_of(all.begin(), all.end(), [](double v) { return v == 0 || v == 1; }));
    const double deviation = std::sqrt(probability * (1 - probability) / static_cast<double>(all.size()));
    CHECK(std::abs(mean_of(all) - probability) <= 5 * deviation);
}

/// As support::check_draws; its results lie within the limits, and its derivatives are finite.
template <class L> void check_draws(const L& layer, bool takes_channels = true) {
    const array x = copies_of(ramp(5 * 4 * 3 * 2, 1), 5, 4, 3, 6);
    const auto first = support::check_draws(layer, x);
    for (int i = 0; i < first.count(); ++i) {
        CHECK((first.at(i) >= 0 && first.at(i) <= 1));
        CHECK(std::isfinite(first.dx.at(i)));
    }
    CHECK(run_layer(layer, copies_of({0.5}, 1, 5, 4, 6)).mistake ==
          (takes_channels ? ir::mistake_kind::none : ir::mistake_kind::convolution));
    array flat(dtype::float64, shape(2, 3, 3));
    for (int i = 0; i < 18; ++i) flat.push(0.5);
    CHECK(run_layer(layer, flat).mistake == ir::mistake_kind::convolution);
    array whole(dtype::int32, shape(2, 2, 2, 3));
    for (int i = 0; i < 24; ++i) whole.push(i % 2);
    CHECK(run_layer(layer, whole, {.trains = false}).y.type == dtype::float64);
    const auto narrow = run_layer(layer, copies_of(ramp(5 * 4 * 3, 1), 5, 4, 3, 6, dtype::float16));
    CHECK(narrow.mistake == ir::mistake_kind::none);
    CHECK(narrow.y.type == dtype::float16);
}

/// What is drawn, as a layer.
template <class F> struct draws_alone {
    F f;
    nn::site here{};
    constexpr symbol operator()(symbol x) const { return f(x, here.random_state()) + 0 * sum(x); }
};
template <class F> numbers drawn(const F& f, std::uint64_t seed = 1) {
    const auto r = run_layer(draws_alone<F>{f}, copies_of({0.5}, 1, 1, 1), {.seed = seed});
    numbers all;
    for (int i = 0; i < r.count(); ++i) all.push_back(r.at(i));
    return all;
}

/// A layer whose NaNs are -1.
template <class L> struct without_nan {
    L layer;
    constexpr symbol operator()(symbol x) const {
        const symbol y = layer(x);
        return where(ir::emit::elementwise(op::is_nan, y), -1, y);
    }
};

}  // namespace

TEST_CASE("all of them predict the identity, and repeat themselves by their seed") {
    check_draws(nn::random_grayscale{}, false);
    check_draws(nn::random_color_degeneration{0.5, shares}, false);
    check_draws(nn::random_hue{0.5, shares}, false);
    check_draws(nn::random_saturation{{0.2, 0.8}, shares}, false);
    check_draws(nn::random_color_jitter{shares, 0.2, 0.3, {0.2, 0.8}, 0.1}, false);
    check_draws(nn::random_invert{1, shares});
    check_draws(nn::random_posterization{{1, 5}, shares});
    check_draws(nn::solarization{0.2, 0.9, shares});
    check_draws(nn::random_sharpness{1, shares});
    check_draws(nn::random_gaussian_blur{1, {3, 5}, 1, shares});
}
TEST_CASE("those that choose do so, too") {
    check_draws(nn::rand_augment{shares}, false);
    check_draws(nn::aug_mix{shares}, false);
    check_draws(nn::aug_mix{shares, 2, 1, 0.5, 0.4, false, nn::interpolation::nearest}, false);
}
TEST_CASE("grey images, and how far on the way they are") {
    const array red = copies_of({1, 0, 0}, 1, 1, 3);
    const auto grey = run_layer(nn::random_grayscale{0.25}, red);
    check_flags(of_each(grey, [](auto y) { return y(0) == y(2) ? 1.0 : 0.0; }), 0.25);
    check_flags(of_each(run_layer(nn::random_grayscale{1}, red), [](auto y) { return y(1) == 0.2989 ? 1.0 : 0.0; }), 1);
    const auto share = [](auto y) { return y(1) / 0.2989; };
    check_uniform(of_each(run_layer(nn::random_color_degeneration{0.75, shares}, red), share), 0, 0.75);
    check_uniform(of_each(run_layer(nn::random_color_degeneration{{0.25, 0.5}, shares}, red), share), 0.25, 0.5);
    const array one_channel = copies_of({0.25, 0.5}, 1, 2, 1);
    CHECK(same_values(run_layer(nn::random_color_degeneration{1, shares}, one_channel).y, one_channel));
}
TEST_CASE("hues turn both ways, saturations grow and fall") {
    const auto hue = run_layer(nn::random_hue{{0.25, 0.5}, shares}, copies_of({1, 0, 0}, 1, 1, 3));
    const auto turn = of_each(hue, [](auto y) {  // below a sixth two channels are other than 0
        const double h = y(2) > 0 ? (y(0) == 1 ? -y(2) : -2 + y(0)) : (y(0) == 1 ? y(1) : 2 - y(0));
        return h / 6;
    });
    numbers sizes, sides;
    for (const double t : turn) sizes.push_back(std::abs(t)), sides.push_back(t > 0);
    check_uniform(sizes, 0.125, 0.25);
    check_flags(sides, 0.5);
    // red is 1, the others are 1 - s, where s is 0.5 f / (1 - f)
    const auto saturation = run_layer(nn::random_saturation{{0.25, 0.625}, shares}, copies_of({1, 0.5, 0.5}, 1, 1, 3));
    check_uniform(of_each(saturation,
                          [](auto y) {
                              const double factor = 2 * (1 - y(1));
                              return factor / (1 + factor);
                          }),
                  0.25, 0.625);
    const auto bytes = run_layer(nn::random_saturation{1}, copies_of({200, 150, 100}, 1, 1, 3));
    for (int i = 0; i < bytes.count(); ++i) CHECK((bytes.at(i) >= -1e-9 && bytes.at(i) <= 200 + 1e-9));
}
TEST_CASE("a jitter is the layers that are given") {
    const array x = copies_of(ramp(12, 1), 2, 2, 3, 8);
    CHECK(same_values(run_layer(nn::random_color_jitter{shares}, x).y, x));
    CHECK(same_values(run_layer(nn::random_color_jitter{shares, 0.25}, x).y,
                      run_layer(nn::random_brightness{0.25, shares}, x).y));
    CHECK(same_values(run_layer(nn::random_color_jitter{.value_range = shares, .contrast_factor = 0.5}, x).y,
                      run_layer(nn::random_contrast{0.5, shares}, x).y));
    CHECK(same_values(run_layer(nn::random_color_jitter{.value_range = shares, .saturation_factor = 0}, x).y,
                      run_layer(nn::random_saturation{0, shares}, x).y));
    CHECK(same_values(run_layer(nn::random_color_jitter{.value_range = shares, .hue_factor = 0.5}, x).y,
                      run_layer(nn::random_hue{0.5, shares}, x).y));
}
TEST_CASE("how many images are inverted, how many bits stay, where values turn round") {
    const array x = copies_of({10}, 1, 1, 1);
    const auto is_inverted = [](auto y) { return y(0) == 10 ? 0.0 : y(0) == 245 ? 1.0 : 2.0; };
    check_flags(of_each(run_layer(nn::random_invert{}, x), is_inverted), 0.5);
    check_flags(of_each(run_layer(nn::random_invert{{0.25, 0.5}}, x), is_inverted), 0.375);
    const auto bits = [](const nn::random_posterization& layer) {
        return of_each(run_layer(layer, copies_of({255}, 1, 1, 1)), [](auto y) { return 8 - std::log2(256 - y(0)); });
    };
    for (const auto& [layer, lowest, count] :
         {std::tuple{nn::random_posterization{4}, 4, 1}, std::tuple{nn::random_posterization{{3, 6}}, 3, 3},
          std::tuple{nn::random_posterization{{4, 4}}, 4, 1}, std::tuple{nn::random_posterization{}, 8, 1}}) {
        numbers at_lowest;
        for (const double b : bits(layer)) {
            CHECK((b >= lowest && b < lowest + count && b == std::floor(b)));
            at_lowest.push_back(b == lowest);
        }
        check_flags(at_lowest, 1.0 / count);
    }
    const auto added = run_layer(nn::solarization{{0.25, 0.5}, {1, 1}}, copies_of({0}, 1, 1, 1));
    check_uniform(of_each(added, [](auto y) { return y(0); }), 0.25 * 255, 0.5 * 255);
    const std::vector<double> values = ramp(256, 255);
    const auto turned = run_layer(nn::solarization{0, 0.5}, copies_of(values, 1, 256, 1));
    const auto threshold = of_each(turned, [&](auto y) {
        int below = 0;
        for (int k = 0; k < 256; ++k) below += y(k) == values[static_cast<std::size_t>(k)];
        return below;
    });
    CHECK(*std::max_element(threshold.begin(), threshold.end()) <= 128);
    CHECK(*std::max_element(threshold.begin(), threshold.end()) > 120);
    CHECK(std::abs(mean_of(threshold) - 64.25) < 5 * 128 / std::sqrt(12.0 * images));
    const array whole = copies_of({0, 100, 255}, 1, 3, 1);
    CHECK(same_values(run_layer(nn::solarization{}, whole).y, copies_of({255, 155, 0}, 1, 3, 1)));
}
TEST_CASE("how sharp and how blurred images become") {
    std::vector<double> point(25, 0);
    point[12] = 13;
    const array x = copies_of(point, 5, 5, 1);
    // in the middle 13 + (1 - 2 f) (5 - 13)
    const auto sharp = run_layer(nn::random_sharpness{{0.25, 1}, {-99, 99}}, x);
    check_uniform(of_each(sharp, [](auto y) { return (1 - (13 - y(12)) / 8) / 2; }), 0.25, 1);
    const auto blurred = run_layer(nn::random_gaussian_blur{{1, 1}, 3, {0.5, 1}}, x);
    const auto sigma = [](double beside, double middle) { return std::sqrt(-0.5 / std::log(beside / middle)); };
    const auto of_rows = of_each(blurred, [&](auto y) { return sigma(y(7), y(12)) - 1e-6; });
    const auto of_columns = of_each(blurred, [&](auto y) { return sigma(y(11), y(12)) - 1e-6; });
    check_uniform(of_rows, 0.5, 1);
    check_uniform(of_columns, 0.5, 1);
    CHECK(of_rows != of_columns);
    check_flags(of_each(run_layer(nn::random_gaussian_blur{{0.5, 0.75}, 3, {0.5, 1}}, x),
                        [](auto y) { return y(12) == 13 ? 0.0 : 1.0; }),
                0.625);
    double all = 0;
    const auto wide = run_layer(nn::random_gaussian_blur{{1, 1}, {1, 5}}, x);  // along rows alone
    for (int i = 0; i < 25; ++i) all += wide.at(i);
    CHECK(all == doctest::Approx(13));
    CHECK((wide.at(10) > 0 && wide.at(7) == 0));
}
TEST_CASE("values are spread whether it trains or predicts, and of each image by itself") {
    array odd(dtype::float64, shape(1, 2, 2, 1));
    for (const double v : {0.0, 0.5, std::nan(""), 0.75}) odd.push(v);
    const auto check = [&](const auto& layer, bool keeps_even_channels = true) {
        array x = copies_of(ramp(36, 0.5), 4, 3, 3, 1), both(dtype::float64, shape(2, 4, 3, 3));
        for (int i = 0; i < 36; ++i) both.push(x.at(i));
        for (int i = 0; i < 36; ++i) both.push(0.25 + x.at(i) * x.at(i));
        const auto alone = run_layer(layer, x, {.trains = false}), together = run_layer(layer, both);
        CHECK(!together.draws);
        double change = 0;
        for (int i = 0; i < 36; ++i) {
            CHECK(together.at(i) == alone.at(i));
            CHECK((alone.at(i) >= 0 && alone.at(i) <= 1));
            CHECK(std::isfinite(together.dx.at(i)));
            change += std::abs(alone.at(i) - x.at(i));
        }
        CHECK(change > 0.5);
        CHECK(same_values(together.y, run_layer(layer, both, {.of_any_batch = true}).y));
        array flat(dtype::float64, shape(2, 3, 3));
        for (int i = 0; i < 18; ++i) flat.push(0.5);
        CHECK(run_layer(layer, flat).mistake == ir::mistake_kind::convolution);
        const array even = copies_of({0.25, 0.75}, 4, 4, 2, 2);  // each channel of one value
        const auto kept = run_layer(layer, even);
        for (int i = 0; i < kept.count(); ++i) {
            if (keeps_even_channels) CHECK(kept.at(i) == doctest::Approx(even.at(i)));
            CHECK(std::isfinite(kept.dx.at(i)));
        }
        const auto seen = run_layer(without_nan<std::remove_cvref_t<decltype(layer)>>{layer}, odd);
        for (int i = 0; i < 4; ++i) CHECK((seen.at(i) >= -1 && seen.at(i) <= 1));
    };
    check(nn::auto_contrast{shares});
    check(nn::equalization{shares});
    check(nn::equalization{shares, 16});
    check(nn::contrast_limited_adaptive_histogram_equalization{shares, 4, {2, 1}}, false);
    CHECK(same_values(run_layer(without_nan<nn::auto_contrast>{{shares}}, odd).y,
                      copies_of({0, 0.5, -1, 0.75}, 2, 2, 1, 1)));
}
TEST_CASE("what rand_augment and aug_mix draw") {
    const auto kinds = drawn([](symbol x, symbol state) {
        return ir::emit::cast(augmentation::drawn_kinds(x, 4, shape(4000), state), x.type());
    });
    for (int k = 0; k < 4; ++k) {
        numbers flags;
        for (const double v : kinds) flags.push_back(v == k);
        check_flags(flags, 0.25);
    }
    const auto told = [](std::size_t which, double strength) {
        return drawn([=](symbol x, symbol state) {
            const auto all = augmentation::drawn_numbers(x, 2, {0.1, strength}, state);
            return ir::emit::reshape(all[which], shape(2 * images));
        });
    };
    constexpr double turn = 6.283185307179586;
    check_uniform(told(2, 0.5), 0.1, 0.5);                // down
    check_uniform(told(4, 0.5), turn * 0.1, turn * 0.5);  // angle
    check_uniform(told(6, 0.5), 25.5, 127.5);             // addition
    check_uniform(told(10, 0.5), 0.9, 1.5);               // contrast
    check_uniform(told(11, 0.5), 0.2, 1);                 // sharpness
    numbers sizes, sides;
    for (const double v : told(0, 0.5)) sizes.push_back(std::abs(v)), sides.push_back(v > 0);
    check_uniform(sizes, 0.1, 0.5);
    check_flags(sides, 0.5);
    const auto bits = told(5, 0.5), few = told(5, 0.1);
    CHECK(std::set<double>(bits.begin(), bits.end()) == std::set<double>{1, 2, 3});
    CHECK(std::set<double>(few.begin(), few.end()) == std::set<double>{1});
}
TEST_CASE("gamma and Dirichlet numbers have their moments") {
    for (const double alpha : {0.3, 1.0, 2.5}) {
        numbers gamma, squares;
        for (const double v :
             drawn([=](symbol x, symbol state) { return augmentation::drawn_log_gamma(x, alpha, 20000, state); }))
            gamma.push_back(std::exp(v)), squares.push_back(std::exp(2 * v));
        CHECK(std::set<double>(gamma.begin(), gamma.end()).size() == gamma.size());
        CHECK(std::abs(mean_of(gamma) - alpha) < 5 * std::sqrt(alpha / 20000));
        const double variance = mean_of(squares) - mean_of(gamma) * mean_of(gamma);
        CHECK(std::abs(variance / alpha - 1) < 5 * std::sqrt((2 + 6 / alpha) / 20000));
        double sum = 0;
        for (const double v : drawn([=](symbol x, symbol s) { return augmentation::drawn_shares(x, alpha, 3, s); }))
            sum += v;
        CHECK(sum == doctest::Approx(1));
    }
}
TEST_CASE("nothing is left to do") {
    const array x = copies_of(ramp(36, 1), 3, 4, 3, 2);
    CHECK(same_values(run_layer(nn::rand_augment{shares, 0}, x).y, x));
    CHECK(same_values(run_layer(nn::aug_mix{.value_range = shares, .num_chains = 0}, x).y, x));
    CHECK(same_values(run_layer(nn::aug_mix{.value_range = shares, .chain_depth = 0}, x).y, x));
}
