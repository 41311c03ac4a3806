// SPDX-License-Identifier: BSL-1.0
// A call: a block, which is a graph of its own, with operands and results. However often a block is called, it is
// optimised, scheduled and compiled once.
//
//   call_operand  an operand; the operands of a call are a chain
//   call          the block, called on the chain that ends with its operand
//   call_result   a result of the call
//
// A chain is ordered by when its values entered the graph. So calls with the same weights share its beginning.
//
// A call has the results that its block's roots are. While it is traced, derivatives add others, which are values that
// the block keeps for them; settle_calls makes roots of those, too.
//
// Blocks call blocks. All stand in one list, that of the graph which is run.
#pragma once
#include <telar/graph/symbol.hpp>

#include <span>

namespace telar::inline TELAR_ABI::ir {

// ---------------------------------------------------------------- reading a call
constexpr int operand_count(const graph& g, int call) { return static_cast<int>(g[g[call].in[0]].attribute[1]) + 1; }
/// The operands of a call, as its call_operands, by their numbers.
constexpr growable<int> operands_of_call(const graph& g, int call) {
    const int count = operand_count(g, call);
    growable<int> operands(count, -1);
    for (int i = g[call].in[0], k = 0; k < count; ++k, i = g[i].in[1])
        operands[static_cast<int>(g[i].attribute[0])] = i;
    return operands;
}

/// Numbers of nodes, next to each other in memory.
struct node_list {
    const int* first = nullptr;
    int count = 0;

    constexpr int operator[](int i) const { return first[i]; }
    constexpr const int* begin() const { return first; }
    constexpr const int* end() const { return first + count; }
};
/// The operands that each node reads, listed once. Those of a call belong to its first result.
class read_lists {
    growable<int> first_, reads_;

public:
    constexpr explicit read_lists(const graph& g) : first_(g.size() + 1) {
        reads_.reserve(2 * g.size());
        column<bool> is_listed(g.size());  // of a call
        for (int i = 0; i < g.size(); ++i) {
            first_[i] = reads_.size();
            const node& n = g[i];
            if (n.kind == op::call_result) {
                bool& listed = is_listed.at[n.in[0]];
                if (!listed)
                    for (const int o : operands_of_call(g, n.in[0])) reads_.push(o);
                listed = true;
            } else {
                for (int k = 0, count = reads_of(n.kind); k < count; ++k) reads_.push(n.in[k]);
            }
        }
        first_[g.size()] = reads_.size();
    }
    /// All of them, and for each node the number of the first.
    constexpr const int* all() const { return reads_.data(); }
    constexpr const int* firsts() const { return first_.data(); }
    constexpr int count() const { return reads_.size(); }
    constexpr node_list of(int i) const {
        const int* const first = first_.data() + i;
        return {reads_.data() + first[0], first[1] - first[0]};
    }
    /// Node numbers become what `moved` says.
    constexpr void renumber(const auto& moved) {
        for (int& o : reads_) o = moved(o);
    }
};

// ---------------------------------------------------------------- making one
namespace emit {

constexpr graph& caller_of(graph& g) { return g.caller ? *g.caller : g; }

/// A block that is traced gets its number.
constexpr int add_block(graph& caller, graph_block b) {
    for (const node& n : b.body.nodes) {
        if (may_refuse(n.kind, n.attribute[1]) || (n.kind == op::call && n.attribute[1] != 0)) b.refuses = true;
        if (prints(n)) b.prints = true;
    }
    return caller.blocks.push(std::move(b));
}

/// What an extent of a block is where the block is called with these operands. Only extents that are asked for are
/// computed.
class extents_of_call {
public:
    constexpr extents_of_call(graph& g, const dimensions& inside, const growable<symbol>& operands)
        : g_(g), inside_(inside), operands_(operands), outside_(inside.table.size()) {}

