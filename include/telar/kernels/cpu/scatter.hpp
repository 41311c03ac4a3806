// SPDX-License-Identifier: BSL-1.0
// scatter: z = y, then z(i(m, j), j) += x(m, j), or whatever joins the two, in every row, m ascending: threads share
// rows and columns, so the order of a sum does not depend on them.
#pragma once
#include <telar/graph/symbol.hpp>
#include <telar/kernels/cpu/routine_rows.hpp>

namespace telar::inline TELAR_ABI::cpu {

/// z = y in these columns. y may be one number.
template <class T>
void begin_with(const sheet<T>& z, const sheet<const T>& y, std::int64_t lines, std::int64_t from, std::int64_t to) {
    if (lines == 0 || from == to) return;
    const bool is_number = y.column_stride == 0 && y.line_stride == 0;
    if (is_number && z.column_stride == 1 && z.line_stride == to - from) {
        std::fill_n(z.first + from, lines * (to - from), *y.first);
        return;
    }
    for (std::int64_t n = 0; n < lines; ++n) {
        T* const line = z.line(n) + from * z.column_stride;
        if (z.column_stride == 1 && y.column_stride == 1) copy_line(line, &y(n, from), to - from);
        else if (z.column_stride == 1 && y.column_stride == 0) std::fill_n(line, to - from, y(n, 0));
        else
            for (std::int64_t j = from; j < to; ++j) z(n, j) = y(n, j);
    }
}

/// NaN if either is, of the larger and the smaller.
template <emit::joined J, class T> TELAR_INLINE T together(T a, T b) {
    if constexpr (J == emit::joined::update) return b;
    else if constexpr (J == emit::joined::max) return b != b || b > a ? b : a;
    else if constexpr (J == emit::joined::min) return b != b || b < a ? b : a;
    else return wrapped_sum(a, b);
}

template <class T, class Index, emit::joined J, bool Refuses> void scatter(const kernel_arguments& k) {
    const auto extent = static_cast<std::int64_t>(k.scalars[0]), count = static_cast<std::int64_t>(k.scalars[1]);
    const std::int64_t elements = k.rows * (extent + count) * k.inner;
    if (elements == 0) return;
    if constexpr (Refuses) require_inside<4, Index>(op::scatter, k, count, extent);

    const auto run_columns = [&k, extent, count](std::byte* const* at, std::int64_t from, std::int64_t to) {
        const auto y = sheet_of<const T>(k, at, 0);
        const auto index = sheet_of<const Index>(k, at, 1);
        const auto x = sheet_of<const T>(k, at, 2);
        const auto z = sheet_of<T>(k, at, 3);
        if (z.first != y.first)  // else an assignment to the variable that is read
            begin_with(z, y, extent, from, to);
        if (index.column_stride == 0 && x.column_stride == 1 && z.column_stride == 1) {
            for (std::int64_t m = 0; m < count; ++m) {
                const auto i = static_cast<std::int64_t>(index(m, 0));
                if (!Refuses && !lies_inside(i, extent)) continue;
                T* TELAR_RESTRICT line = z.line(i);
                const T* TELAR_RESTRICT joined = x.line(m);
                for (std::int64_t j = from; j < to; ++j) line[j] = together<J>(line[j], joined[j]);
            }
            return;
        }
        for (std::int64_t m = 0; m < count; ++m)
            for (std::int64_t j = from; j < to; ++j) {
                const auto i = static_cast<std::int64_t>(index(m, j));
                if (Refuses || lies_inside(i, extent)) z(i, j) = together<J>(z(i, j), x(m, j));
            }
    };
    if (k.rows == 1) share(k.inner, elements, [&](std::int64_t a, std::int64_t b) { run_columns(k.data, a, b); });
    else share_rows<4>(k, elements, [&](std::byte* const* at) { run_columns(at, 0, k.inner); });
}

}  // namespace telar::inline TELAR_ABI::cpu
