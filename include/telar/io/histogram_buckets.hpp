// SPDX-License-Identifier: BSL-1.0
// A histogram of any numbers in buckets that TensorFlow fixed once for all: the limits grow by a tenth.
#pragma once
#include <telar/core/config.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace telar::inline TELAR_ABI::io {

/// Limits and counts: bucket i counts values from limit i - 1 on up to, and without, limit i. A run of empty buckets is
/// one.
struct histogram_buckets {
    double min = std::numeric_limits<double>::max(), max = -min, num = 0, sum = 0, sum_squares = 0;
    std::vector<double> limits, counts;
};

/// The buckets of values.
///
/// edge      NaN and infinities are left out; of no values at all there is one bucket, which is empty
/// source    TensorFlow's tensorflow/core/lib/histogram/histogram.cc: 10^-12 times powers of 1.1 up to 10^20, their
///           negatives, 0, the largest double
/// test      tests/io/summary_test.cpp
template <class Values> histogram_buckets buckets_of(const Values& values) {
    static const std::vector<double> limits = [] {
        std::vector<double> positive;
        for (double v = 1e-12; v < 1e20; v *= 1.1) positive.push_back(v);
        positive.push_back(std::numeric_limits<double>::max());
        std::vector<double> all(positive.rbegin(), positive.rend());
        for (double& v : all) v = -v;
        all.push_back(0);
        all.insert(all.end(), positive.begin(), positive.end());
        return all;
    }();
    const double last = static_cast<double>(limits.size() - 1), zero = last / 2;  // their places
    histogram_buckets h;
    std::vector<double> counts(limits.size());
    for (const auto& element : values) {
        const double v = static_cast<double>(element);
        if (!std::isfinite(v)) continue;
        // The first limit above v: guessed by the logarithm, then exact. (A binary search takes twice the time.)
        const double steps = std::max(0.0, std::log(std::fabs(v) * 1e12) / std::log(1.1));
        auto k = static_cast<std::size_t>(std::clamp(zero + (v < 0 ? -steps : steps), 0.0, last));
        while (k > 0 && limits[k - 1] > v) --k;
        while (k + 1 < limits.size() && limits[k] <= v) ++k;
        ++counts[k];
        h.min = std::min(h.min, v);
        h.max = std::max(h.max, v);
        h.num += 1;
        h.sum += v;
        h.sum_squares += v * v;
    }
    for (std::size_t i = 0; i < counts.size(); ++i) {
        const bool goes_on = i + 1 < counts.size() && counts[i] == 0 && counts[i + 1] == 0;
        if (!goes_on) h.limits.push_back(limits[i]), h.counts.push_back(counts[i]);
    }
    return h;
}

}  // namespace telar::inline TELAR_ABI::io
