// SPDX-License-Identifier: BSL-1.0
// Functions on symbols, evaluated by the reference interpreter: for tests.
#pragma once
#include <telar/expr/composite.hpp>
#include <telar/graph/verify.hpp>
#include <telar/kernels/reference/interpret.hpp>
#include <telar/passes/differentiate.hpp>

#include <utility>

namespace values {

using telar::ir::kernels::reference::array;
using telar::ir::kernels::reference::array_of;

template <class F, std::size_t... I>
constexpr telar::symbol apply(F f, const telar::symbol* s, std::index_sequence<I...>) {
    return f(s[I]...);
}
/// f of arrays, in a legal graph without a mistake; an empty array otherwise.
template <bool ExtentsAreKnown = true, class F, class... A> constexpr array value_of(F f, const A&... arrays) {
    telar::ir::graph g;
    telar::core::growable<array> feeds;
    telar::symbol s[sizeof...(A)];
    (feeds.push(arrays), ...);
    for (int n = 0; n < feeds.size(); ++n) {
        telar::shape e = feeds[n].extents;
        for (int i = 0; !ExtentsAreKnown && i < e.rank; ++i) e[i] = telar::dyn;
        s[n] = telar::expr::declare_leaf(g, n, {feeds[n].type, 0, e});
    }
    const telar::symbol r = apply(f, s, std::index_sequence_for<A...>{});
    if (g.error.what != telar::ir::mistake_kind::none || !telar::ir::verify(g)) return {};
    g.roots.push({r.id, -1, 0, 0});
    return telar::ir::kernels::reference::interpret(g, feeds)[0];
}
template <telar::Element T>
constexpr bool holds(const array& a, const telar::shape& extents, std::initializer_list<T> expected) {
    if (a.type != telar::dtype_of<T>() || a.extents != extents || a.count() != int(expected.size())) return false;
    for (int i = 0; i < a.count(); ++i) {
        const T x = a.at<T>(i), y = expected.begin()[i];
        if (x != y && (x == x || y == y)) return false;
    }
    return true;
}
template <telar::Element T> constexpr array vector_of(std::initializer_list<T> v) {
    return array_of(telar::shape(v.size()), v);
}
template <telar::Element T> constexpr array scalar_of(T v) { return array_of(telar::shape(), &v); }
/// 0, 1, 2, ...
template <telar::Element T> constexpr array counted(const telar::shape& extents) {
    array a(telar::dtype_of<T>(), extents);
    for (int i = 0; i < a.count(); ++i) a.push(static_cast<T>(i));
    return a;
}

}  // namespace values
