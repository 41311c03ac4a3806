// SPDX-License-Identifier: BSL-1.0
// The matrix product with an epilogue: D[i, j] = sum_p A[i, p] * B[p, j], each finished vector of sums handed to the
// caller's function while it is in the first cache.
//
// Four ways through: dot products (a thin product whose operands both run along k), direct (B small or few rows:
// nothing is copied), streamed (B large and few rows: the same, some rows of B at a time), packed (B block by block, in
// the second cache). All of it is compiled once per element type; an epilogue costs one small loop.
#pragma once
#include <telar/kernels/cpu/matmul/contract_blas.hpp>
#include <telar/kernels/cpu/matmul/contract_plan.hpp>
#include <telar/kernels/cpu/matmul/contract_ways.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#if defined(_OPENMP)
#include <omp.h>
#endif

namespace telar::inline TELAR_ABI::ir::kernels::simd {

// ---- threads

/// Runs work(range of rows, range of columns) on the whole product, cut between threads along its longer side. What a
/// part computes does not depend on the cut: the same bits for any number of threads.
template <class Work>
void share(double operations, std::ptrdiff_t row_parts, std::ptrdiff_t column_parts, const Work& work) {
#if defined(_OPENMP)
    if (operations >= cpu::operations_per_team && row_parts * column_parts > 1 && omp_get_max_threads() > 1 &&
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

/// Products with at most this many rows or columns may be dot products; of a long k, more.
constexpr std::ptrdiff_t thin(std::ptrdiff_t k) { return k < 256 ? 4 : 12; }

/// A B whose columns lie in memory has to be packed. Turned around, the product packs A instead, or nothing if the
/// columns of A lie in memory too; but each finished tile is transposed, at about the price of two packed elements
/// each. Where A lies in columns and D has few of them, turning fills the vectors.
template <Lane T> bool is_better_turned(const contraction<T>& c) {
    if (c.is_turned) return false;
    const bool a_in_columns = c.a.row_stride == 1 && c.a.column_stride != 1;
    if (a_in_columns && c.n <= vec<T>::width && c.n < c.m) return true;
    const bool b_in_columns = c.b.row_stride == 1 && c.b.column_stride != 1;
    return b_in_columns && (a_in_columns ? 0 : c.k * c.m) + 2 * c.m * c.n < c.k * c.n;
}

/// One for each element type: chooses the way, which depends on the whole product, then shares the work out.
template <Lane T> TELAR_NOINLINE void contract_tiles(const contraction<T>& c) {
#if defined(TELAR_BLAS)
    if (is_for_blas(c)) return contract_by_blas(c);
#endif
    constexpr std::ptrdiff_t width = vec<T>::width;
    const bool b_in_columns = c.b.row_stride == 1 && (c.b.column_stride != 1 || c.n == 1);
    if (b_in_columns && c.a.column_stride == 1 && std::min(c.m, c.n) <= thin(c.k)) {
        const dot_tile dots(c.m, c.n);
        const std::ptrdiff_t rows = dots.rows, columns = dot_tile::most_delivered<T>;
        share(c.operations(), (c.m + rows - 1) / rows, (c.n + columns - 1) / columns,
              [&](part_range is, part_range js) {
                  contract_dots(c, dots, {is.begin * rows, std::min(is.end * rows, c.m)},
                                {js.begin * columns, std::min(js.end * columns, c.n)});
              });
        return;
    }
    if (is_better_turned(c)) return contract_tiles(c.turned());

    const even_parts tiles(c.m, most_tile_rows);
    const std::ptrdiff_t b_bytes = c.k * c.n * static_cast<std::ptrdiff_t>(sizeof(T));
    // Where rows of B are not whole vectors, most of its vectors lie across two cache lines.
    const bool is_worth_aligning = c.b.row_stride % width != 0 && tiles.count >= 24 && c.k >= 64;
    const bool is_streamed =
        c.b.column_stride == 1 && tiles.count <= 9 && b_bytes > (tiles.count == 1 ? mapped_bytes : cached_bytes);
    const bool is_direct =
        c.b.column_stride == 1 && (tiles.count <= 3 || (b_bytes <= direct_bytes && !is_worth_aligning));
    const column_panels<T> panels(c.n, static_cast<int>(tiles.most()), !is_streamed && !is_direct);
    share(c.operations(), tiles.count, panels.count(), [&](part_range rows, part_range columns) {
        if (is_streamed) contract_streamed(c, tiles, panels, rows, columns);
        else if (is_direct) contract_direct(c, tiles, panels, rows, columns);
        else contract_packed(c, tiles, panels, rows, columns);
    });
}

/// Integers: three loops, columns in vectors.
template <IntegerLane T, class Epilogue>
void contract_integers(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, operand<T> a, operand<T> b,
                       const Epilogue& epilogue) {
    constexpr std::ptrdiff_t width = vec<T>::width;
    for (std::ptrdiff_t i = 0; i < m; ++i) {
        const auto finish = [&] {
            if constexpr (TakesTiles<Epilogue, T>)
                return [&epilogue, i](vec<T> sum, std::ptrdiff_t j, int lanes) {
                    T sums[vec<T>::width];
                    store(sums, sum);
                    epilogue.tile(sums, vec<T>::width, i, j, 1, lanes);
                };
            else return row_of<T>(epilogue, i);
        }();
        for (std::ptrdiff_t j = 0; j < n; j += width) {
            const int lanes = static_cast<int>(std::min(width, n - j));
            vec<T> sum = T(0);
            for (std::ptrdiff_t p = 0; p < k; ++p) {
                const T* from = b.at(p, j);
                sum += vec<T>(*a.at(i, p)) *
                       (b.column_stride == 1 ? load_as<T>(from, lanes) : load_strided(from, b.column_stride, lanes));
            }
            finish(sum, j, lanes);
        }
    }
}

/// Hands a finished tile to an epilogue.
template <Lane T, class Epilogue>
void sink_to(const void* to, const T* tile, std::ptrdiff_t stride, std::ptrdiff_t i, std::ptrdiff_t j, int rows,
             int columns) {
    if constexpr (TakesTiles<Epilogue, T>) {
        static_cast<const Epilogue*>(to)->tile(tile, stride, i, j, rows, columns);
    } else {
        for (int r = 0; r < rows; ++r, tile += stride)
            finish_row(row_of<T>(*static_cast<const Epilogue*>(to), i + r), tile, j, columns);
    }
}

/// D[i, j] = sum_p A[i, p] * B[p, j]; D goes to the epilogue alone.
///
/// shapes    A (m, k), B (k, n), each with any two strides; rows or columns that are next to each other are fast
/// types     float32, float64; int32 and int64 wrap
/// edge      k = 0 gives sums of 0; m = 0 or n = 0 calls nothing
/// epilogue  epilogue(vec<T> sum, i, j, lanes), or epilogue.row(i)(sum, j, lanes), for columns j ... j+lanes-1 of row
///           i, once for every element of D, in any order and on any thread. Only it writes. Lanes beyond `lanes` hold
///           anything. Or epilogue.tile(sums, stride, i, j, rows, columns).
/// threads   OpenMP, above 2 million operations; the same bits for any number of threads
/// source    Goto and van de Geijn, Anatomy of High-Performance Matrix Multiplication, ACM TOMS 34 (2008)
/// test      tests/kernels/contract_test.cpp
template <Lane T, class Epilogue>
void contract(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, operand<T> a, operand<T> b,
              const Epilogue& epilogue) {
    if (m <= 0 || n <= 0) return;
    if constexpr (std::integral<T>) {
        contract_integers(m, n, k, a, b, epilogue);
    } else {
        static constexpr T nothing = 0;  // with k = 0 no number is read, and the pointers may be null
        if (k <= 0) a = b = {&nothing, 0, 0};
        contract_tiles<T>({m, n, std::max<std::ptrdiff_t>(k, 0), a, b, sink_to<T, Epilogue>, &epilogue});
    }
}

#if TELAR_COMPILED
TELAR_INSTANCE void contract_tiles(const contraction<float>&);
TELAR_INSTANCE void contract_tiles(const contraction<double>&);
#endif

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
