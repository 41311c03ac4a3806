// SPDX-License-Identifier: BSL-1.0
// A value inside a graph under construction, and the operators on it.
#pragma once
#include <telar/graph/shape_rules.hpp>

#include <concepts>
#include <initializer_list>
#include <iosfwd>
#include <limits>
#include <type_traits>

namespace telar::inline TELAR_ABI {

/// Names one node of a graph. Not a template: shapes are values inside a trace, so a loop may change them.
/// `linear` says that the value stands for a linear map, so that * is the product. The flag belongs to the handle,
/// never to the node: derivative rules and optimisers receive their operands without it.
struct symbol {
    ir::graph* g = nullptr;
    std::int32_t id = -1;
    bool linear = false;

    constexpr const ir::node& self() const { return (*g)[id]; }
    constexpr const shape& extents() const { return self().extents; }
    constexpr int rank() const { return self().extents.rank; }
    constexpr dtype type() const { return self().type; }
    constexpr symbol plain() const { return {g, id, false}; }
    constexpr symbol as_linear(bool flag) const { return {g, id, flag}; }

    /// x[i] is row i, along the first axis, which goes; -1 is the last.   (N, ...) -> (...)
    constexpr symbol operator[](extent_t i) const;

    /// A mistake: while a graph is traced no value is known, so that no if, no loop and no number can depend on one.
    /// (double is the only number it converts to, so that std::exp takes it without ambiguity and is this mistake.)
    constexpr operator double() const { return refuse(ir::mistake_kind::value_of_a_symbol), 0; }
    constexpr explicit operator bool() const { return refuse(ir::mistake_kind::value_of_a_symbol), false; }
    constexpr symbol refuse(ir::mistake_kind what) const {
        if (g) g->fail({what, self().kind, type(), {}, 0, extents(), {}, 0});
        return *this;
    }
};

/// The line of the user's call. (Not std::source_location: emscripten lacks the header.)
struct source_line {
    unsigned number = 0;
    static constexpr source_line current(unsigned line = __builtin_LINE()) { return {line}; }
};

namespace ir {
/// Sets the line that a mistake reports, unless an outer public call has set it already.
class line_scope {
public:
    constexpr line_scope(graph* g, source_line at) : graph_(g) {
        if (graph_->depth++ == 0 && at.number != 0) graph_->line = at.number;
    }
    constexpr ~line_scope() { --graph_->depth; }
    line_scope(const line_scope&) = delete;
    line_scope& operator=(const line_scope&) = delete;

private:
    graph* graph_;
};

// ---------------------------------------------------------------- emit: one function per family, on symbols
namespace emit {

constexpr symbol add(graph& g, node n) {
    if (infer(g, n)) require_addressable(g, n);
    return {&g, g.add(n), false};
}
constexpr symbol constant(graph& g, dtype t, double v) {
    node n;
    n.kind = op::constant;
    n.type = t;
    n.value = bits_of(t, v);
    return {&g, g.add(n), false};
}
/// The same of an integer that a double may not hold.
constexpr symbol whole_constant(graph& g, dtype t, std::int64_t v) {
    if (is_float(t)) return constant(g, t, static_cast<double>(v));
    node n;
    n.kind = op::constant;
    n.type = t;
    n.value = bits_of(t, v);
    return {&g, g.add(n), false};
}
/// An operation on `in`, told `attributes`.
constexpr symbol operation(op k, std::initializer_list<symbol> in, std::initializer_list<extent_t> attributes = {}) {
    node n;
    n.kind = k;
    int i = 0;
    for (const symbol& s : in) n.in[i++] = s.id;
    i = 0;
    for (const extent_t a : attributes) n.attribute[i++] = a;
    return add(*in.begin()->g, n);
}
/// An extent as a value of rank 0.
constexpr symbol extent(graph& g, extent_t e, dtype t) {
    e = g.dims.resolve(e);
    if (is_number(e)) return constant(g, t, static_cast<double>(e));
    node n;
    n.kind = op::extent;
    n.type = t;
    n.attribute[0] = e;
    return {&g, g.add(n), false};
}
/// The type in which to calculate with places below `end`, of indices of a type: int32 holds them, if `end` is known to
/// be no larger and the indices are of no wider type.
constexpr dtype place_type(const graph& g, dtype indices, extent_t end) {
    end = g.dims.resolve(end);
    const bool fits = is_number(end) && end <= std::numeric_limits<std::int32_t>::max();
    return computed_in(indices) == dtype::int32 && fits ? dtype::int32 : dtype::int64;
}
/// 0, 1, ..., e - 1.   (e)
constexpr symbol iota(graph& g, extent_t e, dtype t) {
    node n;
    n.kind = op::iota;
    n.type = t;
    n.extents = shape(e);
    require_addressable(g, n);
    return {&g, g.add(n), false};
}
constexpr symbol elementwise(op k, symbol a) {
    node n;
    n.kind = k;
    n.in[0] = a.id;
    return add(*a.g, n);
}
constexpr symbol elementwise(op k, symbol a, symbol b) {
    node n;
    n.kind = k;
    n.in[0] = a.id;
    n.in[1] = b.id;
    if (a.id > b.id && info(k).commutes) n.in[0] = b.id, n.in[1] = a.id;  // a + b is b + a, to the bit
    return add(*a.g, n);
}
constexpr symbol elementwise(op k, symbol a, symbol b, symbol c) {
    node n;
    n.kind = k;
    n.in[0] = a.id;
    n.in[1] = b.id;
    n.in[2] = c.id;
    return add(*a.g, n);
}
constexpr symbol cast(symbol a, dtype t) {
    if (a.type() == t) return a;
    node n;
    n.kind = op::cast;
    n.in[0] = a.id;
    n.type = t;
    return add(*a.g, n);
}

// ---- numbers of two bytes are computed with in float32
constexpr symbol widened(symbol a) { return cast(a, arithmetic_type(a.type())); }
/// The value of type t that was widened to `a`, or a constant that t holds; else nothing.
constexpr symbol before_widening(symbol a, dtype t) {
    const node n = a.self();
    if (n.kind == op::cast && (*a.g)[n.in[0]].type == t) return {a.g, n.in[0]};
    if (n.kind != op::constant || held_by(t, number_of(n)) != number_of(n)) return {};
    return constant(*a.g, t, number_of(n));
}
/// y in the type t. One operation on values of that type is that operation on them: it is computed in float32 and
/// rounded in any case.
constexpr symbol rounded(symbol y, dtype t) {
    if (y.type() == t || !is_half(t)) return cast(y, t);
    node n = y.self();
    if (const symbol x = before_widening(y, t); x.g) return x;
    const int first = n.kind == op::select ? 1 : 0, arity = info(n.kind).arity;
    bool is_one = is_elementwise(n.kind) && info(n.kind).result == gives::same && n.kind != op::stop_gradient;
    for (int k = first; is_one && k < arity; ++k) {
        const symbol x = before_widening({y.g, n.in[k]}, t);
        if (x.g) n.in[k] = x.id;
        else is_one = false;
    }
    if (!is_one) return cast(y, t);
    if (info(n.kind).commutes && n.in[0] > n.in[1]) std::swap(n.in[0], n.in[1]);
    return add(*y.g, n);
}

constexpr symbol matmul(symbol a, symbol b) {
    if (wraps_when_stored(a.type()) && a.type() == b.type()) {
        const dtype wide = computed_in(a.type());
        return cast(matmul(cast(a, wide), cast(b, wide)), a.type());
    }
    if (is_half(a.type()) && a.type() == b.type()) return cast(matmul(widened(a), widened(b)), a.type());
    node n;
    n.kind = op::matmul;
    n.in[0] = a.id;
    n.in[1] = b.id;
    return add(*a.g, n);
}

// ---- movements: they state the shape of their result
/// Bits of the axes -> the shape without them.
constexpr shape without(const shape& s, unsigned axes) {
    shape r;
    for (int i = 0; i < s.rank; ++i)
        if (!(axes >> i & 1)) r.append(s[i]);
    return r;
}
constexpr symbol move(op k, symbol a, const shape& to, const extent_t* attribute = nullptr, int attributes = 0) {
    node n;
    n.kind = k;
    n.in[0] = a.id;
    n.extents = to;
    for (int i = 0; i < n.extents.rank; ++i) n.extents[i] = a.g->dims.resolve(n.extents[i]);
    for (int i = 0; i < attributes; ++i) n.attribute[i] = attribute[i];
    return add(*a.g, n);
}
/// One extent may be -1 if all extents are numbers: it is what remains.
constexpr symbol reshape(symbol a, shape to) {
    graph& g = *a.g;
    if (g.dims.same(a.extents(), to)) return a.plain();
    if (!g.dims.unify(g.dims.count(a.extents()), g.dims.count(to))) {
        g.fail({mistake_kind::reshape_count, op::reshape, {}, {}, 0, a.extents(), to, 0});
        return a.plain();
    }
    return move(op::reshape, a, to);
}
constexpr symbol broadcast_to(symbol a, const shape& to) {
    graph& g = *a.g;
    if (g.dims.same(a.extents(), to)) return a.plain();
    if (a.rank() > to.rank || !g.dims.same(broadcast(g, a.extents(), to, op::broadcast_to), to)) {
        g.fail({mistake_kind::broadcast_to, op::broadcast_to, {}, {}, 0, a.extents(), to, 0});
        return a.plain();
    }
    return move(op::broadcast_to, a, to);
}
/// Axis i of the result is axis permutation[i] of `a`.
constexpr symbol transpose(symbol a, const extent_t* permutation) {
    shape to;
    unsigned seen = 0;
    bool is_identity = true;
    for (int i = 0; i < a.rank(); ++i) {
        const extent_t from = permutation[i];
        if (from < 0 || from >= a.rank() || (seen >> from & 1)) {
            a.g->fail({mistake_kind::permutation, op::transpose, {}, {}, from, a.extents(), {}, 0});
            return a.plain();
        }
        seen |= 1u << from;
        is_identity = is_identity && from == i;
        to.append(a.extents()[static_cast<int>(from)]);
    }
    return is_identity ? a.plain() : move(op::transpose, a, to, permutation, a.rank());
}
/// Swaps the last two axes.
constexpr symbol swap_last(symbol a) {
    extent_t permutation[max_rank]{};
    for (int i = 0; i < a.rank(); ++i) permutation[i] = i;
    if (a.rank() >= 2) permutation[a.rank() - 2] = a.rank() - 1, permutation[a.rank() - 1] = a.rank() - 2;
    return transpose(a, permutation);
}
/// False if first + size > whole, as far as that is known: each may be an expression in dimension variables.
constexpr bool may_lie_inside(const graph& g, extent_t first, extent_t size, extent_t whole) {
    size = g.dims.resolve(size), whole = g.dims.resolve(whole);
    return !is_number(first) || !is_number(size) || !is_number(whole) || saturating_add(first, size) <= whole;
}
/// `size` elements from `start` on, per axis.
constexpr symbol slice(symbol a, const extent_t* start, const shape& size) {
    if (a.g->dims.same(a.extents(), size)) return a.plain();
    extent_t from[max_rank]{};
    for (int i = 0; i < a.rank(); ++i) {
        from[i] = a.g->dims.resolve(start[i]);
        if (may_lie_inside(*a.g, from[i], size[i], a.extents()[i])) continue;
        a.g->fail({mistake_kind::slice_range, op::slice, {}, {}, i, a.extents(), size, 0});
        return a.plain();
    }
    return move(op::slice, a, size, from, a.rank());
}
/// `count` elements of the axis from `first` on.
constexpr symbol part_of_axis(symbol x, int axis, extent_t first, extent_t count) {
    extent_t start[max_rank]{};
    shape size = x.extents();
    start[axis] = first;
    size[axis] = count;
    return slice(x, start, size);
}
/// Row i along the first axis, counted from -1 backwards if it is negative; the axis goes.
constexpr symbol row(symbol x, extent_t i) {
    graph& g = *x.g;
    if (x.rank() == 0) {
        g.fail({mistake_kind::axis, op::slice, {}, {}, 0, x.extents(), {}, 0});
        return x.plain();
    }
    shape one = x.extents(), rest;
    one[0] = 1;
    for (int k = 1; k < x.rank(); ++k) rest.append(x.extents()[k]);
    if (!g.dims.require_at_most(i < 0 ? -i : i + 1, x.extents()[0])) {
        g.fail({mistake_kind::slice_range, op::slice, {}, {}, i, x.extents(), one, 0});
        return reshape(part_of_axis(x, 0, 0, 1), rest);
    }
    return reshape(part_of_axis(x, 0, i < 0 ? g.dims.subtract(x.extents()[0], -i) : i, 1), rest);
}
/// Zeros around `a`: it starts at `before` inside a result of extents `to`.
constexpr symbol pad(symbol a, const extent_t* before, const shape& to) {
    if (a.g->dims.same(a.extents(), to)) return a.plain();
    extent_t from[max_rank]{};
    for (int i = 0; i < a.rank(); ++i) {
        from[i] = a.g->dims.resolve(before[i]);
        if (may_lie_inside(*a.g, from[i], a.extents()[i], to[i])) continue;
        a.g->fail({mistake_kind::pad_range, op::pad, {}, {}, i, a.extents(), to, 0});
        return a.plain();
    }
    return move(op::pad, a, to, from, a.rank());
}
/// `a` then `b` along one axis.
constexpr symbol concat(symbol a, symbol b, int axis) {
    graph& g = *a.g;
    bool fits = a.rank() == b.rank();
    shape to = a.extents();
    for (int i = 0; fits && i < a.rank(); ++i) {
        if (i == axis) to[i] = g.dims.add(a.extents()[i], b.extents()[i]);
        else fits = g.dims.unify(a.extents()[i], b.extents()[i]);
    }
    if (!fits) {
        g.fail({mistake_kind::concat_extents, op::concat, {}, {}, axis, a.extents(), b.extents(), 0});
        return a.plain();
    }
    if (a.type() != b.type())
        g.fail({mistake_kind::types_differ, op::concat, a.type(), b.type(), 0, a.extents(), b.extents(), 0});
    node n;
    n.kind = op::concat;
    n.in[0] = a.id;
    n.in[1] = b.id;
    n.extents = to;
    n.attribute[0] = axis;
    return add(g, n);
}

/// Where windows of `size` elements, `dilation` apart, stand along an axis: every `step` elements.
struct window_places {
    int axis = 0;
    extent_t size = 1, step = 1, dilation = 1;

