// SPDX-License-Identifier: BSL-1.0
// The innermost loops of the matrix product: one tile of sums, held in registers while k runs.
// Nothing here depends on an epilogue, so a program pays for these kernels once per element type.
#pragma once
#include <telar/kernels/cpu/long_sums.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::simd {

/// A matrix in memory: element (i, j) is data[i * row_stride + j * column_stride].
template <Lane T> struct operand {
    const T* data;
    std::ptrdiff_t row_stride;
    std::ptrdiff_t column_stride;

    const T* at(std::ptrdiff_t i, std::ptrdiff_t j) const { return data + i * row_stride + j * column_stride; }
    operand from(std::ptrdiff_t i, std::ptrdiff_t j) const { return {at(i, j), row_stride, column_stride}; }
    operand transposed() const { return {data, column_stride, row_stride}; }
};

#if TELAR_WIDE && defined(__AVX512F__)
inline constexpr int prefetch_distance = 8;  // rows of B, ahead of their use
#else
inline constexpr int prefetch_distance = 0;  // slower there: the front end is the limit
#endif

/// The tile that fills the registers: 8 x 3 vectors of sums in 32 registers, 4 x 3 in 16.
inline constexpr int most_tile_rows = vector_registers == 32 ? 8 : 4;
/// Few rows get a wider tile: there have to be at least 8 independent chains to hide the latency of fma.
constexpr int most_tile_vectors(int rows) { return rows == 1 ? 8 : rows == 2 ? 4 : 3; }
template <Lane T> inline constexpr int most_tile_elements = vec<T>::width * 3 * most_tile_rows;

/// One tile of a product: sum[i, j] = addend[i, j] + sum_p a[i, p] * b[p, j].
template <Lane T> struct tile_task {
    std::ptrdiff_t depth;  // how far p runs
    operand<T> a;          // (rows, depth)
    const T* b;            // (depth, columns), columns next to each other
    std::ptrdiff_t b_stride;
    int lanes;        // of the last vector of columns
    bool is_padded;   // whether the last vector of B may be read whole
    const T* next_b;  // what is read of B after this tile
    const T* addend;  // may be null, may be sum
    std::ptrdiff_t addend_stride;
    T* sum;
    std::ptrdiff_t sum_stride;

    static constexpr bool is_whole = false;                     // whether that is known of the last vector beforehand
    static constexpr int rows_to_prefetch = prefetch_distance;  // of B
    static constexpr bool has_far_data = false;
    int readable() const { return is_padded ? vec<T>::width : lanes; }
};

/// The same where A and the sums lie beyond the second cache: each step prefetches one number of each. (All of them
/// before the first step: that takes as long as it saves.)
template <Lane T> struct far_tile_task : tile_task<T> {
    const T* next_a;    // a row of A
    const T* next_sum;  // the sums of this tile
    static constexpr bool has_far_data = prefetch_distance > 0;
};

// Every loop over sum[][] must be unrolled, or g++ keeps the array in memory: three times slower.

