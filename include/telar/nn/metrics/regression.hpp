// SPDX-License-Identifier: BSL-1.0
// Metrics of numbers that are no means over samples.
#pragma once
#include <telar/nn/metrics/common.hpp>

namespace telar::inline TELAR_ABI::nn {

/// How the scores of several outputs become one: their mean, or weighted by the outputs' variances. (Keras' None gives
/// all of them; a metric here is one number.)
enum class class_aggregation : std::int32_t { uniform_average, variance_weighted_average };

/// The coefficient of determination: 1 - sum (t - p)^2 / sum (t - mean t)^2 for each output; with num_regressors it is
/// adjusted for their number.
///
/// shapes    y_true, y_pred (N,C)
/// edge      an output that never changes: 0
struct r2_score {
    nn::class_aggregation class_aggregation = nn::class_aggregation::uniform_average;
    int num_regressors = 0;
    static constexpr std::string_view name = "r2_score";

    static constexpr int states(const expr::value_type& y_pred) { return 4 * static_cast<int>(y_pred.extents[1]) + 1; }
    /// Of each output: sum t, sum t^2, sum (t - p)^2, the weights; how many numbers there are.
    static constexpr std::array<symbol, 5> sums(symbol y_true, symbol y_pred, symbol weights) {
        const symbol w = metrics::stretched(weights, y_pred);
        return {sum(y_true * w, 0), sum(square(y_true) * w, 0), sum(square(y_true - y_pred) * w, 0), sum(w, 0),
                ir::emit::reduced_count(y_pred, axes{}.bits(y_pred), dtype::float64)};
    }
    double result(std::span<const double> sums) const {
        const std::size_t outputs = sums.size() / 4;
        double scores = 0, weighted_scores = 0, totals = 0;
        for (std::size_t c = 0; c < outputs; ++c) {
            const double first = sums[c], total = sums[outputs + c] - first * (first / sums[3 * outputs + c]);
            double score = 1 - sums[2 * outputs + c] / total;
            if (std::isinf(score)) score = 0;
            scores += score;
            weighted_scores += total * score;
            totals += total;
        }
        const bool is_uniform = class_aggregation == nn::class_aggregation::uniform_average;
        const double r2 = is_uniform ? scores / static_cast<double>(outputs) : weighted_scores / totals;
        const double freedom = sums.back() - num_regressors - 1;
        return num_regressors == 0 || freedom <= 0 ? r2 : 1 - (1 - r2) * (sums.back() - 1) / freedom;
    }
};

}  // namespace telar::inline TELAR_ABI::nn
