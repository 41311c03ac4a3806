// SPDX-License-Identifier: BSL-1.0
// What is composed of the others, written as a user would: activations, softmax, losses, layer normalisation.
#pragma once
#include <telar/expr/linear.hpp>
#include <telar/expr/movement.hpp>
#include <telar/expr/reduce.hpp>
#include <telar/graph/own_derivative.hpp>

namespace telar::inline TELAR_ABI {

/// What each composite means, on symbols.
namespace expr::formulas {

using functions::composed;

// ---------------------------------------------------------------- activations
struct leaky_relu {
    constexpr symbol operator()(symbol x) const { return where(x > 0, x, 0.2 * x); }
    constexpr symbol operator()(symbol x, symbol slope) const { return where(x > 0, x, slope * x); }
};
struct elu {  // exp only sees x <= 0: the branch that is not taken never overflows, nor does its gradient
    constexpr symbol operator()(symbol x) const { return where(x > 0, x, expm1(minimum(x, 0))); }
    constexpr symbol operator()(symbol x, symbol alpha) const { return where(x > 0, x, alpha * expm1(minimum(x, 0))); }
};
struct gelu {
    constexpr symbol operator()(symbol x) const { return 0.5 * x * erfc(x * -0.70710678118654752440); }
};
struct gelu_tanh {  // (1 + tanh u) / 2 is sigmoid(2 u), which stays right where it is tiny; beyond x^2 = 1000 it is 0
                    // or 1
    static constexpr double linear = 1.59576912160573071176, cubic = linear * 0.044715;  // 2 u = linear x + cubic x^3
    static constexpr symbol square_of(symbol x) { return minimum(x * x, 1000); }
    static constexpr symbol twice_u(symbol x) { return linear * x * (1 + cubic / linear * square_of(x)); }
    static constexpr symbol value(symbol x) { return x * sigmoid(twice_u(x)); }
    struct first_derivative {
        static constexpr symbol slope_of_u(symbol x) { return linear + 3 * cubic * square_of(x); }
        static constexpr symbol value(symbol x) {
            const symbol s = sigmoid(twice_u(x));
            return s * (1 + (1 - s) * x * slope_of_u(x));
        }
        static constexpr symbol slope(symbol x) {  // as silu's
            const symbol u = slope_of_u(x), s = sigmoid(-abs(twice_u(x)));
            return s * (1 - s) * (2 * u + 6 * cubic * square_of(x) - abs(x) * u * u * (1 - 2 * s));
        }
    };
    static constexpr symbol slope(symbol x) { return emit::with_slope<first_derivative>(x); }
    constexpr symbol operator()(symbol x) const { return emit::with_slope<gelu_tanh>(x); }
};
struct silu {
    static constexpr symbol value(symbol x) { return x * sigmoid(x); }
    struct first_derivative {
        static constexpr symbol value(symbol x) {
            const symbol s = sigmoid(x);
            return s * (1 + x * (1 - s));
        }
        static constexpr symbol slope(symbol x) {  // an even function; s is the small one of sigmoid(x), sigmoid(-x)
            const symbol size = abs(x), s = sigmoid(-size);
            return s * (1 - s) * (2 - size * (1 - 2 * s));
        }
    };
    static constexpr symbol slope(symbol x) { return emit::with_slope<first_derivative>(x); }
    constexpr symbol operator()(symbol x) const { return emit::with_slope<silu>(x); }
};

struct selu {  // the constants of Klambauer et al., 2017
    static constexpr double scale = 1.0507009873554805, alpha = 1.6732632423543772;
    constexpr symbol operator()(symbol x) const { return scale * where(x < 0, alpha * expm1(minimum(x, 0)), x); }
};
struct celu {
    constexpr symbol operator()(symbol x, symbol alpha) const {
        return where(x < 0, alpha * expm1(minimum(x, 0) / alpha), x);
    }
};
struct relu6 {
    constexpr symbol operator()(symbol x) const { return where(x >= 6, 6, relu(x)); }
};
struct hard_sigmoid {
    constexpr symbol operator()(symbol x) const { return relu6{}(x + 3) * (1.0 / 6); }
};
struct hard_silu {
    constexpr symbol operator()(symbol x) const { return x * hard_sigmoid{}(x); }
};
struct hard_tanh {
    constexpr symbol operator()(symbol x) const { return clip(x, -1, 1); }
};
struct softsign {
    static constexpr symbol value(symbol x) { return x / (1 + abs(x)); }
    static constexpr symbol slope(symbol x) {
        const symbol r = 1 / (1 + abs(x));
        return r * r;
    }
    constexpr symbol operator()(symbol x) const { return emit::with_slope<softsign>(x); }
};
struct mish {  // with e = exp(x): tanh(log(1 + e)) = n / (n + 2), n = e (e + 2)
    struct parts {
        symbol x, e, r;  // r = 1 / (n + 2)
    };
    /// Where x is larger, mish(x) = x and nothing else is left of the derivatives; n does not overflow.
    static constexpr parts parts_of(symbol x) {
        const symbol m = minimum(x, x.type() == dtype::float64 ? 350 : 43), e = exp(m);
        return {m, e, 1 / (e * (e + 2) + 2)};
    }
    static constexpr symbol value(symbol x) {
        const auto [m, e, r] = parts_of(x);
        return x * (e * (e + 2) * r);
    }
    struct first_derivative {
        static constexpr symbol value(symbol x) {
            const auto [m, e, r] = parts_of(x);
            return e * r * (e + 2 + 4 * m * ((1 + e) * r));
        }
        static constexpr symbol slope(symbol x) {
            const auto [m, e, r] = parts_of(x);
            const symbol q = e * r, p = (1 + e) * r;
            return 8 * q * p + 4 * q * m * (2 * p * r - (3 + 2 * e) * q * q);
        }
    };
    static constexpr symbol slope(symbol x) { return emit::with_slope<first_derivative>(x); }
    constexpr symbol operator()(symbol x) const { return emit::with_slope<mish>(x); }
};
struct log_sigmoid {
    constexpr symbol operator()(symbol x) const { return -softplus(-x); }
};

// ---------------------------------------------------------------- softmax and its family
/// x - max x: what exp may see. The maximum cancels, so no gradient flows through it.
constexpr symbol shifted(symbol x, unsigned axes) { return x - stop_gradient(emit::largest_or_lowest(x, axes)); }

struct softmax {
    constexpr symbol operator()(symbol x, unsigned axes, bool = true) const {
        const symbol e = exp(shifted(x.plain(), axes));
        return e * (1 / emit::reduce(op::sum, e, axes, true));  // one division for each row
    }
};
struct log_softmax {
    constexpr symbol operator()(symbol x, unsigned axes, bool = true) const {
        const symbol s = shifted(x.plain(), axes);
        return s - log(emit::reduce(op::sum, exp(s), axes, true));
    }
};
struct logsumexp {
    constexpr symbol operator()(symbol x, unsigned axes, bool keep) const {
        const symbol largest = emit::largest_or_lowest(x, axes);
        const symbol m = stop_gradient(where(abs(largest) < std::numeric_limits<double>::infinity(), largest, 0));
        const symbol total = emit::reduce(op::sum, exp(x.plain() - m), axes, true);
        const symbol y = m + where(total == 0, -std::numeric_limits<double>::infinity(), log(total));
        return keep ? y : emit::reshape(y, emit::without(x.extents(), axes));
    }
};

// ---------------------------------------------------------------- losses: one number per row
/// The bits of the last axis; a value without axes is a mistake.
constexpr unsigned last_axis(symbol x) { return emit::axis_bits(x, {-1}); }
constexpr symbol row_mean(symbol x) { return mean(x, -1); }
constexpr symbol row_sum(symbol x) { return sum(x, -1, true); }  // the axis stays
constexpr symbol without_last_axis(symbol x) { return emit::reshape(x, emit::without(x.extents(), last_axis(x))); }

struct mean_squared_error {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return row_mean(square(y_pred - y_true)); }
};
struct mean_absolute_error {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const { return row_mean(abs(y_pred - y_true)); }
};
struct huber {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return (*this)(y_true, y_pred, literal(*y_pred.g, y_pred.type(), 1, true));
    }
    constexpr symbol operator()(symbol y_true, symbol y_pred, symbol delta) const {
        const symbol e = y_pred - y_true, a = abs(e);
        return row_mean(where(a <= delta, 0.5 * e * e, delta * (a - 0.5 * delta)));
    }
};
struct hinge {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return row_mean(maximum(1 - y_true * y_pred, 0));
    }
};
/// Probabilities are kept this far from 0 and 1 before their logarithm is taken.
inline constexpr double smallest_probability = 1e-7;
constexpr symbol clipped(symbol p) { return clip(p, smallest_probability, 1 - smallest_probability); }

