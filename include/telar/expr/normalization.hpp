// SPDX-License-Identifier: BSL-1.0
// Normalisation over a batch, over groups of channels, over an axis. (Over a row: layer_norm, in composite.hpp.)
#pragma once
#include <telar/expr/composite.hpp>

#include <tuple>

namespace telar::inline TELAR_ABI {

namespace expr::formulas {

/// (x - mean) / sqrt(variance + epsilon) gamma + beta
constexpr symbol normalised(symbol x, symbol mean, symbol variance, symbol gamma, symbol beta, symbol epsilon) {
    return (x - mean) * (rsqrt(variance + epsilon) * gamma) + beta;
}
/// The bits of all axes but the last.
constexpr unsigned all_but_channels(symbol x) { return ((1u << x.rank()) - 1) & ~last_axis(x); }

struct batch_norm {
    constexpr symbol operator()(symbol x, symbol gamma, symbol beta, symbol mean, symbol variance,
                                symbol epsilon) const {
        return normalised(x, mean, variance, gamma, beta, epsilon);
    }
};
struct batch_norm_in_training {
    constexpr auto operator()(symbol x, symbol gamma, symbol beta, symbol moving_mean, symbol moving_variance,
                              symbol momentum, symbol epsilon) const {
        x = x.plain();
        const unsigned batch = all_but_channels(x);
        const symbol mean = functions::mean{}(x, batch, true), variance = functions::variance{}(x, batch, true);
        const symbol y = normalised(x, mean, variance, gamma.plain(), beta.plain(), epsilon);
        const auto moved = [&](symbol old, symbol of_batch) {
            const symbol kept = emit::reshape(of_batch, emit::without(x.extents(), batch));
            return momentum.plain() * old.plain() + (1 - momentum.plain()) * kept;
        };
        return std::tuple(y, moved(moving_mean, mean), moved(moving_variance, variance));
    }
};

/// (N, ..., C) -> (N, ..., groups, C / groups): the mean and the variance of all but N and groups.
constexpr symbol group_norm_of(symbol x, extent_t count, symbol gamma, symbol beta, symbol epsilon) {
    const shape whole = x.extents();
    const int channels = x.rank() - 1;
    if (channels < 1 || x.rank() == max_rank) {
        x.g->fail({mistake_kind::axis, op::leaf, {}, {}, 1, whole, {}, 0});
        return x;
    }
    shape apart = whole;
    apart[channels] = count;
    apart.append(x.g->dims.divide(whole[channels], count));
    const symbol parts = emit::reshape(x, apart);
    const unsigned inside = ((1u << apart.rank) - 1) & ~1u & ~(1u << channels);
    const symbol mean = functions::mean{}(parts, inside, true), variance = functions::variance{}(parts, inside, true);
    return emit::reshape((parts - mean) * rsqrt(variance + epsilon), whole) * gamma + beta;
}
template <extent_t Count> struct group_norm {
    constexpr symbol operator()(symbol x, symbol gamma, symbol beta, symbol epsilon) const {
        return group_norm_of(x, Count, gamma, beta, epsilon);
    }
};
struct instance_norm {
    constexpr symbol operator()(symbol x, symbol gamma, symbol beta, symbol epsilon) const {
        const unsigned space = all_but_channels(x) & ~1u;
        return normalised(x, functions::mean{}(x, space, true), functions::variance{}(x, space, true), gamma, beta,
                          epsilon);
    }
};
struct rms_norm {
    constexpr symbol operator()(symbol x, symbol gamma, symbol epsilon) const {
        return x * rsqrt(mean(square(x), -1, true) + epsilon) * gamma;
    }
};
struct l2_normalize {
    constexpr symbol operator()(symbol x, unsigned axes, bool = true) const {
        return x.plain() * (1 / maximum(functions::norm<2>{}(x.plain(), axes, true), 1e-6));
    }
};

}  // namespace expr::formulas

// clang-format off
/// y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with one mean and variance for each channel: what a trained
/// network computes. epsilon is 1e-3 unless given, as Keras'.
///
/// shapes    x (...,C); gamma, beta, mean, variance (C) -> (...,C)
/// types     floats, all alike
/// errors    E100 shapes_do_not_broadcast, E105 element_types_differ, E106 needs_a_float
/// source    Ioffe and Szegedy, arXiv:1502.03167
/// test      tests/expr/normalization_test.cpp
template <class X, class G, class B, class M, class V> requires Operands<X, G, B, M, V> constexpr auto batch_norm(const X& x, const G& gamma, const B& beta, const M& mean, const V& variance, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::batch_norm>>(at, x, gamma, beta, mean, variance, 1e-3); }
template <class X, class G, class B, class M, class V, class E> requires Operands<X, G, B, M, V, E> constexpr auto batch_norm(const X& x, const G& gamma, const B& beta, const M& mean, const V& variance, const E& epsilon, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::batch_norm>>(at, x, gamma, beta, mean, variance, epsilon); }
/// (y, the new moving mean, the new moving variance): y by the mean and the variance of the batch, over all axes but the
/// last; what was moved is momentum old + (1 - momentum) of the batch. To be assigned in the same step:
///     auto [y, mean, variance] = batch_norm_in_training(x, gamma, beta, moving_mean, moving_variance);
///     auto step = minimize(loss_of(y), adam{}, update(moving_mean = mean, moving_variance = variance));
///
/// shapes    as batch_norm; the two results (C)
/// edge      momentum is 0.99 and epsilon 1e-3 unless given, and the variance that of the population, as Keras'
/// gradient  through the mean and the variance of the batch
template <class X, class G, class B, class M, class V> requires Operands<X, G, B, M, V> constexpr auto batch_norm_in_training(const X& x, const G& gamma, const B& beta, const M& moving_mean, const V& moving_variance, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::batch_norm_in_training>>(at, x, gamma, beta, moving_mean, moving_variance, 0.99, 1e-3); }
template <class X, class G, class B, class M, class V, class R, class E> requires Operands<X, G, B, M, V, R, E> constexpr auto batch_norm_in_training(const X& x, const G& gamma, const B& beta, const M& moving_mean, const V& moving_variance, const R& momentum, const E& epsilon, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::batch_norm_in_training>>(at, x, gamma, beta, moving_mean, moving_variance, momentum, epsilon); }

/// Each sample by the mean and the variance of its groups of channels, or of each of its channels (instance_norm); then
/// gamma and beta by channel. epsilon is 1e-3 unless given, as Keras'.
///
/// shapes    group_norm(x, groups<4>, gamma, beta): x (N,...,C), gamma, beta (C) -> (N,...,C)
/// types     floats, all alike
/// errors    E102 reshape_changes_the_number_of_elements: groups do not divide C; E103 axis_out_of_range, E106 needs_a_float
/// source    Wu and He, arXiv:1803.08494; Ulyanov, Vedaldi and Lempitsky, arXiv:1607.08022
template <Operand X, extent_t N, class G, class B> requires Operands<X, G, B> constexpr auto group_norm(const X& x, group_count<N>, const G& gamma, const B& beta, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::group_norm<N>>>(at, x, gamma, beta, 1e-3); }
template <Operand X, extent_t N, class G, class B, class E> requires Operands<X, G, B, E> constexpr auto group_norm(const X& x, group_count<N>, const G& gamma, const B& beta, const E& epsilon, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::group_norm<N>>>(at, x, gamma, beta, epsilon); }
template <class X, class G, class B> requires Operands<X, G, B> constexpr auto instance_norm(const X& x, const G& gamma, const B& beta, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::instance_norm>>(at, x, gamma, beta, 1e-3); }
template <class X, class G, class B, class E> requires Operands<X, G, B, E> constexpr auto instance_norm(const X& x, const G& gamma, const B& beta, const E& epsilon, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::instance_norm>>(at, x, gamma, beta, epsilon); }

/// y = x / sqrt(mean x^2 + epsilon) gamma, over the last axis; epsilon is 1e-6 unless given, as Keras'.
///
/// shapes    x (...,n), gamma (n) -> (...,n)
/// source    Zhang and Sennrich, arXiv:1910.07467
template <class X, class G> requires Operands<X, G> constexpr auto rms_norm(const X& x, const G& gamma, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::rms_norm>>(at, x, gamma, 1e-6); }
template <class X, class G, class E> requires Operands<X, G, E> constexpr auto rms_norm(const X& x, const G& gamma, const E& epsilon, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::rms_norm>>(at, x, gamma, epsilon); }
/// y = x / sqrt(max(sum x^2, 1e-12)): lines of length 1, along the last axis or l2_normalize(x, axis<1>); axis<>: over all.
template <Operand A> constexpr auto l2_normalize(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::formulas::composed<expr::formulas::l2_normalize>, true, -1>>(at, x); }
template <Operand A, int... N> constexpr auto l2_normalize(const A& x, axis_numbers<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::formulas::composed<expr::formulas::l2_normalize>, true, N...>>(at, x); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
