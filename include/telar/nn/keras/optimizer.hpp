// SPDX-License-Identifier: BSL-1.0
// How a model was compiled, as Keras tells it: the loss, the metrics, the optimiser, and the order of its variables.
#pragma once
#include <telar/nn/keras/layout.hpp>
#include <telar/nn/keras/options.hpp>
#include <telar/nn/keras/stored_model.hpp>
#include <telar/nn/step_program.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::nn::keras {

// ---------------------------------------------------------------- optimisers
/// An optimiser's class, and in which order Keras keeps what it remembers: "01|2" is for each variable its states 0 and
/// 1, then of each state 2. "?": Keras remembers something else.
struct optimizer_row {
    std::string_view name, class_name, states;
};
// clang-format off
inline constexpr optimizer_row optimizer_rows[] = {
    {"sgd",       "SGD",       ""},
    {"momentum",  "SGD",       "0"},
    {"adam",      "Adam",      "01"},
    {"amsgrad",   "Adam",      "01|2"},
    {"adamw",     "AdamW",     "01"},
    {"adamax",    "Adamax",    "01"},
    {"nadam",     "Nadam",     "?"},     // a product that it does not save
    {"lamb",      "Lamb",      "01"},
    {"rmsprop",   "RMSprop",   "0|1|2"},
    {"adagrad",   "Adagrad",   "?"},     // the accumulator with its first value
    {"adadelta",  "Adadelta",  "01"},
    {"lion",      "Lion",      "0"},
    {"ftrl",      "Ftrl",      "?"},
};
// clang-format on
template <class Optimizer> const optimizer_row& row_of() {
    for (const optimizer_row& row : optimizer_rows)
        if (row.name == Optimizer::name) return row;
    fail<invalid_argument>("save_keras: the optimiser " + std::string(Optimizer::name) +
                           " cannot be told; save the model alone");
}

/// An optimiser without its options, and these.
template <class T> struct parts_of_optimizer {
    using inner = T;
    static constexpr optimizer_options options{};
    static double global_norm(const T&) { return 0; }
};
template <class T, optimizer_options Options> struct parts_of_optimizer<optimizer_with_options<T, Options>> {
    using inner = T;
    static constexpr optimizer_options options = Options;
    static double global_norm(const optimizer_with_options<T, Options>&) { return Options.global_clipnorm; }
};
template <class T> struct parts_of_optimizer<clipped_by_global_norm<T>> {
    using inner = T;
    static constexpr optimizer_options options{};
    static double global_norm(const clipped_by_global_norm<T>& o) { return o.norm; }
};

/// The states of an optimiser in Keras' order, as optimizer_row has them.
template <class Optimizer> std::string state_rows_of(const Optimizer& o) {
    using parts = parts_of_optimizer<Optimizer>;
    if constexpr (requires { Optimizer::name; }) {
        if (parts::options.use_ema || parts::options.gradient_accumulation_steps > 1) return "?";
        if constexpr (requires { o.centered; })  // rmsprop has only what it uses
            return std::string("0") + (o.momentum > 0 ? "|1" : "") + (o.centered ? "|2" : "");
        for (const optimizer_row& row : optimizer_rows)
            if (row.name == Optimizer::name) return std::string(row.states);
    }
    return "?";
}
/// By place among what Keras trains: the number of the value among those that the step trains; -1: not trained.
template <class Leaf> std::vector<int> trained_values(const layout& model) {
    std::vector<int> all;
    for (const int k : model.trained()) {
        const int value = model.values[static_cast<std::size_t>(k)];
        for (int i = 0; i < Leaf::trained_count; ++i)
            if (Leaf::trained[i] == value) all.push_back(i);
    }
    return all;
}
/// Which state of a step stands where among the variables of Keras' optimiser, behind its count of steps and its rate.
struct optimizer_layout {
    bool is_known = false;
    std::vector<int> numbers;

    optimizer_layout(std::string_view states, const std::vector<int>& trained) : is_known(states != "?") {
        const int count = static_cast<int>(trained.size());
        while (is_known && !states.empty()) {
            const std::string_view together = states.substr(0, states.find('|'));
            states.remove_prefix(std::min(states.size(), together.size() + 1));
            for (const int i : trained)
                for (const char state : together) numbers.push_back((state - '0') * count + i);
        }
    }
    bool fits(const std::vector<const object*>& arrays, const auto& remembered) const {
        if (!is_known || arrays.size() != numbers.size() + 2) return false;
        const object &steps = *arrays[0], &rate = *arrays[1];
        if (!steps.has_type || steps.type != dtype::int64 || steps.extents.rank != 0) return false;
        if (!rate.has_type || !is_float(rate.type) || rate.extents.rank != 0) return false;
        for (std::size_t i = 0; i < numbers.size(); ++i) {
            const object& o = *arrays[i + 2];
            const auto& state = remembered[static_cast<std::size_t>(numbers[i])];
            if (!o.has_type || !is_float(o.type) || !(o.extents == state.known)) return false;
        }
        return true;
    }
};
/// The number that was written when it became a float: 0.001, not 0.0010000000474974513.
inline double rate_as_written(double rate) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%.7g", rate);
    const double shorter = std::strtod(digits, nullptr);
    return static_cast<float>(shorter) == static_cast<float>(rate) ? shorter : rate;
}

