// SPDX-License-Identifier: BSL-1.0
// From telar's graph to ONNX's, node by node: a table says how an operation is written (table.hpp).
//
// A value of the graph may lie in the file with its axes in another order, as what comes out of a Conv, whose channels
// stand before space. Element-wise work, reductions and movements keep that order; a Transpose is written where
// something needs the axes as they are. So the transposes between convolutions never arise.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/graph/call.hpp>
#include <telar/graph/scan.hpp>
#include <telar/io/onnx/saving/graph_in_file.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::onnx::saving {

/// Writes the nodes of one of telar's graphs.
class writer {
public:
    ir::graph g;  // of operations that can be written
    ir::scan_scopes scopes;
    file_in_making& file;

    /// Leaves by their numbers; blocks are those that are called.
    writer(file_in_making& f, ir::graph of, const ir::growable<ir::graph_block>& blocks, graph_in_file& home,
           std::vector<stored_value> leaves)
        : g(std::move(of)),
          scopes(g),
          file(f),
          blocks_(blocks),
          home_(home),
          now_(&home),
          leaves_(std::move(leaves)),
          values_(static_cast<std::size_t>(g.size())),
          uses_(static_cast<std::size_t>(g.size()), 0) {
        for (int i = 0; i < g.size(); ++i)
            for (int k = 0; k < ir::info(g[i].kind).arity; ++k) ++uses_[static_cast<std::size_t>(g[i].in[k])];
        for (const ir::root& r : g.roots) ++uses_[static_cast<std::size_t>(r.id)];
    }
    writer(const writer&) = delete;
    writer& operator=(const writer&) = delete;

    /// All that the roots need.
    void write_all();
    std::string root(int i) { return plain(g.roots[i].id); }
    const std::vector<stored_value>& leaves() const { return leaves_; }
    /// Says that a leaf is a value of the file, which may be written in another order.
    void set_weight(int leaf) { weights_.insert(leaf); }

    // ------------------------------------------------------------ operands
    const ir::node& operand(int id, int k) const { return g[g[id].in[k]]; }
    int uses(int id) const { return uses_[static_cast<std::size_t>(id)]; }
    extent_t resolved(extent_t e) const { return g.dims.resolve(e); }
    shape extents_of(int id) const {
        shape s = g[id].extents;
        for (int i = 0; i < s.rank; ++i) s[i] = resolved(s[i]);
        return s;
    }
    const stored_value& value(int id) const { return values_[static_cast<std::size_t>(id)]; }
    /// The tensor that holds a value with its axes as they are.
    std::string plain(int id) { return in(id, in_order(g[id].extents.rank)); }
    /// The tensor that holds it with axis i as axis p.at[i]. A weight that is free, for nothing else reads it, is
    /// written so itself.
    std::string in(int id, const permutation& p, bool is_free = false) {
        stored_value& v = values_[static_cast<std::size_t>(id)];
        if (v.order == p) return v.name;
        if (is_free && uses(id) == 1 && g[id].kind == op::leaf &&
            weights_.contains(static_cast<int>(g[id].attribute[0]))) {
            v.order = p;
            leaves_[static_cast<std::size_t>(g[id].attribute[0])].order = p;
            return v.name;
        }
        const auto key = std::pair(id, std::vector<extent_t>(p.at, p.at + p.rank));
        if (const auto found = transposed_.find(key); found != transposed_.end()) return found->second;
        std::vector<std::int64_t> perm(static_cast<std::size_t>(p.rank));
        for (int i = 0; i < p.rank; ++i) perm[static_cast<std::size_t>(p.at[i])] = v.order.at[i];
        const in_graph scope(*this, graph_of(id));
        return transposed_[key] = add("Transpose", {v.name}, attributes().integers("perm", perm));
    }

