// SPDX-License-Identifier: BSL-1.0
// The product where both operands run along k in memory and one of them is thin: dot products, nothing copied.
#pragma once
#include <telar/kernels/cpu/matmul/contract_tile.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// Beside four rows: as many sums as the registers hold.
inline constexpr int most_dot_columns = vector_registers == 32 ? 4 : 2;

/// sum[i, j] = sum_p a[i, p] * b[p, j] for rows x columns sums; row i of A starts at a[i], column j of B at b[j].
/// Pointers may repeat, so a remainder uses the same kernel.
template <Lane T, int rows, int columns>
TELAR_NOINLINE void multiply_dots(std::ptrdiff_t depth, const T* const* a, const T* const* b, T* sum) {
    constexpr int width = vec<T>::width;
    vec<T> total[std::size_t(rows)][std::size_t(columns)];
    tile_sums<T, rows, columns> so_far;
    const T* left_at[std::size_t(rows)];
    const T* right_at[std::size_t(columns)];
    TELAR_UNROLL for (int i = 0; i < rows; ++i) left_at[i] = a[i];
    TELAR_UNROLL for (int j = 0; j < columns; ++j) right_at[j] = b[j];

    const auto step = [&](std::ptrdiff_t p, auto read) TELAR_INLINE_LAMBDA {
        vec<T> left[std::size_t(rows)];
        TELAR_UNROLL for (int i = 0; i < rows; ++i) left[i] = read(left_at[i] + p);
        TELAR_UNROLL for (int j = 0; j < columns; ++j) {
            const vec<T> right = read(right_at[j] + p);
            TELAR_UNROLL for (int i = 0; i < rows; ++i) total[i][j] = fma(left[i], right, total[i][j]);
        }
    };
    constexpr std::ptrdiff_t block = block_depth * width;
    for (std::ptrdiff_t p = 0;;) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int j = 0; j < columns; ++j) total[i][j] = vec<T>(T(0));
        }
        const std::ptrdiff_t end = std::min(depth, p + block);
        for (; p + width <= end; p += width) step(p, [](const T* x) TELAR_INLINE_LAMBDA { return load(x); });
        if (const int rest = static_cast<int>(end - p); rest > 0)
            step(p, [rest](const T* x) TELAR_INLINE_LAMBDA { return load_first(x, rest); });
        p = end;
        if (depth > block) so_far.add_to(total);
        if (p == depth) break;
        so_far.keep(total);
    }
    so_far.finish(total);
    TELAR_UNROLL for (int i = 0; i < rows; ++i) {
        TELAR_UNROLL for (int j = 0; j < columns; ++j) sum[i * columns + j] = hsum(total[i][j]);
    }
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