    constexpr extent_t reach() const { return saturating_add(saturating_multiply(size - 1, dilation), 1); }
};
/// (..., L, ...) -> (..., count, size, ...): element j of window i is element i step + j dilation. Moves nothing.
constexpr symbol windows(symbol a, const window_places& w) {
    dimensions& dims = a.g->dims;
    shape to;
    for (int i = 0; i < a.rank(); ++i) {
        const extent_t whole = a.extents()[i];
        if (i == w.axis) {
            to.append(dims.add(dims.divide(dims.subtract(whole, w.reach()), w.step), 1));
            to.append(w.size);
        } else {
            to.append(whole);
        }
    }
    const bool fits = a.rank() < max_rank && w.size >= 1 && w.step >= 1 && w.dilation >= 1 &&
                      dims.require_at_most(w.reach(), a.extents()[w.axis]);
    if (!fits) {
        a.g->fail(
            {mistake_kind::window, op::windows, {}, {}, w.axis, a.extents(), shape(w.size, w.step, w.dilation), 0});
        return a.plain();
    }
    const extent_t attribute[] = {w.axis, w.step, w.dilation};
    return move(op::windows, a, to, attribute, 3);
}
/// The transpose of `windows`: (..., count, size, ...) -> (..., L, ...), each element the sum of those that lie on it.
constexpr symbol overlap_add(symbol a, const window_places& w, const shape& to) {
    const extent_t count = a.extents()[w.axis];  // windows side by side do not overlap
    if (w.step == w.size && w.dilation == 1 && is_number(count) && to[w.axis] == saturating_multiply(count, w.size))
        return reshape(a, to);
    const extent_t attribute[] = {w.axis, w.step, w.dilation};
    return cast(move(op::overlap_add, widened(a), to, attribute, 3), a.type());
}

/// Axes from their end to their start. Moves nothing.
constexpr symbol reverse(symbol a, unsigned axes) {
    const extent_t attribute[] = {static_cast<extent_t>(axes)};
    return axes == 0 ? a.plain() : move(op::reverse, a, a.extents(), attribute, 1);
}
/// Every so-many-th element of an axis, from the first on. Moves nothing.
constexpr symbol every(symbol a, int axis, extent_t step) {
    dimensions& dims = a.g->dims;
    const extent_t whole = dims.resolve(a.extents()[axis]);
    if (step == 1 || whole == 0) return a.plain();
    if (is_number(whole) || a.rank() == max_rank) {
        const symbol apart = windows(a, {axis, 1, step, 1});
        return apart.rank() == a.rank() ? a.plain() : reshape(apart, without(apart.extents(), 2u << axis));
    }
    shape apart, to = a.extents();  // windows that may be none
    to[axis] = dims.divide(dims.add(whole, step - 1), step);
    for (int i = 0; i < to.rank; ++i) {
        apart.append(to[i]);
        if (i == axis) apart.append(1);
    }
    const extent_t attribute[] = {axis, step, 1};
    return reshape(move(op::windows, a, apart, attribute, 3), to);
}

// ---- reductions
/// As a type whose kernels count places in 64 bits, where 32 are known to be too few.
constexpr symbol with_wide_places(symbol a, unsigned axes) {
    extent_t count = 1;
    for (int i = 0; i < a.rank(); ++i)
        if (const extent_t e = a.extents()[i]; (axes >> i & 1) && is_number(e)) count = saturating_multiply(count, e);
    if (count <= std::numeric_limits<std::int32_t>::max()) return a;
    return cast(a, is_float(a.type()) ? dtype::float64 : dtype::int64);
}
/// Of max and min: which of equal elements gets the gradient.
enum class ties : extent_t { share, first };
constexpr symbol reduce(op k, symbol a, unsigned axes, bool keep_dims, ties t = ties::share,
                        of_nothing o = of_nothing::is_refused) {
    symbol r = a.plain();
    if (k == op::argmax || k == op::argmin) a = with_wide_places(a, axes);
    if (axes != 0) {
        node n;
        n.kind = k;
        n.in[0] = a.id;
        n.attribute[0] = axes;
        n.attribute[1] = static_cast<extent_t>(t);
        n.attribute[2] = static_cast<extent_t>(o);
        r = add(*a.g, n);
    }
    if (axes == 0 && (k == op::argmax || k == op::argmin))
        r = cast(elementwise(op::mul, cast(a, dtype::int64), constant(*a.g, dtype::int64, 0)), dtype::int64);
    return keep_dims ? r : reshape(r, without(a.extents(), axes));
}
/// The largest along the axes, which stay; of no elements the lowest number.
constexpr symbol largest_or_lowest(symbol a, unsigned axes) {
    bool may_be_empty = false;
    for (int i = 0; i < a.rank(); ++i) {
        const extent_t e = a.g->dims.resolve(a.extents()[i]);
        may_be_empty = may_be_empty || ((axes >> i & 1) && (e == 0 || !is_number(e)));
    }
    // Where it cannot be empty it is the node that max gives.
    return reduce(op::max, a, axes, true, ties::share, may_be_empty ? of_nothing::is_identity : of_nothing::is_refused);
}
/// How many elements a reduction takes together, as a value.
constexpr symbol reduced_count(symbol a, unsigned axes, dtype t) {
    extent_t n = 1;
    for (int i = 0; i < a.rank(); ++i)
        if (axes >> i & 1) n = a.g->dims.multiply(n, a.extents()[i]);
    return extent(*a.g, n, t);
}

// ---- routines
/// What becomes of an index outside of the axis: the run is refused, or it is passed over (of a gather: 0).
enum class outside : extent_t { is_refused, is_nothing };
/// y_k = x_(i_k) along the axis; in all others x and the indices have equal extents, which are the result's.
constexpr symbol gather(symbol x, symbol indices, int axis, outside o = outside::is_refused) {
    return operation(op::gather, {x, indices}, {axis, static_cast<extent_t>(o)});
}
/// y, and x_k joined to what stands at i_k, in the order of k.
constexpr symbol scatter(symbol y, symbol indices, symbol x, int axis, joined j, outside o = outside::is_refused) {
    if (j == joined::add && is_half(y.type()) && y.type() == x.type())
        return cast(scatter(widened(y), indices, widened(x), axis, j, o), y.type());
    return operation(op::scatter, {y, indices, x}, {axis, static_cast<extent_t>(o) | static_cast<extent_t>(j) << 1});
}
/// The transpose of gather.
constexpr symbol scatter_add(symbol y, symbol indices, symbol x, int axis, outside o = outside::is_refused) {
    return scatter(y, indices, x, axis, joined::add, o);
}

/// Options of a cumulative sum or product: element k itself is left out; from the end to the start.
struct cumulation {
    bool exclusive = false, reverse = false;

