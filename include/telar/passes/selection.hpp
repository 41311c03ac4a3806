// SPDX-License-Identifier: BSL-1.0
// A derivative that was selected to be 0 stays 0, also where what it is multiplied by is infinite or NaN.
//
// The graph itself says where. A derivative is select(c, d, 0), or movements, sums, routines and products were applied
// to one; then the condition takes the same way as the zeros. A rule that multiplies it moves the selection outward,
// select(c, d, 0) * s is select(c, d * s, 0): the same number of instructions, and no 0 * inf.
//
// Two kinds of conditions. A user's, of where and cond, is heeded by every rule: the branch that is not taken may hold
// anything. That of relu, maximum and the like is heeded where the factor may be infinite for finite operands
// (of exp, log, a root, a quotient ...). Other products leave it where it is, so that training pays nothing.
#pragma once
#include <telar/graph/scan.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace differentiation {

constexpr symbol if_else(symbol condition, symbol a, symbol b) {
    return emit::elementwise(op::select, condition, a, b);
}

/// A derivative that is d where the condition holds (or does not, by `holds`), else 0. The condition broadcasts to d.
struct selection {
    symbol condition{};
    bool holds = true, is_users = false;
    symbol d{};

    constexpr bool is_found() const { return condition.g != nullptr; }
    /// x where the derivative was not selected to be 0, else 0.
    constexpr symbol of(symbol x) const {
        const symbol zero = emit::constant(*x.g, x.type(), 0);
        return holds ? if_else(condition, x, zero) : if_else(condition, zero, x);
    }
    /// The same, of which x is where the selection stays.
    constexpr selection with(symbol moved_condition, symbol moved) const {
        return {moved_condition, holds, is_users, moved};
    }
    /// A condition that holds where d counts.
    constexpr symbol positive() const { return holds ? condition : emit::elementwise(op::logical_not, condition); }
};

/// True if a condition is the same along an axis; the last one is 1.
constexpr bool is_same_along(symbol c, int from_last) {
    return c.rank() < from_last || c.g->dims.resolve(c.extents()[c.rank() - from_last]) == 1;
}

/// Finds the selection of a derivative by looking at what made it, a few nodes deep.
class selection_finder {
public:
    selection_finder() = default;
    constexpr explicit selection_finder(growable<bool>& users) : users_(&users) {}

    /// The outermost: what it holds may be selected again.
    constexpr selection operator()(symbol d) const { return find(d, most_nodes_deep); }
    /// False if the graph has no condition that the user wrote, so that none can be found.
    constexpr bool has_users() const { return users_ != nullptr && !users_->empty(); }
    /// From now on a condition counts as the user's.
    constexpr void remember(symbol condition) const {
        if (users_ == nullptr) return;
        if (users_->size() <= condition.id) users_->resize(condition.id + 1);
        (*users_)[condition.id] = true;
    }
    /// All selections of d as one. With `same_along`, only those that are the same along that axis; 1 is the last axis.
    constexpr selection whole(symbol d, int same_along = 0) const { return find_all(d, most_nodes_deep, same_along); }

private:
    static constexpr int most_nodes_deep = 16;
    growable<bool>* users_ = nullptr;  // by node: whether it is a condition that the user wrote

