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
/// per target: it is fused with nothing, its operands and its result lie in memory. It works along one axis, or none;
/// its kernel is compiled for its options.
enum class family { source, elementwise, reduction, contraction, scan, call, movement, routine };
/// What element types it takes; all operands share one, but for select's condition.
enum class takes { anything, number, floating, integer, boolean };
/// What element type it gives.
enum class gives { same, boolean, int64, stated };
/// What the attributes of a node say. Those who rewrite, print or verify ask for this, not for the operation.
enum class told {
    nothing,
    number,       // value: the bits
    label,        // value: where it begins in the graph's labels
    leaf,         // 0: its number
    axes,         // 0: their bits; of max and min also 1: ties, 2: whether there may be no elements
    axis,         // 0
    permutation,  // for each axis of the result one of the operand's
    window,       // 0: axis, 1: step, 2: dilation
    direction,    // 0: whether from the last step on
    block,        // 0: its number
    result,       // 0: its number
    ordinal,      // 0: its number among the states of a scan, or the operands of a call
    routine,      // 0: axis (below 0: none), 1: options; value: a number of its own
    indexed,      // the same of one whose operand 1 holds indices; options, bit 0: those outside are passed over
    // from here on there are extents among them
    places,       // of a routine; 2: how many places, an extent
    extent,       // 0
    steps,        // 0: how many, an extent
    start,        // for each axis the first index, an extent
    before,       // for each axis how many zeros stand before, an extent
};
/// What an operation costs: how often it calculates, and whether that is less than to keep its result in memory.
enum class work {
    none,      // never, but the result is kept
    free,      // never; a movement can be a view
    light,     // once for each element
    heavy,     // once for each element; its result is worth keeping
    terms,     // once for each element of its last operand
    products,  // twice for each term of a sum
};

struct op_info {
    op kind;
    std::string_view name;
    int arity;
    family group;
    takes operands;
    gives result;
    bool commutes;
    told attributes;
    work costs;
};

