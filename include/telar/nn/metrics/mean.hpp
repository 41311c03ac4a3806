// SPDX-License-Identifier: BSL-1.0
// Metrics that are means over samples: accuracies, correlations, any loss.
#pragma once
#include <telar/nn/metrics/common.hpp>

namespace telar::inline TELAR_ABI::nn {

// clang-format off
/// The share of predictions that are right. As Keras' "accuracy" it is sparse_categorical_accuracy of labels,
/// binary_accuracy of one number for each sample, else categorical_accuracy.
struct accuracy {
    static constexpr std::string_view name = "accuracy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const bool is_sparse = y_true.rank() < y_pred.rank();
        const bool is_binary = !is_sparse && y_pred.extents()[y_pred.rank() - 1] == 1;
        return is_sparse   ? telar::sparse_categorical_accuracy(y_true, y_pred)
               : is_binary ? telar::binary_accuracy(y_true, y_pred)
                           : telar::categorical_accuracy(y_true, y_pred);
    }
};
struct sparse_categorical_accuracy {
    static constexpr std::string_view name = "sparse_categorical_accuracy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::sparse_categorical_accuracy(y_true, y_pred); }
};
struct categorical_accuracy {
    static constexpr std::string_view name = "categorical_accuracy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::categorical_accuracy(y_true, y_pred); }
};
/// The share of numbers on the right side of `threshold`.
struct binary_accuracy {
    double threshold = 0.5;
    static constexpr std::string_view name = "binary_accuracy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return mean(metrics::as_number((y_pred > threshold) == (y_true > threshold), y_pred), -1);
    }
};
/// The share of samples for whose label fewer than k classes have a larger prediction; 0 where one of the predictions
/// is not finite, or the label is no class.
struct sparse_top_k_categorical_accuracy {
    int k = 5;
    static constexpr std::string_view name = "sparse_top_k_categorical_accuracy";
    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        const symbol classes = ir::emit::iota(*y_pred.g, y_pred.extents()[y_pred.rank() - 1], dtype::int64);
        const symbol is_its = ir::emit::expand_dims(ir::emit::cast(labels, dtype::int64), {-1}) == classes;
        const symbol its = sum(where(is_its, y_pred, 0), -1, true);
        const symbol larger = sum(metrics::as_number(y_pred > its, y_pred), -1);
        return metrics::as_number(larger < k && any(is_its, -1) && all(is_finite(y_pred), -1), y_pred);
    }
};
struct top_k_categorical_accuracy {
    int k = 5;
    static constexpr std::string_view name = "top_k_categorical_accuracy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return sparse_top_k_categorical_accuracy{k}(argmax(y_true, -1), y_pred);
    }
};
/// The correlation of y_true and y_pred along an axis, its mean over all samples; nan where one of both is constant.
struct pearson_correlation {
    int axis = -1;
    static constexpr std::string_view name = "pearson_correlation";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const auto normal = [&](symbol x) {
            const symbol y = losses::with_axis_last(x, axis), e = y - mean(y, -1, true);
            return e / stddev(e, -1, true);
        };
        return mean(normal(y_true) * normal(y_pred), -1);
    }
};
/// 2 cov(t, p) / (var t + var p + (mean t - mean p)^2) along an axis, its mean over all samples.
///
/// source    Lin, Biometrics 45 (1989)
struct concordance_correlation {
    int axis = -1;
    static constexpr std::string_view name = "concordance_correlation";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol t = losses::with_axis_last(y_true, axis), p = losses::with_axis_last(y_pred, axis),
                     of_t = mean(t, -1, true), of_p = mean(p, -1, true),
                     scale = variance(t, -1, true) + variance(p, -1, true) + square(of_t - of_p);
        return mean(2 * (t - of_p) * (p - of_p) / (scale + losses::epsilon), -1);
    }
};
/// log_cosh by the metric's name.
struct log_cosh_error {
    static constexpr std::string_view name = "logcosh";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return log_cosh{}(y_true, y_pred); }
};
/// A loss as a metric: its mean over all samples. The loss by itself is the same metric.
template <auto Loss> struct mean_of {
    static constexpr std::string_view name = Loss.name;
    static constexpr int states = 2;
    static constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) { return metrics::weighted_loss(Loss, y_true, y_pred, weights); }
};
/// Its weighted sum over all samples: Keras' Sum.
template <auto Loss> struct sum_of {
    static constexpr std::string_view name = Loss.name;
    static constexpr int states = 1;
    static constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) { return metrics::weighted_loss(Loss, y_true, y_pred, weights)[0]; }
    static double result(std::span<const double> sums) { return sums[0]; }
};
struct root_mean_squared_error {
    static constexpr std::string_view name = "root_mean_squared_error";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::mean_squared_error(y_true, y_pred); }
    static double result(std::span<const double> sums) { return std::sqrt(metrics::mean(sums)); }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
