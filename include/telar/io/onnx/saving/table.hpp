// SPDX-License-Identifier: BSL-1.0
// How each of telar's operations is written in ONNX: by an operation of that name, or by a formula of others.
#pragma once
#include <telar/io/onnx/saving/formulas.hpp>
#include <telar/io/onnx/saving/movements.hpp>
#include <telar/io/onnx/saving/normalisation.hpp>
#include <telar/io/onnx/saving/routines.hpp>

namespace telar::inline TELAR_ABI::io::onnx::saving {

/// One of them; none: ONNX has no such operation.
struct row {
    op kind;
    const char* name = nullptr;  // of ONNX's operation
    void (*write)(writer& w, int id, const char* name) = nullptr;
    symbol (*unary)(symbol) = nullptr;
    symbol (*binary)(symbol, symbol) = nullptr;
    symbol (*formula)(const formulas::operands&) = nullptr;
};
namespace rows {
constexpr row named(op k, const char* name, void (*write)(writer&, int, const char*) = write_elementwise) {
    return {k, name, write, nullptr, nullptr, nullptr};
}
constexpr row by(op k, void (*write)(writer&, int, const char*)) { return {k, "", write, nullptr, nullptr, nullptr}; }
constexpr row as(op k, symbol (*f)(symbol)) { return {k, nullptr, nullptr, f, nullptr, nullptr}; }
constexpr row as(op k, symbol (*f)(symbol, symbol)) { return {k, nullptr, nullptr, nullptr, f, nullptr}; }
constexpr row as(op k, symbol (*f)(const formulas::operands&)) { return {k, nullptr, nullptr, nullptr, nullptr, f}; }
/// Some of its forms by a formula, which may contain others.
constexpr row named(op k, const char* name, symbol (*f)(symbol)) {
    return {k, name, write_elementwise, f, nullptr, nullptr};
}
constexpr row by(op k, void (*write)(writer&, int, const char*), auto f, const char* name = "") {
    row r = as(k, f);
    r.write = write, r.name = name;
    return r;
}
constexpr row none(op k) { return {k}; }
}  // namespace rows

/// Parts of scans and calls are written with the whole.
inline void write_later(writer&, int, const char*) {}
inline void write_result_of_call(writer& w, int id, const char*) { w.write_result_of_call(id); }

// clang-format off
inline constexpr row table[] = {
    rows::by(op::leaf, write_leaf),
    rows::by(op::constant, write_constant),
    rows::by(op::extent, write_extent),
    rows::by(op::iota, write_iota),

    rows::named(op::neg, "Neg"),
    rows::named(op::abs, "Abs"),
    rows::named(op::sign, "Sign"),
    rows::named(op::exp, "Exp"),
    rows::as(op::expm1, formulas::expm1),
    rows::named(op::log, "Log"),
    rows::as(op::log1p, formulas::log1p),
    rows::named(op::sqrt, "Sqrt"),
    rows::as(op::cbrt, formulas::cbrt),
    rows::named(op::sin, "Sin"),
    rows::named(op::cos, "Cos"),
    rows::named(op::tan, "Tan"),
    rows::named(op::asin, "Asin"),
    rows::named(op::acos, "Acos"),
    rows::named(op::atan, "Atan"),
    rows::named(op::sinh, "Sinh"),
    rows::named(op::cosh, "Cosh"),
    rows::named(op::tanh, "Tanh"),
    rows::named(op::asinh, "Asinh"),
    rows::named(op::acosh, "Acosh"),
    rows::named(op::atanh, "Atanh"),
    rows::named(op::sigmoid, "Sigmoid"),
    rows::named(op::softplus, "Softplus"),
    rows::named(op::erf, "Erf"),
    rows::as(op::erfc, formulas::erfc),
    rows::as(op::erfinv, formulas::erfinv),
    rows::as(op::erfcinv, formulas::erfcinv),
    rows::as(op::lgamma, formulas::lgamma),
    rows::as(op::digamma, formulas::digamma),
    rows::named(op::floor, "Floor"),
    rows::named(op::ceil, "Ceil"),
    rows::named(op::round, "Round"),
    rows::named(op::relu, "Relu", formulas::relu),
    rows::as(op::bitwise_not, formulas::bitwise_not),
    rows::named(op::logical_not, "Not"),
    rows::named(op::is_nan, "IsNaN"),
    rows::by(op::stop_gradient, write_nothing),
    rows::by(op::cast, write_cast),

    rows::named(op::add, "Add", write_sum),
    rows::named(op::sub, "Sub"),
    rows::named(op::mul, "Mul"),
    rows::by(op::div, write_division, formulas::div, "Div"),
    rows::named(op::maximum, "Max"),
    rows::named(op::minimum, "Min"),
    rows::named(op::pow, "Pow"),
    rows::as(op::atan2, formulas::atan2),
    rows::by(op::floor_mod, write_floor_mod, formulas::floor_mod),
    rows::as(op::bitwise_and, formulas::bitwise_and),
    rows::as(op::bitwise_or, formulas::bitwise_or),
    rows::as(op::bitwise_xor, formulas::bitwise_xor),
    rows::as(op::shift_left, formulas::shift_left),
    rows::as(op::shift_right, formulas::shift_right),
    rows::named(op::equal, "Equal"),
    rows::by(op::not_equal, write_not_equal),
    rows::named(op::less, "Less"),
    rows::named(op::less_equal, "LessOrEqual"),
    rows::named(op::logical_and, "And"),
    rows::named(op::logical_or, "Or"),

    rows::by(op::select, write_elementwise, formulas::choice, "Where"),

    rows::named(op::sum, "ReduceSum", write_reduction),
    rows::named(op::prod, "ReduceProd", write_reduction),
    rows::named(op::max, "ReduceMax", write_reduction),
    rows::named(op::min, "ReduceMin", write_reduction),
    rows::as(op::any, formulas::any),
    rows::as(op::all, formulas::all),
    rows::by(op::argmax, write_place, formulas::place_of_extreme, "ArgMax"),
    rows::by(op::argmin, write_place, formulas::place_of_extreme, "ArgMin"),

    rows::named(op::matmul, "MatMul", write_product),

    rows::by(op::scan, write_later),
    rows::by(op::scan_slice, write_later),
    rows::by(op::scan_state, write_later),
    rows::by(op::scan_next, write_later),
    rows::by(op::scan_stack, write_later),

    rows::by(op::call_operand, write_later),
    rows::by(op::call, write_later),
    rows::by(op::call_result, write_result_of_call),

    rows::by(op::reshape, write_reshape),
    rows::by(op::transpose, write_transpose),
    rows::by(op::broadcast_to, write_broadcast),
    rows::by(op::slice, write_slice),
    rows::by(op::pad, write_pad),
    rows::by(op::concat, write_concat),
    rows::by(op::windows, write_windows),
    rows::by(op::overlap_add, write_overlap_add),
    rows::by(op::reverse, write_reverse),

    rows::by(op::gather, write_gather, formulas::gather),
    rows::by(op::scatter, write_scatter, formulas::scatter),
    rows::by(op::cumsum, write_cumulative_sum),
    rows::by(op::cumprod, write_cumulative_product),
    rows::by(op::recurrence, write_recurrence),
    rows::by(op::sort, write_sort),
    rows::by(op::argsort, write_argsort),
    rows::none(op::random),
    rows::by(op::print, write_later),  // an effect, which a file does not have
};
// clang-format on
static_assert(ir::has_every_op(table), "one row per op, in the order of the enum");
inline const row& row_of(op k) { return table[static_cast<std::size_t>(k)]; }

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
