// SPDX-License-Identifier: BSL-1.0
// A graph as a picture: in the language of Graphviz, and in that of Mermaid (which Markdown pages show).
#pragma once
#include <telar/graph/print.hpp>

#include <string>
#include <string_view>

namespace telar::inline TELAR_ABI::ir {

namespace graph_text {

/// What a node's box says: its name, what it was told, its shape and type.
TELAR_COLD inline std::string label_lines(const graph& g, int id, leaf_names names, std::string_view new_line) {
    const node& n = g[id];
    std::string text = n.kind == op::constant ? value_text(n) : node_name(g, id, names);
    if (n.kind != op::constant && !attribute_text(g, n).empty()) text += " " + attribute_text(g, n);
    text += new_line;
    return text + shape_text(g.dims, n.extents, unknown_extents::as_none) + " " + std::string(name_of(n.type));
}

/// Every character of `from` is written as the text beside it.
struct escape {
    char from;
    std::string_view to;
};
template <std::size_t N> TELAR_COLD std::string escaped(std::string_view text, const escape (&escapes)[N]) {
    std::string out;
    for (const char c : text) {
        std::string_view to(&c, 1);
        for (const escape& e : escapes)
            if (e.from == c) to = e.to;
        out += to;
    }
    return out;
}

/// Calls open(number, name) and close() around node(id) for each node of a region: a box in a box. The whole program
/// is none, nor is a region without a name.
template <class Open, class Close, class Node>
TELAR_COLD void each_region(const graph& g, int region, Open open, Close close, Node visit) {
    const auto& all = g.regions.all;
    for (int r = 1; r < all.size(); ++r) {
        if (all[r].outer != region) continue;
        const bool is_named = all[r].path != all[region].path;
        if (is_named) {
            const std::string_view path = g.regions.text(all[r].path), outer = g.regions.text(all[region].path);
            open(r, path.substr(outer.empty() ? 0 : outer.size() + 1));
        }
        for (int i = 0; i < g.size(); ++i)
            if (g.regions.of(i) == r) visit(i);
        each_region(g, r, open, close, visit);
        if (is_named) close();
    }
}
inline bool is_root(const graph& g, int id) {
    for (const root& r : g.roots)
        if (r.id == id) return true;
    return false;
}

}  // namespace graph_text

/// The graph for Graphviz: `dot -Tsvg`. Leaves are boxes, constants plain text, reductions trapezia, roots bold.
///
/// test      tests/graph/dot_test.cpp
TELAR_COLD inline std::string to_dot(const graph& g, std::span<const std::string_view> names = {}) {
    using namespace graph_text;
    static constexpr escape escapes[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}};
    std::string text = "digraph telar {\n  node [shape=ellipse, fontname=\"sans-serif\"];\n";
    for (int i = 0; i < g.size(); ++i) {
        const std::string id = std::to_string(i);
        text += "  n" + id + " [label=\"" + escaped(label_lines(g, i, names, "\n"), escapes) + "\"";
        if (g[i].kind == op::leaf) text += ", shape=box";
        if (g[i].kind == op::constant) text += ", shape=plaintext";
        if (is_reduction(g[i].kind)) text += ", shape=invtrapezium";
        if (is_root(g, i)) text += ", style=bold";
        text += "];\n";
        for (int k = 0; k < info(g[i].kind).arity; ++k)
            text += "  n" + std::to_string(g[i].in[k]) + " -> n" + id + ";\n";
    }
    each_region(
        g, 0,
        [&](int r, std::string_view name) {
            text += "  subgraph cluster_" + std::to_string(r) + " { label=\"" + escaped(name, escapes) + "\";\n";
        },
        [&] { text += "  }\n"; }, [&](int i) { text += "  n" + std::to_string(i) + ";\n"; });
    for (const root& r : g.roots)
        if (r.target >= 0)
            text += "  n" + std::to_string(r.id) + " -> \"" + escaped(leaf_name(names, r.target), escapes) +
                    "\" [style=dashed];\n";
    return text + "}\n";
}

/// The graph for Mermaid: a flowchart, read from the top. Roots have the class `root`.
///
/// test      tests/graph/dot_test.cpp
TELAR_COLD inline std::string to_mermaid(const graph& g, std::span<const std::string_view> names = {}) {
    using namespace graph_text;
    // Mermaid has no backslash; it reads entities, and #quot; is how it spells a quotation mark.
    static constexpr escape escapes[] = {{'"', "#quot;"}, {'#', "#35;"}, {'<', "#lt;"}, {'>', "#gt;"}, {'\n', "<br/>"}};
    std::string text = "flowchart TD\n";
    for (int i = 0; i < g.size(); ++i) {
        const std::string id = std::to_string(i);
        const char* open = "([\"";
        const char* close = "\"])";
        if (g[i].kind == op::leaf) open = "[\"", close = "\"]";
        if (g[i].kind == op::constant) open = ">\"", close = "\"]";
        if (is_reduction(g[i].kind)) open = "[\\\"", close = "\"/]";
        text += "  n" + id + open + escaped(label_lines(g, i, names, "\n"), escapes) + close;
        text += is_root(g, i) ? ":::root\n" : "\n";
        for (int k = 0; k < info(g[i].kind).arity; ++k)
            text += "  n" + std::to_string(g[i].in[k]) + " --> n" + id + "\n";
    }
    each_region(
        g, 0,
        [&](int r, std::string_view name) {
            text += "  subgraph region" + std::to_string(r) + "[\"" + escaped(name, escapes) + "\"]\n";
        },
        [&] { text += "  end\n"; }, [&](int i) { text += "  n" + std::to_string(i) + "\n"; });
    for (int i = 0; i < g.roots.size(); ++i)
        if (const root& r = g.roots[i]; r.target >= 0) {
            const std::string state = "state" + std::to_string(i);
            text += "  " + state + "[(\"" + escaped(leaf_name(names, r.target), escapes) + "\")]\n";
            text += "  n" + std::to_string(r.id) + " -.-> " + state + "\n";
        }
    return text + "  classDef root stroke-width:3px\n";
}

}  // namespace telar::inline TELAR_ABI::ir
