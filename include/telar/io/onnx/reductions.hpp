// SPDX-License-Identifier: BSL-1.0
// Reductions, softmax, products of ONNX, as telar's functions.
#pragma once
#include <telar/io/onnx/movements.hpp>

#include <telar/expr/composite.hpp>
#include <telar/expr/einsum.hpp>
#include <telar/expr/indexing.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

struct reduced_axes {
    unsigned bits;
    bool keep;
};
inline unsigned all_axes(symbol x) { return (1u << x.rank()) - 1; }
inline unsigned bits_of(const integers& axes, int rank) {
    unsigned bits = 0;
    for (const std::int64_t i : axes) bits |= 1u << axis_of(i, rank);
    return bits;
}
/// The functor of a public reduction, over axes that are known when the graph is built.
template <class F> symbol reduced(const call& c, symbol x, F f) {
    const integers axes = c.list_or_operand("axes", 1);
    if (axes.empty() && c.integer("noop_with_empty_axes", 0) != 0) return f(x, 0u, true);
    return f(x, axes.empty() ? all_axes(x) : bits_of(axes, x.rank()), c.integer("keepdims", 1) != 0);
}
template <class F> symbol reduced(const call& c) { return reduced(c, c[0], F{}); }
/// The largest of nothing is no number. (Extents that are not known are taken to be some.)
inline void require_some(symbol x) {
    for (int i = 0; i < x.rank(); ++i) require_form(x.extents()[i] != 0, "the largest of nothing");
}
template <op Number, op Truth> symbol reduced_extreme(const call& c) {
    const bool is_truth = c[0].type() == dtype::boolean;
    return reduced(c, c[0], [&](symbol x, unsigned axes, bool keep) {
        require_some(x);
        return emit::reduce(is_truth ? Truth : Number, x, axes, keep);
    });
}
template <op K> symbol position(const call& c) {
    symbol x = c[0];
    const int axis = axis_of(c.integer("axis", 0), x.rank());
    const bool is_last = c.integer("select_last_index", 0) != 0;
    const symbol end = emit::extent(*x.g, x.extents()[axis], dtype::int64) - 1;
    if (is_last) x = gather(x, end - emit::iota(*x.g, x.extents()[axis], dtype::int64), axis);
    const symbol first = expr::functions::reduce<K>{}(x, 1u << axis, c.integer("keepdims", 1) != 0);
    return is_last ? end - first : first;
}

/// f over one axis; before version 13 over all from that one on.
template <class F> symbol along_axis(const call& c, F f) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", c.version < 13 ? 1 : -1), x.rank());
    return f(x, c.version < 13 ? all_axes(x) & ~((1u << axis) - 1) : 1u << axis);
}
/// 1 at the first largest element of the last axis, else 0.
inline symbol largest_of_last(symbol x) { return emit::one_hot(argmax(x, -1), x.extents()[x.rank() - 1], x.type()); }
inline symbol hardmax(const call& c) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", c.version < 13 ? 1 : -1), x.rank());
    const shape whole = x.extents();
    if (c.version < 13) return in_shape(largest_of_last(in_rows(x, axis)), whole);
    return swap_axes(largest_of_last(swap_axes(x, axis, -1)), axis, -1);
}

inline symbol gemm(const call& c) {
    const symbol a = c.integer("transA", 0) != 0 ? transpose(c[0]) : c[0];
    const symbol b = c.integer("transB", 0) != 0 ? transpose(c[1]) : c[1];
    const symbol product = matmul(a, b) * c.real("alpha", 1);
    return c.has(2) ? product + c[2] * c.real("beta", 1) : product;
}
inline symbol einsum(const call& c) {
    std::string equation;
    for (const char letter : c.text("equation", ""))
        if (letter != ' ') equation += letter;
    const expr::einsums::plan plan = expr::einsums::planned(equation);
    require_form(plan.is_legal && plan.operands == c.operands(), "the equation " + equation);
    symbol x[expr::einsums::plan::most_operands];
    for (int i = 0; i < plan.operands; ++i) x[i] = emit::widened(c[i]);
    return emit::cast(expr::einsums::evaluated(plan, x), c[0].type());
}

namespace f = expr::functions;
// clang-format off
inline constexpr operation reduction_operations[] = {
    {"ArgMax",    position<op::argmax>},
    {"ArgMin",    position<op::argmin>},
    {"ReduceL1",  [](const call& c) { return reduced<f::norm<1>>(c); }},
    {"ReduceL2",  [](const call& c) { return reduced<f::norm<2>>(c); }},
    {"ReduceLogSum",    [](const call& c) { return log(reduced<f::reduce<op::sum>>(c)); }},
    {"ReduceLogSumExp", [](const call& c) { require_some(c[0]); return reduced<expr::formulas::logsumexp>(c); }},
    {"ReduceMax", reduced_extreme<op::max, op::any>},
    {"ReduceMean",[](const call& c) { return reduced<f::mean>(c); }},
    {"ReduceMin", reduced_extreme<op::min, op::all>},
    {"ReduceProd",[](const call& c) { return reduced<f::reduce<op::prod>>(c); }},
    {"ReduceSum", [](const call& c) { return reduced<f::reduce<op::sum>>(c); }},
    {"ReduceSumSquare", [](const call& c) { return reduced(c, square(c[0]), f::reduce<op::sum>{}); }},

    {"Hardmax",   hardmax},
    {"LogSoftmax",[](const call& c) { return along_axis(c, expr::formulas::log_softmax{}); }},
    {"Softmax",   [](const call& c) { return along_axis(c, expr::formulas::softmax{}); }},

    {"Einsum",    einsum},
    {"Gemm",      gemm},
    {"MatMul",    [](const call& c) { return matmul(c[0], c[1]); }},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
