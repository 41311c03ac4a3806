// SPDX-License-Identifier: BSL-1.0
// What a normalisation leaves: means, variances, lengths. (Values and gradients: tests/fixtures.)
#include <telar/expr/normalization.hpp>

#include <doctest/doctest.h>
#include <cmath>
#include <telar/telar.hpp>

using namespace telar;
using namespace telar::expr;

TEST_CASE("each channel of a batch has mean 0 and variance 1; the moving statistics move towards the batch's") {
    generator g(1);
    const auto x = random_normal<double, dyn, 5, 3>(g, shape(7, 5, 3));
    const tensor<double, 3> one{1, 1, 1}, zero, old{2, 3, 4};
    const auto [y, mean_of, variance_of] = batch_norm_in_training(x, one, zero, zero, old, 0.0, 0.0);
    const auto centre = mean(y, axis<0, 1>), spread = variance(y, axis<0, 1>);
    const auto m = mean(x, axis<0, 1>), v = variance(x, axis<0, 1>);
    for (int c = 0; c < 3; ++c) {
        CHECK(std::abs(centre(c)) < 1e-14);
        CHECK(spread(c) == doctest::Approx(1).epsilon(1e-12));
        CHECK(mean_of(c) == doctest::Approx(m(c)).epsilon(1e-14));  // momentum 0: all of the batch
        CHECK(variance_of(c) == doctest::Approx(v(c)).epsilon(1e-14));
    }
    const auto same = batch_norm(x, one, zero, m, v, 0.0);
    for (std::size_t i = 0; i < y.size(); ++i) CHECK(same.data()[i] == doctest::Approx(y.data()[i]).epsilon(1e-12));
}
TEST_CASE("groups of one channel are instances, one group is all channels") {
    generator g(1);
    const auto x = random_normal<double, 2, 5, 4>(g);
    const tensor<double, 4> gamma{1, 2, -1, 0.5}, beta{0, 1, 2, 3};
    const auto each = group_norm(x, groups<4>, gamma, beta), instance = instance_norm(x, gamma, beta);
    for (std::size_t i = 0; i < x.size(); ++i)
        CHECK(each.data()[i] == doctest::Approx(instance.data()[i]).epsilon(1e-12));
    const tensor<double, 4> one{1, 1, 1, 1}, zero;
    const auto whole = group_norm(x, groups<1>, one, zero, 0.0);
    const auto centre = mean(whole, axis<1, 2>), spread = variance(whole, axis<1, 2>);
    for (int n = 0; n < 2; ++n) {
        CHECK(std::abs(centre(n)) < 1e-14);
        CHECK(spread(n) == doctest::Approx(1).epsilon(1e-12));
    }
}
TEST_CASE("lengths: the mean square is 1, the sum of squares is 1; of zeros all is 0") {
    generator g(1);
    const auto x = random_normal<double, 3, 6>(g);
    const tensor<double, 6> one{1, 1, 1, 1, 1, 1};
    const auto rms = mean(square(rms_norm(x, one)), axis<1>), length = sum(square(l2_normalize(x)), axis<1>);
    for (int i = 0; i < 3; ++i) {
        CHECK(rms(i) == doctest::Approx(1).epsilon(1e-4));  // epsilon 1e-6
        CHECK(length(i) == doctest::Approx(1).epsilon(1e-14));
    }
    for (const double v : l2_normalize(tensor<double, 3, 6>())) CHECK(v == 0);
}
TEST_CASE("groups that do not divide the channels, and a value without axes, are mistakes") {
    const auto mistake_of = [](auto f, const shape& s) {
        graph g;
        f(declare_leaf(g, 0, {dtype::float32, 0, s}));
        return g.error.what;
    };
    CHECK(mistake_of([](symbol x) { return group_norm(x, groups<3>, 1, 0); }, shape(2, 4)) ==
          mistake_kind::reshape_count);
    CHECK(mistake_of([](symbol x) { return group_norm(x, groups<2>, 1, 0); }, shape(2, 4)) == mistake_kind::none);
    CHECK(mistake_of([](symbol x) { return group_norm(x, groups<1>, 1, 0); }, shape(4)) == mistake_kind::axis);
    CHECK(mistake_of([](symbol x) { return std::get<0>(batch_norm_in_training(x, 1, 0, 0, 1)); }, shape()) ==
          mistake_kind::axis);
}
