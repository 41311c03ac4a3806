// SPDX-License-Identifier: BSL-1.0
// The routines: operations that every target computes by a function of its own.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/graph/symbol.hpp>
#include <telar/kernels/reference/positions.hpp>
#include <telar/kernels/reference/random.hpp>

#include <string>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// The lines of an array along an axis: element k of line r is number first[r] + k step. Lines of arrays that are alike
/// but for that axis have the same numbers.
struct lines {
    growable<int> first;
    int step = 0, length = 1;

    constexpr int operator()(int r, int k) const { return first[r] + k * step; }
};
constexpr lines lines_along(const array& a, int axis) {
    const strides own = row_major(a.extents);
    shape starts = a.extents;
    starts[axis] = a.count() == 0 ? 0 : 1;  // no elements, no lines
    return {positions(starts, own), static_cast<int>(own.step[axis]), static_cast<int>(a.extents[axis])};
}

// Not constexpr: in constant evaluation the call itself is the error.
[[noreturn]] inline void refuse_index(op k, integer index, int extent) {
    fail<index_error>(std::string(name_of(k)) + ": index " + std::to_string(index.value) +
                      " is outside of an axis of extent " + std::to_string(extent));
}
/// False for an index outside that counts for nothing.
constexpr bool require_index(const node& n, integer index, int extent) {
    const bool is_inside = index.value >= 0 && index.value < extent;
    if (!is_inside && n.attribute[1] == static_cast<extent_t>(emit::outside::is_refused))
        refuse_index(n.kind, index, extent);
    return is_inside;
}

constexpr array gathered(const node& n, const array& x, const array& indices) {
    const int axis = static_cast<int>(n.attribute[0]);
    const lines from = lines_along(x, axis), at = lines_along(indices, axis);
    array r = filled_with_zeros(n.type, indices.extents);
    x.visit([&]<class V>(const growable<V>& values) {
        for (int line = 0; line < at.first.size(); ++line)
            for (int k = 0; k < at.length; ++k)
                if (const integer i = indices.integers[at(line, k)]; require_index(n, i, from.length))
                    r.list<V>()[at(line, k)] = values[from(line, static_cast<int>(i.value))];
    });
    return r;
}
template <class V> constexpr V together(emit::joined j, V a, V b) {
    switch (j) {
        case emit::joined::update: return b;
        case emit::joined::max: return maximum(a, b);
        case emit::joined::min: return minimum(a, b);
        default: return a + b;
    }
}
constexpr array scattered(const node& n, const array& y, const array& indices, const array& x) {
    const int axis = static_cast<int>(n.attribute[0]);
    const lines to = lines_along(y, axis), at = lines_along(indices, axis);
    array r = y;
    x.visit([&]<class V>(const growable<V>& values) {
        for (int line = 0; line < at.first.size(); ++line)
            for (int k = 0; k < at.length; ++k)
                if (const integer i = indices.integers[at(line, k)]; require_index(n, i, to.length)) {
                    V& place = r.list<V>()[to(line, static_cast<int>(i.value))];
                    if constexpr (std::same_as<V, truth>) place = values[at(line, k)];
                    else place = together(emit::joined_of(n.attribute[1]), place, values[at(line, k)]);
                }
        if constexpr (!std::same_as<V, truth>)
            for (V& sum : r.list<V>()) sum = rounded(n.type, sum);  // once, however many met there
    });
    return r;
}
/// One place after the other: y = f(place before, or -1, place).
template <class F> constexpr void each_step(const node& n, const lines& at, F f) {
    const bool reverse = emit::cumulation_of(n.attribute[1]).reverse;
    for (int line = 0; line < at.first.size(); ++line)
        for (int k = 0, before = -1; k < at.length; ++k) {
            const int now = at(line, reverse ? at.length - 1 - k : k);
            f(before, now);
            before = now;
        }
}
constexpr array cumulated(const node& n, const array& x) {
    const bool exclusive = emit::cumulation_of(n.attribute[1]).exclusive, sums = n.kind == op::cumsum;
    array r = filled_with_zeros(n.type, x.extents);
    x.visit([&]<class V>(const growable<V>& values) {
        if constexpr (!std::same_as<V, truth>) {
            V running{};
            each_step(n, lines_along(x, static_cast<int>(n.attribute[0])), [&](int before, int now) {
                if (before < 0) running = exclusive ? V(sums ? 0 : 1) : values[now];
                else {
                    const V next = values[exclusive ? before : now];
                    running = sums ? running + next : running * next;
                }
                r.list<V>()[now] = rounded(n.type, running);
            });
        }
    });
    return r;
}
constexpr array recurred(const node& n, const array& b, const array& a) {
    array r = b;
    b.visit([&]<class V>(const growable<V>&) {
        if constexpr (!std::same_as<V, truth>)
            each_step(n, lines_along(b, static_cast<int>(n.attribute[0])), [&](int before, int now) {
                growable<V>& y = r.list<V>();
                if (before >= 0) y[now] = rounded(n.type, y[now] + rounded(n.type, a.list<V>()[now] * y[before]));
            });
    });
    return r;
}

/// Inserted one by one: what is equal stays in its order. The values, or their places.
constexpr array sorted(const node& n, const array& x, const shape& extents) {
    const int axis = static_cast<int>(n.attribute[0]);
    const bool descending = n.attribute[1] != 0;
    array r = filled_with_zeros(n.type, extents);
    const lines from = lines_along(x, axis), to = lines_along(r, axis);
    x.visit([&]<class V>(const growable<V>& values) {
        if constexpr (!std::same_as<V, truth>)
            for (int line = 0; line < from.first.size(); ++line) {
                growable<int> order;
                const auto stands_before = [&](int i, int j) {  // NaN is the largest
                    const auto a = values[from(line, descending ? j : i)].value,
                               b = values[from(line, descending ? i : j)].value;
                    return a < b || (b != b && a == a);
                };
                for (int k = 0; k < from.length; ++k) {
                    order.push(k);
                    for (int i = k; i > 0 && stands_before(order[i], order[i - 1]); --i)
                        std::swap(order[i], order[i - 1]);
                }
                for (int k = 0; k < to.length; ++k) {
                    if (n.kind == op::argsort) r.integers[to(line, k)] = order[k];
                    else r.list<V>()[to(line, k)] = values[from(line, order[k])];
                }
            }
    });
    return r;
}

/// The result of a routine whose operands are known.
constexpr array routine(const node& n, const array* const (&in)[3], const shape& extents) {
    switch (n.kind) {
        case op::gather: return gathered(n, *in[0], *in[1]);
        case op::scatter: return scattered(n, *in[0], *in[1], *in[2]);
        case op::cumsum:
        case op::cumprod: return cumulated(n, *in[0]);
        case op::recurrence: return recurred(n, *in[0], *in[1]);
        case op::sort:
        case op::argsort: return sorted(n, *in[0], extents);
        case op::print: return *in[0];
        case op::random: return random_numbers(n, *in[0], *in[1], extents);
        default: return array(n.type, extents);
    }
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
