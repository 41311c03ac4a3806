// SPDX-License-Identifier: BSL-1.0
// Published operations by indices, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using namespace telar::ir;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

using indices = tensor<std::int64_t, 2, 3>;

TEST_CASE("gather") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto x, auto i, auto y, auto j, auto z, auto k) {
        return std::tuple(gather(x, i, 1), take_along_axis(y, where(j < 0, j + 3, j), 0), gather_nd(z, k));
    });
    check(f, on<floats<5, 4, 3, 2>, tensor<std::int64_t, 3> >("gather_1"),
          on<floats<3, 3>, indices>("gather_elements_negative_indices"),
          on<floats<2, 2, 2>, tensor<std::int64_t, 2, 1, 2> >("gathernd_example_float32"));
}
TEST_CASE("scatter_add") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto x, auto i, auto u) { return scatter_add(x, squeeze(i, 1), u); });
    check(f, on<floats<4, 4, 4>, tensor<std::int64_t, 2, 1>, floats<2, 4, 4> >("scatternd_add"));
}
TEST_CASE("an axis by computed indices") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto x, auto length) {
        const auto t = emit::iota(*x.g, 4, dtype::int64);
        const auto row = expand_dims(t, 1);
        return take_along_axis(x, where(row < length, length - 1 - row, row), 0);
    });
    check(f, on<floats<4, 4>, tensor<std::int64_t, 4> >("reversesequence_time"));
}
