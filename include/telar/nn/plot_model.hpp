// SPDX-License-Identifier: BSL-1.0
// plot_model: the layers of a model as boxes, with what flows between them, as SVG, for Graphviz, or for Mermaid.
#pragma once
#include <telar/graph/dot.hpp>
#include <telar/nn/model.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

enum class plot_format : std::int32_t { svg, dot, mermaid };

namespace plotting {

/// A call of a layer, an input, or an operation outside of layers.
struct box {
    std::string name, kind, gives;
    int depth = 0;  // boxes on the longest way to it
};
struct diagram {
    std::vector<box> boxes;
    std::vector<std::pair<int, int>> arrows;  // from, to
};

/// The boxes of a trace. Leaves from `inputs` on are parameters.
class diagram_builder {
public:
    diagram_builder(const ir::graph& g, int inputs)
        : g_(g),
          inputs_(inputs),
          box_of_(std::size_t(g.size()), -1),
          of_region_(std::size_t(g.regions.all.size()), -1) {}

    TELAR_COLD diagram made() {
        for (int i = 0; i < g_.size(); ++i) add(i);
        std::sort(all_.arrows.begin(), all_.arrows.end());
        all_.arrows.erase(std::unique(all_.arrows.begin(), all_.arrows.end()), all_.arrows.end());
        for (bool moved = true; moved;) {
            moved = false;
            for (const auto& [from, to] : all_.arrows) {
                box& below = all_.boxes[std::size_t(to)];
                if (const int depth = all_.boxes[std::size_t(from)].depth + 1; below.depth < depth)
                    below.depth = depth, moved = true;
            }
        }
        return std::move(all_);
    }

private:
    /// The outermost layer that a node belongs to; -1: none.
    int layer_of(int node) const {
        int found = -1;
        if (g_.regions.all.empty()) return found;
        for (int r = g_.regions.of(node); r > 0; r = g_.regions.all[r].outer)
            if (g_.regions.all[r].kind >= 0) found = r;
        return found;
    }
    static bool is_shown(ir::op kind) {
        return kind != ir::op::constant && kind != ir::op::broadcast_to && kind != ir::op::cast &&
               kind != ir::op::extent && kind != ir::op::iota;
    }
    std::string shape_of(int node) const {
        return ir::graph_text::shape_text(g_.dims, g_[node].extents, ir::unknown_extents::as_none);
    }
    int new_box(std::string name, std::string kind) {
        all_.boxes.push_back({std::move(name), std::move(kind), {}, 0});
        return static_cast<int>(all_.boxes.size()) - 1;
    }
    void add(int i) {
        const ir::node& n = g_[i];
        int& own = box_of_[std::size_t(i)];
        if (const int layer = layer_of(i); layer >= 0 && n.kind != ir::op::leaf) {
            int& known = of_region_[std::size_t(layer)];
            if (known < 0)
                known = new_box(std::string(g_.regions.text(g_.regions.all[layer].path)),
                                std::string(g_.regions.text(g_.regions.all[layer].kind)));
            own = known;
        } else if (n.kind == ir::op::leaf) {
            if (n.attribute[0] >= inputs_) return;
            own = new_box("input " + std::to_string(n.attribute[0]), "");
        } else if (!is_shown(n.kind)) {
            own = ir::info(n.kind).arity > 0 ? box_of_[std::size_t(n.in[0])] : -1;
            return;
        } else {
            own = new_box(std::string(ir::info(n.kind).name), "");
        }
        all_.boxes[std::size_t(own)].gives = shape_of(i);
        for (int k = 0; k < ir::info(n.kind).arity; ++k)
            if (const int from = box_of_[std::size_t(n.in[k])]; from >= 0 && from != own)
                all_.arrows.emplace_back(from, own);
    }

