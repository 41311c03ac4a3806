// SPDX-License-Identifier: BSL-1.0
// Operands for scans of scans, and the mistakes of functions that are traced on them.
#pragma once
#include "../support/finite_differences.hpp"

#include <telar/expr/trace.hpp>

#include <array>

namespace nested_scans {

using support::array;
using support::scattered;

inline const array xs = scattered(telar::shape(2, 4, 3), -1, 1);  // (sentences, words, 3)
inline const array start = scattered(telar::shape(3), -1, 1, 0.3);
inline const array weight = scattered(telar::shape(3), 0.5, 1.5, 0.6);

/// The mistake that tracing f on leaves of these shapes makes.
template <class F> telar::ir::mistake_kind mistake_of(F f) {
    telar::ir::graph g;
    int number = 0;
    const auto leaf = [&](const array& a) {
        return telar::expr::declare_leaf(g, number++, {telar::dtype::float64, 0, a.extents});
    };
    const telar::symbol x = leaf(xs), h = leaf(start), w = leaf(weight);
    f(x, h, w);
    return g.error.what;
}
inline array one_number(double value) {
    return telar::ir::kernels::reference::array_of(telar::shape(), std::array{value}.data());
}

}  // namespace nested_scans