    // ------------------------------------------------------------ results
    void set(int id, std::string name) { set(id, std::move(name), in_order(g[id].extents.rank)); }
    void set(int id, std::string name, const permutation& order) {
        values_[static_cast<std::size_t>(id)] = {std::move(name), order};
    }
    /// A node; the name of its result.
    std::string add(const std::string& operation, std::vector<std::string> inputs, const attributes& a = {}) {
        return add_many(operation, std::move(inputs), 1, a)[0];
    }
    std::vector<std::string> add_many(const std::string& operation, std::vector<std::string> inputs,
                                      std::size_t results, const attributes& a = {},
                                      std::vector<std::string> reads = {}) {
        std::vector<std::string> outputs;
        for (std::size_t i = 0; i < results; ++i) outputs.push_back(file.names.unique(group_ + operation));
        now_->nodes.push_back({operation, std::move(inputs), outputs, a, std::move(reads)});
        return outputs;
    }

    // ------------------------------------------------------------ numbers and extents
    std::string whole(const std::vector<std::int64_t>& v) {
        return file.constant(dtype::int64, shape(static_cast<extent_t>(v.size())), std::as_bytes(std::span(v)));
    }
    std::string whole_number(std::int64_t v) {
        return file.constant(dtype::int64, shape(), std::as_bytes(std::span(&v, 1)));
    }
    /// A number of rank 0.
    std::string number(const ir::node& n) {
        const auto as = [&](auto v) { return file.constant(n.type, shape(), std::as_bytes(std::span(&v, 1))); };
        const auto integer = static_cast<std::int64_t>(n.value);
        switch (n.type) {
            case dtype::float32: return as(static_cast<float>(ir::number_of(n)));
            case dtype::float64: return as(ir::number_of(n));
            case dtype::float16: return as(float16(ir::number_of(n)));
            case dtype::bfloat16: return as(bfloat16(ir::number_of(n)));
            case dtype::boolean: return as(integer != 0);
            case dtype::int8: return as(static_cast<std::int8_t>(integer));
            case dtype::int16: return as(static_cast<std::int16_t>(integer));
            case dtype::int32: return as(static_cast<std::int32_t>(integer));
            case dtype::uint8: return as(static_cast<std::uint8_t>(integer));
            case dtype::uint16: return as(static_cast<std::uint16_t>(integer));
            case dtype::uint32: return as(static_cast<std::uint32_t>(integer));
            case dtype::int64: return as(integer);
        }
        return {};
    }
    std::string number(dtype type, double v) {
        ir::node n;
        n.type = type;
        n.value = ir::bits_of(type, v);
        return number(n);
    }
    /// Extents as a tensor of int64.
    std::string whole(const shape& extents) {
        std::vector<std::int64_t> numbers;
        bool are_known = true;
        for (int i = 0; i < extents.rank; ++i) {
            numbers.push_back(resolved(extents[i]));
            are_known = are_known && ir::is_number(numbers.back());
        }
        if (are_known) return whole(numbers);
        std::vector<std::string> parts;
        for (int i = 0; i < extents.rank; ++i) parts.push_back(extent(extents[i]));
        const in_graph scope(*this, home_);
        return parts.size() == 1 ? parts[0] : add("Concat", parts, attributes().integer("axis", 0));
    }
    /// The same as the target of a Reshape: one that is unknown can be what remains.
    std::string target(const shape& extents) {
        std::vector<std::int64_t> numbers;
        int unknown = 0;
        bool is_empty = false;
        for (int i = 0; i < extents.rank; ++i) {
            const extent_t e = resolved(extents[i]);
            unknown += !ir::is_number(e);
            is_empty = is_empty || e == 0;
            numbers.push_back(ir::is_number(e) ? e : -1);
        }
        return unknown == 1 && !is_empty ? whole(numbers) : whole(extents);
    }
    std::string reshape(const std::string& name, const shape& to) {
        bool is_empty = false;
        for (int i = 0; i < to.rank; ++i) is_empty = is_empty || resolved(to[i]) == 0;
        return add("Reshape", {name, target(to)}, is_empty ? attributes().integer("allowzero", 1) : attributes());
    }
    /// An extent, of one axis.
    std::string extent(extent_t e) {
        e = resolved(e);
        if (ir::is_number(e)) return whole({e});
        if (const auto found = extents_.find(e); found != extents_.end()) return found->second;
        const in_graph scope(*this, home_);
        const ir::dimension d = g.dims.table[ir::entry_of(e)];
        const char* operation = nullptr;
        switch (d.kind) {
            case ir::dimension_kind::variable: {
                const stored_value& leaf = leaves_[static_cast<std::size_t>(d.lhs)];
                const std::int64_t axis = axis_in_file(leaf.order, d.rhs);
                return extents_[e] =
                           add("Shape", {leaf.name}, attributes().integer("start", axis).integer("end", axis + 1));
            }
            case ir::dimension_kind::sum: operation = "Add"; break;
            case ir::dimension_kind::difference: operation = "Sub"; break;
            case ir::dimension_kind::product: operation = "Mul"; break;
            case ir::dimension_kind::quotient: operation = "Div"; break;
        }
        const std::string lhs = extent(d.lhs), rhs = extent(d.rhs);
        return extents_[e] = add(operation, {lhs, rhs});
    }
    /// An extent of rank 0.
    std::string extent_number(extent_t e) {
        e = resolved(e);
        if (ir::is_number(e)) return whole_number(e);
        const std::string of_one = extent(e);
        const in_graph scope(*this, home_);
        return add("Squeeze", {of_one, whole({0})});
    }