template <class Optimizer> std::string json_of_optimizer(const Optimizer& whole, double rate) {
    using parts = parts_of_optimizer<Optimizer>;
    using inner = typename parts::inner;
    const inner& o = whole;
    const optimizer_row& row = row_of<inner>();
    json_object config;
    config.add("name", io::json_text(snake_case(row.class_name))).add("learning_rate", json_number(rate));
    // Member by member: they cannot be counted, for a learning rate is made of anything.
    // clang-format off
#define TELAR_OPTION(member, name) if constexpr (requires { o.member; }) config.add(name, json_of(o.member));
    TELAR_OPTION(beta_1, "beta_1") TELAR_OPTION(beta_2, "beta_2") TELAR_OPTION(epsilon, "epsilon")
    TELAR_OPTION(rho, "rho") TELAR_OPTION(momentum, "momentum") TELAR_OPTION(decay, "momentum")
    TELAR_OPTION(nesterov, "nesterov") TELAR_OPTION(centered, "centered") TELAR_OPTION(weight_decay, "weight_decay")
    TELAR_OPTION(initial_accumulator, "initial_accumulator_value")
    TELAR_OPTION(initial_accumulator_value, "initial_accumulator_value") TELAR_OPTION(beta, "beta")
    TELAR_OPTION(learning_rate_power, "learning_rate_power")
    TELAR_OPTION(l1_regularization_strength, "l1_regularization_strength")
    TELAR_OPTION(l2_regularization_strength, "l2_regularization_strength")
    TELAR_OPTION(l2_shrinkage_regularization_strength, "l2_shrinkage_regularization_strength")
#undef TELAR_OPTION
        // clang-format on
        if (row.name == "amsgrad") config.add("amsgrad", "true");
    constexpr optimizer_options options = parts::options;
    const auto add = [&](std::string_view name, double value) {
        if (value != 0) config.add(name, json_number(value));
    };
    add("weight_decay", options.weight_decay);
    add("clipnorm", options.clipnorm);
    add("clipvalue", options.clipvalue);
    add("global_clipnorm", parts::global_norm(whole));
    if (options.use_ema) config.add("use_ema", "true").add("ema_momentum", json_number(options.ema_momentum));
    if (options.ema_overwrite_frequency > 0)
        config.add("ema_overwrite_frequency", std::to_string(options.ema_overwrite_frequency));
    if (options.gradient_accumulation_steps > 1)
        config.add("gradient_accumulation_steps", std::to_string(options.gradient_accumulation_steps));
    return json_of_class("keras.optimizers", row.class_name, config.text());
}

// ---------------------------------------------------------------- losses and metrics
template <class Loss> std::string json_of_loss(const Loss& loss) {
    const auto& inner = programs::inner(loss);
    using type = std::remove_cvref_t<decltype(inner)>;
    json_object config;
    std::string unknown = "the loss";
    if constexpr (requires { type::name; }) {
        const std::string class_name = type::name == "kl_divergence" ? "KLDivergence"
                                       : type::name == "ctc"         ? "CTC"
                                                                     : class_of_kind(type::name);
        config.add("name", io::json_text(type::name));
        if (add_options(inner, "", config, unknown)) return json_of_class("keras.losses", class_name, config.text());
        unknown = std::string(type::name) + "'s " + unknown;
    }
    fail<invalid_argument>("save_keras: Keras has no such thing: " + unknown + "; save the model alone");
}
/// Metrics that Keras makes of their names.
inline constexpr std::string_view metric_names[] = {"accuracy",
                                                    "binary_accuracy",
                                                    "categorical_accuracy",
                                                    "sparse_categorical_accuracy",
                                                    "top_k_categorical_accuracy",
                                                    "sparse_top_k_categorical_accuracy",
                                                    "mean_squared_error",
                                                    "mean_absolute_error",
                                                    "mean_absolute_percentage_error",
                                                    "mean_squared_logarithmic_error",
                                                    "root_mean_squared_error",
                                                    "r2_score",
                                                    "cosine_similarity",
                                                    "hinge",
                                                    "squared_hinge",
                                                    "categorical_hinge",
                                                    "binary_crossentropy",
                                                    "categorical_crossentropy",
                                                    "sparse_categorical_crossentropy",
                                                    "kl_divergence",
                                                    "poisson",
                                                    "auc",
                                                    "precision",
                                                    "recall",
                                                    "true_positives",
                                                    "false_positives",
                                                    "true_negatives",
                                                    "false_negatives"};

template <class Optimizer, auto Loss, auto... Metrics>
std::string compile_config(const Optimizer& optimizer, double rate) {
    using losses = programs::losses_of<Loss>;
    std::string all, weights, metrics;
    const auto add_metric = [&](const auto& metric) {
        if constexpr (requires { metric.name; })
            if (std::find(std::begin(metric_names), std::end(metric_names), metric.name) != std::end(metric_names))
                metrics += (metrics.empty() ? "" : ", ") + io::json_text(metric.name);
    };
    (add_metric(Metrics), ...);
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        ((all += (I ? ", " : "") + json_of_loss(losses::template at<I>()),
          weights += (I ? ", " : "") + json_number(programs::weight_of(losses::template at<I>()))),
         ...);
    }
    (std::make_index_sequence<losses::count>{});
    const bool is_one = losses::count == 1;
    json_object config;
    config.add("optimizer", json_of_optimizer(optimizer, rate));
    config.add("loss", is_one ? all : '[' + all + ']').add("loss_weights", '[' + weights + ']');
    config.add("metrics", is_one && !metrics.empty() ? '[' + metrics + ']' : "null");
    return config.add("weighted_metrics", "null").add("run_eagerly", "false").text();
}

}  // namespace telar::inline TELAR_ABI::nn::keras
