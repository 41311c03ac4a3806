// SPDX-License-Identifier: BSL-1.0
// The routines: operations that every target computes by a function of its own.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/graph/symbol.hpp>
#include <telar/kernels/reference/positions.hpp>

#include <string>

namespace telar::inline TELAR_ABI::reference {

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
    starts[axis] = 1;
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
constexpr array scatter_added(const node& n, const array& y, const array& indices, const array& x) {
    const int axis = static_cast<int>(n.attribute[0]);
    const lines to = lines_along(y, axis), at = lines_along(indices, axis);
    array r = y;
    x.visit([&]<class V>(const growable<V>& values) {
        if constexpr (!std::same_as<V, truth>)
            for (int line = 0; line < at.first.size(); ++line)
                for (int k = 0; k < at.length; ++k)
                    if (const integer i = indices.integers[at(line, k)]; require_index(n, i, to.length)) {
                        V& sum = r.list<V>()[to(line, static_cast<int>(i.value))];
                        sum = rounded(n.type, sum + values[at(line, k)]);
                    }
    });
    return r;
}

/// The result of a routine whose operands are known.
constexpr array routine(const node& n, const array* const (&in)[3], const shape& extents) {
    switch (n.kind) {
        case op::gather: return gathered(n, *in[0], *in[1]);
        case op::scatter_add: return scatter_added(n, *in[0], *in[1], *in[2]);
        default: return array(n.type, extents);
    }
}

}  // namespace telar::inline TELAR_ABI::reference
