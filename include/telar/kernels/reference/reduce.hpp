// SPDX-License-Identifier: BSL-1.0
// One group of numbers to one number.
#pragma once
#include <telar/core/growable.hpp>
#include <telar/kernels/reference/formulas.hpp>

#include <concepts>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// term(from) + ... + term(to - 1), added in pairs of halves.
template <class V, class Term> constexpr V sum_of(int from, int to, Term term) {
    if (to - from > 16) {
        const int middle = from + (to - from) / 2;
        return sum_of<V>(from, middle, term) + sum_of<V>(middle, to, term);
    }
    V sum = 0;
    for (int i = from; i < to; ++i) sum = sum + term(i);
    return sum;
}

/// One group of a reduction: the values at first + at[j].
template <class V> struct group {
    const growable<V>& values;
    const growable<int>& at;
    int first;

    constexpr int size() const { return at.size(); }
    constexpr V operator[](int j) const { return values[first + at[j]]; }
};

/// The result for a group without elements.
constexpr number lowest_of(dtype, number) { return -infinity; }
constexpr integer lowest_of(dtype t, integer) { return lowest_integer(t); }
constexpr number highest_of(dtype, number) { return infinity; }
constexpr integer highest_of(dtype t, integer) { return highest_integer(t); }

template <class V> constexpr V reduced(op k, dtype t, const group<V>& g) {
    if constexpr (std::same_as<V, truth>) {
        for (int j = 0; j < g.size(); ++j)
            if (g[j].value == (k == op::any)) return k == op::any;
        return k != op::any;
    } else {
        if (k == op::sum) return sum_of<V>(0, g.size(), [&](int j) { return g[j]; });
        V r = k == op::prod ? V(1) : k == op::max ? lowest_of(t, V()) : highest_of(t, V());
        const op step = k == op::prod ? op::mul : k == op::max ? op::maximum : op::minimum;
        const auto combine = formulas<V>.binary[static_cast<int>(step)];
        for (int j = 0; j < g.size(); ++j) r = combine(r, g[j]);
        return r;
    }
}
/// The first of the largest (smallest) values; a NaN counts as larger (smaller) than all, as in NumPy.
template <class V> constexpr integer reduced_index(op k, const group<V>& g) {
    int best = 0;
    for (int j = 1; j < g.size(); ++j) {
        const V a = g[best], b = g[j];
        if (a.value != a.value) break;
        if (b.value != b.value || (k == op::argmax ? a.value < b.value : b.value < a.value)) best = j;
    }
    return best;
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
