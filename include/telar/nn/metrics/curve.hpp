// SPDX-License-Identifier: BSL-1.0
// Metrics of all thresholds: areas under curves, the best of one rate where another is high enough.
#pragma once
#include <telar/nn/metrics/common.hpp>

#include <algorithm>
#include <vector>

namespace telar::inline TELAR_ABI::nn {

enum class curve : std::int32_t { roc, pr, prgain };
enum class summation_method : std::int32_t { interpolation, minoring, majoring };

namespace metrics {
/// What is true, then what is not, by the last of `count` thresholds 0, 1 / (count - 1), ..., 1 that a prediction is
/// above of: at 0 those above of none. Batches add up, and a threshold's counts are sums of these.
/// is_below_zero: the first threshold is a little less than 0.   (...) -> (2 (count + 1))
constexpr symbol counts_by_threshold(symbol y_true, symbol y_pred, symbol weights, int count, bool is_below_zero) {
    const symbol p = clip(y_pred, 0, 1);
    symbol above = count == 1 ? as_number(p > 0.5, p) : ir::emit::elementwise(op::ceil, p * (count - 1.0));
    if (is_below_zero) above = telar::maximum(above, 1);
    // A NaN counts nowhere.
    const symbol place = where(above >= 0, where(y_true != 0, above, above + (count + 1.0)), -1);
    return summed_at(place, stretched(weights, y_pred), 2 * (count + 1));
}
/// For each threshold how many that are true, or that are not, were taken for true or were not.
struct rates {
    std::vector<double> tp, fp, tn, fn;

    explicit rates(std::span<const double> sums) {
        const std::size_t count = sums.size() / 2 - 1;
        const auto part = [&](std::size_t from, std::vector<double>& above, std::vector<double>& below) {
            double total = 0, so_far = 0;
            for (std::size_t i = 0; i <= count; ++i) total += sums[from + i];
            above.resize(count);
            below.resize(count);
            for (std::size_t i = count; i-- > 0;) {
                so_far += sums[from + i + 1];
                above[i] = so_far;
                below[i] = total - so_far;
            }
        };
        part(0, tp, fn);
        part(count + 1, fp, tn);
    }
    std::size_t size() const { return tp.size(); }
    double sensitivity(std::size_t i) const { return share(tp[i], tp[i] + fn[i]); }
    double specificity(std::size_t i) const { return share(tn[i], tn[i] + fp[i]); }
    double precision(std::size_t i) const { return share(tp[i], tp[i] + fp[i]); }
    /// The largest wanted(i) where given(i) >= least; 0 where it never is.
    double largest(auto wanted, auto given, double least) const {
        double best = 0;
        for (std::size_t i = 0; i < size(); ++i)
            if (given(i) >= least) best = std::max(best, wanted(i));
        return best;
    }
};
constexpr symbol class_of(symbol x, int class_id) {
    return class_id < 0 ? x : ir::emit::part_of_axis(x, x.rank() - 1, class_id, 1);
}
}  // namespace metrics

/// The area under a curve, by num_thresholds thresholds from 0 to 1: roc: recall over the rate of false positives; pr:
/// precision over recall; prgain: their gains. All places of a sample are taken together.
///
/// source    Keras' AUC; pr by interpolation: Davis and Goadrich, ICML 2006
struct auc {
    int num_thresholds = 200;
    nn::curve curve = nn::curve::roc;
    nn::summation_method summation_method = nn::summation_method::interpolation;
    bool from_logits = false;
    static constexpr std::string_view name = "auc";

