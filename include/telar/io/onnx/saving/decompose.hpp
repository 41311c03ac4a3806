// SPDX-License-Identifier: BSL-1.0
// decomposed: what ONNX has no operation for becomes a formula of what it has.
//
// in      a graph as it was traced
// out     the same values by operations that have a name in ONNX; random draws stay. Numbers of types that are computed
//         in a wider one are cast to it and back, because run times have few operations on them
// needs   no mistake
// order   before the graph is written; convolutions and pools are found in what it leaves
#pragma once
#include <telar/io/onnx/saving/table.hpp>

namespace telar::inline TELAR_ABI::io::onnx::saving {

/// How operand k of an operation is computed with: as it is, or in a wider type.
inline bool is_computed_with(const ir::node& n, int k) {
    if (n.kind == op::select) return k > 0;
    if (n.kind == op::cast || n.kind == op::stop_gradient || n.kind == op::print || n.kind == op::random) return false;
    const ir::family group = ir::info(n.kind).group;
    if (group == ir::family::elementwise || group == ir::family::reduction) return true;
    if (group != ir::family::routine) return false;
    if (k == ir::shape_rules::index_operand(n.kind)) return true;
    return n.kind != op::gather && !ir::only_places(n.kind, n.attribute[1]);
}
/// The operation on these operands, by its formula if it has one.
inline symbol lowered(const ir::node& n, const symbol (&x)[3]) {
    const row& r = row_of(n.kind);
    if (r.unary) return r.unary(x[0]);
    if (r.binary) return r.binary(x[0], x[1]);
    if (r.formula) return r.formula({n, x[0], x[1], x[2]});
    ir::node m = n;
    for (int k = 0; k < ir::info(n.kind).arity; ++k) m.in[k] = x[k].id;
    if (ir::info(n.kind).commutes && m.in[0] > m.in[1]) std::swap(m.in[0], m.in[1]);
    return ir::emit::add(*x[0].g, m);
}
inline ir::graph decomposed(const ir::graph& in) {
    ir::graph made = ir::passes::rewrite(in, [](ir::graph& out, const ir::node& n) -> int {
        const int arity = ir::info(n.kind).arity;
        const row& r = row_of(n.kind);
        symbol x[3]{{&out, n.in[0]}, {&out, n.in[1]}, {&out, n.in[2]}};
        dtype type = n.type;
        bool is_changed = r.unary || r.binary || r.formula;
        const ir::node plain = n;
        for (int k = 0; k < arity; ++k) {
            const dtype t = x[k].type();
            if (!is_computed_with(plain, k) || t == dtype::boolean || core::info(t).computed_in == t) continue;
            x[k] = ir::emit::cast(x[k], core::info(t).computed_in);
            is_changed = true;
        }
        if (!is_changed) return out.add(plain);
        const symbol y = lowered(plain, x);
        return ir::emit::cast(y, type).id;
    });
    made.regions.all = in.regions.all;
    made.regions.texts = in.regions.texts;
    return made;
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
