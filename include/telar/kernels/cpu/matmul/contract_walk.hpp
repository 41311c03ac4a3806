// SPDX-License-Identifier: BSL-1.0
// The product whose left operand has several axes for its rows and several for its columns, as windows on images have:
// element (i, p) lies at row[i] + column[p]. It is read where it lies; no matrix is made of it.
#pragma once
#include <telar/kernels/cpu/matmul/contract.hpp>
#include <telar/kernels/descriptor.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::simd {

/// Axes that are counted through as one, the last of them fastest.
struct several_axes {
    int rank;
    const std::int64_t* extent;
    const std::int64_t* stride;
};

/// The places of its elements, one after the other.
class place_counter {
public:
    place_counter(const several_axes& axes, std::int64_t first) : axes_(axes) {
        for (int k = axes.rank - 1; k >= 0 && first > 0; --k) {  // an extent may be 0
            index_[k] = first % axes.extent[k];
            first /= axes.extent[k];
            place_ += index_[k] * axes.stride[k];
        }
    }
    /// Writes the next `count` places. A tile asks for a few at a time: one after the other is faster than in vectors.
    TELAR_INLINE void take(std::ptrdiff_t count, std::int64_t* to) {
        const int last = axes_.rank - 1;
        const std::int64_t extent = axes_.extent[last], stride = axes_.stride[last];
        std::int64_t index = index_[last], place = place_;
        for (std::ptrdiff_t i = 0; i < count; ++i) {
            to[i] = place;
            place += stride;
            if (++index < extent) continue;
            place -= extent * stride;
            index = 0;
            for (int k = last - 1; k >= 0; --k) {
                place += axes_.stride[k];
                if (++index_[k] < axes_.extent[k]) break;
                place -= axes_.extent[k] * axes_.stride[k];
                index_[k] = 0;
            }
        }
        index_[last] = index;
        place_ = place;
    }

private:
    several_axes axes_;
    std::int64_t index_[max_rank]{};
    std::int64_t place_ = 0;
};

template <Lane T> struct walked_operand {
    const T* data;
    several_axes rows, columns;
};

/// Memory of this thread for one image with zeros around it.
template <Lane T> class surrounded_image {
public:
    surrounded_image(const image_axis* axes, int rank) : axes_(axes), rank_(rank) {
        std::int64_t size = 1;
        for (int k = rank - 1; k >= 0; --k) {
            stride_[k] = size;
            first_ += axes[k].before * size;
            size *= axes[k].extent;
        }
        data_ = grown(scratch<T>().image, static_cast<std::ptrdiff_t>(size));
        std::fill_n(data_, size, T(0));
    }
    /// The image whose inside begins there.
    const T* of(const T* inside) {
        copy(0, inside, data_ + first_);
        return data_;
    }

private:
    void copy(int k, const T* from, T* to) const {
        const image_axis& x = axes_[k];
        const bool is_line = k == rank_ - 1;
        if (is_line || (k == rank_ - 2 && x.stride == axes_[k + 1].extent)) {  // its last axis is whole
            std::copy_n(from, is_line ? x.inside : x.inside * x.stride, to);
            return;
        }
        for (std::int64_t i = 0; i < x.inside; ++i) copy(k + 1, from + i * x.stride, to + i * stride_[k]);
    }
    const image_axis* axes_;
    int rank_;
    std::int64_t stride_[max_rank]{};
    std::int64_t first_ = 0;
    T* data_;
};

/// The tile that fills the registers: 6 x 4 vectors of sums in 32 registers, 4 x 3 in 16.
inline constexpr int most_walked_vectors = vector_registers == 32 ? 4 : 3;
constexpr int walked_rows(int vectors) { return vector_registers == 16 ? 4 : vectors == 4 ? 6 : 8; }
inline constexpr int most_walked_rows = 8;

/// Walks through the columns of A with a tile's rows, from place to place.
template <Lane T, int rows> class walked_column {
    const T* row_[std::size_t(rows)];
    const std::int64_t* place_;

public:
    TELAR_INLINE walked_column(const T* a, const std::int64_t* row, const std::int64_t* place) : place_(place) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i) row_[i] = a + row[i];
    }
    TELAR_INLINE T operator[](int i) const { return row_[i][*place_]; }
    TELAR_INLINE void next() { ++place_; }
};

/// sum[i, v] = addend[i, v] + sum_p a[row[i] + place[p]] * b[p, v], in the order of long sums. Rows may repeat, so the
/// last tile is as large as the others.
template <Lane T> struct walked_task {
    std::ptrdiff_t depth;
    const T* a;
    const std::int64_t* row;
    const std::int64_t* place;
    const T* b;
    std::ptrdiff_t b_stride;
    int readable;     // lanes of B's last vector; all where masks cost something
    const T* addend;  // in whole vectors; may be null
    T* sum;

    static constexpr bool is_whole = !masks_are_free;  // whether the last vector is, known beforehand
    static constexpr int rows_to_prefetch = prefetch_distance;
};

