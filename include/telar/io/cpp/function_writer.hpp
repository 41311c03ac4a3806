// SPDX-License-Identifier: BSL-1.0
// From a traced graph to the statements of a function on symbols, which gives a graph of the same values. Beside the
// text that graph is made: `out`. What comes out of a convolution keeps its channels last until something needs them
// elsewhere, as sink_transposes does for a graph that is run; what depends on weights alone becomes a weight.
#pragma once
#include <telar/graph/scan.hpp>
#include <telar/io/cpp/composites.hpp>
#include <telar/io/cpp/computed_weights.hpp>
#include <telar/io/cpp/identifiers.hpp>
#include <telar/io/cpp/op_texts.hpp>
#include <telar/run/graph_model.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace telar::inline TELAR_ABI::io::cpp {

/// One value of the function: `const telar::symbol name = text;`
struct statement {
    int node = -1;              // of the graph that the text gives
    std::vector<int> operands;  // of that graph: $0, $1, ...
    std::string text, region;
    bool takes_literals = false;  // a constant may stand as a number
    bool is_needed = false;
    std::string name;
};
/// A weight of the function, or what was computed of weights.
struct written_weight {
    int node = -1;
    std::string name;
    any_tensor value;
    bool is_trained = false;
};

class function_writer {
public:
    ir::graph out;
    std::vector<std::string> inputs;  // their names
    std::vector<written_weight> weights;
    std::vector<statement> statements;  // those that are needed, with names
    std::vector<int> results;

    /// errors    unsupported_model: an operation that no file has
    function_writer(const runtime::model_source& source, bool folds) : source_(source), folds_(folds) {
        for (const model_port& p : source.inputs) inputs.push_back(names_.add(p.name));
        find_forms();
        out.dims = from().dims;
        write_all();
        find_needed();
        fold_weights();
        find_needed();
        name_all();
    }

    /// The text of a value where it is an operand.
    std::string operand(int node, bool takes_literals) const {
        const ir::node& n = out[node];
        if (n.kind == op::constant && takes_literals) return literal(n);
        return names_of_nodes_.at(node);
    }
    /// The right side of a statement.
    std::string text_of(const statement& s) const {
        bool all_literals = s.takes_literals;  // of literals alone a graph cannot be found
        for (const int o : s.operands) all_literals = all_literals && out[o].kind == op::constant;
        std::string all;
        for (std::size_t i = 0; i < s.text.size(); ++i) {
            if (s.text[i] != '$') all += s.text[i];
            else
                all +=
                    operand(s.operands[static_cast<std::size_t>(s.text[++i] - '0')], s.takes_literals && !all_literals);
        }
        return all;
    }
    node_writer writer() const {
        node_writer w(out, inputs[0], source_.path);
        w.set_inputs(inputs);
        return w;
    }

private:
    /// A value of the graph that is written: transpose(s, axes), where the axes are in another order.
    struct held {
        symbol s;
        std::vector<int> axes;  // empty: as they are

        bool is_plain() const { return axes.empty(); }
    };
    const runtime::model_source& source_;
    bool folds_;
    unique_names names_;
    std::vector<bool> is_needed_;
    std::vector<std::optional<composite>> composites_;
    std::vector<held> values_;                       // by node of the traced graph
    std::map<int, std::size_t> statement_of_;        // by node of `out`
    std::map<int, std::string> names_of_nodes_;      // the same
    std::vector<bool> is_of_each_run_, has_weight_;  // the same
    std::string region_;

    const ir::graph& from() const { return source_.traced; }
    int input_count() const { return static_cast<int>(source_.inputs.size()); }

