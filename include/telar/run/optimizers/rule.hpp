// SPDX-License-Identifier: BSL-1.0
// What an optimiser's rule sees of one parameter, and sums that several rules need.
#pragma once
#include <telar/expr/math.hpp>
#include <telar/run/schedules.hpp>

#include <array>
#include <string_view>

namespace telar::inline TELAR_ABI {

/// What an optimiser's rule sees of one parameter.
template <int States, int Hypers> struct parameter_step {
    symbol value, gradient, step;  // the parameter, dloss/dvalue, the number of this step (1, 2, ...)
    std::array<symbol, std::size_t(States + 1)> state;
    std::array<symbol, std::size_t(Hypers)> hyper;
    std::string_view path{};  // the parameter's name
};

namespace runtime::optimizers {

/// The extents of what a rule remembers of a parameter: the parameter's, unless the optimiser says otherwise.
template <class Optimizer>
constexpr shape state_extents(int k, const shape& of, [[maybe_unused]] std::string_view path) {
    if constexpr (requires { Optimizer::state_extents(k, of, path); }) return Optimizer::state_extents(k, of, path);
    else if constexpr (requires { Optimizer::state_extents(k, of); }) return Optimizer::state_extents(k, of);
    else return of;
}
/// True if the rule treats each number by itself: then all parameters of a model are updated as one tensor.
template <class Optimizer> constexpr bool is_per_element = false;
template <class Optimizer>
requires requires { Optimizer::per_element; }
constexpr bool is_per_element<Optimizer> = Optimizer::per_element;
/// The hyper-parameters of the step before which so many were taken.
template <class Optimizer> constexpr auto values_of(const Optimizer& o, double steps) {
    if constexpr (requires { o.values(steps); }) return o.values(steps);
    else return o.values();
}
/// Whether an optimiser looks at all gradients together before it updates each parameter.
template <class Optimizer>
inline constexpr bool transforms = [] {
    if constexpr (requires { Optimizer::clips_together; }) return Optimizer::clips_together;
    else return requires {
            &Optimizer::transform;
        };
}();
/// What an optimiser has differentiated: the loss, unless it says otherwise.
template <class Optimizer>
constexpr symbol scaled_loss(symbol loss, [[maybe_unused]] int count, [[maybe_unused]] const symbol* states,
                             [[maybe_unused]] const symbol* hyper) {
    if constexpr (requires { Optimizer::scaled_loss(loss, count, states, hyper); })
        return Optimizer::scaled_loss(loss, count, states, hyper);
    else return loss;
}
/// What an optimiser says of the names of all parameters.
template <class Optimizer, class Names> constexpr void require_parts() {
    if constexpr (requires { Optimizer::template require_parts<Names>(); }) Optimizer::template require_parts<Names>();
}
/// A number in the type of a value beside it.
constexpr symbol number(symbol beside, double v) { return ir::literal(*beside.g, beside.type(), v, false); }
constexpr unsigned all_axes(symbol x) { return (1u << x.rank()) - 1; }
/// The mean over some axes.
constexpr symbol mean(symbol x, unsigned axes, bool keep_dims = false) {
    return ir::emit::reduce(op::sum, x, axes, keep_dims) / ir::emit::reduced_count(x, axes, x.type());
}
/// sqrt(sum x^2).   (...) -> ()
constexpr symbol norm(symbol x) { return sqrt(ir::emit::reduce(op::sum, x * x, all_axes(x), false)); }

}  // namespace runtime::optimizers

}  // namespace telar::inline TELAR_ABI
