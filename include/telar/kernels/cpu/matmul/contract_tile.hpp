// SPDX-License-Identifier: BSL-1.0
// The innermost loops of the matrix product: one tile of sums, held in registers while k runs.
// Nothing here depends on an epilogue, so a program pays for these kernels once per element type.
#pragma once
#include <telar/kernels/cpu/loop/long_sums.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

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
/// A tile of few sums has several for each element of D, over p mod chains, which are added at the end.
constexpr int chains_of(int rows, int vectors) { return rows * vectors <= 4 ? 8 / (rows * vectors) : 1; }
template <Lane T> inline constexpr int most_tile_elements = vec<T>::width * 3 * most_tile_rows;

/// Walks through the columns of A with a tile's rows. Two pointers: more offsets than these g++ spills, and reloads
/// each time around.
template <Lane T> class strided_column {
    const T* a_;
    const T* lower_;
    std::ptrdiff_t row_, column_;

public:
    template <class Operand>
    TELAR_INLINE explicit strided_column(const Operand& a)
        : a_(a.data), lower_(a.data + 4 * a.row_stride), row_(a.row_stride), column_(a.column_stride) {}
    TELAR_INLINE T operator[](int i) const { return i < 4 ? a_[i * row_] : lower_[(i - 4) * row_]; }
    TELAR_INLINE void next() { a_ += column_, lower_ += column_; }
};

/// One tile of a product: sum[i, j] = addend[i, j] + sum_p a[i, p] * b[p, j]. The sums lie in whole vectors.
template <Lane T> struct tile_task {
    std::ptrdiff_t depth;  // how far p runs
    operand<T> a;          // (rows, depth)
    const T* b;            // (depth, columns), columns next to each other
    std::ptrdiff_t b_stride;
    int readable;     // lanes of the last vector of B, all if it is padded
    const T* next_b;  // what is read of B after this tile
    const T* addend;  // may be null, may be sum
    T* sum;
    std::ptrdiff_t sum_stride;  // of the addend too

    static constexpr bool is_whole = false;                     // whether the last vector is, known beforehand
    static constexpr int rows_to_prefetch = prefetch_distance;  // of B
    static constexpr bool has_far_data = false;
    static constexpr bool may_have_chains = true;

    template <int rows> TELAR_INLINE strided_column<T> columns() const { return strided_column<T>(a); }
    void skip(std::ptrdiff_t steps) {
        a.data += steps * a.column_stride;
        b += steps * b_stride;
    }
};

/// The same where A and the sums lie beyond the second cache: each step prefetches one number of each. (All of them
/// before the first step: that takes as long as it saves.)
template <Lane T> struct far_tile_task : tile_task<T> {
    const T* next_a;    // a row of A
    const T* next_sum;  // the sums of this tile
    static constexpr bool has_far_data = prefetch_distance > 0;

    void skip(std::ptrdiff_t steps) {
        tile_task<T>::skip(steps);
        next_a += steps;
        next_sum += steps;
    }
};

/// Chains that a task feeds at least one term each; the others stay 0.
template <class Task> constexpr int chains_fed(int chains) {
    if constexpr (requires { Task::known_depth; })
        return static_cast<int>(std::min<std::ptrdiff_t>(chains, Task::known_depth));
    else return chains;
}

// Every loop over sum[][] must be unrolled, or g++ keeps the array in memory: three times slower.

/// sum[i, v] = sum_p a[i, p] * b[p, v]: the loop over p. A task says where the operands lie, in numbers that are known
/// now or only when it runs, and how to walk through A.
template <Lane T, int rows, int vectors, class Task>
TELAR_INLINE void accumulate(const Task& task, vec<T> (&total)[std::size_t(rows)][std::size_t(vectors)]) {
    constexpr int width = vec<T>::width;
    constexpr int chains = Task::may_have_chains ? chains_of(rows, vectors) : 1;
    constexpr int fed = chains_fed<Task>(chains);
    static_assert(block_depth % chains == 0 && prefetch_distance % chains == 0);
    vec<T> sum[std::size_t(chains)][std::size_t(rows)][std::size_t(vectors)];
    TELAR_UNROLL for (int c = 0; c < chains; ++c) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[c][i][v] = vec<T>(T(0));
        }
    }
    auto column = task.template columns<rows>();
    const T* b = task.b;
    // One or two rows use B as fast as the second cache delivers it: prefetching would only take a share of that.
    constexpr int distance = rows > 2 ? Task::rows_to_prefetch : 0;
    const T* ahead = b + distance * task.b_stride;
    const std::ptrdiff_t b_row = task.b_stride;
    const int readable = task.readable;
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
            const vec<T> left = column[i];
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) to[i][v] = fma(left, right[v], to[i][v]);
        }
        if constexpr (Task::has_far_data) {
            __builtin_prefetch(next_a++, 0, 2);  // into the second cache
            __builtin_prefetch(next_sum++);
        }
        column.next();
        b += b_row;
        ahead += b_row;
    };
    // The last rows prefetch what comes next: beyond B there may be no memory, and asking for it takes its time.
    const std::ptrdiff_t depth = task.depth, whole = depth / chains;
    std::ptrdiff_t rounds = distance > 0 ? std::max<std::ptrdiff_t>(0, (depth - distance) / chains) : whole;
    if (rounds == 0) ahead = task.next_b, rounds = whole;
    for (std::ptrdiff_t left = whole; left > 0; rounds = left, ahead = task.next_b) {
        left -= rounds;
        do { TELAR_UNROLL for (int c = 0; c < chains; ++c) step(sum[c]); } while (--rounds > 0);
    }
    TELAR_UNROLL for (int c = 0; c < chains - 1; ++c) {
        if (c < depth % chains) step(sum[c]);
    }
    TELAR_UNROLL for (int apart = chains / 2; apart > 0; apart /= 2) {
        TELAR_UNROLL for (int c = 0; c < apart; ++c) {
            if (c + apart >= fed) continue;
            TELAR_UNROLL for (int i = 0; i < rows; ++i) {
                TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[c][i][v] += sum[c + apart][i][v];
            }
        }
    }
    if constexpr (fed < chains) {  // the zeros of the other chains: -0 + 0 is 0
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[0][i][v] += vec<T>(T(0));
        }
    }
    TELAR_UNROLL for (int i = 0; i < rows; ++i) {
        TELAR_UNROLL for (int v = 0; v < vectors; ++v) total[i][v] = sum[0][i][v];
    }
}

