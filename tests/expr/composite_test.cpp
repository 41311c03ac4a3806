// SPDX-License-Identifier: BSL-1.0
// Composites against their formulas in plain C++, against the numbers that Keras' documentation prints, at the edges of
// the range, and their derivatives against central differences.
#include <telar/expr/composite.hpp>

#include "values.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string>
#include <vector>

using namespace telar;
using namespace telar::ir::passes;
using namespace values;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<double> numbers_of(const array& a) {
    std::vector<double> v;
    for (int i = 0; i < a.count(); ++i) v.push_back(a.at(i));
    return v;
}
array array_from(const shape& extents, const std::vector<double>& v) { return array_of(extents, v.data()); }
bool is_near(double x, double y, double tolerance) {
    if (std::isnan(x) || std::isnan(y)) return std::isnan(x) && std::isnan(y);
    return x == y || std::abs(x - y) <= tolerance * std::max(1.0, std::abs(y));
}
void check_near(const array& a, const std::vector<double>& expected, double tolerance = 1e-13) {
    REQUIRE(a.count() == int(expected.size()));
    for (int i = 0; i < a.count(); ++i) {
        INFO("element " << i << ": " << a.at(i) << " for " << expected[static_cast<std::size_t>(i)]);
        CHECK(is_near(a.at(i), expected[static_cast<std::size_t>(i)], tolerance));
    }
}
/// Repeatable numbers in (-scale, scale), none of them near 0, where kinks are.
array noise(const shape& extents, unsigned seed, double scale = 2) {
    std::vector<double> v;
    for (unsigned state = seed * 2654435761u + 1; extent_t(v.size()) < extents.count();) {
        state = state * 1664525u + 1013904223u;
        const double u = static_cast<double>(state >> 8) / (1 << 23) - 1;
        if (std::abs(u) > 0.01) v.push_back(scale * u);
    }
    return array_from(extents, v);
}

using formula = double (*)(double);
double line_from(double x, double lo, double hi) { return std::isnan(x) ? x : std::clamp(x, lo, hi); }
void check_activation(symbol (*f)(symbol), formula expected) {
    const std::vector<double> at = {-inf, -1e4, -88, -3.7, -1, -0.3, -1e-9, 0, 1e-9, 0.3, 1, 3.7, 88, 1e4, inf, NAN};
    std::vector<double> y;
    for (const double x : at) y.push_back(expected(x));
    check_near(value_of(f, array_from(shape(at.size()), at)), y, 4e-14);
}

/// d/dx of sum f(x) w, with arbitrary weights w, against central differences.
void check_derivative(const std::string& name, const std::function<symbol(symbol)>& f, const array& x) {
    INFO(name);
    const array w = noise(value_of(f, x).extents, 99);
    const auto loss = [&](symbol s, symbol weights) { return sum(f(s) * weights); };
    const auto derivative = [&](symbol s, symbol weights) { return differentiate(loss(s, weights), s); };
    std::vector<double> expected, at = numbers_of(x);
    constexpr double h = 1e-5;
    for (double& e : at) {
        const double middle = e;
        e = middle + h;
        const double above = value_of(loss, array_from(x.extents, at), w).at(0);
        e = middle - h;
        const double below = value_of(loss, array_from(x.extents, at), w).at(0);
        e = middle;
        expected.push_back((above - below) / (2 * h));
    }
    check_near(value_of(derivative, x, w), expected, 1e-7);
}

}  // namespace

