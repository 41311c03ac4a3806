// SPDX-License-Identifier: BSL-1.0
// differentiate: dy/dx inside one graph.
//
// in      a graph under construction; a scalar y; the values x to differentiate by
// out     the same graph, with the nodes of dy/dx appended; one symbol per x, of its shape
// needs   y and x in one graph
// order   first of all: the derivative is built in the user's notation, then optimised together with what it derives
// from
//
// One reverse walk over the array, each node once, by the rules of derivative_rules.hpp. A scan is derived as a whole.
#pragma once
#include <telar/graph/effects.hpp>
#include <telar/graph/nested_scan.hpp>
#include <telar/passes/cut_derivative.hpp>
#include <telar/passes/derivative_rules.hpp>

#include <utility>

namespace telar::inline TELAR_ABI::ir::passes {

namespace differentiation {

/// One reverse walk over a graph.
class walk {
public:
    /// From the values y, whose derivatives dy are given, to the values x.
    constexpr walk(const growable<symbol>& y, const growable<symbol>& dy, const growable<symbol>& x)
        : g_(*y[0].g), line_(g_.line), scopes_(g_), last_(last_of(y)) {
        needed_.resize(last_ + 1, false);
        adjoint_.resize(last_ + 1, -1);
        first_ = last_ + 1;
        for (const symbol& s : x) {
            if (s.id > last_) continue;
            needed_[s.id] = true;
            if (s.id < first_) first_ = s.id;
        }
        while (find_needed()) {}
        for (int i = 0; i < y.size(); ++i) backward::accumulate(adjoint_[y[i].id], dy[i]);
    }
    constexpr void run() {
        const int outer = g_.regions.now;
        for (int i = last_; i >= first_; --i) {
            if (!needed_[i]) continue;
            enter_region_of(i);
            if (is_part_of_scan(i)) {
                if (is_end_of_scan(i)) derive_scan(scopes_.runs[i], i);
            } else if (g_[i].kind == op::call) {
                derive_call(i, adjoint_, nullptr);
            } else if (adjoint_[i] >= 0) {
                derive(i, adjoint_, nullptr);
            }
        }
        g_.regions.now = outer;
    }
    /// Not with the line of a rule.
    constexpr void fail(mistake_kind what) {
        g_.line = line_;
        g_.fail({what, {}, {}, {}, 0, {}, {}, 0});
    }
    constexpr int adjoint_of(symbol x) {
        return x.id < adjoint_.size() && adjoint_[x.id] >= 0 ? complete(adjoint_, x.id).id : -1;
    }

private:
    static constexpr int last_of(const growable<symbol>& y) {
        int last = -1;
        for (const symbol& s : y)
            if (s.id > last) last = s.id;
        return last;
    }
    /// Marks what lies on a path from an x to y. True if a state was found whose next value does: then once more.
    constexpr bool find_needed() {
        for (int i = first_; i <= last_; ++i) {
            const own_derivative rule = own(g_, g_[i]);
            if (!has_derivative(g_[i], rule)) continue;
            const int reads =
                g_[i].kind == op::scan_next ? 2 : reads_of(g_[i].kind);  // no step: the state it began with
            for (int k = 0; k < reads; ++k) needed_[i] = needed_[i] || needed_[g_[i].in[k]];
            for (int k = 0; k < rule.count; ++k)
                needed_[i] = needed_[i] || needed_[g_.derivative_operands[rule.first + k].id];
        }
        bool found = false;
        for (int i = first_; i <= last_; ++i) {
            if (g_[i].kind != op::scan_next || !needed_[i] || needed_[g_[i].in[1]]) continue;
            needed_[g_[i].in[1]] = found = true;
            if (g_[i].in[1] < first_) first_ = g_[i].in[1];
        }
        return found;
    }
    static constexpr bool has_derivative(const node& n, const own_derivative& rule) {
        if (info(n.kind).group == family::call) return true;  // operands of any type make one chain
        return is_float(n.type) && (n.kind != op::stop_gradient || rule.count > 0);
    }
    /// The sum of all derivatives by a value, in its type. (Of numbers of two bytes they are added in float32.)
    constexpr symbol complete(const growable<int>& adjoint, int i) {
        return emit::rounded({&g_, adjoint[i]}, g_[i].type);
    }
    /// The derivative of a node belongs where the node does.
    constexpr void enter_region_of(int i) {
        if (!g_.regions.starts.empty()) g_.regions.now = g_.regions.of(i);
    }
    constexpr void derive(int i, growable<int>& adjoint, kept_steps* kept) {
        backward b(g_, i, complete(adjoint, i), adjoint, needed_, users_conditions_, kept);
        rules[static_cast<int>(g_[i].kind)].derive(b);
    }
    constexpr symbol zeros_like(int i) { return zeros_like(i, g_[i].type); }
    constexpr symbol zeros_like(int i, dtype type) {
        const symbol zero = emit::constant(g_, type, 0);  // before the shape is read: nodes move when one is added
        return emit::broadcast_to(zero, g_[i].extents);
    }
    /// A derivative that is asked for in a step is one within the step: that scan's parts are values there.
    constexpr bool is_part_of_scan(int i) const {
        const int scan = g_[i].kind == op::scan_state ? g_[i].in[1] : scopes_.part_of(g_, i);
        return scan >= 0 && !is_open(g_, scan);
    }
    /// The last of a scan's nodes in the array, but for stacks that were added later.
    constexpr bool is_end_of_scan(int i) const {
        const int scan = scopes_.runs[i];
        if (scan < 0 || is_done(scan)) return false;
        if (g_[i].kind == op::scan_next) return true;
        for (int k = scan + 1; k < i; ++k)  // a scan without states ends with its first stack
            if (scopes_.runs[k] == scan && (g_[k].kind == op::scan_next || g_[k].kind == op::scan_stack)) return false;
        return true;
    }
    constexpr bool is_done(int scan) const {
        for (const int s : done_)
            if (s == scan) return true;
        return false;
    }

