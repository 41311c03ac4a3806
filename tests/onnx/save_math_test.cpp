// SPDX-License-Identifier: BSL-1.0
// Element-wise operations, reductions and products: saved, read again, and computed.
#include "saved.hpp"

#include <telar/expr/composite.hpp>
#include <telar/expr/linear.hpp>
#include <telar/expr/math.hpp>

using namespace telar;
using saved::check;
using saved::drawn;
namespace emit = ir::emit;

namespace {

using symbols = std::vector<symbol>;
const shape odd(3, 5);

/// One operation of one operand, of two.
void check_unary(op k, double low, double high, dtype type = dtype::float32, double tolerance = 4e-6) {
    const std::string name = std::string(ir::name_of(k)) + "_" + std::string(name_of(type));
    check(
        name, {drawn(type, odd, 1, low, high)}, [&](const symbols& x) { return emit::elementwise(k, x[0]); },
        tolerance);
}
void check_binary(op k, dtype type, double low = -3, double high = 3, double low_of_second = -3) {
    const std::string name = std::string(ir::name_of(k)) + "_" + std::string(name_of(type));
    check(
        name, {drawn(type, odd, 1, low, high), drawn(type, odd, 2, low_of_second, high)},
        [&](const symbols& x) { return emit::elementwise(k, x[0], x[1]); }, 4e-6);
}

}  // namespace

