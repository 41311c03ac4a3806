// SPDX-License-Identifier: BSL-1.0
// gather: y(m, j) = x(i(m, j), j) in every row. Where an index holds for a whole line, that line is copied.
#pragma once
#include <telar/kernels/cpu/library/routine_rows.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

template <class T, class Index, bool Refuses> void gather(const kernel_arguments& k) {
    const auto extent = static_cast<std::int64_t>(k.scalars[0]);
    const std::int64_t elements = k.rows * k.lines * k.inner;
    if (elements == 0) return;
    if constexpr (Refuses)
        if (!are_inside<3, Index>(op::gather, k, k.lines, extent)) return;

    const auto run_lines = [&k, extent](std::byte* const* at, std::int64_t from, std::int64_t to) {
        const auto x = sheet_of<const T>(k, at, 0);
        const auto index = sheet_of<const Index>(k, at, 1);
        const auto y = sheet_of<T>(k, at, 2);
        const std::int64_t columns = k.inner;
        if (index.column_stride == 0 && x.column_stride == 1 && y.column_stride == 1) {
            for (std::int64_t m = from; m < to; ++m) {
                const auto i = static_cast<std::int64_t>(index(m, 0));
                if (Refuses || lies_inside(i, extent)) copy_line(y.line(m), x.line(i), columns);
                else std::fill_n(y.line(m), columns, T());
            }
            return;
        }
        for (std::int64_t m = from; m < to; ++m)
            for (std::int64_t j = 0; j < columns; ++j) {
                const auto i = static_cast<std::int64_t>(index(m, j));
                y(m, j) = Refuses || lies_inside(i, extent) ? x(i, j) : T();
            }
    };
    if (k.rows == 1) share(k.lines, elements, [&](std::int64_t a, std::int64_t b) { run_lines(k.data, a, b); });
    else share_rows<3>(k, elements, [&](std::byte* const* at) { run_lines(at, 0, k.lines); });
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