    /// A scan through the same steps, backward. Its states are the derivatives by the states; for what the steps read
    /// from outside they add up.
    constexpr void derive_scan(int scan, int end) {
        done_.push(scan);
        if (!is_reached(scan)) return;
        if (is_while(g_[scan]) && !is_one_step_at_most(g_[scan])) return fail(mistake_kind::while_gradient);
        const symbol again = emit::scan(g_, g_[scan].attribute[0], is_while(g_[scan]));
        const symbol last = g_[end].kind == op::scan_next ? symbol{&g_, end} : symbol{&g_, scan};
        kept_steps kept(g_, scopes_, scan, last, again);
        growable<int> adjoint(last_ + 1, -1);  // in a step
        growable<int> state(last_ + 1, -1);    // of a scan_state: the state that is its derivative
        int states = 0;
        const symbol condition = copied_condition(scan, again, states);
        for (int i = scan; i <= last_; ++i) {
            const node n = g_[i];
            if (!needed_[i] || scopes_.runs[i] != scan) continue;
            if (n.kind == op::scan_next) {
                const symbol seed = adjoint_[i] >= 0 ? complete(adjoint_, i) : zeros_like(i);
                state[n.in[1]] = emit::scan_state(seed, again, states++).id;
                if (needed_[n.in[0]]) backward::accumulate(adjoint[n.in[0]], {&g_, state[n.in[1]]});
            } else if (n.kind == op::scan_stack && adjoint_[i] >= 0) {
                backward::accumulate(adjoint[n.in[0]], emit::scan_slice(complete(adjoint_, i), again, !n.attribute[0]));
            }
        }
        derive_step(scan, end, again, adjoint, kept);
        finish_scan(scan, end, again, condition, adjoint, state, states);
    }
    constexpr void derive_step(int scan, int end, symbol again, growable<int>& adjoint, kept_steps& kept) {
        const open_scan steps(again);
        for (int i = end; i > scan; --i) {
            if (scopes_.runs[i] != scan) continue;
            enter_region_of(i);
            if (g_[i].kind == op::call) derive_call(i, adjoint, &kept);
            else if (adjoint[i] >= 0 && info(g_[i].kind).group != family::scan) derive(i, adjoint, &kept);
        }
        for (int i = scan; i <= end; ++i)
            if (adjoint[i] >= 0 && scopes_.exists[i] == scan) adjoint[i] = complete(adjoint, i).id;
    }
    /// A step that is taken on a condition is gone back on the same.
    constexpr symbol copied_condition(int scan, symbol again, int& states) {
        const int condition = condition_of(g_, scan);
        if (condition < 0) return again;
        const symbol holds{&g_, g_[condition].in[0]}, state = emit::scan_state(holds, again, states++);
        return emit::scan_next(holds, state, again);
    }
    /// True if y depends on what leaves the scan.
    constexpr bool is_reached(int scan) const {
        for (int i = scan; i <= last_; ++i)
            if (info(g_[i].kind).group == family::scan && scopes_.runs[i] == scan && adjoint_[i] >= 0) return true;
        return false;
    }
    constexpr void finish_scan(int scan, int end, symbol again, symbol last, const growable<int>& adjoint,
                               const growable<int>& state, int states) {
        const bool may_not_run = is_while(g_[scan]);  // then what it makes is a state, which begins as zeros
        growable<int> nexts, targets;
        const auto next = [&](symbol value, symbol of, int to) {
            last = emit::scan_next(value, of, last);
            nexts.push(last.id);
            targets.push(to);
        };
        for (int i = scan + 1; i <= end; ++i)
            if (state[i] >= 0)
                next(adjoint[i] >= 0 ? symbol{&g_, adjoint[i]} : zeros_like(i), {&g_, state[i]}, g_[i].in[0]);
        const scan_scopes now(g_);
        growable<int> products;
        for (int i = 0; i < end; ++i) {  // what the steps read from outside
            if (scopes_.exists[i] == scan || adjoint[i] < 0) continue;
            if (!may_not_run && is_product_of_steps(adjoint[i], again.id, now)) {
                products.push(i);
                continue;
            }
            const symbol sum = emit::scan_state(zeros_like(i, arithmetic_type(g_[i].type)), again, states++);
            next(emit::elementwise(op::add, sum, emit::widened({&g_, adjoint[i]})), sum, i);
        }
        const auto is_own_slice = [&](int i) {
            return g_[i].kind == op::scan_slice && g_[i].in[1] == scan && adjoint[i] >= 0;
        };
        for (int i = scan + 1; may_not_run && i < end; ++i)
            if (is_own_slice(i)) next({&g_, adjoint[i]}, emit::scan_state(zeros_like(i), again, states++), g_[i].in[0]);
        const scan_twin twin(again, last);
        growable<symbol> results;
        for (const int n : nexts) results.push(twin({&g_, n}));
        for (const int i : products) {
            results.push(product_of_steps(adjoint[i], again, twin, twin(last)));
            targets.push(i);
        }
        for (int i = scan + 1; !may_not_run && i < end; ++i)
            if (is_own_slice(i)) {
                results.push(emit::scan_stack(twin({&g_, adjoint[i]}), twin(last), !g_[i].attribute[0]));
                targets.push(g_[i].in[0]);
            }
        if (!g_.open_scans.empty() && !scan_scopes(g_).are_apart)
            scan_block::make(again, {results.data(), static_cast<std::size_t>(results.size())});
        for (int k = 0; k < results.size(); ++k)
            if (const int to = targets[k]; needed_[to])
                backward::accumulate(adjoint_[to], emit::reshape(results[k], g_[to].extents));
    }

