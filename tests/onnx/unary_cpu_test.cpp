// SPDX-License-Identifier: BSL-1.0
// Published element-wise functions of one operand, compiled for the CPU.
#include <doctest/doctest.h>

#include "cpu.hpp"

using namespace telar;
using onnx::block;
using onnx::check;
using onnx::floats;
using onnx::on;

TEST_CASE("trigonometric functions and their like") {
    if (!onnx::is_there()) return;
    constexpr auto circular = telar::function([](auto a, auto b, auto c, auto d, auto e, auto f) {
        return std::tuple(sin(a), cos(b), tan(c), asin(d), acos(e), atan(f));
    });
    check(circular, on<block>("sin"), on<block>("cos"), on<block>("tan"), on<block>("asin"), on<block>("acos"),
          on<block>("atan"));
    constexpr auto hyperbolic = telar::function([](auto a, auto b, auto c, auto d, auto e, auto f) {
        return std::tuple(sinh(a), cosh(b), tanh(c), asinh(d), acosh(e), atanh(f));
    });
    check(hyperbolic, on<block>("sinh"), on<block>("cosh"), on<block>("tanh"), on<block>("asinh"), on<block>("acosh"),
          on<block>("atanh"));
}
TEST_CASE("exponentials, roots and steps") {
    if (!onnx::is_there()) return;
    constexpr auto smooth = telar::function([](auto a, auto b, auto c, auto d, auto e, auto f) {
        return std::tuple(exp(a), log(b), sqrt(c), erf(d), sigmoid(e), reciprocal(f));
    });
    check(smooth, on<block>("exp"), on<block>("log"), on<block>("sqrt"), on<floats<1, 3, 32, 32> >("erf"),
          on<block>("sigmoid"), on<block>("reciprocal"));
    constexpr auto steps = telar::function([](auto a, auto b, auto c, auto d, auto e, auto f, auto g, auto h) {
        return std::tuple(abs(a), -b, sign(c), floor(d), ceil(e), round(f), is_inf(g), is_nan(h));
    });
    check(steps, on<block>("abs"), on<block>("neg"), on<floats<11> >("sign"), on<block>("floor"), on<block>("ceil"),
          on<floats<15> >("round"), on<floats<6> >("isinf"), on<floats<6> >("isnan"));
}
