// SPDX-License-Identifier: BSL-1.0
// The loop kernel: element-wise work and reductions over any axes, fused, from a descriptor. Map, row and column
// reductions are one nest:
//
//   for each row (the axes that are kept)                      threads share the rows
//     what holds for the row
//     for each sweep: over the reduced axes, a register at a time along the vector axis; then what the sums give
//
// The vector axis is the last one. If it is reduced (or nothing is), a row is its elements: softmax, map. If it is kept
// while others are reduced, a register holds columns, each reduced on its own: column sums.
#pragma once
#include <telar/kernels/cpu/loop/loop_columns.hpp>
#include <telar/kernels/cpu/loop/loop_rows.hpp>
#include <telar/kernels/cpu/share.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class D, class T> class loop_kernel {
    static constexpr int W = vec<T>::width;
    static constexpr int together = together_in<D>(1);  // of a map and of columns
    using registers = values<T, D::count>;
    using spot = position<D, T>;

    /// Whether all registers of a row go together, which is known.
    static constexpr bool goes_together = [] {
        if constexpr (KnownArguments<D>) {
            constexpr std::int64_t inner = D::arguments.inner;
            return inner <= together * W && (inner % W == 0 || simd::masks_are_free);
        }
        return false;
    }();

public:
    static TELAR_FLATTENED void run(const arguments_of<D>& all) {
        const loop_arguments<D> k(all);
        if constexpr (KnownArguments<D>) run_known(k);
        else if constexpr (D::header.is_single) run_single(k);
        else run_loops(k);
    }

private:
    /// Into the function that runs them all, on one thread.
    static TELAR_FLATTENED void run_known(const loop_arguments<D>& k) {
        if constexpr (D::header.is_single) single(k);
        else
            for_each_row<D::accesses>(k.all, [&](std::byte* const* at) TELAR_INLINE_LAMBDA {
                if constexpr (!D::has_reductions) map(k, at, 0, loop_arguments<D>::inner);
                else if constexpr (D::header.by_column) column_loop<D, T>::run(k, at, 0, loop_arguments<D>::inner);
                else row_loop<D, T>::run_one(k, at);
            });
    }
    static TELAR_FLATTEN void run_single(const loop_arguments<D>& k) { single(k); }
    static TELAR_FLATTENED void single(const loop_arguments<D>& k) {
        std::byte* const* const at = k.all.data;
        if constexpr (D::has_reductions) return row_loop<D, T>::run_short_row(k, at);
        registers row;
        run_between<0, true>(row, spot{k, row, nullptr, at, 0, 1, 0});
        sweep<1, false>([&](int) TELAR_INLINE_LAMBDA { return spot{k, row, nullptr, at, 0, 1, 0}; });
    }
    static void run_loops(const loop_arguments<D>& k) {
        const std::int64_t rows = k.all.rows;
        if (rows == 0 || (k.inner == 0 && (D::header.by_column || !D::has_reductions))) return;
        const std::int64_t elements = rows * std::max<std::int64_t>(1, k.inner) * k.lines;
        if constexpr (D::header.by_column || !D::has_reductions) {
            // Columns are independent: the work is rows x registers of columns.
            const std::int64_t blocks = (k.inner + W * together - 1) / (W * together);
            share(rows * blocks, elements,
                  [&](std::int64_t from, std::int64_t to) { run_blocks(k, blocks, from, to); });
        } else {
            share(rows, elements, [&](std::int64_t from, std::int64_t to) { row_loop<D, T>::run(k, from, to); });
        }
    }
    static void run_blocks(const loop_arguments<D>& k, std::int64_t blocks, std::int64_t from, std::int64_t to) {
        if (k.all.rows == 1) return run_in_row(k, k.all.data, from, to);  // no odometer
        odometer<D::accesses> row(k.all.outer, k.all.outer_rank, k.all.outer_stride, k.all.data, from / blocks);
        std::int64_t b = from % blocks;
        for (std::int64_t done = from; done < to; b = 0, row.step()) {
            const std::int64_t last = std::min(blocks, b + to - done);
            done += last - b;
            run_in_row(k, row.at, b, last);
        }
    }
    /// The blocks from, ..., to - 1 of a row.
    static void run_in_row(const loop_arguments<D>& k, std::byte* const* at, std::int64_t from, std::int64_t to) {
        const std::int64_t begin = from * W * together, end = std::min(k.inner, to * W * together);
        if constexpr (D::has_reductions) column_loop<D, T>::run(k, at, begin, end);
        else run_map(k, at, begin, end);
    }
    static TELAR_FLATTEN void run_map(const loop_arguments<D>& k, std::byte* const* at, std::int64_t i,
                                      std::int64_t end) {
        map(k, at, i, end);
    }
    static TELAR_FLATTENED void map(const loop_arguments<D>& k, std::byte* const* at, std::int64_t i,
                                    std::int64_t end) {
        registers row;
        run_between<0, true>(row, spot{k, row, nullptr, at, 0, 1, 0});
        if constexpr (goes_together) {
            constexpr std::int64_t inner = loop_arguments<D>::inner;
            return sweep<1, inner % W == 0, (inner + W - 1) / W>([&](int u) TELAR_INLINE_LAMBDA {
                return spot{k, row, nullptr, at, u * W, lanes_left<T>(u * W, inner), 0};
            });
        }
        for (; i + together * W <= end; i += together * W)
            sweep<1, true, together>([&](int u)
                                         TELAR_INLINE_LAMBDA { return spot{k, row, nullptr, at, i + u * W, W, 0}; });
        constexpr int last = last_together_in<D>(1);
        if constexpr (last > 1)
            for (; i + (last - 1) * W < end; i += last * W)
                sweep<1, false, last>([&](int u) TELAR_INLINE_LAMBDA {
                    return spot{k, row, nullptr, at, i + u * W, lanes_left<T>(i + u * W, end), 0};
                });
        for (; i < end; i += W)
            sweep<1, false>([&](int)
                                TELAR_INLINE_LAMBDA { return spot{k, row, nullptr, at, i, lanes_left<T>(i, end), 0}; });
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
