// SPDX-License-Identifier: BSL-1.0
// The four ways through a matrix product. Each computes the tiles in a range of rows by a range of columns; what it
// computes for one of them does not depend on the range.
#pragma once
#include <telar/kernels/cpu/matmul/contract_dot.hpp>
#include <telar/kernels/cpu/matmul/contract_pack.hpp>
#include <telar/kernels/cpu/matmul/contract_plan.hpp>
#include <telar/kernels/cpu/target.hpp>

#include <algorithm>
#include <cstddef>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// Hands a finished tile to the epilogue after the next tile is computed: a load of what was stored just before would
/// wait for the store.
template <Lane T> class delayed_delivery {
    alignas(64) T tiles_[2][std::size_t(most_tile_elements<T>)];
    const contraction<T>& c_;
    const T* finished_ = nullptr;
    std::ptrdiff_t stride_ = 0, i_ = 0, j_ = 0;
    int rows_ = 0, columns_ = 0, now_ = 0;

public:
    explicit delayed_delivery(const contraction<T>& c) : c_(c) {}
    delayed_delivery(const delayed_delivery&) = delete;
    delayed_delivery& operator=(const delayed_delivery&) = delete;
    ~delayed_delivery() { deliver(); }

    /// For the next tile, unless it has memory of its own.
    T* memory() { return tiles_[now_]; }
    void finish(const T* tile, std::ptrdiff_t stride, std::ptrdiff_t i, std::ptrdiff_t j, int rows, int columns) {
        deliver();
        finished_ = tile, stride_ = stride, i_ = i, j_ = j, rows_ = rows, columns_ = columns;
        now_ ^= 1;
    }

private:
    void deliver() const {
        if (finished_) c_.deliver(finished_, stride_, i_, j_, rows_, columns_);
    }
};

/// Both operands run along k, and one is thin: dot products, so many that a kernel has them.
template <Lane T>
void contract_dots(const contraction<T>& c, const dot_tile& dots, part_range i_range, part_range j_range) {
    const int rows = dots.rows, columns = dots.columns, block = dots.template delivered<T>();
    alignas(64) T tile[std::size_t(most_dots * dot_tile::most_delivered<T>)];
    T sums[std::size_t(most_dots * most_dots)];
    const T *a[std::size_t(most_dots)], *b[std::size_t(most_dots)];
    for (std::ptrdiff_t i = i_range.begin; i < i_range.end; i += rows) {
        for (int r = 0; r < rows; ++r) a[r] = c.a.at(std::min(i + r, i_range.end - 1), 0);
        for (std::ptrdiff_t j = j_range.begin; j < j_range.end; j += block) {
            const int filled = static_cast<int>(std::min<std::ptrdiff_t>(block, j_range.end - j));
            for (int s = 0; s < filled; s += columns) {
                for (int q = 0; q < columns; ++q) b[q] = c.b.at(0, std::min(j + s + q, j_range.end - 1));
                if (columns == 1) multiply_dots<T, most_dots, 1>({c.k, a, b}, sums);
                else if (rows == 1) multiply_dots<T, most_dots, 1>({c.k, b, a}, sums);
                else multiply_dots<T, dot_rows, dot_columns>({c.k, a, b}, sums);
                for (int r = 0; r < rows; ++r)
                    for (int q = 0; q < columns; ++q) tile[r * block + s + q] = sums[r * columns + q];
            }
            const int valid = static_cast<int>(std::min<std::ptrdiff_t>(rows, i_range.end - i));
            c.deliver(tile, block, i, j, valid, filled);
        }
    }
}

