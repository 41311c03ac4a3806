// SPDX-License-Identifier: BSL-1.0
// The order of a product's sums over a long k. Terms are added one after the other in blocks of 256; the blocks sixteen
// at a time, which is a group; the groups sixteen at a time, and so on. The order depends on k alone, not on how the
// product is cut for the caches, so no cut lies within a block, and no part in two groups. Two kinds of products have
// an order of their own: thin ones have several accumulators, and blocks are shorter where few rows meet a large B.
#pragma once
#include <telar/kernels/cpu/simd/simd.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

inline constexpr std::ptrdiff_t added_in_a_row = 16;  // results of one level
inline constexpr std::ptrdiff_t block_depth = 256;
inline constexpr std::ptrdiff_t group_depth = added_in_a_row * block_depth;

/// Levels of sums that wait: of blocks, of groups, of sixteen groups, ...
constexpr int levels_of(std::ptrdiff_t depth) {
    int levels = 1;
    for (std::ptrdiff_t groups = (depth - 1) / group_depth; groups > 0; groups /= added_in_a_row) ++levels;
    return levels;
}
inline constexpr int most_levels = 8;  // k < 2^39

/// Level l of the sums begins at sums + l * elements. Carries level 0 upward after the group with this number (from 1),
/// and every level that is full thereby.
template <Lane T> TELAR_NOINLINE void carry_sums(T* sums, std::ptrdiff_t elements, std::ptrdiff_t groups) {
    for (T* level = sums;; level += elements, groups /= added_in_a_row) {
        const bool is_first = groups % added_in_a_row == 1;
        for (std::ptrdiff_t i = 0; i < elements; ++i)
            level[elements + i] = is_first ? level[i] : level[elements + i] + level[i];
        if (groups % added_in_a_row != 0) break;
    }
    std::fill_n(sums, elements, T(0));
}
/// total[i] += what waits in the levels above 0, after so many whole groups.
template <Lane T>
TELAR_NOINLINE void add_carried(T* total, std::ptrdiff_t count, const T* sums, std::ptrdiff_t elements,
                                std::ptrdiff_t groups) {
    for (; groups > 0; groups /= added_in_a_row) {
        sums += elements;
        if (groups % added_in_a_row == 0) continue;
        for (std::ptrdiff_t i = 0; i < count; ++i) total[i] = total[i] + sums[i];
    }
}

/// The sums of a tile while a long k runs: registers are added up here at the end of each block.
template <Lane T, int rows, int vectors> struct tile_sums {
    static constexpr int width = vec<T>::width, elements = rows * vectors * width;
    alignas(64) T waiting[std::size_t(most_levels * elements)];
    std::ptrdiff_t blocks = 0;
    bool holds = false;

    /// Begins with sums that are known so far, of rows `stride` apart.
    TELAR_INLINE void start(const T* sums, std::ptrdiff_t stride, int last_lanes = width) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) {
                store(waiting + (i * vectors + v) * width,
                      load_as<T>(sums + i * stride + v * width, v < vectors - 1 ? width : last_lanes));
            }
        }
        holds = true;
    }
    /// sum += what waits.
    TELAR_INLINE void add_to(vec<T> (&sum)[std::size_t(rows)][std::size_t(vectors)]) const {
        if (!holds) return;
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] += load(waiting + (i * vectors + v) * width);
        }
    }
    /// The sums up to the end of a block that is not the last wait.
    TELAR_INLINE void keep(const vec<T> (&sum)[std::size_t(rows)][std::size_t(vectors)]) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) store(waiting + (i * vectors + v) * width, sum[i][v]);
        }
        holds = true;
        if (++blocks % added_in_a_row == 0) carry_sums(waiting, elements, blocks / added_in_a_row);
    }
    /// After the last block: the groups before it.
    TELAR_INLINE void finish(vec<T> (&sum)[std::size_t(rows)][std::size_t(vectors)]) {
        if (blocks >= added_in_a_row) {
            TELAR_UNROLL for (int i = 0; i < rows; ++i) {
                TELAR_UNROLL for (int v = 0; v < vectors; ++v) store(waiting + (i * vectors + v) * width, sum[i][v]);
            }
            add_carried(waiting, elements, waiting, elements, blocks / added_in_a_row);
            TELAR_UNROLL for (int i = 0; i < rows; ++i) {
                TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] = load(waiting + (i * vectors + v) * width);
            }
        }
    }
};

/// The parts in which a cache takes k: at most `most` terms each, whole blocks of one group; one part if that is all.
class depth_parts {
    std::ptrdiff_t depth_, in_group_, whole_groups_, last_size_, last_larger_;

public:
    std::ptrdiff_t count;

    depth_parts(std::ptrdiff_t depth, std::ptrdiff_t most) : depth_(depth) {
        const std::ptrdiff_t most_blocks = std::clamp<std::ptrdiff_t>(most / block_depth, 1, added_in_a_row);
        in_group_ = (added_in_a_row + most_blocks - 1) / most_blocks;
        whole_groups_ = most < depth ? (depth - 1) / group_depth : 0;  // before the last, which may be whole too
        const std::ptrdiff_t blocks = (depth - whole_groups_ * group_depth + block_depth - 1) / block_depth;
        const std::ptrdiff_t parts = most < depth ? (blocks + most_blocks - 1) / most_blocks : 1;
        last_size_ = blocks / parts, last_larger_ = blocks % parts;
        count = whole_groups_ * in_group_ + parts;
    }
    std::ptrdiff_t start(std::ptrdiff_t part) const {
        if (part >= count) return depth_;
        const std::ptrdiff_t group = std::min(part / in_group_, whole_groups_), in_group = part - group * in_group_;
        const std::ptrdiff_t size = group < whole_groups_ ? added_in_a_row / in_group_ : last_size_;
        const std::ptrdiff_t larger = group < whole_groups_ ? added_in_a_row % in_group_ : last_larger_;
        return group * group_depth + (in_group * size + std::min(in_group, larger)) * block_depth;
    }
    std::ptrdiff_t length(std::ptrdiff_t part) const { return start(part + 1) - start(part); }
    /// Terms of the longest part.
    std::ptrdiff_t most() const {
        const std::ptrdiff_t in_whole = whole_groups_ > 0 ? (added_in_a_row + in_group_ - 1) / in_group_ : 0;
        return std::min(depth_, std::max(in_whole, last_size_ + (last_larger_ > 0)) * block_depth);
    }
    /// Whether a part begins a group, and the whole groups before it.
    bool begins_group(std::ptrdiff_t part) const { return start(part) % group_depth == 0; }
    std::ptrdiff_t groups_before(std::ptrdiff_t part) const { return start(part) / group_depth; }
    int levels() const { return levels_of(depth_); }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
