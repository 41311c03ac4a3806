// SPDX-License-Identifier: BSL-1.0
// fold_constants: arithmetic on constants is done now.
//
// in      a graph
// out     the same graph; + - * / and negation of constants are constants, rounded as the program would round them
// needs   nothing
// order   together with simplify, whose rules look for constants
#pragma once
#include <telar/passes/rewrite.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

/// True and the value, if an operation on constants can be folded. Float arithmetic in double, then rounded to float32,
/// is exactly float32 arithmetic for these; integers are left to the program, which wraps.
struct folded {
    bool is_constant = false;
    double value = 0;
};
constexpr folded fold(const graph& g, const node& n) {
    if (!is_float(n.type) || info(n.kind).group != family::elementwise) return {};
    double x[3]{};
    for (int k = 0; k < info(n.kind).arity; ++k) {
        if (g[n.in[k]].kind != op::constant || !is_float(g[n.in[k]].type)) return {};
        x[k] = number_of(g[n.in[k]]);
    }
    switch (n.kind) {
        case op::neg: return {true, -x[0]};
        case op::add: return {true, x[0] + x[1]};
        case op::sub: return {true, x[0] - x[1]};
        case op::mul: return {true, x[0] * x[1]};
        case op::div: return {x[1] != 0, x[1] != 0 ? x[0] / x[1] : 0};
        case op::cast: return {true, x[0]};
        default: return {};
    }
}

constexpr graph fold_constants(const graph& in) {
    return rewrite(in, [](graph& out, const node& n) {
        const folded f = fold(out, n);
        return f.is_constant ? emit::constant(out, n.type, f.value).id : out.add(n);
    });
}

}  // namespace telar::inline TELAR_ABI::ir::passes
