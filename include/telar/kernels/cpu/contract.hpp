// SPDX-License-Identifier: BSL-1.0
// The matrix product with an epilogue: D[i, j] = sum_p A[i, p] * B[p, j], each finished vector of sums handed to the
// caller's function while it is in the first cache.
//
// Three ways through: dot products (a thin product whose operands both run along k), direct (B small or few rows:
// nothing is copied), packed (B block by block, in the second cache). All of it is compiled once per element type; an
// epilogue costs one small loop.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/kernels/cpu/contract_dot.hpp>
#include <telar/kernels/cpu/contract_pack.hpp>
#include <telar/kernels/cpu/contract_tile.hpp>

#include <algorithm>
#include <cstddef>
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace telar::inline TELAR_ABI::simd {

// ---- what to compute, and how it is cut

/// A finished tile of sums goes here: rows x columns numbers from (i, j), `stride` apart; whole vectors may be read.
template <Lane T>
using tile_sink = void (*)(const void* epilogue, const T* tile, std::ptrdiff_t stride, std::ptrdiff_t i,
                           std::ptrdiff_t j, int rows, int columns);

template <Lane T> struct contraction {
    std::ptrdiff_t m, n, k;
    operand<T> a;  // (m, k)
    operand<T> b;  // (k, n)
    T* partial;    // (m, n) or null
    std::ptrdiff_t partial_stride;
    tile_sink<T> sink;
    const void* epilogue;
};

/// `extent` things cut into parts of at most `most` whose sizes differ by one at most.
struct even_parts {
    std::ptrdiff_t count, size, larger;  // the first `larger` parts hold size + 1

    even_parts(std::ptrdiff_t extent, std::ptrdiff_t most)
        : count((extent + most - 1) / most), size(count ? extent / count : 0), larger(count ? extent % count : 0) {}
    std::ptrdiff_t start(std::ptrdiff_t part) const { return part * size + std::min(part, larger); }
};

/// Columns cut into panels of whole vectors. Where masks cost something, the last, broken vector gets a panel of its
/// own, which only the kernels one vector wide may meet.
template <Lane T> struct column_panels {
    static constexpr std::ptrdiff_t width = vec<T>::width;
    std::ptrdiff_t n;
    bool last_alone;
    even_parts vectors;

    column_panels(std::ptrdiff_t extent, int rows, bool is_packed)
        : n(extent),
          last_alone(!masks_are_free && !is_packed && n % width != 0),
          vectors(last_alone ? n / width : (n + width - 1) / width, most_tile_vectors(rows)) {}
    std::ptrdiff_t count() const { return vectors.count + last_alone; }
    std::ptrdiff_t start(std::ptrdiff_t panel) const {
        if (panel > vectors.count) return n;
        return std::min(n, vectors.start(panel) * width);
    }
    int columns(std::ptrdiff_t panel) const { return static_cast<int>(start(panel + 1) - start(panel)); }
    /// Columns including the padding of the last vector.
    int padded(std::ptrdiff_t panel) const { return static_cast<int>((columns(panel) + width - 1) / width * width); }
};

/// Half-open range of parts.
struct part_range {
    std::ptrdiff_t begin, end;
};

/// Working memory of one thread. It grows to what the largest product so far needed and is then kept.
template <Lane T> struct contract_scratch { buffer<T> rows, panels, sums; };
template <Lane T> contract_scratch<T>& scratch() {
    static thread_local contract_scratch<T> memory;
    return memory;
}
template <Lane T> T* grown(buffer<T>& memory, std::ptrdiff_t size) {
    memory.resize(static_cast<std::size_t>(size));
    return memory.data();
}

// Sizes in bytes, from a first cache of 32 KB and a second of 1 MB. Measured; half of them lose 5 % at 1024^3.
inline constexpr std::ptrdiff_t direct_bytes = 600'000;    // a B so small is read in place
inline constexpr std::ptrdiff_t block_bytes = 786'432;     // a packed block of B
inline constexpr std::ptrdiff_t whole_depth_bytes = 4096;  // a k of so many bytes is not cut
inline constexpr std::ptrdiff_t depth_bytes = 2048;        // a part of k, where it is cut
inline constexpr std::ptrdiff_t chunk_rows = 1024;         // rows that share one memory of partial sums

// ---- the three ways

/// Products with at most this many rows (or columns) may be dot products.
inline constexpr std::ptrdiff_t thin = 4;

template <Lane T, int rows, int columns>
void contract_dots(const contraction<T>& c, part_range i_range, part_range j_range) {
    constexpr int block = std::max(vec<T>::width, columns);  // columns handed on together
    alignas(64) T tile[rows * block];
    T sums[rows * columns];
    for (std::ptrdiff_t i = i_range.begin; i < i_range.end; i += rows) {
        const T* a[rows];
        for (int r = 0; r < rows; ++r) a[r] = c.a.at(std::min(i + r, i_range.end - 1), 0);
        for (std::ptrdiff_t j = j_range.begin; j < j_range.end; j += block) {
            const int filled = static_cast<int>(std::min<std::ptrdiff_t>(block, j_range.end - j));
            for (int s = 0; s < filled; s += columns) {
                const T* b[columns];
                for (int q = 0; q < columns; ++q) b[q] = c.b.at(0, std::min(j + s + q, j_range.end - 1));
                multiply_dots<T, rows, columns>(c.k, a, b, sums);
                for (int r = 0; r < rows; ++r)
                    for (int q = 0; q < columns && s + q < block; ++q) tile[r * block + s + q] = sums[r * columns + q];
            }
            const int valid = static_cast<int>(std::min<std::ptrdiff_t>(rows, i_range.end - i));
            c.sink(c.epilogue, tile, block, i, j, valid, filled);
        }
    }
}

template <Lane T>
void contract_direct(const contraction<T>& c, const even_parts& tiles, const column_panels<T>& panels,
                     part_range tile_range, part_range panel_range) {
    constexpr int width = vec<T>::width;
    alignas(64) T tile[most_tile_elements<T>];
    for (std::ptrdiff_t t = tile_range.begin; t < tile_range.end; ++t) {
        const std::ptrdiff_t i = tiles.start(t);
        const int rows = static_cast<int>(tiles.start(t + 1) - i);
        for (std::ptrdiff_t panel = panel_range.begin; panel < panel_range.end; ++panel) {
            const std::ptrdiff_t j = panels.start(panel);
            const int columns = panels.columns(panel), padded = panels.padded(panel);
            const tile_task<T> task{c.k,
                                    {c.a.at(i, 0), c.a.row_stride, c.a.column_stride},
                                    c.b.at(0, j),
                                    c.b.row_stride,
                                    columns - padded + width,
                                    false,
                                    nullptr,
                                    0,
                                    tile,
                                    padded};
            tile_kernel_for<T>(rows, padded / width)(task);
            c.sink(c.epilogue, tile, padded, i, j, rows, columns);
        }
    }
}

template <Lane T>
void contract_packed(const contraction<T>& c, const even_parts& tiles, const column_panels<T>& panels,
                     part_range tile_range, part_range panel_range) {
    constexpr std::ptrdiff_t size = sizeof(T);
    constexpr int width = vec<T>::width;
    alignas(64) T tile[most_tile_elements<T>];
    const even_parts depths(c.k,
                            c.k * size <= whole_depth_bytes ? std::max<std::ptrdiff_t>(c.k, 1) : depth_bytes / size);
    const std::ptrdiff_t depth_parts = std::max<std::ptrdiff_t>(depths.count, 1);  // k = 0 still has to reach the sink
    const std::ptrdiff_t most_depth = depths.size + 1;
    const std::ptrdiff_t panel_elements = most_depth * panels.padded(0);
    const std::ptrdiff_t most_panels =
        std::clamp<std::ptrdiff_t>(block_bytes / (panel_elements * size), 1, panel_range.end - panel_range.begin);
    const even_parts blocks(panel_range.end - panel_range.begin, most_panels);
    const bool copies_rows =
        c.n > 256 || (c.a.column_stride == 1 ? c.a.row_stride * size % 2048 == 0 : c.a.row_stride != 1);

    contract_scratch<T>& memory = scratch<T>();
    T* const packed = grown(memory.panels, most_panels * panel_elements);
    T* const copied = copies_rows ? grown(memory.rows, most_tile_rows * (most_depth + row_padding)) : nullptr;
    const std::ptrdiff_t tiles_in_chunk =
        depth_parts == 1 || c.partial ? tile_range.end - tile_range.begin : chunk_rows / most_tile_rows;
    std::ptrdiff_t sums_stride = c.partial_stride;
    if (depth_parts > 1 && !c.partial) {
        sums_stride = most_panels * panels.padded(0);
        grown(memory.sums, chunk_rows * sums_stride);
    }

    for (std::ptrdiff_t block = 0; block < blocks.count; ++block) {
        const part_range in_block{panel_range.begin + blocks.start(block), panel_range.begin + blocks.start(block + 1)};
        const std::ptrdiff_t block_column = panels.start(in_block.begin);
        for (std::ptrdiff_t chunk = tile_range.begin; chunk < tile_range.end; chunk += tiles_in_chunk) {
            const std::ptrdiff_t chunk_end = std::min(chunk + tiles_in_chunk, tile_range.end);
            for (std::ptrdiff_t part = 0; part < depth_parts; ++part) {
                const std::ptrdiff_t p = depths.start(part);
                const std::ptrdiff_t depth = c.k ? depths.start(part + 1) - p : 0;
                const bool is_last = part == depth_parts - 1;
                if (depth_parts > 1 || chunk == tile_range.begin)
                    for (std::ptrdiff_t panel = in_block.begin; panel < in_block.end; ++panel)
                        pack_panel(depth, panels.columns(panel),
                                   operand<T>{c.b.at(p, panels.start(panel)), c.b.row_stride, c.b.column_stride},
                                   packed + (panel - in_block.begin) * panel_elements, panels.padded(panel));
                for (std::ptrdiff_t t = chunk; t < chunk_end; ++t) {
                    const std::ptrdiff_t i = tiles.start(t);
                    const int rows = static_cast<int>(tiles.start(t + 1) - i);
                    operand<T> a{c.a.at(i, p), c.a.row_stride, c.a.column_stride};
                    if (copies_rows) a = pack_rows(rows, depth, a, copied);
                    T* const sums = c.partial ? c.partial + i * sums_stride + block_column
                                              : memory.sums.data() + (i - tiles.start(chunk)) * sums_stride;
                    for (std::ptrdiff_t panel = in_block.begin; panel < in_block.end; ++panel) {
                        const std::ptrdiff_t j = panels.start(panel);
                        const int columns = panels.columns(panel), padded = panels.padded(panel);
                        T* const so_far = depth_parts > 1 ? sums + (j - block_column) : nullptr;
                        const tile_task<T> task{depth,
                                                a,
                                                packed + (panel - in_block.begin) * panel_elements,
                                                padded,
                                                columns - padded + width,
                                                true,
                                                part > 0 ? so_far : nullptr,
                                                sums_stride,
                                                is_last ? tile : so_far,
                                                is_last ? padded : sums_stride};
                        tile_kernel_for<T>(rows, padded / width)(task);
                        if (is_last) c.sink(c.epilogue, tile, padded, i, j, rows, columns);
                    }
                }
            }
        }
    }
}

// ---- threads

/// A product of fewer operations is not worth waking a thread for.
inline constexpr double operations_per_team = 2e6;

/// Runs work(range of rows, range of columns) on the whole product, cut between threads along its longer side. What a
/// part computes does not depend on the cut: the same bits for any number of threads.
template <class Work>
void share(double operations, std::ptrdiff_t row_parts, std::ptrdiff_t column_parts, const Work& work) {
#if defined(_OPENMP)
    if (operations >= operations_per_team && row_parts * column_parts > 1 && omp_get_max_threads() > 1 &&
        !omp_in_parallel()) {
        const bool by_rows = row_parts >= column_parts;
        const std::ptrdiff_t parts = by_rows ? row_parts : column_parts;
#pragma omp parallel
        {
            const std::ptrdiff_t threads = omp_get_num_threads(), me = omp_get_thread_num();
            const part_range mine{parts * me / threads, parts * (me + 1) / threads};
            if (mine.begin < mine.end) {
                if (by_rows) work(mine, part_range{0, column_parts});
                else work(part_range{0, row_parts}, mine);
            }
        }
        return;
    }
#endif
    (void)operations;
    work(part_range{0, row_parts}, part_range{0, column_parts});
}

template <Lane T> TELAR_NOINLINE void contract_tiles(const contraction<T>& c) {
    const double operations = 2.0 * static_cast<double>(c.m) * static_cast<double>(c.n) * static_cast<double>(c.k);
    const bool runs_along_k = (c.a.column_stride == 1 || c.k == 1) && (c.b.row_stride == 1 || c.k == 1);
    if (runs_along_k &&
        (c.n == 1 || (c.m <= thin && c.b.column_stride != 1) || (c.n <= thin && c.b.column_stride != 1))) {
        const std::ptrdiff_t rows = c.n == 1   ? 8
                                    : c.m == 1 ? 1
                                               : 4,
                             columns = std::max<std::ptrdiff_t>(vec<T>::width, 8);
        share(operations, (c.m + rows - 1) / rows, (c.n + columns - 1) / columns, [&](part_range rs, part_range cs) {
            const part_range i{rs.begin * rows, std::min(rs.end * rows, c.m)};
            const part_range j{cs.begin * columns, std::min(cs.end * columns, c.n)};
            if (rows == 8) contract_dots<T, 8, 1>(c, i, j);
            else if (rows == 1) contract_dots<T, 1, 8>(c, i, j);
            else contract_dots<T, 4, 4>(c, i, j);
        });
        return;
    }
    const even_parts tiles(c.m, most_tile_rows);
    const int most_rows = static_cast<int>(tiles.start(1));
    const bool is_direct = c.b.column_stride == 1 &&
                           (tiles.count <= 3 || c.k * c.n * static_cast<std::ptrdiff_t>(sizeof(T)) <= direct_bytes);
    const column_panels<T> panels(c.n, most_rows, !is_direct);
    share(operations, tiles.count, panels.count(), [&](part_range rows, part_range columns) {
        if (is_direct) contract_direct(c, tiles, panels, rows, columns);
        else contract_packed(c, tiles, panels, rows, columns);
    });
}

/// D[i, j] = sum_p A[i, p] * B[p, j]; D goes to the epilogue alone.
///
/// shapes    A (m, k), B (k, n), each with any two strides; rows or columns that are next to each other are fast
/// types     float32, float64; int32 and int64 wrap
/// edge      k = 0 gives sums of 0; m = 0 or n = 0 calls nothing
/// epilogue  epilogue(vec<T> sum, i, j, lanes) for columns j ... j+lanes-1 of row i, once for every element of D, in
/// any
///           order and on any thread. Only it writes. Lanes beyond `lanes` hold anything.
/// partial   (m, n) numbers, rows partial_stride apart, for sums so far when k is cut; null: the thread's own memory
/// threads   OpenMP, above 2 million operations; the same bits for any number of threads
/// source    Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34 (2008)
/// test      tests/kernels/contract_test.cpp
template <Lane T, class Epilogue>
void contract(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, operand<T> a, operand<T> b, T* partial,
              std::ptrdiff_t partial_stride, const Epilogue& epilogue) {
    if (m <= 0 || n <= 0) return;
    const tile_sink<T> sink = [](const void* to, const T* tile, std::ptrdiff_t stride, std::ptrdiff_t i,
                                 std::ptrdiff_t j, int rows, int columns) {
        const Epilogue& finish = *static_cast<const Epilogue*>(to);
        constexpr int width = vec<T>::width;
        for (int r = 0; r < rows; ++r, tile += stride) {
            int s = 0;
            for (; s + width <= columns; s += width) finish(load(tile + s), i + r, j + s, width);
            if (s < columns) finish(load_first(tile + s, columns - s), i + r, j + s, columns - s);
        }
    };
    contract_tiles<T>({m, n, k, a, b, partial, partial_stride, sink, &epilogue});
}

}  // namespace telar::inline TELAR_ABI::simd