/// B is small, or the rows are few: B is read in place.
template <Lane T>
void contract_direct(const contraction<T>& c, const even_parts& tiles, const column_panels<T>& panels,
                     part_range tile_range, part_range panel_range) {
    delayed_delivery<T> tiles_done(c);
    // Where the columns of A lie in memory, each step along k meets another cache line: copy them once for all panels.
    const bool copies = c.a.column_stride != 1 && panel_range.count() > 2 && c.k > 1;
    const std::ptrdiff_t slab_tiles = copies ? tiles_in_slab(c.a) : 1;
    T* const slab = copies ? grown(scratch<T>().rows, slab_elements(c.k, c.a)) : nullptr;
    for (std::ptrdiff_t t = tile_range.begin; t < tile_range.end; ++t) {
        const std::ptrdiff_t i = tiles.start(t), in_slab = (t - tile_range.begin) % slab_tiles;
        const int rows = static_cast<int>(tiles.length(t));
        operand<T> a = c.a.from(i, 0);
        if (copies && in_slab == 0) pack_slab(c.k, a, tiles, {t, std::min(t + slab_tiles, tile_range.end)}, slab);
        if (copies) a = copied_tile(slab, in_slab, rows, c.k, a);
        for (std::ptrdiff_t panel = panel_range.begin; panel < panel_range.end; ++panel) {
            const std::ptrdiff_t j = panels.start(panel);
            const int padded = panels.padded(panel), lanes = panels.last_lanes(panel);
            const T* const b = c.b.at(0, j);
            const T* const next = c.b.at(0, panels.start(panel_range.after(panel)));
            T* const sums = tiles_done.memory();
            multiply_tile<T>(rows, panels.vectors_in(panel),
                             {c.k, a, b, c.b.row_stride, lanes, next, nullptr, sums, padded});
            tiles_done.finish(sums, padded, i, j, rows, panels.columns(panel));
        }
    }
}

/// The tiles are few and B is large: it is read once, some of its rows at a time, and the sums so far wait in memory.
template <Lane T>
void contract_streamed(const contraction<T>& c, const even_parts& tiles, const column_panels<T>& panels,
                       part_range tile_range, part_range panel_range) {
    // A few rows of B at a time, not to need too many pages: these are the blocks here.
    const std::ptrdiff_t row_bytes = c.n * static_cast<std::ptrdiff_t>(sizeof(T));
    const std::ptrdiff_t step = std::clamp<std::ptrdiff_t>(stream_bytes / row_bytes, 32, 128);
    const std::ptrdiff_t tile_elements = tiles.most() * panels.padded(0);
    const std::ptrdiff_t elements = tile_range.count() * panel_range.count() * tile_elements;
    T* const sums = grown(scratch<T>().sums, levels_of(c.k * (block_depth / step + 1)) * elements);
    delayed_delivery<T> tiles_done(c);
    for (std::ptrdiff_t p = 0, block = 0; p < c.k; p += step, ++block) {
        const std::ptrdiff_t depth = std::min(step, c.k - p), groups = block / added_in_a_row;
        const bool is_last = p + depth == c.k, is_first = block % added_in_a_row == 0;
        if (groups > 0 && is_first) carry_sums(sums, elements, groups);
        T* sum = sums;
        for (std::ptrdiff_t panel = panel_range.begin; panel < panel_range.end; ++panel) {
            const std::ptrdiff_t j = panels.start(panel);
            const int padded = panels.padded(panel), lanes = panels.last_lanes(panel);
            const T* const b = c.b.at(p, j);
            const T* const next = c.b.at(p, panels.start(panel_range.after(panel)));
            for (std::ptrdiff_t t = tile_range.begin; t < tile_range.end; ++t, sum += tile_elements) {
                const std::ptrdiff_t i = tiles.start(t);
                const int rows = static_cast<int>(tiles.length(t));
                multiply_tile<T>(
                    rows, panels.vectors_in(panel),
                    {depth, c.a.from(i, p), b, c.b.row_stride, lanes, next, is_first ? nullptr : sum, sum, padded});
                if (!is_last) continue;
                add_carried(sum, tile_elements, sum, elements, groups);
                tiles_done.finish(sum, padded, i, j, rows, panels.columns(panel));
            }
        }
    }
}

