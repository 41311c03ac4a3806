// SPDX-License-Identifier: BSL-1.0
// plan_memory: one arena for all temporaries.
//
// in      the buffers of a schedule and the values of its dimensions
// out     for each buffer its offset in the arena, in bytes; the arena's size
// needs   lifetimes, in kernels
// order   last; at compile time where all extents are static, else when a program first meets a shape
//
// First fit in the order of the buffers: each goes to the lowest offset where no buffer that lives at the same time
// lies. Allocates nothing itself.
#pragma once
#include <telar/graph/schedule.hpp>

namespace telar::inline TELAR_ABI {

inline constexpr extent_t arena_alignment = 64;

constexpr bool lives_in_arena(const slot& b) {
    return b.first >= 0 && (b.where == storage::temporary || (b.where == storage::state && !b.in_place));
}
constexpr extent_t bytes_of(const slot& b, const extent_t* values) {
    const extent_t count = is_number(b.count) ? b.count : values[entry_of(b.count)];
    const extent_t bytes = count * static_cast<extent_t>(size_of(b.type));
    return (bytes + arena_alignment - 1) / arena_alignment * arena_alignment;
}

constexpr extent_t plan_memory(const slot* buffers, int count, const extent_t* values, extent_t* offsets) {
    extent_t size = 0;
    for (int i = 0; i < count; ++i) {
        offsets[i] = 0;
        if (!lives_in_arena(buffers[i])) continue;
        const extent_t bytes = bytes_of(buffers[i], values);
        extent_t at = 0;
        for (bool moved = true; moved;) {
            moved = false;
            for (int j = 0; j < i; ++j) {
                const bool together = lives_in_arena(buffers[j]) && buffers[j].first <= buffers[i].last &&
                                      buffers[i].first <= buffers[j].last;
                if (!together) continue;
                const extent_t other = bytes_of(buffers[j], values);
                if (at < offsets[j] + other && offsets[j] < at + bytes) {
                    at = offsets[j] + other;
                    moved = true;
                }
            }
        }
        offsets[i] = at;
        if (at + bytes > size) size = at + bytes;
    }
    return size;
}

}  // namespace telar::inline TELAR_ABI
