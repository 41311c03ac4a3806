// SPDX-License-Identifier: BSL-1.0
// Losses of classes: hinges and cross-entropies.
#pragma once
#include <telar/nn/losses/common.hpp>

namespace telar::inline TELAR_ABI::nn {

// clang-format off
/// max(1 - y_true y_pred, 0), the mean over the last axis; y_true is -1 or 1, or, where a batch has nothing else, 0 or 1.
struct hinge {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "hinge";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return telar::hinge(losses::signs_of(y_true), y_pred); }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// max(1 - y_true y_pred, 0)^2, the mean over the last axis, of the same targets.
struct squared_hinge {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "squared_hinge";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return mean(square(telar::maximum(1 - losses::signs_of(y_true) * y_pred, 0)), -1);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// max(1 + n - p, 0), p the prediction for the class that is true, n the largest for one that is not.
struct categorical_hinge {
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "categorical_hinge";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol positive = sum(y_true * y_pred, -1), negative = max((1 - y_true) * y_pred, -1);
        return telar::maximum(negative - positive + 1, 0);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// -(y_true log p + (1 - y_true) log(1 - p)), the mean over an axis; with label smoothing s the targets are
/// (1 - s) y_true + s / 2.
struct binary_crossentropy {
    bool from_logits = false;
    double label_smoothing = 0;
    int axis = -1;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "binary_crossentropy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol t = losses::smoothed(losses::with_axis_last(y_true, axis), label_smoothing, 2),
                     p = losses::with_axis_last(y_pred, axis);
        return from_logits ? binary_cross_entropy(t, p, telar::from_logits) : binary_cross_entropy(t, p);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// binary_crossentropy times (1 - q)^gamma, q the probability that was given to what is true, so that what is easy
/// weighs little; with apply_class_balancing also times alpha where y_true is 1, 1 - alpha where it is 0.
///
/// source    Lin, Goyal, Girshick, He and Dollár, arXiv:1708.02002
struct binary_focal_crossentropy {
    bool apply_class_balancing = false;
    double alpha = 0.25, gamma = 2;
    bool from_logits = false;
    double label_smoothing = 0;
    int axis = -1;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "binary_focal_crossentropy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol t = losses::smoothed(losses::with_axis_last(y_true, axis), label_smoothing, 2),
                     x = losses::with_axis_last(y_pred, axis), p = from_logits ? telar::sigmoid(x) : x,
                     c = clip(p, losses::epsilon, 1 - losses::epsilon);
        symbol each = -(t * log(c) + (1 - t) * log(1 - c)) * pow(1 - (t * p + (1 - t) * (1 - p)), gamma);
        if (apply_class_balancing) each = each * (t * alpha + (1 - t) * (1 - alpha));
        return mean(each, -1);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// -sum y_true log p over an axis; with label smoothing s the targets are (1 - s) y_true + s / classes.
struct categorical_crossentropy {
    bool from_logits = false;
    double label_smoothing = 0;
    int axis = -1;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "categorical_crossentropy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol s = losses::smoothed(y_true, label_smoothing, losses::classes_of(y_pred)),
                     t = losses::with_axis_last(s, axis), p = losses::with_axis_last(y_pred, axis);
        return from_logits ? categorical_cross_entropy(t, p, telar::from_logits) : categorical_cross_entropy(t, p);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// -sum y_true alpha (1 - p)^gamma log p over an axis.
struct categorical_focal_crossentropy {
    double alpha = 0.25, gamma = 2;
    bool from_logits = false;
    double label_smoothing = 0;
    int axis = -1;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "categorical_focal_crossentropy";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol s = losses::smoothed(y_true, label_smoothing, losses::classes_of(y_pred)),
                     t = losses::with_axis_last(s, axis), x = losses::with_axis_last(y_pred, axis),
                     shares = from_logits ? telar::softmax(x, telar::axis<-1>) : x;
        const symbol p = clip(shares / sum(shares, -1, true), losses::epsilon, 1 - losses::epsilon);
        return sum(pow(1 - p, gamma) * alpha * (-t * log(p)), -1);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// categorical_crossentropy of labels 0, 1, ... Places of ignore_class have no loss and are not counted in the mean.
struct sparse_categorical_crossentropy {
    bool from_logits = false;
    int ignore_class = no_class;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "sparse_categorical_crossentropy";
    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        if (ignore_class == no_class) return entropy(labels, y_pred);
        const symbol is_counted = labels != ignore_class;
        return where(is_counted, entropy(where(is_counted, labels, 0), y_pred), 0);
    }
    constexpr symbol counts(symbol labels, symbol) const { return ignore_class == no_class ? symbol{} : labels != ignore_class; }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::labels(y_pred); }
    constexpr symbol entropy(symbol labels, symbol y_pred) const {
        return from_logits ? sparse_categorical_cross_entropy(labels, y_pred, telar::from_logits) : sparse_categorical_cross_entropy(labels, y_pred);
    }
};
/// (1 - p^q) / q, p the probability of the label: towards q = 0 the cross-entropy, towards 1 the mean absolute error.
///
/// source    Zhang and Sabuncu, arXiv:1805.07836
struct categorical_generalized_cross_entropy {
    double q = 0.5;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "categorical_generalized_cross_entropy";
    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        const symbol p = sum(where(expr::formulas::is_label(labels, y_pred), y_pred, 0), -1);
        return (1 - pow(p, q)) / q;
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::labels(y_pred); }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
