// SPDX-License-Identifier: BSL-1.0
// What every optimiser may have beside its rule: clipped gradients, weight decay, a running mean of the parameters,
// gradients of several batches together.
#pragma once
#include <telar/run/optimizers/rule.hpp>

#include <limits>

namespace telar::inline TELAR_ABI {

namespace runtime::optimizers {

/// most / max(sqrt(sum of all squares), most); where the squares overflow, of smaller numbers.
template <class Gradient> constexpr symbol scale_of_all(int count, symbol most, Gradient gradient) {
    const auto sum_of_squares = [&](double factor) {
        symbol total = ir::literal(*most.g, most.type(), 0, true);
        for (int i = 0; i < count; ++i) {
            const symbol g = factor == 1 ? gradient(i) : gradient(i) * factor;
            total = total + ir::emit::cast(ir::emit::reduce(op::sum, g * g, all_axes(g), false), most.type());
        }
        return total;
    };
    const symbol plain = sum_of_squares(1);
    const symbol norm =
        where(plain < std::numeric_limits<double>::infinity(), sqrt(plain), sqrt(sum_of_squares(0x1p-78)) * 0x1p78);
    return most / maximum(norm, most);
}
/// An optimiser's hyper-parameters, and one more.
template <class Optimizer> constexpr auto values_and(const Optimizer& o, double steps, double last) {
    std::array<double, std::size_t(Optimizer::hypers + 1)> all{};
    const auto inner = values_of(o, steps);
    for (std::size_t i = 0; i < inner.size(); ++i) all[i] = inner[i];
    all[inner.size()] = last;
    return all;
}

}  // namespace runtime::optimizers

/// Another optimiser, on gradients scaled so that sqrt(sum of all g^2) is at most `norm`.
template <class Optimizer> struct clipped_by_global_norm : Optimizer {
    double norm = 1.0;

    static_assert(
        !requires { &Optimizer::transform; }, "clipped twice by a global norm");
    static constexpr int hypers = Optimizer::hypers + 1;
    constexpr auto values(double steps = 0) const {
        return runtime::optimizers::values_and(static_cast<const Optimizer&>(*this), steps, norm);
    }
    static constexpr shape state_extents(int k, const shape& of, std::string_view path) {
        return runtime::optimizers::state_extents<Optimizer>(k, of, path);
    }
    static constexpr void transform(symbol* gradients, int count, const symbol*, symbol* hyper) {
        const symbol scale =
            runtime::optimizers::scale_of_all(count, hyper[hypers - 1], [&](int i) { return gradients[i].plain(); });
        for (int i = 0; i < count; ++i) gradients[i] = gradients[i] * ir::emit::cast(scale, gradients[i].type());
    }
    static constexpr std::array<symbol, 1 + Optimizer::states> update(
        const parameter_step<Optimizer::states, hypers>& s) {
        parameter_step<Optimizer::states, Optimizer::hypers> inner{s.value, s.gradient, s.step, s.state, {}, s.path};
        for (std::size_t i = 0; i < inner.hyper.size(); ++i) inner.hyper[i] = s.hyper[i];
        return Optimizer::update(inner);
    }
};
template <class Optimizer> constexpr clipped_by_global_norm<Optimizer> clip_by_global_norm(Optimizer o, double norm) {
    return {o, norm};
}

/// Options of every optimiser by Keras' names; 0 means none. At most one of the three that clip may be given.
struct optimizer_options {
    double weight_decay = 0;     // p <- p - learning_rate weight_decay p before each step
    double clipnorm = 0;         // each gradient scaled so that its norm is at most this
    double clipvalue = 0;        // each g cut to [-clipvalue, clipvalue]
    double global_clipnorm = 0;  // all gradients scaled so that their common norm is at most this
    bool use_ema = false;        // the mean ema_momentum mean + (1 - ema_momentum) p takes p's place at the end of fit
    bool unused[7]{};            // no padding bytes: clang misreads template arguments that have interior padding
    double ema_momentum = 0.99;
    int ema_overwrite_frequency = 0;      // ... and after so many steps each
    int gradient_accumulation_steps = 0;  // a step for the mean gradient of so many batches
};

/// Another optimiser with options. What they are shapes the program, so they are a template argument:
/// with_options<optimizer_options{.clipnorm = 1, .use_ema = true}>(adam{.learning_rate = 1e-3}).
///
/// edge      in accumulation, `step` counts the steps of the rule; a schedule counts batches, as Keras'
/// source    Keras' base optimizer
/// test      tests/run/optimizers_keras_test.cpp
template <class Optimizer, optimizer_options Options> struct optimizer_with_options : Optimizer {
    static constexpr optimizer_options options = Options;
    static constexpr bool accumulates = options.gradient_accumulation_steps > 1,
                          clips_together = options.global_clipnorm > 0;
    static_assert((options.clipnorm > 0) + (options.clipvalue > 0) + clips_together <= 1,
                  "only one of clipnorm, clipvalue and global_clipnorm can be given");
    static_assert(
        !requires { &Optimizer::scaled_loss; }, "these are options of the optimiser inside of a loss_scale_optimizer");
    static_assert(
        options.weight_decay == 0 || !requires(Optimizer o) { o.weight_decay; },
        "this optimiser has a weight_decay of its own");

    static constexpr bool per_element = runtime::optimizers::is_per_element<Optimizer> && options.clipnorm == 0;
    static constexpr int average = Optimizer::states, accumulated = average + options.use_ema;
    static constexpr int states = accumulated + accumulates, hypers = Optimizer::hypers + clips_together;
    static constexpr auto state_names = [] {
        std::array<std::string_view, std::size_t(states + 1)> all{};
        for (int k = 0; k < average; ++k) all[std::size_t(k)] = Optimizer::state_names[std::size_t(k)];
        if (options.use_ema) all[std::size_t(average)] = "average";
        if (accumulates) all[std::size_t(accumulated)] = "gradient_accumulator";
        return all;
    }();
    static constexpr shape state_extents(int k, const shape& of, std::string_view path) {
        return k < average ? runtime::optimizers::state_extents<Optimizer>(k, of, path) : of;
    }
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        const auto& inner = static_cast<const Optimizer&>(*this);
        if constexpr (clips_together) return runtime::optimizers::values_and(inner, steps, options.global_clipnorm);
        else return runtime::optimizers::values_of(inner, steps);
    }
    /// The last hyper-parameter becomes the factor of all gradients.
    static constexpr void transform(symbol* gradients, int count, const symbol* states_of_all, symbol* hyper) {
        hyper[hypers - 1] = runtime::optimizers::scale_of_all(count, hyper[hypers - 1], [&](int i) {
            const symbol g = gradients[i].plain();
            return accumulates ? mean_of(g + states_of_all[accumulated * count + i].plain()) : g;
        });
    }
    static constexpr std::array<symbol, std::size_t(1 + states)> update(const parameter_step<states, hypers>& s) {
        parameter_step<Optimizer::states, Optimizer::hypers> inner{s.value, s.gradient, s.step, {}, {}, s.path};
        for (std::size_t k = 0; k < inner.state.size(); ++k) inner.state[k] = s.state[k];
        for (std::size_t k = 0; k < inner.hyper.size(); ++k) inner.hyper[k] = s.hyper[k];
        std::array<symbol, std::size_t(1 + states)> after;
        symbol total = s.gradient, batches_before = s.step - 1;
        if constexpr (accumulates) {
            total = s.state[std::size_t(accumulated)] + s.gradient;
            inner.gradient = mean_of(total);
            inner.step = s.step / options.gradient_accumulation_steps;
            batches_before = floor(batches_before / options.gradient_accumulation_steps);
        }
        inner.gradient = clipped(inner.gradient, s);
        if constexpr (options.weight_decay > 0) inner.value = s.value - s.value * options.weight_decay * s.hyper[0];
        const auto own = Optimizer::update(inner);
        for (std::size_t k = 0; k < own.size(); ++k) after[k] = own[k];
        if constexpr (accumulates) {
            const symbol takes_a_step = is_multiple(s.step, options.gradient_accumulation_steps);
            after[0] = where(takes_a_step, after[0], s.value);
            for (std::size_t k = 1; k < own.size(); ++k) after[k] = where(takes_a_step, after[k], s.state[k - 1]);
            after[std::size_t(accumulated + 1)] = where(takes_a_step, 0, total);
        }
        if constexpr (options.use_ema) {
            const symbol begins = batches_before < 1;
            const symbol momentum = where(begins, 0, runtime::optimizers::number(s.step, options.ema_momentum));
            const symbol mean = momentum * s.state[std::size_t(average)] + (1 - momentum) * after[0];
            after[std::size_t(average + 1)] = mean;
            if constexpr (options.ema_overwrite_frequency > 0)
                after[0] = where(is_multiple(batches_before + 1, options.ema_overwrite_frequency), mean, after[0]);
        }
        return after;
    }

private:
    static constexpr symbol mean_of(symbol total) { return total / options.gradient_accumulation_steps; }
    static constexpr symbol is_multiple(symbol step, int of) { return floor(step / of) * of == step; }
    static constexpr symbol clipped(symbol g, [[maybe_unused]] const parameter_step<states, hypers>& s) {
        if constexpr (options.clipnorm > 0)
            return g * options.clipnorm / maximum(runtime::optimizers::norm(g), options.clipnorm);
        else if constexpr (clips_together) return g * s.hyper[std::size_t(hypers - 1)];
        else if constexpr (options.clipvalue > 0) return minimum(maximum(g, -options.clipvalue), options.clipvalue);
        else return g;
    }
};
template <optimizer_options Options, class Optimizer>
constexpr optimizer_with_options<Optimizer, Options> with_options(Optimizer o) {
    return {o};
}

}  // namespace telar::inline TELAR_ABI
