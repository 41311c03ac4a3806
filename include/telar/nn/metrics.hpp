// SPDX-License-Identifier: BSL-1.0
// Metrics by Keras' names. A metric is sums over a batch, which are part of the step, and a result of the sums of an
// epoch: so it is exact over an epoch, whatever the size of its batches. One of your own is a struct with `name`,
// sums(y_true, y_pred, weights), an array of scalars, and result(sums).
#pragma once
#include <telar/nn/losses.hpp>

#include <array>
#include <cmath>
#include <cstddef>

namespace telar::inline TELAR_ABI::nn {

namespace metrics {
/// A number for each sample, or for each place of a sample, and the samples' weights, or those of places, as they
/// stretch to it.
constexpr symbol stretched(symbol weights, symbol values) {
    shape to = values.extents();
    for (int k = weights.rank(); k < to.rank; ++k) to[k] = 1;
    return ir::emit::broadcast_to(ir::emit::reshape(ir::emit::cast(weights, values.type()), to), values.extents());
}
/// Their weighted sum, and the sum of the weights: of a mean.
constexpr std::array<symbol, 2> weighted(symbol values, symbol weights) {
    const symbol w = stretched(weights, values);
    return {sum(values * w), sum(w)};
}
inline double mean(const double* sums) { return sums[1] == 0 ? 0 : sums[0] / sums[1]; }
}  // namespace metrics

// clang-format off
/// The share of predictions that are right. As Keras' "accuracy" it is sparse_categorical_accuracy of labels,
/// binary_accuracy of one number for each sample, else categorical_accuracy.
struct accuracy {
    static constexpr std::string_view name = "accuracy";
    static constexpr int states = 2;
    static constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) {
        const bool is_sparse = y_true.rank() < y_pred.rank();
        const bool is_binary = !is_sparse && y_pred.extents()[y_pred.rank() - 1] == 1;
        const symbol right = is_sparse   ? sparse_categorical_accuracy(y_true, y_pred)
                             : is_binary ? telar::binary_accuracy(y_true, y_pred)
                                         : telar::categorical_accuracy(y_true, y_pred);
        return metrics::weighted(right, weights);
    }
    static double result(const double* sums) { return metrics::mean(sums); }
};
struct sparse_categorical_accuracy {
    static constexpr std::string_view name = "sparse_categorical_accuracy";
    static constexpr int states = 2;
    static constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) { return metrics::weighted(telar::sparse_categorical_accuracy(y_true, y_pred), weights); }
    static double result(const double* sums) { return metrics::mean(sums); }
};
struct categorical_accuracy {
    static constexpr std::string_view name = "categorical_accuracy";
    static constexpr int states = 2;
    static constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) { return metrics::weighted(telar::categorical_accuracy(y_true, y_pred), weights); }
    static double result(const double* sums) { return metrics::mean(sums); }
};
/// The share of numbers on the right side of `threshold`.
struct binary_accuracy {
    double threshold = 0.5;
    static constexpr std::string_view name = "binary_accuracy";
    static constexpr int states = 2;
    constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) const {
        const symbol right = ir::emit::cast((y_pred > threshold) == (y_true > threshold), y_pred.type());
        return metrics::weighted(telar::mean(right, -1), weights);
    }
    static double result(const double* sums) { return metrics::mean(sums); }
};
/// A loss as a metric: nn::mean_of<nn::mean_absolute_error{}>{}; its mean over all samples.
template <auto Loss> struct mean_of {
    static constexpr std::string_view name = Loss.name;
    static constexpr int states = 2;
    static constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) { return metrics::weighted(Loss(y_true, y_pred), weights); }
    static double result(const double* sums) { return metrics::mean(sums); }
};
struct root_mean_squared_error {
    static constexpr std::string_view name = "root_mean_squared_error";
    static constexpr int states = 2;
    static constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) { return metrics::weighted(telar::mean_squared_error(y_true, y_pred), weights); }
    static double result(const double* sums) { return std::sqrt(metrics::mean(sums)); }
};
/// Of what was taken for true (y_pred > threshold), the share that is; recall: of what is true, the share that was.
struct precision {
    double threshold = 0.5;
    static constexpr std::string_view name = "precision";
    static constexpr int states = 2;
    constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) const {
        const symbol taken = ir::emit::cast(y_pred > threshold, y_pred.type()), w = metrics::stretched(weights, y_pred);
        return {sum(taken * ir::emit::cast(y_true > 0.5, y_pred.type()) * w), sum(taken * w)};
    }
    static double result(const double* sums) { return metrics::mean(sums); }
};
struct recall {
    double threshold = 0.5;
    static constexpr std::string_view name = "recall";
    static constexpr int states = 2;
    constexpr std::array<symbol, 2> sums(symbol y_true, symbol y_pred, symbol weights) const {
        const symbol holds = ir::emit::cast(y_true > 0.5, y_pred.type()), w = metrics::stretched(weights, y_pred);
        return {sum(holds * ir::emit::cast(y_pred > threshold, y_pred.type()) * w), sum(holds * w)};
    }
    static double result(const double* sums) { return metrics::mean(sums); }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
