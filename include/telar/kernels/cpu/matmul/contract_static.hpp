// SPDX-License-Identifier: BSL-1.0
// The product whose extents are all known when it is compiled: one or two sizes of tiles, chosen for them by a small
// model of the machine, and the epilogue on the registers that hold the sums. Nothing is copied but a B in columns.
#pragma once
#include <telar/kernels/cpu/matmul/contract.hpp>
#include <telar/kernels/cpu/matmul/contract_row.hpp>
#include <telar/kernels/descriptor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

struct tile_size {
    int rows, vectors;
    constexpr int registers() const { return rows * vectors; }
};

/// Cycles of one step along k in a tile: what multiplies, what is decoded, what is loaded, and what the second cache
/// delivers, whichever takes longest. (Two fma, two loads and four instructions a cycle; 24 bytes from the second
/// cache.)
constexpr double cycles_of_step(int rows, int vectors, std::ptrdiff_t vector_bytes, bool is_far) {
    const double fmas = rows * vectors, chains = chains_of(rows, vectors);
    const double decoded = fmas + rows + vectors * (is_far ? 2 : 1), loaded = rows + vectors;
    const double delivered = is_far ? static_cast<double>(vectors * vector_bytes) / 24 : 0;
    return std::max({fmas / 2, 4 / chains, decoded / 4, loaded / 2, delivered});
}
/// Whether B streams from the second cache.
template <Lane T> constexpr bool is_far(const product_extents& e) {
    return e.k * e.n * static_cast<extent_t>(sizeof(T)) > 28'000;
}
/// A way to cut D into tiles, what it costs by this model, and the code that it takes: the registers of sums of all its
/// kernels together.
struct tiling {
    tile_size tile;
    double work = 0;  // cycles within the tiles
    std::ptrdiff_t count = 0;
    int code = 0;
    bool has_chains = false;  // some tile is so small that it has several sums for each element of D

    constexpr double cycles(int between_tiles) const { return work + static_cast<double>(between_tiles * count); }
};
template <Lane T> constexpr tiling tiled(const product_extents& e, int rows, int vectors) {
    constexpr int width = vec<T>::width;
    const even_parts tiles(as_ptrdiff(e.m), rows), panels(as_ptrdiff((e.n + width - 1) / width), vectors);
    const bool is_broken = e.n % width != 0 && !e.b_in_columns;  // the last panel has a kernel of its own
    tiling t{{static_cast<int>(tiles.most()), static_cast<int>(panels.most())}};
    for (const bool more_rows : {true, false})
        for (const bool more_vectors : {true, false}) {
            const std::ptrdiff_t high = more_rows ? tiles.larger : tiles.count - tiles.larger;
            const std::ptrdiff_t wide = more_vectors ? panels.larger : panels.count - panels.larger;
            if (high == 0 || wide == 0) continue;
            const int r = static_cast<int>(tiles.size) + more_rows, v = static_cast<int>(panels.size) + more_vectors;
            const double step = cycles_of_step(r, v, width * static_cast<int>(sizeof(T)), is_far<T>(e));
            t.work += static_cast<double>(high * wide) * (static_cast<double>(e.k) * step + 2 * r * v);
            t.count += high * wide;
            t.code += r * v * (is_broken && !more_vectors && wide > 1 ? 2 : 1);
            t.has_chains |= chains_of(r, v) > 1;
        }
    return t;
}
/// The tile with which the product takes the fewest cycles, by this model, or a hardly slower one that takes less than
/// half the code: 128 rows of a short product are sixteen times 8 rather than eight times 13 and twice 12. Both add up
/// in the same order.
template <Lane T> constexpr tile_size best_tile(const product_extents& e) {
    constexpr int width = vec<T>::width;
    // 20 cycles for a tile would keep short products from the smaller tiles, with which they are measured to be faster.
    constexpr int between_tiles = 20, between_smaller_tiles = 5;
    const int most = std::min(static_cast<int>((e.n + width - 1) / width), e.m == 1 ? 12 : 8);
    const auto fitting = [](int vectors) {
        return std::min({(vector_registers - 2 - vectors) / vectors, (vectors < 3 ? 28 : 24) / vectors, 14});
    };
    tiling fastest = tiled<T>(e, fitting(1), 1);
    for (int vectors = 2; vectors <= most && fitting(vectors) > 0; ++vectors)
        if (const tiling t = tiled<T>(e, fitting(vectors), vectors);
            t.cycles(between_tiles) < fastest.cycles(between_tiles))
            fastest = t;
    // A smaller tile reads B more often, from the second cache if it does not fit into the first.
    if (fastest.has_chains || is_far<T>(e)) return fastest.tile;
    const double enough = 1.02 * fastest.cycles(between_smaller_tiles);
    tiling best = fastest;
    for (int vectors = 1; vectors <= most; ++vectors)
        for (int rows = std::min(fitting(vectors), fastest.code / (2 * vectors)); rows * vectors >= 16; --rows)
            if (const tiling t = tiled<T>(e, rows, vectors); !t.has_chains && t.tile.registers() >= 16 &&
                                                             t.code < best.code && 2 * t.code <= fastest.code &&
                                                             t.cycles(between_smaller_tiles) <= enough)
                best = t;
    return best.tile;
}

