// SPDX-License-Identifier: BSL-1.0
// The product where both operands run along k in memory and one of them is thin: dot products, nothing copied.
#pragma once
#include <telar/kernels/cpu/matmul/contract_tile.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// Beside four rows: as many sums as the registers hold.
inline constexpr int dot_rows = 4, dot_columns = vector_registers == 32 ? 4 : 2;
/// Beside one row or one column.
inline constexpr int most_dots = 8;

/// The dot products that are computed together in a product (m, k) by (k, n).
struct dot_tile {
    int rows, columns;

    constexpr dot_tile(std::ptrdiff_t m, std::ptrdiff_t n)
        : rows(n == 1   ? most_dots
               : m == 1 ? 1
                        : dot_rows),
          columns(n == 1   ? 1
                  : m == 1 ? most_dots
                           : dot_columns) {}
    /// Columns that are delivered together.
    template <Lane T> static constexpr int most_delivered = std::max(vec<T>::width, most_dots);
    template <Lane T> constexpr int delivered() const { return std::max(vec<T>::width, columns); }
};

/// sum_p a[i, p] * b[p, j] for rows x columns sums, each in the lanes of a register. A task says where row i of A and
/// column j of B begin, and how far p runs.
template <Lane T, int rows, int columns, class Task>
TELAR_INLINE void accumulate_lanes(const Task& task, vec<T> (&total)[std::size_t(rows)][std::size_t(columns)]) {
    constexpr int width = vec<T>::width;
    tile_sums<T, rows, columns> so_far;
    const T* left_at[std::size_t(rows)];
    const T* right_at[std::size_t(columns)];
    TELAR_UNROLL for (int i = 0; i < rows; ++i) left_at[i] = task.left(i);
    TELAR_UNROLL for (int j = 0; j < columns; ++j) right_at[j] = task.right(j);

    const auto step = [&](std::ptrdiff_t p, auto read) TELAR_INLINE_LAMBDA {
        vec<T> right[std::size_t(columns)];
        TELAR_UNROLL for (int j = 0; j < columns; ++j) right[j] = read(right_at[j] + p);
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            const vec<T> left = read(left_at[i] + p);
            TELAR_UNROLL for (int j = 0; j < columns; ++j) total[i][j] = fma(left, right[j], total[i][j]);
        }
    };
    const std::ptrdiff_t depth = task.depth;
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
    if (depth > block) so_far.finish(total);
}
/// The same sums as numbers.
template <Lane T, int rows, int columns, class Task>
TELAR_INLINE void accumulate_dots(const Task& task, T* sum, std::ptrdiff_t stride) {
    vec<T> total[std::size_t(rows)][std::size_t(columns)];
    accumulate_lanes<T, rows, columns>(task, total);
    TELAR_UNROLL for (int i = 0; i < rows; ++i) {
        TELAR_UNROLL for (int j = 0; j < columns; ++j) sum[i * stride + j] = hsum(total[i][j]);
    }
}

/// Pointers may repeat, so a remainder uses the same kernel.
template <Lane T> struct dot_task {
    std::ptrdiff_t depth;
    const T* const* a;
    const T* const* b;

    const T* left(int i) const { return a[i]; }
    const T* right(int j) const { return b[j]; }
};
template <Lane T, int rows, int columns> TELAR_NOINLINE void multiply_dots(const dot_task<T>& task, T* sum) {
    accumulate_dots<T, rows, columns>(task, sum, columns);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