struct kl_divergence {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol t = clip(y_true, smallest_probability, 1), p = clip(y_pred, smallest_probability, 1);
        return without_last_axis(row_sum(t * log(t / p)));
    }
};
struct binary_cross_entropy {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        const symbol p = clipped(y_pred);
        return row_mean(-(y_true * log(p) + (1 - y_true) * log(1 - p)));
    }
};
struct binary_cross_entropy_of_logits {
    constexpr symbol operator()(symbol y_true, symbol z) const {  // softplus(z) - z t, without the difference of two
        const symbol is_positive = z >= 0, size = where(is_positive, z, -z);
        return row_mean(where(is_positive, z, 0) - z * y_true + softplus(-size));
    }
};
struct softmax_cross_entropy {
    constexpr symbol operator()(symbol logits, symbol targets) const {
        const symbol z = shifted(logits, last_axis(logits));
        return without_last_axis(row_sum(targets * (log(row_sum(exp(z))) - z)));
    }
};
/// The labels. Each is gathered from itself, stretched over the classes, so that a label that is no class refuses the
/// run. This is a kernel over the labels alone: a gather from the logits would not fuse.   (...) -> (..., 1)
constexpr symbol checked_labels(symbol labels, extent_t classes) {
    const symbol row = emit::expand_dims(labels, {0});
    shape stretched = row.extents();
    stretched[0] = classes;
    return emit::reshape(emit::gather(emit::broadcast_to(row, stretched), row, 0),
                         emit::expand_dims(labels, {-1}).extents());
}
/// True where the class is the row's label.   (...) == (C) -> (..., C)
/// They are compared as floats, so that this fuses with what is done to the row: exact below 2^24 classes.
constexpr symbol is_label(symbol labels, symbol classes) {
    const extent_t count = classes.rank() > 0 ? classes.extents()[classes.rank() - 1] : 1;
    return emit::cast(checked_labels(labels, count), classes.type()) == emit::iota(*labels.g, count, classes.type());
}
struct sparse_softmax_cross_entropy {
    constexpr symbol operator()(symbol logits, symbol labels) const {
        const symbol z = shifted(logits, last_axis(logits));
        return without_last_axis(log(row_sum(exp(z))) - row_sum(where(is_label(labels, z), z, 0)));
    }
};
struct categorical_cross_entropy {  // as Keras', rows are scaled to sum 1 first
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return without_last_axis(-row_sum(y_true * log(clipped(y_pred / row_sum(y_pred)))));
    }
};
struct sparse_categorical_cross_entropy {
    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        const symbol p = clipped(y_pred / row_sum(y_pred));
        return without_last_axis(-row_sum(where(is_label(labels, p), log(p), 0)));
    }
};
/// The loss of logits, its operands in Keras' order.
template <class F> struct labels_first {
    constexpr symbol operator()(symbol labels, symbol logits) const { return F{}(logits, labels); }
};

