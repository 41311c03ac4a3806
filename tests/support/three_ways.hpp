// SPDX-License-Identifier: BSL-1.0
// A function on symbols, interpreted as traced, optimised, and as a schedule of kernels: all have to agree.
#pragma once
#include "schedule_runner.hpp"

#include <doctest/doctest.h>
#include <telar/expr/function.hpp>

#include <type_traits>
#include <utility>
#include <vector>

namespace support {

/// The values of the graph's roots, in three ways that have to agree.
std::vector<array> agreed_results(telar::ir::graph& g, const telar::core::growable<array>& leaves);
/// The same of f's results.
template <class F, class... A> std::vector<array> results_of(F f, const A&... x) {
    telar::ir::graph g;
    telar::core::growable<array> leaves;
    (leaves.push(x), ...);
    const auto results = [&]<int... I>(std::integer_sequence<int, I...>) {
        return f(telar::expr::declare_leaf(g, I, {x.type, 0, x.extents})...);
    }
    (std::make_integer_sequence<int, sizeof...(A)>{});
    for (int i = 0; i < telar::expr::result_count<std::remove_const_t<decltype(results)>>; ++i)
        g.roots.push({telar::expr::result_at(results, i).id, -1, 0, 0});
    return agreed_results(g, leaves);
}
void check_near(const array& a, const std::vector<double>& v);
void check_near(const array& a, const array& b);

}  // namespace support