    const ir::graph& g_;
    int inputs_;
    std::vector<int> box_of_, of_region_;
    diagram all_;
};

TELAR_COLD inline std::string label(const box& b, std::string_view new_line) {
    std::string text = b.name;
    if (!b.kind.empty()) text += (text.empty() ? "" : ": ") + b.kind;
    return text.append(new_line) + b.gives;
}
TELAR_COLD inline std::string to_dot(const diagram& d) {
    std::string text = "digraph model {\n  node [shape=box, fontname=\"sans-serif\"];\n";
    for (std::size_t i = 0; i < d.boxes.size(); ++i)
        text += "  b" + std::to_string(i) + " [label=\"" + label(d.boxes[i], "\\n") + "\"];\n";
    for (const auto& [from, to] : d.arrows) text += "  b" + std::to_string(from) + " -> b" + std::to_string(to) + ";\n";
    return text + "}\n";
}
TELAR_COLD inline std::string to_mermaid(const diagram& d) {
    std::string text = "flowchart TD\n";
    for (std::size_t i = 0; i < d.boxes.size(); ++i)
        text += "  b" + std::to_string(i) + "[\"" + label(d.boxes[i], "<br>") + "\"]\n";
    for (const auto& [from, to] : d.arrows) text += "  b" + std::to_string(from) + " --> b" + std::to_string(to) + "\n";
    return text;
}
/// Boxes of one depth share a row. An arrow that skips a row bends around it.
TELAR_COLD inline std::string to_svg(const diagram& d) {
    constexpr int width = 220, height = 44, gap = 28;
    std::vector<int> in_row;
    std::vector<std::pair<int, int>> place;  // centre, top
    for (const box& b : d.boxes) {
        if (in_row.size() <= std::size_t(b.depth)) in_row.resize(std::size_t(b.depth) + 1);
        const int column = in_row[std::size_t(b.depth)]++;
        place.emplace_back(gap + column * (width + gap) + width / 2, gap + b.depth * (height + gap));
    }
    const int columns = in_row.empty() ? 0 : *std::max_element(in_row.begin(), in_row.end()), around = gap * 3,
              full_width = gap + columns * (width + gap) + around,
              full_height = gap + static_cast<int>(in_row.size()) * (height + gap);
    const auto n = [](int v) { return std::to_string(v); };
    std::string text = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + n(full_width) + "\" height=\"" +
                       n(full_height) + "\" font-family=\"sans-serif\" font-size=\"12\" text-anchor=\"middle\">\n" +
                       "<defs><marker id=\"tip\" orient=\"auto\" markerWidth=\"8\" markerHeight=\"8\" refX=\"7\" "
                       "refY=\"4\"><path d=\"M0 0L8 4L0 8z\"/></marker></defs>\n";
    for (const auto& [from, to] : d.arrows) {
        const auto [x0, top] = place[std::size_t(from)];
        const auto [x1, y1] = place[std::size_t(to)];
        const int y0 = top + height;
        text += "<path fill=\"none\" stroke=\"black\" marker-end=\"url(#tip)\" d=\"M" + n(x0) + " " + n(y0);
        if (d.boxes[std::size_t(to)].depth - d.boxes[std::size_t(from)].depth == 1) text += "L" + n(x1) + " " + n(y1);
        else
            text += "C" + n(x0 + width / 2 + around) + " " + n(y0 + gap) + " " + n(x1 + width / 2 + around) + " " +
                    n(y1 - gap) + " " + n(x1) + " " + n(y1);
        text += "\"/>\n";
    }
    for (std::size_t i = 0; i < d.boxes.size(); ++i) {
        const auto [x, y] = place[i];
        text += "<rect x=\"" + n(x - width / 2) + "\" y=\"" + n(y) + "\" width=\"" + n(width) + "\" height=\"" +
                n(height) + "\" rx=\"4\" fill=\"#eef4fb\" stroke=\"#47658a\"/>\n<text x=\"" + n(x) + "\" y=\"" +
                n(y + 18) + "\">" + label({d.boxes[i].name, d.boxes[i].kind, {}, 0}, "") + "</text>\n<text x=\"" +
                n(x) + "\" y=\"" + n(y + 35) + "\" fill=\"#555\">" + d.boxes[i].gives + "</text>\n";
    }
    return text + "</svg>\n";
}

}  // namespace plotting

/// The model's layers as a picture: each call of a layer is a box with its path, its kind and the shape of what it
/// gives; so is an operation outside of layers.
///
///     std::ofstream("model.svg") << nn::plot_model(net);
///     std::cout << nn::plot_model(net, nn::plot_format::mermaid);   // for a Markdown page
///
/// edge      a layer of layers (bidirectional) is one box; a layer that is called twice is two
/// source    Keras' plot_model
/// test      tests/nn/plot_model_test.cpp
template <class M, class... Inputs>
TELAR_COLD std::string plot_model(const model<M, Inputs...>&, plot_format format = plot_format::svg) {
    ir::graph g;
    bound_model bound;
    description<M, Inputs...>::trace_into(g, bound);
    const plotting::diagram d = plotting::diagram_builder(g, static_cast<int>(sizeof...(Inputs))).made();
    return format == plot_format::svg ? to_svg(d) : format == plot_format::dot ? to_dot(d) : to_mermaid(d);
}

}  // namespace telar::inline TELAR_ABI::nn