TEST_CASE("activations follow their formulas from -inf to inf") {
    check_activation([](symbol x) { return leaky_relu(x); }, [](double x) { return x > 0 ? x : 0.2 * x; });
    check_activation([](symbol x) { return leaky_relu(x, 0.01); }, [](double x) { return x > 0 ? x : 0.01 * x; });
    check_activation([](symbol x) { return elu(x); }, [](double x) { return x > 0 ? x : std::expm1(x); });
    check_activation([](symbol x) { return elu(x, 1.5); }, [](double x) { return x > 0 ? x : 1.5 * std::expm1(x); });
    check_activation([](symbol x) { return gelu(x); },
                     [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); });
    check_activation([](symbol x) { return gelu_tanh(x); },
                     [](double x) {
                         return 0.5 * x * (1 + std::tanh(std::sqrt(2 / std::acos(-1.0)) * (x + 0.044715 * x * x * x)));
                     });
    check_activation([](symbol x) { return silu(x); }, [](double x) { return x * (1 / (1 + std::exp(-x))); });
    check_activation([](symbol x) { return swish(x); }, [](double x) { return x * (1 / (1 + std::exp(-x))); });
    check_activation([](symbol x) { return relu6(x); }, [](double x) { return line_from(x, 0, 6); });
    check_activation([](symbol x) { return hard_sigmoid(x); }, [](double x) { return line_from(x + 3, 0, 6) / 6; });
    check_activation([](symbol x) { return hard_silu(x); }, [](double x) { return x * (line_from(x + 3, 0, 6) / 6); });
    check_activation([](symbol x) { return hard_tanh(x); }, [](double x) { return line_from(x, -1, 1); });
    check_activation([](symbol x) { return selu(x); },
                     [](double x) { return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * std::expm1(x) : x); });
    check_activation([](symbol x) { return celu(x, 1.5); },
                     [](double x) { return x < 0 ? 1.5 * std::expm1(x / 1.5) : x; });
    check_activation([](symbol x) { return softsign(x); }, [](double x) { return x / (1 + std::abs(x)); });
    check_activation([](symbol x) { return softplus(x); },
                     [](double x) {
                         return x > 0 ? x + std::log1p(std::exp(-x)) : x <= 0 ? std::log1p(std::exp(x)) : x;
                     });
    check_activation([](symbol x) { return log_sigmoid(x); },
                     [](double x) {
                         return x > 0 ? -std::log1p(std::exp(-x)) : x <= 0 ? x - std::log1p(std::exp(x)) : x;
                     });
    check_activation(
        [](symbol x) { return mish(x); },
        [](double x) { return x * std::tanh(x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x))); });
}

TEST_CASE("where activations have a kink, their gradients are TensorFlow's") {
    const auto slope_at = [](double x, const std::function<symbol(symbol)>& f) {
        return value_of([&](symbol s) { return differentiate(sum(f(s)), s); }, array_from(shape(1), {x})).at(0);
    };
    CHECK(slope_at(0, [](symbol x) { return softplus(x); }) == 0.5);
    CHECK(slope_at(0, [](symbol x) { return log_sigmoid(x); }) == 0.5);
    CHECK(slope_at(0, [](symbol x) { return binary_cross_entropy(0 * x + 1, x, from_logits); }) == -0.5);
    CHECK(slope_at(0, [](symbol x) { return selu(x); }) == doctest::Approx(1.0507009873554805));
    CHECK(slope_at(0, [](symbol x) { return elu(x); }) == 1);
    CHECK(slope_at(0, [](symbol x) { return relu6(x); }) == 0);
    CHECK(slope_at(6, [](symbol x) { return relu6(x); }) == 0);
    CHECK(slope_at(1, [](symbol x) { return hard_tanh(x); }) == 1);
    CHECK(slope_at(0, [](symbol x) { return softsign(x); }) == 1);
}