    constexpr int states(const expr::value_type&) const { return 2 * (num_thresholds + 1); }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        return metrics::counts_by_threshold(y_true, from_logits ? telar::sigmoid(y_pred) : y_pred, weights,
                                            num_thresholds, true);
    }
    double result(std::span<const double> sums) const {
        const metrics::rates r(sums);
        if (curve == nn::curve::pr && summation_method == nn::summation_method::interpolation)
            return interpolated_pr(r);
        double area = 0;
        for (std::size_t i = 0; i + 1 < r.size(); ++i) {
            const auto [x, y] = point(r, i);
            const auto [next_x, next_y] = point(r, i + 1);
            const double height = summation_method == nn::summation_method::interpolation ? (y + next_y) / 2
                                  : summation_method == nn::summation_method::minoring    ? std::min(y, next_y)
                                                                                          : std::max(y, next_y);
            area += (x - next_x) * height;
        }
        return area;
    }

private:
    std::array<double, 2> point(const metrics::rates& r, std::size_t i) const {
        if (curve == nn::curve::roc) return {metrics::share(r.fp[i], r.fp[i] + r.tn[i]), r.sensitivity(i)};
        if (curve == nn::curve::pr) return {r.sensitivity(i), r.precision(i)};
        if (r.tp[i] == 0) return {0, 1};
        const double scale = metrics::share(r.tp[i] + r.fn[i], r.tn[i] + r.fp[i]);
        return {std::max(0.0, 1 - scale * r.fn[i] / r.tp[i]), 1 - scale * r.fp[i] / r.tp[i]};
    }
    /// Between two thresholds the true positives grow linearly with what is taken.
    static double interpolated_pr(const metrics::rates& r) {
        double area = 0;
        for (std::size_t i = 0; i + 1 < r.size(); ++i) {
            const double more_true = r.tp[i] - r.tp[i + 1], taken = r.tp[i] + r.fp[i],
                         next_taken = r.tp[i + 1] + r.fp[i + 1];
            const double slope = metrics::share(more_true, std::max(taken - next_taken, 0.0)),
                         intercept = r.tp[i + 1] - slope * next_taken;
            const double ratio = taken > 0 && next_taken > 0 ? taken / next_taken : 1;
            area += metrics::share(slope * (more_true + intercept * std::log(ratio)), r.tp[i + 1] + r.fn[i + 1]);
        }
        return area;
    }
};

// clang-format off
/// The best recall at a threshold where the specificity is high enough.
struct sensitivity_at_specificity {
    double specificity = 0.5;
    int num_thresholds = 200, class_id = -1;
    static constexpr std::string_view name = "sensitivity_at_specificity";
    constexpr int states(const expr::value_type&) const { return 2 * (num_thresholds + 1); }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const { return metrics::counts_by_threshold(metrics::class_of(y_true, class_id), metrics::class_of(y_pred, class_id), weights, num_thresholds, false); }
    double result(std::span<const double> sums) const {
        const metrics::rates r(sums);
        return r.largest([&](std::size_t i) { return r.sensitivity(i); }, [&](std::size_t i) { return r.specificity(i); }, specificity);
    }
};
struct specificity_at_sensitivity {
    double sensitivity = 0.5;
    int num_thresholds = 200, class_id = -1;
    static constexpr std::string_view name = "specificity_at_sensitivity";
    constexpr int states(const expr::value_type&) const { return 2 * (num_thresholds + 1); }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const { return metrics::counts_by_threshold(metrics::class_of(y_true, class_id), metrics::class_of(y_pred, class_id), weights, num_thresholds, false); }
    double result(std::span<const double> sums) const {
        const metrics::rates r(sums);
        return r.largest([&](std::size_t i) { return r.specificity(i); }, [&](std::size_t i) { return r.sensitivity(i); }, sensitivity);
    }
};
struct precision_at_recall {
    double recall = 0.5;
    int num_thresholds = 200, class_id = -1;
    static constexpr std::string_view name = "precision_at_recall";
    constexpr int states(const expr::value_type&) const { return 2 * (num_thresholds + 1); }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const { return metrics::counts_by_threshold(metrics::class_of(y_true, class_id), metrics::class_of(y_pred, class_id), weights, num_thresholds, false); }
    double result(std::span<const double> sums) const {
        const metrics::rates r(sums);
        return r.largest([&](std::size_t i) { return r.precision(i); }, [&](std::size_t i) { return r.sensitivity(i); }, recall);
    }
};
struct recall_at_precision {
    double precision = 0.5;
    int num_thresholds = 200, class_id = -1;
    static constexpr std::string_view name = "recall_at_precision";
    constexpr int states(const expr::value_type&) const { return 2 * (num_thresholds + 1); }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const { return metrics::counts_by_threshold(metrics::class_of(y_true, class_id), metrics::class_of(y_pred, class_id), weights, num_thresholds, false); }
    double result(std::span<const double> sums) const {
        const metrics::rates r(sums);
        return r.largest([&](std::size_t i) { return r.sensitivity(i); }, [&](std::size_t i) { return r.precision(i); }, precision);
    }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
