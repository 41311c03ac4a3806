// SPDX-License-Identifier: BSL-1.0
// A graph as text, one line per node, and the names that TensorFlow would give to its nodes.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/graph/graph.hpp>

#include <charconv>
#include <span>
#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::ir {

/// How an extent that is known only at run time is written: None, or as what it is made of, n*784.
enum class unknown_extents { as_none, as_expressions };

namespace graph_text {

/// The names of the leaves by their number; where one is missing the text says leaf_0 and so on.
using leaf_names = std::span<const std::string_view>;

TELAR_COLD inline std::string leaf_name(leaf_names names, extent_t number) {
    const auto i = static_cast<std::size_t>(number);
    return i < names.size() && !names[i].empty() ? std::string(names[i]) : "leaf_" + std::to_string(number);
}

/// The fewest digits that say which number it is.
TELAR_COLD inline std::string number_text(double v) {
    char text[32];
    return {text, std::to_chars(text, text + sizeof(text), v).ptr};
}
/// The value of a constant: a float in the fewest digits of its own type.
TELAR_COLD inline std::string value_text(const node& n) {
    if (n.type == dtype::boolean) return n.value ? "true" : "false";
    if (!is_float(n.type)) return std::to_string(static_cast<std::int64_t>(n.value));
    if (n.type != dtype::float32) return number_text(number_of(n));
    char text[32];
    return {text, std::to_chars(text, text + sizeof(text), static_cast<float>(number_of(n))).ptr};
}

/// "7", "n", "n*784", "(n+2)/2". Variables are n, n1, n2, ... in the order of their appearance.
TELAR_COLD inline std::string extent_text(const dimensions& dims, extent_t e) {
    e = dims.resolve(e);
    if (is_number(e)) return std::to_string(e);
    const dimension& d = dims.table[entry_of(e)];
    if (d.kind == dimension_kind::variable) {
        int before = 0;
        for (int i = 0; i < entry_of(e); ++i)
            before += dims.table[i].kind == dimension_kind::variable && dims.table[i].equals == extent_of_entry(i);
        return before == 0 ? "n" : "n" + std::to_string(before);
    }
    const auto operand = [&](extent_t x) {
        const std::string text = extent_text(dims, x);
        const bool is_compound = text.find_first_of("+-*/") != std::string::npos;
        return is_compound && d.kind != dimension_kind::sum ? "(" + text + ")" : text;
    };
    const char* sign = d.kind == dimension_kind::sum          ? "+"
                       : d.kind == dimension_kind::difference ? "-"
                       : d.kind == dimension_kind::product    ? "*"
                                                              : "/";
    return operand(d.lhs) + sign + operand(d.rhs);
}

TELAR_COLD inline std::string shape_text(const dimensions& dims, const shape& s, unknown_extents unknown) {
    std::string text = "(";
    for (int i = 0; i < s.rank; ++i) {
        const bool is_hidden = unknown == unknown_extents::as_none && !is_number(dims.resolve(s[i]));
        text += (i ? ", " : "") + (is_hidden ? std::string("None") : extent_text(dims, s[i]));
    }
    return text + (s.rank == 1 ? ",)" : ")");
}

/// "(0, 2)": the axes whose bits are set.
TELAR_COLD inline std::string axes_text(extent_t bits) {
    shape axes;
    for (int i = 0; i < max_rank; ++i)
        if (bits >> i & 1) axes.append(i);
    return to_string(axes);
}

/// What an operation is told beside its operands: "axes=(0, 1)"; empty if nothing.
TELAR_COLD inline std::string attribute_text(const graph& g, const node& n) {
    shape numbers;
    for (int i = 0; i < n.extents.rank; ++i) numbers.append(n.attribute[i]);
    const auto by_axis = [&] { return shape_text(g.dims, numbers, unknown_extents::as_expressions); };
    const auto axis = [&] { return "axis=" + std::to_string(n.attribute[0]); };
    switch (info(n.kind).attributes) {
        case told::number: return value_text(n);
        case told::label: return "\"" + std::string(g.labels.data() + n.value) + "\"";
        case told::axes: return "axes=" + axes_text(n.attribute[0]);
        case told::axis: return axis();
        case told::permutation: return "permutation=" + to_string(numbers);
        case told::window:
            return axis() + ", step=" + std::to_string(n.attribute[1]) + ", dilation=" + std::to_string(n.attribute[2]);
        case told::direction: return n.attribute[0] != 0 ? "backward" : "";
        case told::block: return "block " + std::to_string(n.attribute[0]);
        case told::result: return "result=" + std::to_string(n.attribute[0]);
        case told::routine:
        case told::indexed:
        case told::places: return n.attribute[0] >= 0 ? axis() : "";
        case told::extent: return extent_text(g.dims, n.attribute[0]);
        case told::steps:
            if (n.attribute[0] == unlimited_steps) return "while";
            return (is_while(n) ? "while, steps<=" : "steps=") + extent_text(g.dims, n.attribute[0]);
        case told::start: return "start=" + by_axis();
        case told::before: return "before=" + by_axis();
        case told::nothing:
        case told::leaf:
        case told::ordinal: break;
    }
    return "";
}

}  // namespace graph_text

