// SPDX-License-Identifier: BSL-1.0
// Published element-wise operations of several operands, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("arithmetic") {
    if (!onnx::is_there()) return;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e, auto g, auto h, auto i, auto j,
                                          auto k) { return std::tuple(a + b, c - d, e * g, h / i, pow(j, k)); });
    check(f, on<block, floats<5> >("add_bcast"), on<block, block>("sub"), on<block, block>("mul"),
          on<block, block>("div"), on<block, block>("pow"));
    using three = floats<3>;
    constexpr auto of_three = telar::function(
        [](auto a, auto b, auto c, auto d, auto e, auto g, auto h, auto i, auto j, auto k, auto l, auto m) {
            return std::tuple(maximum(maximum(a, b), c), minimum(minimum(d, e), g), h + i + j, (k + l + m) / 3);
        });
    check(of_three, on<three, three, three>("max_example"), on<three, three, three>("min_example"),
          on<three, three, three>("sum_example"), on<three, three, three>("mean_example"));
}
TEST_CASE("comparisons, truth and choice") {
    if (!onnx::is_there()) return;
    using whole = tensor<std::int32_t, 3, 4, 5>;
    constexpr auto compare = telar::function([](auto a, auto b, auto c, auto d, auto e, auto f, auto g, auto h, auto i,
                                                auto j) { return std::tuple(a == b, c<d, e <= f, g> h, i >= j); });
    check(compare, on<whole, whole>("equal"), on<block, block>("less"), on<block, block>("less_equal"),
          on<block, block>("greater"), on<block, block>("greater_equal"));
    using truths = tensor<bool, 3, 4>;
    constexpr auto logic = telar::function(
        [](auto a, auto b, auto c, auto d, auto e, auto f, auto g) { return std::tuple(a && b, c || d, e != f, !g); });
    check(logic, on<truths, truths>("and2d"), on<truths, truths>("or2d"), on<truths, truths>("xor2d"),
          on<truths>("not_2d"));
    using square = floats<2, 2>;
    constexpr auto choose = telar::function([](auto c, auto a, auto b) { return where(c, a, b); });
    check(choose, on<tensor<bool, 2, 2>, square, square>("where_example"));
}
