// SPDX-License-Identifier: BSL-1.0
// The derivative of every operation: one table, a row per op, written with the operators a user writes. Rules emit the
// primitives themselves, so second derivatives need nothing more.
#pragma once
#include <telar/expr/math.hpp>
#include <telar/graph/call.hpp>
#include <telar/graph/own_derivative.hpp>
#include <telar/graph/scan.hpp>
#include <telar/passes/selection.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

namespace differentiation {

/// Sums `d` over the axes along which a value of shape `to` was broadcast.
constexpr symbol unbroadcast(symbol d, const shape& to) {
    const graph& g = *d.g;
    unsigned axes = 0;
    const int added = d.rank() - to.rank;
    for (int i = 0; i < d.rank(); ++i)
        if (i < added || (g.dims.resolve(to[i - added]) == 1 && g.dims.resolve(d.extents()[i]) != 1)) axes |= 1u << i;
    return emit::reshape(emit::reduce(op::sum, d, axes, true), to);
}

/// How the values of a scan's steps are called in the scan that goes through them backward: what the rules read of them
/// is kept in the steps and read again.
class kept_steps {
public:
    constexpr kept_steps(graph& g, const scan_scopes& scopes, int scan, symbol last, symbol backward)
        : scopes_(scopes), scan_(scan), last_(last), backward_(backward), again_(g.size(), -1) {}

    constexpr symbol again(int i) {
        graph& g = *last_.g;
        const int stands_at = g[i].kind == op::call_result ? g[i].in[0] : i;  // it may be younger than its call
        if (stands_at >= scopes_.exists.size() || scopes_.exists[stands_at] != scan_) return {&g, i};
        if (i >= again_.size()) again_.resize(i + 1, -1);
        if (again_[i] < 0) {
            const node n = g[i];
            again_[i] = n.kind == op::scan_slice
                            ? emit::scan_slice({&g, n.in[0]}, backward_, !n.attribute[0]).id
                            : emit::scan_slice(emit::scan_stack({&g, i}, last_, false), backward_, true).id;
        }
        return {&g, again_[i]};
    }

private:
    const scan_scopes& scopes_;
    int scan_;
    symbol last_, backward_;
    growable<int> again_;
};

/// True of a rule that computes, and does not only move elements or pass them on: with numbers of two bytes it does so
/// in float32.
constexpr bool computes_derivative(const node& n) {
    const family f = info(n.kind).group;
    return (f == family::elementwise || f == family::reduction || f == family::routine) && n.kind != op::cast &&
           n.kind != op::stop_gradient;
}

/// True if the rule takes the distance of y from a bound, or its square, in which the rounding of a y of two bytes
/// counts for more than one: y is computed anew.
constexpr bool needs_exact_result(op k) {
    switch (k) {
        case op::expm1:
        case op::cbrt:
        case op::tan:
        case op::tanh:
        case op::sigmoid:
        case op::erfinv:
        case op::erfcinv: return true;
        default: return false;
    }
}

/// What a rule sees: y = f(x...), dy, and where to put the derivatives by the operands. Of numbers of two bytes it sees
/// float32, if it computes; what it gives is rounded once, when all derivatives by a value are added.
class backward {
public:
    symbol y, dy;

    const selection_finder find;

    constexpr backward(graph& g, int id, symbol seed, growable<int>& adjoint, const growable<bool>& needed,
                       growable<bool>& users_conditions, kept_steps* kept = nullptr)
        : find(users_conditions),
          id_(id),
          is_wide_(is_half(g[id].type) && computes_derivative(g[id])),
          kept_(kept),
          graph_(g),
          adjoint_(adjoint),
          needed_(needed) {
        y = is_wide_ && needs_exact_result(g[id].kind) ? emit::elementwise(g[id].kind, value_of(g[id].in[0]))
                                                       : value_of(id);
        dy = is_wide_ ? emit::widened(seed) : seed;
    }

