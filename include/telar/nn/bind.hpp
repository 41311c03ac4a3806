// SPDX-License-Identifier: BSL-1.0
// Tells each parameter and each layer of a model where it stands: a walk through the members of aggregates.
#pragma once
#include <telar/nn/names.hpp>
#include <telar/nn/parameter.hpp>

#include <string_view>
#include <type_traits>

namespace telar::inline TELAR_ABI::nn {

/// Numbers, pointers, initializers and their kind: there is nothing to bind in them, and nobody needs their names.
template <class M>
inline constexpr bool is_plain = std::is_scalar_v<M> || std::is_same_v<M, initializer> ||
                                 std::is_same_v<M, regularizer> || std::is_same_v<M, constraint>;

/// One member. A class of its own kind (nn::repeat, nn::sequential) says itself how it is visited.
template <class M> constexpr void bind_member(M& m, bound_model& to) {
    if constexpr (std::is_same_v<M, parameter>) {
        m.owner = &to;
        m.slot = to.add_slot();
    } else if constexpr (std::is_same_v<M, site>) {
        m.owner = &to;
        m.path = to.add_site();
    } else if constexpr (requires { m.bind_to(to); }) {
        m.bind_to(to);
    } else if constexpr (members::is_array<M>) {
        int i = 0;
        for (auto& each : m) {
            const int before = to.enter(i++);
            bind_member(each, to);
            to.leave(before);
        }
    } else if constexpr (members::Named<M> || (std::is_aggregate_v<M> && std::is_class_v<M>)) {
        members::apply(m, [&](auto&... member) {
            [&]<std::size_t... I>(std::index_sequence<I...>) {
                [[maybe_unused]] const auto one = [&]<std::size_t Number>(auto& each, std::index_sequence<Number>) {
                    using each_type = std::remove_cvref_t<decltype(each)>;
                    if constexpr (std::is_same_v<each_type, site>) {
                        bind_member(each, to);
                    } else if constexpr (!is_plain<each_type>) {
                        const int before = to.enter(members::name<M, Number>);
                        bind_member(each, to);
                        to.leave(before);
                    }
                };
                (one(member, std::index_sequence<I>{}), ...);
            }
            (std::index_sequence_for<decltype(member)...>{});
        });
    } else if constexpr (requires(const M& layer, symbol x) { layer(x); } && std::is_class_v<M> &&
                         !std::is_empty_v<M>) {
        core::errors::no_aggregate<M>();
    }
}

/// A model: its slots are the parameters in the order of the members, behind them the random state.
template <class M> constexpr void bind_model(M& m, bound_model& to) {
    bind_member(m, to);
    const int before = to.enter("random_state");
    to.random = to.add_slot();
    to.leave(before);
}

}  // namespace telar::inline TELAR_ABI::nn
