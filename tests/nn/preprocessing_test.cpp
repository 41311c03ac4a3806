// SPDX-License-Identifier: BSL-1.0
// nn: a model of many kinds of layers, whose normalization is adapted to the data, and one of whole numbers. (Each
// layer: tests/fixtures.)
#include <telar/nn/layers.hpp>

#include <doctest/doctest.h>
#include <telar/data/hashing.hpp>
#include <telar/data/lookup.hpp>
#include <telar/nn/model.hpp>

#include <cmath>

using namespace telar;

namespace {

struct mixed {
    nn::normalization norm{};
    nn::reshape image{{4, 4, 1}};
    nn::random_translation moves{0.25, 0.25};
    nn::random_flip flips{};
    nn::zero_padding2d around{{1, 0}};
    nn::conv2d filters{2, {3, 1}};
    nn::prelu bends{.shared_axes = {1, 2}};
    nn::spatial_dropout2d drops{0.25};
    nn::batch_norm steady{.axis = 1};
    nn::adaptive_average_pooling2d coarse{{2, 3}};
    nn::activity_regularization small{.l2 = 1e-3};
    nn::flatten flat{};
    nn::concatenate both{};
    nn::gaussian_noise noise{0.1};
    nn::layer_norm even{.center = false};
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const {
        const symbol y = flips(moves(image(norm(x))));
        const symbol z = drops(bends(filters(around(y))));
        return out(even(noise(both(flat(small(coarse(steady(z)))), flat(y)))));
    }
};

/// A row of a table for each pair of a year, of which three are known, and an hour.
struct of_categories {
    nn::integer_lookup<3> year{{1999, 2004, 2020}};
    nn::hashing hour{.num_bins = 5, .mask_value = 0};
    nn::hashed_crossing both{40};
    nn::embedding table{40, 2};
    constexpr symbol operator()(symbol years, symbol hours) const { return table(both(year(years), hour(hours))); }
};

tensor<float, 12, 16> samples() {
    tensor<float, 12, 16> x;
    for (int i = 0; i < 12; ++i)
        for (int k = 0; k < 16; ++k) x(i, k) = static_cast<float>((i * 7 + k * 5) % 11) + 3.0f * static_cast<float>(k);
    return x;
}

}  // namespace

TEST_CASE("adapted to the data, whose features then have mean 0 and variance 1; the model predicts and learns") {
    nn::model<mixed, tensor<float, dyn, 16>> net(1);
    const auto x = samples();
    CHECK(net.get<"norm.mean">()(3) == 0);
    CHECK(net.get<"norm.variance">()(3) == 1);
    nn::adapt<"norm">(net, x);
    for (int k = 0; k < 16; ++k) {
        double mean = 0, variance = 0;
        for (int i = 0; i < 12; ++i) mean += x(i, k) / 12.0;
        for (int i = 0; i < 12; ++i) variance += (x(i, k) - mean) * (x(i, k) - mean) / 12;
        CHECK(net.get<"norm.mean">()(k) == doctest::Approx(mean).epsilon(1e-6));
        CHECK(net.get<"norm.variance">()(k) == doctest::Approx(variance).epsilon(1e-6));
    }
    CHECK_THROWS_AS((nn::adapt<"norm", 0>(net, x)), wrong_shape);

    const auto before = net(x);
    CHECK(before.extents() == shape(12, 1));
    const auto again = net(x);
    for (int i = 0; i < 12; ++i) {
        CHECK(std::isfinite(before(i, 0)));
        CHECK(before(i, 0) == again(i, 0));  // nothing random predicts
    }

    input<"X", tensor<float, dyn, 16>> X;
    auto step = minimize(mean(square(net(X) - 1.0f)), sgd{.learning_rate = 0.1}, nn::wrt(net));
    const auto state = net.get<"random_state">()(1);
    const float first = float(run(step, X = x));
    const float mean_of_features = net.get<"norm.mean">()(3), gamma = net.get<"even.gamma">()(0);
    float last = first;
    for (int k = 0; k < 200; ++k) last = float(run(step, X = x));
    CHECK(last < 0.3f * first);
    CHECK(net.get<"random_state">()(1) != state);
    CHECK(net.get<"norm.mean">()(3) == mean_of_features);
    CHECK(net.get<"even.gamma">()(0) != gamma);
    CHECK(net.get<"steady.moving_mean">()(1) != 0);
    CHECK(net.get<"bends.alpha">()(0, 0, 1) != 0);
}

TEST_CASE("whole numbers are looked up and hashed in a model as they are before it") {
    nn::model<of_categories, tensor<std::int32_t, dyn>, tensor<std::int64_t, dyn>> net(1);
    tensor<std::int32_t, dyn> years(shape(50));
    tensor<std::int64_t, dyn> hours(shape(50));
    for (int i = 0; i < 50; ++i) years(i) = 1999 + i % 25, hours(i) = i * i * i * std::int64_t{-1234567} * (i % 7);
    hours(0) = INT64_MIN, hours(1) = INT64_MAX;
    const auto y = net(years, hours);
    const integer_lookup year(std::vector<std::int64_t>{1999, 2004, 2020});
    const auto row = hashed_crossing{40}(year(years), hashing{.num_bins = 5, .mask_value = "0"}(hours));
    const auto table = net.get<"table.embeddings">();
    for (int i = 0; i < 50; ++i) {
        CHECK(y(i, 0) == table(row(i), 0));
        CHECK(y(i, 1) == table(row(i), 1));
    }
}
