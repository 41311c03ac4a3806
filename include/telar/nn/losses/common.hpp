// SPDX-License-Identifier: BSL-1.0
// What losses share: how they become one number, the types of targets, axes, label smoothing.
#pragma once
#include <telar/nn/axes.hpp>
#include <telar/nn/mask.hpp>

#include <cstdint>
#include <limits>
#include <string_view>

namespace telar::inline TELAR_ABI::nn {

/// How a loss for each sample becomes that of a batch. With the samples' weights w: sum l w / count, sum l w, or
/// sum l w / sum w.
enum class reduction : std::int32_t { sum_over_batch_size, sum, mean_with_sample_weight, mean = sum_over_batch_size };

/// A class that is none: of an ignore_class that is not set.
inline constexpr int no_class = std::numeric_limits<int>::min();

namespace losses {
/// What keeps denominators and logarithms from 0: Keras' backend.epsilon().
inline constexpr double epsilon = 1e-7;

/// Targets like the predictions.
constexpr expr::value_type same(const expr::value_type& y_pred) { return {y_pred.type, 0, y_pred.extents}; }
/// Labels: integers, without the last axis.
constexpr expr::value_type labels(const expr::value_type& y_pred) {
    expr::value_type v{dtype::int32, 0, y_pred.extents};
    if (v.extents.rank > 0) --v.extents.rank;
    return v;
}

/// The axis becomes the last one.   (A,B,C), axis 0 -> (B,C,A)
constexpr symbol with_axis_last(symbol x, int axis) {
    const int last = x.rank() - 1, from = ir::emit::axis_index(*x.g, axis, x.rank(), x.extents());
    if (from == last) return x;
    extent_t order[max_rank]{};
    for (int i = 0, k = 0; i <= last; ++i)
        if (i != from) order[k++] = i;
    order[last] = from;
    return ir::emit::transpose(x, order);
}
constexpr symbol sum_over(symbol x, const axes& a) { return ir::emit::reduce(op::sum, x, a.bits(x), false); }
/// Flags 0 and 1 become -1 and 1, where a batch has nothing else.
constexpr symbol signs_of(symbol y_true) {
    const symbol are_flags = all(y_true == 0 || y_true == 1);
    return where(are_flags, 2 * y_true - 1, y_true);
}
/// A share s of each target moves to all of so many classes evenly.
constexpr symbol smoothed(symbol y_true, double s, double classes) {
    return s == 0 ? y_true : y_true * (1 - s) + s / classes;
}
constexpr double classes_of(symbol y_pred) { return static_cast<double>(y_pred.extents()[y_pred.rank() - 1]); }
constexpr symbol of_length_one(symbol x) { return x * telar::minimum(rsqrt(sum(square(x), -1, true)), 1 / epsilon); }

/// The weights of samples, or of places, as they stretch to a number for each sample or place.
constexpr symbol stretched(symbol weights, symbol values) {
    shape to = values.extents();
    for (int k = weights.rank(); k < to.rank; ++k) to[k] = 1;
    return ir::emit::broadcast_to(ir::emit::reshape(ir::emit::cast(weights, values.type()), to), values.extents());
}
/// Which numbers of a loss count: a bool for each; of a loss in which all do nothing.
template <class Loss> constexpr symbol counted([[maybe_unused]] const Loss& loss, symbol y_true, symbol each) {
    if constexpr (requires { loss.counts(y_true, each); }) return loss.counts(y_true, each);
    else return {};
}
/// What a step minimises: the loss of a batch, by its reduction. Numbers that do not count, and places where the
/// predictions' mask is false, are neither in the sum nor in sum_over_batch_size's count.
///
/// shapes    y_true as target_of says, weights (N) -> ()
template <class Loss> constexpr symbol reduced(const Loss& loss, symbol y_true, symbol y_pred, symbol weights) {
    symbol each = loss(y_true, y_pred);
    if (each.rank() == 0) each = ir::emit::broadcast_to(each, shape(weights.extents()[0]));
    symbol w = stretched(weights, each);
    reduction how = reduction::sum_over_batch_size;
    if constexpr (requires { loss.reduction; }) how = loss.reduction;
    symbol counts = counted(loss, y_true, each);
    if (const auto mask = mask_of(y_pred); mask && mask->rank() <= each.rank()) {
        const symbol places = ir::emit::broadcast_to(masks::stretched(*mask, each.rank()), each.extents());
        counts = counts.g ? counts && places : places;
    }
    if (counts.g) w = w * ir::emit::cast(counts, w.type());
    if (how == reduction::sum) return sum(each * w);
    if (how == reduction::mean_with_sample_weight) return divide_no_nan(sum(each * w), sum(w));
    if (counts.g) return divide_no_nan(sum(each * w), sum(ir::emit::cast(counts, w.type())));
    return mean(each * w);
}
}  // namespace losses

}  // namespace telar::inline TELAR_ABI::nn
