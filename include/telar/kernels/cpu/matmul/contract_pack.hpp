// SPDX-License-Identifier: BSL-1.0
// Copies of A and B in the order in which the tile kernels read them.
#pragma once
#include <telar/kernels/cpu/matmul/contract_plan.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

// ---- B: one panel after the other, the rows of a panel next to each other, the last vector padded with zeros

/// Rows p0 ... p1-1 of one panel, where columns lie in memory: transposes square blocks.
template <Lane T>
void pack_columns(std::ptrdiff_t p0, std::ptrdiff_t p1, operand<T> b, int columns, int padded, T* panel) {
    constexpr int width = vec<T>::width;
    const std::ptrdiff_t whole = p0 + (p1 - p0) / width * width;
    for (int j = 0; j < columns; j += width) {
        const int lanes = std::min(width, columns - j);
        for (std::ptrdiff_t p = p0; p < whole; p += width) {
            vec<T> block[std::size_t(width)];
            TELAR_UNROLL for (int l = 0; l < width; ++l) block[l] = l < lanes ? load(b.at(p, j + l)) : vec<T>(T(0));
            transpose(block);
            TELAR_UNROLL for (int l = 0; l < width; ++l) store(panel + (p + l) * padded + j, block[l]);
        }
        for (std::ptrdiff_t p = whole; p < p1; ++p)
            store(panel + p * padded + j, load_strided(b.at(p, j), b.column_stride, lanes));
    }
}
/// Where rows lie in memory, so many of them are copied of all panels, then the next: each page is met once.
inline constexpr std::ptrdiff_t strip_rows = 8;

/// Rows p0 ... p1-1 of one panel of `depth` rows.
template <Lane T>
void pack_panel(std::ptrdiff_t p0, std::ptrdiff_t p1, std::ptrdiff_t depth, operand<T> b, int columns, int padded,
                T* panel) {
    constexpr int width = vec<T>::width;
    if (b.row_stride == 1 && b.column_stride != 1) return pack_columns(p0, p1, b, columns, padded, panel);
    for (int j = 0; j < columns; j += width) {
        const int lanes = std::min(width, columns - j);
        for (std::ptrdiff_t p = p0; p < p1; ++p) {
            const T* from = b.at(p, j);
            __builtin_prefetch(b.at(std::min(p + strip_rows, depth - 1), j));
            store(panel + p * padded + j,
                  b.column_stride == 1 ? load_as<T>(from, lanes) : load_strided(from, b.column_stride, lanes));
        }
    }
}
/// B has `depth` rows and starts at the first column of the first panel in `range`.
template <Lane T>
void pack_panels(std::ptrdiff_t depth, operand<T> b, const column_panels<T>& panels, part_range range, T* to,
                 std::ptrdiff_t panel_elements) {
    const std::ptrdiff_t strip = b.column_stride == 1 ? strip_rows : std::max<std::ptrdiff_t>(depth, 1);
    for (std::ptrdiff_t p = 0; p < depth; p += strip)
        for (std::ptrdiff_t panel = range.begin; panel < range.end; ++panel) {
            const std::ptrdiff_t j = panels.start(panel) - panels.start(range.begin);
            pack_panel(p, std::min(p + strip, depth), depth, operand<T>{b.at(0, j), b.row_stride, b.column_stride},
                       panels.columns(panel), panels.padded(panel), to + (panel - range.begin) * panel_elements);
        }
}

// ---- A: one tile after the other

/// Padding between the copied rows of A, so that rows 2^n apart do not fall into one set of the cache.
inline constexpr std::ptrdiff_t row_padding = 16;

/// Tiles that are copied together: where columns lie in memory, so many that whole cache lines are used.
template <Lane T> std::ptrdiff_t tiles_in_slab(operand<T> a) { return a.column_stride == 1 ? 1 : 8; }
template <Lane T> std::ptrdiff_t slab_elements(std::ptrdiff_t depth, operand<T> a) {
    return tiles_in_slab(a) * most_tile_rows * (depth + row_padding);
}
/// The copy of tile number t of a slab.
template <Lane T>
operand<T> copied_tile(const T* slab, std::ptrdiff_t t, int rows, std::ptrdiff_t depth, operand<T> a) {
    if (a.column_stride == 1) return {slab, depth + row_padding, 1};
    return {slab + t * most_tile_rows * depth, 1, rows};
}
/// Copies the tiles in `range`; A starts at the first row of the first of them and has `depth` columns.
template <Lane T>
void pack_slab(std::ptrdiff_t depth, operand<T> a, const even_parts& tiles, part_range range, T* slab) {
    if (a.column_stride == 1) {
        for (std::ptrdiff_t i = 0; i < tiles.length(range.begin); ++i)
            std::copy_n(a.at(i, 0), depth, slab + i * (depth + row_padding));
        return;
    }
    const std::ptrdiff_t first_row = tiles.start(range.begin);
    constexpr std::ptrdiff_t strip = 4;  // columns whose cache lines wait for the next tile, even if 4096 bytes apart
    for (std::ptrdiff_t p0 = 0; p0 < depth; p0 += strip)
        for (std::ptrdiff_t t = range.begin; t < range.end; ++t) {
            const std::ptrdiff_t rows = tiles.length(t), end = std::min(p0 + strip, depth);
            const T* from = a.at(tiles.start(t) - first_row, p0);
            T* to = slab + (t - range.begin) * most_tile_rows * depth + p0 * rows;
            for (std::ptrdiff_t p = p0; p < end; ++p, from += a.column_stride, to += rows) {
                if (a.row_stride == 1 && rows == most_tile_rows) std::memcpy(to, from, most_tile_rows * sizeof(T));
                else
                    for (std::ptrdiff_t i = 0; i < rows; ++i) to[i] = from[i * a.row_stride];
            }
        }
}

#if TELAR_COMPILED
TELAR_INSTANCE void pack_columns(std::ptrdiff_t, std::ptrdiff_t, operand<float>, int, int, float*);
TELAR_INSTANCE void pack_columns(std::ptrdiff_t, std::ptrdiff_t, operand<double>, int, int, double*);
#endif

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
