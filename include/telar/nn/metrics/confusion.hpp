// SPDX-License-Identifier: BSL-1.0
// Metrics of what is true and what was taken for true: counts, precision, recall, F-scores.
#pragma once
#include <telar/nn/metrics/common.hpp>

#include <vector>

namespace telar::inline TELAR_ABI::nn {

namespace metrics {
/// A threshold that is not given: 0.5, or with top_k none.
inline constexpr double usual_threshold = std::numeric_limits<double>::lowest();

/// Of each number: whether it is true, whether it was taken for true, its weight. As numbers.
struct taken {
    symbol is_true, is_taken, weight;

    constexpr taken(symbol y_true, symbol y_pred, symbol weights, double threshold, int top_k = 0, int class_id = -1) {
        const int last = y_pred.rank() - 1;
        if (top_k > 0) {
            const symbol places = ir::emit::argsort(y_pred.plain(), true, top_k);
            const symbol classes = ir::emit::iota(*y_pred.g, y_pred.extents()[last], dtype::int64);
            y_pred = where(any(ir::emit::expand_dims(places, {-1}) == classes, -2), y_pred, none_is_below);
        }
        if (class_id >= 0) {
            y_true = ir::emit::part_of_axis(y_true, last, class_id, 1);
            y_pred = ir::emit::part_of_axis(y_pred, last, class_id, 1);
        }
        if (threshold == usual_threshold) threshold = top_k > 0 ? none_is_below : 0.5;
        is_true = as_number(y_true != 0, y_pred);
        is_taken = as_number(y_pred > threshold, y_pred);
        weight = stretched(weights, y_pred);
    }

private:
    static constexpr double none_is_below = -1e10;
};
}  // namespace metrics

// clang-format off
/// How many are true and were taken for true (y_pred > threshold), by their weights.
struct true_positives {
    double threshold = 0.5;
    static constexpr std::string_view name = "true_positives";
    static constexpr int states = 1;
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        const metrics::taken t(y_true, y_pred, weights, threshold);
        return sum(t.is_true * t.is_taken * t.weight);
    }
    static double result(std::span<const double> sums) { return sums[0]; }
};
/// Not true, and taken for it.
struct false_positives {
    double threshold = 0.5;
    static constexpr std::string_view name = "false_positives";
    static constexpr int states = 1;
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        const metrics::taken t(y_true, y_pred, weights, threshold);
        return sum((1 - t.is_true) * t.is_taken * t.weight);
    }
    static double result(std::span<const double> sums) { return sums[0]; }
};
/// Not true, and not taken for it.
struct true_negatives {
    double threshold = 0.5;
    static constexpr std::string_view name = "true_negatives";
    static constexpr int states = 1;
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        const metrics::taken t(y_true, y_pred, weights, threshold);
        return sum((1 - t.is_true) * (1 - t.is_taken) * t.weight);
    }
    static double result(std::span<const double> sums) { return sums[0]; }
};
/// True, and not taken for it.
struct false_negatives {
    double threshold = 0.5;
    static constexpr std::string_view name = "false_negatives";
    static constexpr int states = 1;
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        const metrics::taken t(y_true, y_pred, weights, threshold);
        return sum(t.is_true * (1 - t.is_taken) * t.weight);
    }
    static double result(std::span<const double> sums) { return sums[0]; }
};
/// Of what was taken for true (y_pred > threshold), the share that is; recall: of what is true, the share that was.
/// With top_k only the k largest of a sample may be taken; with class_id only this class is looked at.
struct precision {
    double threshold = metrics::usual_threshold;
    int top_k = 0, class_id = -1;
    static constexpr std::string_view name = "precision";
    static constexpr int states = 2;
    constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) const {
        const metrics::taken t(y_true, y_pred, weights, threshold, top_k, class_id);
        return {sum(t.is_taken * t.is_true * t.weight), sum(t.is_taken * t.weight)};
    }
};
struct recall {
    double threshold = metrics::usual_threshold;
    int top_k = 0, class_id = -1;
    static constexpr std::string_view name = "recall";
    static constexpr int states = 2;
    constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) const {
        const metrics::taken t(y_true, y_pred, weights, threshold, top_k, class_id);
        return {sum(t.is_true * t.is_taken * t.weight), sum(t.is_true * t.weight)};
    }
};
// clang-format on

/// How the scores of several classes become one: macro: their mean; micro: the score of all classes together; weighted:
/// their mean, weighted by how often a class is true. (Keras' None gives all of them; a metric here is one number.)
enum class averaging : std::int32_t { macro, micro, weighted };

/// (1 + beta^2) p r / (beta^2 p + r) of precision p and recall r, by class. A class is taken where y_pred > threshold;
/// with threshold 0, Keras' None, the class of the sample's largest prediction.
///
/// shapes    y_true, y_pred (N,C)
struct fbeta_score {
    nn::averaging average = nn::averaging::macro;
    double beta = 1, threshold = 0;
    static constexpr std::string_view name = "fbeta_score";

    static constexpr int states(const expr::value_type& y_pred) { return 3 * static_cast<int>(y_pred.extents[1]); }
    /// Of each class: true and taken; taken; true.
    constexpr std::array<symbol, 3> sums(symbol y_true, symbol y_pred, symbol weights) const {
        const symbol is_taken =
            threshold > 0 ? y_pred > threshold : y_pred >= max(y_pred, -1, true) && abs(y_pred) > 1e-9;
        const symbol t = metrics::as_number(is_taken, y_pred), w = metrics::stretched(weights, y_pred);
        return {sum(t * y_true * w, 0), sum(t * w, 0), sum(y_true * w, 0)};
    }
    double result(std::span<const double> sums) const {
        const std::size_t classes = sums.size() / 3;
        double both = 0, taken = 0, holds = 0, scores = 0, weighted_scores = 0;
        for (std::size_t c = 0; c < classes; ++c) {
            const double score = score_of(sums[c], sums[c + classes], sums[c + 2 * classes]);
            scores += score;
            weighted_scores += score * sums[c + 2 * classes];
            both += sums[c];
            taken += sums[c + classes];
            holds += sums[c + 2 * classes];
        }
        if (average == averaging::micro) return score_of(both, taken, holds);
        if (average == averaging::weighted) return weighted_scores / (holds + losses::epsilon);
        return scores / static_cast<double>(classes);
    }

private:
    double score_of(double both, double taken, double holds) const {
        const double p = both / (taken + losses::epsilon), r = both / (holds + losses::epsilon);
        return p * r / (beta * beta * p + r + losses::epsilon) * (1 + beta * beta);
    }
};
struct f1_score {
    nn::averaging average = nn::averaging::macro;
    double threshold = 0;
    static constexpr std::string_view name = "f1_score";

    static constexpr int states(const expr::value_type& y_pred) { return fbeta_score::states(y_pred); }
    constexpr std::array<symbol, 3> sums(symbol y_true, symbol y_pred, symbol weights) const {
        return fbeta_score{average, 1, threshold}.sums(y_true, y_pred, weights);
    }
    double result(std::span<const double> sums) const { return fbeta_score{average, 1, threshold}.result(sums); }
};

}  // namespace telar::inline TELAR_ABI::nn
