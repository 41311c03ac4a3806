// SPDX-License-Identifier: BSL-1.0
// Columns: the vector axis is kept while others are reduced; each lane is a row of its own. Some lines at a time are
// gone along as many columns as the first cache keeps results of: going down the lines of a few columns would touch a
// page for each register. Where the lines are few (the elements of a window) that does not matter, and the results stay
// in registers.
#pragma once
#include <telar/kernels/cpu/loop/kept.hpp>
#include <telar/kernels/cpu/loop/sections.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class D, class T> class column_loop {
    static constexpr int W = vec<T>::width;
    static constexpr int accesses = D::accesses;
    using registers = values<T, D::count>;
    using spot = position<D, T>;
    using kept_columns = kept<D, T>;

public:
    /// Columns j, ..., end - 1 of a row. Each sum has one order, whichever columns go together.
    static TELAR_FLATTENED void run(const loop_arguments<D>& k, std::byte* const* at, std::int64_t j,
                                    std::int64_t end) {
        if constexpr (KnownArguments<D>)
            if constexpr (loop_arguments<D>::lines <= most_few_lines) return down_few_lines(k, at, j, end);
        if (k.lines <= most_few_lines) return few_lines(k, at, j, end);
        while (j < end) {
            const std::int64_t upto = std::min(end, j + kept_columns::count * W);
            columns(k, at, j, upto);
            j = upto;
        }
    }

