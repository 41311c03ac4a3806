// SPDX-License-Identifier: BSL-1.0
// Rows: the vector axis is what a sweep runs over. Softmax, layer normalisation, sums of rows.
#pragma once
#include <telar/kernels/cpu/loop/sections.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class D, class T> class row_loop {
    static constexpr int W = vec<T>::width;
    static constexpr int accesses = D::accesses;
    static constexpr int most_for_short_rows = 48;  // instructions: they are one more copy of the kernel to compile
    using registers = values<T, D::count>;
    using spot = position<D, T>;

public:
    static TELAR_FLATTEN void run(const loop_arguments<D>& k, std::int64_t from, std::int64_t to) {
        odometer<accesses> row(k.all.outer, k.all.outer_rank, k.all.outer_stride, k.all.data, from);
        if constexpr (D::count <= most_for_short_rows && !TELAR_SMALL)
            if (k.inner <= W && k.lines == 1) {
                for (std::int64_t r = from; r < to; ++r, row.step()) run_short_row(k, row.at);
                return;
            }
        for (std::int64_t r = from; r < to; ++r, row.step()) run_row(k, row.at);
    }
    /// A row that fits a register needs no loops.
    static TELAR_FLATTENED void run_short_row(const loop_arguments<D>& k, std::byte* const* at) {
        registers row;
        run_between<0, true>(row, spot{k, row, nullptr, at, 0, 1, 0});
        for_each_sweep<D>([&](auto s) TELAR_INLINE_LAMBDA {
            constexpr int section = decltype(s)::value;
            partial<D, T> p;
            reset<section>(p);
            sweep<section, false>(
                [&](int) TELAR_INLINE_LAMBDA { return spot{k, row, &p, at, 0, static_cast<int>(k.inner), 0}; });
            finish_row<section>(row, p);
            run_between<section + 1, true>(row, spot{k, row, &p, at, 0, 1, 0});
        });
    }

private:
    static TELAR_FLATTENED void run_row(const loop_arguments<D>& k, std::byte* const* at) {
        registers row;
        run_between<0, true>(row, spot{k, row, nullptr, at, 0, 1, 0});
        for_each_sweep<D>([&](auto s) TELAR_INLINE_LAMBDA { sweep_row<decltype(s)::value>(row, k, at); });
    }
    template <int Section>
    static TELAR_INLINE void sweep_row(registers& row, const loop_arguments<D>& k, std::byte* const* at) {
        // Sums have as many accumulators whatever U is; those that do not fit registers stay in memory.
        constexpr int U =
            rounds_in<D, T>(Section) ? std::min(together_in<D>(Section), accumulators) : together_in<D>(Section);
        constexpr int A = std::max(U, accumulators);
        constexpr std::int64_t together = A * W;
        partial<D, T> total, rest;  // rest: of what does not fill A registers
        reset<Section>(total);
        reset<Section>(rest);
        carried<D, T> levels;
        std::int64_t blocks = 0;
        const auto add_block = [&](const partial<D, T>& block) TELAR_INLINE_LAMBDA {
            add_up<Section>(total, block);
            if (++blocks % blocks_added_in_a_row == 0) {
                partial<D, T> group;  // a copy: total stays in registers
                copy<Section>(group, total);
                carry<Section>(levels, group, blocks / blocks_added_in_a_row);
                reset<Section>(total);
            }
        };
        odometer<accesses> others;
        std::byte* const* line = at;
        for (std::int64_t l = 0; l < k.lines; ++l) {
            if (l == 1) {
                others.start(k.all.reduced, k.all.reduced_rank, k.all.reduced_stride, at, 0);
                line = others.at;
            }
            if (l > 0) others.step();
            const std::int64_t number = l * k.inner;
            std::int64_t i = 0;
            while (i + together <= k.inner) {
                partial<D, T> p[std::size_t(A)];
                for_numbers<0, A>([&](auto u) TELAR_INLINE_LAMBDA { reset<Section>(p[u]); });
                const std::int64_t block_end = std::min(k.inner, i + steps_per_block * together);
                for (; i + together <= block_end; i += together)
                    for (int h = 0; h < A; h += U)
                        sweep<Section, true, U>([&](int u) TELAR_INLINE_LAMBDA {
                            return spot{k, row, p + h + u, line, i + (h + u) * W, W, number + i + (h + u) * W};
                        });
                gather<Section, A>(p);
                add_block(p[0]);
            }
            for (; i < k.inner; i += W)
                sweep<Section, false>([&](int) TELAR_INLINE_LAMBDA {
                    return spot{k, row, &rest, line, i, lanes_left<T>(i, k.inner), number + i};
                });
            if ((l + 1) % lines_per_rest == 0) {
                add_block(rest);
                reset<Section>(rest);
            }
        }
        if (blocks >= blocks_added_in_a_row) {
            partial<D, T> sum;
            copy<Section>(sum, total);
            add_carried<Section>(sum, levels, blocks / blocks_added_in_a_row);
            copy<Section>(total, sum);
        }
        add_up<Section>(total, rest);
        finish_row<Section>(row, total);
        run_between<Section + 1, true>(row, spot{k, row, &total, at, 0, 1, 0});
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
