// SPDX-License-Identifier: BSL-1.0
// What the tests of chain kernels share: extents, and the error of a function that must be one chain.
#pragma once
#include <telar/kernels/cpu/matmul/chain.hpp>

#include "../support/eager.hpp"

#include <doctest/doctest.h>

namespace chains {

using namespace telar;
using namespace telar::ir;
using support::error_of_call;
using support::random_tensor;

template <class F, class... A> constexpr int chains_in() {
    int n = 0;
    using code = decltype(graph_of(std::declval<const F&>(), std::declval<const A&>()...));
    for (const kernel& k : code::plan.kernels) n += k.kind == kernel_kind::chain;
    return n;
}
template <class F, class... A> double error_of_chain(const F& f, const A&... a) {
    static_assert(chains_in<F, A...>() == 1);
    return error_of_call(1, f, a...);
}

template <class T> auto cube(generator& g, extent_t b, extent_t r, extent_t c) {
    return random_tensor<T, dyn, dyn, dyn>(g, shape(b, r, c), -1, 1);
}
struct case_extents {
    extent_t batch, rows, keys, depth, columns;
};
// Blocks, tiles and vectors, whole and broken; a packed operand and none; nothing at all.
constexpr case_extents all_extents[] = {
    {1, 1, 1, 1, 1},     {2, 3, 5, 4, 2},     {1, 1, 70, 9, 17},   {3, 7, 1, 16, 16}, {2, 64, 48, 8, 4},
    {1, 65, 130, 33, 7}, {2, 150, 17, 5, 40}, {1, 9, 1100, 20, 3}, {2, 6, 0, 3, 4},   {2, 0, 4, 3, 4},
    {0, 3, 4, 3, 4},     {2, 3, 4, 0, 4},     {2, 3, 4, 5, 0}};
template <class F> void for_all_extents(const F& check) {
    for (const case_extents& n : all_extents) {
        CAPTURE(n.rows);
        CAPTURE(n.keys);
        CAPTURE(n.depth);
        CAPTURE(n.columns);
        check(n);
    }
}

}  // namespace chains
