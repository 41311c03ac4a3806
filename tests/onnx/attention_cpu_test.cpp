// SPDX-License-Identifier: BSL-1.0
// Published attention, compiled for the CPU: what a layer is made of, in one function.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

namespace {

constexpr auto attend = [](auto q, auto k, auto v) {
    const double root = 0.59460355750136053;  // 8^(-1/4)
    return matmul(softmax(matmul(q * root, swap_axes(k * root, -1, -2)), -1), v);
};

}  // namespace

TEST_CASE("attention") {
    if (!onnx::is_there()) return;
    using queries = floats<2, 3, 4, 8>;
    using keys = floats<2, 3, 6, 8>;
    constexpr auto f = telar::function([](auto q, auto k, auto v) { return attend(q, k, v); });
    check(f, on<queries, keys, keys>("attention_4d"));
    constexpr auto grouped =
        telar::function([](auto q, auto k, auto v) { return attend(q, repeat(k, 3, 1), repeat(v, 3, 1)); });
    check(grouped, on<floats<2, 9, 4, 8>, keys, keys>("attention_4d_gqa"));
}
TEST_CASE("rotary embedding, gated units") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto x, auto cosines, auto sines, auto places, auto a, auto b) {
        const auto c = expand_dims(embedding(cosines, places), 1), s = expand_dims(embedding(sines, places), 1);
        const auto u = slice(x, -1, 0, 4), v = slice(x, -1, 4, 8);
        return std::tuple(concat({c * u - s * v, s * u + c * v}, -1), silu(a) * b);
    });
    check(f, on<floats<2, 4, 3, 8>, floats<50, 4>, floats<50, 4>, tensor<std::int64_t, 2, 3> >("rotary_embedding"),
          on<floats<2, 4>, floats<2, 4> >("swiglu"));
}
