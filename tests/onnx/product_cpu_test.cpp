// SPDX-License-Identifier: BSL-1.0
// Published softmax, products and losses, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("softmax and its like") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function(
        [](auto a, auto b, auto c) { return std::tuple(softmax(a, 1), log_softmax(b, 2), one_hot(argmax(c, -1), 5)); });
    check(f, on<block>("softmax_axis_1"), on<block>("logsoftmax_axis_2"), on<block>("hardmax_axis_2"));
}
TEST_CASE("products") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e, auto g, auto h) {
        return std::tuple(matmul(a, b), 0.25 * matmul(transpose(c), transpose(d)) + 0.35 * e,
                          einsum<"bij,bjk->bik">(g, h));
    });
    check(f, on<floats<1, 2, 3, 4>, floats<1, 2, 4, 3> >("matmul_4d"),
          on<floats<4, 3>, floats<5, 4>, floats<1, 5> >("gemm_all_attributes"),
          on<tensor<double, 5, 2, 3>, tensor<double, 5, 3, 4> >("einsum_batch_matmul"));
}
TEST_CASE("losses") {
    if (!onnx::is_there()) return;
    using labels = tensor<std::int64_t, 3>;
    constexpr auto f = telar::function([](auto p, auto of_p, auto z, auto of_z) {
        return std::tuple(-sum(p * one_hot(of_p, 5), 1), mean(sparse_softmax_cross_entropy(z, of_z)));
    });
    check(f, on<floats<3, 5>, labels>("nllloss_NC"), on<floats<3, 5>, labels>("sce_mean"));
}