TEST_CASE("functions of floats") {
    for (const op k : {op::neg,   op::abs,  op::sign,  op::exp,   op::expm1,   op::sin,      op::cos,          op::atan,
                       op::sinh,  op::cosh, op::tanh,  op::asinh, op::sigmoid, op::softplus, op::erf,          op::erfc,
                       op::floor, op::ceil, op::round, op::relu,  op::cbrt,    op::is_nan,   op::stop_gradient})
        check_unary(k, -3, 3);
    for (const op k : {op::log, op::sqrt, op::lgamma, op::digamma}) check_unary(k, 0.1, 12);
    check_unary(op::log1p, -0.9, 5);
    check_unary(op::log1p, -1e-4, 1e-4);
    check_unary(op::expm1, -1e-4, 1e-4);
    check_unary(op::tan, -1.4, 1.4);
    check_unary(op::asin, -0.99, 0.99);
    check_unary(op::acos, -0.99, 0.99);
    check_unary(op::atanh, -0.99, 0.99);
    check_unary(op::acosh, 1.1, 5);
    check_unary(op::erfinv, -0.9999, 0.9999, dtype::float32, 1e-5);
    check_unary(op::erfcinv, 1e-6, 1.99, dtype::float32, 1e-5);
    check_unary(op::lgamma, -4.9, 0.4, dtype::float32, 2e-5);
    check_unary(op::digamma, -4.9, 0.4, dtype::float32, 1e-4);
    for (const op k : {op::erfinv, op::log1p, op::lgamma, op::digamma})
        check_unary(k, 0.01, 0.98, dtype::float64, 1e-11);
}
TEST_CASE("functions of other types") {
    for (const dtype type : {dtype::float64, dtype::float16})
        for (const op k : {op::neg, op::exp, op::tanh, op::relu, op::abs}) check_unary(k, -3, 3, type, 2e-3);
    for (const dtype type : {dtype::int32, dtype::int64})
        for (const op k : {op::neg, op::abs, op::sign, op::relu, op::bitwise_not}) check_unary(k, -9, 9, type);
    check_unary(op::bitwise_not, 0, 255, dtype::uint8);
    check_unary(op::logical_not, -1, 1, dtype::boolean);
}
TEST_CASE("operations on two operands") {
    for (const dtype type : {dtype::float32, dtype::float64, dtype::int32, dtype::int64}) {
        for (const op k : {op::add, op::sub, op::mul, op::maximum, op::minimum, op::equal, op::not_equal, op::less,
                           op::less_equal, op::div, op::floor_mod})
            check_binary(k, type, -9, 9);
    }
    for (const op k : {op::add, op::mul, op::div, op::maximum, op::less}) check_binary(k, dtype::uint8, 0, 255, 0);
    check_binary(op::pow, dtype::float32, 0.1, 3);
    check_binary(op::atan2, dtype::float32);
    for (const op k : {op::bitwise_and, op::bitwise_or, op::bitwise_xor, op::shift_left, op::shift_right})
        for (const dtype type : {dtype::int32, dtype::int64}) check_binary(k, type, -1000, 40, -3);
    for (const op k : {op::logical_and, op::logical_or, op::equal, op::not_equal}) check_binary(k, dtype::boolean);
}
TEST_CASE("operands that broadcast, numbers, casts and choices") {
    const any_tensor x = drawn(dtype::float32, shape(2, 3, 4)), row = drawn(dtype::float32, shape(4), 2),
                     column = drawn(dtype::float32, shape(3, 1), 3);
    check(
        "broadcast", {x, row, column}, [](const symbols& s) { return s[0] * s[1] + s[2] - 0.5; }, 2e-6, false);
    check("where", {x, drawn(dtype::boolean, shape(2, 3, 4), 4)},
          [](const symbols& s) { return emit::elementwise(op::select, s[1], s[0], s[0] * 2); });
    check("where_truths", {drawn(dtype::boolean, odd, 1), drawn(dtype::boolean, odd, 2), drawn(dtype::boolean, odd, 3)},
          [](const symbols& s) { return emit::elementwise(op::select, s[0], s[1], s[2]); });
    for (const dtype to : {dtype::float64, dtype::int32, dtype::int64, dtype::boolean, dtype::float16, dtype::uint8})
        check(
            "cast_to_" + std::string(name_of(to)), {drawn(dtype::float32, odd, 5, 0, 9)},
            [&](const symbols& s) { return emit::cast(s[0], to); }, 1e-3);
    check("softmax", {x}, [](const symbols& s) { return softmax(s[0]); });
    check("gelu", {x}, [](const symbols& s) { return gelu(s[0]); });
}
TEST_CASE("reductions") {
    const any_tensor x = drawn(dtype::float32, shape(3, 2, 5)), whole = drawn(dtype::int32, shape(3, 2, 5), 2, -9, 9),
                     small = drawn(dtype::int32, shape(3, 2, 5), 2, 1, 3),
                     truths = drawn(dtype::boolean, shape(3, 2, 5), 3);
    for (const unsigned axes : {1u, 2u, 4u, 5u, 7u}) {
        const std::string suffix = "_" + std::to_string(axes);
        for (const op k : {op::sum, op::prod, op::max, op::min, op::argmax, op::argmin})
            for (const bool keeps : {false, true}) {
                const auto reduced = [&](const symbols& s) { return emit::reduce(k, s[0], axes, keeps); };
                const std::string name = std::string(ir::name_of(k)) + suffix + (keeps ? "_kept" : "");
                check(name, {x}, reduced, 1e-5);
                check(name + "_int32", {k == op::prod ? small : whole}, reduced);
            }
        for (const op k : {op::any, op::all})
            check(std::string(ir::name_of(k)) + suffix, {truths},
                  [&](const symbols& s) { return emit::reduce(k, s[0], axes, true); });
    }
}
TEST_CASE("products") {
    check(
        "matmul", {drawn(dtype::float32, shape(3, 4)), drawn(dtype::float32, shape(4, 5), 2)},
        [](const symbols& s) { return emit::matmul(s[0], s[1]); }, 2e-6, false);
    check("matmul_batches", {drawn(dtype::float32, shape(2, 3, 4)), drawn(dtype::float32, shape(2, 4, 5), 2)},
          [](const symbols& s) { return emit::matmul(s[0], s[1]); });
    check(
        "matmul_int32", {drawn(dtype::int32, shape(3, 4)), drawn(dtype::int32, shape(4, 5), 2)},
        [](const symbols& s) { return emit::matmul(s[0], s[1]); }, 0, false);
    check(
        "matmul_float16", {drawn(dtype::float16, shape(3, 4)), drawn(dtype::float16, shape(4, 5), 2)},
        [](const symbols& s) { return emit::matmul(s[0], s[1]); }, 1e-3, false);
}
