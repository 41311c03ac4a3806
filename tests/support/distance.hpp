// SPDX-License-Identifier: BSL-1.0
// How far results of one length are from others.
#pragma once
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace support {

/// max_i |a_i - b_i| / max_i |b_i|.
template <class T> double distance(const std::vector<T>& a, const std::vector<T>& b) {
    REQUIRE(a.size() == b.size());
    double most = 0, size = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        most = std::max(most, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
        size = std::max(size, std::abs(static_cast<double>(b[i])));
    }
    return most / size;
}

}  // namespace support
