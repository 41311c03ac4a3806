// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/layers/advanced_activations.hpp>
#include <telar/nn/layers/noise.hpp>
#include <telar/nn/layers/normalization.hpp>

#include "../support/traced_layer.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace telar;
using support::all_of;
using support::array;
using support::drawn_normal;
using support::moments_of;
using support::run_layer;
using support::same_values;

namespace {

/// It predicts y = x and draws nothing; in training one seed gives the same numbers again and another others, of a
/// batch of any size as of this one; dy / dx is what y / x is, if y is x times a factor.
template <class L> void check_noise(const L& layer, const shape& extents, bool is_factor) {
    const array x = drawn_normal(extents);
    const auto predicted = run_layer(layer, x, {.trains = false});
    CHECK(same_values(predicted.y, x));
    CHECK(!predicted.draws);
    const auto first = run_layer(layer, x, {.seed = 3}), again = run_layer(layer, x, {.seed = 3}),
               other = run_layer(layer, x, {.seed = 4}), any = run_layer(layer, x, {.seed = 3, .of_any_batch = true});
    CHECK(first.draws);
    CHECK(first.y.extents == extents);
    CHECK(same_values(first.y, again.y));
    CHECK(same_values(first.y, any.y));
    CHECK(!same_values(first.y, other.y));
    CHECK(!same_values(first.y, x));
    const array c = support::irregular(x);
    for (int i = 0; i < x.count(); ++i) {
        const double slope = is_factor ? first.at(i) / x.at(i) : 1;
        CHECK(first.dx.at(i) == doctest::Approx(c.at(i) * slope).epsilon(1e-9));
    }
}
struct dropped_twice {
    nn::dropout first{0.5}, second{0.5};
    constexpr symbol operator()(symbol x) const { return ir::emit::concat(first(x), second(x), 0); }
};

}  // namespace

