// SPDX-License-Identifier: BSL-1.0
// plan_memory: one arena for all temporaries.
//
// in      the buffers of a schedule, the values of its dimensions, the target's alignment in bytes
// out     for each buffer its offset in the arena, in bytes; the arena's size
// needs   lifetimes, in kernels
// order   last; at compile time where all extents are static, else when a program first meets a shape
//
// The largest buffer first: each goes to the lowest offset where no buffer that lives at the same time lies. Allocates
// nothing itself.
#pragma once
#include <telar/graph/schedule.hpp>

namespace telar::inline TELAR_ABI::ir::passes {

constexpr bool lives_in_arena(const slot& b) {
    const bool is_new_value = b.where == storage::state || b.where == storage::carried;
    return b.first >= 0 && (b.where == storage::temporary || (is_new_value && !b.in_place));
}
constexpr extent_t bytes_of(const slot& b, const extent_t* values, extent_t boundary) {
    const extent_t count = is_number(b.count) ? b.count : values[entry_of(b.count)];
    const extent_t bytes = saturating_multiply(count, static_cast<extent_t>(size_of(b.type)));
    return saturating_add(bytes, boundary - 1) / boundary * boundary;
}

constexpr bool live_together(const slot& a, const slot& b) { return a.first <= b.last && b.first <= a.last; }

constexpr extent_t plan_memory(const slot* buffers, int count, const extent_t* values, extent_t* offsets,
                               extent_t boundary) {
    constexpr extent_t unplaced = -1;
    const auto is_placed = [&](int i) { return lives_in_arena(buffers[i]) && offsets[i] != unplaced; };
    for (int i = 0; i < count; ++i) offsets[i] = lives_in_arena(buffers[i]) ? unplaced : 0;
    extent_t size = 0;
    while (true) {
        int largest = -1;
        for (int i = 0; i < count; ++i)
            if (offsets[i] == unplaced &&
                (largest < 0 || bytes_of(buffers[i], values, boundary) > bytes_of(buffers[largest], values, boundary)))
                largest = i;
        if (largest < 0) return size;

        const extent_t bytes = bytes_of(buffers[largest], values, boundary);
        extent_t at = 0;
        for (bool moved = true; moved;) {
            moved = false;
            for (int j = 0; j < count; ++j) {
                if (!is_placed(j) || !live_together(buffers[j], buffers[largest])) continue;
                const extent_t end = saturating_add(offsets[j], bytes_of(buffers[j], values, boundary));
                if (at < end && offsets[j] < saturating_add(at, bytes)) {
                    at = end;
                    moved = true;
                }
            }
        }
        offsets[largest] = at;
        if (const extent_t end = saturating_add(at, bytes); end > size) size = end;
    }
}

/// The most bytes that live at one time: no arena can be smaller.
constexpr extent_t most_live_bytes(const slot* buffers, int count, const extent_t* values, extent_t boundary) {
    extent_t most = 0;
    for (int i = 0; i < count; ++i) {  // what lives grows only where a life begins
        if (!lives_in_arena(buffers[i])) continue;
        extent_t live = 0;
        for (int j = 0; j < count; ++j)
            if (lives_in_arena(buffers[j]) && buffers[j].first <= buffers[i].first &&
                buffers[i].first <= buffers[j].last)
                live += bytes_of(buffers[j], values, boundary);
        if (live > most) most = live;
    }
    return most;
}

}  // namespace telar::inline TELAR_ABI::ir::passes