TEST_CASE("softmax, log_softmax and logsumexp follow their formulas, over any axis") {
    const array x = noise(shape(3, 5), 1);
    const std::vector<double> v = numbers_of(x);
    std::vector<double> rows(15), columns(15), logs(15), sums;
    for (std::size_t r = 0; r < 3; ++r) {
        double total = 0;
        for (std::size_t c = 0; c < 5; ++c) total += std::exp(v[5 * r + c]);
        for (std::size_t c = 0; c < 5; ++c) {
            rows[5 * r + c] = std::exp(v[5 * r + c]) / total;
            logs[5 * r + c] = v[5 * r + c] - std::log(total);
            const double column = std::exp(v[c]) + std::exp(v[5 + c]) + std::exp(v[10 + c]);
            columns[5 * r + c] = std::exp(v[5 * r + c]) / column;
        }
        sums.push_back(std::log(total));
    }
    check_near(value_of([](auto s) { return softmax(s); }, x), rows);
    check_near(value_of<false>([](auto s) { return softmax(s); }, x), rows);
    check_near(value_of([](auto s) { return softmax(s, axis<0>); }, x), columns);
    check_near(value_of([](auto s) { return softmax(s, 0); }, x), columns);
    check_near(value_of([](auto s) { return log_softmax(s); }, x), logs);
    check_near(value_of([](auto s) { return logsumexp(s, axis<1>); }, x), sums);
    check_near(value_of([](auto s) { return logsumexp(s); }, x),
               {std::log(std::exp(sums[0]) + std::exp(sums[1]) + std::exp(sums[2]))});
}

TEST_CASE("they neither overflow nor lose the small ones") {
    const array far = array_of<double>(shape(2, 3), {1e4, 0, -1e4, -1e4, -1e4 + 1, -1e4});
    const double e = std::exp(1.0);
    check_near(value_of([](auto s) { return softmax(s); }, far), {1, 0, 0, 1 / (2 + e), e / (2 + e), 1 / (2 + e)});
    check_near(value_of([](auto s) { return log_softmax(s); }, far),
               {0, -1e4, -2e4, -std::log(2 + e), 1 - std::log(2 + e), -std::log(2 + e)});
    check_near(value_of([](auto s) { return logsumexp(s, axis<1>); }, far), {1e4, -1e4 + std::log(2 + e)});
    const array labels = vector_of<int>({2, 1});
    check_near(value_of([](auto z, auto l) { return sparse_softmax_cross_entropy(z, l); }, far, labels),
               {2e4, std::log(2 + e) - 1});
    check_near(value_of([](auto z, auto t) { return binary_cross_entropy(t, z, from_logits); },
                        vector_of<double>({1e4, -1e4, 0}), vector_of<double>({0, 1, 1})),
               {(2e4 + std::log(2.0)) / 3});

    const array edges = array_of<double>(shape(3, 2), {-inf, -inf, inf, 0, -inf, 3});
    check_near(value_of([](auto s) { return logsumexp(s, axis<1>); }, edges), {-inf, inf, 3});
    check_near(value_of([](auto s) { return softmax(s); }, array_of<double>(shape(2, 2), {-inf, -inf, -inf, 5})),
               {NAN, NAN, 0, 1});
}

TEST_CASE("losses give the numbers of Keras' documentation") {
    const array t = array_of<double>(shape(2, 2), {0, 1, 0, 0});
    const array p = array_of<double>(shape(2, 2), {0.6, 0.4, 0.4, 0.6});
    const auto all = [](auto f) { return [f](auto y_true, auto y_pred) { return mean(f(y_true, y_pred)); }; };
    check_near(value_of([](auto a, auto b) { return mean_squared_error(a, b); }, t,
                        array_of<double>(shape(2, 2), {1, 1, 1, 0})),
               {0.5, 0.5});
    check_near(value_of([](auto a, auto b) { return mean_absolute_error(a, b); }, t,
                        array_of<double>(shape(2, 2), {1, 1, 1, 0})),
               {0.5, 0.5});
    check_near(value_of([](auto a, auto b) { return binary_cross_entropy(a, b); }, t, p), {0.916, 0.714}, 5e-4);
    check_near(value_of(all([](auto a, auto b) { return huber(a, b); }), t, p), {0.155}, 5e-4);
    check_near(value_of(all([](auto a, auto b) { return kl_divergence(a, b); }), t, p), {0.458}, 5e-4);
    check_near(value_of(all([](auto a, auto b) { return hinge(2 * a - 1, b); }), t, p), {1.3}, 1e-12);
    check_near(value_of([](auto a, auto b) { return binary_cross_entropy(a, b, from_logits); },
                        vector_of<double>({0, 1, 0, 0}), vector_of<double>({-18.6, 0.51, 2.94, -12.8})),
               {0.865}, 5e-4);

    const array classes = array_of<double>(shape(2, 3), {0, 1, 0, 0, 0, 1}), labels = vector_of<int>({1, 2});
    const array guess = array_of<double>(shape(2, 3), {0.05, 0.95, 0, 0.1, 0.8, 0.1});
    check_near(value_of([](auto a, auto b) { return categorical_cross_entropy(a, b); }, classes, guess),
               {0.0513, 2.303}, 5e-4);
    check_near(value_of([](auto a, auto b) { return sparse_categorical_cross_entropy(a, b); }, labels, guess),
               {0.0513, 2.303}, 5e-4);
    check_near(value_of([](auto a, auto b) { return categorical_accuracy(a, b); }, classes, guess), {1, 0});
    check_near(value_of([](auto a, auto b) { return sparse_categorical_accuracy(a, b); }, labels, guess), {1, 0});
    check_near(value_of([](auto a, auto b) { return binary_accuracy(a, b); }, t, p), {0, 0.5});
}