TEST_CASE("all of them predict the identity, and repeat themselves by their seed") {
    check_noise(nn::dropout{0.4}, shape(8, 6), true);
    check_noise(nn::dropout{0.4, {-1, 1, -1}}, shape(8, 3, 6), true);
    check_noise(nn::spatial_dropout1d{0.4}, shape(8, 3, 6), true);
    check_noise(nn::spatial_dropout2d{0.4}, shape(4, 2, 3, 6), true);
    check_noise(nn::spatial_dropout3d{0.4}, shape(4, 2, 1, 3, 6), true);
    check_noise(nn::gaussian_noise{0.3}, shape(8, 6), false);
    check_noise(nn::gaussian_dropout{0.3}, shape(8, 6), true);
}
TEST_CASE("a rate of 0 draws nothing") {
    const array x = drawn_normal(shape(4, 3));
    CHECK(same_values(run_layer(nn::dropout{0}, x).y, x));
    CHECK(same_values(run_layer(nn::gaussian_noise{0}, x).y, x));
    CHECK(same_values(run_layer(nn::gaussian_dropout{0}, x).y, x));
    CHECK(same_values(run_layer(nn::alpha_dropout{0}, x).y, x));
    CHECK(!run_layer(nn::spatial_dropout1d{0}, drawn_normal(shape(4, 3, 2))).draws);
}
TEST_CASE("dropout: the rate, and the factor of what is kept") {
    const auto y = run_layer(nn::dropout{0.3}, all_of(shape(200, 50), 1));
    int kept = 0;
    for (int i = 0; i < y.count(); ++i) {
        CHECK((y.at(i) == 0 || y.at(i) == doctest::Approx(1 / 0.7)));
        kept += y.at(i) != 0;
    }
    CHECK(std::abs(kept / 1e4 - 0.7) < 5 * std::sqrt(0.3 * 0.7 / 1e4));
}
TEST_CASE("one draw along an axis of the noise whose extent is 1") {
    const auto y = run_layer(nn::dropout{0.5, {-1, 1, -1}}, all_of(shape(40, 3, 20), 1));
    const auto spatial = run_layer(nn::spatial_dropout1d{0.5}, all_of(shape(40, 3, 20), 1));
    CHECK(same_values(y.y, spatial.y));
    int kept = 0;
    for (int n = 0; n < 40; ++n)
        for (int c = 0; c < 20; ++c) {
            const int at = n * 60 + c;
            CHECK(y.at(at) == y.at(at + 20));
            CHECK(y.at(at) == y.at(at + 40));
            kept += y.at(at) != 0;
        }
    CHECK(kept > 320);
    CHECK(kept < 480);
    CHECK(run_layer(nn::dropout{0.5, {-1, 1}}, all_of(shape(4, 3, 2), 1)).mistake == ir::mistake_kind::broadcast_to);
    CHECK(run_layer(nn::spatial_dropout2d{}, all_of(shape(4, 3, 2), 1)).mistake != ir::mistake_kind::none);
}
TEST_CASE("spatial dropout of two and three axes: whole channels of a sample") {
    const auto of_2 = run_layer(nn::spatial_dropout2d{0.5}, all_of(shape(30, 2, 2, 10), 1));
    const auto of_3 = run_layer(nn::spatial_dropout3d{0.5}, all_of(shape(30, 2, 1, 2, 10), 1));
    int kept = 0;
    for (int n = 0; n < 30; ++n)
        for (int c = 0; c < 10; ++c)
            for (int place = 0; place < 4; ++place) {
                CHECK(of_2.at(n * 40 + place * 10 + c) == of_2.at(n * 40 + c));
                CHECK(of_3.at(n * 40 + place * 10 + c) == of_3.at(n * 40 + c));
                kept += of_2.at(n * 40 + c) != 0;
            }
    CHECK(kept > 4 * 110);
    CHECK(kept < 4 * 190);
}
TEST_CASE("gaussian noise: its mean and its standard deviation, whatever x is") {
    const auto y = run_layer(nn::gaussian_noise{0.25}, all_of(shape(200, 50), 3));
    const auto m = moments_of(y.y);
    CHECK(std::abs(m.mean - 3) < 5 * 0.25 / 100);
    CHECK(std::abs(std::sqrt(m.variance) - 0.25) < 0.01);
}
TEST_CASE("gaussian dropout: factors of mean 1 and variance rate / (1 - rate)") {
    const auto m = moments_of(run_layer(nn::gaussian_dropout{0.2}, all_of(shape(200, 50), 2)).y);
    CHECK(std::abs(m.mean - 2) < 5 * 1 / 100.0);
    CHECK(std::abs(m.variance - 4 * 0.25) < 0.08);
}
TEST_CASE("alpha dropout keeps mean 0 and variance 1; what is dropped is selu's lowest value, scaled") {
    const array x = drawn_normal(shape(400, 50));
    const auto y = run_layer(nn::alpha_dropout{0.3}, x);
    const auto m = moments_of(y.y);
    CHECK(std::abs(m.mean) < 0.04);
    CHECK(std::abs(m.variance - 1) < 0.06);
    const double p = -1.7580993408473766, a = 1 / std::sqrt(0.7 * (1 + 0.3 * p * p)), b = -a * p * 0.3;
    const array c = support::irregular(x);
    int dropped = 0;
    for (int i = 0; i < x.count(); ++i) {
        const bool is_dropped = std::abs(y.at(i) - (a * p + b)) < 1e-9;
        dropped += is_dropped;
        if (!is_dropped) CHECK(y.at(i) == doctest::Approx(a * x.at(i) + b));
        CHECK(y.dx.at(i) == doctest::Approx(is_dropped ? 0 : a * c.at(i)).epsilon(1e-9));
    }
    CHECK(std::abs(dropped / 2e4 - 0.3) < 0.02);
    CHECK(same_values(run_layer(nn::alpha_dropout{0.3}, x, {.trains = false}).y, x));
    const auto along = run_layer(nn::alpha_dropout{0.5, {-1, 1}}, all_of(shape(30, 4), 1));
    for (int i = 0; i < 120; ++i) CHECK(along.at(i) == along.at(i / 4 * 4));
}
TEST_CASE("two layers of one model draw different numbers") {
    const auto y = run_layer(dropped_twice{}, all_of(shape(10, 10), 1));
    int different = 0;
    for (int i = 0; i < 100; ++i) different += y.at(i) != y.at(100 + i);
    CHECK(different > 20);
}
TEST_CASE("activity regularisation: x passes, the loss has the penalty over the samples") {
    array x(dtype::float64, shape(2, 3));
    for (const double v : {1.0, -2.0, 3.0, 0.5, 0.0, -1.0}) x.push(v);
    for (const bool of_any_batch : {false, true}) {
        const auto r = run_layer(nn::activity_regularization{.l1 = 0.1, .l2 = 0.01}, x, {.of_any_batch = of_any_batch});
        CHECK(same_values(r.y, x));
        CHECK(r.penalty.at(0) == doctest::Approx((0.1 * 7.5 + 0.01 * 15.25) / 2));
    }
    CHECK(run_layer(nn::activity_regularization{}, x).penalty.at(0) == 0);
}
TEST_CASE("parameters of normalisations and of prelu have regularizers") {
    const array x = drawn_normal(shape(4, 3));
    const auto penalty = [&](const auto& layer) { return run_layer(layer, x).penalty.at(0); };
    CHECK(penalty(nn::batch_norm{.gamma_regularizer = nn::l2(0.5)}) == doctest::Approx(1.5));
    CHECK(penalty(nn::layer_norm{.beta_initializer = nn::ones, .beta_regularizer = nn::l1(0.25)}) ==
          doctest::Approx(0.75));
    CHECK(penalty(nn::group_norm{.groups = 1, .gamma_regularizer = nn::l1(0.5)}) == doctest::Approx(1.5));
    CHECK(penalty(nn::layer_norm{.rms_scaling = true, .gamma_regularizer = nn::l1(0.5)}) == doctest::Approx(1.5));
    CHECK(penalty(nn::prelu{.alpha_initializer = nn::ones, .alpha_regularizer = nn::l2(2)}) == doctest::Approx(6));
    CHECK(penalty(nn::batch_norm{}) == 0);
}