    constexpr symbol x(int i) const { return value_of(self().in[i]); }
    /// A node before y, as the derivative reads it.
    constexpr symbol value_of(int id) const {
        const symbol value = kept_ ? kept_->again(id) : symbol{&graph_, id};
        return is_wide_ ? emit::widened(value) : value;
    }
    constexpr const node& self() const { return graph_[id_]; }
    /// True if the derivative by operand i is asked for.
    constexpr bool needs(int i) const { return needed_[self().in[i]]; }
    /// Remembers a condition as one that the user wrote.
    constexpr void choose(symbol condition) { find.remember(condition); }
    constexpr symbol zero() const { return emit::constant(*y.g, dy.type(), 0); }
    /// f(dy), but 0 where dy was selected to be. (Before who calls it: clang evaluates no template that comes later.)
    template <class F> constexpr symbol through(F f, heeds h = heeds::all) const {
        return differentiation::through(dy, find, h, f);
    }
    /// dy times what y changes by, or over one: 0 where dy was selected to be, whatever the factor is there.
    constexpr symbol times(symbol factor, heeds h = heeds::all) const {
        return through([&](symbol d) { return d * factor; }, h);
    }
    constexpr symbol over(symbol divisor) const {
        return through([&](symbol d) { return d / divisor; });
    }
    /// The same for operand i, by a factor that is a value or bounded.
    constexpr void give_times(int i, symbol factor) {
        if (needs(i)) give(i, times(factor, heeded_beside(factor)));
    }
    /// d, made of dy along an axis: 0 on the lines where all of dy was selected to be.
    constexpr symbol along(int axis, symbol d) const {
        const selection s = find.whole(dy);
        if (!s.is_found() || !s.is_users || !is_same_along(s.condition, dy.rank() - axis)) return d;
        find.remember(s.condition);
        return s.of(d);
    }
    /// Adds d to the derivative by operand i; sums over broadcast axes, or broadcasts, to the operand's shape.
    constexpr void give(int i, symbol d) { give_to(self().in[i], d); }
    /// The same for any node before y.
    constexpr void give_to(int to, symbol d) {
        if (!needed_[to]) return;
        const shape s = symbol{y.g, to}.extents();
        d = y.g->dims.same(d.extents(), s) ? d.plain()
            : is_smaller(d.extents(), s)   ? emit::broadcast_to(d, s)
                                           : unbroadcast(d, s);
        accumulate(adjoint_[to], d);
    }
    static constexpr void accumulate(int& sum, symbol d) {
        if (sum < 0) sum = d.id;
        else if (const int joined = beside(d, {d.g, sum}); joined >= 0) sum = joined;
        else sum = emit::elementwise(op::add, emit::widened({d.g, sum}), emit::widened(d)).id;
    }

private:
    constexpr bool is_smaller(const shape& a, const shape& b) const {
        if (a.rank > b.rank) return false;
        for (int i = 1; i <= a.rank; ++i)
            if (y.g->dims.resolve(a[a.rank - i]) != 1 && !y.g->dims.same(a[a.rank - i], b[b.rank - i])) return false;
        return true;
    }
    /// Derivatives by neighbouring slices of one value, zeros around both: they join, nothing has to be added. (An
    /// LSTM's four gates are slices of one product.) -1: they are something else.
    static constexpr int beside(symbol a, symbol b) {
        graph& g = *a.g;
        const node x = a.self(), y = b.self();
        if (x.kind != op::pad || y.kind != op::pad || x.type != y.type || !g.dims.same(x.extents, y.extents)) return -1;
        const shape from = g[x.in[0]].extents, other = g[y.in[0]].extents;
        int axis = -1;
        for (int i = 0; i < x.extents.rank; ++i) {
            if (g.dims.same(x.attribute[i], y.attribute[i]) && g.dims.same(from[i], other[i])) continue;
            if (axis >= 0 || !g.dims.same(g.dims.add(x.attribute[i], from[i]), y.attribute[i])) return -1;
            axis = i;
        }
        if (axis < 0) return -1;
        return emit::pad(emit::concat({&g, x.in[0]}, {&g, y.in[0]}, axis), x.attribute, x.extents).id;
    }
    int id_;
    bool is_wide_;
    kept_steps* kept_;
    graph& graph_;
    growable<int>& adjoint_;
    const growable<bool>& needed_;
};

/// The derivative that a node has of its own, if it has one (expr/control.hpp).
constexpr own_derivative own(const graph& g, const node& n) {
    if (n.kind != op::stop_gradient || n.copy == 0) return {};
    return g.own_derivatives[n.copy - 1];
}
constexpr void derive_own(backward& b) {
    graph& g = *b.y.g;
    const own_derivative rule = own(g, b.self());
    if (!rule.derive) return;
    growable<int> to(rule.count), dx(rule.count, -1);
    growable<derivative_operand> x(rule.count);
    for (int i = 0; i < rule.count; ++i) {
        x[i] = g.derivative_operands[rule.first + i];
        to[i] = x[i].id;
        x[i].id = b.value_of(to[i]).id;
    }
    const draw_scope scope(g, rule.draws);
    if (rule.is_elementwise)
        return b.give_to(to[0], b.through([&](symbol d) {
            rule.derive(g, x.data(), d.id, dx.data());
            return symbol{&g, dx[0]};
        }));
    rule.derive(g, x.data(), b.dy.id, dx.data());
    for (int i = 0; i < rule.count; ++i)
        if (dx[i] >= 0) b.give_to(to[i], {&g, dx[i]});
}

struct rule {
    op kind;
    void (*derive)(backward&);
};
constexpr void no_gradient(backward&) {}

constexpr symbol function_of(op k, symbol x) { return emit::elementwise(k, x); }

// ---- the rules that take more than a line
/// The axes of a reduction as one axis: the one that there is, or else the last, behind those that are kept.
class joined_axes {
public:
    constexpr joined_axes(symbol x, unsigned axes) : whole_(x.extents()) {
        int kept = 0, last = 0;
        for (int i = 0; i < x.rank(); ++i) kept += (axes >> i & 1) == 0, last = axes >> i & 1 ? i : last;
        axis_ = last;
        if (x.rank() - kept == 1) return;
        axis_ = kept;
        extent_t joined = 1;
        for (int i = 0, at = 0; i < x.rank(); ++i) {
            const bool is_joined = axes >> i & 1;
            permutation_[is_joined ? kept++ : at++] = i;
            if (is_joined) joined = x.g->dims.multiply(joined, whole_[i]);
            else flat_.append(whole_[i]);
        }
        flat_.append(joined);
    }
    constexpr int axis() const { return axis_; }
    constexpr symbol join(symbol x) const {
        return flat_.rank == 0 ? x : emit::reshape(emit::transpose(x, permutation_), flat_);
    }
    constexpr symbol part(symbol x) const {
        if (flat_.rank == 0) return x;
        shape apart;
        extent_t inverse[max_rank]{};
        for (int i = 0; i < whole_.rank; ++i) {
            apart.append(whole_[static_cast<int>(permutation_[i])]);
            inverse[permutation_[i]] = i;
        }
        return emit::transpose(emit::reshape(x, apart), inverse);
    }

private:
    shape whole_, flat_;  // flat: of rank 0 if there is nothing to join
    extent_t permutation_[max_rank]{};
    int axis_ = 0;
};
/// d prod / dx_i is the product of the others: of those before it times that of those behind. No division: right where
/// factors are 0, to every order.
constexpr void derive_product(backward& b) {
    const joined_axes axes(b.x(0), static_cast<unsigned>(b.self().attribute[0]));
    const symbol x = axes.join(b.x(0));
    const symbol before = emit::cumulate(op::cumprod, x, axes.axis(), {true, false});
    const symbol behind = emit::cumulate(op::cumprod, x, axes.axis(), {true, true});
    b.give(0, b.times(axes.part(before * behind)));
}
constexpr emit::window_places places_of(const backward& b) {
    const node n = b.self();
    const int axis = static_cast<int>(n.attribute[0]);
    const shape& apart = (n.kind == op::windows ? b.y : b.x(0)).extents();
    return {axis, apart[axis + 1], n.attribute[1], n.attribute[2]};
}
/// The place of each element among those that a reduction takes together, as argmax counts them.
constexpr symbol place_in_group(symbol x, unsigned axes) {
    graph& g = *x.g;
    symbol place = emit::constant(g, dtype::int64, 0);
    extent_t before = 1;  // elements that one step along the axis passes
    for (int i = x.rank() - 1; i >= 0; --i) {
        if (!(axes >> i & 1)) continue;
        shape along;
        for (int k = i; k < x.rank(); ++k) along.append(k == i ? x.extents()[i] : 1);
        const symbol steps = emit::reshape(emit::iota(g, x.extents()[i], dtype::int64), along);
        place = place + steps * emit::extent(g, before, dtype::int64);
        before = g.dims.multiply(before, x.extents()[i]);
    }
    return place;
}
/// Ties share the derivative equally, or it goes to the first, as TensorFlow's reductions and its pooling do. Beside a
/// NaN all are extremes: no comparison rules one out, and what made the NaN gets a derivative.
constexpr void derive_extreme(backward& b) {
    const node n = b.self();
    const unsigned axes = static_cast<unsigned>(n.attribute[0]);
    if (n.attribute[1] == static_cast<extent_t>(emit::ties::first)) {
        const symbol first = emit::reduce(n.kind == op::max ? op::argmax : op::argmin, b.x(0), axes, true);
        return b.give(0, if_else(place_in_group(b.x(0), axes) == first, b.dy, b.zero()));
    }
    const symbol is_passed = n.kind == op::max ? b.x(0) < b.y : b.y < b.x(0);
    const symbol is_extreme = if_else(is_passed, b.zero(), literal(*b.y.g, b.dy.type(), 1, true));
    b.give(0, if_else(is_passed, b.zero(), b.over(emit::reduce(op::sum, is_extreme, axes, true))));
}
constexpr void derive_transpose(backward& b) {
    extent_t inverse[max_rank]{};
    for (int i = 0; i < b.y.rank(); ++i) inverse[b.self().attribute[i]] = i;
    b.give(0, emit::transpose(b.dy, inverse));
}
constexpr void derive_concat(backward& b) {
    const int axis = static_cast<int>(b.self().attribute[0]);
    const shape lhs = b.x(0).extents(), rhs = b.x(1).extents();
    extent_t start[max_rank]{};
    b.give(0, emit::slice(b.dy, start, lhs));
    start[axis] = lhs[axis];
    b.give(1, emit::slice(b.dy, start, rhs));
}
constexpr void derive_slice(backward& b) {
    const node n = b.self();
    b.give(0, emit::pad(b.dy, n.attribute, b.x(0).extents()));
}
constexpr void derive_pad(backward& b) {
    const node n = b.self();
    b.give(0, emit::slice(b.dy, n.attribute, b.x(0).extents()));
}
constexpr void derive_cast(backward& b) {
    if (is_float(b.y.type()) && is_float(b.x(0).type())) b.give(0, emit::cast(b.dy, b.x(0).type()));
}
/// n x^(n - 1). Where n is 0 nothing changes, whatever x^-1 is.
constexpr symbol slope_of_power(symbol x, symbol n) {
    graph& g = *x.g;
    const node exponent = n.self();
    const auto power_of_x = [&](double k) { return emit::elementwise(op::pow, x, emit::constant(g, x.type(), k)); };
    if (exponent.kind == op::constant) {
        const double number = number_of(exponent);
        return n * power_of_x(number == 0 ? 0 : number - 1);
    }
    const symbol zero = emit::constant(g, x.type(), 0), is_steady = n == zero && !(function_of(op::abs, x) > zero);
    return n * emit::elementwise(op::pow, if_else(is_steady, literal(g, x.type(), 1, true), x), n - 1);
}
/// pow(a, b): log a only where a > 0, as TensorFlow's, so that the derivative by a constant exponent's partner is no
/// nan.
constexpr void derive_pow(backward& b) {
    const symbol x = b.x(0), n = b.x(1), zero = b.zero();
    if (b.needs(0)) b.give(0, b.times(slope_of_power(x, n)));
    if (!b.needs(1)) return;
    const symbol positive = x > zero;
    const symbol slope = b.y * function_of(op::log, if_else(positive, x, literal(*x.g, x.type(), 1, true)));
    b.give(1, if_else(positive, b.times(slope), zero));
}

constexpr void derive_gather(backward& b) {
    const symbol zero = b.zero(), zeros = emit::broadcast_to(zero, b.x(0).extents());
    const int axis = static_cast<int>(b.self().attribute[0]);
    b.give(0, emit::scatter_add(zeros, b.x(1), b.dy, axis, emit::outside::is_nothing));
}
/// True for each x that stands where it was put: that is, for each but those which a later one replaced.
constexpr symbol stands(symbol y, symbol indices, symbol x, int axis) {
    graph& g = *x.g;
    shape along;
    for (int i = axis; i < x.rank(); ++i) along.append(i == axis ? x.extents()[i] : 1);
    const symbol numbers = emit::reshape(emit::iota(g, x.extents()[axis], dtype::int64), along);
    const symbol zeros = emit::broadcast_to(emit::constant(g, dtype::int64, 0), y.extents());
    const symbol last = emit::scatter(zeros, indices, emit::broadcast_to(numbers, x.extents()), axis,
                                      emit::joined::update, emit::outside::is_nothing);
    return emit::gather(last, indices, axis, emit::outside::is_nothing) == numbers;
}
/// Where x took the place of y, y has no gradient, and of equal indices only the last x has one. The largest and the
/// smallest share theirs with all that are equal, as TensorFlow's.
constexpr void derive_scatter(backward& b) {
    const node n = b.self();
    const int axis = static_cast<int>(n.attribute[0]);
    const emit::joined j = emit::joined_of(n.attribute[1]);
    const auto at = [&](symbol s) { return emit::gather(s, b.x(1), axis, emit::outside::is_nothing); };
    const auto zeros = [&](const shape& s) { return emit::broadcast_to(b.zero(), s); };
    if (j == emit::joined::add) {
        b.give(0, b.dy);
        return b.give(2, at(b.dy));
    }
    if (j == emit::joined::update) {
        if (b.needs(0))
            b.give(0, emit::scatter(b.dy, b.x(1), zeros(b.x(2).extents()), axis, j, emit::outside::is_nothing));
        if (b.needs(2)) b.give(2, if_else(stands(b.y, b.x(1), b.x(2), axis), at(b.dy), b.zero()));
        return;
    }
    const symbol is_of_y = b.x(0) == b.y, is_of_x = b.x(2) == at(b.y);
    const symbol of_y = emit::cast(is_of_y, b.dy.type()), of_x = emit::cast(is_of_x, b.dy.type());
    const symbol share = b.over(emit::scatter_add(of_y, b.x(1), of_x, axis, emit::outside::is_nothing));
    b.give(0, if_else(is_of_y, share, b.zero()));
    b.give(2, if_else(is_of_x, at(share), b.zero()));
}

constexpr symbol shifted(symbol x, int axis, bool to_the_end) {  // by one; a zero enters
    extent_t one[max_rank]{}, none[max_rank]{};
    shape longer = x.extents();
    longer[axis] = x.g->dims.add(longer[axis], 1);
    one[axis] = 1;
    const symbol padded = emit::pad(x, to_the_end ? one : none, longer);
    return emit::slice(padded, to_the_end ? none : one, x.extents());
}
constexpr void derive_cumsum(backward& b) {
    const node n = b.self();
    b.give(0, emit::cumulate(op::cumsum, b.dy, static_cast<int>(n.attribute[0]),
                             emit::cumulation_of(n.attribute[1]).reversed()));
}
/// dy_j / dx_i is the product of what stands before i, times that of what stands between i and j. No division: right
/// where there are zeros too.
constexpr void derive_cumprod(backward& b) {
    const node n = b.self();
    const int axis = static_cast<int>(n.attribute[0]);
    const emit::cumulation c = emit::cumulation_of(n.attribute[1]);
    const symbol x = b.x(0), before = emit::cumulate(op::cumprod, x, axis, {true, c.reverse});
    const symbol behind = c.exclusive ? shifted(emit::recurrence(b.dy, x, axis, !c.reverse), axis, c.reverse)
                                      : emit::recurrence(b.dy, shifted(x, axis, c.reverse), axis, !c.reverse);
    b.give(0, b.along(axis, before * behind));
}
constexpr void derive_recurrence(backward& b) {
    const node n = b.self();
    const int axis = static_cast<int>(n.attribute[0]);
    const bool reverse = emit::cumulation_of(n.attribute[1]).reverse;
    const symbol d = emit::recurrence(b.dy, shifted(b.x(1), axis, reverse), axis, !reverse);
    b.give(0, b.along(axis, d));
    b.give(1, b.along(axis, d * shifted(b.y, axis, !reverse)));
}
constexpr void derive_sort(backward& b) {
    const node n = b.self();
    const symbol x = b.x(0), zero = b.zero(), zeros = emit::broadcast_to(zero, x.extents());
    const int axis = x.rank() - 1;
    const symbol places = emit::argsort(x, n.attribute[1] != 0, x.extents()[axis]);
    b.give(0, emit::scatter_add(zeros, places, b.dy, axis, emit::outside::is_nothing));
}

/// A matrix that many rows meet has one product of all of them as its derivative, not a sum of products. Rows and
/// columns that were selected to be 0 as a whole count for nothing, whatever they meet.
constexpr void derive_matmul(backward& b) {
    const symbol x = b.x(0), w = b.x(1);
    if (b.needs(0)) b.give(0, emit::matmul(b.dy, emit::swap_last(lines_that_count(w, b.dy, b.find, 2))));
    if (!b.needs(1)) return;
    const auto rows = [](symbol s) {
        const extent_t last = s.extents()[s.rank() - 1];
        return emit::reshape(s, shape(s.g->dims.count(emit::without(s.extents(), 1u << (s.rank() - 1))), last));
    };
    const symbol seen = lines_that_count(x, b.dy, b.find, 1);
    const bool is_one = w.rank() == 2 && x.rank() > 2;
    b.give(1,
           is_one ? emit::matmul(emit::swap_last(rows(seen)), rows(b.dy)) : emit::matmul(emit::swap_last(seen), b.dy));
}

/// The angle is atan(y / x) or, where |y| is larger, that of x / y from the other side: no square overflows.
constexpr void derive_atan2(backward& b) {
    const symbol y = b.x(0), x = b.x(1), one = literal(*x.g, x.type(), 1, true);
    const symbol is_wide = function_of(op::abs, x) >= function_of(op::abs, y);
    const symbol longer = if_else(is_wide, x, y), t = if_else(is_wide, y, x) / longer;
    const symbol d = b.over(longer * (1 + t * t));
    b.give(0, differentiation::through(d, b.find, heeds::all, [&](symbol s) { return s * if_else(is_wide, one, t); }));
    b.give(1,
           differentiation::through(d, b.find, heeds::all, [&](symbol s) { return -(s * if_else(is_wide, t, one)); }));
}

// clang-format off
struct one_minus_square {  // 1 - x^2 without the square's rounding, which is all that is left near 1
    static constexpr symbol value(symbol x) { return (1 - x) * (1 + x); }
    static constexpr symbol slope(symbol x) { return -2 * x; }
};
struct logistic {  // y (1 - y) without the difference from 1
    static constexpr symbol value(symbol x) { return function_of(op::sigmoid, x); }
    static constexpr symbol slope(symbol x) { return emit::with_slope<logistic>(x) * emit::with_slope<logistic>(-x); }
};
struct height_of_circle {  // sqrt(1 - x^2)
    static constexpr symbol value(symbol x) { return function_of(op::sqrt, one_minus_square::value(x)); }
    static constexpr symbol slope(symbol x) { return -x / emit::with_slope<height_of_circle>(x); }
};
struct height_of_hyperbola {  // sqrt(1 + x^2), of which only |x| is left where the square overflows
    static constexpr double one_is_lost(dtype t) { return t == dtype::float16 ? 100 : t == dtype::float64 ? 1e100 : 1e10; }
    static constexpr symbol value(symbol x) {
        const symbol far = function_of(op::abs, x);
        return if_else(far > one_is_lost(x.type()), far, function_of(op::sqrt, 1 + x * x));
    }
    static constexpr symbol slope(symbol x) { return x / emit::with_slope<height_of_hyperbola>(x); }
};
// clang-format on

// clang-format off
inline constexpr rule rules[] = {
    {op::leaf,          no_gradient},
    {op::constant,      no_gradient},
    {op::extent,        no_gradient},
    {op::iota,          no_gradient},

    {op::neg,           [](backward& b) { b.give(0, -b.dy); }},
    {op::abs,           [](backward& b) { b.give(0, if_else(b.x(0) == b.zero(), b.zero(), b.times(function_of(op::sign, b.x(0))))); }},
    {op::sign,          no_gradient},
    {op::exp,           [](backward& b) { b.give(0, b.times(b.y)); }},
    {op::expm1,         [](backward& b) { b.give(0, b.times(function_of(op::exp, b.x(0)))); }},
    {op::log,           [](backward& b) { b.give(0, b.over(b.x(0))); }},
    {op::log1p,         [](backward& b) { b.give(0, b.over(1 + b.x(0))); }},
    {op::sqrt,          [](backward& b) { b.give(0, b.times(0.5 / b.y)); }},
    {op::cbrt,          [](backward& b) { b.give(0, b.over(3 * b.y * b.y)); }},
    {op::sin,           [](backward& b) { b.give_times(0, function_of(op::cos, b.x(0))); }},
    {op::cos,           [](backward& b) { b.give_times(0, -function_of(op::sin, b.x(0))); }},
    {op::tan,           [](backward& b) { b.give(0, b.times(1 + b.y * b.y)); }},
    {op::asin,          [](backward& b) { b.give(0, b.over(emit::with_slope<height_of_circle>(b.x(0)))); }},
    {op::acos,          [](backward& b) { b.give(0, b.over(-emit::with_slope<height_of_circle>(b.x(0)))); }},
    {op::atan,          [](backward& b) { b.give(0, b.over(1 + b.x(0) * b.x(0))); }},
    {op::sinh,          [](backward& b) { b.give(0, b.times(function_of(op::cosh, b.x(0)))); }},
    {op::cosh,          [](backward& b) { b.give(0, b.times(function_of(op::sinh, b.x(0)))); }},
    {op::tanh,          [](backward& b) { b.give_times(0, 1 - b.y * b.y); }},
    {op::asinh,         [](backward& b) { b.give(0, b.over(emit::with_slope<height_of_hyperbola>(b.x(0)))); }},
    {op::acosh,         [](backward& b) { b.give(0, b.over(function_of(op::sqrt, b.x(0) - 1) * function_of(op::sqrt, b.x(0) + 1))); }},  // NaN below 1
    {op::atanh,         [](backward& b) { b.give(0, b.over(emit::with_slope<one_minus_square>(b.x(0)))); }},
    {op::sigmoid,       [](backward& b) { b.give_times(0, b.y * (1 - b.y)); }},
    {op::softplus,      [](backward& b) { b.give_times(0, emit::with_slope<logistic>(b.x(0))); }},
    {op::erf,           [](backward& b) { b.give_times(0, 1.1283791670955126 * function_of(op::exp, -(b.x(0) * b.x(0)))); }},  // 2 / sqrt(pi)
    {op::erfc,          [](backward& b) { b.give_times(0, -1.1283791670955126 * function_of(op::exp, -(b.x(0) * b.x(0)))); }},
    {op::erfinv,        [](backward& b) { b.give(0, b.times(0.886226925452758 * function_of(op::exp, b.y * b.y))); }},  // sqrt(pi) / 2
    {op::erfcinv,       [](backward& b) { b.give(0, b.times(-0.886226925452758 * function_of(op::exp, b.y * b.y))); }},
    {op::lgamma,        [](backward& b) { b.give(0, b.times(function_of(op::digamma, b.x(0)))); }},
    {op::digamma,       [](backward& b) { b.give(0, b.times(functions::trigamma{}(b.x(0)))); }},
    {op::floor,         no_gradient},
    {op::ceil,          no_gradient},
    {op::round,         no_gradient},
    {op::relu,          [](backward& b) { b.give(0, if_else(b.x(0) > b.zero(), b.dy, b.zero())); }},
    {op::bitwise_not,   no_gradient},
    {op::logical_not,   no_gradient},
    {op::is_nan,        no_gradient},
    {op::stop_gradient, derive_own},
    {op::cast,          derive_cast},

    {op::add,           [](backward& b) { b.give(0, b.dy); b.give(1, b.dy); }},
    {op::sub,           [](backward& b) { b.give(0, b.dy); b.give(1, -b.dy); }},
    {op::mul,           [](backward& b) { b.give_times(0, b.x(1)); b.give_times(1, b.x(0)); }},
    {op::div,           [](backward& b) { b.give(0, b.over(b.x(1))); if (b.needs(1)) b.give(1, b.through([&](symbol d) { return -d * b.y / b.x(1); })); }},
    {op::maximum,       [](backward& b) { b.give(0, if_else(b.x(0) >= b.x(1), b.dy, b.zero())); b.give(1, if_else(b.x(0) >= b.x(1), b.zero(), b.dy)); }},
    {op::minimum,       [](backward& b) { b.give(0, if_else(b.x(0) <= b.x(1), b.dy, b.zero())); b.give(1, if_else(b.x(0) <= b.x(1), b.zero(), b.dy)); }},
    {op::pow,           derive_pow},
    {op::atan2,         derive_atan2},
    {op::floor_mod,     [](backward& b) { b.give(0, b.dy); b.give(1, b.through([&](symbol d) { return -d * function_of(op::floor, b.x(0) / b.x(1)); })); }},
    {op::bitwise_and,   no_gradient},
    {op::bitwise_or,    no_gradient},
    {op::bitwise_xor,   no_gradient},
    {op::shift_left,    no_gradient},
    {op::shift_right,   no_gradient},
    {op::equal,         no_gradient},
    {op::not_equal,     no_gradient},
    {op::less,          no_gradient},
    {op::less_equal,    no_gradient},
    {op::logical_and,   no_gradient},
    {op::logical_or,    no_gradient},

    {op::select,        [](backward& b) { b.choose(b.x(0)); b.give(1, if_else(b.x(0), b.dy, b.zero())); b.give(2, if_else(b.x(0), b.zero(), b.dy)); }},

    {op::sum,           [](backward& b) { b.give(0, b.dy); }},
    {op::prod,          derive_product},
    {op::max,           derive_extreme},
    {op::min,           derive_extreme},
    {op::any,           no_gradient},
    {op::all,           no_gradient},
    {op::argmax,        no_gradient},
    {op::argmin,        no_gradient},

    {op::matmul,        derive_matmul},

    {op::scan,          no_gradient},  // the parts of a scan are derived together: derive_scan
    {op::scan_slice,    no_gradient},
    {op::scan_state,    no_gradient},
    {op::scan_next,     no_gradient},
    {op::scan_stack,    no_gradient},
    {op::call_operand,  no_gradient},  // derived as a whole
    {op::call,          no_gradient},
    {op::call_result,   no_gradient},

    {op::reshape,       [](backward& b) { b.give(0, emit::reshape(b.dy, b.x(0).extents())); }},
    {op::transpose,     derive_transpose},
    {op::broadcast_to,  [](backward& b) { b.give(0, b.dy); }},
    {op::slice,         derive_slice},
    {op::pad,           derive_pad},
    {op::concat,        derive_concat},
    {op::windows,       [](backward& b) { b.give(0, emit::overlap_add(b.dy, places_of(b), b.x(0).extents())); }},
    {op::overlap_add,   [](backward& b) { b.give(0, emit::windows(b.dy, places_of(b))); }},
    {op::reverse,       [](backward& b) { b.give(0, emit::reverse(b.dy, static_cast<unsigned>(b.self().attribute[0]))); }},

    {op::gather,        derive_gather},
    {op::scatter,       derive_scatter},
    {op::cumsum,        derive_cumsum},
    {op::cumprod,       derive_cumprod},
    {op::recurrence,    derive_recurrence},
    {op::sort,          derive_sort},
    {op::argsort,       no_gradient},
    {op::random,        no_gradient},
    {op::print,         no_gradient},  // the graph goes on with what is printed
};
// clang-format on
static_assert(has_every_op(rules), "differentiate: one rule per op, in the order of the enum");

}  // namespace differentiation
}  // namespace telar::inline TELAR_ABI::ir::passes
