// SPDX-License-Identifier: BSL-1.0
// settle_calls: which results each call gives.
//
// in      a trace and its blocks; calls that are differentiated have results behind the roots of their blocks, the
//         values that the derivatives read
// out     the same without dead nodes. A block of which such values are read stands there once more, with them as
//         roots; the results of a call follow it, in the order of the roots. Blocks that nobody calls are gone
// needs   no mistake
// order   after the trace: until then equal calls are one, whether or not they are differentiated
#pragma once
#include <telar/graph/effects.hpp>
#include <telar/graph/scan.hpp>

#include <limits>
#include <utility>

namespace telar::inline TELAR_ABI::ir {

class call_settlement {
    /// What is read of a call, in bits: of its block's roots, of the values that it keeps. A block with the ones or the
    /// others or both is a form of the block.
    static constexpr unsigned roots = 1, kept = 2, forms = 4;

public:
    constexpr explicit call_settlement(graph& g) : home_(g), wanted_(g.blocks.size(), 0), first_(g.blocks.size(), 0) {}

    constexpr void run() {
        settle(home_, std::numeric_limits<int>::max());
        for (int b = wanted_.size() - 1; b >= 0; --b)  // who calls a block has a higher number
            for (unsigned form = forms - 1; form > 0; --form)
                if (wanted_[b] >> form & 1) settled_.push(form_of(b, form));
        for (int b = 0, all = 0; b < wanted_.size(); ++b) {
            first_[b] = all;
            for (unsigned form = 1; form < forms; ++form) all += static_cast<int>(wanted_[b] >> form & 1);
        }
        home_.blocks.clear();
        for (int k = settled_.size() - 1; k >= 0; --k) home_.blocks.push(std::move(settled_[k]));
        name_blocks(home_);
        for (graph_block& b : home_.blocks) name_blocks(b.body);
    }

private:
    /// The block whose values a call's results are: it may be called without its prints.
    constexpr const graph_block& origin(int b) const {
        const int of = home_.blocks[b].silent_of;
        return home_.blocks[of < 0 ? b : of];
    }
    constexpr graph_block form_of(int b, unsigned form) {
        graph_block made;
        made.operands = home_.blocks[b].operands;
        made.refuses = home_.blocks[b].refuses;
        made.prints = home_.blocks[b].prints;
        made.body = form == roots ? home_.blocks[b].body : origin(b).differentiated;
        made.body.caller = &home_;
        if (home_.blocks[b].silent_of >= 0) emit::silence(made.body);
        if ((form & roots) == 0) made.body.roots.clear();
        for (int k = 0; (form & kept) != 0 && k < origin(b).kept.size(); ++k)
            made.body.roots.push({origin(b).kept[k], -1, 0, 0});
        settle(made.body, made.operands);
        return made;
    }
    /// Drops dead nodes; every call gets all the results of the form that it needs.
    constexpr void settle(graph& g, int operands) {
        const growable<bool> needed = needed_nodes(g);
        growable<unsigned> form(g.size());
        lists_by_key results(g.size(), g.size());
        for (int i = 0, count = g.size(); i < count; ++i) {
            const node& n = g[i];
            if (n.kind != op::call_result) continue;
            results.add(n.in[0], i);
            const int roots_of_block = origin(static_cast<int>(g[n.in[0]].attribute[0])).body.roots.size();
            if (needed[i]) form[n.in[0]] |= n.attribute[0] < roots_of_block ? roots : kept;
        }
        growable<node> nodes;
        nodes.reserve(g.size());
        growable<int> moved(g.size(), -1);
        region_start *start = g.regions.starts.begin(), *const last_start = g.regions.starts.end();
        for (int i = 0, count = g.size(); i < count; ++i) {
            for (; start != last_start && start->node == i; ++start) start->node = nodes.size();
            const node& old = g[i];
            const bool is_operand = old.kind == op::leaf && old.attribute[0] >= 0 && old.attribute[0] < operands;
            if ((!needed[i] && !is_operand) || old.kind == op::call_result) continue;
            node n = old;
            for (int k = 0, arity = info(n.kind).arity; k < arity; ++k) n.in[k] = moved[n.in[k]];
            if (n.kind != op::call) {
                moved[i] = nodes.push(n);
                continue;
            }
            if (form[i] == 0) form[i] = roots;  // it is called for what it prints
            n.attribute[3] = form[i];
            wanted_[static_cast<int>(n.attribute[0])] |= 1u << form[i];
            moved[i] = nodes.push(n);
            for (const node& r : results_of(g, i, form[i], results, moved, nodes.size())) {
                nodes.push(r);
                nodes.back().in[0] = moved[i];
            }
        }
        for (root& r : g.roots) r.id = moved[r.id];
        g.nodes = std::move(nodes);
    }
    /// The results of a call, in the order of their numbers. They will stand from `at` on.
    constexpr growable<node> results_of(graph& g, int call, unsigned form, const lists_by_key& given,
                                        growable<int>& moved, int at) {
        const graph_block& called = origin(static_cast<int>(g[call].attribute[0]));
        const int count = called.body.roots.size(), first = form & roots ? 0 : count,
                  end = form & kept ? count + called.kept.size() : count;
        growable<int> numbers(end - first, -1);
        for (int i = given.first(call); i >= 0; i = given.next(i))
            if (const int k = static_cast<int>(g[i].attribute[0]) - first; k >= 0 && k < numbers.size()) {
                numbers[k] = i;
                moved[i] = at + k;
            }
        growable<node> all;
        for (int k = 0; k < numbers.size(); ++k) {
            node n = emit::result_of_call(g, call, called, first + k);
            n.extents = numbers[k] >= 0 ? g[numbers[k]].extents : emit::extents_of_result(g, call, called, first + k);
            n.attribute[0] = k;
            all.push(n);
        }
        return all;
    }
    /// Calls name the forms of the blocks.
    constexpr void name_blocks(graph& g) const {
        for (node& n : g.nodes) {
            if (n.kind != op::call) continue;
            const auto b = static_cast<int>(n.attribute[0]);
            n.attribute[0] = first_[b];
            for (unsigned form = 1; form < n.attribute[3]; ++form) n.attribute[0] += wanted_[b] >> form & 1;
            n.attribute[3] = 0;
        }
    }

    graph& home_;
    growable<unsigned> wanted_;  // of each block the forms, in bits
    growable<int> first_;        // the number of its first form
    growable<graph_block> settled_;
};

constexpr void settle_calls(graph& g) {
    if (!g.blocks.empty() && g.error.what == mistake_kind::none) call_settlement(g).run();
}

}  // namespace telar::inline TELAR_ABI::ir
