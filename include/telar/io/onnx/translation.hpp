// SPDX-License-Identifier: BSL-1.0
// From an ONNX graph to telar's, at run time: a table says what function on symbols an operation is.
#pragma once
#include <telar/expr/movement.hpp>
#include <telar/expr/trace.hpp>
#include <telar/graph/effects.hpp>
#include <telar/graph/open_region.hpp>
#include <telar/io/onnx/messages.hpp>
#include <telar/io/reference_values.hpp>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/run/mistake_text.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI {

/// What is decided when a model is read, because its file leaves it open.
struct onnx_options {
    std::map<std::string, extent_t, std::less<>> extents;   ///< extents that have a name in the file: {"batch", 1}
    std::map<std::string, shape, std::less<>> shapes;       ///< of inputs; an extent may be dyn
    std::map<std::string, any_tensor, std::less<>> values;  ///< of inputs, which are constants then
};

namespace io::onnx {

namespace reference = ir::kernels::reference;

inline any_tensor tensor_of(const integers& values) {
    any_tensor t(dtype::int64, shape(values.size()));
    std::copy(values.begin(), values.end(), t.values<std::int64_t>().begin());
    return t;
}
template <Element T> any_tensor tensor_of(const shape& extents, const T* values) {
    any_tensor t(dtype_of<T>(), extents);
    std::copy(values, values + t.size(), t.values<T>().begin());
    return t;
}
using io::array_of;

class translation;

/// Stands for -1 in a shape that is computed: what remains.
inline constexpr extent_t inferred = std::numeric_limits<extent_t>::min();

/// Values that are known when the graph is built.
class known_values {
public:
    explicit known_values(reference::array values) : values_(std::move(values)) {}
    int count() const { return values_.count(); }
    template <Element T = double> T at(int i) const {
        require_form(i >= 0 && i < count(), "a list of " + std::to_string(count()) + " numbers");
        return values_.at<T>(i);
    }

private:
    reference::array values_;
};

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
    known_values known(int i) const;
    /// Whether it is a value of the file.
    bool is_known(int i) const;
    integers known_integers(int i) const {
        const known_values a = known(i);
        integers r;
        for (int k = 0; k < a.count(); ++k) r.push_back(a.at<std::int64_t>(k));
        return r;
    }
    /// Extents, each of which may be an expression in those of the inputs; -1 is `inferred`.
    std::vector<extent_t> known_extents(int i) const;
    /// Whether it is made of extents that are known when the model runs.
    bool depends_on_extents(int i) const;

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
    symbol constant(any_tensor t) const;
    /// The outputs of a graph that is an attribute, for these inputs; it sees all values around it.
    std::vector<symbol> inlined(const std::string& name, const std::vector<symbol>& inputs) const;
    ir::graph& graph() const;

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

/// A leaf of the graph; without a value it is an input.
struct leaf_of_model {
    std::string name;
    any_tensor value;
    bool has_value = false;
};

class translation {
public:
    ir::graph g;
    std::vector<leaf_of_model> leaves;  // the inputs first

