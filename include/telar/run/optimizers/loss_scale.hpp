// SPDX-License-Identifier: BSL-1.0
// Losses that are scaled before they are differentiated, for parameters of two bytes.
#pragma once
#include <telar/run/optimizers/rule.hpp>

namespace telar::inline TELAR_ABI {

/// Another optimiser, on gradients of the loss times a scale, divided by it again: what float16 would round to 0 on the
/// way survives. A step whose gradients are not all finite changes nothing but the scale, which it halves; after
/// dynamic_growth_steps others in a row the scale is doubled.
///
///     nn::compile<loss>(net, loss_scale_optimizer{adam{.learning_rate = 1e-3}})
///
/// edge      steps that change nothing do not count for the optimiser inside; a schedule of its learning rate counts
///           them. Parameters are updated one by one, not as one tensor
/// source    Micikevicius et al., arXiv:1710.03740; Keras' LossScaleOptimizer
/// test      tests/fixtures/keras_optimizers_test.cpp
template <class Optimizer> struct loss_scale_optimizer : Optimizer {
    double initial_scale = 32768, dynamic_growth_steps = 2000;

    static constexpr bool per_element = false, clips_together = true;
    static constexpr int dynamic_scale = Optimizer::states, step_counter = dynamic_scale + 1,
                         iterations = dynamic_scale + 2, states = dynamic_scale + 3;
    static constexpr auto state_names = [] {
        std::array<std::string_view, std::size_t(states + 1)> all{};
        for (int k = 0; k < dynamic_scale; ++k) all[std::size_t(k)] = Optimizer::state_names[std::size_t(k)];
        all[std::size_t(dynamic_scale)] = "dynamic_scale";
        all[std::size_t(step_counter)] = "step_counter";
        all[std::size_t(iterations)] = "iterations";
        return all;
    }();
    static constexpr shape state_extents(int k, const shape& of, std::string_view path) {
        return k < dynamic_scale ? runtime::optimizers::state_extents<Optimizer>(k, of, path) : shape();
    }

    /// Behind those of the optimiser inside: the two of this one, in whose places `transform` puts what all parameters
    /// share.
    enum shared : int { is_finite = Optimizer::hypers, new_scale, new_counter, new_iterations, end };
    static constexpr int hypers = shared::end;
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        std::array<double, std::size_t(hypers)> all{};
        const auto inner = runtime::optimizers::values_of(static_cast<const Optimizer&>(*this), steps);
        for (std::size_t i = 0; i < inner.size(); ++i) all[i] = inner[i];
        all[std::size_t(Optimizer::hypers)] = initial_scale;
        all[std::size_t(Optimizer::hypers + 1)] = dynamic_growth_steps;
        return all;
    }

    static constexpr symbol scaled_loss(symbol loss, int count, const symbol* states_of_all, const symbol* hyper) {
        return loss * ir::emit::cast(scale_of(count, states_of_all, hyper), loss.type());
    }
    /// The scale and the counts are those of the first parameter; the others' are copies.
    static constexpr void transform(symbol* gradients, int count, const symbol* states_of_all, symbol* hyper) {
        const symbol scale = scale_of(count, states_of_all, hyper), growth_steps = hyper[Optimizer::hypers + 1];
        const auto counted = [&](int k) { return ir::emit::cast(states_of_all[k * count].plain(), scale.type()); };
        symbol finite;
        for (int i = 0; i < count; ++i) {
            const symbol g = gradients[i].plain(),
                         own = ir::emit::reduce(op::all, telar::is_finite(g), runtime::optimizers::all_axes(g), false);
            finite = finite.g ? finite && own : own;
            gradients[i] = gradients[i] / ir::emit::cast(scale, g.type());
        }
        if constexpr (runtime::optimizers::transforms<Optimizer>)
            Optimizer::transform(gradients, count, states_of_all, hyper);
        const symbol next = counted(step_counter) + 1, grows = next >= growth_steps;
        hyper[is_finite] = ir::emit::cast(finite, scale.type());
        hyper[new_scale] = scale * where(finite, where(grows, 2, ir::emit::constant(*scale.g, scale.type(), 1)), 0.5);
        hyper[new_counter] = where(finite && !grows, next, 0);
        hyper[new_iterations] = where(finite, counted(iterations) + 1, counted(iterations));
    }
    static constexpr std::array<symbol, std::size_t(1 + states)> update(const parameter_step<states, hypers>& s) {
        parameter_step<Optimizer::states, Optimizer::hypers> inner{
            s.value, s.gradient, s.hyper[std::size_t(new_iterations)], {}, {}, s.path};
        for (std::size_t k = 0; k < inner.state.size(); ++k) inner.state[k] = s.state[k];
        for (std::size_t k = 0; k < inner.hyper.size(); ++k) inner.hyper[k] = s.hyper[k];
        const symbol finite = s.hyper[std::size_t(is_finite)] > 0;
        const auto own = Optimizer::update(inner);
        std::array<symbol, std::size_t(1 + states)> after;
        after[0] = where(finite, own[0], s.value);
        for (std::size_t k = 1; k < own.size(); ++k) after[k] = where(finite, own[k], s.state[k - 1]);
        after[std::size_t(1 + dynamic_scale)] = s.hyper[std::size_t(new_scale)];
        after[std::size_t(1 + step_counter)] = s.hyper[std::size_t(new_counter)];
        after[std::size_t(1 + iterations)] = s.hyper[std::size_t(new_iterations)];
        return after;
    }

private:
    /// A state begins as 0.
    static constexpr symbol scale_of(int count, const symbol* states_of_all, const symbol* hyper) {
        const symbol initial = hyper[Optimizer::hypers],
                     now = ir::emit::cast(states_of_all[dynamic_scale * count].plain(), initial.type());
        return where(now == 0, initial, now);
    }
};
template <class Optimizer> loss_scale_optimizer(Optimizer) -> loss_scale_optimizer<Optimizer>;
template <class Optimizer> loss_scale_optimizer(Optimizer, double) -> loss_scale_optimizer<Optimizer>;
template <class Optimizer> loss_scale_optimizer(Optimizer, double, double) -> loss_scale_optimizer<Optimizer>;

}  // namespace telar::inline TELAR_ABI