    constexpr extent_t bits() const { return exclusive | reverse << 1; }
    constexpr cumulation reversed() const { return {exclusive, !reverse}; }
};
constexpr cumulation cumulation_of(extent_t bits) { return {(bits & 1) != 0, (bits & 2) != 0}; }
/// cumsum, cumprod: y_k = x_0 + ... + x_k along an axis.
constexpr symbol cumulate(op k, symbol x, int axis, cumulation c) {
    return cast(operation(k, {widened(x)}, {axis, c.bits()}), x.type());
}
/// y_k = b_k + a_k y_(k-1); y_0 = b_0.
constexpr symbol recurrence(symbol b, symbol a, int axis, bool reverse) {
    if (is_half(b.type()) && b.type() == a.type())
        return cast(recurrence(widened(b), widened(a), axis, reverse), b.type());
    return operation(op::recurrence, {b, a}, {axis, cumulation{false, reverse}.bits()});
}
/// Along the last axis, NaN behind all else, equal elements in their order; descending: from the largest.
constexpr symbol sort(symbol x, bool descending) { return operation(op::sort, {x}, {x.rank() - 1, descending}); }
/// The places from which sort takes its first `count` elements.
constexpr symbol argsort(symbol x, bool descending, extent_t count) {
    return operation(op::argsort, {x}, {x.rank() - 1, descending, x.g->dims.resolve(count)});
}
/// Numbers from state (seed, position) and a stream, in blocks of 16 bytes of generator(seed, stream) from that
/// position on: words as int32 or int64, uniform in [0, 1) as floats.
constexpr symbol random(symbol state, symbol stream, dtype t, shape to) {
    graph& g = *state.g;
    node n;
    n.kind = op::random;
    n.type = t;
    n.in[0] = cast(state, dtype::int64).id;
    n.in[1] = stream.id;
    n.extents = shape(g.dims.count(to));
    return reshape(add(g, n), to);
}

// ---- products of linear maps
constexpr symbol times(symbol a, symbol b) {
    if (a.rank() == 0 || b.rank() == 0) return elementwise(op::mul, a, b).as_linear(a.linear || b.linear);
    if (a.linear && b.linear) return matmul(a, b).as_linear(true);
    if (!a.linear && !b.linear) return elementwise(op::mul, a, b);
    // A linear map takes the vectors in the last axis of x, whatever stands before it: y = x W^T, or x W from the left.
    const symbol x = (a.linear ? b : a).plain(), w = a.linear ? swap_last(a) : b.plain();
    shape rows, result = x.extents();
    rows.append(a.g->dims.count(without(x.extents(), 1u << (x.rank() - 1))));
    rows.append(x.extents()[x.rank() - 1]);
    result[x.rank() - 1] = w.extents()[1];
    if (!a.g->dims.unify(rows[1], w.extents()[0])) {
        a.g->fail({mistake_kind::matmul_extents, op::matmul, {}, {}, 0, a.extents(), b.extents(), 0});
        return x;
    }
    return reshape(matmul(reshape(x, rows), w), result);
}
constexpr symbol sum_like(op k, symbol a, symbol b) {  // + and - of two linear maps is a linear map
    return elementwise(k, a, b).as_linear(a.linear && b.linear);
}

}  // namespace emit
}  // namespace ir

constexpr symbol symbol::operator[](extent_t i) const { return ir::emit::row(*this, i); }

// ---------------------------------------------------------------- operators
namespace ir {
/// The right operand of an operator on symbols: a symbol or a literal, and the line it stands on. (An operator cannot
/// have default arguments; an implicit conversion can.)
struct located {
    symbol s{};
    double number = 0;
    std::int64_t whole = 0;  // the same, of an integer
    bool is_number = false, is_integer = false;
    source_line at{};