    constexpr shape operator()(const shape& s) {
        shape r;
        for (int i = 0; i < s.rank; ++i) {
            const extent_t e = inside_.resolve(s[i]);
            r.append(is_number(e) ? e : g_.dims.resolve(value(e)));
        }
        return r;
    }
    /// States what the block requires of its extents.
    constexpr void require_equalities() {
        for (const equality& e : inside_.equalities)
            if (const extent_t a = value(e.lhs), b = value(e.rhs); !g_.dims.unify(a, b))
                g_.fail({mistake_kind::broadcast, op::call, {}, {}, 0, shape(a), shape(b), 0});
    }

private:
    constexpr extent_t value(extent_t e) {
        if (is_number(e)) return e;
        extent_t& known = outside_[entry_of(e)];
        if (known != 0) return known;
        const dimension& d = inside_.table[entry_of(e)];
        switch (d.kind) {
            case dimension_kind::variable:
                return known = operands_[static_cast<int>(d.lhs)].extents()[static_cast<int>(d.rhs)];
            case dimension_kind::sum: return known = g_.dims.add(value(d.lhs), value(d.rhs));
            case dimension_kind::difference: return known = g_.dims.subtract(value(d.lhs), value(d.rhs));
            case dimension_kind::product: return known = g_.dims.multiply(value(d.lhs), value(d.rhs));
            case dimension_kind::quotient: return known = g_.dims.divide(value(d.lhs), value(d.rhs));
        }
        return e;
    }

    graph& g_;
    const dimensions& inside_;
    const growable<symbol>& operands_;
    growable<extent_t> outside_;  // 0: not known yet, or 0
};

/// The chain of these operands: its last one.
constexpr symbol chain_of(const growable<symbol>& operands) {
    growable<int> order;  // by when they were added
    for (int k = 0; k < operands.size(); ++k) {
        order.push(k);
        for (int i = k; i > 0 && operands[order[i - 1]].id > operands[order[i]].id; --i)
            std::swap(order[i - 1], order[i]);
    }
    symbol last = operands[order[0]];
    for (int i = 0; i < order.size(); ++i)
        last = operation(op::call_operand, {operands[order[i]], last}, {order[i], i});
    return last;
}
/// Where the values of a block are that may be results of a call.
constexpr const graph& values_of(const graph_block& b) { return b.kept.empty() ? b.body : b.differentiated; }
/// Which value result `number` of a call is. Behind the roots are those that the block keeps for its derivatives.
constexpr int value_of_result(const graph_block& b, int number) {
    const int roots = b.body.roots.size();
    return number < roots ? b.body.roots[number].id : b.kept[number - roots];
}
/// Result `number` of a call; its extents, which follow from the call's operands, do not tell it from others.
constexpr node result_of_call(const graph& g, int call, const graph_block& called, int number,
                              const shape& extents = {}) {
    node made;
    made.kind = op::call_result;
    made.in[0] = call;
    made.copy = g[call].copy;
    made.attribute[0] = number;
    made.type = values_of(called)[value_of_result(called, number)].type;
    made.extents = extents;
    return made;
}
/// The extents of a value of a block, where it is called.
constexpr shape extents_of_result(graph& g, int call, const graph_block& called, int number) {
    growable<symbol> operands;
    for (const int o : operands_of_call(g, call)) operands.push({&g, o});
    const graph& values = values_of(called);
    return extents_of_call(g, values.dims, operands)(values[value_of_result(called, number)].extents);
}
/// Calls block number `b`: its results, as many as there is room for.
constexpr void call(graph& g, int b, const growable<symbol>& operands, std::span<symbol> results) {
    const graph_block& called = caller_of(g).blocks[b];
    node n;
    n.kind = op::call;
    n.in[0] = chain_of(operands).id;
    n.attribute[0] = b;
    n.attribute[1] = called.refuses;
    n.attribute[2] = called.prints ? 1 + g.size() : 0;
    const int made = add(g, n).id;
    extents_of_call outside(g, called.body.dims, operands);
    outside.require_equalities();
    for (std::size_t i = 0; i < results.size(); ++i) {
        const int number = static_cast<int>(i);
        const root r = called.body.roots[number];
        const node result = result_of_call(g, made, called, number, outside(called.body[r.id].extents));
        results[i] = add(g, result).as_linear(r.linear != 0);
    }
}

}  // namespace emit

}  // namespace telar::inline TELAR_ABI::ir
