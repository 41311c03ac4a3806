// SPDX-License-Identifier: BSL-1.0
// Interprets a loop kernel: the loop nest of loop/loop.hpp around a block interpreter.
#pragma once
#include <telar/kernels/cpu/interpreted/block_interpreter.hpp>
#include <telar/kernels/cpu/share.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted {

/// Without reductions there are maps alone.
template <class T, bool Reduces> class loop_interpreter {
    const prepared_kernel<T>& kernel_;
    const kernel_arguments& k_;
    int accesses_;
    std::int64_t lines_ = 1;
    std::int64_t part_;  // of a row, at most
    static constexpr int block = block_size<T>;
    using axes_walk = odometer<any_number>;

public:
    explicit loop_interpreter(const prepared_kernel<T>& prepared)
        : kernel_(prepared), k_(prepared.k), accesses_(prepared.code.accesses()) {
        for (int i = 0; i < k_.reduced_rank; ++i) lines_ *= k_.reduced[i];
        part_ = block * 4;
        for (int s = 1; s < kernel_.sections; s += 2) part_ = std::min<std::int64_t>(part_, kernel_.most_elements[s]);
        if (kernel_.by_column)
            part_ = part_ > block ? block : block / fused_registers;  // room for a fused loop's lines
    }
    void run() const {
        const bool reduces = Reduces && kernel_.code.has_reductions();
        if (k_.rows == 0 || (k_.inner == 0 && (kernel_.by_column || !reduces))) return;
        const std::int64_t elements = k_.rows * std::max<std::int64_t>(1, k_.inner) * lines_;
        if (kernel_.by_column || (!reduces && k_.rows == 1)) {  // its parts are parts of rows
            const std::int64_t parts = (k_.inner + part_ - 1) / part_;
            cpu::share(k_.rows * parts, elements, [&](std::int64_t from, std::int64_t to) {
                block_interpreter<T> m(kernel_);
                axes_walk row = rows_from(from / parts);
                bool is_new = true;  // the row
                for (std::int64_t part = from % parts; from < to; ++from) {
                    const std::int64_t column = part * part_;
                    const int columns = static_cast<int>(std::min<std::int64_t>(part_, k_.inner - column));
                    if (Reduces && kernel_.by_column) run_columns(m, row.at, column, columns);
                    else run_map(m, row.at, is_new, column, columns);
                    is_new = ++part == parts;
                    if (is_new) part = 0, row.step();
                }
            });
        } else {
            cpu::share(k_.rows, elements, [&](std::int64_t from, std::int64_t to) { run_rows(from, to); });
        }
    }
    void run_rows(std::int64_t from, std::int64_t to) const {
        block_interpreter<T> m(kernel_);
        axes_walk row = rows_from(from);
        // Values of rows lie in blocks.
        const bool fits = lines_ == 1 && k_.inner <= block;
        const std::int64_t most = fits ? std::min<std::int64_t>(block, part_ / std::max<std::int64_t>(1, k_.inner)) : 1;
        while (from < to) {
            const std::int64_t rows = std::min({most, row.left(), to - from});
            if (fits) run_short_rows(m, row, static_cast<int>(rows));
            else if (Reduces && kernel_.code.has_reductions()) run_long_row(m, row.at);
            else
                for (std::int64_t j = 0; j < k_.inner; j += part_)
                    run_map(m, row.at, j == 0, j, static_cast<int>(std::min<std::int64_t>(part_, k_.inner - j)));
            row.step(rows);
            from += rows;
        }
    }

private:
    axes_walk rows_from(std::int64_t first) const {
        return {k_.outer, k_.outer_rank, k_.outer_stride, k_.data, first, accesses_};
    }
    static constexpr std::int64_t no_steps[most_accesses]{};

    /// Runs one part of a row. The first part that an interpreter sees is the longest.
    void run_map(block_interpreter<T>& m, std::byte* const* at, bool is_first, std::int64_t column, int columns) const {
        if (is_first) m.run_rows(0, {at, no_steps, 0, {1, 1}});
        m.run_sweep(1, {at, no_steps, column, {1, columns}});
    }
    /// Runs rows that fit in one block.
    void run_short_rows(block_interpreter<T>& m, const axes_walk& row, int rows) const {
        const place of_rows{row.at, row.steps(), 0, {rows, 1}};
        const place of_elements{row.at, row.steps(), 0, {rows, static_cast<int>(k_.inner)}};
        m.run_rows(0, of_rows);
        for (int s = 1; s < kernel_.sections; s += 2) {
            m.run_sweep(s, of_elements);
            m.run_rows(s + 1, of_rows);
        }
    }
    void run_long_row(block_interpreter<T>& m, std::byte* const* at) const {
        const place of_row{at, no_steps, 0, {1, 1}};
        m.run_rows(0, of_row);
        for (int s = 1; s < kernel_.sections; s += 2) {
            m.begin_rows(s);
            const std::int64_t part = kernel_.most_elements[s];
            axes_walk line(k_.reduced, k_.reduced_rank, k_.reduced_stride, at, 0, accesses_);
            for (std::int64_t l = 0; l < lines_; ++l) {
                for (std::int64_t j = 0; j < k_.inner; j += part) {
                    const int columns = static_cast<int>(std::min<std::int64_t>(part, k_.inner - j));
                    m.run_sweep(s, {line.at, no_steps, j, {1, columns}, l * k_.inner + j, false});
                }
                m.end_line(s);
                line.step();
            }
            m.finish_rows(s);
            m.run_rows(s + 1, of_row);
        }
    }
    void run_columns(block_interpreter<T>& m, std::byte* const* at, std::int64_t column, int columns) const {
        const place of_columns{at, no_steps, column, {1, columns}};
        m.run_rows(0, of_columns);
        for (int s = 1; s < kernel_.sections; s += 2) {
            m.begin_columns(s, columns);
            axes_walk line(k_.reduced, k_.reduced_rank, k_.reduced_stride, at, 0, accesses_);
            for (std::int64_t l = 0; l < lines_;) {
                const std::int64_t together =
                    std::min<std::int64_t>({kernel_.most_elements[s] / columns, line.left(), lines_ - l});
                m.run_sweep(s, {line.at, line.steps(), column, {static_cast<int>(together), columns}});
                line.step(together);
                l += together;
            }
            m.finish_columns(s);
            m.run_rows(s + 1, of_columns);
        }
    }
};

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu::interpreted
