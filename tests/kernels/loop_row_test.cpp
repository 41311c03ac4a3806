// SPDX-License-Identifier: BSL-1.0
// Fused row kernels, several sweeps over each row, against the reference.
#include <telar/kernels/cpu/loop/loop.hpp>

#include "../support/eager.hpp"
#include "../support/sizes.hpp"

#include <doctest/doctest.h>
#include <telar/expr/composite.hpp>

using namespace telar;
using support::error_of_call;
using support::matrix_shapes;
using support::random_tensor;
using support::roundings;

namespace {

constexpr auto rows = telar::function([](auto x) {
    return std::array{softmax(x), log_softmax(x), logsumexp(x, -1), stddev(x, -1)};
});
constexpr auto columns = telar::function([](auto x) {
    return std::array{softmax(x, 0), log_softmax(x, 0), logsumexp(x, 0), variance(x, 0)};
});
constexpr auto normalised = telar::function([](auto x, auto g, auto b) { return layer_norm(x, g, b); });
constexpr auto label_loss =
    telar::function([](auto x, auto labels) { return sparse_softmax_cross_entropy(x, labels); });
// What only a later sweep needs, what two sweeps need, what is stored and read back.
constexpr auto sweeps = telar::function([](auto x) {
    const auto late = tanh(x) - sum(x, -1, true);
    const auto e = exp(x - max(x, -1, true)), kept = e / sum(e, -1, true), twice = (e - mean(e, -1, true)) * kept;
    return std::array{late, kept, twice, sum(twice, -1)};
});

}  // namespace

TEST_CASE_TEMPLATE("softmax and its family", T, float, double) {
    generator random(1);
    for (const shape& s : matrix_shapes) {
        CAPTURE(to_string(s));
        const auto x = random_tensor<T, dyn, dyn>(random, s, -4, 4);
        CHECK(error_of_call(1, rows, x) < roundings<T>(12));
        CHECK(error_of_call(1, columns, x) < roundings<T>(12));
        CHECK(error_of_call(1, sweeps, x) < roundings<T>(40));
        const auto g = random_tensor<T, dyn>(random, shape(s[1]), 0, 2), b = random_tensor<T, dyn>(random, shape(s[1]));
        CHECK(error_of_call(1, normalised, x, g, b) < roundings<T>(60));
    }
}
TEST_CASE_TEMPLATE("stable for numbers of 1e4", T, float, double) {
    const tensor<T, dyn, dyn> x =
        tensor<T, 3, 4>{{T(1e4), T(-1e4), 0, T(9999)}, {T(-1e4), T(-1e4), T(-1e4), T(-9990)}, {0, 0, 0, 0}};
    CHECK(error_of_call(1, rows, x) < roundings<T>(12));
    const tensor<T, dyn, dyn> p = std::get<0>(rows(x));
    for (extent_t i = 0; i < 3; ++i) CHECK(p(i, 0) + p(i, 1) + p(i, 2) + p(i, 3) == doctest::Approx(1));
}
TEST_CASE("labels of several integer types choose a class") {
    generator random(3);
    const auto x = random_tensor<float, dyn, dyn>(random, shape(9, 10), -4, 4);
    const auto labels = random_tensor<std::int32_t, dyn>(random, shape(9), 0, 9);
    auto wide = tensor<std::int64_t, dyn>::from(shape(9), labels);
    auto narrow = tensor<std::uint8_t, dyn>::from(shape(9), labels);
    CHECK(error_of_call(1, label_loss, x, labels) < roundings<float>(12));
    CHECK(error_of_call(1, label_loss, x, wide) < roundings<float>(12));
    CHECK(error_of_call(1, label_loss, x, narrow) < roundings<float>(12));
    const tensor<float, dyn> got = label_loss(x, wide);
    for (extent_t i = 0; i < 9; ++i) {
        double total = 0;
        for (extent_t k = 0; k < 10; ++k) total += std::exp(double(x(i, k)));
        CHECK(double(got(i)) == doctest::Approx(std::log(total) - double(x(i, labels(i)))).epsilon(1e-5));
    }
}