/// Whether tiles are to be part of the function that an epilogue belongs to.
template <class Epilogue> constexpr bool inlines_tiles() {
    if constexpr (requires { Epilogue::is_inlined; }) return Epilogue::is_inlined;
    else return false;
}

/// `Extents` are the bits of a product_extents. An epilogue that is long is not unrolled over the tile.
template <Lane T, std::uint64_t Extents, bool long_epilogue> class static_product {
    static constexpr product_extents e = extents_of_product(Extents);
    static constexpr int width = vec<T>::width;
    static constexpr std::ptrdiff_t vectors = (e.n + width - 1) / width;
    static constexpr int last_lanes = static_cast<int>(e.n - (vectors - 1) * width);
    static constexpr tile_size best = best_tile<T>(e);
    static constexpr even_parts tiles{e.m, best.rows}, panels{vectors, best.vectors};

    struct left {
        const T* data;
        static constexpr std::ptrdiff_t row_stride = e.a_in_columns ? 1 : e.k, column_stride = e.a_in_columns ? e.m : 1;
    };
    template <bool Whole> struct task {
        left a;
        const T* b;
        const T* next_b;
        std::ptrdiff_t depth;
        static constexpr std::ptrdiff_t b_stride = e.b_in_columns ? vectors * width : e.n;
        static constexpr bool is_whole = Whole || e.b_in_columns;  // a packed B is padded
        static constexpr bool has_far_data = false, may_have_chains = true;
        static constexpr std::ptrdiff_t known_depth = e.k;
        static constexpr int rows_to_prefetch = is_far<T>(e) ? prefetch_distance : 0;
        static constexpr int readable = is_whole ? width : last_lanes;

        template <int rows> TELAR_INLINE strided_column<T> columns() const { return strided_column<T>(a); }
    };

    template <int rows, int count, bool Whole, class Epilogue>
    static TELAR_INLINE void run_tile(const T* a, const T* b, const T* next, std::ptrdiff_t i, std::ptrdiff_t j,
                                      const Epilogue& epilogue) {
        if constexpr (inlines_tiles<Epilogue>()) tile<rows, count, Whole>(a, b, next, i, j, epilogue);
        else tile_apart<rows, count, Whole>(a, b, next, i, j, epilogue);
    }
    template <int rows, int count, bool Whole, class Epilogue>
    TELAR_NOINLINE static void tile_apart(const T* a, const T* b, const T* next, std::ptrdiff_t i, std::ptrdiff_t j,
                                          const Epilogue& epilogue) {
        tile<rows, count, Whole>(a, b, next, i, j, epilogue);
    }
    template <int rows, int count, bool Whole, class Epilogue>
    static TELAR_INLINE void tile(const T* a, const T* b, const T* next, std::ptrdiff_t i, std::ptrdiff_t j,
                                  const Epilogue& epilogue) {
        vec<T> sum[std::size_t(rows)][std::size_t(count)];
        if constexpr (e.k <= block_depth) {
            accumulate<T, rows, count>(task<Whole>{{a}, b, next, e.k}, sum);
        } else {
            using step = task<Whole>;
            tile_sums<T, rows, count> so_far;
            for (std::ptrdiff_t steps = e.k;; steps -= block_depth) {
                const std::ptrdiff_t depth = std::min(steps, block_depth);
                const T* const after = b + depth * step::b_stride;
                accumulate<T, rows, count>(step{{a}, b, steps > depth ? after : next, depth}, sum);
                so_far.add_to(sum);
                if (steps == depth) break;
                so_far.keep(sum);
                a += depth * left::column_stride;
                b = after;
            }
            if constexpr (e.k > group_depth) so_far.finish(sum);
        }
        finish_tile<rows, count, Whole>(sum, i, j, epilogue);
    }
    template <int rows, int count, bool Whole, class Epilogue>
    static TELAR_INLINE void finish_tile(const vec<T> (&sum)[std::size_t(rows)][std::size_t(count)], std::ptrdiff_t i,
                                         std::ptrdiff_t j, const Epilogue& epilogue) {
        if constexpr (long_epilogue) {
            alignas(64) T tile[std::size_t(rows * count * width)];
            TELAR_UNROLL for (int r = 0; r < rows; ++r) {
                TELAR_UNROLL for (int v = 0; v < count; ++v) store(tile + (r * count + v) * width, sum[r][v]);
            }
            constexpr int columns = (count - 1) * width + (Whole ? width : last_lanes);
            for (int r = 0; r < rows; ++r) finish_row(row_of<T>(epilogue, i + r), tile + r * count * width, j, columns);
        } else {
            TELAR_UNROLL for (int r = 0; r < rows; ++r) {
                const auto finish = row_of<T>(epilogue, i + r);
                TELAR_UNROLL for (int v = 0; v < count; ++v) {
                    finish(sum[r][v], j + v * width, Whole || v < count - 1 ? width : last_lanes);
                }
            }
        }
    }
    /// One tile of rows, panel by panel. All panels but the first `larger` have `size` vectors, the last too.
    template <int rows, class Epilogue>
    static TELAR_FLATTENED void run_row(const T* a, const T* b, std::ptrdiff_t i, part_range range,
                                        const Epilogue& epilogue) {
        constexpr bool is_broken = last_lanes < width;
        constexpr int size = static_cast<int>(panels.size);
        for (std::ptrdiff_t p = range.begin; p < range.end; ++p) {
            const std::ptrdiff_t j = panels.start(p) * width;
            const T* const next = b + panels.start(range.after(p)) * width;
            if constexpr (is_broken) {
                if (p == panels.count - 1) {
                    run_tile<rows, size, false>(a, b + j, next, i, j, epilogue);
                    continue;
                }
            }
            if constexpr (panels.larger > 0) {
                if (p < panels.larger) {
                    run_tile<rows, size + 1, true>(a, b + j, next, i, j, epilogue);
                    continue;
                }
            }
            if constexpr (panels.count - panels.larger > (is_broken ? 1 : 0))
                run_tile<rows, size, true>(a, b + j, next, i, j, epilogue);
        }
    }

    // ---- one row
    using row = row_product<T, e.n, e.k>;
    static constexpr bool is_row = e.m == 1 && !e.b_in_columns && row::fits;

    template <class Epilogue> static TELAR_FLATTENED void run_single(const T* a, const T* b, const Epilogue& epilogue) {
        vec<T> sum[1][row::vectors];
        row::run(a, b, sum[0]);
        finish_tile<1, row::vectors, last_lanes == width>(sum, 0, 0, epilogue);
    }

    // ---- dot products: B has one column, or both operands run along k and packing B would cost more than adding up
    // the lanes of each sum
    static constexpr bool is_dots = e.n == 1 || (e.b_in_columns && (8 * e.m < e.k || e.m < 8));
    static constexpr int together = e.n == 1 ? 1 : dot_columns;
    static constexpr int dot_block = e.n == 1 ? 1 : std::max(width, together);  // columns that are delivered together
    static constexpr even_parts dots{e.m, e.n == 1 ? most_dots : (vector_registers - 4) / dot_columns - 1};

    struct dot_task {
        const T* a;
        const T* b;
        static constexpr std::ptrdiff_t depth = e.k;

        const T* left(int i) const { return a + i * e.k; }
        const T* right(int j) const { return b + j * e.k; }
    };
    /// A row of them needs no memory: the sums of a register's columns are added up lane by lane.
    static constexpr bool is_dot_row = is_dots && (e.m == 1 || (e.n > 1 && e.m < 8 && e.k <= 2 * width));
    template <class Epilogue>
    static TELAR_FLATTENED void run_dot_row(const T* a, const T* b, std::ptrdiff_t i, const Epilogue& epilogue) {
        const auto finish = row_of<T>(epilogue, i);
        for (std::ptrdiff_t v = 0; v < vectors - 1; ++v) finish(dots_of<width>(a, b, v * width), v * width, width);
        finish(dots_of<last_lanes>(a, b, (vectors - 1) * width), (vectors - 1) * width, last_lanes);
    }
    template <int columns> static TELAR_INLINE vec<T> dots_of(const T* a, const T* b, std::ptrdiff_t j) {
        vec<T> total[1][std::size_t(columns)];
        accumulate_lanes<T, 1, columns>(dot_task{a, b + j * e.k}, total);
        return lane_sums<columns>(total[0]);
    }
    template <int rows, int columns> TELAR_NOINLINE static void multiply_rows(const T* a, const T* b, T* sum) {
        accumulate_dots<T, rows, columns>(dot_task{a, b}, sum, dot_block);
    }
    template <int rows, class Epilogue>
    static void run_dots(const T* a, const T* b, std::ptrdiff_t i, part_range blocks, const Epilogue& epilogue) {
        alignas(64) T tile[std::size_t(rows * dot_block)];
        for (std::ptrdiff_t block = blocks.begin; block < blocks.end; ++block) {
            const std::ptrdiff_t j = block * dot_block;
            const int lanes = e.n == 1 ? 1 : static_cast<int>(std::min<std::ptrdiff_t>(dot_block, e.n - j));
            for (int c = 0; c < lanes; c += together) {
                if (lanes - c >= together) multiply_rows<rows, together>(a, b + (j + c) * e.k, tile + c);
                else
                    for (int q = c; q < lanes; ++q) multiply_rows<rows, 1>(a, b + (j + q) * e.k, tile + q);
            }
            for (int r = 0; r < rows; ++r) finish_row(row_of<T>(epilogue, i + r), tile + r * dot_block, j, lanes);
        }
    }

    /// Whether threads are woken is known.
    template <class Work>
    static TELAR_FLATTENED void share_out(std::ptrdiff_t row_parts, std::ptrdiff_t column_parts, const Work& work) {
        constexpr double operations = 2.0 * static_cast<double>(e.m * e.n * e.k);
        if constexpr (operations >= cpu::operations_per_team) share(operations, row_parts, column_parts, work);
        else work(part_range{0, row_parts}, part_range{0, column_parts});
    }

    template <class Epilogue>
    static TELAR_FLATTENED void run_all_dots(const T* a, const T* b, const Epilogue& epilogue) {
        share_out(dots.count, (e.n + dot_block - 1) / dot_block, [&](part_range rows, part_range blocks) {
            constexpr int size = static_cast<int>(dots.size);
            for (std::ptrdiff_t t = rows.begin; t < rows.end; ++t) {
                const std::ptrdiff_t i = dots.start(t);
                if constexpr (dots.larger > 0) {
                    if (t < dots.larger) {
                        run_dots<size + 1>(a + i * e.k, b, i, blocks, epilogue);
                        continue;
                    }
                }
                run_dots<size>(a + i * e.k, b, i, blocks, epilogue);
            }
        });
    }
    template <class Epilogue> static TELAR_FLATTENED void run_tiles(const T* a, const T* b, const Epilogue& epilogue) {
        if constexpr (e.b_in_columns) {
            T* const packed = grown(scratch<T>().panels, e.k * vectors * width);
            pack_columns<T>(0, e.k, operand<T>{b, 1, e.k}, static_cast<int>(e.n), static_cast<int>(vectors * width),
                            packed);
            b = packed;
        }
        share_out(tiles.count, panels.count, [&](part_range rows, part_range columns) {
            for (std::ptrdiff_t t = rows.begin; t < rows.end; ++t) {
                const std::ptrdiff_t i = tiles.start(t);
                const T* const from = a + i * left::row_stride;
                constexpr int size = static_cast<int>(tiles.size);
                if constexpr (tiles.larger > 0) {
                    if (t < tiles.larger) {
                        run_row<size + 1>(from, b, i, columns, epilogue);
                        continue;
                    }
                }
                run_row<size>(from, b, i, columns, epilogue);
            }
        });
    }

public:
    template <class Epilogue> static TELAR_FLATTENED void run(const T* a, const T* b, const Epilogue& epilogue) {
        if constexpr (is_dot_row)
            for (std::ptrdiff_t i = 0; i < e.m; ++i) run_dot_row(a + i * e.k, b, i, epilogue);
        else if constexpr (is_dots) run_all_dots(a, b, epilogue);
        else if constexpr (is_row) run_single(a, b, epilogue);
        else run_tiles(a, b, epilogue);
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