TEST_CASE("the forms of the cross-entropy agree") {
    const array z = noise(shape(4, 3), 5), labels = vector_of<int>({2, 0, 1, 1});
    const std::vector<double> by_labels =
        numbers_of(value_of([](auto a, auto l) { return sparse_softmax_cross_entropy(a, l); }, z, labels));
    const auto rows = [](auto l) { return one_hot<double>(l, 3); };
    check_near(value_of([=](auto a, auto l) { return softmax_cross_entropy(a, rows(l)); }, z, labels), by_labels);
    check_near(value_of([=](auto a, auto l) { return categorical_cross_entropy(rows(l), a, from_logits); }, z, labels),
               by_labels);
    check_near(value_of([=](auto a, auto l) { return categorical_cross_entropy(rows(l), softmax(a)); }, z, labels),
               by_labels);
    check_near(value_of([](auto a, auto l) { return sparse_categorical_cross_entropy(l, a, from_logits); }, z, labels),
               by_labels);
    check_near(value_of([](auto a, auto l) { return sparse_categorical_cross_entropy(l, softmax(a)); }, z, labels),
               by_labels);
    check_near(value_of([=](auto a, auto l) { return -sum(rows(l) * log_softmax(a), -1); }, z, labels), by_labels);
}

TEST_CASE("gelu keeps its digits far left of 0") {
    const array y = value_of([](symbol x) { return gelu(x); }, array_of(shape(2), {-12.0, -30.0}));
    CHECK(y.at(0) / -2.13177853449321479724e-32 == doctest::Approx(1).epsilon(1e-13));
    CHECK(y.at(1) / -1.47201417814445611786e-196 == doctest::Approx(1).epsilon(1e-12));
}
TEST_CASE("layer_norm gives rows of mean 0 and variance 1, then scales and shifts them") {
    const array x = noise(shape(3, 8), 7), gamma = noise(shape(8), 8), beta = noise(shape(8), 9);
    std::vector<double> expected;
    for (std::size_t r = 0; r < 3; ++r) {
        double m = 0, v = 0;
        for (std::size_t c = 0; c < 8; ++c) m += numbers_of(x)[8 * r + c] / 8;
        for (std::size_t c = 0; c < 8; ++c) v += std::pow(numbers_of(x)[8 * r + c] - m, 2) / 8;
        for (std::size_t c = 0; c < 8; ++c)
            expected.push_back((numbers_of(x)[8 * r + c] - m) / std::sqrt(v + 1e-3) * numbers_of(gamma)[c] +
                               numbers_of(beta)[c]);
    }
    check_near(value_of([](auto a, auto g, auto b) { return layer_norm(a, g, b); }, x, gamma, beta), expected);
    check_near(
        value_of([](auto a, auto g, auto b) { return mean(layer_norm(a, g, b, 0), -1); }, x,
                 array_from(shape(8), std::vector<double>(8, 1)), array_from(shape(8), std::vector<double>(8, 0))),
        {0, 0, 0});
}

