// SPDX-License-Identifier: BSL-1.0
// Cumulative operations and order in ONNX, as telar's functions.
#pragma once
#include <telar/io/onnx/movements.hpp>

#include <telar/expr/cumulate.hpp>
#include <telar/expr/sort.hpp>

namespace telar::inline TELAR_ABI::io::onnx {

template <op K> symbol cumulated(const call& c) {
    const symbol x = c[0];
    return emit::cumulate(K, x, axis_of(c.known_integers(1)[0], x.rank()),
                          {c.integer("exclusive", 0) != 0, c.integer("reverse", 0) != 0});
}
inline symbol largest_few(const call& c) {
    const symbol x = c[0];
    const int axis = axis_of(c.integer("axis", -1), x.rank());
    const bool descending = c.integer("largest", 1) != 0;
    const bool waits = c.depends_on_extents(1);
    const extent_t count = waits ? c.known_extents(1).at(0) : c.known_integers(1)[0];
    require_form((waits || count >= 0) && x.g->dims.require_at_most(count, x.extents()[axis]),
                 std::to_string(count) + " of fewer elements");
    const symbol places =
        emit::along_last(x, axis, [&](symbol last) { return emit::argsort(last, descending, count); });
    c.give(1, places);
    return take_along_axis(x, places, axis);
}

// clang-format off
inline constexpr operation order_operations[] = {
    {"CumProd", cumulated<op::cumprod>},
    {"CumSum",  cumulated<op::cumsum>},
    {"TopK",    largest_few},
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::io::onnx