    constexpr located(symbol x, source_line l = source_line::current()) : s(x), at(l) {}
    template <Scalar T>
    constexpr located(T x, source_line l = source_line::current())
        : number(static_cast<double>(x)), is_number(true), is_integer(std::integral<T>), at(l) {
        if constexpr (std::integral<T>) whole = static_cast<std::int64_t>(x);
    }
};

/// The number from which on a type rounds to infinity.
constexpr double first_infinite(dtype t) {
    if (t == dtype::float16) return 65520;
    if (t == dtype::bfloat16) return 0x1.ffp127;
    return t == dtype::float32 ? 0x1.ffffffp127 : std::numeric_limits<double>::infinity();
}
/// A literal takes the element type of the operand beside it. 2.5 beside an integer is a mistake, and so is a number
/// that the type does not hold.
constexpr symbol literal(graph& g, dtype t, double v, bool is_integer) {
    if (!is_integer && !is_float(t))
        g.fail({mistake_kind::literal_type, op::constant, t, dtype::float64, 0, {}, {}, 0});
    const double size = v < 0 ? -v : v;
    const bool is_held = !is_float(t) || !(size >= first_infinite(t)) || size > std::numeric_limits<double>::max();
    if (!is_held) g.fail({mistake_kind::literal_range, op::constant, t, dtype::float64, 0, {}, {}, 0});
    return emit::constant(g, t, is_held ? v : 0);
}
constexpr symbol whole_literal(graph& g, dtype t, std::int64_t v) {
    if (is_float(t)) return literal(g, t, static_cast<double>(v), true);
    if (t != dtype::boolean && static_cast<std::int64_t>(bits_of(t, v)) != v)
        g.fail({mistake_kind::literal_range, op::constant, t, dtype::int64, 0, {}, {}, 0});
    return emit::whole_constant(g, t, v);
}
constexpr symbol beside(const located& a, symbol other) {
    if (a.is_integer) return whole_literal(*other.g, other.type(), a.whole);
    return literal(*other.g, other.type(), a.number, false);
}

/// (The left operand is the symbol itself, so that no built-in operator on two numbers is as good a match.)
template <class F> constexpr symbol between(symbol a, const located& b, F f) {
    line_scope scope(a.g, b.at);
    return f(a, b.is_number ? beside(b, a) : b.s);
}
}  // namespace ir

// (== and != take two symbols, and do not know their line: C++20 swaps their operands, too.)
// clang-format off
constexpr symbol operator+(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::sum_like(op::add, x, y); }); }
constexpr symbol operator-(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::sum_like(op::sub, x, y); }); }
constexpr symbol operator*(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::times(x, y); }); }
constexpr symbol operator/(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::elementwise(op::div, x, y).as_linear(x.linear && y.rank() == 0); }); }
constexpr symbol operator==(symbol a, symbol b) { return ir::between(a, ir::located(b, source_line{}), [](symbol x, symbol y) { return ir::emit::elementwise(op::equal, x, y); }); }
constexpr symbol operator!=(symbol a, symbol b) { return ir::between(a, ir::located(b, source_line{}), [](symbol x, symbol y) { return ir::emit::elementwise(op::not_equal, x, y); }); }
constexpr symbol operator< (symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::elementwise(op::less, x, y); }); }
constexpr symbol operator<=(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::elementwise(op::less_equal, x, y); }); }
constexpr symbol operator> (symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::elementwise(op::less, y, x); }); }
constexpr symbol operator>=(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::elementwise(op::less_equal, y, x); }); }
constexpr symbol operator&&(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::elementwise(op::logical_and, x, y); }); }
constexpr symbol operator||(symbol a, ir::located b) { return ir::between(a, b, [](symbol x, symbol y) { return ir::emit::elementwise(op::logical_or, x, y); }); }
constexpr symbol operator-(symbol a) { return ir::emit::elementwise(op::neg, a).as_linear(a.linear); }
constexpr symbol operator+(symbol a) { return a; }
constexpr symbol operator!(symbol a) { return ir::emit::elementwise(op::logical_not, a); }