inline constexpr op_info op_table[] = {
    // kind            name           arity  family           takes            gives           commutes attributes      work
    {op::leaf,         "leaf",          0, family::source,      takes::anything, gives::stated,  false, told::leaf,        work::none},
    {op::constant,     "constant",      0, family::source,      takes::anything, gives::stated,  false, told::number,      work::none},
    {op::extent,       "extent",        0, family::source,      takes::anything, gives::stated,  false, told::extent,      work::none},     // as a value
    {op::iota,         "iota",          0, family::source,      takes::anything, gives::stated,  false, told::nothing,     work::free},     // 0, 1, 2, ...

    {op::neg,          "neg",           1, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::light},
    {op::abs,          "abs",           1, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::light},
    {op::sign,         "sign",          1, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::light},
    {op::exp,          "exp",           1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::expm1,        "expm1",         1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::log,          "log",           1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::log1p,        "log1p",         1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::sqrt,         "sqrt",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::cbrt,         "cbrt",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::sin,          "sin",           1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::cos,          "cos",           1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::tan,          "tan",           1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::asin,         "asin",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::acos,         "acos",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::atan,         "atan",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::sinh,         "sinh",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::cosh,         "cosh",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::tanh,         "tanh",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::asinh,        "asinh",         1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::acosh,        "acosh",         1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::atanh,        "atanh",         1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::sigmoid,      "sigmoid",       1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::softplus,     "softplus",      1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},    // log(1 + exp(x))
    {op::erf,          "erf",           1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::erfc,         "erfc",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},    // 1 - erf(x)
    {op::erfinv,       "erfinv",        1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},    // erf(y) = x
    {op::erfcinv,      "erfcinv",       1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},    // erfc(y) = x
    {op::lgamma,       "lgamma",        1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},    // log |gamma(x)|
    {op::digamma,      "digamma",       1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},    // its derivative
    {op::floor,        "floor",         1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::light},
    {op::ceil,         "ceil",          1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::light},
    {op::round,        "round",         1, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::light},    // half to even
    {op::relu,         "relu",          1, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::light},
    {op::bitwise_not,  "bitwise_not",   1, family::elementwise, takes::integer,  gives::same,    false, told::nothing,     work::light},
    {op::logical_not,  "logical_not",   1, family::elementwise, takes::boolean,  gives::same,    false, told::nothing,     work::light},
    {op::is_nan,       "is_nan",        1, family::elementwise, takes::floating, gives::boolean, false, told::nothing,     work::light},
    {op::stop_gradient,"stop_gradient", 1, family::elementwise, takes::anything, gives::same,    false, told::nothing,     work::none},
    {op::cast,         "cast",          1, family::elementwise, takes::anything, gives::stated,  false, told::nothing,     work::free},

    {op::add,          "add",           2, family::elementwise, takes::number,   gives::same,    true,  told::nothing,     work::light},
    {op::sub,          "sub",           2, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::light},
    {op::mul,          "mul",           2, family::elementwise, takes::number,   gives::same,    true,  told::nothing,     work::light},
    {op::div,          "div",           2, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::heavy},
    {op::maximum,      "maximum",       2, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::light},    // a tie tells the operands apart: its gradient goes to the first
    {op::minimum,      "minimum",       2, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::light},    // a tie tells the operands apart: its gradient goes to the first
    {op::pow,          "pow",           2, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},
    {op::atan2,        "atan2",         2, family::elementwise, takes::floating, gives::same,    false, told::nothing,     work::heavy},    // y, x
    {op::floor_mod,    "floor_mod",     2, family::elementwise, takes::number,   gives::same,    false, told::nothing,     work::heavy},    // has the divisor's sign
    {op::bitwise_and,  "bitwise_and",   2, family::elementwise, takes::integer,  gives::same,    true,  told::nothing,     work::light},
    {op::bitwise_or,   "bitwise_or",    2, family::elementwise, takes::integer,  gives::same,    true,  told::nothing,     work::light},
    {op::bitwise_xor,  "bitwise_xor",   2, family::elementwise, takes::integer,  gives::same,    true,  told::nothing,     work::light},
    {op::shift_left,   "shift_left",    2, family::elementwise, takes::integer,  gives::same,    false, told::nothing,     work::light},    // bits, by how many
    {op::shift_right,  "shift_right",   2, family::elementwise, takes::integer,  gives::same,    false, told::nothing,     work::light},    // keeps the sign
    {op::equal,        "equal",         2, family::elementwise, takes::anything, gives::boolean, true,  told::nothing,     work::light},
    {op::not_equal,    "not_equal",     2, family::elementwise, takes::anything, gives::boolean, true,  told::nothing,     work::light},
    {op::less,         "less",          2, family::elementwise, takes::number,   gives::boolean, false, told::nothing,     work::light},
    {op::less_equal,   "less_equal",    2, family::elementwise, takes::number,   gives::boolean, false, told::nothing,     work::light},
    {op::logical_and,  "logical_and",   2, family::elementwise, takes::boolean,  gives::same,    true,  told::nothing,     work::light},
    {op::logical_or,   "logical_or",    2, family::elementwise, takes::boolean,  gives::same,    true,  told::nothing,     work::light},

    {op::select,       "select",        3, family::elementwise, takes::anything, gives::same,    false, told::nothing,     work::light},    // condition, if true, if false

    {op::sum,          "sum",           1, family::reduction,   takes::number,   gives::same,    false, told::axes,        work::terms},    // the axes stay as 1
    {op::prod,         "prod",          1, family::reduction,   takes::number,   gives::same,    false, told::axes,        work::terms},
    {op::max,          "max",           1, family::reduction,   takes::number,   gives::same,    false, told::axes,        work::terms},
    {op::min,          "min",           1, family::reduction,   takes::number,   gives::same,    false, told::axes,        work::terms},
    {op::any,          "any",           1, family::reduction,   takes::boolean,  gives::same,    false, told::axes,        work::terms},
    {op::all,          "all",           1, family::reduction,   takes::boolean,  gives::same,    false, told::axes,        work::terms},
    {op::argmax,       "argmax",        1, family::reduction,   takes::number,   gives::int64,   false, told::axes,        work::terms},
    {op::argmin,       "argmin",        1, family::reduction,   takes::number,   gives::int64,   false, told::axes,        work::terms},

    {op::matmul,       "matmul",        2, family::contraction, takes::number,   gives::same,    false, told::nothing,     work::products}, // (..., M, K) x (..., K, N)

    {op::scan,         "scan",          0, family::scan,        takes::anything, gives::stated,  false, told::steps,       work::none},     // attribute 1: a number of its own, 2: whether it stops when state 0 is false
    {op::scan_slice,   "scan_slice",    2, family::scan,        takes::anything, gives::same,    false, told::direction,   work::none},     // xs, scan: the x of a step
    {op::scan_state,   "scan_state",    2, family::scan,        takes::anything, gives::same,    false, told::ordinal,     work::none},     // initial value, scan: the state as a step begins
    {op::scan_next,    "scan_next",     3, family::scan,        takes::anything, gives::same,    false, told::nothing,     work::none},     // what a step makes of a state, the state, the scan_next before (or scan)
    {op::scan_stack,   "scan_stack",    2, family::scan,        takes::anything, gives::same,    false, told::direction,   work::none},     // a value of every step, the last scan_next (or scan)

    {op::call_operand, "call_operand",  2, family::call,        takes::anything, gives::same,    false, told::ordinal,     work::none},     // an operand, the call_operand before (of the first: the operand); attribute 1: its place in the chain
    {op::call,         "call",          1, family::call,        takes::anything, gives::stated,  false, told::block,       work::none},     // the last call_operand; attribute 1: whether it may refuse a run, 2: if it prints, a number of its own
    {op::call_result,  "call_result",   1, family::call,        takes::anything, gives::stated,  false, told::result,      work::none},     // the call

    {op::reshape,      "reshape",       1, family::movement,    takes::anything, gives::same,    false, told::nothing,     work::free},
    {op::transpose,    "transpose",     1, family::movement,    takes::anything, gives::same,    false, told::permutation, work::free},
    {op::broadcast_to, "broadcast_to",  1, family::movement,    takes::anything, gives::same,    false, told::nothing,     work::free},
    {op::slice,        "slice",         1, family::movement,    takes::anything, gives::same,    false, told::start,       work::free},
    {op::pad,          "pad",           1, family::movement,    takes::anything, gives::same,    false, told::before,      work::none},
    {op::concat,       "concat",        2, family::movement,    takes::anything, gives::same,    false, told::axis,        work::none},
    {op::windows,      "windows",       1, family::movement,    takes::anything, gives::same,    false, told::window,      work::free},     // the axis becomes (place, element)
    {op::overlap_add,  "overlap_add",   1, family::movement,    takes::number,   gives::same,    false, told::window,      work::none},     // windows summed where they came from
    {op::reverse,      "reverse",       1, family::movement,    takes::anything, gives::same,    false, told::axes,        work::free},     // from the end to the start

    {op::gather,       "gather",        2, family::routine,     takes::anything, gives::same,    false, told::indexed,     work::none},     // x, indices: element i_k of the axis for each k, whatever stands in the others
    {op::scatter,      "scatter",       3, family::routine,     takes::number,   gives::same,    false, told::indexed,     work::terms},    // y, indices, x: x added to the places in y that the indices name, or put there, which takes all types
    {op::cumsum,       "cumsum",        1, family::routine,     takes::number,   gives::same,    false, told::routine,     work::terms},    // options: exclusive, reverse
    {op::cumprod,      "cumprod",       1, family::routine,     takes::number,   gives::same,    false, told::routine,     work::terms},
    {op::recurrence,   "recurrence",    2, family::routine,     takes::number,   gives::same,    false, told::routine,     work::terms},    // b, a: y_k = b_k + a_k y_(k-1)
    {op::sort,         "sort",          1, family::routine,     takes::number,   gives::same,    false, told::routine,     work::terms},    // along the last axis; option: descending
    {op::argsort,      "argsort",       1, family::routine,     takes::number,   gives::int64,   false, told::places,      work::terms},
    {op::random,       "random",        2, family::routine,     takes::integer,  gives::stated,  false, told::routine,     work::none},     // state (seed, position), stream: Philox words as integers, [0, 1) as floats
    {op::print,        "print",         1, family::routine,     takes::anything, gives::same,    false, told::label,       work::none},     // an effect: nothing reads its result
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
/// A movement that can be done by reading elsewhere. (The others are copies.)
constexpr bool may_be_view(op k) {
    const op_info& row = op_table[static_cast<std::size_t>(k)];
    return row.group == family::movement && row.costs == work::free;
}
/// What is worth keeping rather than computing again.
constexpr bool is_costly(op k) {
    const work w = op_table[static_cast<std::size_t>(k)].costs;
    return w != work::free && w != work::light;
}
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
/// True of a scatter with these options that calculates nothing, so that it takes all types.
constexpr bool only_places(op k, std::int64_t options) {
    return k == op::scatter && emit::joined_of(options) == emit::joined::update;
}
/// True if an operation with these options looks at indices and may refuse the run.
constexpr bool may_refuse(op k, std::int64_t options) {
    return op_table[static_cast<std::size_t>(k)].attributes == told::indexed && (options & 1) == 0;
}

/// Which attributes are extents: those from `first` to before `end`.
struct attribute_range {
    int first = 0, end = 0;
};
constexpr bool has_extents(told attributes) { return attributes >= told::places; }
constexpr attribute_range extents_among(told attributes, int rank) {
    if (!has_extents(attributes)) return {};
    if (attributes == told::places) return {2, 3};
    return {0, attributes == told::start || attributes == told::before ? rank : 1};
}

}  // namespace telar::inline TELAR_ABI::ir

namespace telar::inline TELAR_ABI {
using ir::op;  // graph_of(f, x)::count(op::mul)
}  // namespace telar::inline TELAR_ABI
