// SPDX-License-Identifier: BSL-1.0
// cut_derivative: the derivative of a block, as a block of its own.
//
// in      a block's graph, behind whose body stands what computes a derivative; the derivative's results
// out     a graph with those results. Its leaves are the values of the block that it reads, also operands and the
//         derivatives of the block's results, which are leaves there
// needs   nothing
// order   after the walk that built the derivative
//
// What the body computes is read, and not computed again, if the block keeps its values. What costs no memory is never
// kept: views, numbers, a value of two bytes in float32. A condition is kept in place of the numbers that it is made
// of.
#pragma once
#include <telar/graph/effects.hpp>
#include <telar/graph/scan.hpp>

#include <utility>

namespace telar::inline TELAR_ABI::ir::passes {

class derivative_cut {
public:
    constexpr derivative_cut(const graph& whole, const graph_block& of, const growable<int>& results)
        : g_(whole), of_(of), read_(whole.size()), live_(whole.size()), constant_(whole.size()), to_(whole.size(), -1) {
        find_read();
        find_live(results);
        copy(results);
    }
    growable<int> reads;  // the operands, as values of the whole
    graph body;

private:
    // ------------------------------------------------------------ what is read, and what is computed
    /// Values of the body, and what was added to its calls and to its scans for the derivative.
    constexpr void find_read() {
        const scan_scopes scopes(g_);
        column<bool> is_body(g_.size());
        for (int i = 0; i < g_.size(); ++i) {
            const node& n = g_[i];
            const int scan = scopes.part_of(g_, i);
            is_body.at[i] = of_.keeps && (i < of_.body.size() || (n.kind == op::call_result && is_body.at[n.in[0]]) ||
                                          (scan >= 0 && is_body.at[scan]) || is_condition(n, is_body.at));
            constant_.at[i] = is_constant(n);
            read_.at[i] = n.kind == op::leaf ? n.attribute[0] >= 0 : is_body.at[i] && !costs_nothing(i);
        }
    }
    constexpr bool is_constant(const node& n) const {
        if (is_source(n.kind)) return n.kind != op::leaf;
        bool all = is_elementwise(n.kind) || is_movement(n.kind);
        for (int k = 0; k < info(n.kind).arity; ++k) all = all && constant_.at[n.in[k]];
        return all;
    }
    /// True of a condition on values that the body computes.
    constexpr bool is_condition(const node& n, const bool* is_body) const {
        bool is_kept = false;
        for (int k = 0; k < info(n.kind).arity; ++k) {
            const int from = n.in[k];
            if (!is_body[from] && !constant_.at[from]) return false;
            is_kept = is_kept || (is_body[from] && read_.at[from] && g_[from].kind != op::leaf);
        }
        return is_kept && n.type == dtype::boolean && is_elementwise(n.kind);
    }
    constexpr bool costs_nothing(int i) const {
        const node& n = g_[i];
        const bool is_copy = n.kind == op::pad || n.kind == op::concat || n.kind == op::overlap_add;
        if (n.kind == op::stop_gradient) return g_[n.in[0]].kind == op::leaf || costs_nothing(n.in[0]);
        return constant_.at[i] || (is_movement(n.kind) && !is_copy) || n.kind == op::call_operand ||
               (n.kind == op::cast && is_half(g_[n.in[0]].type));
    }
    constexpr const own_derivative* own_of(const node& n) const {
        return n.kind == op::stop_gradient && n.copy > 0 ? &g_.own_derivatives[n.copy - 1] : nullptr;
    }
    constexpr void find_live(const growable<int>& results) {
        for (const int r : results) live_.at[r] = true;
        for (const dimension& d : g_.dims.table)  // an unknown extent is read from an operand
            if (d.kind == dimension_kind::variable) live_.at[leaf_of(static_cast<int>(d.lhs))] = true;
        for (bool found = true; found;) {
            for (int i = g_.size() - 1; i >= 0; --i)
                if (live_.at[i] && !read_.at[i]) need_operands(g_[i]);
            found = false;
            for (int i = 0; i < g_.size(); ++i)
                if (g_[i].kind == op::scan_next && !live_.at[i] && live_.at[g_[i].in[1]]) live_.at[i] = found = true;
        }
    }
    constexpr void need_operands(const node& n) {
        for (int k = 0; k < info(n.kind).arity; ++k) live_.at[n.in[k]] = true;
        const own_derivative* const own = own_of(n);
        for (int k = 0; own && k < own->count; ++k) live_.at[g_.derivative_operands[own->first + k].id] = true;
        if (own && own->draws.base >= 0) live_.at[own->draws.base] = true;
    }
    constexpr int leaf_of(int operand) const {
        int i = 0;
        while (g_[i].kind != op::leaf || g_[i].attribute[0] != operand) ++i;
        return i;
    }

    // ------------------------------------------------------------ the block
    constexpr void copy(const growable<int>& results) {
        body.caller = g_.caller;
        body.line = g_.line;
        body.error = g_.error;
        body.dims = g_.dims;
        body.own_derivatives = g_.own_derivatives;
        body.regions.all = g_.regions.all;
        body.regions.texts = g_.regions.texts;
        body.derivative_operands = g_.derivative_operands;
        for (int i = 0; i < g_.size(); ++i) {
            if (!live_.at[i]) continue;
            body.regions.now = g_.regions.of(i);
            if (read_.at[i]) to_[i] = operand(i);
            else to_[i] = copied(g_[i]);
        }
        for (dimension& d : body.dims.table)
            if (d.kind == dimension_kind::variable) d.lhs = body[to_[leaf_of(static_cast<int>(d.lhs))]].attribute[0];
        for (derivative_operand& x : body.derivative_operands)
            if (x.id >= 0) x.id = to_[x.id];
        for (own_derivative& own : body.own_derivatives)
            if (own.draws.base >= 0) own.draws.base = to_[own.draws.base];
        for (const int r : results) body.roots.push({to_[r], -1, 0, 0});
        emit::silence(body);
    }
    constexpr int operand(int i) {
        node leaf;
        leaf.kind = op::leaf;
        leaf.type = g_[i].type;
        leaf.extents = g_[i].extents;
        leaf.attribute[0] = reads.size();
        reads.push(i);
        return body.add(leaf);
    }
    constexpr int copied(node n) {
        for (int k = 0; k < info(n.kind).arity; ++k) n.in[k] = to_[n.in[k]];
        if (info(n.kind).commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
        if (n.kind == op::scan) n.attribute[1] = body.size();  // what no other has
        if (n.kind == op::call && prints(n)) n.attribute[2] = 1 + body.size();
        return body.add(n);
    }

    const graph& g_;
    const graph_block& of_;
    column<bool> read_, live_, constant_;
    growable<int> to_;  // a value of the whole -> in the derivative
};

}  // namespace telar::inline TELAR_ABI::ir::passes