    /// The roots are the graph's outputs.
    translation(const model& m, const onnx_options& options) : options_(options) {
        const onnx::graph& from = m.graphs[0];
        std::map<std::string_view, bool> has_initial_value;
        for (const tensor& t : from.initializers) has_initial_value[t.name] = true;
        for (const value_info& v : from.inputs)
            if (!has_initial_value.contains(v.name) && !options.values.contains(v.name)) add_input(v);
        for (const auto& [name, value] : options.values) set(name, leaf(value, name));
        for (const symbol s : translate(from, {}, m.version)) g.roots.push({s.id, -1, 0, 0});
    }
    /// Inputs that have a value in the graph itself are not given.
    std::vector<symbol> translate(const onnx::graph& from, const std::vector<symbol>& inputs, std::int64_t version) {
        if (++depth_ > most_nested) refuse(reason::form, "graphs in graphs");
        for (const tensor& t : from.initializers) set(t.name, leaf(t.values(), t.name));
        std::size_t given = 0;
        for (const value_info& v : from.inputs) {
            if (depth_ == 1 && values_.contains(v.name)) continue;
            if (given >= inputs.size()) refuse(reason::form, "a graph with another number of inputs");
            set(v.name, inputs[given++]);
        }
        for (const node& n : from.nodes) translate(n, version);
        std::vector<symbol> outputs;
        for (const value_info& v : from.outputs) outputs.push_back(value(v.name));
        --depth_;
        return outputs;
    }
    symbol leaf(any_tensor t, std::string name = {}) {
        const value_type type{t.type(), 0, t.extents()};
        leaves.push_back({std::move(name), std::move(t), true});
        return expr::declare_leaf(g, static_cast<int>(leaves.size()) - 1, type);
    }
    dtype type_of_input(std::size_t i) const { return inputs_[i].type; }
    /// An extent that a run decides is dyn.
    const shape& shape_of_input(std::size_t i) const { return inputs_[i].extents; }
    symbol value(const std::string& name) const {
        const auto found = values_.find(name);
        if (found == values_.end()) refuse(reason::form, "the value \"" + name + "\", which is not computed before");
        return found->second;
    }
    void set(const std::string& name, symbol s) { values_[name] = s; }
    /// The values of a symbol that depends on no input.
    reference::array values_of(symbol s) {
        if (g[s.id].kind == op::leaf) return array_of(value_of_leaf(number_of_leaf(s)));
        core::growable<reference::array> values;
        for (const leaf_of_model& l : leaves) values.push({l.value.type(), shape()});
        ir::graph some = g;
        some.roots.clear();
        some.roots.push({s.id, -1, 0, 0});
        some.dims = {};
        require_known(s.id, some, values);
        return reference::interpret(some, values)[0];
    }
    bool is_leaf_with_value(symbol s) const {
        return g[s.id].kind == op::leaf && leaves[static_cast<std::size_t>(number_of_leaf(s))].has_value;
    }
    /// The same as extents: of what shapes are made of, elements may be expressions in the inputs' extents.
    std::vector<extent_t> extents_of(symbol s) { return extents_of(s.id); }

private:
    using value_type = expr::value_type;
    static constexpr int most_nested = 32, most_nodes = 1 << 22;
    static constexpr extent_t most_known = 1 << 20;  // elements of what decides about shapes

    const onnx_options& options_;
    std::vector<value_type> inputs_;
    std::map<std::string, symbol> values_;
    std::map<std::string, extent_t> extents_;  // by their names
    int depth_ = 0;

    void add_input(const value_info& v) {
        if (!v.is_tensor) refuse(reason::no_tensor, v.name);
        const auto given = options_.shapes.find(v.name);
        const bool has_shape = given != options_.shapes.end();
        if (!has_shape && !v.has_shape) refuse(reason::extent, "the shape of input \"" + v.name + "\"");
        if (!has_shape && v.extents.size() > static_cast<std::size_t>(max_rank)) refuse(reason::axes, v.name);
        value_type type{type_of(v.type), 0, has_shape ? given->second : shape()};
        for (const stated_extent& e : v.extents) {
            if (has_shape) break;
            const auto found = options_.extents.find(e.name);
            const bool is_decided = !e.name.empty() && found != options_.extents.end();
            type.extents.append(is_decided ? found->second : e.number >= 0 ? e.number : dyn);
        }
        leaves.push_back({v.name, any_tensor(type.type, shape(0)), false});
        inputs_.push_back(type);
        const symbol s = expr::declare_leaf(g, static_cast<int>(leaves.size()) - 1, type);
        for (std::size_t i = 0; !has_shape && i < v.extents.size(); ++i)  // of one name are one extent
            if (const extent_t e = s.extents()[static_cast<int>(i)]; !v.extents[i].name.empty())
                g.dims.unify(extents_.try_emplace(v.extents[i].name, e).first->second, e);
        set(v.name, s);
    }
    int number_of_leaf(symbol s) const { return static_cast<int>(g[s.id].attribute[0]); }
    const any_tensor& value_of_leaf(int i) const {
        const leaf_of_model& l = leaves[static_cast<std::size_t>(i)];
        if (!l.has_value) refuse(reason::value, l.name);
        if (l.value.extents().count() > most_known) refuse(reason::form, "so many numbers that decide about a shape");
        return l.value;
    }
    /// Sets the values of the leaves that node `id` depends on, and writes its extents as numbers; refuses what is not
    /// known before a run, and what is not small.
    void require_known(int id, ir::graph& some, core::growable<reference::array>& values) const {
        std::vector<bool> is_needed(static_cast<std::size_t>(id) + 1, false);
        is_needed[static_cast<std::size_t>(id)] = true;
        for (int i = id; i >= 0; --i) {
            if (!is_needed[static_cast<std::size_t>(i)]) continue;
            ir::node& n = some.nodes[i];
            for (int k = 0; k < n.extents.rank; ++k) n.extents[k] = number_of(n.extents[k]);
            const ir::attribute_range stated = ir::extents_among(ir::info(n.kind).attributes, n.extents.rank);
            for (int k = stated.first; k < stated.end; ++k) n.attribute[k] = number_of(n.attribute[k]);
            if (n.kind == op::leaf) {
                const int number = static_cast<int>(n.attribute[0]);
                values[number] = array_of(value_of_leaf(number));
                continue;
            }
            const ir::family group = ir::info(n.kind).group;
            if (group == ir::family::scan || group == ir::family::call || n.kind == op::random)
                refuse(reason::form, "a shape that a scan decides");
            if (n.extents.count() > most_known) refuse(reason::form, "so many numbers that decide about a shape");
            for (int k = 0; k < ir::info(n.kind).arity; ++k) is_needed[static_cast<std::size_t>(n.in[k])] = true;
        }
    }
    /// An extent that must be a number.
    extent_t number_of(extent_t e) const {
        e = g.dims.resolve(e);
        if (ir::is_number(e)) return e;
        for (const auto& [name, known] : extents_)
            if (g.dims.same(known, e)) refuse(reason::extent, "the extent \"" + name + "\"");
        refuse(reason::extent, "an extent");
    }

