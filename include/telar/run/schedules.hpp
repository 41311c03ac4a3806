// SPDX-License-Identifier: BSL-1.0
// Learning-rate schedules with Keras' names, defaults and formulas: plain values, evaluated once for each step. A
// learning rate holds one of them, or a number; neither needs memory of its own.
#pragma once
#include <telar/core/failure.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <concepts>
#include <initializer_list>
#include <numbers>
#include <string>
#include <type_traits>
#include <variant>

namespace telar::inline TELAR_ABI {

// Each is a function of the number of steps that were taken: 0, 1, 2, ...
// test      tests/run/schedules_test.cpp

/// initial decay_rate^p with p = step / decay_steps, rounded down if staircase.
struct exponential_decay {
    double initial_learning_rate = 0, decay_steps = 1, decay_rate = 0;
    bool staircase = false;

    double operator()(double step) const {
        const double p = step / decay_steps;
        return initial_learning_rate * std::pow(decay_rate, staircase ? std::floor(p) : p);
    }
};

/// initial / (1 + decay_rate p) with p = step / decay_steps, rounded down if staircase.
struct inverse_time_decay {
    double initial_learning_rate = 0, decay_steps = 1, decay_rate = 0;
    bool staircase = false;

    double operator()(double step) const {
        const double p = step / decay_steps;
        return initial_learning_rate / (1 + decay_rate * (staircase ? std::floor(p) : p));
    }
};

/// values_i while step <= boundaries_i, the last of the values behind them all.
///
/// errors    invalid_argument: there is not one value more than boundaries, or more than 8 boundaries
struct piecewise_constant_decay {
    static constexpr std::size_t most = 8;

    constexpr piecewise_constant_decay(std::initializer_list<double> boundaries, std::initializer_list<double> values)
        : count_(boundaries.size()) {
        if (values.size() != count_ + 1 || count_ > most)
            fail<invalid_argument>("piecewise_constant_decay: " + std::to_string(count_) + " boundaries and " +
                                   std::to_string(values.size()) + " values; one value more than boundaries, of which" +
                                   " at most " + std::to_string(most));
        std::copy(boundaries.begin(), boundaries.end(), boundaries_.begin());
        std::copy(values.begin(), values.end(), values_.begin());
    }
    constexpr double operator()(double step) const {
        std::size_t i = 0;
        while (i < count_ && step > boundaries_[i]) ++i;
        return values_[i];
    }

private:
    std::size_t count_;
    std::array<double, most> boundaries_{};
    std::array<double, most + 1> values_{};
};

/// (initial - end) (1 - step / decay_steps)^power + end, and end from decay_steps on; with cycle it begins anew over a
/// multiple of decay_steps that is as large as the step needs.
struct polynomial_decay {
    double initial_learning_rate = 0, decay_steps = 1, end_learning_rate = 1e-4, power = 1;
    bool cycle = false;

    double operator()(double step) const {
        double steps = decay_steps;
        if (cycle) steps *= step == 0 ? 1 : std::ceil(step / decay_steps);
        else step = std::min(step, decay_steps);
        return (initial_learning_rate - end_learning_rate) * std::pow(1 - step / steps, power) + end_learning_rate;
    }
};

/// Half a cosine from the initial rate to alpha times it over decay_steps. With a warmup_target the rate rises to that
/// in a line over warmup_steps, and falls from there.
///
/// source    Loshchilov and Hutter, arXiv:1608.03983; Keras' CosineDecay
struct cosine_decay {
    static constexpr double no_warmup = -1;
    double initial_learning_rate = 0, decay_steps = 1, alpha = 0, warmup_target = no_warmup, warmup_steps = 0;

    double operator()(double step) const {
        const auto decayed = [&](double from, double at) {
            const double cosine = 0.5 * (1 + std::cos(std::numbers::pi * std::min(at, decay_steps) / decay_steps));
            return from * ((1 - alpha) * cosine + alpha);
        };
        if (warmup_target == no_warmup) return decayed(initial_learning_rate, step);
        if (step < warmup_steps)
            return (warmup_target - initial_learning_rate) * (step / warmup_steps) + initial_learning_rate;
        return decayed(warmup_target, step - warmup_steps);
    }
};

/// Half a cosine again and again: each takes t_mul times as many steps as the one before, and begins at m_mul times its
/// rate.
///
/// source    Loshchilov and Hutter, arXiv:1608.03983; Keras' CosineDecayRestarts
struct cosine_decay_restarts {
    double initial_learning_rate = 0, first_decay_steps = 1, t_mul = 2, m_mul = 1, alpha = 0;

    double operator()(double step) const {
        double at = step / first_decay_steps, restarts = std::floor(at);
        if (t_mul == 1) {
            at -= restarts;
        } else {
            restarts = std::floor(std::log(1 - at * (1 - t_mul)) / std::log(t_mul));
            const double before = (1 - std::pow(t_mul, restarts)) / (1 - t_mul);
            at = (at - before) / std::pow(t_mul, restarts);
        }
        const double cosine = 0.5 * std::pow(m_mul, restarts) * (1 + std::cos(std::numbers::pi * at));
        return initial_learning_rate * ((1 - alpha) * cosine + alpha);
    }
};

/// What an optimiser's learning_rate may be: a number, a schedule, or a function of the number of steps taken:
/// adam{.learning_rate = cosine_decay{.initial_learning_rate = 0.1, .decay_steps = 1000}}.
///
/// errors    invalid_argument: a schedule is read as a number, which it has only at a step
/// test      tests/run/schedules_test.cpp
class learning_rate_value {
    using function = double (*)(double step);
    template <class... Kinds> struct kinds {
        using held = std::variant<double, Kinds...>;
        /// What is held of a value of type S: it, or what it becomes.
        template <class S> using kind_of = std::conditional_t<(... || std::same_as<S, Kinds>), S, function>;
    };
    using all_kinds = kinds<exponential_decay, inverse_time_decay, piecewise_constant_decay, polynomial_decay,
                            cosine_decay, cosine_decay_restarts, function>;
    using held = all_kinds::held;

public:
    constexpr learning_rate_value(double number) : held_(number) {}
    template <class S>
    requires(!std::is_arithmetic_v<S> && !std::same_as<S, learning_rate_value> &&
             std::constructible_from<held, S>) constexpr learning_rate_value(S schedule)
        : held_(schedule), rate_(&rate_of<all_kinds::kind_of<S>>) {}
    template <class S>
    requires(std::is_class_v<S>&& std::convertible_to<S, function> &&
             !std::constructible_from<held, S>) constexpr learning_rate_value(S f)
        : held_(static_cast<function>(f)), rate_(&rate_of<function>) {}

    constexpr bool is_schedule() const { return rate_ != nullptr; }
    /// The rate of the step before which so many were taken.
    constexpr double at(double steps) const { return is_schedule() ? rate_(held_, steps) : *std::get_if<0>(&held_); }
    constexpr operator double() const { return is_schedule() ? refuse() : *std::get_if<0>(&held_); }
    constexpr learning_rate_value& operator*=(double factor) { return *this = *this * factor; }
    constexpr learning_rate_value& operator/=(double by) { return *this = *this / by; }

private:
    template <class Kind> static constexpr double rate_of(const held& h, double steps) {
        return (*std::get_if<Kind>(&h))(steps);
    }
    [[noreturn]] static double refuse() {
        fail<invalid_argument>("the learning rate is a schedule: ask it for the rate at a step");
    }
    held held_;
    double (*rate_)(const held&, double steps) = nullptr;  // a visitor would bring all formulas into every program
};

}  // namespace telar::inline TELAR_ABI