// Beside a number a symbol is taken as it is: the operators that turn it into a number would match as well.
// They cannot know their line, and keep that of the operation before.
template <Scalar T> constexpr symbol operator+(symbol a, T b) { return a + ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator+(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) + ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator-(symbol a, T b) { return a - ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator-(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) - ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator*(symbol a, T b) { return a * ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator*(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) * ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator/(symbol a, T b) { return a / ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator/(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) / ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator==(symbol a, T b) { return a == ir::beside(ir::located(b, source_line{}), a); }
template <Scalar T> constexpr symbol operator==(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) == b; }
template <Scalar T> constexpr symbol operator!=(symbol a, T b) { return a != ir::beside(ir::located(b, source_line{}), a); }
template <Scalar T> constexpr symbol operator!=(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) != b; }
template <Scalar T> constexpr symbol operator<(symbol a, T b) { return a < ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator<(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) < ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator<=(symbol a, T b) { return a <= ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator<=(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) <= ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator>(symbol a, T b) { return a > ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator>(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) > ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator>=(symbol a, T b) { return a >= ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator>=(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) >= ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator&&(symbol a, T b) { return a && ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator&&(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) && ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator||(symbol a, T b) { return a || ir::located(b, source_line{}); }
template <Scalar T> constexpr symbol operator||(T a, symbol b) { return ir::beside(ir::located(a, source_line{}), b) || ir::located(b, source_line{}); }
// clang-format on

/// Mistakes: a loop over a symbol, and operators that symbols lack.
constexpr const symbol* begin(const symbol& x) { return x.refuse(ir::mistake_kind::value_of_a_symbol), nullptr; }
constexpr const symbol* end(const symbol&) { return nullptr; }
// clang-format off
template <class T> constexpr symbol operator%(symbol a, const T&) { return a.refuse(ir::mistake_kind::no_such_operator); }
template <class T> constexpr symbol operator<<(symbol a, const T&) { return a.refuse(ir::mistake_kind::no_such_operator); }
template <class T> constexpr symbol operator>>(symbol a, const T&) { return a.refuse(ir::mistake_kind::no_such_operator); }
template <Scalar T> constexpr symbol operator%(T, symbol b) { return b.refuse(ir::mistake_kind::no_such_operator); }
constexpr symbol operator++(symbol& a) { return a.refuse(ir::mistake_kind::no_such_operator); }
constexpr symbol operator--(symbol& a) { return a.refuse(ir::mistake_kind::no_such_operator); }
constexpr symbol operator++(symbol& a, int) { return a.refuse(ir::mistake_kind::no_such_operator); }
constexpr symbol operator--(symbol& a, int) { return a.refuse(ir::mistake_kind::no_such_operator); }
// clang-format on
constexpr symbol& operator+=(symbol& a, ir::located b) { return a = a + b; }
constexpr symbol& operator-=(symbol& a, ir::located b) { return a = a - b; }
constexpr symbol& operator*=(symbol& a, ir::located b) { return a = a * b; }
constexpr symbol& operator/=(symbol& a, ir::located b) { return a = a / b; }

/// Not constexpr, so that a function that prints a symbol while it is traced is refused by name (E238): it has no value
/// yet.
template <class Char, class Traits>
std::basic_ostream<Char, Traits>& operator<<(std::basic_ostream<Char, Traits>& stream, symbol) {
    return stream;
}

}  // namespace telar::inline TELAR_ABI