    bool depends_on_inputs(int id) const {
        std::vector<bool> is_needed(static_cast<std::size_t>(id) + 1, false);
        is_needed[static_cast<std::size_t>(id)] = true;
        for (int i = id; i >= 0; --i) {
            if (!is_needed[static_cast<std::size_t>(i)]) continue;
            if (g[i].kind == op::extent && !ir::is_number(g.dims.resolve(g[i].attribute[0]))) return true;
            for (int k = 0; k < ir::info(g[i].kind).arity; ++k) is_needed[static_cast<std::size_t>(g[i].in[k])] = true;
        }
        return false;
    }
    std::vector<extent_t> extents_of(int id) {
        if (!depends_on_inputs(id)) {
            const known_values known(values_of({&g, id}));
            std::vector<extent_t> all;
            for (int i = 0; i < known.count(); ++i) {
                const auto e = known.at<std::int64_t>(i);
                require_form(e >= -1, "an extent below 0");
                all.push_back(e == -1 ? inferred : e);
            }
            return all;
        }
        const ir::node n = g[id];
        const auto operand = [&](int k) { return extents_of(n.in[k]); };
        switch (n.kind) {
            case op::extent: return {g.dims.resolve(n.attribute[0])};
            case op::reshape:
            case op::cast: return operand(0);
            case op::concat: {
                std::vector<extent_t> all = operand(0);
                const std::vector<extent_t> more = operand(1);
                all.insert(all.end(), more.begin(), more.end());
                return n.extents.rank == 1 ? all : (refuse(reason::form, "a shape that is made so"), all);
            }
            case op::slice: return picked(operand(0), n, [&](extent_t i) { return n.attribute[0] + i; });
            case op::gather: {
                const known_values at(values_of({&g, n.in[1]}));
                return picked(operand(0), n, [&](extent_t i) { return at.at<std::int64_t>(static_cast<int>(i)); });
            }
            case op::add:
            case op::sub:
            case op::mul:
            case op::div: return together(n.kind, operand(0), operand(1));
            default: refuse(reason::form, "a shape that " + std::string(ir::name_of(n.kind)) + " decides");
        }
    }
    template <class F>
    std::vector<extent_t> picked(const std::vector<extent_t>& from, const ir::node& n, const F& place) const {
        require_form(n.extents.rank == 1, "a shape that is made so");
        std::vector<extent_t> all;
        for (extent_t i = 0; i < number_of(n.extents[0]); ++i) {
            const extent_t at = place(i);
            require_form(at >= 0 && at < static_cast<extent_t>(from.size()), "an index outside of a shape");
            all.push_back(from[static_cast<std::size_t>(at)]);
        }
        return all;
    }
    std::vector<extent_t> together(op k, std::vector<extent_t> a, std::vector<extent_t> b) {
        if (a.size() == 1) a.resize(b.size(), a[0]);
        if (b.size() == 1) b.resize(a.size(), b[0]);
        require_form(a.size() == b.size(), "a shape that is made so");
        for (std::size_t i = 0; i < a.size(); ++i) {
            require_form(a[i] != inferred && b[i] != inferred, "a shape that is made so");
            a[i] = k == op::add   ? g.dims.add(a[i], b[i])
                   : k == op::sub ? g.dims.subtract(a[i], b[i])
                   : k == op::mul ? g.dims.multiply(a[i], b[i])
                                  : g.dims.divide(a[i], b[i]);
        }
        return a;
    }