    // ------------------------------------------------------------ calls
    /// A call of the block that computes the derivative, from the results' derivatives, the operands and values of the
    /// block, which become results of the call.
    constexpr void derive_call(int call, growable<int>& adjoint, kept_steps* kept) {
        const growable<int> chain = operands_of_call(g_, call);
        graph& home = emit::caller_of(g_);
        auto called = static_cast<int>(g_[call].attribute[0]);
        if (const int of = home.blocks[called].silent_of; of >= 0) called = of;
        growable<int> by, to, given;
        growable<symbol> dy;
        for (int k = 0; k < chain.size(); ++k) {
            const int value = g_[chain[k]].in[0];
            if (!needed_[value] || !is_float(g_[value].type)) continue;
            by.push(k);
            to.push(value);
        }
        const graph_block& block = home.blocks[called];
        for (int number = 0; number < block.body.roots.size() + block.kept.size(); ++number) {
            const int i = g_.find(emit::result_of_call(g_, call, block, number));
            if (i < 0 || i > last_ || adjoint[i] < 0) continue;
            given.push(number);
            dy.push(complete(adjoint, i));
        }
        if (given.empty() || by.empty()) return;
        const int derivative = derivative_of_block(home, called, by, given);
        if (const mistake& m = home.blocks[derivative].body.error; m.what != mistake_kind::none) {
            if (g_.error.what == mistake_kind::none) g_.error = m, g_.error.line = line_;
            return;
        }
        growable<symbol> operands;
        for (const int value : home.blocks[derivative].reads) {
            const node& n = home.blocks[called].differentiated[value];
            const int leaf = n.kind == op::leaf ? static_cast<int>(n.attribute[0]) : -1;
            if (leaf >= home.blocks[called].operands) {
                int k = 0;
                while (given[k] != leaf - home.blocks[called].operands) ++k;
                operands.push(dy[k]);
            } else {
                const int i = leaf >= 0 ? g_[chain[leaf]].in[0] : kept_result(call, home.blocks[called], value);
                operands.push(kept ? kept->again(i) : symbol{&g_, i});
            }
        }
        growable<symbol> dx(to.size());
        emit::call(g_, derivative, operands, {dx.data(), dx.data() + dx.size()});
        for (int k = 0; k < to.size(); ++k) backward::accumulate(adjoint[to[k]], dx[k].plain());
    }
    /// The result of a call that is this value of its block.
    constexpr int kept_result(int call, const graph_block& block, int value) {
        int number = 0;
        while (emit::value_of_result(block, number) != value) ++number;
        node n = emit::result_of_call(g_, call, block, number);
        if (const int i = g_.find(n); i >= 0) return i;
        n.extents = emit::extents_of_result(g_, call, block, number);
        const int outer = std::exchange(g_.copy, 0);  // it stands where the call does
        const int made = g_.add(n);
        g_.copy = outer;
        return made;
    }
    /// The block that computes it.
    static constexpr int derivative_of_block(graph& home, int of, const growable<int>& by, const growable<int>& given) {
        for (int i = 0; i < home.blocks.size(); ++i)
            if (const graph_block& b = home.blocks[i];
                b.derivative_of == of && are_equal(b.by, by) && are_equal(b.given, given))
                return i;
        graph whole = std::move(home.blocks[of].differentiated);
        if (whole.nodes.empty()) whole = home.blocks[of].body;
        growable<symbol> y, dy, x;
        for (const int number : given) {
            y.push({&whole, emit::value_of_result(home.blocks[of], number)});
            node leaf;
            leaf.kind = op::leaf;
            leaf.type = y.back().type();
            leaf.attribute[0] = home.blocks[of].operands + number;
            leaf.extents = y.back().extents();
            dy.push({&whole, whole.add(leaf)});
        }
        for (const int number : by) {
            int i = 0;
            while (whole[i].kind != op::leaf || whole[i].attribute[0] != number) ++i;
            x.push({&whole, i});
        }
        walk back(y, dy, x);
        back.run();
        growable<int> dx;
        for (const symbol& s : x) {
            const int d = back.adjoint_of(s);
            dx.push(d >= 0 ? d : emit::broadcast_to(emit::constant(whole, s.type(), 0), s.extents()).id);
        }
        derivative_cut cut(whole, home.blocks[of], dx);
        graph_block made;
        made.derivative_of = of;
        made.by = by;
        made.given = given;
        made.reads = std::move(cut.reads);
        made.operands = made.reads.size();
        made.keeps = home.blocks[of].keeps;
        made.body = std::move(cut.body);
        graph_block& block = home.blocks[of];
        for (const int i : made.reads) {
            bool is_known = whole[i].kind == op::leaf;
            for (const root& r : block.body.roots) is_known = is_known || r.id == i;
            for (const int k : block.kept) is_known = is_known || k == i;
            if (!is_known) block.kept.push(i);
        }
        block.differentiated = std::move(whole);
        return emit::add_block(home, std::move(made));
    }
    static constexpr bool are_equal(const growable<int>& a, const growable<int>& b) {
        bool equal = a.size() == b.size();
        for (int i = 0; equal && i < a.size(); ++i) equal = a[i] == b[i];
        return equal;
    }