/// A block of the sums of a walked task.
template <Lane T, class Task> struct walked_block {
    const Task& all;
    std::ptrdiff_t depth;
    const std::int64_t* place;
    const T* b;
    const T* next_b;
    std::ptrdiff_t b_stride;
    int readable;

    static constexpr bool is_whole = Task::is_whole, has_far_data = false, may_have_chains = false;
    static constexpr int rows_to_prefetch = Task::rows_to_prefetch;

    template <int rows> TELAR_INLINE walked_column<T, rows> columns() const { return {all.a, all.row, place}; }
};
/// sum[i, v] = sum_p ..., block by block. In `so_far` are the sums that a k longer than a block begins with.
template <Lane T, int rows, int vectors, class Task>
TELAR_INLINE void accumulate_walked(const Task& task, tile_sums<T, rows, vectors>& so_far,
                                    vec<T> (&sum)[std::size_t(rows)][std::size_t(vectors)]) {
    const std::int64_t* place = task.place;
    const T* b = task.b;
    for (std::ptrdiff_t left = task.depth;; left -= block_depth) {
        const std::ptrdiff_t depth = std::min(left, block_depth);
        const T* const after = b + depth * task.b_stride;
        const T* const next = left > depth ? after : task.b;
        accumulate<T, rows, vectors>(walked_block<T, Task>{task, depth, place, b, next, task.b_stride, task.readable},
                                     sum);
        if (task.depth > block_depth) so_far.add_to(sum);
        if (left == depth) break;
        so_far.keep(sum);
        place += depth;
        b = after;
    }
}
template <Lane T, int vectors> TELAR_NOINLINE void multiply_walked(const walked_task<T>& task) {
    constexpr int rows = walked_rows(vectors), width = vec<T>::width;
    vec<T> sum[std::size_t(rows)][std::size_t(vectors)];
    tile_sums<T, rows, vectors> so_far;
    const T* const addend = task.addend;
    if (addend && task.depth > block_depth) so_far.start(addend, vectors * width);
    accumulate_walked<T, rows, vectors>(task, so_far, sum);
    if (addend && task.depth <= block_depth) {
        TELAR_UNROLL for (int i = 0; i < rows; ++i) {
            TELAR_UNROLL for (int v = 0; v < vectors; ++v) sum[i][v] += load(addend + (i * vectors + v) * width);
        }
    }
    so_far.finish(sum);
    TELAR_UNROLL for (int i = 0; i < rows; ++i) {
        TELAR_UNROLL for (int v = 0; v < vectors; ++v) store(task.sum + (i * vectors + v) * width, sum[i][v]);
    }
}
template <Lane T> TELAR_INLINE void multiply_walked(int vectors, const walked_task<T>& task) {
    if constexpr (most_walked_vectors == 4)
        if (vectors == 4) return multiply_walked<T, 4>(task);
    if (vectors == 3) multiply_walked<T, 3>(task);
    else if (vectors == 2) multiply_walked<T, 2>(task);
    else multiply_walked<T, 1>(task);
}

