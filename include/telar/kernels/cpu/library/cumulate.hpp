// SPDX-License-Identifier: BSL-1.0
// Cumulative sums and products, and linear recurrences: each line from the one before, in the order of the axis.
//
// A sum of more than 4096 lines is one of a block of 128 lines, added to that of the blocks before it, and so on for
// 128 blocks: an error does not grow with the number of lines, and sums of numbers that are not negative never fall.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/graph/symbol.hpp>
#include <telar/kernels/cpu/library/routine_rows.hpp>
#include <telar/kernels/working_memory.hpp>

#include <algorithm>
#include <utility>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// Where columns lie together all of them take a step at once; else one column goes its whole way, in a register.
/// first(line, column); next(what stands in y before, line before, line, column).
template <class T, bool Reverse, class First, class Next>
void each_line(const kernel_arguments& k, const sheet<T>& y, const First& first, const Next& next) {
    const std::int64_t start = Reverse ? k.lines - 1 : 0, step = Reverse ? -1 : 1;
    if (k.lines == 0) return;
    if (k.inner == 1 || y.column_stride != 1) {
        for (std::int64_t j = 0; j < k.inner; ++j) {
            T before = y(start, j) = first(start, j);
            for (std::int64_t n = 1, i = start + step; n < k.lines; ++n, i += step)
                before = y(i, j) = next(before, i - step, i, j);
        }
        return;
    }
    for (std::int64_t j = 0; j < k.inner; ++j) y(start, j) = first(start, j);
    for (std::int64_t n = 1, i = start + step; n < k.lines; ++n, i += step) {
        const T* before = y.line(i - step);
        T* now = y.line(i);
        for (std::int64_t j = 0; j < k.inner; ++j) now[j] = next(before[j], i - step, i, j);
    }
}

inline constexpr std::int64_t lines_cumulated_in_a_row = 128;
inline constexpr std::int64_t lines_not_worth_blocks = 4096;  // which cost a third more
inline constexpr int cumulated_levels = 3;                    // of blocks, above the lines

template <op Kind, class T> TELAR_INLINE T cumulated(T before, T v) {
    return Kind == op::cumsum ? wrapped_sum(before, v) : wrapped_product(before, v);
}
/// After so many lines: the highest level that a level below it is added to; -1 within a block.
inline int filled_level(std::int64_t lines) {
    int level = -1;
    for (; level + 1 < cumulated_levels && lines % lines_cumulated_in_a_row == 0; lines /= lines_cumulated_in_a_row)
        ++level;
    return level;
}
/// One column: y is what the levels hold, the lines of the block last.
template <class T, op Kind, bool Exclusive, bool Reverse>
void cumulate_column(const sheet<T>& y, const sheet<const T>& x, std::int64_t lines, std::int64_t j) {
    constexpr T identity = Kind == op::cumsum ? T(0) : T(1);
    T before[cumulated_levels] = {identity, identity, identity}, recent = identity;
    for (std::int64_t n = 0; n < lines;) {
        const std::int64_t end = std::min(lines, n + lines_cumulated_in_a_row);
        for (; n < end; ++n) {
            const std::int64_t i = Reverse ? lines - 1 - n : n;
            const T held = recent, v = x(i, j);
            recent = cumulated<Kind>(recent, v);
            T sum = Exclusive ? held : recent;
            for (const T b : before) sum = cumulated<Kind>(b, sum);
            y(i, j) = sum;
        }
        const int filled = filled_level(n);
        for (int l = 0; l <= filled; ++l) {
            before[l] = cumulated<Kind>(before[l], recent);
            recent = identity;
            if (l < filled) std::swap(recent, before[l]);
        }
    }
}
/// Columns that lie together, line by line; the levels are lines of working memory.
template <class T> struct cumulated_lines { buffer<T> levels; };
template <class T, op Kind, bool Exclusive, bool Reverse>
void cumulate_lines(const sheet<T>& y, const sheet<const T>& x, std::int64_t lines, std::int64_t columns) {
    constexpr T identity = Kind == op::cumsum ? T(0) : T(1);
    int levels = 1;  // that are used
    for (std::int64_t n = lines_cumulated_in_a_row * lines_cumulated_in_a_row; n < lines && levels < cumulated_levels;
         n *= lines_cumulated_in_a_row)
        ++levels;
    buffer<T>& memory = working_memory<cumulated_lines<T>>().levels;
    memory.resize(static_cast<std::size_t>((levels + 1) * columns));
    T* const recent = memory.data();
    std::fill_n(recent, (levels + 1) * columns, identity);
    for (std::int64_t n = 0; n < lines;) {
        const std::int64_t i = Reverse ? lines - 1 - n : n;
        T* TELAR_RESTRICT const to = y.line(i);
        const T* const lowest = recent + columns;
        for (std::int64_t j = 0; j < columns; ++j) {
            const T held = recent[j], sum = cumulated<Kind>(held, x(i, j));
            recent[j] = sum;
            to[j] = cumulated<Kind>(lowest[j], Exclusive ? held : sum);
        }
        for (int l = 2; l <= levels; ++l)
            for (std::int64_t j = 0; j < columns; ++j) to[j] = cumulated<Kind>(recent[l * columns + j], to[j]);
        const int filled = std::min(filled_level(++n), levels - 1);
        for (int l = 0; l <= filled; ++l)
            for (std::int64_t j = 0; j < columns; ++j) {
                T& below = recent[l * columns + j];
                recent[(l + 1) * columns + j] = cumulated<Kind>(recent[(l + 1) * columns + j], below);
                below = identity;
            }
    }
}

template <class T, op Kind, int Options> void cumulate(const kernel_arguments& k) {
    constexpr emit::cumulation c = emit::cumulation_of(Options);
    constexpr T identity = Kind == op::cumsum ? T(0) : T(1);
    share_rows<2>(k, k.rows * k.lines * k.inner, [&](std::byte* const* at) {
        const auto x = sheet_of<const T>(k, at, 0);
        const auto y = sheet_of<T>(k, at, 1);
        if constexpr (std::is_floating_point_v<T>)
            if (k.lines > lines_not_worth_blocks) {
                if (k.inner > 1 && y.column_stride == 1)
                    return cumulate_lines<T, Kind, c.exclusive, c.reverse>(y, x, k.lines, k.inner);
                for (std::int64_t j = 0; j < k.inner; ++j)
                    cumulate_column<T, Kind, c.exclusive, c.reverse>(y, x, k.lines, j);
                return;
            }
        const auto first = [&](std::int64_t i, std::int64_t j) { return c.exclusive ? identity : x(i, j); };
        const auto next = [&](T before, std::int64_t p, std::int64_t i, std::int64_t j) {
            return cumulated<Kind>(before, x(c.exclusive ? p : i, j));
        };
        each_line<T, c.reverse>(k, y, first, next);
    });
}
template <class T, int Options> void recur(const kernel_arguments& k) {
    share_rows<3>(k, k.rows * k.lines * k.inner, [&](std::byte* const* at) {
        const auto b = sheet_of<const T>(k, at, 0), a = sheet_of<const T>(k, at, 1);
        const auto first = [&](std::int64_t i, std::int64_t j) { return b(i, j); };
        const auto next = [&](T before, std::int64_t, std::int64_t i, std::int64_t j) {
            return wrapped_sum(b(i, j), wrapped_product(a(i, j), before));
        };
        each_line<T, emit::cumulation_of(Options).reverse>(k, sheet_of<T>(k, at, 2), first, next);
    });
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
