// SPDX-License-Identifier: BSL-1.0
// Copies of A and B in the order in which the tile kernels read them.
#pragma once
#include <telar/kernels/cpu/contract_tile.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::simd {

/// Writes columns 0 .. columns-1 of B (depth rows) to `to`: one row after the other, each padded with zeros to
/// `stride`.
template <Lane T> void pack_panel(std::ptrdiff_t depth, int columns, operand<T> b, T* to, std::ptrdiff_t stride) {
    constexpr int width = vec<T>::width;
    for (int j = 0; j < columns; j += width) {
        const int lanes = std::min(width, columns - j);
        std::ptrdiff_t p = 0;
        if (b.row_stride == 1 && b.column_stride != 1)  // a column-major B: transpose square blocks
            for (; p + width <= depth; p += width) {
                vec<T> block[width];
#pragma GCC unroll 16
                for (int l = 0; l < width; ++l) block[l] = l < lanes ? load(b.at(p, j + l)) : vec<T>(T(0));
                transpose(block);
#pragma GCC unroll 16
                for (int l = 0; l < width; ++l) store(to + (p + l) * stride + j, block[l]);
            }
        for (; p < depth; ++p) {
            const T* from = b.at(p, j);
            const vec<T> row =
                b.column_stride == 1 ? load_as<T>(from, lanes) : load_strided(from, b.column_stride, lanes);
            store(to + p * stride + j, row);
        }
    }
}

/// Padding between the copied rows of A, so that rows 2^n apart do not fall into one set of the cache.
inline constexpr std::ptrdiff_t row_padding = 16;

/// Copies `rows` rows of A (depth columns) next to each other; returns the copy as an operand.
template <Lane T> operand<T> pack_rows(int rows, std::ptrdiff_t depth, operand<T> a, T* to) {
    constexpr int width = vec<T>::width;
    if (a.column_stride == 1) {
        const std::ptrdiff_t stride = depth + row_padding;
        for (int i = 0; i < rows; ++i) std::copy_n(a.at(i, 0), depth, to + i * stride);
        return {to, stride, 1};
    }
    if (a.row_stride == 1 && most_tile_rows <= width) {
        for (std::ptrdiff_t p = 0; p < depth; ++p) store_first(to + p * rows, load_first(a.at(0, p), rows), rows);
    } else {
        for (std::ptrdiff_t p = 0; p < depth; ++p)
            for (int i = 0; i < rows; ++i) to[p * rows + i] = *a.at(i, p);
    }
    return {to, 1, rows};
}

}  // namespace telar::inline TELAR_ABI::simd
