// SPDX-License-Identifier: BSL-1.0
// Routines as ONNX's.
#pragma once
#include <telar/io/onnx/saving/elementwise.hpp>

namespace telar::inline TELAR_ABI::io::onnx::saving {

inline attributes along(const ir::node& n) { return attributes().integer("axis", n.attribute[0]); }

/// Where an index names a whole line, as in an embedding, ONNX has an operation for that.
inline void write_gather(writer& w, int id, const char*) {
    const ir::node n = w.g[id], at = w.operand(id, 1);
    const int axis = static_cast<int>(n.attribute[0]);
    bool are_lines = at.kind == op::broadcast_to && w.g[at.in[0]].extents.rank == n.extents.rank;
    for (int i = 0; are_lines && i < n.extents.rank; ++i)
        are_lines = i == axis || w.resolved(w.g[at.in[0]].extents[i]) == 1;
    if (!are_lines) return w.set(id, w.add("GatherElements", {w.plain(n.in[0]), w.plain(n.in[1])}, along(n)));
    const std::string lines = w.reshape(w.plain(at.in[0]), shape(w.g[at.in[0]].extents[axis]));
    w.set(id, w.add("Gather", {w.plain(n.in[0]), lines}, along(n)));
}
inline void write_scatter(writer& w, int id, const char*) {
    const ir::node n = w.g[id];
    const ir::emit::joined how = ir::emit::joined_of(n.attribute[1]);
    if (how != ir::emit::joined::add && how != ir::emit::joined::update)
        w.refuse(id);  // ONNX has it from version 18 on
    attributes a = along(n);
    if (how == ir::emit::joined::add) a.text("reduction", "add");
    w.set(id, w.add("ScatterElements", {w.plain(n.in[0]), w.plain(n.in[1]), w.plain(n.in[2])}, a));
}
inline void write_cumulative_sum(writer& w, int id, const char*) {
    const ir::node n = w.g[id];
    const ir::emit::cumulation c = ir::emit::cumulation_of(n.attribute[1]);
    const stored_value x = w.value(n.in[0]);
    w.set(id,
          w.add("CumSum", {x.name, w.whole_number(axis_in_file(x.order, n.attribute[0]))},
                attributes().integer("exclusive", c.exclusive).integer("reverse", c.reverse)),
          x.order);
}
inline std::vector<std::string> sorted(writer& w, const ir::node& n, extent_t count) {
    return w.add_many("TopK", {w.plain(n.in[0]), w.extent(count)}, 2,
                      attributes().integer("largest", n.attribute[1] != 0).integer("axis", n.attribute[0]));
}
inline void write_sort(writer& w, int id, const char*) {
    w.set(id, sorted(w, w.g[id], w.g[id].extents[w.g[id].extents.rank - 1])[0]);
}
inline void write_argsort(writer& w, int id, const char*) { w.set(id, sorted(w, w.g[id], w.g[id].attribute[2])[1]); }

/// A Scan along an axis with one state, which begins as `initial`, a number: f(body, state, elements of a step) gives
/// the next state and what is kept.
template <class F> void write_recurrence_by(writer& w, int id, const std::vector<int>& sequences, double initial, F f) {
    const ir::node n = w.g[id];
    shape line;
    for (int i = 0; i < n.extents.rank; ++i)
        if (i != n.attribute[0]) line.append(n.extents[i]);
    graph_in_file body;
    const std::string first = w.add("Expand", {w.number(n.type, initial), w.whole(line)});
    std::vector<std::string> inputs{first}, names;
    for (int i = 0; i <= static_cast<int>(sequences.size()); ++i) {
        names.push_back(w.file.names.unique(i == 0 ? "state" : "element"));
        body.inputs.push_back(w.port_of(names.back(), n.type, line));
    }
    for (const int s : sequences) inputs.push_back(w.plain(s));
    {
        const writer::in_graph scope(w, body);
        const auto [next, kept] = f(names);
        w.add_output(body, next, n.type, line);
        w.add_output(body, kept, n.type, line);
    }
    const std::size_t count = sequences.size();
    const bool reverse = ir::emit::cumulation_of(n.attribute[1]).reverse;
    const std::vector<std::int64_t> axes(count, n.attribute[0]), ways(count, reverse);
    const std::vector<std::string> made = w.add_many("Scan", inputs, 2,
                                                     attributes()
                                                         .graph("body", body.message("step"))
                                                         .integer("num_scan_inputs", static_cast<std::int64_t>(count))
                                                         .integers("scan_input_axes", axes)
                                                         .integers("scan_output_axes", {n.attribute[0]})
                                                         .integers("scan_input_directions", ways)
                                                         .integers("scan_output_directions", {reverse}),
                                                     body.reads());
    w.set(id, made[1]);
}
inline void write_cumulative_product(writer& w, int id, const char*) {
    const bool exclusive = ir::emit::cumulation_of(w.g[id].attribute[1]).exclusive;
    write_recurrence_by(w, id, {w.g[id].in[0]}, 1, [&](const std::vector<std::string>& x) {
        const std::string next = w.add("Mul", {x[0], x[1]});
        return std::pair(next, exclusive ? x[0] : next);
    });
}
inline void write_recurrence(writer& w, int id, const char*) {
    write_recurrence_by(w, id, {w.g[id].in[0], w.g[id].in[1]}, 0, [&](const std::vector<std::string>& x) {
        const std::string next = w.add("Add", {x[1], w.add("Mul", {x[2], x[0]})});
        return std::pair(next, next);
    });
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
