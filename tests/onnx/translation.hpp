// SPDX-License-Identifier: BSL-1.0
// From an ONNX graph to telar's, at run time: a table says what function on symbols an operation is.
#pragma once
#include "model.hpp"

#include <telar/expr/trace.hpp>
#include <telar/kernels/reference/interpret.hpp>

#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace onnx {

using telar::shape;
using telar::symbol;

class translation;

/// One node that is being translated: its operands and attributes.
class call {
public:
    call(translation& t, const node& n, std::int64_t opset) : version(opset), translation_(t), node_(n) {}
    const std::int64_t version;

    int operands() const { return static_cast<int>(node_.inputs.size()); }
    /// An operand may be left out.
    bool has(int i) const { return i < operands() && !node_.inputs[static_cast<std::size_t>(i)].empty(); }
    symbol operator[](int i) const;
    /// The values of an operand that decides about shapes: the graph is one for these values.
    array known(int i) const;
    integers known_integers(int i) const {
        const array a = known(i);
        integers r;
        for (int k = 0; k < a.count(); ++k) r.push_back(a.at<std::int64_t>(k));
        return r;
    }

    bool states(const std::string& name) const { return node_.attributes.contains(name); }
    const attribute& stated(const std::string& name) const { return node_.attributes.at(name); }
    std::int64_t integer(const std::string& name, std::int64_t otherwise) const {
        return states(name) ? stated(name).integer : otherwise;
    }
    double real(const std::string& name, double otherwise) const {
        return states(name) ? static_cast<double>(stated(name).real) : otherwise;
    }
    std::string text(const std::string& name, const std::string& otherwise) const {
        return states(name) ? stated(name).text : otherwise;
    }
    integers list(const std::string& name, const integers& otherwise = {}) const {
        return states(name) ? stated(name).integers : otherwise;
    }
    /// Attribute `name`, or in later versions operand i.
    integers list_or_operand(const std::string& name, int i) const { return has(i) ? known_integers(i) : list(name); }

    int outputs() const { return static_cast<int>(node_.outputs.size()); }
    bool wants(int i) const { return i < outputs() && !node_.outputs[static_cast<std::size_t>(i)].empty(); }
    /// Result i. (Result 0 is what the function returns.)
    void give(int i, symbol s) const;
    symbol constant(const array& a) const;
    /// The outputs of a graph that is an attribute, for these inputs; it sees all values around it.
    std::vector<symbol> inlined(const std::string& name, const std::vector<symbol>& inputs) const;
    telar::ir::graph& graph() const;

private:
    translation& translation_;
    const node& node_;
};

struct operation {
    const char* name;
    symbol (*function)(const call&);
};
/// The operation of that name, or none.
const operation* find_operation(const std::string& name);

[[noreturn]] inline void refuse(reason why, const std::string& what) { throw not_run{why, what}; }
/// A form of the operation that telar does not have.
inline void require_form(bool has_it, const std::string& what) {
    if (!has_it) refuse(reason::form, what);
}

class translation {
public:
    telar::ir::graph g;
    telar::core::growable<array> leaves;

    /// The roots are the graph's outputs.
    translation(const model& m, const std::vector<array>& inputs) {
        std::vector<symbol> leaves_of_inputs;
        for (const array& a : inputs) leaves_of_inputs.push_back(leaf(a));
        for (const symbol s : translate(m.graphs.at(0), leaves_of_inputs, m.version)) g.roots.push({s.id, -1, 0, 0});
    }
    /// Inputs that have a value in the graph itself are not given.
    std::vector<symbol> translate(const onnx::graph& from, const std::vector<symbol>& inputs, std::int64_t version) {
        for (const tensor& t : from.initializers) values_[t.name] = leaf(t.values());
        std::size_t given = 0;
        for (const value_info& v : from.inputs)
            if (!values_.contains(v.name)) values_[v.name] = inputs.at(given++);
        for (const node& n : from.nodes) translate(n, version);
        std::vector<symbol> outputs;
        for (const value_info& v : from.outputs) outputs.push_back(values_.at(v.name));
        return outputs;
    }
    symbol leaf(const array& a) {
        const int number = leaves.push(a);
        return telar::expr::declare_leaf(g, number, {a.type, 0, a.extents});
    }
    symbol value(const std::string& name) const { return values_.at(name); }
    void set(const std::string& name, symbol s) { values_[name] = s; }
    array values_of(symbol s) {
        g.roots.push({s.id, -1, 0, 0});
        const array a = telar::ir::kernels::reference::interpret(g, leaves)[0];
        g.roots.pop();
        return a;
    }

private:
    std::map<std::string, symbol> values_;

    void translate(const node& n, std::int64_t version) {
        const bool is_known = n.domain.empty() || n.domain == "ai.onnx.preview.training";
        const operation* found = is_known ? find_operation(n.operation) : nullptr;
        if (!found) refuse(reason::operation, n.operation);
        const call c(*this, n, version);
        const symbol result = found->function(c);
        if (g.error.what == telar::ir::mistake_kind::rank_too_high) refuse(reason::axes, n.operation);
        if (g.error.what != telar::ir::mistake_kind::none)
            throw std::logic_error(n.operation + ": mistake " + std::to_string(static_cast<int>(g.error.what)));
        if (c.wants(0)) set(n.outputs[0], result.plain());
    }
};

inline symbol call::operator[](int i) const { return translation_.value(node_.inputs[static_cast<std::size_t>(i)]); }
inline array call::known(int i) const { return translation_.values_of((*this)[i]); }
inline void call::give(int i, symbol s) const {
    if (wants(i)) translation_.set(node_.outputs[static_cast<std::size_t>(i)], s);
}
inline symbol call::constant(const array& a) const { return translation_.leaf(a); }
inline std::vector<symbol> call::inlined(const std::string& name, const std::vector<symbol>& inputs) const {
    return translation_.translate(onnx::graph(stated(name).graph), inputs, version);
}
inline telar::ir::graph& call::graph() const { return translation_.g; }

/// 0 <= axis < rank
inline int axis_of(std::int64_t number, int rank) { return static_cast<int>(number < 0 ? number + rank : number); }
inline shape shape_of(const integers& extents) {
    if (extents.size() > static_cast<std::size_t>(telar::max_rank)) refuse(reason::axes, "a shape");
    shape s;
    for (const std::int64_t e : extents) s.append(e);
    return s;
}
inline array array_of(const integers& values) {
    return telar::ir::kernels::reference::array_of<std::int64_t>(shape(values.size()), values.data());
}
inline symbol number(symbol like, double v) { return telar::ir::emit::constant(*like.g, like.type(), v); }

}  // namespace onnx
