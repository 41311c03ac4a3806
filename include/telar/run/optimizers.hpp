// SPDX-License-Identifier: BSL-1.0
// Optimisers: functions (p, g, state...) -> (p, state...) in the user's notation, with Keras' names, defaults and
// formulas. Hyper-parameters are scalar inputs of the program, so a schedule changes them without compiling anew. They
// are doubles, rounded to the type of the parameters that they are used on: 0.1 is 0.1 in a program of doubles.
#pragma once
#include <telar/expr/math.hpp>

#include <array>
#include <limits>
#include <string_view>

namespace telar::inline TELAR_ABI {

/// What an optimiser's rule sees of one parameter.
template <int States, int Hypers> struct parameter_step {
    symbol value, gradient, step;  // the parameter, dloss/dvalue, the number of this step (1, 2, ...)
    std::array<symbol, std::size_t(States + 1)> state;
    std::array<symbol, std::size_t(Hypers)> hyper;
};

/// p <- p - learning_rate g.
struct sgd {
    double learning_rate = 0.01;

    static constexpr std::string_view name = "sgd";
    static constexpr int states = 0, hypers = 1;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{};
    constexpr std::array<double, std::size_t(hypers)> values() const { return {learning_rate}; }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        return {s.value - s.hyper[0] * s.gradient};
    }
};

/// v <- momentum v - learning_rate g;  p <- p + v, or with Nesterov's look ahead p <- p + momentum v - learning_rate g.
struct momentum {
    double learning_rate = 0.01, decay = 0.9;
    bool nesterov = false;

    static constexpr std::string_view name = "momentum";
    static constexpr int states = 1, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"velocity"};
    constexpr std::array<double, std::size_t(hypers)> values() const {
        return {learning_rate, decay, nesterov ? 1.0 : 0.0};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, decay, nesterov] = s.hyper;
        const symbol v = decay * s.state[0] - rate * s.gradient;
        return {s.value + where(nesterov > 0, decay * v - rate * s.gradient, v), v};
    }
};

/// Adam: m and v are running means of g and g^2, both corrected for their start at 0.
///
/// source    Kingma and Ba, arXiv:1412.6980; epsilon as in Keras
struct adam {
    double learning_rate = 0.001, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "adam";
    static constexpr int states = 2, hypers = 4;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v"};
    constexpr std::array<double, std::size_t(hypers)> values() const {
        return {learning_rate, beta_1, beta_2, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon] = s.hyper;
        const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
        const symbol v = beta_2 * s.state[1] + (1 - beta_2) * (s.gradient * s.gradient);
        const symbol corrected = rate * sqrt(1 - pow(beta_2, s.step)) / (1 - pow(beta_1, s.step));
        return {s.value - corrected * m / (sqrt(v) + epsilon), m, v};
    }
};

/// Adam, and each parameter is first drawn to 0: p <- p - learning_rate weight_decay p.
///
/// source    Loshchilov and Hutter, arXiv:1711.05101
struct adamw {
    double learning_rate = 0.001, weight_decay = 0.004, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "adamw";
    static constexpr int states = 2, hypers = 5;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v"};
    constexpr std::array<double, std::size_t(hypers)> values() const {
        return {learning_rate, beta_1, beta_2, epsilon, weight_decay};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon, decay] = s.hyper;
        const symbol drawn = s.value - s.value * decay * rate;
        return adam::update({drawn, s.gradient, s.step, s.state, {rate, beta_1, beta_2, epsilon}});
    }
};

/// u is the largest |g| so far, forgotten slowly: p <- p - learning_rate / (1 - beta_1^t) m / (u + epsilon).
///
/// source    Kingma and Ba, arXiv:1412.6980, section 7
struct adamax {
    double learning_rate = 0.001, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "adamax";
    static constexpr int states = 2, hypers = 4;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "u"};
    constexpr std::array<double, std::size_t(hypers)> values() const {
        return {learning_rate, beta_1, beta_2, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon] = s.hyper;
        const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
        const symbol u = maximum(beta_2 * s.state[1], abs(s.gradient));
        return {s.value - rate / (1 - pow(beta_1, s.step)) * m / (u + epsilon), m, u};
    }
};