    // ------------------------------------------------------------ graphs in graphs
    port port_of(const std::string& name, dtype type, const shape& extents) const {
        port p{name, type, {}};
        for (int i = 0; i < extents.rank; ++i) {
            const extent_t e = resolved(extents[i]);
            p.extents.push_back({ir::is_number(e) ? e : -1, {}});
        }
        return p;
    }
    /// While it lives, nodes are added to that graph.
    class in_graph {
    public:
        in_graph(writer& w, graph_in_file& to) : writer_(w), before_(std::exchange(w.now_, &to)) {}
        ~in_graph() { writer_.now_ = before_; }
        in_graph(const in_graph&) = delete;
        in_graph& operator=(const in_graph&) = delete;

    private:
        writer& writer_;
        graph_in_file* before_;
    };
    /// Makes a value an output of a graph: under a name that the graph defines, and once.
    void add_output(graph_in_file& body, const std::string& name, dtype type, const shape& extents) {
        const bool is_taken =
            std::any_of(body.outputs.begin(), body.outputs.end(), [&](const port& p) { return p.name == name; });
        const in_graph scope(*this, body);
        body.outputs.push_back(
            port_of(is_taken || !body.defines(name) ? add("Identity", {name}) : name, type, extents));
    }
    void write_result_of_call(int id);

    [[noreturn]] void refuse(int id) const {
        const std::string_view path = g.regions.path_of(id);
        fail<unsupported_model>(joined_text({file.path, ": ONNX has no operation for ", ir::name_of(g[id].kind),
                                             path.empty() ? "" : ", in \"", path, path.empty() ? "" : "\""}));
    }

private:
    class steps_of_scan;
    void add_input(graph_in_file& body, int id);
    void write_steps(const ir::growable<int>& steps);
    void write_scan(int scan, const ir::growable<int>& steps);
    void write_loop(int scan, const ir::growable<int>& steps);
    void write_call(int id);
    /// The graph in which a value is there.
    graph_in_file& graph_of(int id) { return scan_ >= 0 && scopes.exists[id] == scan_ ? *body_ : home_; }
    void write(int id);

    const ir::growable<ir::graph_block>& blocks_;
    graph_in_file& home_;
    graph_in_file* now_;
    std::vector<stored_value> leaves_;
    std::vector<stored_value> values_;
    std::vector<int> uses_;
    std::set<int> weights_;
    std::map<extent_t, std::string> extents_;
    std::map<std::pair<int, std::vector<extent_t>>, std::string> transposed_;
    std::map<int, std::vector<std::string>> results_;  // of calls
    std::string group_;                                // of the node that is written: "encoder/dense/"
    int scan_ = -1;                                    // whose steps are written
    graph_in_file* body_ = nullptr;                    // of them
};

}  // namespace telar::inline TELAR_ABI::io::onnx::saving