    constexpr selection find(symbol d, int depth) const {
        if (depth == 0) return {};
        graph& g = *d.g;
        const node n = d.self();
        switch (n.kind) {
            case op::select:
                if (is_zero(g, n.in[2])) return {{&g, n.in[0]}, true, is_users(n.in[0]), {&g, n.in[1]}};
                if (is_zero(g, n.in[1])) return {{&g, n.in[0]}, false, is_users(n.in[0]), {&g, n.in[2]}};
                return {};
            case op::add: return joined(d, find_all({&g, n.in[0]}, depth - 1), n.in[1], depth);
            case op::matmul: return of_product(d, depth);
            case op::mul:
                if (const selection s = find_all({&g, n.in[1]}, depth - 1); s.is_found()) return s.with(s.condition, d);
                break;
            case op::neg:
            case op::div:
            case op::cast:
            case op::stop_gradient:
            case op::broadcast_to:
            case op::reshape:
            case op::transpose:
            case op::slice:
            case op::reverse:
            case op::scan_slice:
            case op::scan_stack:
            case op::pad:
            case op::windows:
            case op::overlap_add:
            case op::gather:
            case op::cumsum:
            case op::recurrence:
            case op::sum: break;
            case op::concat: return beside(d, depth);
            case op::scatter: return scattered(d, depth);
            case op::scan_state:
            case op::scan_next: return chosen_side(d, depth);
            default: return {};
        }
        const selection s = find_all({&g, n.in[0]}, depth - 1);
        if (!s.is_found()) return {};
        switch (n.kind) {
            case op::sum: return reduced(s, d);
            case op::pad: return padded(s, d);
            case op::windows:
            case op::overlap_add: return in_windows(s, d);
            case op::gather: return gathered(s, d);
            case op::cumsum:
            case op::recurrence: return accumulated(s, d);
            default: return s.with(moved(s.condition, n), d);
        }
    }
    /// The selection of d, joined with those inside of what it selects.
    constexpr selection find_all(symbol d, int depth, int same_along = 0) const {
        selection all{};
        for (symbol at = d; depth > 0; --depth) {
            const selection s = find(at, depth);
            if (!s.is_found()) break;
            if (same_along == 0 || is_same_along(s.condition, same_along)) all = both(all, s.with(s.condition, d));
            if (s.d.id == at.id) break;
            at = s.d;
        }
        return all;
    }
    static constexpr selection both(const selection& a, const selection& b) {
        if (!a.is_found() || (a.condition.id == b.condition.id && a.holds == b.holds)) return b;
        return {emit::elementwise(op::logical_and, a.positive(), b.positive()), true, a.is_users || b.is_users, b.d};
    }
    constexpr bool is_users(int condition) const {
        return users_ != nullptr && condition < users_->size() && (*users_)[condition];
    }
    static constexpr bool is_zero(const graph& g, int i) {
        while (g[i].kind == op::broadcast_to || g[i].kind == op::reshape) i = g[i].in[0];
        return g[i].kind == op::constant && number_of(g[i]) == 0;
    }
    /// A sum is 0 where both of its terms are.
    constexpr selection joined(symbol d, const selection& a, int other, int depth) const {
        if (!a.is_found()) return {};
        const selection b = find_all({d.g, other}, depth - 1);
        if (!b.is_found()) return {};
        if (a.condition.id == b.condition.id && a.holds == b.holds) return a.with(a.condition, d);
        return {emit::elementwise(op::logical_or, a.positive(), b.positive()), true, a.is_users && b.is_users, d};
    }
    /// A row of a product is 0 where that row of the left operand is; a column where that column of the right one is.
    constexpr selection of_product(symbol d, int depth) const {
        graph& g = *d.g;
        const node n = d.self();
        if (g[n.in[0]].extents.rank < 2 || g[n.in[1]].extents.rank < 2) return {};
        if (const selection s = find_all({&g, n.in[0]}, depth - 1, 1); s.is_found()) return s.with(s.condition, d);
        if (const selection s = find_all({&g, n.in[1]}, depth - 1, 2); s.is_found()) return s.with(s.condition, d);
        return {};
    }
    /// A sum is 0 where all that it takes together is. That is worth a reduction of its own if the user asked for it.
    constexpr selection reduced(const selection& s, symbol d) const {
        const node n = d.self();
        const symbol c = ranked(s.condition, d.rank());
        unsigned axes = 0;
        for (int i = 0; i < c.rank(); ++i)
            if ((n.attribute[0] >> i & 1) != 0 && d.g->dims.resolve(c.extents()[i]) != 1) axes |= 1u << i;
        if (axes == 0) return s.with(s.condition, d);
        if (!s.is_users) return {};
        return {emit::reduce(op::any, ranked(s.positive(), d.rank()), axes, true), true, true, d};
    }
    /// The padding is 0 as well.
    static constexpr selection padded(const selection& s, symbol d) {
        const node n = d.self();
        const shape from = (*d.g)[n.in[0]].extents;
        unsigned axes = 0;
        for (int i = 0; i < from.rank; ++i)
            if (!d.g->dims.same(from[i], n.extents[i])) axes |= 1u << i;
        const symbol c = spread(s.positive(), from, axes);
        return {emit::pad(c, n.attribute, spread(c.extents(), n.extents, axes)), true, s.is_users, d};
    }
    /// Each part of a concatenation has a condition of its own.
    constexpr selection beside(symbol d, int depth) const {
        const node n = d.self();
        graph& g = *d.g;
        const int axis = static_cast<int>(n.attribute[0]);
        symbol c[2];
        bool is_found = false, is_users = true;
        unsigned axes = 1u << axis;
        for (int k = 0; k < 2; ++k) {
            const selection s = find_all({&g, n.in[k]}, depth - 1);
            c[k] = ranked(s.is_found() ? s.positive() : emit::constant(g, dtype::boolean, 1), d.rank());
            is_found = is_found || s.is_found();
            is_users = is_users && (s.is_users || !s.is_found());
            for (int i = 0; i < d.rank(); ++i)
                if (g.dims.resolve(c[k].extents()[i]) != 1) axes |= 1u << i;
        }
        if (!is_found) return {};
        for (int k = 0; k < 2; ++k) c[k] = spread(c[k], g[n.in[k]].extents, axes);
        return {emit::concat(c[0], c[1], axis), true, is_users, d};
    }
    /// A gathered element is 0 where the element that it was taken from is.
    static constexpr selection gathered(const selection& s, symbol d) {
        const node n = d.self();
        const int axis = static_cast<int>(n.attribute[0]);
        if (is_same_along(s.condition, d.rank() - axis)) return s.with(s.condition, d);
        const symbol c = spread(s.positive(), (*d.g)[n.in[0]].extents);
        return {emit::gather(c, {d.g, n.in[1]}, axis, emit::outside::is_nothing), true, s.is_users, d};
    }
    /// Scattered zeros leave the zeros of the operand as they are. Scattered into zeros, selected values are selected
    /// in their new places.
    constexpr selection scattered(symbol d, int depth) const {
        const node n = d.self();
        graph& g = *d.g;
        const int axis = static_cast<int>(n.attribute[0]);
        const emit::joined j = emit::joined_of(n.attribute[1]);
        if (j != emit::joined::add && j != emit::joined::update) return {};
        if (is_zero(g, n.in[2])) {
            const selection s = find_all({&g, n.in[0]}, depth - 1);
            return s.is_found() ? s.with(s.condition, d) : selection{};
        }
        if (!is_zero(g, n.in[0])) return {};
        const selection s = find_all({&g, n.in[2]}, depth - 1);
        if (!s.is_found() || is_same_along(s.condition, d.rank() - axis)) return s.with(s.condition, d);
        if (!s.is_users) return {};
        const symbol counts = emit::cast(spread(s.positive(), g[n.in[2]].extents), d.type());
        const symbol zeros = emit::broadcast_to(emit::constant(g, d.type(), 0), d.extents());
        return {emit::scatter_add(zeros, {&g, n.in[1]}, counts, axis, emit::outside::is_nothing) > 0, true, true, d};
    }
    /// A side of cond is a step that is taken once or not at all. It reads its initial state, and gives either that
    /// state or a new one, of which one is 0.
    constexpr selection chosen_side(symbol d, int depth) const {
        const node n = d.self();
        graph& g = *d.g;
        const bool leaves = n.kind == op::scan_next;
        const node state = leaves ? g[n.in[1]] : n;
        if (!is_one_step_at_most(g[state.in[1]])) return {};
        const bool is_made = leaves && is_zero(g, state.in[0]);
        if (leaves && !is_made && !is_zero(g, n.in[0])) return {};
        const selection s = find_all({&g, is_made ? n.in[0] : state.in[0]}, depth - 1);
        if (!s.is_found() || (is_made && scan_scopes(g).exists[s.condition.id] >= 0)) return {};
        return s.with(s.condition, d);
    }
    /// A window has the conditions of its elements; an element is selected if any of its windows selects it.
    static constexpr selection in_windows(const selection& s, symbol d) {
        const node n = d.self();
        const shape from = (*d.g)[n.in[0]].extents, &apart = n.kind == op::windows ? n.extents : from;
        const int axis = static_cast<int>(n.attribute[0]);
        const unsigned axes = n.kind == op::windows ? 1u << axis : 3u << axis;
        const emit::window_places places{axis, apart[axis + 1], n.attribute[1], n.attribute[2]};
        const symbol c = spread(s.positive(), from, axes);
        if (n.kind == op::windows) return {emit::windows(c, places), true, s.is_users, d};
        if (!s.is_users) return {};
        shape to = emit::without(c.extents(), 2u << axis);
        to[axis] = n.extents[axis];
        return {emit::overlap_add(emit::cast(c, d.type()), places, to) > 0, true, true, d};
    }
    /// A cumulative sum is 0 where all terms before it are.
    static constexpr selection accumulated(const selection& s, symbol d) {
        const node n = d.self();
        const int axis = static_cast<int>(n.attribute[0]);
        if (is_same_along(s.condition, d.rank() - axis)) return s.with(s.condition, d);
        if (!s.is_users || n.kind == op::recurrence) return {};
        const symbol counts = emit::cast(spread(s.positive(), n.extents, 1u << axis), d.type());
        return {emit::cumulate(op::cumsum, counts, axis, emit::cumulation_of(n.attribute[1])) > 0, true, true, d};
    }

