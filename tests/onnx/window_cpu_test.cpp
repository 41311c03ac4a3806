// SPDX-License-Identifier: BSL-1.0
// Published convolutions and pools, whose channels stand before space, compiled for the CPU.
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
/// (O, C, H, W) -> (H, W, C, O)
constexpr auto filter = [](auto w) { return transpose(w, axes<2, 3, 1, 0>); };

}  // namespace

TEST_CASE("convolutions") {
    if (!onnx::is_there()) return;
    using image = floats<1, 1, 5, 5>;
    using weights = floats<1, 1, 3, 3>;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e, auto g) {
        return std::tuple(first(conv(last(a), filter(b))), first(conv(last(c), filter(d), same_padding)),
                          first(conv(last(e), filter(g), steps<2>)));
    });
    check(f, on<image, weights>("basic_conv_without_padding"), on<image, weights>("basic_conv_with_padding"),
          on<floats<1, 1, 7, 5>, weights>("conv_with_strides_no_padding"));
}
TEST_CASE("steps with padding, transposed, by channels") {
    if (!onnx::is_there()) return;
    using weights = floats<1, 1, 3, 3>;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e, auto w) {
        const auto turned = transpose(d, axes<2, 3, 1, 0>), kernels = transpose(w, axes<2, 0, 1>);
        return std::tuple(
            conv(a, filter(b), steps<2>, padding<1>, channels_first), conv_transpose(c, turned, channels_first),
            swap_axes(depthwise_conv(pad(swap_axes(e, 1, 2), before<0, 3, 0>, after<0, 0, 0>), kernels), 1, 2),
            slice(pad(e, before<0, 0, 3>, after<0, 0, 0>), -1, 8));
    });
    check(f, on<floats<1, 1, 7, 5>, weights>("conv_with_strides_padding"),
          on<floats<1, 1, 3, 3>, floats<1, 2, 3, 3> >("convtranspose"),
          on<floats<2, 4, 8>, floats<4, 1, 4> >("causal_conv_with_state_basic"));
}
TEST_CASE("pools") {
    if (!onnx::is_there()) return;
    using image = floats<1, 1, 5, 5>;
    constexpr auto f = telar::function([](auto a, auto b, auto c) {
        return std::tuple(first(max_pool(last(a), window<3>, steps<2>, same_padding)),
                          first(mean_pool(last(b), window<3>, steps<2>, same_padding)),
                          first(max_pool(last(c), window<5>, steps<3>)));
    });
    check(f, on<image>("maxpool_2d_precomputed_same_upper"), on<image>("averagepool_2d_precomputed_same_upper"),
          on<floats<1, 3, 32, 32> >("maxpool_2d_strides"));
    constexpr auto global = telar::function(
        [](auto a, auto b) { return std::tuple(max(a, axes<2, 3>, keep_dims), mean(b, axes<2, 3>, keep_dims)); });
    check(global, on<floats<1, 3, 5, 5> >("globalmaxpool"), on<floats<1, 3, 5, 5> >("globalaveragepool"));
}
