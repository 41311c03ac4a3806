// SPDX-License-Identifier: BSL-1.0
// A scan in the steps of another. It is traced in place, as any scan. Then its steps are moved into a block, and a call
// of the block replaces them. So the nodes of one graph never belong to the steps of two scans.
#pragma once
#include <telar/graph/call.hpp>
#include <telar/graph/scan.hpp>

#include <limits>
#include <span>
#include <utility>

namespace telar::inline TELAR_ABI::ir {

/// While it lives, the steps of a scan are being traced.
class open_scan {
public:
    constexpr explicit open_scan(symbol scan) : graph_(*scan.g) { graph_.open_scans.push(scan.id); }
    constexpr ~open_scan() { graph_.open_scans.pop(); }
    open_scan(const open_scan&) = delete;
    open_scan& operator=(const open_scan&) = delete;

private:
    graph& graph_;
};
constexpr bool is_open(const graph& g, int scan) {
    for (const int open : g.open_scans)
        if (open == scan) return true;
    return false;
}

/// A mistake if a root, or a node from `first` on, is or reads a value of steps that have become a block.
constexpr void refuse_values_taken_out(graph& g, int first = 0) {
    if (emit::caller_of(g).blocks.empty()) return;
    bool found = false;
    for (const root& r : g.roots) found = found || is_taken_out(g[r.id]);
    for (int i = first; i < g.size(); ++i)
        for (int k = 0; k < info(g[i].kind).arity; ++k) found = found || is_taken_out(g[g[i].in[k]]);
    if (found) g.fail({mistake_kind::value_of_another_scan, op::scan, {}, {}, 0, {}, {}, 0});
}

/// Makes a block of a scan.
///
/// in      a graph with a scan that has been traced and reads the steps of others, which are open
/// out     the graph without that scan, and with a call instead; its operands are what the steps read of values around
///         them. What does not depend on the scan stays in the graph; what is made of constants is made in the block,
///         too
class scan_block {
    static constexpr int most_operands = 62;
    static constexpr extent_t unknown = std::numeric_limits<extent_t>::min();

public:
    /// `results`, nodes of the scan, become results of the call.
    constexpr static void make(symbol scan, std::span<symbol> results) {
        graph& g = *scan.g;
        if (g.error.what != mistake_kind::none) return;
        scan_block made(g, scan.id);
        made.find_inside();
        made.find_operands(results);
        if (!made.may_be_operands())
            return g.fail({mistake_kind::value_of_another_scan, op::scan, {}, {}, 0, {}, {}, 0});
        made.copy(results);
        const int block = made.number_of_block();
        g.take_out(made.inside_);
        growable<symbol> operands;
        for (const int o : made.operands_) operands.push({&g, o});
        growable<symbol> called(static_cast<int>(results.size()));
        emit::call(g, block, operands, {called.data(), results.size()});
        for (std::size_t i = 0; i < results.size(); ++i) results[i] = called[static_cast<int>(i)];
    }

private:
    constexpr scan_block(graph& g, int scan)
        : g_(g),
          scan_(scan),
          inside_(g.size(), false),
          constant_(g.size(), false),
          to_(g.size(), -1),
          extents_(g.dims.table.size(), unknown) {
        block_.body.caller = &emit::caller_of(g);
    }

    constexpr const own_derivative* own_of(const node& n) const {
        const bool has_one = n.kind == op::stop_gradient && n.copy > 0;
        return has_one ? &g_.own_derivatives[n.copy - 1] : nullptr;
    }
    /// Which nodes depend on the scan, and which values are made of constants by operations that cost little.
    constexpr void find_inside() {
        for (int i = 0; i < g_.size(); ++i) {
            const node& n = g_[i];
            const own_derivative* const own = own_of(n);
            const int arity = info(n.kind).arity;
            bool is_constant = is_source(n.kind) ? n.kind != op::leaf : is_elementwise(n.kind) || is_movement(n.kind);
            bool is_inside = i == scan_;
            for (int k = 0; k < arity; ++k) {
                is_inside = is_inside || inside_[n.in[k]];
                is_constant = is_constant && constant_[n.in[k]];
            }
            for (int k = 0; own && k < own->count; ++k)
                is_inside = is_inside || inside_[g_.derivative_operands[own->first + k].id];
            inside_[i] = is_inside;
            constant_[i] = is_constant && !own;
        }
    }

