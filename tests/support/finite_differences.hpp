// SPDX-License-Identifier: BSL-1.0
// Derivatives by the reference alone: what differentiate puts into a graph against central differences of that graph.
#pragma once
#include "arrays.hpp"

#include <telar/graph/settle_calls.hpp>
#include <telar/graph/verify.hpp>
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
inline telar::symbol weighted(telar::symbol y) {
    using namespace telar;
    using namespace telar::ir::passes;
    using namespace telar::ir::kernels;
    graph& g = *y.g;
    extent_t count = 1;
    for (int i = 0; i < y.rank(); ++i) count *= y.extents()[i];
    const symbol flat = emit::reshape(y, shape(count));
    const symbol weight = 0.5 + 0.25 * emit::elementwise(op::sin, 1.7 * emit::iota(g, count, dtype::float64));
    return emit::reduce(op::sum, flat * weight, 1, false);
}
/// The derivatives of a weighted sum of f(a, b, c) by all three.
template <class F> auto gradients_of(F f) {
    return [f](telar::symbol a, telar::symbol b, telar::symbol c) {
        const telar::symbol by[] = {a, b, c};
        std::array<telar::symbol, 3> d;
        telar::ir::passes::differentiate(weighted(f(a, b, c)), by, 3, d.data());
        return d;
    };
}
/// How a scalar function's gradient differs from central differences, relative to the largest derivative.
template <class F, std::size_t N>
double error_of_gradient(F scalar_function, const std::array<array, N>& x, double h = 1e-5) {
    using namespace telar;
    using namespace telar::ir::passes;
    using namespace telar::ir::kernels;
    graph g;
    symbol leaves[N], dx[N];
    const symbol y = traced(g, scalar_function, x, leaves);
    differentiate(y, leaves, static_cast<int>(N), dx);
    for (const symbol& d : dx) g.roots.push({d.id, -1, 0, 0});
    settle_calls(g);
    if (const char* why = first_illegality(g)) {
        FAIL_CHECK(std::string(why));
        return INFINITY;
    }
    const auto exact = reference::interpret(g, listed(x));
    graph forward;
    symbol unused[N];
    forward.roots.push({traced(forward, scalar_function, x, unused).id, -1, 0, 0});
    settle_calls(forward);

    double largest = 0, error = 0;
    for (std::size_t leaf = 0; leaf < N; ++leaf) {
        if (exact[static_cast<int>(leaf)].extents != x[leaf].extents) return INFINITY;
        for (int i = 0; i < x[leaf].count(); ++i) {
            const auto moved = [&](double by) {
                growable<array> at = listed(x);
                at[static_cast<int>(leaf)].numbers[i] = x[leaf].at(i) + by;
                return reference::interpret(forward, at)[0].at(0);
            };
            const double slope = (8 * (moved(h) - moved(-h)) - (moved(2 * h) - moved(-2 * h))) / (12 * h);
            largest = std::max(largest, std::abs(slope));
            error = std::max(error, distance(exact[static_cast<int>(leaf)].at(i), slope));
        }
    }
    return error / std::max(largest, 1e-3);
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
inline array scattered(const telar::shape& extents, double lo, double hi, double phase = 0) {
    array a(telar::dtype::float64, extents);
    const int count = a.count();
    for (int i = 0; i < count; ++i) {
        const double u = std::fmod((i + 1) * 0.6180339887498949 + phase, 1.0);
        a.push(lo + (hi - lo) * u);
    }
    return a;
}

}  // namespace support
