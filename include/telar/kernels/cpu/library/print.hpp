// SPDX-License-Identifier: BSL-1.0
// print: a value as text, while the program runs.
#pragma once
#include <telar/kernels/cpu/library/routine_rows.hpp>

namespace telar::inline TELAR_ABI::ir::kernels::cpu {

/// Copies the elements so that they are contiguous, and prints them. The scalars are the label's place, the rank and
/// the extents. print_elements is found when this is instantiated: it stands in io/print.hpp, so that a program that
/// does not print includes no <iostream>.
template <class T> void print(const kernel_arguments& k) {
    share_rows<2>(k, k.rows * k.inner, [&](std::byte* const* at) {
        const auto x = sheet_of<const T>(k, at, 0);
        const auto y = sheet_of<T>(k, at, 1);
        for (std::int64_t j = 0; j < k.inner; ++j) y(0, j) = x(0, j);
    });
    shape extents;
    for (std::uint64_t i = 0; i < k.scalars[2]; ++i) extents.append(static_cast<extent_t>(k.scalars[3 + i]));
    print_elements(k.labels + k.scalars[1], reinterpret_cast<const T*>(k.data[1]), extents);
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::cpu
