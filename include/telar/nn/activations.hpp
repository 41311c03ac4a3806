// SPDX-License-Identifier: BSL-1.0
// Activations by Keras' names, as values: nn::dense{128, nn::relu}. A lambda of your own that captures nothing is one,
// too.
#pragma once
#include <telar/telar.hpp>

namespace telar::inline TELAR_ABI::nn {

/// What a layer does with its result; nullptr: nothing.
using activation = symbol (*)(symbol);

namespace activations {
/// The first half of the last axis times the sigmoid of the second.
constexpr symbol glu(symbol x) {
    const int last = ir::emit::axis_index(*x.g, -1, x.rank(), x.extents());
    ir::dimensions& dims = x.g->dims;
    const extent_t whole = x.extents()[last], half = dims.divide(whole, 2);
    if (!dims.unify(dims.multiply(half, 2), whole)) {
        x.g->fail({ir::mistake_kind::slice_range, op::slice, {}, {}, last, x.extents(), shape(half), 0});
        return x;
    }
    const auto part = [&](extent_t first) { return ir::emit::part_of_axis(x.plain(), last, first, half); };
    return part(0) * telar::sigmoid(part(half));
}
/// The point of the simplex that is nearest to x: max(x - t, 0), whose sum over the last axis is 1. Of the sorted x the
/// k-th is above 0 while 1 + k x_k > x_1 + ... + x_k; t = (their sum - 1) / their number.
///
/// source    Martins and Astudillo, arXiv:1602.02068. (Keras 3.15 adds up their cumulative sums: its y does not sum
/// to 1.)
constexpr symbol sparsemax(symbol x) {
    const int last = ir::emit::axis_index(*x.g, -1, x.rank(), x.extents());
    const symbol sorted = ir::emit::sort(x.plain(), true), up_to = ir::emit::cumulate(op::cumsum, sorted, last, {});
    const symbol k = 1 + ir::emit::iota(*x.g, x.extents()[last], x.type()), is_above = 1 + k * sorted > up_to;
    const symbol total = ir::emit::reduce(op::sum, telar::where(is_above, sorted, 0), 1u << last, true);
    const symbol count = ir::emit::reduce(op::sum, ir::emit::cast(is_above, x.type()), 1u << last, true);
    return telar::relu(x.plain() - (total - 1) / count);
}
}  // namespace activations

// clang-format off
inline constexpr auto linear = [](symbol x) -> symbol { return x; };
inline constexpr auto relu = [](symbol x) -> symbol { return telar::relu(x); };
inline constexpr auto sigmoid = [](symbol x) -> symbol { return telar::sigmoid(x); };
inline constexpr auto tanh = [](symbol x) -> symbol { return telar::tanh(x); };
inline constexpr auto softmax = [](symbol x) -> symbol { return telar::softmax(x); };
inline constexpr auto log_softmax = [](symbol x) -> symbol { return telar::log_softmax(x); };
inline constexpr auto softplus = [](symbol x) -> symbol { return telar::softplus(x); };
inline constexpr auto softsign = [](symbol x) -> symbol { return telar::softsign(x); };
inline constexpr auto elu = [](symbol x) -> symbol { return telar::elu(x); };
inline constexpr auto selu = [](symbol x) -> symbol { return telar::selu(x); };
inline constexpr auto celu = [](symbol x) -> symbol { return telar::celu(x, 1.0); };
inline constexpr auto gelu = [](symbol x) -> symbol { return telar::gelu(x); };
inline constexpr auto gelu_tanh = [](symbol x) -> symbol { return telar::gelu_tanh(x); };
inline constexpr auto silu = [](symbol x) -> symbol { return telar::silu(x); };
inline constexpr auto swish = [](symbol x) -> symbol { return telar::silu(x); };
inline constexpr auto relu6 = [](symbol x) -> symbol { return telar::relu6(x); };
inline constexpr auto leaky_relu = [](symbol x) -> symbol { return telar::leaky_relu(x, 0.2); };
inline constexpr auto hard_sigmoid = [](symbol x) -> symbol { return telar::hard_sigmoid(x); };
inline constexpr auto hard_silu = [](symbol x) -> symbol { return telar::hard_silu(x); };
inline constexpr auto hard_tanh = [](symbol x) -> symbol { return telar::hard_tanh(x); };
inline constexpr auto mish = [](symbol x) -> symbol { return telar::mish(x); };
inline constexpr auto log_sigmoid = [](symbol x) -> symbol { return telar::log_sigmoid(x); };
inline constexpr auto exponential = [](symbol x) -> symbol { return telar::exp(x); };
inline constexpr auto glu = [](symbol x) -> symbol { return activations::glu(x); };
inline constexpr auto hard_shrink = [](symbol x) -> symbol { return telar::where(telar::abs(x) > 0.5, x, 0); };
inline constexpr auto soft_shrink = [](symbol x) -> symbol { return telar::where(x > 0.5, x - 0.5, telar::where(x < -0.5, x + 0.5, 0)); };
inline constexpr auto tanh_shrink = [](symbol x) -> symbol { return x - telar::tanh(x); };
inline constexpr auto hard_swish = hard_silu;
inline constexpr auto squareplus = [](symbol x) -> symbol { return 0.5 * (x + telar::sqrt(telar::square(x) + 4.0)); };
inline constexpr auto sparse_plus = [](symbol x) -> symbol { return telar::where(x <= -1, 0, telar::where(x < 1, 0.25 * telar::square(x + 1), x)); };
inline constexpr auto sparse_sigmoid = [](symbol x) -> symbol { return telar::where(x <= -1, 0, telar::where(x >= 1, 1, 0.5 * (x + 1))); };
inline constexpr auto sparsemax = [](symbol x) -> symbol { return activations::sparsemax(x); };
// clang-format on

/// x where it is above the threshold, else a number: in a lambda of your own an activation.
constexpr symbol threshold(symbol x, double threshold_value, double default_value) {
    return telar::where(x > threshold_value, x.plain(), default_value);
}

constexpr symbol activated(activation f, symbol x) { return f ? f(x) : x; }

}  // namespace telar::inline TELAR_ABI::nn