    // ------------------------------------------------------------ what is to be written
    void find_forms() {
        const ir::graph& g = from();
        is_needed_.assign(static_cast<std::size_t>(g.size()), false);
        composites_.resize(static_cast<std::size_t>(g.size()));
        for (const ir::root& r : g.roots) is_needed_[static_cast<std::size_t>(r.id)] = true;
        const composite_finder finder(g);
        std::vector<bool> is_done(static_cast<std::size_t>(g.size()), false);
        for (bool found = true; found;) {
            for (int i = g.size() - 1; i >= 0; --i) {
                const auto k = static_cast<std::size_t>(i);
                if (!is_needed_[k] || is_done[k]) continue;
                is_done[k] = true;
                composites_[k] = finder.find(i);
                if (composites_[k])
                    for (const int o : composites_[k]->operands) is_needed_[static_cast<std::size_t>(o)] = true;
                else
                    for (int o = 0; o < ir::info(g[i].kind).arity; ++o)
                        is_needed_[static_cast<std::size_t>(g[i].in[o])] = true;
            }
            found = false;  // what makes the next value of a state that is needed
            for (int i = 0; i < g.size(); ++i)
                if (g[i].kind == op::scan_next && !is_needed_[static_cast<std::size_t>(i)] &&
                    is_needed_[static_cast<std::size_t>(g[i].in[1])])
                    is_needed_[static_cast<std::size_t>(i)] = found = true;
        }
    }
    void write_all() {
        const ir::graph& g = from();
        values_.resize(static_cast<std::size_t>(g.size()));
        for (int i = 0; i < g.size(); ++i) {
            const bool is_input = g[i].kind == op::leaf && g[i].attribute[0] < input_count();
            if (!is_needed_[static_cast<std::size_t>(i)] && !is_input) continue;
            region_ = g.regions.path_of(i);
            const auto& c = composites_[static_cast<std::size_t>(i)];
            values_[static_cast<std::size_t>(i)] = c ? written(*c) : written(g[i]);
            if (out.error.what != ir::mistake_kind::none)
                fail<unsupported_model>(source_.path + ": " + runtime::mistake_text(out.error));
        }
        for (const ir::root& r : g.roots) results.push_back(plain(value(r.id)).id);
    }
    const held& value(int node) const { return values_[static_cast<std::size_t>(node)]; }

