// SPDX-License-Identifier: BSL-1.0
// Axes as an option: 0, or {0, 1, 2}.
#pragma once
#include <telar/telar.hpp>

#include <cstdint>
#include <initializer_list>

namespace telar::inline TELAR_ABI::nn {

/// Axes of a value, one or {0, 1, 2}; those below 0 count from its end. None named means all.
struct axes {
    std::int32_t numbers[max_rank]{};
    std::int32_t count = 0;

    constexpr axes() = default;
    constexpr axes(int only) : numbers{only}, count(1) {}
    constexpr axes(std::initializer_list<int> all) {
        for (const int number : all) numbers[count++] = number;
    }
    constexpr unsigned bits(symbol x) const {
        if (count == 0) return (1u << x.rank()) - 1;
        unsigned all = 0;
        for (int i = 0; i < count; ++i) all |= 1u << ir::emit::axis_index(*x.g, numbers[i], x.rank(), x.extents());
        return all;
    }
};

}  // namespace telar::inline TELAR_ABI::nn