/// B goes block by block into the second cache, packed; where k is long it is cut, and partial sums wait in memory.
template <Lane T>
void contract_packed(const contraction<T>& c, const even_parts& tiles, const column_panels<T>& panels,
                     part_range tile_range, part_range panel_range) {
    constexpr std::ptrdiff_t size = sizeof(T);
    constexpr int width = vec<T>::width;
    delayed_delivery<T> tiles_done(c);
    const bool is_whole = c.k * size <= whole_depth_bytes;
    const depth_parts depths(std::max<std::ptrdiff_t>(c.k, 1),
                             is_whole ? whole_depth_bytes / size : depth_bytes / size);
    const std::ptrdiff_t panel_elements = depths.most() * panels.padded(0);
    const even_parts blocks(panel_range.count(), std::max<std::ptrdiff_t>(block_bytes / (panel_elements * size), 1));
    const std::ptrdiff_t chunk = depths.count == 1 ? tile_range.count() : std::min(chunk_tiles, tile_range.count());
    const bool is_far = c.a.column_stride != 1 || c.a.row_stride * size % 2048 == 0;  // steps or rows share sets
    const bool copies = c.n > 256 || (is_far && panel_range.count() > 2);
    const std::ptrdiff_t slab_tiles = copies ? tiles_in_slab(c.a) : 1;
    const bool prefetches = far_tile_task<T>::has_far_data && c.m * c.k * size > block_bytes;

    contract_scratch<T>& memory = scratch<T>();
    T* const packed = grown(memory.panels, blocks.most() * panel_elements);
    T* const slab = copies ? grown(memory.rows, slab_elements(depths.most(), c.a)) : nullptr;
    const std::ptrdiff_t tile_elements = tiles.most() * panels.padded(0), row_elements = blocks.most() * tile_elements;
    const std::ptrdiff_t elements = chunk * row_elements;
    T* const sums = depths.count == 1 ? nullptr : grown(memory.sums, depths.levels() * elements);

    for (std::ptrdiff_t block = 0; block < blocks.count; ++block) {
        const part_range in_block{panel_range.begin + blocks.start(block), panel_range.begin + blocks.start(block + 1)};
        const std::ptrdiff_t block_column = panels.start(in_block.begin);
        for (std::ptrdiff_t first = tile_range.begin; first < tile_range.end; first += chunk) {
            const std::ptrdiff_t end = std::min(first + chunk, tile_range.end);
            for (std::ptrdiff_t part = 0; part < depths.count; ++part) {
                const std::ptrdiff_t p = depths.start(part), depth = std::min(depths.length(part), c.k);
                const bool is_last = part == depths.count - 1;
                const std::ptrdiff_t groups = depths.groups_before(part);
                if (groups > 0 && depths.begins_group(part)) carry_sums(sums, elements, groups);
                pack_panels(depth, c.b.from(p, block_column), panels, in_block, packed, panel_elements);
                for (std::ptrdiff_t t = first; t < end; ++t) {
                    const std::ptrdiff_t i = tiles.start(t), in_slab = (t - first) % slab_tiles;
                    const int rows = static_cast<int>(tiles.length(t));
                    operand<T> a = c.a.from(i, p);
                    if (copies && in_slab == 0) pack_slab(depth, a, tiles, {t, std::min(t + slab_tiles, end)}, slab);
                    if (copies) a = copied_tile(slab, in_slab, rows, depth, a);
                    const std::ptrdiff_t next_rows = t + 1 < end && c.a.column_stride == 1 ? tiles.length(t + 1) : 0;
                    for (std::ptrdiff_t panel = in_block.begin; panel < in_block.end; ++panel) {
                        const std::ptrdiff_t in_row = panel - in_block.begin, j = panels.start(panel);
                        const int padded = panels.padded(panel), vectors = panels.vectors_in(panel);
                        const T* const b = packed + in_row * panel_elements;
                        const T* const next_b = packed + (in_block.after(panel) - in_block.begin) * panel_elements;
                        // Of the next tile, each panel prefetches one row.
                        const T* const next_a = in_row < next_rows ? c.a.at(i + rows + in_row, p) : a.data;
                        T* const finished = tiles_done.memory();
                        T* const so_far = sums ? sums + (t - first) * row_elements + in_row * tile_elements : finished;
                        T* const to = is_last ? finished : so_far;
                        const tile_task<T> task{depth, a,     b, padded, width, next_b, part > 0 ? so_far : nullptr,
                                                to,    padded};
                        if (prefetches && rows == most_tile_rows && vectors == most_tile_vectors(rows))
                            multiply_tile<T, far_tile_task<T>>(
                                multiply_block<T, most_tile_rows, most_tile_vectors(most_tile_rows), far_tile_task<T>>,
                                {task, next_a, so_far}, rows, padded);
                        else multiply_tile<T>(rows, vectors, task);
                        if (!is_last) continue;
                        add_carried(finished, rows * padded, so_far, elements, groups);
                        tiles_done.finish(finished, padded, i, j, rows, panels.columns(panel));
                    }
                }
            }
        }
    }
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
