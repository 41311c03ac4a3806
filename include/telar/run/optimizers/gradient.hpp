// SPDX-License-Identifier: BSL-1.0
// Optimisers whose step follows the gradient, or its sign: sgd, momentum, rmsprop, adagrad, adadelta, lion, ftrl.
#pragma once
#include <telar/run/optimizers/rule.hpp>

namespace telar::inline TELAR_ABI {

/// p <- p - learning_rate g.
struct sgd {
    learning_rate_value learning_rate = 0.01;

    static constexpr std::string_view name = "sgd";
    static constexpr int states = 0, hypers = 1;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps)};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        return {s.value - s.hyper[0] * s.gradient};
    }
};

/// v <- momentum v - learning_rate g;  p <- p + v, or with Nesterov's look ahead p <- p + momentum v - learning_rate g.
struct momentum {
    learning_rate_value learning_rate = 0.01;
    double decay = 0.9;
    bool nesterov = false;

    static constexpr std::string_view name = "momentum";
    static constexpr int states = 1, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"velocity"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), decay, nesterov ? 1.0 : 0.0};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, decay, nesterov] = s.hyper;
        const symbol v = decay * s.state[0] - rate * s.gradient;
        return {s.value + where(nesterov > 0, decay * v - rate * s.gradient, v), v};
    }
};

/// v is a running mean of g^2, m one of g: p <- p - w, w <- momentum w + learning_rate g / sqrt(v + epsilon); if
/// centered, v - m^2 in place of v.
///
/// source    Tieleman and Hinton, Lecture 6.5, 2012; Keras' RMSprop
struct rmsprop {
    learning_rate_value learning_rate = 0.001;
    double rho = 0.9, momentum = 0, epsilon = 1e-7;
    bool centered = false;

    static constexpr std::string_view name = "rmsprop";
    static constexpr int states = 3, hypers = 5;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"velocity", "momentum", "average_gradient"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), rho, momentum, epsilon, centered ? 1.0 : 0.0};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, rho, momentum, epsilon, centered] = s.hyper;
        const symbol& g = s.gradient;
        const symbol v = rho * s.state[0] + (1 - rho) * (g * g);
        const symbol mean = centered * (rho * s.state[2] + (1 - rho) * g);
        const symbol w = momentum * s.state[1] + rate * g / sqrt(v - mean * mean + epsilon);
        return {s.value - w, v, w, mean};
    }
};

/// a is the sum of all g^2, from initial_accumulator on: p <- p - learning_rate g / sqrt(a + epsilon).
///
/// source    Duchi, Hazan and Singer, JMLR 12 (2011); Keras' Adagrad
struct adagrad {
    learning_rate_value learning_rate = 0.001;
    double initial_accumulator = 0.1, epsilon = 1e-7;

    static constexpr std::string_view name = "adagrad";
    static constexpr int states = 1, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"accumulator"};  // without its first value
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), initial_accumulator, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, first, epsilon] = s.hyper;
        const symbol a = s.state[0] + s.gradient * s.gradient;
        return {s.value - rate * s.gradient / sqrt(first + a + epsilon), a};
    }
};

/// d = sqrt(u + epsilon) / sqrt(v + epsilon) g, with running means v of g^2 and u of d^2: p <- p - learning_rate d.
///
/// source    Zeiler, arXiv:1212.5701; Keras' Adadelta
struct adadelta {
    learning_rate_value learning_rate = 0.001;
    double rho = 0.95, epsilon = 1e-7;

    static constexpr std::string_view name = "adadelta";
    static constexpr int states = 2, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"accumulated_gradient", "accumulated_delta"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), rho, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, rho, epsilon] = s.hyper;
        const symbol v = rho * s.state[0] + (1 - rho) * (s.gradient * s.gradient);
        const symbol d = sqrt(s.state[1] + epsilon) / sqrt(v + epsilon) * s.gradient;
        return {s.value - rate * d, v, rho * s.state[1] + (1 - rho) * (d * d)};
    }
};

/// p <- p - learning_rate sign(beta_1 m + (1 - beta_1) g), m a running mean of g.
///
/// source    Chen et al., arXiv:2302.06675; Keras' Lion
struct lion {
    learning_rate_value learning_rate = 0.001;
    double beta_1 = 0.9, beta_2 = 0.99;

    static constexpr std::string_view name = "lion";
    static constexpr int states = 1, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2] = s.hyper;
        const symbol& m = s.state[0];
        return {s.value - rate * sign(beta_1 * m + (1 - beta_1) * s.gradient), beta_2 * m + (1 - beta_2) * s.gradient};
    }
};

/// The minimiser of all gradients so far, linearised, with penalties l1 |p| and l2 p^2: a is the sum of all g^2 from
/// initial_accumulator_value on, s that of g - (a_new^e - a^e) / learning_rate p with e = -learning_rate_power;
/// p <- (clip(s, -l1, l1) - s) / (a_new^e / learning_rate + 2 l2 + beta / learning_rate).
///
/// source    McMahan et al., Ad click prediction, KDD 2013; Keras' Ftrl
struct ftrl {
    learning_rate_value learning_rate = 0.001;
    double learning_rate_power = -0.5, initial_accumulator_value = 0.1, l1_regularization_strength = 0,
           l2_regularization_strength = 0, l2_shrinkage_regularization_strength = 0, beta = 0;

    static constexpr std::string_view name = "ftrl";
    static constexpr int states = 2, hypers = 7;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"accumulator",
                                                                          "linear"};  // without its start
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps),
                learning_rate_power,
                initial_accumulator_value,
                l1_regularization_strength,
                l2_regularization_strength,
                l2_shrinkage_regularization_strength,
                beta};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, power, first, l1, l2, shrinkage, beta] = s.hyper;
        const symbol a = s.state[0] + s.gradient * s.gradient;
        const symbol before = pow(first + s.state[0], -power), after = pow(first + a, -power);
        const symbol linear = s.state[1] + s.gradient + 2 * shrinkage * s.value - (after - before) / rate * s.value;
        const symbol quadratic = after / rate + 2 * (l2 + beta / (2 * rate));
        return {(minimum(maximum(linear, -l1), l1) - linear) / quadratic, a, linear};
    }
};

}  // namespace telar::inline TELAR_ABI