/// The name of a node as TensorFlow counts them: "add", then "add_1", "add_2", ...; a leaf has its own.
TELAR_COLD inline std::string node_name(const graph& g, int id, std::span<const std::string_view> names = {}) {
    const node& n = g[id];
    if (n.kind == op::leaf) return graph_text::leaf_name(names, n.attribute[0]);
    int before = 0;
    for (int i = 0; i < id; ++i) before += g[i].kind == n.kind;
    return std::string(name_of(n.kind)) + (before ? "_" + std::to_string(before) : "");
}

/// Tensor("add:0", shape=(None, 10), dtype=float32): what a lazy value prints.
TELAR_COLD inline std::string describe(const graph& g, int id, std::span<const std::string_view> names = {}) {
    const node& n = g[id];
    return "Tensor(\"" + node_name(g, id, names) +
           ":0\", shape=" + graph_text::shape_text(g.dims, n.extents, unknown_extents::as_none) +
           ", dtype=" + std::string(name_of(n.type)) + ")";
}

/// One line per node, `%3 = add(%1, %2)  (None, 10) float32`, and one that says what leaves the graph.
///
/// test      tests/graph/print_test.cpp
TELAR_COLD inline std::string to_string(const graph& g, std::span<const std::string_view> names = {},
                                        unknown_extents unknown = unknown_extents::as_none) {
    using namespace graph_text;
    std::string text;
    for (int i = 0; i < g.size(); ++i) {
        const node& n = g[i];
        text += "%" + std::to_string(i) + " = ";
        if (n.kind == op::leaf) {
            text += leaf_name(names, n.attribute[0]);
        } else {
            std::string inside;
            for (int k = 0; k < info(n.kind).arity; ++k) inside += (k ? ", %" : "%") + std::to_string(n.in[k]);
            const std::string attribute = attribute_text(g, n);
            if (!inside.empty() && !attribute.empty()) inside += ", ";
            text += std::string(name_of(n.kind)) + "(" + inside + attribute + ")";
        }
        text += "  " + shape_text(g.dims, n.extents, unknown) + " " + std::string(name_of(n.type));
        if (const std::string_view path = g.regions.path_of(i); !path.empty()) text += "  in " + std::string(path);
        if (n.copy != 0) text += "  copy " + std::to_string(n.copy);
        text += "\n";
    }
    for (int i = 0; i < g.roots.size(); ++i) {
        const root& r = g.roots[i];
        text += (i ? ", %" : "return %") + std::to_string(r.id);
        if (r.target >= 0) text += " -> " + leaf_name(names, r.target);
    }
    return g.roots.empty() ? text : text + "\n";
}

}  // namespace telar::inline TELAR_ABI::ir
