// SPDX-License-Identifier: BSL-1.0
// Sources, element-wise operations, reductions and products, as ONNX's.
#pragma once
#include <telar/io/onnx/saving/writer.hpp>

namespace telar::inline TELAR_ABI::io::onnx::saving {

// ---------------------------------------------------------------- sources
inline void write_leaf(writer& w, int id, const char*) {
    const stored_value& leaf = w.leaves()[static_cast<std::size_t>(w.g[id].attribute[0])];
    w.set(id, leaf.name, leaf.order);
}
inline void write_constant(writer& w, int id, const char*) { w.set(id, w.number(w.g[id])); }
inline attributes to_type(dtype t) { return attributes().integer("to", type_number(t)); }
inline void write_extent(writer& w, int id, const char*) {
    const std::string e = w.extent_number(w.g[id].attribute[0]);
    w.set(id, w.g[id].type == dtype::int64 ? e : w.add("Cast", {e}, to_type(w.g[id].type)));
}
inline void write_iota(writer& w, int id, const char*) {
    const std::string end = w.extent_number(w.g[id].extents[0]);
    const std::string all = w.add("Range", {w.whole_number(0), end, w.whole_number(1)});
    w.set(id, w.g[id].type == dtype::int64 ? all : w.add("Cast", {all}, to_type(w.g[id].type)));
}

// ---------------------------------------------------------------- element-wise
/// The operands of an element-wise operation, all with their axes in one order, which is the result's.
struct alike_operands {
    std::vector<std::string> names;
    permutation order;

    alike_operands(writer& w, int id) : order(in_order(w.g[id].extents.rank)) {
        const int arity = ir::info(w.g[id].kind).arity;
        const auto is_whole = [&](int k) { return w.g.dims.same(w.operand(id, k).extents, w.g[id].extents); };
        const auto is_broadcast = [&](int k) { return w.operand(id, k).kind == op::broadcast_to; };
        int whole = -1;  // one whose extents make those of the others
        for (int k = 0; k < arity && whole < 0; ++k)
            if (is_whole(k) && !is_broadcast(k)) whole = k;
        for (int k = 0; k < arity && is_in_order(order); ++k)
            if (is_whole(k)) order = w.value(w.g[id].in[k]).order;
        for (int k = 0; k < arity; ++k) {
            const bool is_spread = whole >= 0 && k != whole && is_broadcast(k);
            names.push_back(ordered(w, is_spread ? w.operand(id, k).in[0] : w.g[id].in[k]));
        }
    }

private:
    /// An operand, which may have fewer axes, or some of extent 1.
    std::string ordered(writer& w, int id) const {
        shape s = w.extents_of(id);
        int axes = 0;  // that are not of extent 1
        for (int i = 0; i < s.rank; ++i) axes += s[i] != 1;
        if (is_in_order(order) || axes == 0) return w.plain(id);
        if (s.rank == order.rank) return w.in(id, order);
        shape wide;
        for (int i = s.rank; i < order.rank; ++i) wide.append(1);
        for (int i = 0; i < s.rank; ++i) wide.append(s[i]);
        if (axes == 1) return w.reshape(w.plain(id), ir::passes::sinking::turned(order, s));
        std::vector<std::int64_t> perm(static_cast<std::size_t>(order.rank));
        for (int i = 0; i < order.rank; ++i) perm[static_cast<std::size_t>(order.at[i])] = i;
        return w.add("Transpose", {w.reshape(w.plain(id), wide)}, attributes().integers("perm", perm));
    }
};
inline void write_elementwise(writer& w, int id, const char* name) {
    const alike_operands a(w, id);
    w.set(id, w.add(name, a.names), a.order);
}
inline void write_not_equal(writer& w, int id, const char*) {
    const alike_operands a(w, id);
    w.set(id, w.add("Not", {w.add("Equal", a.names)}), a.order);
}
/// The remainder that has the divisor's sign; of floats, of which Mod gives that of C, a divisor more where signs
/// differ.
inline void write_floor_mod(writer& w, int id, const char*) {
    const alike_operands a(w, id);
    const dtype type = w.g[id].type;
    if (!is_float(type)) return w.set(id, w.add("Mod", a.names), a.order);
    const std::string rest = w.add("Mod", a.names, attributes().integer("fmod", 1)), zero = w.number(type, 0);
    const std::string differs = w.add("Xor", {w.add("Less", {rest, zero}), w.add("Less", {a.names[1], zero})});
    const std::string turns = w.add("And", {differs, w.add("Not", {w.add("Equal", {rest, zero})})});
    w.set(id, w.add("Where", {turns, w.add("Add", {rest, a.names[1]}), rest}), a.order);
}
inline void write_cast(writer& w, int id, const char*) {
    const stored_value& x = w.value(w.g[id].in[0]);
    w.set(id, w.add("Cast", {x.name}, to_type(w.g[id].type)), x.order);
}
/// What is its operand.
inline void write_nothing(writer& w, int id, const char*) {
    const stored_value x = w.value(w.g[id].in[0]);
    w.set(id, x.name, x.order);
}

// ---------------------------------------------------------------- reductions
inline std::vector<std::int64_t> axes_in_file(const permutation& p, extent_t bits) {
    std::vector<std::int64_t> axes;
    for (int i = 0; i < p.rank; ++i)
        if (bits >> i & 1) axes.push_back(axis_in_file(p, i));
    std::sort(axes.begin(), axes.end());
    return axes;
}
inline void write_reduction(writer& w, int id, const char* name) {
    const stored_value x = w.value(w.g[id].in[0]);
    const std::vector<std::int64_t> axes = axes_in_file(x.order, w.g[id].attribute[0]);
    const bool is_operand = w.g[id].kind == op::sum;  // in this version of ONNX of this one alone
    w.set(
        id,
        is_operand ? w.add(name, {x.name, w.whole(axes)}) : w.add(name, {x.name}, attributes().integers("axes", axes)),
        x.order);
}
/// Along one axis.
inline void write_place(writer& w, int id, const char* name) {
    const stored_value x = w.value(w.g[id].in[0]);
    const std::int64_t axis = axes_in_file(x.order, w.g[id].attribute[0])[0];
    w.set(id, w.add(name, {x.name}, attributes().integer("axis", axis)), x.order);
}
inline void write_product(writer& w, int id, const char* name) {
    w.set(id, w.add(name, {w.plain(w.g[id].in[0]), w.plain(w.g[id].in[1])}));
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
