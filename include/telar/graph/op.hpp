// SPDX-License-Identifier: BSL-1.0
// The intermediate representation on one screen: every primitive operation and its row. All else is composed of these.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace telar::inline TELAR_ABI::ir {

// clang-format off
enum class op : std::int32_t {
    leaf, constant, extent, iota,
    neg, abs, sign, exp, expm1, log, log1p, sqrt, cbrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, asinh, acosh, atanh,
    sigmoid, softplus, erf, erfc, erfinv, erfcinv, lgamma, digamma, floor, ceil, round, relu, bitwise_not, logical_not, is_nan,
    stop_gradient, cast,
    add, sub, mul, div, maximum, minimum, pow, atan2, floor_mod, bitwise_and, bitwise_or, bitwise_xor,
    shift_left, shift_right,
    equal, not_equal, less, less_equal, logical_and, logical_or,
    select,
    sum, prod, max, min, any, all, argmax, argmin,
    matmul,
    scan, scan_slice, scan_state, scan_next, scan_stack,
    call_operand, call, call_result,
    reshape, transpose, broadcast_to, slice, pad, concat, windows, overlap_add, reverse,
    gather, scatter, cumsum, cumprod, recurrence, sort, argsort, random, print,
};
inline constexpr op last_op = op::print;

/// What kind of work an operation is; the kernels' families follow it. A routine is computed by a function of its own
/// per target: it is fused with nothing, its operands and its result lie in memory. It works along one axis, attribute
/// 0 (none: below 0); attribute 1 holds options, which its kernel is compiled for; value is a number of its own.
enum class family { source, elementwise, reduction, contraction, scan, call, movement, routine };
/// What element types it takes; all operands share one, but for select's condition.
enum class takes { anything, number, floating, integer, boolean };
/// What element type it gives.
enum class gives { same, boolean, int64, stated };

struct op_info {
    op kind;
    std::string_view name;
    int arity;
    family group;
    takes operands;
    gives result;
    bool commutes;
};