// ---------------------------------------------------------------- metrics: one number per row
struct categorical_accuracy {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return emit::cast(argmax(y_true, -1) == argmax(y_pred, -1), y_pred.type());
    }
};
struct sparse_categorical_accuracy {
    constexpr symbol operator()(symbol labels, symbol y_pred) const {
        return emit::cast(emit::cast(labels, dtype::int64) == argmax(y_pred, -1), y_pred.type());
    }
};
struct binary_accuracy {
    constexpr symbol operator()(symbol y_true, symbol y_pred) const {
        return row_mean(emit::cast((y_true > 0.5) == (y_pred > 0.5), y_pred.type()));
    }
};

// ---------------------------------------------------------------- normalisation
struct layer_norm {
    constexpr symbol operator()(symbol x, symbol gamma, symbol beta, symbol epsilon) const {
        const symbol deviation = x - mean(x, -1, true);
        const symbol variance = mean(square(deviation), -1, true);
        return deviation * rsqrt(variance + epsilon) * gamma + beta;
    }
};

}  // namespace expr::formulas

// clang-format off
/// y = x if x > 0, else slope x; the slope is 0.2 unless given.
///
/// shapes    any -> the same
/// types     floats
/// errors    E106 needs_a_float, E107 literal_is_no_integer
/// gradient  at 0 that of the other branch
/// test      tests/expr/composite_test.cpp
template <Operand A> constexpr auto leaky_relu(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::leaky_relu>>(at, x); }
template <Operand A, class S> requires Operands<A, S> constexpr auto leaky_relu(const A& x, const S& slope, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::leaky_relu>>(at, x, slope); }
/// y = x if x > 0, else alpha (exp(x) - 1); alpha is 1 unless given.
template <Operand A> constexpr auto elu(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::elu>>(at, x); }
template <Operand A, class S> requires Operands<A, S> constexpr auto elu(const A& x, const S& alpha, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::elu>>(at, x, alpha); }
/// y = x/2 (1 + erf(x / sqrt 2)), exactly.
///
/// source    Hendrycks and Gimpel, arXiv:1606.08415
template <Operand A> constexpr auto gelu(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::gelu>>(at, x); }
/// y = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))): gelu's approximation, within 5e-4.
template <Operand A> constexpr auto gelu_tanh(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::gelu_tanh>>(at, x); }
/// y = x sigmoid(x), by both of its names.
template <Operand A> constexpr auto silu(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::silu>>(at, x); }
template <Operand A> constexpr auto swish(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::silu>>(at, x); }
/// y = 1.0507 x if x >= 0, else 1.0507 * 1.6733 (exp(x) - 1): layers keep mean 0 and variance 1.
///
/// source    Klambauer, Unterthiner, Mayr and Hochreiter, arXiv:1706.02515
template <Operand A> constexpr auto selu(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::selu>>(at, x); }
/// y = x if x >= 0, else alpha (exp(x / alpha) - 1)
template <Operand A, class S> requires Operands<A, S> constexpr auto celu(const A& x, const S& alpha, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::celu>>(at, x, alpha); }
/// y = min(max(x, 0), 6); the gradient at 0 and at 6 is 0.
template <Operand A> constexpr auto relu6(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::relu6>>(at, x); }
/// y = relu6(x + 3) / 6
template <Operand A> constexpr auto hard_sigmoid(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::hard_sigmoid>>(at, x); }
/// y = x relu6(x + 3) / 6
template <Operand A> constexpr auto hard_silu(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::hard_silu>>(at, x); }
/// y = min(max(x, -1), 1)
template <Operand A> constexpr auto hard_tanh(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::hard_tanh>>(at, x); }
/// y = x / (1 + |x|)
template <Operand A> constexpr auto softsign(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::softsign>>(at, x); }
/// y = x tanh(softplus(x))
///
/// source    Misra, arXiv:1908.08681
template <Operand A> constexpr auto mish(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::mish>>(at, x); }
/// y = log(sigmoid(x)) = -softplus(-x)
template <Operand A> constexpr auto log_sigmoid(const A& x, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::log_sigmoid>>(at, x); }