/// The tiles in a range of rows by the columns in a range of panels. Where k is long it is cut, and partial sums wait
/// in memory.
template <Lane T>
void contract_walked(const contraction<T>& c, const walked_operand<T>& a, const even_parts& panels, part_range rows,
                     part_range panel_range) {
    constexpr std::ptrdiff_t width = vec<T>::width, size = sizeof(T);
    constexpr int tile_elements = most_walked_rows * 4 * static_cast<int>(width);
    alignas(64) T finished[std::size_t(tile_elements)];
    contract_scratch<T>& memory = scratch<T>();
    for (std::ptrdiff_t panel = panel_range.begin; panel < panel_range.end; ++panel) {
        const int vectors = static_cast<int>(panels.length(panel));
        const std::ptrdiff_t j = panels.start(panel) * width, tile_rows = walked_rows(vectors);
        const int padded = vectors * static_cast<int>(width),
                  columns = static_cast<int>(std::min<std::ptrdiff_t>(padded, c.n - j));
        const bool is_whole = c.k * padded * size <= direct_bytes;
        const std::ptrdiff_t all = std::max<std::ptrdiff_t>(c.k, 1);
        const depth_parts depths(all, is_whole ? all : depth_bytes / size);
        const bool copies = c.b.column_stride != 1 || (c.n > padded && rows.count() > 4 * tile_rows) ||
                            (!masks_are_free && columns < padded);
        T* const packed = copies ? grown(memory.panels, depths.most() * padded) : nullptr;
        std::int64_t* const places = grown(memory.places, depths.most());
        const even_parts chunks(
            rows.count(), depths.count == 1 ? std::max<std::ptrdiff_t>(rows.count(), 1) : chunk_tiles * tile_rows);
        const std::ptrdiff_t tiles_in_chunk = (chunks.most() + tile_rows - 1) / tile_rows;
        const std::ptrdiff_t elements = tiles_in_chunk * tile_elements;
        T* const sums = depths.count == 1 ? nullptr : grown(memory.sums, depths.levels() * elements);
        for (std::ptrdiff_t chunk = 0; chunk < chunks.count; ++chunk) {
            const std::ptrdiff_t first = rows.begin + chunks.start(chunk), end = first + chunks.length(chunk);
            place_counter column(a.columns, 0);
            for (std::ptrdiff_t part = 0; part < depths.count; ++part) {
                const std::ptrdiff_t p = depths.start(part), depth = std::min(depths.length(part), c.k);
                const std::ptrdiff_t groups = depths.groups_before(part);
                if (groups > 0 && depths.begins_group(part)) carry_sums(sums, elements, groups);
                column.take(depth, places);
                if (copies && (part > 0 || chunk == 0 || depths.count > 1))
                    pack_panel(0, depth, depth, c.b.from(p, j), columns, padded, packed);
                place_counter row(a.rows, first);
                for (std::ptrdiff_t i = first, tile = 0; i < end; i += tile_rows, ++tile) {
                    const int count = static_cast<int>(std::min(tile_rows, end - i));
                    std::int64_t at[most_walked_rows];
                    row.take(count, at);
                    for (std::ptrdiff_t r = count; r < tile_rows; ++r) at[r] = at[count - 1];
                    T* const so_far = sums ? sums + tile * tile_elements : finished;
                    const bool is_last = part == depths.count - 1;
                    multiply_walked<T>(
                        vectors,
                        {depth, a.data, at, places, copies ? packed : c.b.at(p, j), copies ? padded : c.b.row_stride,
                         copies ? static_cast<int>(width) : columns - padded + static_cast<int>(width),
                         part > 0 ? so_far : nullptr, is_last ? finished : so_far});
                    if (!is_last) continue;
                    if (sums)
                        add_carried(finished, static_cast<std::ptrdiff_t>(tile_rows * padded), so_far, elements,
                                    groups);
                    c.deliver(finished, padded, i, j, count, columns);
                }
            }
        }
    }
}

/// D[i, j] = sum_p A[i, p] * B[p, j], where A is walked through; D goes to the epilogue alone, as contract says.
///
/// test      tests/kernels/contract_walk_test.cpp
template <Lane T, class Epilogue>
void contract_walked(std::ptrdiff_t m, std::ptrdiff_t n, std::ptrdiff_t k, walked_operand<T> a, operand<T> b,
                     const Epilogue& epilogue) {
    if (m <= 0 || n <= 0) return;
    static constexpr T nothing = 0;  // with k = 0 no number is read, and the pointers may be null
    if (k <= 0) a.data = &nothing, b = {&nothing, 0, 0};
    constexpr std::ptrdiff_t width = vec<T>::width;
    const contraction<T> c{m, n, std::max<std::ptrdiff_t>(k, 0), {}, b, sink_to<T, Epilogue>, &epilogue};
    const even_parts panels((n + width - 1) / width, most_walked_vectors);
    const std::ptrdiff_t rows = walked_rows(static_cast<int>(panels.most()));
    share(c.operations(), (m + rows - 1) / rows, panels.count, [&](part_range tiles, part_range columns) {
        contract_walked(c, a, panels, {tiles.begin * rows, std::min(m, tiles.end * rows)}, columns);
    });
}