/// A tile whose sums are one block of the order of long sums.
template <Lane T, int rows, int vectors, class Task = tile_task<T>>
TELAR_NOINLINE void multiply_block(const Task& task) {
    constexpr int width = vec<T>::width;
    vec<T> sum[std::size_t(rows)][std::size_t(vectors)];
    accumulate<T, rows, vectors>(task, sum);
    const std::ptrdiff_t stride = task.sum_stride;
    if (const T* from = task.addend) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i, from += stride) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] += load(from + v * width);
        }
    }
    T* to = task.sum;
    TELAR_UNROLL for (int i = 0; i < rows; ++i, to += stride) {
        TELAR_UNROLL for (int v = 0; v < vectors; ++v) store(to + v * width, sum[i][v]);
    }
}
/// The kernels of tasks of one kind.
template <class Task> using block_kernel = void (*)(const Task&);

/// A tile whose sums are several blocks: each block is added to those before it, and whole groups wait in memory, level
/// by level.
template <Lane T, class Task>
TELAR_NOINLINE void multiply_blocks(block_kernel<Task> kernel, Task task, int rows, int padded) {
    alignas(64) T waiting[std::size_t(most_levels * most_tile_elements<T>)];
    const std::ptrdiff_t elements = rows * padded, stride = task.sum_stride;
    const T* const next_b = task.next_b;
    std::ptrdiff_t left = task.depth, blocks = 0;
    for (; left > block_depth; left -= block_depth) {
        task.depth = block_depth;
        task.next_b = task.b + block_depth * task.b_stride;
        kernel(task);
        task.skip(block_depth);
        task.addend = task.sum;
        if (++blocks % added_in_a_row != 0) continue;
        for (int i = 0; i < rows; ++i) std::copy_n(task.sum + i * stride, padded, waiting + i * padded);
        carry_sums(waiting, elements, blocks / added_in_a_row);
        task.addend = nullptr;
    }
    task.depth = left;
    task.next_b = next_b;
    kernel(task);
    if (blocks < added_in_a_row) return;
    for (int i = 0; i < rows; ++i)
        add_carried(task.sum + i * stride, padded, waiting + i * padded, elements, blocks / added_in_a_row);
}
/// Sums of any depth, in the order of long sums.
template <Lane T, class Task>
TELAR_INLINE void multiply_tile(block_kernel<Task> kernel, const Task& task, int rows, int padded) {
    if (task.depth <= block_depth) kernel(task);
    else multiply_blocks<T>(kernel, task, rows, padded);
}

/// multiply_block for every number of rows and vectors that a tile may have.
template <Lane T> struct tile_kernels {
    block_kernel<tile_task<T>> at[most_tile_rows + 1][most_tile_vectors(1) + 1] = {};

    constexpr tile_kernels() { fill<most_tile_rows, most_tile_vectors(most_tile_rows)>(); }

private:
    template <int rows, int vectors> constexpr void fill() {
        at[rows][vectors] = multiply_block<T, rows, vectors>;
        if constexpr (vectors > 1) fill<rows, vectors - 1>();
        else if constexpr (rows > 1) fill<rows - 1, most_tile_vectors(rows - 1)>();
    }
};
template <Lane T> inline constexpr tile_kernels<T> tile_kernel_table;

/// A tile of so many rows and vectors.
template <Lane T> TELAR_INLINE void multiply_tile(int rows, int vectors, const tile_task<T>& task) {
    multiply_tile<T>(tile_kernel_table<T>.at[rows][vectors], task, rows, vectors * vec<T>::width);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