/// sum[i, v] = sum_p a[i, p] * b[p, v]: the loop over p. A task says where the operands lie, in numbers that are known
/// now or only when it runs. In `so_far` are the sums that a k longer than a block begins with.
template <Lane T, int rows, int vectors, class Task>
TELAR_INLINE void accumulate(const Task& task, tile_sums<T, rows, vectors>& so_far,
                             vec<T> (&total)[std::size_t(rows)][std::size_t(vectors)]) {
    constexpr int width = vec<T>::width;
    constexpr int chains = rows * vectors <= 4 ? 8 / (rows * vectors) : 1;  // sums over p mod chains, added at the end
    static_assert(block_depth % chains == 0 && prefetch_distance % chains == 0);
    vec<T> sum[std::size_t(chains)][std::size_t(rows)][std::size_t(vectors)];
    // Two pointers into A and one ahead in B: more offsets than these g++ spills, and reloads each time around.
    const T* a = task.a.data;
    const T* a_lower = a + 4 * task.a.row_stride;
    const T* b = task.b;
    // One or two rows use B as fast as the second cache delivers it: prefetching would only take a share of that.
    constexpr int distance = rows > 2 ? Task::rows_to_prefetch : 0;
    const T* ahead = b + distance * task.b_stride;
    const std::ptrdiff_t a_row = task.a.row_stride, a_column = task.a.column_stride, b_row = task.b_stride;
    const int readable = task.readable();
    [[maybe_unused]] const T *next_a = nullptr, *next_sum = nullptr;
    if constexpr (Task::has_far_data) next_a = task.next_a, next_sum = task.next_sum;

    const auto step = [&](vec<T>(&to)[std::size_t(rows)][std::size_t(vectors)]) TELAR_INLINE_LAMBDA {
        vec<T> right[std::size_t(vectors)];
        TELAR_UNROLL for (int v = 0; v < vectors; ++v) {
            if constexpr (distance > 0) __builtin_prefetch(ahead + v * width);
            const bool is_last = v == vectors - 1 && !Task::is_whole;
            if (is_last && masks_are_free) right[v] = load_first(b + v * width, readable);
            else if (is_last && vectors == 1 && readable < width) right[v] = load_first(b, readable);
            else right[v] = load(b + v * width);
        }
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            const vec<T> left = i < 4 ? a[i * a_row] : a_lower[(i - 4) * a_row];
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) to[i][v] = fma(left, right[v], to[i][v]);
        }
        if constexpr (Task::has_far_data) {
            __builtin_prefetch(next_a++, 0, 2);  // into the second cache
            __builtin_prefetch(next_sum++);
        }
        a += a_column;
        a_lower += a_column;
        b += b_row;
        ahead += b_row;
    };
    const std::ptrdiff_t depth = task.depth;
    // The last rows prefetch what comes next: beyond B there may be no memory, and asking for it takes its time.
    [[maybe_unused]] const std::ptrdiff_t turn = std::max<std::ptrdiff_t>(0, (depth - distance) / chains * chains);
    if (turn == 0) ahead = task.next_b;
    std::ptrdiff_t p = 0;
    for (;;) {  // a block
        TELAR_UNROLL for (int c = 0; c < chains; ++c) {
            TELAR_UNROLL for (int i = 0; i < rows; ++i) {
                TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[c][i][v] = vec<T>(T(0));
            }
        }
        const std::ptrdiff_t end = std::min(depth, p + block_depth);
        if constexpr (distance == 0) {
            for (; p + chains <= end; p += chains) { TELAR_UNROLL for (int c = 0; c < chains; ++c) step(sum[c]); }
        } else {
            std::ptrdiff_t rounds = ((turn > p && turn < end ? turn : end) - p) / chains;
            while (rounds > 0) {
                p += rounds * chains;
                do { TELAR_UNROLL for (int c = 0; c < chains; ++c) step(sum[c]); } while (--rounds > 0);
                if (p == turn) ahead = task.next_b;
                rounds = (end - p) / chains;
            }
        }
        TELAR_UNROLL for (int c = 0; c < chains - 1; ++c) {
            if (p + c < end) step(sum[c]);
        }
        p = end;
        TELAR_UNROLL for (int apart = chains / 2; apart > 0; apart /= 2) {
            TELAR_UNROLL for (int c = 0; c < apart; ++c) {
                TELAR_UNROLL for (int i = 0; i < rows; ++i) {
                    TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[c][i][v] += sum[c + apart][i][v];
                }
            }
        }
        if (depth > block_depth) so_far.add_to(sum[0]);
        if (p == depth) break;
        so_far.keep(sum[0]);
    }
    TELAR_UNROLL for (int i = 0; i < rows; ++i) {
        TELAR_UNROLL for (int v = 0; v < vectors; ++v) total[i][v] = sum[0][i][v];
    }
}

template <Lane T, int rows, int vectors, class Task = tile_task<T>>
TELAR_NOINLINE void multiply_tile(const Task& task) {
    constexpr int width = vec<T>::width;
    vec<T> sum[std::size_t(rows)][std::size_t(vectors)];
    tile_sums<T, rows, vectors> so_far;
    const int lanes = task.lanes;
    const T* const addend = task.addend;
    const std::ptrdiff_t addend_stride = task.addend_stride;
    if (addend && task.depth > block_depth) so_far.start(addend, addend_stride, lanes);
    accumulate<T, rows, vectors>(task, so_far, sum);
    if (addend && task.depth <= block_depth) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) {
                sum[i][v] += load_as<T>(addend + i * addend_stride + v * width, v < vectors - 1 ? width : lanes);
            }
        }
    }
    so_far.finish(sum);
    T* to = task.sum;
    const std::ptrdiff_t stride = task.sum_stride;
    TELAR_UNROLL for (int i = 0; i < rows; ++i) {
        TELAR_UNROLL for (int v = 0; v < vectors; ++v) {
            store_as(to + v * width, sum[i][v], v < vectors - 1 ? width : lanes);
        }
        to += stride;
    }
}

template <Lane T> using tile_kernel = void (*)(const tile_task<T>&);

/// multiply_tile for every number of rows and vectors that a tile may have.
template <Lane T> struct tile_kernels {
    tile_kernel<T> at[most_tile_rows + 1][most_tile_vectors(1) + 1] = {};

    constexpr tile_kernels() { fill<most_tile_rows, most_tile_vectors(most_tile_rows)>(); }

private:
    template <int rows, int vectors> constexpr void fill() {
        at[rows][vectors] = multiply_tile<T, rows, vectors>;
        if constexpr (vectors > 1) fill<rows, vectors - 1>();
        else if constexpr (rows > 1) fill<rows - 1, most_tile_vectors(rows - 1)>();
    }
};
template <Lane T> inline constexpr tile_kernels<T> tile_kernel_table;

template <Lane T> TELAR_INLINE tile_kernel<T> tile_kernel_for(int rows, int vectors) {
    return tile_kernel_table<T>.at[rows][vectors];
}

}  // namespace telar::inline TELAR_ABI::simd