/// The same where the columns of D and the length of the sums are known when it is compiled, and B, whose rows are next
/// to each other, stays in the second cache: the epilogue works on the registers that hold the sums. `Extents` are the
/// bits of a product_extents without rows. An epilogue that is long is not unrolled over the tile.
template <Lane T, std::uint64_t Extents, bool long_epilogue> class static_walk {
    static constexpr product_extents e = extents_of_product(Extents);
    static constexpr int width = vec<T>::width;
    static constexpr even_parts panels{(e.n + width - 1) / width, most_walked_vectors};
    static constexpr int last_lanes = static_cast<int>((e.n - 1) % width) + 1;
    static constexpr bool is_packed = e.n > panels.most() * width || (!masks_are_free && last_lanes < width);

    template <int vectors, bool Whole> struct task {
        const T* a;
        const std::int64_t* row;
        const std::int64_t* place;
        const T* b;
        static constexpr std::ptrdiff_t depth = e.k, b_stride = is_packed ? vectors * width : e.n;
        static constexpr int readable = Whole || is_packed ? width : last_lanes;
        static constexpr bool is_whole = readable == width;
        static constexpr int rows_to_prefetch =
            e.k * vectors * width * static_cast<extent_t>(sizeof(T)) > 24'000 ? prefetch_distance : 0;
    };

    template <int vectors, bool Whole, class Epilogue>
    TELAR_NOINLINE static void run_tile(const task<vectors, Whole>& work, std::ptrdiff_t i, std::ptrdiff_t j, int count,
                                        const Epilogue& epilogue) {
        constexpr int rows = walked_rows(vectors);
        constexpr auto lanes_of = [](int v) { return Whole || v < vectors - 1 ? width : last_lanes; };
        vec<T> sum[std::size_t(rows)][std::size_t(vectors)];
        tile_sums<T, rows, vectors> so_far;
        accumulate_walked<T, rows, vectors>(work, so_far, sum);
        if constexpr (e.k > group_depth) so_far.finish(sum);
        if constexpr (long_epilogue) {
            alignas(64) T tile[std::size_t(rows * vectors * width)];
            TELAR_UNROLL for (int r = 0; r < rows; ++r) {
                TELAR_UNROLL for (int v = 0; v < vectors; ++v) store(tile + (r * vectors + v) * width, sum[r][v]);
            }
            constexpr int columns = (vectors - 1) * width + lanes_of(vectors - 1);
            for (int r = 0; r < count; ++r)
                finish_row(row_of<T>(epilogue, i + r), tile + r * vectors * width, j, columns);
        } else {
            TELAR_UNROLL for (int r = 0; r < rows; ++r) {
                if (r < count) {
                    const auto finish = row_of<T>(epilogue, i + r);
                    TELAR_UNROLL for (int v = 0; v < vectors; ++v) finish(sum[r][v], j + v * width, lanes_of(v));
                }
            }
        }
    }
    template <int vectors, bool Whole, class Epilogue>
    static void run_panel(const walked_operand<T>& a, operand<T> b, const std::int64_t* places, std::ptrdiff_t j,
                          part_range rows, const Epilogue& epilogue) {
        constexpr int tile_rows = walked_rows(vectors);
        const T* right = b.at(0, j);
        if constexpr (is_packed) {
            T* const packed = grown(scratch<T>().panels, e.k * vectors * width);
            pack_panel(0, e.k, e.k, b.from(0, j), Whole ? vectors * width : (vectors - 1) * width + last_lanes,
                       vectors * width, packed);
            right = packed;
        }
        place_counter row(a.rows, rows.begin);
        for (std::ptrdiff_t i = rows.begin; i < rows.end; i += tile_rows) {
            const int count = static_cast<int>(std::min<std::ptrdiff_t>(tile_rows, rows.end - i));
            std::int64_t at[std::size_t(tile_rows)];
            row.take(count, at);
            for (int r = count; r < tile_rows; ++r) at[r] = at[count - 1];
            run_tile<vectors, Whole>({a.data, at, places, right}, i, j, count, epilogue);
        }
    }

public:
    template <class Epilogue>
    static void run(std::ptrdiff_t m, const walked_operand<T>& a, operand<T> b, const Epilogue& epilogue) {
        if (m <= 0) return;
        const double operations = 2.0 * static_cast<double>(m) * static_cast<double>(e.n * e.k);
        constexpr std::ptrdiff_t rows = walked_rows(static_cast<int>(panels.most()));
        share(operations, (m + rows - 1) / rows, panels.count, [&](part_range tiles, part_range columns) {
            const part_range mine{tiles.begin * rows, std::min(m, tiles.end * rows)};
            std::int64_t* const places = grown(scratch<T>().places, e.k);
            place_counter(a.columns, 0).take(e.k, places);
            for (std::ptrdiff_t p = columns.begin; p < columns.end; ++p) {
                const std::ptrdiff_t j = panels.start(p) * width;
                constexpr int size = static_cast<int>(panels.size);
                constexpr bool is_broken = last_lanes < width;
                if constexpr (is_broken) {
                    if (p == panels.count - 1) {
                        run_panel<size, false>(a, b, places, j, mine, epilogue);
                        continue;
                    }
                }
                if constexpr (panels.larger > 0) {
                    if (p < panels.larger) {
                        run_panel<size + 1, true>(a, b, places, j, mine, epilogue);
                        continue;
                    }
                }
                if constexpr (panels.count - panels.larger > (is_broken ? 1 : 0))
                    run_panel<size, true>(a, b, places, j, mine, epilogue);
            }
        });
    }
};

#if TELAR_COMPILED
TELAR_INSTANCE void contract_walked(const contraction<float>&, const walked_operand<float>&, const even_parts&,
                                    part_range, part_range);
TELAR_INSTANCE void contract_walked(const contraction<double>&, const walked_operand<double>&, const even_parts&,
                                    part_range, part_range);
#endif

}  // namespace telar::inline TELAR_ABI::ir::kernels::simd