    // ------------------------------------------------------------ statements
    symbol at(int node) { return {&out, node}; }
    /// Says of new nodes whether they depend on the inputs, and on weights.
    void look_at_new_nodes() {
        for (int i = static_cast<int>(has_weight_.size()); i < out.size(); ++i) {
            const ir::node& n = out[i];
            const ir::family group = ir::info(n.kind).group;
            bool is_of_run = group == ir::family::scan || group == ir::family::call || n.kind == op::extent,
                 has = false;
            if (n.kind == op::leaf) is_of_run = n.attribute[0] < input_count(), has = !is_of_run;
            const auto look = [&](extent_t e) { is_of_run = is_of_run || !ir::is_number(out.dims.resolve(e)); };
            for (int k = 0; k < n.extents.rank; ++k) look(n.extents[k]);
            const ir::attribute_range among = ir::extents_among(ir::info(n.kind).attributes, n.extents.rank);
            for (int k = among.first; k < among.end; ++k) look(n.attribute[k]);
            for (int k = 0; k < ir::info(n.kind).arity; ++k) {
                const auto o = static_cast<std::size_t>(n.in[k]);
                is_of_run = is_of_run || is_of_each_run_[o];
                has = has || has_weight_[o];
            }
            is_of_each_run_.push_back(is_of_run);
            has_weight_.push_back(has);
        }
    }
    bool is_of_each_run(symbol s) const { return is_of_each_run_[static_cast<std::size_t>(s.id)]; }
    /// A value that no run changes, and that depends on weights.
    bool is_of_weights(int node) const {
        return has_weight_[static_cast<std::size_t>(node)] && !is_of_each_run_[static_cast<std::size_t>(node)];
    }
    symbol state(symbol s, std::vector<int> operands, std::string text, bool takes_literals) {
        look_at_new_nodes();
        if (!statement_of_.contains(s.id)) {
            statement_of_[s.id] = statements.size();
            statements.push_back({s.id, std::move(operands), std::move(text), region_, takes_literals, false, {}});
        }
        return s;
    }
    /// Adds a node whose operands are of `out`, in this order.
    symbol state(ir::node n) {
        if (n.kind == op::reshape) {
            const auto is_written = [&](int i) { return out[i].kind == op::leaf || statement_of_.contains(i); };
            while (out[n.in[0]].kind == op::reshape && is_written(out[n.in[0]].in[0])) n.in[0] = out[n.in[0]].in[0];
            if (out.dims.same(out[n.in[0]].extents, n.extents)) return at(n.in[0]);
        }
        std::vector<int> operands;
        for (int k = 0; k < ir::info(n.kind).arity; ++k) operands.push_back(n.in[k]);
        if (ir::info(n.kind).commutes) {
            if (!is_of_each_run(at(operands[0])) && is_of_each_run(at(operands[1])))
                std::swap(operands[0], operands[1]);
            if (n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
        }
        if (n.kind == op::scan) n.attribute[1] = out.size();
        const symbol s = ir::emit::add(out, n);
        std::string text = writer().text(out[s.id]);
        return state(s, std::move(operands), std::move(text), ir::is_elementwise(n.kind));
    }

    // ------------------------------------------------------------ axes in another order
    /// The value itself. Where only axes of one element change places, its elements stay where they are.
    symbol plain(const held& h) {
        if (h.is_plain()) return h.s;
        ir::node n;
        n.kind = op::transpose;
        n.type = h.s.type();
        n.in[0] = h.s.id;
        int last = -1;
        bool moves = false;
        for (std::size_t i = 0; i < h.axes.size(); ++i) {
            const extent_t e = h.s.extents()[h.axes[i]];
            n.extents.append(e);
            n.attribute[i] = h.axes[i];
            if (out.dims.resolve(e) == 1) continue;
            moves = moves || h.axes[i] < last;
            last = h.axes[i];
        }
        if (!moves) n.kind = op::reshape, std::fill(std::begin(n.attribute), std::end(n.attribute), 0);
        return state(n);
    }
    static held in_order(symbol s, std::vector<int> axes) {
        if (std::is_sorted(axes.begin(), axes.end())) axes.clear();
        return {s, std::move(axes)};
    }
    static held like(symbol s, const held& other) { return {s, other.axes}; }
    /// The same in the order that `other` is held in, if that takes nothing in each run.
    std::optional<symbol> beside(const held& h, const held& other) {
        if (h.s.rank() == 0 || h.axes == other.axes) return h.s;
        if (is_of_each_run(h.s)) return {};
        symbol s = plain(h);
        const int rank = static_cast<int>(other.axes.size());
        ir::node n;
        n.kind = op::reshape;
        n.type = s.type();
        for (int i = s.rank(); i < rank; ++i) n.extents.append(1);
        for (int i = 0; i < s.rank(); ++i) n.extents.append(s.extents()[i]);
        n.in[0] = s.id;
        if (s.rank() < rank) s = state(n);
        std::vector<int> inverse(other.axes.size());
        for (std::size_t i = 0; i < other.axes.size(); ++i)
            inverse[static_cast<std::size_t>(other.axes[i])] = static_cast<int>(i);
        s = plain({s, inverse});
        ir::node without;  // the axes in front that have one element
        without.kind = op::reshape;
        without.type = s.type();
        without.in[0] = s.id;
        int first = 0;
        while (first < s.rank() && s.extents()[first] == 1) ++first;
        for (int i = first; i < s.rank(); ++i) without.extents.append(s.extents()[i]);
        return first > 0 && first < s.rank() ? state(without) : s;
    }

    held written(const composite& c) {
        std::vector<symbol> operands;
        std::vector<int> ids;
        if (c.commutes_with_transposes) return written_mean(c);
        for (const int o : c.operands) operands.push_back(plain(value(o)));
        for (const symbol& s : operands) ids.push_back(s.id);
        return {state(c.make(operands), std::move(ids), c.text, false), {}};
    }
    held written_mean(const composite& c) {
        const held& x = value(c.operands[0]);
        unsigned axes = 0;
        std::string text = "telar::mean($0, telar::axis<";
        for (int i = 0; i < x.s.rank(); ++i)
            if (c.axes >> i & 1) axes |= 1u << (x.is_plain() ? i : x.axes[static_cast<std::size_t>(i)]);
        for (int i = 0, more = 0; i < x.s.rank(); ++i)
            if (axes >> i & 1) text += (more++ ? ", " : "") + std::to_string(i);
        const symbol y = expr::functions::mean{}(x.s, axes, true);
        return like(state(y, {x.s.id}, text + ">, telar::keep_dims)", false), x);
    }
    held written(ir::node n) {
        switch (n.kind) {
            case op::leaf: return {written_leaf(n), {}};
            case op::transpose: {
                const held x = value(n.in[0]);
                std::vector<int> axes;
                for (int i = 0; i < n.extents.rank; ++i) {
                    const auto axis = static_cast<std::size_t>(n.attribute[i]);
                    axes.push_back(x.is_plain() ? static_cast<int>(axis) : x.axes[axis]);
                }
                return in_order(x.s, std::move(axes));
            }
            case op::mul:  // by 1, as many files say it
                for (int k = 0; k < 2; ++k)
                    if (is_one(n.in[k]) && from().dims.same(from()[n.in[1 - k]].extents, n.extents))
                        return value(n.in[1 - k]);
                break;
            case op::stop_gradient:  // of a value with a derivative of its own, which follows from its parts as well
                if (n.copy != 0) return value(n.in[0]);
                break;
            default: break;
        }
        if (const auto moved = written_in_its_order(n)) return *moved;
        for (int k = 0; k < ir::info(n.kind).arity; ++k) n.in[k] = plain(value(n.in[k])).id;
        return {state(n), {}};
    }
    bool is_one(int node) const { return from()[node].kind == op::constant && ir::number_of(from()[node]) == 1; }
    symbol written_leaf(const ir::node& n) {
        if (n.attribute[0] >= input_count()) {
            const any_tensor& w = weight(n);
            if (w.rank() == 0) return constant(w);
        }
        const symbol s = {&out, out.add(n)};
        look_at_new_nodes();
        return s;
    }
    const any_tensor& weight(const ir::node& n) const {
        return source_.weights[static_cast<std::size_t>(n.attribute[0] - input_count())].value;
    }
    symbol constant(const any_tensor& w) {
        ir::node n;
        n.kind = op::constant;
        n.type = w.type();
        const auto take = [&]<class... T>(core::type_list<T...>) {
            const auto one = [&]<Element E>(std::type_identity<E>) {
                if (w.type() != dtype_of<E>()) return;
                if constexpr (std::integral<E>)
                    n.value = ir::bits_of(n.type, static_cast<std::int64_t>(w.values<E>()[0]));
                else n.value = ir::bits_of(n.type, static_cast<double>(w.values<E>()[0]));
            };
            (one(std::type_identity<T>{}), ...);
        };
        take(core::element_types{});
        return state(n);
    }
    /// An operation that can be done in the order in which its operand is held.
    std::optional<held> written_in_its_order(ir::node n) {
        const int arity = ir::info(n.kind).arity;
        const held* first = nullptr;
        for (int k = 0; k < arity; ++k)
            if (const held& h = value(n.in[k]); !h.is_plain() && !first) first = &h;
        if (!first || n.extents.rank != static_cast<int>(first->axes.size())) return {};
        const std::vector<int> axes = first->axes;
        const held like_this{first->s, axes};
        const auto of_x = [&](const auto& numbers) {  // by axis
            shape s = n.extents;
            for (int i = 0; i < n.extents.rank; ++i) s[axes[static_cast<std::size_t>(i)]] = numbers[i];
            return s;
        };
        if (ir::is_elementwise(n.kind)) {
            for (int k = 0; k < arity; ++k) {
                const auto s = beside(value(n.in[k]), like_this);
                if (!s) return {};
                n.in[k] = s->id;
            }
            return like(state(n), like_this);
        }
        if (ir::is_reduction(n.kind)) {
            unsigned bits = 0;
            for (int i = 0; i < n.extents.rank; ++i)
                if (n.attribute[0] >> i & 1) bits |= 1u << axes[static_cast<std::size_t>(i)];
            if ((n.kind == op::argmax || n.kind == op::argmin) && (bits & (bits - 1)) != 0) return {};
            n.attribute[0] = bits;
            n.in[0] = like_this.s.id;
            return like(state(n), like_this);
        }
        if (n.kind == op::pad || n.kind == op::slice) {
            const shape attributes = of_x(n.attribute), extents = of_x(n.extents);
            for (int i = 0; i < n.extents.rank; ++i) n.attribute[i] = attributes[i];
            n.extents = extents;
            n.in[0] = like_this.s.id;
            return like(state(n), like_this);
        }
        if (n.kind == op::concat) {
            const held other = value(n.in[1]);
            if (other.axes != axes || value(n.in[0]).axes != axes) return {};
            n.in[0] = value(n.in[0]).s.id, n.in[1] = other.s.id;
            n.extents = of_x(n.extents);
            n.attribute[0] = axes[static_cast<std::size_t>(n.attribute[0])];
            return like(state(n), like_this);
        }
        return {};
    }

    // ------------------------------------------------------------ weights
    /// What is read of values that no run changes, is computed now.
    void fold_weights() {
        std::vector<int> folded;
        const auto fold = [&](int node) {
            const bool is_leaf = out[node].kind == op::leaf;
            if (!is_of_weights(node) || names_of_nodes_.contains(node)) return;
            if (!is_leaf && (!folds_ || out[node].kind == op::broadcast_to)) return;  // which would need memory
            names_of_nodes_[node] = "";
            folded.push_back(node);
        };
        for (const statement& s : statements)
            if (s.is_needed && !(folds_ && is_of_weights(s.node) && out[s.node].kind != op::broadcast_to))
                for (const int o : s.operands) fold(o);
        for (const int r : results) fold(r);
        std::vector<any_tensor> values = values_of_weights(out, source_, folded);
        for (std::size_t i = 0; i < folded.size(); ++i) {
            const std::vector<std::size_t> of = weights_below(out, input_count(), folded[i]);
            bool is_trained = false;
            for (const std::size_t w : of)
                is_trained = is_trained || (is_float(values[i].type()) && !is_moving(source_.weights[w].name));
            weights.push_back({folded[i], names_.add(name_of_weight(folded[i], of)), std::move(values[i]), is_trained});
            names_of_nodes_[folded[i]] = weights.back().name + '_';
        }
    }
    /// That of the one weight that it depends on; of "bn1.weight" and "bn1.running_var" it is bn1_mul.
    std::string name_of_weight(int node, const std::vector<std::size_t>& of) const {
        if (of.size() == 1) return source_.weights[of[0]].name;
        std::string common = source_.weights[of[0]].name;
        for (const std::size_t w : of) {
            const std::string& other = source_.weights[w].name;
            const auto end = std::mismatch(common.begin(), common.end(), other.begin(), other.end()).first;
            common.erase(end, common.end());
        }
        const auto found = statement_of_.find(node);
        return common + '_' + (found == statement_of_.end() ? "weight" : called(statements[found->second]));
    }
    /// Means and variances that training measures, by the names that PyTorch and Keras give them.
    static bool is_moving(std::string_view name) {
        for (const std::string_view part : {"running_mean", "running_var", "moving_mean", "moving_variance"})
            if (name.find(part) != std::string_view::npos) return true;
        return false;
    }

    // ------------------------------------------------------------ names
    void find_needed() {
        std::vector<bool> is_read(static_cast<std::size_t>(out.size()), false);
        for (const int r : results) is_read[static_cast<std::size_t>(r)] = true;
        for (statement& s : statements)
            if (out[s.node].kind == op::scan_next) is_read[static_cast<std::size_t>(s.node)] = true;
        for (std::size_t i = statements.size(); i-- > 0;) {
            statement& s = statements[i];
            s.is_needed = is_read[static_cast<std::size_t>(s.node)] && !names_of_nodes_.contains(s.node);
            for (const int o : s.operands)
                if (s.is_needed) is_read[static_cast<std::size_t>(o)] = true;
        }
    }
    /// The last value of a region has the region's name, the others what they are; a literal needs none.
    void name_all() {
        for (int i = 0; i < out.size(); ++i)
            if (out[i].kind == op::leaf && out[i].attribute[0] < input_count())
                names_of_nodes_[i] = inputs[static_cast<std::size_t>(out[i].attribute[0])];
        drop_literals();
        std::erase_if(statements, [](const statement& s) { return !s.is_needed; });
        std::map<std::string, const statement*> last;
        for (const statement& s : statements) last[s.region] = &s;
        for (statement& s : statements) {
            const bool is_last = !s.region.empty() && last[s.region] == &s;
            s.name = names_.add(is_last ? s.region : called(s));
            names_of_nodes_[s.node] = s.name;
        }
    }
    void drop_literals() {
        std::vector<bool> is_read(static_cast<std::size_t>(out.size()), false);
        for (const int r : results) is_read[static_cast<std::size_t>(r)] = true;
        for (const statement& s : statements) {
            bool all = true;
            for (const int o : s.operands) all = all && out[o].kind == op::constant;
            for (const int o : s.operands)
                if (s.is_needed && (!s.takes_literals || all)) is_read[static_cast<std::size_t>(o)] = true;
        }
        for (statement& s : statements)
            if (out[s.node].kind == op::constant)
                s.is_needed = s.is_needed && is_read[static_cast<std::size_t>(s.node)];
    }
    /// "conv" of telar::conv(...), "add" of a sum.
    std::string called(const statement& s) const {
        const std::string_view prefix = "telar::";
        if (s.text.substr(0, prefix.size()) != prefix) return std::string(ir::name_of(out[s.node].kind));
        const std::string word = s.text.substr(prefix.size(), s.text.find_first_of("(<") - prefix.size());
        return word.substr(word.rfind(':') == std::string::npos ? 0 : word.rfind(':') + 1);
    }
};

}  // namespace telar::inline TELAR_ABI::io::cpp
