// SPDX-License-Identifier: BSL-1.0
// What metrics share: how they are summed over a batch, and what those have that say nothing of it.
#pragma once
#include <telar/nn/losses.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <span>
#include <type_traits>

namespace telar::inline TELAR_ABI::nn::metrics {

using losses::stretched;

/// The weighted sum of a number for each sample or place, and the sum of the weights: of a mean.
constexpr std::array<symbol, 2> weighted(symbol values, symbol weights) {
    const symbol w = stretched(weights, values);
    return {sum(values * w), sum(w)};
}
inline double mean(std::span<const double> sums) { return sums[1] == 0 ? 0 : sums[0] / sums[1]; }

/// The weighted sum of what a loss gives, without what does not count.
template <class Loss>
constexpr std::array<symbol, 2> weighted_loss(const Loss& loss, symbol y_true, symbol y_pred, symbol weights) {
    symbol each = loss(y_true, y_pred);
    if constexpr (requires { loss.as_metric(y_true, y_pred); }) each = loss.as_metric(y_true, y_pred);
    if (each.rank() == 0) each = ir::emit::broadcast_to(each, shape(weights.extents()[0]));
    const symbol counts = losses::counted(loss, y_true, each);
    if (!counts.g) return weighted(each, weights);
    const symbol w = stretched(weights, each) * ir::emit::cast(counts, each.type());
    return {sum(each * w), sum(w)};
}

// ---------------------------------------------------------------- what a metric is, whatever it leaves out
/// How many sums it has. Those whose number the predictions decide, as one for each class, have states(type of y_pred).
template <class Metric>
constexpr int states_of([[maybe_unused]] const Metric& metric, [[maybe_unused]] const expr::value_type& y_pred) {
    if constexpr (requires { metric.states(y_pred); }) return metric.states(y_pred);
    else if constexpr (requires { Metric::states; }) return Metric::states;
    else return 2;
}
/// f(sums) of one batch: values of any shape, whose elements one behind the other are the metric's states.
template <class Metric>
constexpr void each_sum(const Metric& metric, symbol y_true, symbol y_pred, symbol weights, auto f) {
    if constexpr (requires { metric.sums(y_true, y_pred, weights); }) {
        const auto all = metric.sums(y_true, y_pred, weights);
        if constexpr (std::is_same_v<std::remove_const_t<decltype(all)>, symbol>) f(all);
        else
            for (const symbol& s : all) f(s);
    } else {
        for (const symbol& s : weighted_loss(metric, y_true, y_pred, weights)) f(s);
    }
}
template <class Metric> double result_of([[maybe_unused]] const Metric& metric, std::span<const double> sums) {
    if constexpr (requires { metric.result(sums); }) return metric.result(sums);
    else return mean(sums);
}

/// a / b, 0 where b is 0.
inline double share(double a, double b) { return b == 0 ? 0 : a / b; }
/// a holds: 1, else 0, as numbers like x.
constexpr symbol as_number(symbol holds, symbol x) { return ir::emit::cast(holds, x.type()); }
constexpr symbol in_a_row(symbol x) { return ir::emit::reshape(x, shape(x.g->dims.count(x.extents()))); }
/// The sums of weights by place; a place below 0 counts nowhere.   (...) (...) -> (count)
constexpr symbol summed_at(symbol places, symbol weights, extent_t count) {
    const symbol zeros = ir::emit::broadcast_to(ir::emit::constant(*weights.g, weights.type(), 0), shape(count));
    return ir::emit::scatter_add(zeros, in_a_row(ir::emit::cast(places, dtype::int64)), in_a_row(weights), 0,
                                 ir::emit::outside::is_nothing);
}

}  // namespace telar::inline TELAR_ABI::nn::metrics
