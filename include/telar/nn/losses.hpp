// SPDX-License-Identifier: BSL-1.0
// Losses by Keras' names, as values that nn::compile takes: nn::compile<nn::mean_squared_error{}>(net, adam{}). A loss
// of your own is a struct with `name`, operator()(y_true, y_pred), which gives a number for each sample (or for each
// place of a sample), and target_of(type of y_pred).
#pragma once
#include <telar/telar.hpp>

#include <string_view>

namespace telar::inline TELAR_ABI::nn {

namespace losses {
/// Targets like the predictions.
constexpr expr::value_type same(const expr::value_type& y_pred) { return {y_pred.type, 0, y_pred.extents}; }
/// Labels: integers, without the last axis.
constexpr expr::value_type labels(const expr::value_type& y_pred) {
    expr::value_type v{dtype::int32, 0, y_pred.extents};
    if (v.extents.rank > 0) --v.extents.rank;
    return v;
}
}  // namespace losses

// clang-format off
/// (y_true - y_pred)^2, the mean over the last axis.
struct mean_squared_error {
    static constexpr std::string_view name = "mean_squared_error";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::mean_squared_error(y_true, y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// |y_true - y_pred|, the mean over the last axis.
struct mean_absolute_error {
    static constexpr std::string_view name = "mean_absolute_error";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::mean_absolute_error(y_true, y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// As mean_squared_error up to delta, as mean_absolute_error beyond.
struct huber {
    double delta = 1;
    static constexpr std::string_view name = "huber";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::huber(y_true, y_pred, delta); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// max(1 - y_true y_pred, 0), the mean over the last axis; y_true is -1 or 1, or, where a batch has nothing else, 0 or 1.
struct hinge {
    static constexpr std::string_view name = "hinge";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol are_flags = all(y_true == 0 || y_true == 1);
        return telar::hinge(where(are_flags, 2 * y_true - 1, y_true), y_pred);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// sum y_true log(y_true / y_pred)
struct kl_divergence {
    static constexpr std::string_view name = "kl_divergence";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::kl_divergence(y_true, y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// -(y_true log p + (1 - y_true) log(1 - p)), the mean over the last axis; with label smoothing s the targets are
/// (1 - s) y_true + s / 2.
struct binary_crossentropy {
    bool from_logits = false;
    double label_smoothing = 0;
    static constexpr std::string_view name = "binary_crossentropy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        if (label_smoothing != 0) y_true = y_true * (1 - label_smoothing) + label_smoothing / 2;
        return from_logits ? binary_cross_entropy(y_true, y_pred, telar::from_logits) : binary_cross_entropy(y_true, y_pred);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// -sum y_true log p over the last axis; with label smoothing s the targets are (1 - s) y_true + s / classes.
struct categorical_crossentropy {
    bool from_logits = false;
    double label_smoothing = 0;
    static constexpr std::string_view name = "categorical_crossentropy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const auto classes = static_cast<double>(y_pred.extents()[y_pred.rank() - 1]);
        if (label_smoothing != 0) y_true = y_true * (1 - label_smoothing) + label_smoothing / classes;
        return from_logits ? categorical_cross_entropy(y_true, y_pred, telar::from_logits) : categorical_cross_entropy(y_true, y_pred);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// The same of labels 0, 1, ...
struct sparse_categorical_crossentropy {
    bool from_logits = false;
    static constexpr std::string_view name = "sparse_categorical_crossentropy";
    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        return from_logits ? sparse_categorical_cross_entropy(labels, y_pred, telar::from_logits) : sparse_categorical_cross_entropy(labels, y_pred);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::labels(y_pred); }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