/// v is a running mean of g^2, m one of g: p <- p - w, w <- momentum w + learning_rate g / sqrt(v + epsilon); if
/// centered, v - m^2 in place of v.
///
/// source    Tieleman and Hinton, Lecture 6.5, 2012; Keras' RMSprop
struct rmsprop {
    double learning_rate = 0.001, rho = 0.9, momentum = 0, epsilon = 1e-7;
    bool centered = false;

    static constexpr std::string_view name = "rmsprop";
    static constexpr int states = 3, hypers = 5;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"velocity", "momentum", "average_gradient"};
    constexpr std::array<double, std::size_t(hypers)> values() const {
        return {learning_rate, rho, momentum, epsilon, centered ? 1.0 : 0.0};
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
    double learning_rate = 0.001, initial_accumulator = 0.1, epsilon = 1e-7;

    static constexpr std::string_view name = "adagrad";
    static constexpr int states = 1, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"accumulator"};  // without its first value
    constexpr std::array<double, std::size_t(hypers)> values() const {
        return {learning_rate, initial_accumulator, epsilon};
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
    double learning_rate = 0.001, rho = 0.95, epsilon = 1e-7;

    static constexpr std::string_view name = "adadelta";
    static constexpr int states = 2, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"accumulated_gradient", "accumulated_delta"};
    constexpr std::array<double, std::size_t(hypers)> values() const { return {learning_rate, rho, epsilon}; }
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
    double learning_rate = 0.001, beta_1 = 0.9, beta_2 = 0.99;

    static constexpr std::string_view name = "lion";
    static constexpr int states = 1, hypers = 3;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m"};
    constexpr std::array<double, std::size_t(hypers)> values() const { return {learning_rate, beta_1, beta_2}; }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2] = s.hyper;
        const symbol& m = s.state[0];
        return {s.value - rate * sign(beta_1 * m + (1 - beta_1) * s.gradient), beta_2 * m + (1 - beta_2) * s.gradient};
    }
};

/// Another optimiser, on gradients scaled so that sqrt(sum of all g^2) is at most `norm`.
template <class Optimizer> struct clipped_by_global_norm : Optimizer {
    double norm = 1.0;

    static constexpr int hypers = Optimizer::hypers + 1;
    constexpr std::array<double, std::size_t(hypers)> values() const {
        std::array<double, std::size_t(hypers)> all{};
        const auto inner = Optimizer::values();
        for (int i = 0; i + 1 < hypers; ++i) all[static_cast<std::size_t>(i)] = inner[static_cast<std::size_t>(i)];
        all[hypers - 1] = norm;
        return all;
    }
    static constexpr void transform(symbol* gradients, int count, symbol most) {
        const symbol plain = sum_of_squares(gradients, count, most, 1);  // where it overflows, of smaller numbers
        const symbol norm_of_all = where(plain < std::numeric_limits<double>::infinity(), sqrt(plain),
                                         sqrt(sum_of_squares(gradients, count, most, 0x1p-78)) * 0x1p78);
        const symbol scale = most / maximum(norm_of_all, most);
        for (int i = 0; i < count; ++i) gradients[i] = gradients[i] * ir::emit::cast(scale, gradients[i].type());
    }
    static constexpr symbol sum_of_squares(const symbol* gradients, int count, symbol most, double factor) {
        symbol total = ir::literal(*most.g, most.type(), 0, true);
        for (int i = 0; i < count; ++i) {
            const symbol g = factor == 1 ? gradients[i].plain() : gradients[i].plain() * factor;
            total = total + ir::emit::cast(ir::emit::reduce(op::sum, g * g, (1u << g.rank()) - 1, false), most.type());
        }
        return total;
    }
    static constexpr std::array<symbol, 1 + Optimizer::states> update(
        const parameter_step<Optimizer::states, hypers>& s) {
        parameter_step<Optimizer::states, Optimizer::hypers> inner{s.value, s.gradient, s.step, s.state, {}};
        for (std::size_t i = 0; i < inner.hyper.size(); ++i) inner.hyper[i] = s.hyper[i];
        return Optimizer::update(inner);
    }
};
template <class Optimizer> constexpr clipped_by_global_norm<Optimizer> clip_by_global_norm(Optimizer o, double norm) {
    return {o, norm};
}

}  // namespace telar::inline TELAR_ABI