/// y_i = exp(x_i - m) / sum_j exp(x_j - m), with m = max_j x_j.
///
/// shapes    x (...,n,...) -> y, same shape; the sum runs over the last axis, or softmax(x, axis<1>); axis<>: over all
/// units     x log-odds; y in [0, 1], each slice sums to 1
/// types     floats
/// errors    E103 axis_out_of_range, E106 needs_a_float
/// edge      a slice that is all -inf gives nan
/// gradient  dx = y (dy - sum_j y_j dy_j)
/// test      tests/expr/composite_test.cpp
template <Operand A> constexpr auto softmax(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::formulas::composed<expr::formulas::softmax>, true, -1>>(at, x); }
template <Operand A, int... N> constexpr auto softmax(const A& x, axis_numbers<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::formulas::composed<expr::formulas::softmax>, true, N...>>(at, x); }
constexpr symbol softmax(symbol x, int number, source_line at = source_line::current()) { return expr::calling::over_axis<expr::formulas::composed<expr::formulas::softmax>>(at, x, number, true); }
/// y_i = x_i - m - log sum_j exp(x_j - m), with m = max_j x_j; the rest as softmax.
template <Operand A> constexpr auto log_softmax(const A& x, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::formulas::composed<expr::formulas::log_softmax>, true, -1>>(at, x); }
template <Operand A, int... N> constexpr auto log_softmax(const A& x, axis_numbers<N...>, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::formulas::composed<expr::formulas::log_softmax>, true, N...>>(at, x); }
constexpr symbol log_softmax(symbol x, int number, source_line at = source_line::current()) { return expr::calling::over_axis<expr::formulas::composed<expr::formulas::log_softmax>>(at, x, number, true); }
/// y = log sum_j exp(x_j), without overflow.
///
/// shapes    as sum: over all axes, unless some are named
/// types     floats
/// errors    E103 axis_out_of_range, E106 needs_a_float
/// edge      all -inf gives -inf and a gradient of 0, an inf gives inf
/// gradient  dx = dy softmax(x)
template <Operand A, int... N, bool Keep = false> constexpr auto logsumexp(const A& x, axis_numbers<N...> = {}, kept_dims<Keep> = {}, source_line at = source_line::current()) { return expr::call<expr::functions::over_axes<expr::formulas::composed<expr::formulas::logsumexp>, Keep, N...>>(at, x); }
constexpr symbol logsumexp(symbol x, int number, bool keep = false, source_line at = source_line::current()) { return expr::calling::over_axis<expr::formulas::composed<expr::formulas::logsumexp>>(at, x, number, keep); }

