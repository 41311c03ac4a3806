// SPDX-License-Identifier: BSL-1.0
// Losses of how far masks overlap, and of how far embeddings of one class lie from those of others.
#pragma once
#include <telar/nn/losses/common.hpp>

namespace telar::inline TELAR_ABI::nn {

// clang-format off
/// 1 - 2 sum t p / (sum t + sum p), the sums over all axes or those that are named.
struct dice {
    nn::axes axis = {};
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "dice";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return 1 - 2 * losses::sum_over(y_true * y_pred, axis) /
                       (losses::sum_over(y_true, axis) + losses::sum_over(y_pred, axis) + losses::epsilon);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// 1 - s / (s + alpha sum t (1 - p) + beta sum p (1 - t)), s = sum t p; with alpha = beta = 1/2 it is dice.
///
/// source    Salehi, Erdogmus and Gholipour, arXiv:1706.05721; alpha and beta as in Keras
struct tversky {
    double alpha = 0.5, beta = 0.5;
    nn::axes axis = {};
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "tversky";
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol both = losses::sum_over(y_true * y_pred, axis),
                     missed = losses::sum_over((1 - y_pred) * y_true, axis),
                     taken = losses::sum_over(y_pred * (1 - y_true), axis);
        return 1 - both / (both + missed * alpha + taken * beta + losses::epsilon);
    }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::same(y_pred); }
};
/// Embeddings of length 1 of one class shall be near one another, and far from those of other classes. With the cosine
/// distances d_ij, m the margin and f(x) = gamma x: softplus(lse_j over i's class of -f((m + d)(m - d)) + lse_j over
/// the others of f(max(1 + m - d, 0)(1 - m - d))). A sample whose loss is 0 is not counted in the mean.
///
/// shapes    labels (N), y_pred (N,D) -> (N)
/// source    Sun, Cheng, Zhang, Zhang, Zheng, Wang and Wei, arXiv:2002.10857; Keras' Circle
struct circle {
    double gamma = 80, margin = 0.4;
    bool remove_diagonal = true;
    nn::reduction reduction = nn::reduction::sum_over_batch_size;
    static constexpr std::string_view name = "circle";
    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        const symbol d = telar::maximum(1 - matmul(y_pred, ir::emit::swap_last(y_pred)), 0);  // (N,N)
        const symbol is_same = ir::emit::expand_dims(labels, {1}) == ir::emit::expand_dims(labels, {0});
        const symbol number = ir::emit::iota(*d.g, d.extents()[0], dtype::int64);
        const symbol is_other_sample = ir::emit::expand_dims(number, {1}) != ir::emit::expand_dims(number, {0});
        const symbol positive = remove_diagonal ? is_same && is_other_sample : is_same;
        constexpr double nowhere = -std::numeric_limits<double>::infinity();
        const symbol near = -gamma * (margin + d) * (margin - d), far = gamma * telar::maximum(1 + margin - d, 0) * (1 - margin - d);
        return telar::softplus(logsumexp(where(positive, near, nowhere), telar::axis<1>) +
                        logsumexp(where(is_same, nowhere, far), telar::axis<1>));
    }
    static constexpr symbol counts(symbol, symbol each) { return each > 0; }
    static constexpr expr::value_type target_of(const expr::value_type& y_pred) { return losses::labels(y_pred); }
};
// clang-format on

}  // namespace telar::inline TELAR_ABI::nn
