// SPDX-License-Identifier: BSL-1.0
// The confusion matrix, and metrics of it: intersection over union.
#pragma once
#include <telar/core/tensor.hpp>
#include <telar/nn/metrics/common.hpp>

namespace telar::inline TELAR_ABI::nn {

/// Some classes: {0, 2}.
struct class_ids {
    std::int32_t ids[16]{};
    std::int32_t count = 0;

    constexpr class_ids() = default;
    constexpr class_ids(std::initializer_list<int> all) {
        for (const int id : all) ids[count++] = id;
    }
};

namespace metrics {
/// By the class that is true and the class that was taken, one behind the other; others count nowhere.
constexpr symbol confusions(symbol y_true, symbol y_pred, symbol weights, int classes, int ignore_class = no_class) {
    const symbol t = ir::emit::cast(y_true, dtype::int64), p = ir::emit::cast(y_pred, dtype::int64);
    const extent_t count = classes;
    symbol is_counted = t >= 0 && t < count && p >= 0 && p < count;
    if (ignore_class != no_class) is_counted = is_counted && t != ignore_class;
    const symbol w = ir::emit::widened(weights);
    shape to = t.extents();
    for (int k = weights.rank(); k < to.rank; ++k) to[k] = 1;
    return summed_at(where(is_counted, t * count + p, -1),
                     ir::emit::broadcast_to(ir::emit::reshape(w, to), t.extents()), count * count);
}
/// The mean over some classes of tp / (true + taken - tp), of those that occur at all.
inline double mean_iou_of(std::span<const double> sums, int classes, const class_ids& of) {
    const auto n = static_cast<std::size_t>(classes);
    double total = 0, valid = 0;
    for (std::size_t k = 0; k < (of.count == 0 ? n : static_cast<std::size_t>(of.count)); ++k) {
        const std::size_t c = of.count == 0 ? k : static_cast<std::size_t>(of.ids[k]);
        double all = -sums[c * n + c];
        for (std::size_t i = 0; i < n; ++i) all += sums[c * n + i] + sums[i * n + c];
        if (all <= 1e-9) continue;
        total += sums[c * n + c] / (all + losses::epsilon);
        valid += 1;
    }
    return total / (valid + losses::epsilon);
}
constexpr symbol class_number(symbol x, bool is_sparse, int axis) { return is_sparse ? x : argmax(x, axis); }
}  // namespace metrics

/// How often samples of a class were taken for each class; as one number the share that was taken rightly. The matrix,
/// its rows what is true, its columns what was taken:
///
///     const auto [loss, right] = trainer.evaluate(x, y);
///     std::cout << nn::confusion_matrix::of(trainer.sums_of<0>());
///
/// shapes    y_true labels (...), or as y_pred; y_pred (..., classes), or (..., 1): a probability of the second class
struct confusion_matrix {
    int num_classes = 2;
    static constexpr std::string_view name = "confusion_matrix";

    constexpr int states(const expr::value_type&) const { return num_classes * num_classes; }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        const int last = y_pred.rank() - 1;
        const bool is_binary = y_pred.extents()[last] == 1;
        const symbol p = is_binary ? ir::emit::squeeze(y_pred > 0.5, {last}) : argmax(y_pred, -1);
        const symbol t = y_true.rank() <= last ? y_true
                         : is_binary           ? ir::emit::squeeze(y_true, {last})
                                               : argmax(y_true, -1);
        return metrics::confusions(t, p, weights, num_classes);
    }
    double result(std::span<const double> sums) const {
        double right = 0, all = 0;
        for (std::size_t i = 0; i < sums.size(); ++i) {
            all += sums[i];
            if (i % (static_cast<std::size_t>(num_classes) + 1) == 0) right += sums[i];
        }
        return metrics::share(right, all);
    }
    static tensor<double, dyn, dyn> of(std::span<const double> sums) {
        const auto n = static_cast<extent_t>(std::lround(std::sqrt(static_cast<double>(sums.size()))));
        tensor<double, dyn, dyn> m(shape(n, n));
        std::copy(sums.begin(), sums.end(), m.data());
        return m;
    }
};

// clang-format off
/// Intersection over union, the mean over target_class_ids (all where none is named); of class numbers, or with
/// sparse_y_true or sparse_y_pred false of one number for each class.
///
/// edge      weights count as they are; Keras' metric makes integers of them unless it is given a dtype
struct iou {
    int num_classes = 2;
    class_ids target_class_ids = {};
    int ignore_class = no_class;
    bool sparse_y_true = true, sparse_y_pred = true;
    int axis = -1;
    static constexpr std::string_view name = "iou";
    constexpr int states(const expr::value_type&) const { return num_classes * num_classes; }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        return metrics::confusions(metrics::class_number(y_true, sparse_y_true, axis), metrics::class_number(y_pred, sparse_y_pred, axis), weights, num_classes, ignore_class);
    }
    double result(std::span<const double> sums) const { return metrics::mean_iou_of(sums, num_classes, target_class_ids); }
};
/// iou of all classes.
struct mean_iou {
    int num_classes = 2;
    int ignore_class = no_class;
    bool sparse_y_true = true, sparse_y_pred = true;
    int axis = -1;
    static constexpr std::string_view name = "mean_iou";
    constexpr int states(const expr::value_type&) const { return num_classes * num_classes; }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        return metrics::confusions(metrics::class_number(y_true, sparse_y_true, axis), metrics::class_number(y_pred, sparse_y_pred, axis), weights, num_classes, ignore_class);
    }
    double result(std::span<const double> sums) const { return metrics::mean_iou_of(sums, num_classes, {}); }
};
/// iou of 0 and 1: y_pred >= threshold.
struct binary_iou {
    class_ids target_class_ids = {0, 1};
    double threshold = 0.5;
    static constexpr std::string_view name = "binary_iou";
    static constexpr int states = 4;
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const { return metrics::confusions(y_true, y_pred >= threshold, weights, 2); }
    double result(std::span<const double> sums) const { return metrics::mean_iou_of(sums, 2, target_class_ids); }
};
/// iou of targets with one number for each class.
struct one_hot_iou {
    int num_classes = 2;
    class_ids target_class_ids = {};
    int ignore_class = no_class;
    bool sparse_y_pred = false;
    int axis = -1;
    static constexpr std::string_view name = "one_hot_iou";
    constexpr int states(const expr::value_type&) const { return num_classes * num_classes; }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        return metrics::confusions(argmax(y_true, axis), metrics::class_number(y_pred, sparse_y_pred, axis), weights, num_classes, ignore_class);
    }
    double result(std::span<const double> sums) const { return metrics::mean_iou_of(sums, num_classes, target_class_ids); }
};
struct one_hot_mean_iou {
    int num_classes = 2;
    int ignore_class = no_class;
    bool sparse_y_pred = false;
    int axis = -1;
    static constexpr std::string_view name = "one_hot_mean_iou";
    constexpr int states(const expr::value_type&) const { return num_classes * num_classes; }
    constexpr symbol sums(symbol y_true, symbol y_pred, symbol weights) const {
        return metrics::confusions(argmax(y_true, axis), metrics::class_number(y_pred, sparse_y_pred, axis), weights, num_classes, ignore_class);
    }
    double result(std::span<const double> sums) const { return metrics::mean_iou_of(sums, num_classes, {}); }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