/// l = 1/n sum_i (p_i - t_i)^2 over the last axis: a loss per row, as Keras' functions; mean(...) of it is what Keras fits.
/// mean_absolute_error: |p_i - t_i|; hinge: max(1 - t_i p_i, 0), t in {-1, 1}.
///
/// shapes    y_true, y_pred (...,n) -> (...); of (n) a scalar
/// types     floats, both alike
/// errors    E100 shapes_do_not_broadcast, E103 axis_out_of_range (no axis), E105 element_types_differ, E106 needs_a_float
/// edge      the operands broadcast: (n) beside (n,1) compares all with all
/// test      tests/expr/composite_test.cpp
template <class A, class B> requires Operands<A, B> constexpr auto mean_squared_error(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::mean_squared_error>>(at, y_true, y_pred); }
template <class A, class B> requires Operands<A, B> constexpr auto mean_absolute_error(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::mean_absolute_error>>(at, y_true, y_pred); }
template <class A, class B> requires Operands<A, B> constexpr auto hinge(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::hinge>>(at, y_true, y_pred); }
/// The mean over the last axis of e^2 / 2 if |e| <= delta, else delta (|e| - delta / 2), with e = p - t; delta is 1 unless given.
template <class A, class B> requires Operands<A, B> constexpr auto huber(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::huber>>(at, y_true, y_pred); }
template <class A, class B, class D> requires Operands<A, B, D> constexpr auto huber(const A& y_true, const B& y_pred, const D& delta, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::huber>>(at, y_true, y_pred, delta); }
/// l = sum_i t_i log(t_i / p_i) over the last axis, both kept in [1e-7, 1], as Keras'.
template <class A, class B> requires Operands<A, B> constexpr auto kl_divergence(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::kl_divergence>>(at, y_true, y_pred); }

/// l = -1/n sum_i (t_i log p_i + (1 - t_i) log(1 - p_i)) over the last axis.
///
/// shapes    y_true, y_pred (...,n) -> (...)
/// units     t in [0, 1]; p a probability, kept 1e-7 away from 0 and 1, or with from_logits a log-odds, then stable anywhere
/// types     floats, both alike
/// errors    as mean_squared_error
template <class A, class B> requires Operands<A, B> constexpr auto binary_cross_entropy(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::binary_cross_entropy>>(at, y_true, y_pred); }
template <class A, class B> requires Operands<A, B> constexpr auto binary_cross_entropy(const A& y_true, const B& logits, logits_tag, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::binary_cross_entropy_of_logits>>(at, y_true, logits); }