    /// The extents of c, with those of `whole` along the axes.
    static constexpr shape spread(shape c, const shape& whole, unsigned axes) {
        for (int i = 0; i < c.rank; ++i)
            if (axes >> i & 1) c[i] = whole[i];
        return c;
    }
    static constexpr symbol spread(symbol c, const shape& whole, unsigned axes = ~0u) {
        c = ranked(c, whole.rank);
        return emit::broadcast_to(c, spread(c.extents(), whole, axes));
    }
    /// The condition with axes of extent 1 before its own.
    static constexpr symbol ranked(symbol c, int rank) {
        shape s;
        for (int i = c.rank(); i < rank; ++i) s.append(1);
        for (int i = 0; i < c.rank(); ++i) s.append(c.extents()[i]);
        return emit::reshape(c, s);
    }
    /// The condition where a movement puts what it is about. An extent of 1 stays 1: products ask for it.
    static constexpr symbol moved(symbol c, const node n) {
        const shape from = (*c.g)[n.in[0]].extents;
        const dimensions& dims = c.g->dims;
        if (n.kind == op::scan_slice) return of_step(ranked(c, from.rank), n);
        if (n.kind == op::scan_stack) return of_steps(ranked(c, from.rank), n);
        if (c.rank() == 0 || !is_movement(n.kind) || n.kind == op::broadcast_to) return c;
        if (n.kind == op::reshape) return reshaped(c, from, n.extents);
        c = ranked(c, from.rank);
        if (n.kind == op::transpose) return emit::transpose(c, n.attribute);
        if (n.kind == op::reverse) return emit::reverse(c, static_cast<unsigned>(n.attribute[0]));
        extent_t start[max_rank]{};
        shape size = n.extents;
        for (int i = 0; i < size.rank; ++i)
            if (dims.resolve(c.extents()[i]) == 1) size[i] = 1;
            else start[i] = n.attribute[i];
        return emit::slice(c, start, size);
    }
    static constexpr symbol of_step(symbol c, const node n) {
        if (c.g->dims.resolve(c.extents()[0]) == 1) return emit::reshape(c, emit::without(c.extents(), 1));
        return emit::scan_slice(c, {c.g, n.in[1]}, n.attribute[0] != 0);
    }
    static constexpr symbol of_steps(symbol c, const node n) {
        if (scan_scopes(*c.g).exists[c.id] >= 0) return emit::scan_stack(c, {c.g, n.in[1]}, n.attribute[0] != 0);
        shape one(1);
        for (int i = 0; i < c.rank(); ++i) one.append(c.extents()[i]);
        return emit::reshape(c, one);
    }
    static constexpr symbol reshaped(symbol c, shape from, shape to) {
        const dimensions& dims = c.g->dims;
        const bool keeps_last = from.rank > 0 && to.rank > 0 && dims.same(from[from.rank - 1], to[to.rank - 1]);
        if (keeps_last && is_same_along(c, 1)) from[from.rank - 1] = to[to.rank - 1] = 1;
        return emit::reshape(emit::broadcast_to(c, from), to);
    }
};

