// SPDX-License-Identifier: BSL-1.0
// Published reductions, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("reductions") {
    if (!onnx::is_there()) return;
    using x = floats<3, 2, 2>;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d, auto e) {
        return std::tuple(sum(a, 1), prod(b, 1), max(c, 1), min(d, 1), mean(e, 1));
    });
    check(f, on<x>("reduce_sum_do_not_keepdims_random"), on<x>("reduce_prod_do_not_keepdims_random"),
          on<x>("reduce_max_do_not_keepdims_random"), on<x>("reduce_min_do_not_keepdims_random"),
          on<x>("reduce_mean_do_not_keepdims_random"));
    constexpr auto others = telar::function([](auto a, auto b, auto c, auto d, auto e) {
        return std::tuple(sum(abs(a), 2), norm(b, 2), sum(square(c), 1), log(sum(d, axes<0, 1>)), logsumexp(e, 1));
    });
    check(others, on<x>("reduce_l1_do_not_keepdims_random"), on<x>("reduce_l2_do_not_keepdims_random"),
          on<x>("reduce_sum_square_do_not_keepdims_random"), on<block>("reduce_log_sum_asc_axes"),
          on<tensor<double, 3, 2, 2> >("reduce_log_sum_exp_do_not_keepdims_random"));
}
TEST_CASE("positions and truth") {
    if (!onnx::is_there()) return;
    using x = floats<2, 3, 4>;
    constexpr auto f = telar::function([](auto a, auto b, auto c, auto d) {
        return std::tuple(argmax(a, 0, true), argmin(b, 0, true), any(c, 1, true), all(d, 1, true));
    });
    check(f, on<x>("argmax_default_axis_random"), on<x>("argmin_default_axis_random"),
          on<tensor<bool, 4, 2> >("reduce_max_bool_inputs"), on<tensor<bool, 4, 2> >("reduce_min_bool_inputs"));
}
