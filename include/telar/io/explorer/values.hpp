// SPDX-License-Identifier: BSL-1.0
// The values of a run by the reference interpreter, node by node, and what is told of each.
#pragma once
#include <telar/kernels/reference/interpret.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace telar::inline TELAR_ABI::io::explorer {

namespace reference = ir::kernels::reference;

/// What is told of a value.
struct summary {
    extent_t count = 0;
    extent_t nans = 0, infinities = 0;
    double least = 0, mean = 0, greatest = 0;  // of the finite ones; 0 if there are none
    std::vector<double> first;                 // a few
    double difference = -1;                    // the largest from the optimised graph's value; -1: that has none
};

inline constexpr int most_first_values = 8;

inline summary summary_of(const reference::array& a) {
    summary s;
    const int held = a.visit([](const auto& list) { return list.size(); });
    if (held == 0) return s;
    s.count = a.extents.count();
    double sum = 0, least = std::numeric_limits<double>::infinity(), greatest = -least;
    for (int i = 0; i < a.count(); ++i) {
        const double v = a.at(i);
        if (i < most_first_values) s.first.push_back(v);
        s.nans += std::isnan(v);
        s.infinities += std::isinf(v);
        if (!std::isfinite(v)) continue;
        sum += v;
        least = std::min(least, v);
        greatest = std::max(greatest, v);
    }
    const extent_t finite = s.count - s.nans - s.infinities;
    if (finite > 0) s.least = least, s.greatest = greatest, s.mean = sum / static_cast<double>(finite);
    return s;
}
/// The largest distance of two values' elements; infinite where one alone is no number, -1 where their shapes differ.
inline double largest_difference(const reference::array& a, const reference::array& b) {
    if (a.type != b.type || !(a.extents == b.extents)) return -1;
    double largest = 0;
    for (int i = 0; i < a.count(); ++i) {
        const double x = a.at(i), y = b.at(i);
        if (x == y || (std::isnan(x) && std::isnan(y))) continue;
        const double d = std::abs(x - y);
        largest = std::isnan(d) ? std::numeric_limits<double>::infinity() : std::max(largest, d);
    }
    return largest;
}

/// The value of every node: all are roots. Nodes without one, as a scan, have an empty array; those in the steps of a
/// scan that of its last step.
inline growable<reference::array> values_of_nodes(graph g, const growable<ir::graph_block>& blocks,
                                                  const growable<reference::array>& leaves) {
    g.roots.clear();
    for (int i = 0; i < g.size(); ++i) g.roots.push({i, -1, 0, 0});
    return reference::interpret(g, blocks, leaves, nullptr);
}

}  // namespace telar::inline TELAR_ABI::io::explorer
