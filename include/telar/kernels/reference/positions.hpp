// SPDX-License-Identifier: BSL-1.0
// Where elements lie: what broadcasts, transposes, slices, pads and joins have in common.
#pragma once
#include <telar/kernels/reference/array.hpp>

#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// How far apart neighbours along each axis are, in memory.
struct strides {
    extent_t step[max_rank]{};
};
constexpr strides row_major(const shape& s) {
    strides r;
    extent_t step = 1;
    for (int i = s.rank - 1; i >= 0; step = saturating_multiply(step, s[i--])) r.step[i] = step;
    return r;
}
/// As if `from` had the extents `to`: an axis of extent 1 stays where it is.
constexpr strides stretched(const shape& from, const shape& to) {
    const strides own = row_major(from);
    strides r;
    const int missing = to.rank - from.rank;
    for (int i = 0; i < from.rank; ++i) r.step[i + missing] = from[i] == 1 ? 0 : own.step[i];
    return r;
}
/// Where the elements of a block lie, in the block's row-major order.
constexpr growable<int> positions(const shape& block, const strides& s, extent_t first = 0) {
    if (block.count() == 0) return {};
    growable<int> now(1, static_cast<int>(first));
    for (int i = 0; i < block.rank; ++i) {
        if (block[i] == 1) continue;
        growable<int> next;
        next.reserve(now.size() * static_cast<int>(block[i]));
        for (const int at : now)
            for (extent_t k = 0; k < block[i]; ++k) next.push(at + static_cast<int>(k * s.step[i]));
        now = std::move(next);
    }
    return now;
}
constexpr extent_t offset(const shape& extents, const extent_t* index) {
    const strides s = row_major(extents);
    extent_t at = 0;
    for (int i = 0; i < extents.rank; ++i) at += index[i] * s.step[i];
    return at;
}

/// Reads a block out of an array.
constexpr array gather(const array& a, const shape& to, const strides& s, extent_t first = 0) {
    array r(a.type, to);
    const growable<int> at = positions(to, s, first);
    a.visit([&]<class V>(const growable<V>& from) {
        for (const int i : at) r.list<V>().push(from[i]);
    });
    return r;
}
/// Writes an array into a block of `r`.
constexpr void scatter(array& r, const array& a, extent_t first) {
    const growable<int> at = positions(a.extents, row_major(r.extents), first);
    a.visit([&]<class V>(const growable<V>& from) {
        for (int i = 0; i < at.size(); ++i) r.list<V>()[at[i]] = from[i];
    });
}
constexpr array filled_with_zeros(dtype t, const shape& s) {
    array r(t, s);
    r.visit([&](auto& list) { list.resize(r.count()); });
    return r;
}
constexpr array broadcast_to(const array& a, const shape& to) { return gather(a, to, stretched(a.extents, to)); }

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