TEST_CASE("derivatives agree with central differences") {
    const array x = noise(shape(3, 4), 3);
    check_derivative(
        "leaky_relu", [](symbol s) { return leaky_relu(s); }, x);
    check_derivative(
        "elu", [](symbol s) { return elu(s, 1.5); }, x);
    check_derivative(
        "gelu", [](symbol s) { return gelu(s); }, x);
    check_derivative(
        "gelu_tanh", [](symbol s) { return gelu_tanh(s); }, x);
    check_derivative(
        "silu", [](symbol s) { return silu(s); }, x);
    check_derivative(
        "softmax", [](symbol s) { return softmax(s); }, x);
    check_derivative(
        "softmax over columns", [](symbol s) { return softmax(s, 0); }, x);
    check_derivative(
        "log_softmax", [](symbol s) { return log_softmax(s); }, x);
    check_derivative(
        "logsumexp", [](symbol s) { return logsumexp(s); }, x);
    check_derivative(
        "variance", [](symbol s) { return variance(s, 0); }, x);
    check_derivative(
        "stddev", [](symbol s) { return stddev(s, 1); }, x);
    check_derivative(
        "norm", [](symbol s) { return norm(s, 0); }, x);
    check_derivative(
        "layer_norm", [](symbol s) { return layer_norm(s, exp(telar::slice(s, 0, 0, 1)), s); }, x);
    check_derivative(
        "mean_squared_error", [](symbol s) { return mean_squared_error(s * s, s); }, x);
    check_derivative(
        "mean_absolute_error", [](symbol s) { return mean_absolute_error(s * s + 9, s); }, x);
    check_derivative(
        "huber", [](symbol s) { return huber(s * s, s, 0.7); }, x);
    check_derivative(
        "kl_divergence", [](symbol s) { return kl_divergence(softmax(s), sigmoid(s)); }, x);
    check_derivative(
        "binary_cross_entropy", [](symbol s) { return binary_cross_entropy(sigmoid(2 * s), sigmoid(s)); }, x);
    check_derivative(
        "binary_cross_entropy from logits",
        [](symbol s) { return binary_cross_entropy(sigmoid(2 * s), s, from_logits); }, x);
    check_derivative(
        "softmax_cross_entropy", [](symbol s) { return softmax_cross_entropy(s, softmax(3 * s)); }, x);
    check_derivative(
        "sparse_softmax_cross_entropy", [](symbol s) { return sparse_softmax_cross_entropy(s, argmin(s, 1)); }, x);
    check_derivative(
        "categorical_cross_entropy", [](symbol s) { return categorical_cross_entropy(sigmoid(2 * s), sigmoid(s)); }, x);
}

TEST_CASE("the gradient of the cross-entropy is softmax minus target, and finite far out") {
    const array z = array_of<double>(shape(2, 3), {1e4, 0, -1e4, 0.5, -0.25, 0}),
                t = array_of<double>(shape(2, 3), {0, 0, 1, 0.2, 0.3, 0.5});
    const auto gradient = [](auto a, auto b) { return differentiate(sum(softmax_cross_entropy(a, b)), a); };
    check_near(value_of(gradient, z, t), numbers_of(value_of([](auto a, auto b) { return softmax(a) - b; }, z, t)));
    const auto sparse = [](auto a, auto l) { return differentiate(sum(sparse_softmax_cross_entropy(a, l)), a); };
    check_near(value_of(sparse, z, vector_of<int>({2, 0})),
               numbers_of(value_of([](auto a, auto l) { return softmax(a) - one_hot<double>(l, 3); }, z,
                                   vector_of<int>({2, 0}))));
    check_near(value_of([](auto a) { return differentiate(sum(elu(a) + silu(a)), a); },
                        vector_of<double>({1e4, 800, -800, -1e4})),
               {2, 2, 0, 0});
}