private:
    static TELAR_FLATTEN void few_lines(const loop_arguments<D>& k, std::byte* const* at, std::int64_t j,
                                        std::int64_t end) {
        down_few_lines(k, at, j, end);
    }
    static TELAR_FLATTENED void down_few_lines(const loop_arguments<D>& k, std::byte* const* at, std::int64_t j,
                                               std::int64_t end) {
        constexpr int U = 2;  // registers of columns
        for (; j + U * W <= end; j += U * W) down_lines<true, U>(k, at, j, W);
        for (; j < end; j += W) down_lines<false, 1>(k, at, j, lanes_left<T>(j, end));
    }
    template <bool Whole, int U>
    static TELAR_FLATTENED void down_lines(const loop_arguments<D>& k, std::byte* const* at, std::int64_t j,
                                           int lanes) {
        registers row[std::size_t(U)];
        for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA {
            run_between<0, Whole>(row[u], spot{k, row[u], nullptr, at, j + u * W, lanes, 0});
        });
        for_each_sweep<D>([&](auto s) TELAR_INLINE_LAMBDA {
            constexpr int section = decltype(s)::value;
            partial<D, T> p[std::size_t(U)];
            for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA { reset<section>(p[u]); });
            for (std::int64_t l = 0; l < k.lines; ++l) {
                std::byte* line[std::size_t(std::max(1, accesses))];
                for (int a = 0; a < accesses; ++a) line[a] = at[a] + k.line_place[l][a];
                sweep<section, Whole, U>(
                    [&](int u) TELAR_INLINE_LAMBDA { return spot{k, row[u], p + u, line, j + u * W, lanes, l}; });
            }
            for_numbers<0, U>([&](auto u) TELAR_INLINE_LAMBDA {
                finish_columns<section>(row[u], p[u]);
                run_between<section + 1, Whole>(row[u], spot{k, row[u], p + u, at, j + u * W, lanes, 0});
            });
        });
    }
    /// Lines that are gone along at a time; they divide a block.
    static constexpr int together(int section) {
        return D::end_of(section) - D::begin_of(section) <= 4 ? 8 : together_in<D>(section);
    }
    static TELAR_FLATTEN void columns(const loop_arguments<D>& k, std::byte* const* at, std::int64_t begin,
                                      std::int64_t end) {
        kept_columns rows;
        for (std::int64_t j = begin, c = 0; j < end; j += W, ++c) {
            registers row;
            run_between<0, false>(row, spot{k, row, nullptr, at, j, lanes_left<T>(j, end), 0});
            rows.template keep<D::begin_of(0), D::end_of(0)>(c, row);
        }
        for_each_sweep<D>([&](auto s)
                              TELAR_INLINE_LAMBDA { sweep_columns<decltype(s)::value>(rows, k, at, begin, end); });
    }
    template <int Section>
    static TELAR_FLATTENED void sweep_columns(kept_columns& rows, const loop_arguments<D>& k, std::byte* const* at,
                                              std::int64_t begin, std::int64_t end) {
        const std::int64_t n = (end - begin + W - 1) / W;
        constexpr auto most = static_cast<std::size_t>(kept_columns::count);
        partial<D, T> total[most], recent[most];
        carried<D, T> levels[most];
        for (std::int64_t c = 0; c < n; ++c) reset<Section>(total[c]), reset<Section>(recent[c]);
        constexpr int L = together(Section);
        odometer<accesses> line(k.all.reduced, k.all.reduced_rank, k.all.reduced_stride, at, 0);
        std::int64_t blocks = 0;
        for (std::int64_t l = 0; l < k.lines; l += L) {
            sweep_lines<Section, L>(line, rows, recent, k, begin, end, l);
            if ((l + L) % lines_per_block != 0 && l + L < k.lines) continue;
            ++blocks;
            for (std::int64_t c = 0; c < n; ++c) {
                add_up<Section>(total[c], recent[c]);
                reset<Section>(recent[c]);
                if (blocks % blocks_added_in_a_row == 0)
                    carry<Section>(levels[c], total[c], blocks / blocks_added_in_a_row);
            }
        }
        for (std::int64_t j = begin, c = 0; j < end; j += W, ++c) {
            registers row;
            take_row<Section>(rows, c, row, k);
            partial<D, T> p;
            copy<Section>(p, total[c]);
            if (blocks >= blocks_added_in_a_row) add_carried<Section>(p, levels[c], blocks / blocks_added_in_a_row);
            finish_columns<Section>(row, p);
            run_between<Section + 1, false>(row, spot{k, row, &p, at, j, lanes_left<T>(j, end), 0});
            rows.template keep<D::begin_of(Section), D::end_of(Section + 1)>(c, row);
        }
    }
    /// What holds for a register of columns before a section; scalars are not worth keeping.
    template <int Section>
    static TELAR_FLATTENED void take_row(const kept_columns& from, std::int64_t c, registers& row,
                                         const loop_arguments<D>& k) {
        constexpr int end = D::begin_of(Section);
        from.template take<end>(c, row);
        for_numbers<0, end>([&](auto index) TELAR_INLINE_LAMBDA {
            constexpr int i = decltype(index)::value;
            if constexpr (D::is(i, code::scalar)) step<i, true>(row, spot{k, row, nullptr, nullptr, 0, W, 0});
        });
    }
    /// The next L lines, whose first is number l.
    template <int Section, int L>
    static TELAR_FLATTENED void sweep_lines(odometer<accesses>& line, const kept_columns& rows, partial<D, T>* recent,
                                            const loop_arguments<D>& k, std::int64_t j, std::int64_t end,
                                            std::int64_t l) {
        const int lines = static_cast<int>(std::min<std::int64_t>(L, k.lines - l));
        std::byte* at[std::size_t(L)][std::size_t(std::max(1, accesses))];
        for (int u = 0; u < L; ++u, line.step()) std::copy_n(line.at, accesses, at[u]);  // may begin anew
        for (std::int64_t c = 0; j < end; j += W, ++c) {
            registers row;
            take_row<Section>(rows, c, row, k);
            partial<D, T> p;
            copy<Section>(p, recent[c]);
            if (lines == L && j + W <= end)
                sweep<Section, true, L>([&](int u)
                                            TELAR_INLINE_LAMBDA { return spot{k, row, &p, at[u], j, W, l + u}; });
            else
                for (int u = 0; u < lines; ++u)
                    sweep<Section, false>([&](int) TELAR_INLINE_LAMBDA {
                        return spot{k, row, &p, at[u], j, lanes_left<T>(j, end), l + u};
                    });
            copy<Section>(recent[c], p);
        }
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
