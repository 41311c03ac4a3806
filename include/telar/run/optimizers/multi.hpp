// SPDX-License-Identifier: BSL-1.0
// Optimisers of their own for parts of a model.
#pragma once
#include <telar/core/errors.hpp>
#include <telar/run/optimizers/rule.hpp>

#include <algorithm>
#include <tuple>

namespace telar::inline TELAR_ABI {

/// An optimiser for the parameters of a path: "encoder" is all of "encoder.0.kernel", "encoder/W", ...
template <fixed_string Path, class Optimizer> struct part_optimizer {
    static constexpr std::string_view path = Path.view();
    using rule = Optimizer;
    Optimizer optimizer;

    static constexpr bool holds(std::string_view name) {
        return name.starts_with(path) &&
               (name.size() == path.size() || name[path.size()] == '.' || name[path.size()] == '/');
    }
};
template <fixed_string Path, class Optimizer> constexpr part_optimizer<Path, Optimizer> for_part(Optimizer o) {
    return {o};
}

/// An optimiser, and others for parts: multi_optimizer(adam{}, for_part<"head">(sgd{.learning_rate = 0.1})). Of several
/// parts that hold a parameter the one of the longest path counts. The members are those of the first, the others are
/// step.optimizer.of<"head">().
///
/// errors    E259 no_such_part: no parameter that is trained has this path
/// edge      none of them may clip by a global norm or keep means of the parameters; around all of them it may be
///           clip_by_global_norm; parameters are updated one by one, not as one tensor
/// source    Keras' MultiOptimizer, with paths for its patterns
/// test      tests/fixtures/keras_optimizers_test.cpp
template <class Default, class... Parts> struct multi_optimizer : Default {
    std::tuple<Parts...> parts;

    constexpr multi_optimizer(Default others, Parts... each) : Default(others), parts(each...) {}
    template <fixed_string Path> constexpr auto& of() {
        return std::get<static_cast<std::size_t>(number_of(Path.view()) - 1)>(parts).optimizer;
    }

    static constexpr std::string_view name = "multi_optimizer";
    static constexpr bool per_element = false, clips_together = false;
    static constexpr int states = std::max({Default::states, Parts::rule::states...}),
                         hypers = (Default::hypers + ... + Parts::rule::hypers);
    static constexpr auto state_names = [] {
        constexpr std::string_view numbered[]{"state_0", "state_1", "state_2", "state_3", "state_4"};
        static_assert(states <= 5);
        std::array<std::string_view, std::size_t(states + 1)> all{};
        for (std::size_t k = 0; k < std::size_t(states); ++k) all[k] = numbered[k];
        return all;
    }();
    /// A state that an optimiser does not have is one number.
    static constexpr shape state_extents(int k, const shape& of, std::string_view path) {
        shape extents;
        with_optimizer_of(path, [&]<class O>(std::type_identity<O>, int) {
            if (k < O::states) extents = runtime::optimizers::state_extents<O>(k, of, path);
        });
        return extents;
    }
    constexpr std::array<double, std::size_t(hypers)> values(double steps = 0) const {
        std::array<double, std::size_t(hypers)> all{};
        std::size_t at = 0;
        const auto add = [&](const auto& o) {
            for (const double v : runtime::optimizers::values_of(o, steps)) all[at++] = v;
        };
        add(static_cast<const Default&>(*this));
        std::apply([&](const auto&... each) { (add(each.optimizer), ...); }, parts);
        return all;
    }
    static constexpr std::array<symbol, std::size_t(1 + states)> update(const parameter_step<states, hypers>& s) {
        std::array<symbol, std::size_t(1 + states)> after;
        for (std::size_t k = 0; k < std::size_t(states); ++k) after[k + 1] = s.state[k];
        with_optimizer_of(s.path, [&]<class O>(std::type_identity<O>, int first_hyper) {
            parameter_step<O::states, O::hypers> own{s.value, s.gradient, s.step, {}, {}, s.path};
            for (std::size_t k = 0; k < std::size_t(O::states); ++k) own.state[k] = s.state[k];
            for (std::size_t k = 0; k < std::size_t(O::hypers); ++k)
                own.hyper[k] = s.hyper[static_cast<std::size_t>(first_hyper) + k];
            const auto changed = O::update(own);
            for (std::size_t k = 0; k < changed.size(); ++k) after[k] = changed[k];
        });
        return after;
    }
    /// E259, if a part holds none of these parameters.
    template <class Names> static constexpr void require_parts() { (require_part<Parts, Names>(), ...); }

private:
    template <class O> static constexpr bool may_be_inside() {
        if constexpr (requires { O::options; })
            if (O::options.use_ema) return false;
        return !runtime::optimizers::transforms<O>;
    }
    static_assert((may_be_inside<Default>() && ... && may_be_inside<typename Parts::rule>()),
                  "multi_optimizer: an optimiser inside clips by a global norm, keeps means or scales the loss");

    template <class Part> static constexpr bool holds_one_of(const auto& names) {
        for (const std::string_view each : names)
            if (Part::holds(each)) return true;
        return false;
    }
    template <class Part, class Names> static constexpr void require_part() {
        if constexpr (!holds_one_of<Part>(Names::all())) core::errors::no_such_part<Part>();
    }
    /// The number of the part that holds a parameter, from 1; 0: none does.
    static constexpr int number_of(std::string_view parameter) {
        int chosen = 0, number = 0;
        std::size_t longest = 0;
        const auto look_at = [&](bool holds, std::size_t length) {
            ++number;
            if (holds && length > longest) chosen = number, longest = length;
        };
        (look_at(Parts::holds(parameter), Parts::path.size()), ...);
        return chosen;
    }
    /// f(type of the optimiser of a parameter, number of its first hyper-parameter).
    template <class F> static constexpr void with_optimizer_of(std::string_view parameter, F f) {
        const int chosen = number_of(parameter);
        int number = 0, first_hyper = 0;
        const auto look_at = [&]<class O>(std::type_identity<O> type) {
            if (number++ == chosen) f(type, first_hyper);
            first_hyper += O::hypers;
        };
        look_at(std::type_identity<Default>{});
        (look_at(std::type_identity<typename Parts::rule>{}), ...);
    }
};

}  // namespace telar::inline TELAR_ABI