    void translate(const node& n, std::int64_t version) {
        try {
            const bool is_known = n.domain.empty() || n.domain == "ai.onnx" || n.domain == "ai.onnx.preview.training";
            const operation* found = is_known ? find_operation(n.operation) : nullptr;
            if (!found) refuse(reason::operation, n.operation);
            const ir::open_region region(g, n.called(), n.operation);
            const call c(*this, n, version);
            const symbol result = found->function(c);
            if (g.error.what != ir::mistake_kind::none) refuse_mistake();
            require_form(result.g != nullptr, "no operands");
            if (g.size() > most_nodes) refuse(reason::form, "a model of so many nodes");
            if (c.wants(0)) set(n.outputs[0], result.plain());
        } catch (refusal& r) {
            if (r.operation.empty()) r.node = n.called(), r.operation = n.operation;
            throw;
        } catch (const error& e) { throw refusal{reason::form, e.what(), n.called(), n.operation}; }
    }
    [[noreturn]] void refuse_mistake() const {
        const bool is_rank = g.error.what == ir::mistake_kind::rank_too_high;
        refuse(is_rank ? reason::axes : reason::mistake, runtime::mistake_text(g.error));
    }
    friend class call;
};

inline symbol call::operator[](int i) const {
    require_form(has(i), "operand " + std::to_string(i) + " left out");
    return translation_.value(node_.inputs[static_cast<std::size_t>(i)]);
}
inline std::vector<extent_t> call::known_extents(int i) const { return translation_.extents_of((*this)[i]); }
inline bool call::depends_on_extents(int i) const { return translation_.depends_on_inputs((*this)[i].id); }
inline bool call::is_known(int i) const { return translation_.is_leaf_with_value((*this)[i]); }
inline known_values call::known(int i) const { return known_values(translation_.values_of((*this)[i])); }
inline void call::give(int i, symbol s) const {
    if (wants(i)) translation_.set(node_.outputs[static_cast<std::size_t>(i)], s);
}
inline symbol call::constant(any_tensor t) const { return translation_.leaf(std::move(t)); }
inline std::vector<symbol> call::inlined(const std::string& name, const std::vector<symbol>& inputs) const {
    require_form(states(name), "without a " + name);
    return translation_.translate(onnx::graph(stated(name).graph), inputs, version);
}
inline ir::graph& call::graph() const { return translation_.g; }

/// 0 <= axis < rank
inline int axis_of(std::int64_t number, int rank) {
    require_form(number >= -rank && number < rank, "axis " + std::to_string(number) + " of " + std::to_string(rank));
    return static_cast<int>(number < 0 ? number + rank : number);
}
/// An attribute that counts: from 1 to 2^31.
inline std::int64_t positive(std::int64_t n) {
    require_form(n >= 1 && n <= std::int64_t{1} << 31, "the number " + std::to_string(n));
    return n;
}
/// Elements that are put around or cut off.
inline std::int64_t moderate(std::int64_t n) {
    require_form(n >= -(std::int64_t{1} << 31) && n <= std::int64_t{1} << 31, "the number " + std::to_string(n));
    return n;
}
inline void require_rank(symbol x, int least, int most = max_rank) {
    require_form(x.rank() >= least && x.rank() <= most, "an operand of " + std::to_string(x.rank()) + " axes");
}
/// An extent that has to be a number.
inline extent_t number_of_places(symbol x, int axis) {
    require_rank(x, axis + 1);
    const extent_t e = x.g->dims.resolve(x.extents()[axis]);
    if (!ir::is_number(e)) refuse(reason::extent, "axis " + std::to_string(axis) + " of an operand");
    return e;
}
inline shape shape_of(const integers& extents) {
    if (extents.size() > static_cast<std::size_t>(max_rank)) refuse(reason::axes, "a shape");
    shape s;
    for (const std::int64_t e : extents) {
        require_form(e >= 0, "an extent below 0");
        s.append(e);
    }
    return s;
}
/// As emit::reshape and emit::broadcast_to, for extents that may be expressions: so none is inferred. What a symbol
/// says of its extents stands in the graph, which moves as it grows: who makes x beside it copies them first.
inline symbol in_shape(symbol x, shape to) { return ir::emit::reshape(x, to); }
inline symbol spread(symbol x, shape to) { return ir::emit::broadcast_to(x, to); }
/// An extent, which may be an expression, as a value of x's type.
inline symbol extent_like(symbol x, extent_t e) { return ir::emit::extent(*x.g, e, x.type()); }
inline symbol number(symbol like, double v) { return ir::emit::constant(*like.g, like.type(), v); }

}  // namespace io::onnx

}  // namespace telar::inline TELAR_ABI
