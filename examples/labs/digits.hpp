// SPDX-License-Identifier: BSL-1.0
// The digits of examples/data, for labs and lessons.
#pragma once
#include <telar/data.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace lab {

/// The first n samples.
inline telar::labelled first(const telar::labelled& all, telar::extent_t n) {
    n = std::min(n, all.y.extent(0));
    return {all.x.rows(0, n), all.y.rows(0, n)};
}

/// The 1,797 digits of examples/data, 64 pixels of 0 to 1 each: every n-th of the table, and the others.
inline std::pair<telar::labelled, telar::labelled> digits(telar::extent_t every) {
    using namespace telar;
    const auto table = read_csv("examples/data/digits.csv");  // (1797,65): 64 pixels of 0 .. 16, the digit
    const extent_t rows = table.extent(0), chosen = rows / every;
    const auto sized = [](extent_t n) {
        return labelled{zeros<float, dyn, dyn>(shape(n, 64)), zeros<std::int32_t, dyn>(shape(n))};
    };
    std::pair data(sized(chosen), sized(rows - chosen));
    for (extent_t row = 0; row < rows; ++row) {
        const bool is_chosen = row % every == every - 1;
        auto& [x, y] = is_chosen ? data.first : data.second;
        const extent_t n = is_chosen ? row / every : row - row / every;
        for (extent_t p = 0; p < 64; ++p) x(n, p) = table(row, p) / 16;
        y(n) = static_cast<std::int32_t>(table(row, 64));
    }
    return data;
}

}  // namespace lab