inline constexpr op_info op_table[] = {
    // kind            name           arity  family               takes              gives           commutes
    {op::leaf,         "leaf",          0, family::source,      takes::anything, gives::stated,  false},  // attribute: number of the leaf
    {op::constant,     "constant",      0, family::source,      takes::anything, gives::stated,  false},  // value: the bits
    {op::extent,       "extent",        0, family::source,      takes::anything, gives::stated,  false},  // attribute: an extent, as a value
    {op::iota,         "iota",          0, family::source,      takes::anything, gives::stated,  false},  // 0, 1, 2, ...

    {op::neg,          "neg",           1, family::elementwise, takes::number,   gives::same,    false},
    {op::abs,          "abs",           1, family::elementwise, takes::number,   gives::same,    false},
    {op::sign,         "sign",          1, family::elementwise, takes::number,   gives::same,    false},
    {op::exp,          "exp",           1, family::elementwise, takes::floating, gives::same,    false},
    {op::expm1,        "expm1",         1, family::elementwise, takes::floating, gives::same,    false},
    {op::log,          "log",           1, family::elementwise, takes::floating, gives::same,    false},
    {op::log1p,        "log1p",         1, family::elementwise, takes::floating, gives::same,    false},
    {op::sqrt,         "sqrt",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::cbrt,         "cbrt",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::sin,          "sin",           1, family::elementwise, takes::floating, gives::same,    false},
    {op::cos,          "cos",           1, family::elementwise, takes::floating, gives::same,    false},
    {op::tan,          "tan",           1, family::elementwise, takes::floating, gives::same,    false},
    {op::asin,         "asin",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::acos,         "acos",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::atan,         "atan",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::sinh,         "sinh",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::cosh,         "cosh",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::tanh,         "tanh",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::asinh,        "asinh",         1, family::elementwise, takes::floating, gives::same,    false},
    {op::acosh,        "acosh",         1, family::elementwise, takes::floating, gives::same,    false},
    {op::atanh,        "atanh",         1, family::elementwise, takes::floating, gives::same,    false},
    {op::sigmoid,      "sigmoid",       1, family::elementwise, takes::floating, gives::same,    false},
    {op::softplus,     "softplus",      1, family::elementwise, takes::floating, gives::same,    false},  // log(1 + exp(x))
    {op::erf,          "erf",           1, family::elementwise, takes::floating, gives::same,    false},
    {op::erfc,         "erfc",          1, family::elementwise, takes::floating, gives::same,    false},  // 1 - erf(x)
    {op::erfinv,       "erfinv",        1, family::elementwise, takes::floating, gives::same,    false},  // erf(y) = x
    {op::erfcinv,      "erfcinv",       1, family::elementwise, takes::floating, gives::same,    false},  // erfc(y) = x
    {op::lgamma,       "lgamma",        1, family::elementwise, takes::floating, gives::same,    false},  // log |gamma(x)|
    {op::digamma,      "digamma",       1, family::elementwise, takes::floating, gives::same,    false},  // its derivative
    {op::floor,        "floor",         1, family::elementwise, takes::floating, gives::same,    false},
    {op::ceil,         "ceil",          1, family::elementwise, takes::floating, gives::same,    false},
    {op::round,        "round",         1, family::elementwise, takes::floating, gives::same,    false},  // half to even
    {op::relu,         "relu",          1, family::elementwise, takes::number,   gives::same,    false},
    {op::bitwise_not,  "bitwise_not",   1, family::elementwise, takes::integer,  gives::same,    false},
    {op::logical_not,  "logical_not",   1, family::elementwise, takes::boolean,  gives::same,    false},
    {op::is_nan,       "is_nan",        1, family::elementwise, takes::floating, gives::boolean, false},
    {op::stop_gradient,"stop_gradient", 1, family::elementwise, takes::anything, gives::same,    false},
    {op::cast,         "cast",          1, family::elementwise, takes::anything, gives::stated,  false},

    {op::add,          "add",           2, family::elementwise, takes::number,   gives::same,    true},
    {op::sub,          "sub",           2, family::elementwise, takes::number,   gives::same,    false},
    {op::mul,          "mul",           2, family::elementwise, takes::number,   gives::same,    true},
    {op::div,          "div",           2, family::elementwise, takes::number,   gives::same,    false},
    {op::maximum,      "maximum",       2, family::elementwise, takes::number,   gives::same,    false},  // a tie tells the operands apart: its gradient goes to the first
    {op::minimum,      "minimum",       2, family::elementwise, takes::number,   gives::same,    false},  // a tie tells the operands apart: its gradient goes to the first
    {op::pow,          "pow",           2, family::elementwise, takes::floating, gives::same,    false},
    {op::atan2,        "atan2",         2, family::elementwise, takes::floating, gives::same,    false},  // y, x
    {op::floor_mod,    "floor_mod",     2, family::elementwise, takes::number,   gives::same,    false},  // has the divisor's sign
    {op::bitwise_and,  "bitwise_and",   2, family::elementwise, takes::integer,  gives::same,    true},
    {op::bitwise_or,   "bitwise_or",    2, family::elementwise, takes::integer,  gives::same,    true},
    {op::bitwise_xor,  "bitwise_xor",   2, family::elementwise, takes::integer,  gives::same,    true},
    {op::shift_left,   "shift_left",    2, family::elementwise, takes::integer,  gives::same,    false},  // bits, by how many
    {op::shift_right,  "shift_right",   2, family::elementwise, takes::integer,  gives::same,    false},  // keeps the sign
    {op::equal,        "equal",         2, family::elementwise, takes::anything, gives::boolean, true},
    {op::not_equal,    "not_equal",     2, family::elementwise, takes::anything, gives::boolean, true},
    {op::less,         "less",          2, family::elementwise, takes::number,   gives::boolean, false},
    {op::less_equal,   "less_equal",    2, family::elementwise, takes::number,   gives::boolean, false},
    {op::logical_and,  "logical_and",   2, family::elementwise, takes::boolean,  gives::same,    true},
    {op::logical_or,   "logical_or",    2, family::elementwise, takes::boolean,  gives::same,    true},

    {op::select,       "select",        3, family::elementwise, takes::anything, gives::same,    false},  // condition, if true, if false

    {op::sum,          "sum",           1, family::reduction,   takes::number,   gives::same,    false},  // attribute: bits of the axes, which stay as 1
    {op::prod,         "prod",          1, family::reduction,   takes::number,   gives::same,    false},
    {op::max,          "max",           1, family::reduction,   takes::number,   gives::same,    false},
    {op::min,          "min",           1, family::reduction,   takes::number,   gives::same,    false},
    {op::any,          "any",           1, family::reduction,   takes::boolean,  gives::same,    false},
    {op::all,          "all",           1, family::reduction,   takes::boolean,  gives::same,    false},
    {op::argmax,       "argmax",        1, family::reduction,   takes::number,   gives::int64,   false},
    {op::argmin,       "argmin",        1, family::reduction,   takes::number,   gives::int64,   false},

    {op::matmul,       "matmul",        2, family::contraction, takes::number,   gives::same,    false},  // (..., M, K) x (..., K, N)

    {op::scan,         "scan",          0, family::scan,  takes::anything, gives::stated,  false},  // attributes: number of steps, a number of its own, whether it stops when state 0 is false
    {op::scan_slice,   "scan_slice",    2, family::scan,  takes::anything, gives::same,    false},  // xs, scan: the x of a step; attribute: from the last on
    {op::scan_state,   "scan_state",    2, family::scan,  takes::anything, gives::same,    false},  // initial value, scan: the state as a step begins; attribute: its number
    {op::scan_next,    "scan_next",     3, family::scan,  takes::anything, gives::same,    false},  // what a step makes of a state, the state, the scan_next before (or scan)
    {op::scan_stack,   "scan_stack",    2, family::scan,  takes::anything, gives::same,    false},  // a value of every step, the last scan_next (or scan); attribute: from the last on

    {op::call_operand, "call_operand",  2, family::call,  takes::anything, gives::same,    false},  // an operand, the call_operand before (of the first: the operand); attributes: its number, its place in the chain
    {op::call,         "call",          1, family::call,  takes::anything, gives::stated,  false},  // the last call_operand; attributes: number of the block, whether it may refuse a run, if it prints a number of its own
    {op::call_result,  "call_result",   1, family::call,  takes::anything, gives::stated,  false},  // the call; attribute: which result

    {op::reshape,      "reshape",       1, family::movement,    takes::anything, gives::same,    false},
    {op::transpose,    "transpose",     1, family::movement,    takes::anything, gives::same,    false},  // attribute: the permutation
    {op::broadcast_to, "broadcast_to",  1, family::movement,    takes::anything, gives::same,    false},
    {op::slice,        "slice",         1, family::movement,    takes::anything, gives::same,    false},  // attribute: first index per axis
    {op::pad,          "pad",           1, family::movement,    takes::anything, gives::same,    false},  // attribute: zeros before, per axis
    {op::concat,       "concat",        2, family::movement,    takes::anything, gives::same,    false},  // attribute: the axis
    {op::windows,      "windows",       1, family::movement,    takes::anything, gives::same,    false},  // attributes: axis, step, dilation; it becomes (place, element)
    {op::overlap_add,  "overlap_add",   1, family::movement,    takes::number,   gives::same,    false},  // the same attributes: windows summed where they came from
    {op::reverse,      "reverse",       1, family::movement,    takes::anything, gives::same,    false},  // attribute: bits of the axes, from the end to the start

    {op::gather,       "gather",        2, family::routine,     takes::anything, gives::same,    false},  // x, indices: element i_k of the axis for each k, whatever stands in the others
    {op::scatter,      "scatter",       3, family::routine,     takes::number,   gives::same,    false},  // y, indices, x: x added to the places in y that the indices name, or put there, which takes all types
    {op::cumsum,       "cumsum",        1, family::routine,     takes::number,   gives::same,    false},  // options: exclusive, reverse
    {op::cumprod,      "cumprod",       1, family::routine,     takes::number,   gives::same,    false},
    {op::recurrence,   "recurrence",    2, family::routine,     takes::number,   gives::same,    false},  // b, a: y_k = b_k + a_k y_(k-1)
    {op::sort,         "sort",          1, family::routine,     takes::number,   gives::same,    false},  // along the last axis; option: descending
    {op::argsort,      "argsort",       1, family::routine,     takes::number,   gives::int64,   false},  // attribute 2: how many of the places
    {op::random,       "random",        2, family::routine,     takes::integer,  gives::stated,  false},  // state (seed, position), stream: Philox words as integers, [0, 1) as floats
    {op::print,        "print",         1, family::routine,     takes::anything, gives::same,    false},  // value: where its label begins in the graph's labels; an effect: nothing reads its result
};
// clang-format on

