// SPDX-License-Identifier: BSL-1.0
// Scans as ONNX's Scan, those that go on while a state is true as its Loop; calls of blocks, in place.
#pragma once
#include <telar/io/onnx/saving/decompose.hpp>

#include <limits>

namespace telar::inline TELAR_ABI::io::onnx::saving {

/// The parts of a scan.
struct scan_parts {
    std::vector<int> states, slices, next, stacks;  // next: of each state

    scan_parts(const ir::graph& g, int scan, const ir::growable<int>& steps) {
        std::map<int, int> next_of;
        for (const int i : steps) {
            if (g[i].kind == op::scan_slice) slices.push_back(i);
            if (g[i].kind == op::scan_stack) stacks.push_back(i);
            if (g[i].kind == op::scan_next) next_of[g[i].in[1]] = i;
        }
        for (int i = scan; i < g.size(); ++i)
            if (g[i].kind == op::scan_state && g[i].in[1] == scan && next_of.contains(i)) {
                states.push_back(i);
                next.push_back(next_of[i]);
            }
    }
};

/// While it lives, the steps of a scan are written into a graph of their own.
class writer::steps_of_scan {
public:
    steps_of_scan(writer& w, int scan, graph_in_file& body)
        : scope_(w, body), writer_(w), scan_(std::exchange(w.scan_, scan)), body_(std::exchange(w.body_, &body)) {}
    ~steps_of_scan() { writer_.scan_ = scan_, writer_.body_ = body_; }
    steps_of_scan(const steps_of_scan&) = delete;
    steps_of_scan& operator=(const steps_of_scan&) = delete;

private:
    in_graph scope_;
    writer& writer_;
    int scan_;
    graph_in_file* body_;
};
/// A value of the steps that is given from outside.
inline void writer::add_input(graph_in_file& body, int id) {
    const std::string name = file.names.unique(group_ + std::string(ir::name_of(g[id].kind)));
    body.inputs.push_back(port_of(name, g[id].type, extents_of(id)));
    set(id, name);
}
inline void writer::write_steps(const ir::growable<int>& steps) {
    for (const int i : steps)
        if (ir::info(g[i].kind).group != ir::family::scan) write(i);
}
inline void writer::write_scan(int scan, const ir::growable<int>& steps) {
    const scan_parts parts(g, scan, steps);
    graph_in_file body;
    std::vector<std::string> inputs;
    for (const int s : parts.states) inputs.push_back(plain(g[s].in[0]));
    for (const int s : parts.slices) inputs.push_back(plain(g[s].in[0]));
    std::vector<std::int64_t> ways, kept_ways;
    for (const int s : parts.slices) ways.push_back(g[s].attribute[0] != 0);
    for (const int s : parts.stacks) kept_ways.push_back(g[s].attribute[0] != 0);
    for (const int s : parts.states) add_input(body, s);
    for (const int s : parts.slices) add_input(body, s);
    if (parts.slices.empty()) {  // something has to say how many steps there are
        inputs.push_back(add("Range", {whole_number(0), extent_number(g[scan].attribute[0]), whole_number(1)}));
        body.inputs.push_back(port_of(file.names.unique("step"), dtype::int64, {}));
        ways.push_back(0);
    }
    {
        const steps_of_scan scope(*this, scan, body);
        write_steps(steps);
        for (const int s : parts.next) add_output(body, plain(g[s].in[0]), g[s].type, extents_of(s));
        for (const int s : parts.stacks) add_output(body, plain(g[s].in[0]), g[s].type, extents_of(g[s].in[0]));
    }
    body.prune();
    attributes a;
    a.graph("body", body.message("step")).integer("num_scan_inputs", static_cast<std::int64_t>(ways.size()));
    a.integers("scan_input_directions", ways);
    if (!kept_ways.empty()) a.integers("scan_output_directions", kept_ways);
    const std::vector<std::string> made =
        add_many("Scan", inputs, parts.next.size() + parts.stacks.size(), a, body.reads());
    std::size_t k = 0;
    for (const int s : parts.next) set(s, made[k++]);
    for (const int s : parts.stacks) set(s, made[k++]);
}
/// Sequences are there only if it takes one step at most: what is kept of it is a state that begins as 0.
inline void writer::write_loop(int scan, const ir::growable<int>& steps) {
    const scan_parts parts(g, scan, steps);
    graph_in_file body;
    const int condition = ir::condition_of(g, scan);
    const extent_t most = resolved(g[scan].attribute[0]);
    std::vector<std::string> inputs{most == ir::unlimited_steps ? std::string() : extent_number(most),
                                    plain(g[condition].in[0])};
    for (const int s : parts.states) inputs.push_back(plain(g[s].in[0]));
    for (const int s : parts.stacks) inputs.push_back(add("Expand", {number(g[s].type, 0), whole(extents_of(s))}));
    body.inputs.push_back(port_of(file.names.unique("step"), dtype::int64, {}));
    body.inputs.push_back(port_of(file.names.unique("goes_on"), dtype::boolean, {}));
    for (const int s : parts.states) add_input(body, s);
    for (const int s : parts.stacks)
        body.inputs.push_back(port_of(file.names.unique("nothing"), g[s].type, extents_of(s)));
    {
        const steps_of_scan scope(*this, scan, body);
        for (const int s : parts.slices)
            set(s, add("Gather", {plain(g[s].in[0]), whole_number(0)}, attributes().integer("axis", 0)));
        write_steps(steps);
        for (std::size_t k = 0; k < parts.states.size(); ++k)
            if (parts.states[k] == condition) add_output(body, plain(g[parts.next[k]].in[0]), dtype::boolean, {});
        for (const int s : parts.next) add_output(body, plain(g[s].in[0]), g[s].type, extents_of(s));
        for (const int s : parts.stacks)
            add_output(body, add("Unsqueeze", {plain(g[s].in[0]), whole({0})}), g[s].type, extents_of(s));
    }
    body.prune();
    attributes a;
    a.graph("body", body.message("step"));
    const std::vector<std::string> made =
        add_many("Loop", inputs, parts.next.size() + parts.stacks.size(), a, body.reads());
    std::size_t k = 0;
    for (const int s : parts.next) set(s, made[k++]);
    for (const int s : parts.stacks) set(s, made[k++]);
}

/// All nodes of the block, whose leaves are the operands.
inline void writer::write_call(int id) {
    std::vector<stored_value> operands;
    for (const int o : ir::operands_of_call(g, id))
        operands.push_back({plain(g[o].in[0]), in_order(g[o].extents.rank)});
    const auto block = static_cast<int>(g[id].attribute[0]);
    writer inside(file, decomposed(blocks_[block].body), blocks_, *now_, std::move(operands));
    inside.write_all();
    std::vector<std::string>& results = results_[id];
    for (int i = 0; i < inside.g.roots.size(); ++i) results.push_back(inside.root(i));
}
inline void writer::write_result_of_call(int id) {
    const int call = g[id].in[0];
    if (!results_.contains(call)) write_call(call);
    set(id, results_[call].at(static_cast<std::size_t>(g[id].attribute[0])));
}
inline void writer::write(int id) {
    group_ = std::string(g.regions.path_of(id));
    std::replace(group_.begin(), group_.end(), '.', '/');
    if (!group_.empty()) group_ += '/';
    const row& r = row_of(g[id].kind);
    if (!r.write) refuse(id);
    r.write(*this, id, r.name);
}
inline void writer::write_all() {
    const ir::growable<bool> needed = ir::needed_nodes(g);
    const ir::growable<int> order = ir::run_order(g, scopes);
    for (int o = 0; o < order.size();) {
        const int scan = scopes.part_of(g, order[o]);
        if (scan < 0) {
            if (const int i = order[o++]; needed[i]) write(i);
            continue;
        }
        ir::growable<int> steps;
        for (; o < order.size() && scopes.part_of(g, order[o]) == scan; ++o)
            if (needed[order[o]]) steps.push(order[o]);
        if (steps.empty()) continue;
        group_ = "";
        if (ir::is_while(g[scan])) write_loop(scan, steps);
        else write_scan(scan, steps);
    }
}

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