    // ------------------------------------------------------------ operands
    constexpr void find_operands(std::span<const symbol> results) {
        growable<bool> seen(g_.size(), false);
        for (int i = scan_; i < g_.size(); ++i) {
            if (!inside_[i]) continue;
            const node& n = g_[i];
            for (int k = 0; k < info(n.kind).arity; ++k) find_operand(n.in[k], seen);
            if (const own_derivative* const own = own_of(n)) {
                for (int k = 0; k < own->count; ++k) find_operand(g_.derivative_operands[own->first + k].id, seen);
                if (own->draws.base >= 0) find_operand(own->draws.base, seen);
            }
        }
        for (const symbol& s : results) find_operand(s.id, seen);
        for (int i = 0; i < g_.size(); ++i)
            if (seen[i] && is_operand(i)) operands_.push(i);
        for (int i = 0; i < g_.size(); ++i)
            if (seen[i] || inside_[i]) find_extents(g_[i]);
    }
    constexpr bool is_operand(int i) const { return !inside_[i] && !constant_[i] && g_[i].kind != op::call_operand; }
    constexpr void find_operand(int i, growable<bool>& seen) const {
        if (seen[i] || inside_[i]) return;
        seen[i] = true;
        for (int k = 0; !is_operand(i) && k < info(g_[i].kind).arity; ++k) find_operand(g_[i].in[k], seen);
    }
    /// The block reads an unknown extent from an operand. If none has it, the leaf that does becomes an operand.
    constexpr void find_extents(const node& n) {
        for (int k = 0; k < n.extents.rank; ++k) find_extent(n.extents[k]);
        for (int k = 0; k < max_rank; ++k)
            if (const extent_t* const e = extent_attribute(n, k)) find_extent(*e);
    }
    constexpr void find_extent(extent_t e) {
        e = g_.dims.resolve(e);
        if (is_number(e) || extents_[entry_of(e)] != unknown) return;
        const dimension d = g_.dims.table[entry_of(e)];
        extents_[entry_of(e)] = 0;
        if (d.kind != dimension_kind::variable) {
            find_extent(d.lhs);
            find_extent(d.rhs);
            return;
        }
        for (const int o : operands_)
            for (int axis = 0; axis < g_[o].extents.rank; ++axis)
                if (g_.dims.same(g_[o].extents[axis], e)) return;
        for (int i = 0; i < g_.size(); ++i)
            if (g_[i].kind == op::leaf && g_[i].attribute[0] == d.lhs) {
                operands_.push(i);
                find_extents(g_[i]);
                return;
            }
    }
    /// Attribute k of a node, if it is an extent.
    static constexpr const extent_t* extent_attribute(const node& n, int k) {
        const attribute_range among = extents_among(info(n.kind).attributes, n.extents.rank);
        return among.first <= k && k < among.end ? &n.attribute[k] : nullptr;
    }
    /// A value of a scan's steps cannot be an operand after that scan has ended.
    constexpr bool may_be_operands() const {
        const scan_scopes scopes(g_);
        for (const int o : operands_)
            if (scopes.exists[o] >= 0 && !is_open(g_, scopes.exists[o])) return false;
        return operands_.size() <= most_operands;
    }

