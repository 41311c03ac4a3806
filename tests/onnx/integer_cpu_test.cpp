// SPDX-License-Identifier: BSL-1.0
// Published element-wise operations of integers and between types, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("integers and bits") {
    if (!onnx::is_there()) return;
    using words = tensor<std::int32_t, 3, 4>;
    constexpr auto bits = telar::function([](auto a, auto b, auto c, auto d, auto e, auto f, auto g) {
        return std::tuple(bitwise_and(a, b), bitwise_or(c, d), bitwise_xor(e, f), bitwise_not(g));
    });
    check(bits, on<words, words>("bitwise_and_i32_2d"), on<words, words>("bitwise_or_i32_2d"),
          on<words, words>("bitwise_xor_i32_2d"), on<words>("bitwise_not_2d"));
    constexpr auto mod = telar::function([](auto a, auto b, auto c, auto d) {
        const auto rest = floor_mod(abs(c), abs(d));
        return std::tuple(floor_mod(a, b), where(c < 0, -rest, rest));
    });
    check(mod, on<tensor<std::int32_t, 6>, tensor<std::int32_t, 6> >("mod_mixed_sign_int32"),
          on<floats<6>, floats<6> >("mod_mixed_sign_float32"));
    using bytes = tensor<std::uint8_t, 3>;
    constexpr auto shifts = telar::function([](auto a, auto b) { return shift_left(a, b); });
    check(shifts, on<bytes, bytes>("bitshift_left_uint8"));
    using halves = tensor<float16, 3>;
    constexpr auto half = telar::function([](auto a, auto b) { return maximum(a, b); });
    check(half, on<halves, halves>("max_float16"));
    constexpr auto casts = telar::function([](auto a, auto b) { return std::tuple(cast<float>(a), cast<double>(b)); });
    check(casts, on<tensor<double, 3, 4> >("cast_DOUBLE_to_FLOAT"), on<floats<3, 4> >("cast_FLOAT_to_DOUBLE"));
}