    /// A weight's derivative by one step, A' B: summed over the steps it is one product, of all A and of all B.
    constexpr bool is_product_of_steps(int i, int scan, const scan_scopes& now) const {
        const node& n = g_[i];
        if (n.kind != op::matmul || n.extents.rank != 2) return false;
        const node& turned = g_[n.in[0]];
        if (turned.kind != op::transpose || g_[turned.in[0]].extents.rank != 2) return false;
        return now.exists[turned.in[0]] == scan && now.exists[n.in[1]] == scan;
    }
    constexpr symbol product_of_steps(int i, symbol again, const scan_twin& twin, symbol last) {
        const auto all_rows = [&](int step) {  // (T, N, K) -> (T N, K)
            const node n = g_[step];
            const bool is_kept = n.kind == op::scan_slice && n.in[1] == again.id && n.attribute[0] == 1;
            const symbol all = is_kept ? symbol{&g_, n.in[0]} : emit::scan_stack(twin({&g_, step}), last, true);
            const shape s = all.extents();
            return emit::reshape(all, shape(g_.dims.multiply(s[0], s[1]), s[2]));
        };
        const node n = g_[i];
        const symbol a = all_rows(g_[n.in[0]].in[0]), b = all_rows(n.in[1]);
        return emit::matmul(emit::swap_last(a), b);
    }

