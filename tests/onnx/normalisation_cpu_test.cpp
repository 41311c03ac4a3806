// SPDX-License-Identifier: BSL-1.0
// Published normalisations, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

namespace {

/// (N, C, H, W) -> (N, H, W, C) and back.
constexpr auto last = [](auto x) { return transpose(x, axes<0, 2, 3, 1>); };
constexpr auto first = [](auto x) { return transpose(x, axes<0, 3, 1, 2>); };

}  // namespace

TEST_CASE("of rows") {
    if (!onnx::is_there()) return;
    using matrix = floats<3, 4>;
    constexpr auto f = telar::function([](auto x, auto gamma, auto beta) {
        return std::tuple(layer_norm(x, gamma, beta, 1e-5), mean(x, -1, true), rsqrt(variance(x, -1, true) + 1e-5));
    });
    check(f, on<matrix, floats<4>, floats<4> >("layer_normalization_2d_axis1"));
    constexpr auto others = telar::function(
        [](auto a, auto gamma, auto b) { return std::tuple(rms_norm(a, gamma, 1e-5), l2_normalize(b, axis<1>)); });
    check(others, on<matrix, floats<4> >("rms_normalization_2d_axis1"), on<floats<2, 2> >("l2normalization_axis_1"));
}
TEST_CASE("of channels") {
    if (!onnx::is_there()) return;
    using images = floats<2, 3, 4, 5>;
    using channels = floats<3>;
    constexpr auto batch = telar::function([](auto x, auto gamma, auto beta, auto mean_of, auto variance_of) {
        return first(batch_norm(last(x), gamma, beta, mean_of, variance_of, 1e-5));
    });
    check(batch, on<images, channels, channels, channels, channels>("batchnorm_example"));
    constexpr auto in_training = telar::function([](auto x, auto gamma, auto beta, auto mean_of, auto variance_of) {
        const auto r = batch_norm_in_training(last(x), gamma, beta, mean_of, variance_of, 0.9, 1e-5);
        return std::tuple(first(std::get<0>(r)), std::get<1>(r), std::get<2>(r));
    });
    check(in_training, on<images, channels, channels, channels, channels>("batchnorm_example_training_mode"));
    constexpr auto each = telar::function([](auto x, auto gamma, auto beta, auto y, auto scale, auto bias) {
        return std::tuple(first(instance_norm(last(x), gamma, beta, 1e-2)),
                          first(group_norm(last(y), groups<2>, scale, bias, 1e-5)));
    });
    check(each, on<images, channels, channels>("instancenorm_epsilon"),
          on<floats<3, 4, 2, 2>, floats<4>, floats<4> >("group_normalization_example"));
}
