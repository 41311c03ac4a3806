// SPDX-License-Identifier: BSL-1.0
// Published cumulative operations, order and numbers as bytes, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("sums and products of what stands before") {
    if (!onnx::is_there()) return;
    using numbers = tensor<double, 5>;
    using matrix = tensor<double, 2, 3>;
    constexpr auto f = telar::function([](auto a, auto b, auto c) {
        return std::tuple(cumsum(a, axis<1>), cumprod(b, axis<0>), cumsum(c, axis<0>, exclusive, reversed));
    });
    check(f, on<matrix>("cumsum_2d_axis_1"), on<matrix>("cumprod_2d_axis_0"),
          on<numbers>("cumsum_1d_reverse_exclusive"));
}
TEST_CASE("the largest few") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto x) {
        const auto found = top_k<3>(x);
        return std::tuple(found[0], found[1]);
    });
    check(f, on<floats<3, 4> >("top_k"));
}
TEST_CASE("numbers as bytes") {
    if (!onnx::is_there()) return;
    using byte = tensor<std::uint8_t>;
    constexpr auto f = telar::function([](auto x, auto scale, auto zero) {
        return cast<std::uint8_t>(clip(round(x / scale) + cast<float>(zero), 0, 255));
    });
    check(f, on<floats<6>, floats<>, byte>("quantizelinear"));
    constexpr auto back =
        telar::function([](auto x, auto scale, auto zero) { return (cast<float>(x) - cast<float>(zero)) * scale; });
    check(back, on<tensor<std::uint8_t, 4>, floats<>, byte>("dequantizelinear"));
}
