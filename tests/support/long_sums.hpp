// SPDX-License-Identifier: BSL-1.0
// What a sum of floats over many terms may be off by, and the numbers to try it on.
#pragma once
#include <telar/core/random.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace support {

/// Of the sum of the terms' magnitudes: 4 sqrt(log2 n) roundings. Terms added one after the other would be off by n / 4
/// of them where all are equal.
template <class T> double off_by_at_most(std::int64_t terms) {
    const double levels = std::log2(static_cast<double>(std::max<std::int64_t>(terms, 2)));
    return 4 * std::sqrt(levels) * static_cast<double>(std::numeric_limits<T>::epsilon());
}

enum class terms { equal, positive, of_both_signs };
inline constexpr terms every_kind_of_terms[] = {terms::equal, terms::positive, terms::of_both_signs};

/// Fills [first, last). All equal is the hardest: each rounding goes the same way.
template <class T> void fill(T* first, T* last, terms kind, std::uint64_t seed) {
    telar::generator g(seed);
    for (; first != last; ++first)
        *first = kind == terms::equal ? T(0.1) : static_cast<T>(g.uniform(kind == terms::positive ? 0 : -1, 1));
}

}  // namespace support
