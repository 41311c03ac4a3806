// SPDX-License-Identifier: BSL-1.0
// Published activations, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("with an exponential") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e, auto g, auto h, auto i) {
        return std::tuple(elu(a, 2.0), celu(b, 2.0), 3 * elu(c, 2.0), gelu(d), gelu_tanh(e), mish(g), softplus(h),
                          silu(i));
    });
    check(f, on<block>("elu"), on<floats<3, 3, 3, 1> >("celu"), on<block>("selu"), on<block>("gelu_default_2"),
          on<block>("gelu_tanh_2"), on<floats<10000> >("mish"), on<block>("softplus"), on<floats<3> >("swish"));
}
TEST_CASE("in pieces") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto a, auto b, auto s, auto c, auto d, auto e, auto g, auto h, auto i) {
        return std::tuple(leaky_relu(a, 0.1), leaky_relu(b, s), relu(c), softsign(d), clip(0.5 * e + 0.6, 0, 1),
                          hard_silu(g), where(h > 2, h, 0), where(i < -1.5, i + 1.5, where(i > 1.5, i - 1.5, 0)));
    });
    check(f, on<block>("leakyrelu"), on<block, floats<5> >("prelu_broadcast"), on<block>("relu"), on<block>("softsign"),
          on<block>("hardsigmoid"), on<block>("hardswish"), on<block>("thresholdedrelu"),
          on<floats<5> >("shrink_soft"));
    constexpr auto bounds = telar::function([](auto x, auto lo, auto hi) { return clip(x, lo, hi); });
    check(bounds, on<block, floats<>, floats<> >("clip"));
}
