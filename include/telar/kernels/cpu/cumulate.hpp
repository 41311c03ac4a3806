// SPDX-License-Identifier: BSL-1.0
// Cumulative sums and products, and linear recurrences: each line from the one before, in the order of the axis.
#pragma once
#include <telar/graph/symbol.hpp>
#include <telar/kernels/cpu/routine_rows.hpp>

namespace telar::inline TELAR_ABI::cpu {

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

template <class T, op Kind, int Options> void cumulate(const kernel_arguments& k) {
    constexpr emit::cumulation c = emit::cumulation_of(Options);
    constexpr T identity = Kind == op::cumsum ? T(0) : T(1);
    share_rows<2>(k, k.rows * k.lines * k.inner, [&](std::byte* const* at) {
        const auto x = sheet_of<const T>(k, at, 0);
        const auto first = [&](std::int64_t i, std::int64_t j) { return c.exclusive ? identity : x(i, j); };
        const auto next = [&](T before, std::int64_t p, std::int64_t i, std::int64_t j) {
            const T v = x(c.exclusive ? p : i, j);
            return Kind == op::cumsum ? wrapped_sum(before, v) : wrapped_product(before, v);
        };
        each_line<T, c.reverse>(k, sheet_of<T>(k, at, 1), first, next);
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

}  // namespace telar::inline TELAR_ABI::cpu