constexpr const op_info& info(op k) { return op_table[static_cast<std::size_t>(k)]; }
constexpr std::string_view name_of(op k) { return info(k).name; }

/// True if row i of a table speaks of op i, for every op.
constexpr bool has_every_op(const auto& table) {
    int i = 0;
    for (const auto& row : table)
        if (row.kind != static_cast<op>(i++)) return false;
    return i == static_cast<int>(last_op) + 1;
}
static_assert(has_every_op(op_table), "op_table: one row per op, in the order of the enum");

// Passes ask these of every node, many times. They do not call info(), because constant evaluation pays for each call.
constexpr bool is_reduction(op k) { return op_table[static_cast<std::size_t>(k)].group == family::reduction; }
constexpr bool is_elementwise(op k) { return op_table[static_cast<std::size_t>(k)].group == family::elementwise; }
constexpr bool is_movement(op k) { return op_table[static_cast<std::size_t>(k)].group == family::movement; }
constexpr bool is_routine(op k) { return op_table[static_cast<std::size_t>(k)].group == family::routine; }
constexpr bool is_source(op k) { return op_table[static_cast<std::size_t>(k)].group == family::source; }
/// A number that a kernel gets as an argument.
constexpr bool is_number_source(op k) { return k == op::constant || k == op::extent; }
/// How many operands' values an operation reads; the others of a scan say where it belongs.
constexpr int reads_of(op k) {
    const op_info& row = op_table[static_cast<std::size_t>(k)];
    return row.group != family::scan ? row.arity : row.arity > 0;
}
namespace emit {
/// What becomes of x_k and of what stands at i_k in a scatter: their sum, x_k alone, the larger, the smaller.
enum class joined : std::int64_t { add, update, max, min };
constexpr joined joined_of(std::int64_t options) { return static_cast<joined>(options >> 1); }
}  // namespace emit
/// True if a routine with these options puts elements in other places and calculates nothing, so that it takes all
/// types.
constexpr bool only_places(op k, std::int64_t options) {
    return k == op::gather || (k == op::scatter && emit::joined_of(options) == emit::joined::update);
}
/// True if a routine with these options looks at the values of its operands and may refuse the run.
constexpr bool may_refuse(op k, std::int64_t options) {
    return (k == op::gather || k == op::scatter) && (options & 1) == 0;
}

}  // namespace telar::inline TELAR_ABI::ir

namespace telar::inline TELAR_ABI {
using ir::op;  // graph_of(f, x)::count(op::mul)
}  // namespace telar::inline TELAR_ABI