    graph& g_;
    unsigned line_;  // of the call that asks for the derivative
    scan_scopes scopes_;
    growable<bool> needed_;  // on a path from an x to y
    growable<int> adjoint_;
    growable<int> done_;               // scans
    growable<bool> users_conditions_;  // met so far
    int first_, last_;
};

}  // namespace differentiation

/// What the derivative by a value is that y does not depend on.
enum class without_path { is_a_mistake, is_zero };

/// dx[i] = d y / d x[i], for i < count.
///
/// errors    E130 gradient_of_a_non_scalar, E132 gradient_of_an_integer, E133 no_path_for_the_gradient,
///           E135 gradient_through_a_while_loop
constexpr void differentiate(symbol y, const symbol* x, int count, symbol* dx,
                             without_path absent = without_path::is_a_mistake) {
    graph& g = *y.g;
    for (int i = 0; i < count; ++i) dx[i] = x[i];
    if (y.rank() != 0) return g.fail({mistake_kind::gradient_of_non_scalar, op::leaf, {}, {}, 0, y.extents(), {}, 0});
    if (!is_float(y.type())) return g.fail({mistake_kind::gradient_of_integer, op::leaf, y.type(), {}, 0, {}, {}, 0});
    for (int i = 0; i < count; ++i)
        if (!is_float(x[i].type()))
            return g.fail({mistake_kind::gradient_of_integer, op::leaf, x[i].type(), {}, 0, {}, {}, 0});

    growable<symbol> by;
    for (int i = 0; i < count; ++i) by.push(x[i]);
    differentiation::walk walk(growable<symbol>(1, y), growable<symbol>(1, emit::constant(g, y.type(), 1)), by);
    walk.run();
    for (int i = 0; i < count; ++i) {
        const int d = walk.adjoint_of(x[i]);
        if (d < 0 && absent == without_path::is_a_mistake) return walk.fail(mistake_kind::no_gradient_path);
        if (d < 0) dx[i] = emit::broadcast_to(emit::constant(g, x[i].type(), 0), x[i].extents());
        else dx[i] = symbol{&g, d, x[i].linear};
    }
}

/// d y / d x.
constexpr symbol differentiate(symbol y, symbol x) {
    symbol dx;
    differentiate(y, &x, 1, &dx);
    return dx;
}

}  // namespace telar::inline TELAR_ABI::ir::passes
