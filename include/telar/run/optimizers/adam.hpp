// SPDX-License-Identifier: BSL-1.0
// Adam and its relatives: adam, amsgrad, adamw, schedule_free_adamw, adamax, nadam, lamb.
#pragma once
#include <telar/run/optimizers/rule.hpp>

namespace telar::inline TELAR_ABI {

/// Adam: m and v are running means of g and g^2, both corrected for their start at 0.
///
/// source    Kingma and Ba, arXiv:1412.6980; epsilon as in Keras
struct adam {
    learning_rate_value learning_rate = 0.001;
    double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "adam";
    static constexpr int states = 2, hypers = 4;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon] = s.hyper;
        const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
        const symbol v = beta_2 * s.state[1] + (1 - beta_2) * (s.gradient * s.gradient);
        const symbol corrected = rate * sqrt(1 - pow(beta_2, s.step)) / (1 - pow(beta_1, s.step));
        return {s.value - corrected * m / (sqrt(v) + epsilon), m, v};
    }
};

/// Adam, divided by the largest v so far: Keras' Adam with amsgrad.
///
/// source    Reddi, Kale and Kumar, arXiv:1904.09237
struct amsgrad {
    learning_rate_value learning_rate = 0.001;
    double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "amsgrad";
    static constexpr int states = 3, hypers = 4;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v", "largest_v"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon] = s.hyper;
        const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
        const symbol v = beta_2 * s.state[1] + (1 - beta_2) * (s.gradient * s.gradient);
        const symbol largest = maximum(s.state[2], v);
        const symbol corrected = rate * sqrt(1 - pow(beta_2, s.step)) / (1 - pow(beta_1, s.step));
        return {s.value - corrected * m / (sqrt(largest) + epsilon), m, v, largest};
    }
};

/// Adam, and each parameter is first drawn to 0: p <- p - learning_rate weight_decay p.
///
/// source    Loshchilov and Hutter, arXiv:1711.05101
struct adamw {
    learning_rate_value learning_rate = 0.001;
    double weight_decay = 0.004, beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "adamw";
    static constexpr int states = 2, hypers = 5;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2, epsilon, weight_decay};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon, decay] = s.hyper;
        const symbol drawn = s.value - s.value * decay * rate;
        return adam::update({drawn, s.gradient, s.step, s.state, {rate, beta_1, beta_2, epsilon}});
    }
};

/// Adam without momentum on z, the mean x of all z so far, and between them what is trained and predicts,
/// p = (1 - beta_1) z + beta_1 x: instead of a rate that falls. The rate grows over the first warmup_steps.
///
/// source    Defazio et al., arXiv:2405.15682; Keras' ScheduleFreeAdamW, which draws p to 0 and not z
struct schedule_free_adamw {
    learning_rate_value learning_rate = 0.0025;
    double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-8, warmup_steps = 0, weight_decay = 0;

    static constexpr std::string_view name = "schedule_free_adamw";
    static constexpr int states = 2, hypers = 6;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"momentum", "velocity"};  // z, v
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2, epsilon, warmup_steps, weight_decay};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon, warmup_steps, decay] = s.hyper;
        const symbol before = where(s.step <= 1, s.value, s.state[0]), p = s.value - s.value * decay * rate;
        const symbol v = s.state[1] + (s.gradient * s.gradient - s.state[1]) * (1 - beta_2);
        const symbol warm = rate * where(warmup_steps > 0, minimum(s.step / maximum(warmup_steps, 1), 1), 1);
        const symbol z = before - warm * s.gradient / (sqrt(v / (1 - pow(beta_2, s.step))) + epsilon);
        const symbol x = (1 - 1 / s.step) * ((p - (1 - beta_1) * before) / beta_1) + z / s.step;
        return {(1 - beta_1) * z + beta_1 * x, z, v};
    }
};

/// u is the largest |g| so far, forgotten slowly: p <- p - learning_rate / (1 - beta_1^t) m / (u + epsilon).
///
/// source    Kingma and Ba, arXiv:1412.6980, section 7
struct adamax {
    learning_rate_value learning_rate = 0.001;
    double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "adamax";
    static constexpr int states = 2, hypers = 4;
    static constexpr bool per_element = true;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "u"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon] = s.hyper;
        const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
        const symbol u = maximum(beta_2 * s.state[1], abs(s.gradient));
        return {s.value - rate / (1 - pow(beta_1, s.step)) * m / (u + epsilon), m, u};
    }
};

/// Adam with Nesterov's look ahead: with u_t = beta_1 (1 - 0.96^t / 2) and their product U_t,
/// p <- p - learning_rate (u_{t+1} m / (1 - U_{t+1}) + (1 - u_t) g / (1 - U_t)) / (sqrt(v / (1 - beta_2^t)) + epsilon).
///
/// source    Dozat, ICLR 2016 workshop; Keras' Nadam
struct nadam {
    learning_rate_value learning_rate = 0.001;
    double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "nadam";
    static constexpr int states = 3, hypers = 4;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v", "decay"};  // decay: 1 - U_t
    static constexpr shape state_extents(int k, const shape& of) { return k == 2 ? shape() : of; }
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon] = s.hyper;
        const symbol base = runtime::optimizers::number(s.step, 0.96);
        const symbol u = beta_1 * (1 - 0.5 * pow(base, s.step)), next = beta_1 * (1 - 0.5 * pow(base, s.step + 1));
        const symbol product = (1 - s.state[2]) * u;
        const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
        const symbol v = beta_2 * s.state[1] + (1 - beta_2) * (s.gradient * s.gradient);
        const symbol ahead = next / (1 - product * next) * m + (1 - u) / (1 - product) * s.gradient;
        return {s.value - rate * ahead / (sqrt(v / (1 - pow(beta_2, s.step))) + epsilon), m, v, 1 - product};
    }
};

/// Adam's direction d, as long as the parameter itself: p <- p - learning_rate |p| / |d| d.
///
/// edge      |p| / |d| is 1 where either is 0
/// source    You et al., arXiv:1904.00962; Keras' Lamb
struct lamb {
    learning_rate_value learning_rate = 0.001;
    double beta_1 = 0.9, beta_2 = 0.999, epsilon = 1e-7;

    static constexpr std::string_view name = "lamb";
    static constexpr int states = 2, hypers = 4;
    static constexpr std::array<std::string_view, states + 1> state_names{"m", "v"};
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        return {learning_rate.at(steps), beta_1, beta_2, epsilon};
    }
    static constexpr std::array<symbol, 1 + states> update(const parameter_step<states, hypers>& s) {
        const auto [rate, beta_1, beta_2, epsilon] = s.hyper;
        const symbol m = beta_1 * s.state[0] + (1 - beta_1) * s.gradient;
        const symbol v = beta_2 * s.state[1] + (1 - beta_2) * (s.gradient * s.gradient);
        const symbol d = m / (1 - pow(beta_1, s.step)) / (sqrt(v / (1 - pow(beta_2, s.step))) + epsilon);
        const symbol length = runtime::optimizers::norm(s.value), of_d = runtime::optimizers::norm(d);
        const symbol ratio = where(length > 0 && of_d > 0, length / of_d, 1);
        return {s.value - ratio * rate * d, m, v};
    }
};

}  // namespace telar::inline TELAR_ABI
