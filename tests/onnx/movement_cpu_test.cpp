// SPDX-License-Identifier: BSL-1.0
// Published operations that move elements, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("other shapes") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e, auto g) {
        return std::tuple(reshape(a, shape(2, -1, 2)), transpose(b, axes<1, 0, 2>), squeeze(c, 0), expand_dims(d, 1),
                          flatten(e), broadcast_to(g, shape(2, 3, 6)));
    });
    check(f, on<floats<2, 3, 4> >("reshape_negative_dim"), on<floats<2, 3, 4> >("transpose_all_permutations_2"),
          on<floats<1, 3, 4, 5> >("squeeze"), on<block>("unsqueeze_axis_1"), on<floats<2, 3, 4, 5> >("flatten_axis1"),
          on<floats<3, 1> >("expand_dim_changed"));
}
TEST_CASE("parts and wholes") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e) {
        return std::tuple(slice(slice(a, 0, 0, 3), 1, 0, 10), concat(b, c, axis<0>), tile(d, {2, 2}),
                          slice(e, axis<0>, range<0, 2>), slice(e, 0, 2, 4), slice(e, 0, 4, 6));
    });
    check(f, on<floats<20, 10, 5> >("slice"), on<floats<2, 2>, floats<2, 2> >("concat_2d_axis_0"),
          on<floats<2, 2> >("tile_precomputed"), on<floats<6> >("split_equal_parts_1d_opset13"));
    constexpr auto around = telar::function([](auto a, auto b) {
        const auto inside = pad(ones_like(a), before<0, 0, 1, 3>, after<0, 0, 2, 4>);
        return std::tuple(where(inside > 0, pad(a, before<0, 0, 1, 3>, after<0, 0, 2, 4>), 1.2),
                          slice(b, starts<5, 1, 0>, sizes<10, 7, 3>));
    });
    check(around, on<floats<1, 3, 4, 5> >("constant_pad"), on<floats<20, 10, 3> >("center_crop_pad_crop"));
}
TEST_CASE("triangles, diagonals, blocks") {
    if (!onnx::is_there()) return;
    using whole = tensor<std::int64_t, 4, 5>;
    constexpr auto triangles =
        telar::function([](auto a, auto b) { return std::tuple(tril(a, diagonal<-1>), triu(b)); });
    check(triangles, on<whole>("tril_neg"), on<whole>("triu"));
    constexpr auto blocks = telar::function([](auto a, auto b) {
        const auto apart = transpose(reshape(a, shape(1, 2, 2, 2, 2, 3)), axes<0, 3, 4, 1, 5, 2>);
        const auto together = transpose(reshape(b, shape(1, 1, 2, 2, 3, 2)), axes<0, 3, 5, 1, 2, 4>);
        return std::tuple(reshape(apart, shape(1, 2, 4, 6)), reshape(together, shape(1, 4, 2, 3)));
    });
    check(blocks, on<floats<1, 8, 2, 3> >("depthtospace_example"), on<floats<1, 1, 4, 6> >("spacetodepth_example"));
    constexpr auto hot = telar::function([](auto labels) {
        const auto found = one_hot(where(labels < 0, labels + 10, labels), 10);
        return where(found > 0, 3, found + 1);
    });
    check(hot, on<tensor<std::int64_t, 3> >("onehot_negative_indices"));
}
