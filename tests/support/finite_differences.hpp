// SPDX-License-Identifier: BSL-1.0
// Derivatives by the reference alone: what differentiate puts into a graph against central differences of that graph.
#pragma once
#include "arrays.hpp"

#include <telar/passes/differentiate.hpp>

#include <array>
#include <utility>

namespace support {

/// A function of float64 leaves, traced at run time. F gets the symbols; its result may have any shape.
template <class F, std::size_t N>
telar::symbol traced(telar::ir::graph& g, F f, const std::array<array, N>& x, telar::symbol* leaves) {
    for (std::size_t i = 0; i < N; ++i)
        leaves[i] = telar::expr::declare_leaf(g, static_cast<int>(i), {x[i].type, 0, x[i].extents});
    return [&]<std::size_t... I>(std::index_sequence<I...>) { return telar::symbol{f(leaves[I]...)}; }
    (std::make_index_sequence<N>{});
}
template <std::size_t N> telar::core::growable<array> listed(const std::array<array, N>& x) {
    telar::core::growable<array> list;
    for (const array& a : x) list.push(a);
    return list;
}
/// A scalar that depends on every element of y in its own way.
telar::symbol weighted(telar::symbol y);
/// The derivatives of a weighted sum of f(a, b, c) by all three.
template <class F> auto gradients_of(F f) {
    return [f](telar::symbol a, telar::symbol b, telar::symbol c) {
        const telar::symbol by[] = {a, b, c};
        std::array<telar::symbol, 3> d;
        telar::ir::passes::differentiate(weighted(f(a, b, c)), by, 3, d.data());
        return d;
    };
}
/// How derivatives, the roots of `gradient`, differ from central differences of `forward`, relative to the largest one.
double error_of_gradient(telar::ir::graph& gradient, telar::ir::graph& forward, const telar::core::growable<array>& x,
                         double h);
/// The same of a scalar function.
template <class F, std::size_t N>
double error_of_gradient(F scalar_function, const std::array<array, N>& x, double h = 1e-5) {
    telar::ir::graph gradient, forward;
    telar::symbol leaves[N], dx[N], unused[N];
    telar::ir::passes::differentiate(traced(gradient, scalar_function, x, leaves), leaves, static_cast<int>(N), dx);
    for (const telar::symbol& d : dx) gradient.roots.push({d.id, -1, 0, 0});
    forward.roots.push({traced(forward, scalar_function, x, unused).id, -1, 0, 0});
    return error_of_gradient(gradient, forward, listed(x), h);
}
/// f's first derivatives, and its second ones.
template <class F, class... A> void check_derivatives(F f, const A&... x) {
    const std::array<array, sizeof...(A)> all{x...};
    CHECK(error_of_gradient([&](auto... s) { return weighted(f(s...)); }, all) < 1e-8);
    CHECK(error_of_gradient(
              [&](auto... s) {
                  using namespace telar;
                  using namespace telar::ir::passes;
                  const symbol leaves[] = {s...};
                  symbol dx[sizeof...(A)];
                  differentiate(weighted(f(s...)), leaves, sizeof...(A), dx);
                  symbol sum = weighted(dx[0]);
                  for (std::size_t i = 1; i < sizeof...(A); ++i) sum = sum + weighted(dx[i]);
                  for (const symbol& leaf : leaves) sum = sum + weighted(leaf);  // so that there is a path
                  return sum;
              },
              all) < 1e-8);
}

/// Numbers between lo and hi without a pattern, none near another.
array scattered(const telar::shape& extents, double lo, double hi, double phase = 0);

}  // namespace support