    // ------------------------------------------------------------ the block
    constexpr void copy(std::span<const symbol> results) {
        graph& body = block_.body;
        block_.operands = operands_.size();
        for (extent_t& e : extents_) e = unknown;
        for (int k = 0; k < operands_.size(); ++k) find_variables(k);
        for (int k = 0; k < operands_.size(); ++k) {
            node leaf;
            leaf.kind = op::leaf;
            leaf.type = g_[operands_[k]].type;
            leaf.attribute[0] = k;
            leaf.extents = inside(g_[operands_[k]].extents);
            to_[operands_[k]] = body.add(leaf);
        }
        for (int i = scan_; i < g_.size(); ++i)
            if (inside_[i]) copied(i);
        for (const symbol& s : results) body.roots.push({copied(s.id), -1, s.linear, 0});
    }
    /// Makes variables of operand k's unknown extents, except for those that an earlier operand has.
    constexpr void find_variables(int k) {
        const shape& s = g_[operands_[k]].extents;
        for (int axis = 0; axis < s.rank; ++axis) {
            const extent_t e = g_.dims.resolve(s[axis]);
            if (is_number(e) || g_.dims.table[entry_of(e)].kind != dimension_kind::variable) continue;
            if (extents_[entry_of(e)] == unknown) extents_[entry_of(e)] = block_.body.dims.variable(k, axis);
        }
    }
    constexpr extent_t inside(extent_t e) {
        e = g_.dims.resolve(e);
        if (is_number(e)) return e;
        if (extents_[entry_of(e)] != unknown) return extents_[entry_of(e)];
        const dimension d = g_.dims.table[entry_of(e)];
        const extent_t a = inside(d.lhs), b = inside(d.rhs);
        dimensions& dims = block_.body.dims;
        return extents_[entry_of(e)] = d.kind == dimension_kind::sum          ? dims.add(a, b)
                                       : d.kind == dimension_kind::difference ? dims.subtract(a, b)
                                       : d.kind == dimension_kind::product    ? dims.multiply(a, b)
                                                                              : dims.divide(a, b);
    }
    constexpr shape inside(shape s) {
        for (int i = 0; i < s.rank; ++i) s[i] = inside(s[i]);
        return s;
    }
    /// Copies a node into the block, after the nodes that it reads.
    constexpr int copied(int i) {
        if (to_[i] >= 0) return to_[i];
        graph& body = block_.body;
        node n = g_[i];
        const int arity = info(n.kind).arity;
        for (int k = 0; k < arity; ++k) n.in[k] = copied(n.in[k]);
        if (info(n.kind).commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
        n.copy = copy_inside(n);
        for (int k = 0; k < max_rank; ++k)
            if (extent_attribute(n, k)) n.attribute[k] = inside(n.attribute[k]);
        n.extents = inside(n.extents);
        if (n.kind == op::scan) n.attribute[1] = body.size();  // what no other has
        if (n.kind == op::call && prints(n)) n.attribute[2] = 1 + body.size();
        if (n.kind == op::print) copy_label(n);
        return to_[i] = body.add(n);
    }
    constexpr void copy_label(node& print) {
        growable<char>& labels = block_.body.labels;
        int c = static_cast<int>(print.value);
        print.value = static_cast<std::uint64_t>(labels.size());
        do labels.push(g_.labels[c]);
        while (g_.labels[c++] != '\0');
    }
    /// The graph's current copy is left to the call. Any other is copied, with its own derivative.
    constexpr int copy_inside(const node& n) {
        if (n.copy == 0 || n.copy == g_.copy) return 0;
        graph& body = block_.body;
        for (int r = 0; r < copies_.size(); ++r)
            if (copies_[r] == n.copy) return r + 1;
        own_derivative own = g_.own_derivatives[n.copy - 1];
        const int first = own.first;
        own.first = body.derivative_operands.size();
        for (int k = 0; k < own.count; ++k) {
            const derivative_operand x = g_.derivative_operands[first + k];
            body.derivative_operands.push({copied(x.id), x.linear});
        }
        if (own.draws.base >= 0) own.draws.base = copied(own.draws.base);
        body.own_derivatives.push(own);
        return copies_.push(n.copy) + 1;
    }

    // ------------------------------------------------------------ the number of the block
    static constexpr bool are_same(const node& a, const node& b) {
        bool same =
            a.kind == b.kind && a.type == b.type && a.copy == b.copy && a.value == b.value && a.extents == b.extents;
        for (int k = 0; same && k < 3; ++k) same = a.in[k] == b.in[k];
        for (int k = 0; same && k < max_rank; ++k) same = a.attribute[k] == b.attribute[k];
        return same;
    }
    static constexpr bool are_same(const root& a, const root& b) { return a.id == b.id && a.linear == b.linear; }
    static constexpr bool are_same(const dimension& a, const dimension& b) {
        return a.kind == b.kind && a.lhs == b.lhs && a.rhs == b.rhs;
    }
    static constexpr bool are_same(const derivative_operand& a, const derivative_operand& b) {
        return a.id == b.id && a.linear == b.linear;
    }
    static constexpr bool are_same(const own_derivative& a, const own_derivative& b) {
        return a.derive == b.derive && a.first == b.first && a.count == b.count && a.draws.base == b.draws.base &&
               a.draws.next == b.draws.next && a.draws.end == b.draws.end && a.draws.beyond == b.draws.beyond;
    }
    static constexpr bool are_same(char a, char b) { return a == b; }
    template <class T> static constexpr bool are_same(const growable<T>& a, const growable<T>& b) {
        bool same = a.size() == b.size();
        for (int i = 0; same && i < a.size(); ++i) same = are_same(a[i], b[i]);
        return same;
    }
    static constexpr bool are_same(const graph& a, const graph& b) {
        return are_same(a.nodes, b.nodes) && are_same(a.roots, b.roots) && are_same(a.dims.table, b.dims.table) &&
               are_same(a.own_derivatives, b.own_derivatives) &&
               are_same(a.derivative_operands, b.derivative_operands) && are_same(a.labels, b.labels);
    }
    /// Equal scans share a block.
    constexpr int number_of_block() {
        graph& home = *block_.body.caller;
        for (int i = 0; i < home.blocks.size(); ++i) {
            const graph_block& b = home.blocks[i];
            const bool is_scan = b.function == 0 && b.derivative_of < 0 && b.silent_of < 0;
            if (is_scan && are_same(b.body, block_.body)) return i;
        }
        return emit::add_block(home, std::move(block_));
    }

    graph& g_;
    int scan_;
    growable<bool> inside_, constant_;
    growable<int> operands_;
    growable<int> to_;            // a node of the graph -> in the block
    growable<extent_t> extents_;  // an entry of the graph's dimensions -> in the block
    growable<int> copies_;        // of the copies in the block: their numbers in the graph
    graph_block block_;
};

}  // namespace telar::inline TELAR_ABI::ir
