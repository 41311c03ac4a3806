// SPDX-License-Identifier: BSL-1.0
// Losses of numbers and of distributions.
#pragma once
#include <telar/nn/losses/common.hpp>

namespace telar::inline TELAR_ABI::nn {

// clang-format off
/// (y_true - y_pred)^2, the mean over the last axis.
struct mean_squared_error {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "mean_squared_error";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::mean_squared_error(y_true, y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// |y_true - y_pred|, the mean over the last axis.
struct mean_absolute_error {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "mean_absolute_error";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::mean_absolute_error(y_true, y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// 100 |y_true - y_pred| / max(|y_true|, 1e-7), the mean over the last axis.
struct mean_absolute_percentage_error {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "mean_absolute_percentage_error";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return 100 * mean(abs((y_true - y_pred) / telar::maximum(abs(y_true), losses::epsilon)), -1);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// (log(1 + y_true) - log(1 + y_pred))^2, the mean over the last axis; both at least 1e-7.
struct mean_squared_logarithmic_error {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "mean_squared_logarithmic_error";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return mean(square(log(telar::maximum(y_pred, losses::epsilon) + 1) - log(telar::maximum(y_true, losses::epsilon) + 1)), -1);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// As mean_squared_error up to delta, as mean_absolute_error beyond.
struct huber {
    double delta = 1;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "huber";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::huber(y_true, y_pred, delta); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// log(cosh(y_pred - y_true)), the mean over the last axis.
struct log_cosh {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "log_cosh";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol e = y_pred - y_true;
        return mean(e + telar::softplus(-2 * e) - 0.6931471805599453, -1);  // log 2
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// y_pred - y_true log(y_pred + 1e-7), the mean over the last axis.
struct poisson {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "poisson";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return mean(y_pred - y_true * log(y_pred + losses::epsilon), -1);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// sum y_true log(y_true / y_pred)
struct kl_divergence {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "kl_divergence";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::kl_divergence(y_true, y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// As a loss minus the cosine of the angle between y_true and y_pred along an axis; as a metric, as Keras', the cosine.
struct cosine_similarity {
    int axis = -1;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "cosine_similarity";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return -cosine(y_true, y_pred); }
    constexpr symbol as_metric(symbol y_true, symbol y_pred) const { return cosine(y_true, y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }

private:
    constexpr symbol cosine(symbol y_true, symbol y_pred) const {
        const symbol t = losses::with_axis_last(y_true, axis), p = losses::with_axis_last(y_pred, axis);
        return sum(losses::of_length_one(p) * losses::of_length_one(t), -1);
    }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
