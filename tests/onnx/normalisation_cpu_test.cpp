// SPDX-License-Identifier: BSL-1.0
// Published normalisations and losses, compiled for the CPU.
#include <doctest/doctest.h>

#if !__has_include(<protozero/pbf_reader.hpp>)
TEST_CASE("ONNX cases") { MESSAGE("skipped: protozero is not installed"); }
#elif !TELAR_ZLIB
TEST_CASE("ONNX cases") { MESSAGE("skipped: built without zlib"); }
#else
#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

namespace {

constexpr auto normal = [](auto x, double epsilon) {
    const auto centred = x - mean(x, -1, true);
    return centred * rsqrt(mean(square(centred), -1, true) + epsilon);
};
constexpr auto per_channel = [](auto v) { return reshape(v, shape(-1, 1, 1)); };

}  // namespace

TEST_CASE("of rows") {
    if (!onnx::is_there()) return;
    using matrix = floats<3, 4>;
    constexpr auto f = telar::function([](auto x, auto gamma, auto beta) {
        const auto centred = x - mean(x, -1, true);
        return std::tuple(layer_norm(x, gamma, beta, 1e-5), mean(x, -1, true),
                          rsqrt(mean(square(centred), -1, true) + 1e-5));
    });
    check(f, on<matrix, floats<4>, floats<4> >("layer_normalization_2d_axis1"));
    constexpr auto others = telar::function([](auto a, auto gamma, auto b) {
        return std::tuple(a * rsqrt(mean(square(a), -1, true) + 1e-5) * gamma, b / norm(b, 1, true));
    });
    check(others, on<matrix, floats<4> >("rms_normalization_2d_axis1"), on<floats<2, 2> >("l2normalization_axis_1"));
}
TEST_CASE("of channels") {
    if (!onnx::is_there()) return;
    using images = floats<2, 3, 4, 5>;
    using channels = floats<3>;
    constexpr auto batch = telar::function([](auto x, auto scale, auto bias, auto mean_of, auto variance_of) {
        return (x - per_channel(mean_of)) * per_channel(scale * rsqrt(variance_of + 1e-5)) + per_channel(bias);
    });
    check(batch, on<images, channels, channels, channels, channels>("batchnorm_example"));
    constexpr auto instance = telar::function([](auto x, auto scale, auto bias) {
        const auto rows = normal(reshape(x, shape(2, 3, 20)), 1e-2);
        return reshape(rows, shape(2, 3, 4, 5)) * per_channel(scale) + per_channel(bias);
    });
    check(instance, on<images, channels, channels>("instancenorm_epsilon"));
    constexpr auto group = telar::function([](auto x, auto scale, auto bias) {
        const auto rows = normal(reshape(x, shape(3, 2, 8)), 1e-5);
        return reshape(rows, shape(3, 4, 2, 2)) * per_channel(scale) + per_channel(bias);
    });
    check(group, on<floats<3, 4, 2, 2>, floats<4>, floats<4> >("group_normalization_example"));
    constexpr auto whole = telar::function(
        [](auto x) { return (x - mean(x, axes<0, 2, 3>, keep_dims)) / (stddev(x, axes<0, 2, 3>, keep_dims) + 1e-9); });
    check(whole, on<floats<3, 3, 3, 1> >("mvn"));
}
TEST_CASE("losses") {
    if (!onnx::is_there()) return;
    using labels = tensor<std::int64_t, 3>;
    constexpr auto f = telar::function([](auto p, auto of_p, auto z, auto of_z) {
        return std::tuple(-sum(p * one_hot(of_p, 5), 1), mean(sparse_softmax_cross_entropy(z, of_z)));
    });
    check(f, on<floats<3, 5>, labels>("nllloss_NC"), on<floats<3, 5>, labels>("sce_mean"));
}
#endif