/// Which selections a rule heeds.
enum class heeds { all, users };
/// All of them if the factor may be infinite for finite operands.
constexpr heeds heeded_beside(symbol factor) {
    const graph& g = *factor.g;
    int i = factor.id;
    while (is_movement(g[i].kind)) i = g[i].in[0];
    switch (g[i].kind) {
        case op::exp:
        case op::expm1:
        case op::log:
        case op::log1p:
        case op::tan:
        case op::sinh:
        case op::cosh:
        case op::atanh:
        case op::erfinv:
        case op::erfcinv:
        case op::lgamma:
        case op::digamma:
        case op::div:
        case op::pow: return heeds::all;
        default: return heeds::users;
    }
}
/// f(d), element by element, but 0 where d was selected to be.
template <class F> constexpr symbol through(symbol d, const selection_finder& find, heeds h, F f) {
    if (h == heeds::users && !find.has_users()) return f(d);
    symbol at = d;
    selection s = find(at);
    while (s.is_found() && h == heeds::users && !s.is_users) {  // the user's may stand behind one that is not heeded
        if (s.d.id == at.id) return f(d);
        at = s.d;
        s = find(at);
    }
    if (!s.is_found()) return f(d);
    if (s.is_users) find.remember(s.condition);
    return s.of(at.id != d.id || s.d.id == d.id ? f(d) : through(s.d, find, h, f));
}

/// x without the lines that meet nothing but zeros in a product with the derivative d: those whose element of d was
/// selected to be 0 along all of the last axis, or (of the last but one) along all of that.
constexpr symbol lines_that_count(symbol x, symbol d, const selection_finder& find, int same_along) {
    if (!find.has_users()) return x;
    const selection s = find.whole(d, same_along);
    if (!s.is_found() || !s.is_users) return x;
    const dimensions& dims = x.g->dims;
    const shape c = s.condition.extents();
    for (int i = 1; i <= c.rank; ++i) {
        const bool is_one = dims.resolve(c[c.rank - i]) == 1;
        if (i == same_along && !is_one) return x;
        if (!is_one && (i > x.rank() || !dims.same(c[c.rank - i], x.extents()[x.rank() - i]))) return x;
    }
    return s.of(x);
}

}  // namespace differentiation
}  // namespace telar::inline TELAR_ABI::ir::passes