/// l = -sum_i t_i log softmax(z)_i over the last axis, without overflow.
///
/// shapes    logits (...,C), targets (...,C) -> (...)
/// units     z log-odds; each row of t sums to 1
/// types     floats, both alike
/// errors    as mean_squared_error
/// gradient  dz = dl (softmax(z) - t)
/// test      tests/expr/composite_test.cpp
template <class A, class B> requires Operands<A, B> constexpr auto softmax_cross_entropy(const A& logits, const B& targets, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::softmax_cross_entropy>>(at, logits, targets); }
/// l = -log softmax(z)_label over the last axis, without overflow.
///
/// shapes    logits (...,C), labels (...) -> (...)
/// types     logits float32, float64; labels integers
/// errors    E100 shapes_do_not_broadcast, E103 axis_out_of_range, E106 needs_a_float, E117 needs_an_integer; at run time
///           index_error: a label outside 0 .. C - 1, also where only the gradient is asked for
/// edge      above 2^24 classes of float32 a label is rounded to a float
/// gradient  dz = dl (softmax(z) - one_hot(label))
template <class A, class B> requires Operands<A, B> constexpr auto sparse_softmax_cross_entropy(const A& logits, const B& labels, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::sparse_softmax_cross_entropy>>(at, logits, labels); }
/// l = -sum_i t_i log p_i over the last axis, Keras' order and meaning: rows of p are scaled to sum 1 and kept 1e-7 away
/// from 0 and 1; with from_logits it is softmax_cross_entropy.
template <class A, class B> requires Operands<A, B> constexpr auto categorical_cross_entropy(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::categorical_cross_entropy>>(at, y_true, y_pred); }
template <class A, class B> requires Operands<A, B> constexpr auto categorical_cross_entropy(const A& y_true, const B& logits, logits_tag, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::labels_first<expr::formulas::softmax_cross_entropy>>>(at, y_true, logits); }
/// l = -log p_label over the last axis, of labels as sparse_softmax_cross_entropy takes them; with from_logits it is that.
template <class A, class B> requires Operands<A, B> constexpr auto sparse_categorical_cross_entropy(const A& labels, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::sparse_categorical_cross_entropy>>(at, labels, y_pred); }
template <class A, class B> requires Operands<A, B> constexpr auto sparse_categorical_cross_entropy(const A& labels, const B& logits, logits_tag, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::labels_first<expr::formulas::sparse_softmax_cross_entropy>>>(at, labels, logits); }

/// 1 where the largest of y_pred stands where the largest of y_true does, else 0; mean(...) of it is the accuracy.
///
/// shapes    y_true, y_pred (...,C) -> (...)
/// types     numbers -> y_pred's type
/// errors    E100 shapes_do_not_broadcast, E103 axis_out_of_range
/// gradient  none
template <class A, class B> requires Operands<A, B> constexpr auto categorical_accuracy(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::categorical_accuracy>>(at, y_true, y_pred); }
/// The same, with labels (...) instead of y_true.
template <class A, class B> requires Operands<A, B> constexpr auto sparse_categorical_accuracy(const A& labels, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::sparse_categorical_accuracy>>(at, labels, y_pred); }
/// The share of the last axis where y_true and y_pred lie on the same side of 0.5.   (...,n) -> (...)
template <class A, class B> requires Operands<A, B> constexpr auto binary_accuracy(const A& y_true, const B& y_pred, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::binary_accuracy>>(at, y_true, y_pred); }

/// y = (x - mean x) / sqrt(variance x + epsilon) gamma + beta, over the last axis; epsilon is 1e-3 unless given, as Keras'.
///
/// shapes    x (...,n), gamma (n), beta (n) -> (...,n)
/// types     floats, all alike
/// errors    E100 shapes_do_not_broadcast, E103 axis_out_of_range, E105 element_types_differ, E106 needs_a_float
/// source    Ba, Kiros and Hinton, arXiv:1607.06450
/// test      tests/expr/composite_test.cpp
template <class A, class G, class B, class E> requires Operands<A, G, B, E> constexpr auto layer_norm(const A& x, const G& gamma, const B& beta, const E& epsilon, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::layer_norm>>(at, x, gamma, beta, epsilon); }
template <class A, class G, class B> requires Operands<A, G, B> constexpr auto layer_norm(const A& x, const G& gamma, const B& beta, source_line at = source_line::current()) { return expr::call<expr::formulas::composed<expr::formulas::layer_norm>>(at, x, gamma, beta, 1e-3); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
