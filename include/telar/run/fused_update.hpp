// SPDX-License-Identifier: BSL-1.0
// A step as one program: the loss, its gradients, and each variable's update behind its gradient.
#pragma once
#include <telar/run/step_leaves.hpp>
#include <telar/run/update.hpp>

#include <array>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace runtime::training {

/// Applies the constraint that the variable's group has for value k, if any.
template <class Variable> constexpr symbol allowed_value(symbol value, [[maybe_unused]] int k) {
    if constexpr (requires { Variable::allowed_value(value, k); })
        return emit::rounded(Variable::allowed_value(emit::widened(value), k), value.type());
    else return value;
}
/// Applies constraints to the new values, which are the roots of these numbers.
template <class... Variables> constexpr void allow_values(graph& g, const int* roots) {
    constexpr symbol (*allowed[])(symbol, int){&allowed_value<Variables>..., nullptr};
    each_trained<Variables...>([&](int i, int k) {
        ir::root& root = g.roots[*roots++];
        root.id = allowed[i]({&g, root.id}, k).id;
    });
}
/// Of the values that are trained, by number: state K of each, as the trace's symbols.
template <class Optimizer, int K, class... Variables> constexpr void add_states(const trace& t, symbol* to) {
    constexpr const auto& ids = identities<typename state_of<Variables, Optimizer, K>::type...>;
    constexpr int counts[]{trained_count_of<Variables>()..., 0};
    for (int i = 0; i < static_cast<int>(sizeof...(Variables)); ++i)
        for (int k = 0; k < counts[i]; ++k) *to++ = t.named(ids.at[i] + static_cast<unsigned>(k));
}
/// What a step computes with, as the trace's symbols. The variables are looped over by number: a function for each of
/// them would have a name as long as the model.
template <class Optimizer, class... Variables> struct step_symbols {
    static constexpr int count = trained_count<Variables...>;
    symbol variables[std::size_t(count)], gradients[std::size_t(count)],
        states[std::size_t(count * Optimizer::states + 1)];
    std::array<symbol, std::size_t(Optimizer::hypers)> hypers;

    constexpr explicit step_symbols(const trace& t) : hypers(hypers_of<Optimizer, hyper_type<Variables...>>(t)) {
        int next = 0;
        each_trained<Variables...>([&](int i, int k) {
            variables[next++] = t.named(identities<Variables...>.at[i] + static_cast<unsigned>(k));
        });
        [&]<int... K>(std::integer_sequence<int, K...>) {
            (add_states<Optimizer, K, Variables...>(t, states + K * count), ...);
        }
        (std::make_integer_sequence<int, Optimizer::states>{});
    }
    /// The loss becomes a root.
    template <class Loss> constexpr void differentiate_loss(trace& t) {
        const symbol loss = Loss::lower(t);
        differentiate(optimizers::scaled_loss<Optimizer>(loss, count, states, hypers.data()), variables, count,
                      gradients);
        push(t, loss, {});
        for (symbol& g : gradients) g = emit::widened(g.plain());
    }
    constexpr void push_gradients(trace& t) const {
        for (const symbol& g : gradients) push(t, g, {});
    }
    /// The count of steps becomes a root, and the new values of the variables and of the states.
    constexpr void push_updates(trace& t) {
        if constexpr (optimizers::transforms<Optimizer>) Optimizer::transform(gradients, count, states, hypers.data());
        const symbol number = t.named<step_leaf>() + 1;
        push(t, number, t.named<step_leaf>());
        int values[std::size_t(count)];
        const auto names = names_of_trained<Variables...>();
        for (int i = 0; i < count; ++i) {
            values[i] = t.g.roots.size();  // where update begins
            std::array<symbol, std::size_t(Optimizer::states)> own;
            for (int k = 0; k < Optimizer::states; ++k) own[static_cast<std::size_t>(k)] = states[k * count + i];
            update<Optimizer>(t, variables[i], gradients[i], number, own, hypers, names[static_cast<std::size_t>(i)]);
        }
        allow_values<Variables...>(t.g, values);
    }
};
/// A step in one program; of one that is split the first, whose results are the loss and the gradients.
template <bool IsSplit, class Loss, class Optimizer, class... Variables> struct step_node {
    static constexpr int captures = Loss::captures;
    static constexpr int tree_size = Loss::tree_size + 1;

    static constexpr void add_roots(trace& t) {
        t.g.regions.set_training(true);
        step_symbols<Optimizer, Variables...> s(t);
        s.template differentiate_loss<Loss>(t);
        if constexpr (IsSplit) s.push_gradients(t);
        else s.push_updates(t);
        if constexpr (requires { Loss::add_updates(t); }) Loss::add_updates(t);
    }
};

/// The updates as part of the step's own program, each after its gradient, with the optimiser's states.
template <bool IsSplit, class Loss, class Optimizer, class... Variables> class fused_update;
template <bool IsSplit, class Node, class... L, class Optimizer, class... Variables>
class fused_update<IsSplit, expression<Node, L...>, Optimizer, Variables...> {
protected:
    static constexpr int first_state = leaf_numbers<L...>::count, variable_count = trained_count<Variables...>,
                         state_count = Optimizer::states * variable_count;
    static constexpr auto numbers = numbers_of_trained<type_list<L...>, Variables...>;

    template <int K> using states = type_list<typename state_of<Variables, Optimizer, K>::type...>;
    template <class... S, int... H>
    static compiled<step_node<IsSplit, Node, Optimizer, Variables...>, L..., S..., step_leaf,
                    hyper_leaf<H, hyper_type<Variables...>>...>
        code_with(type_list<S...>, std::integer_sequence<int, H...>);
    /// The leaves: those of the loss, state 0 of each variable, state 1 of each, ..., the count of steps, the
    /// hyper-parameters.
    template <int... K>
    static decltype(code_with(concatenated<states<K>...>{}, std::make_integer_sequence<int, Optimizer::hypers>{}))
        code_of(std::integer_sequence<int, K...>);

public:
    using step_code = decltype(code_of(std::make_integer_sequence<int, Optimizer::states>{}));
    using next_code = void;
    tensor<float> number{0.0f};  // of steps

    /// Called before the step: sets the leaves that follow those of the loss.
    void prepare(leaf_value* leaves, const hyper_type<Variables...>* hypers, void**) {
        set_states(leaves + first_state, leaves);
        leaf_value* to = leaves + first_state + state_count;
        *to++ = leaf_value_of(number);
        for (int k = 0; k < Optimizer::hypers; ++k) *to++ = leaf_value_of(hypers[k]);
    }
    static void finish(const leaf_value*, const hyper_type<Variables...>*) {}
    static void watch(kernel_observer*) {}
    /// What use_memory needs, for the states.
    static constexpr std::size_t memory_bytes(extent_t batch) {
        std::size_t bytes = 0;
        for (int i = 0; i < state_count; ++i) bytes += memory_pieces::piece(bytes_of_state(i, batch));
        return bytes;
    }
    void use_memory(memory_pieces& memory, extent_t batch) {
        for (int i = 0; i < state_count; ++i)
            memory.lend(states_[static_cast<std::size_t>(i)], bytes_of_state(i, batch));
    }
    std::vector<named_state> remembered() {
        std::vector<named_state> all;
        for (int i = 0; i < state_count; ++i) {
            state_memory& state = states_[static_cast<std::size_t>(i)];
            const leaf_info& leaf = step_code::leaves[first_state + i];
            all.push_back(
                {leaf.name, leaf.type.type, leaf.type.extents, state.extents, state.bytes.data(), state.bytes.size()});
        }
        return all;
    }
    std::byte* begin_state(int i, const shape& extents) {
        state_memory& state = states_[static_cast<std::size_t>(i)];
        state.bytes.resize(0);
        state.fit(extents, step_code::leaves[first_state + i].type.type);
        return state.bytes.data();
    }

private:
    static constexpr std::size_t bytes_of_state(int i, extent_t batch) {
        const leaf_info& leaf = step_code::leaves[first_state + i];
        extent_t count = 1;
        for (int k = 0; k < leaf.type.extents.rank; ++k)
            count *= leaf.type.extents[k] == dyn ? batch : leaf.type.extents[k];
        return static_cast<std::size_t>(count) * static_cast<std::size_t>(size_of(leaf.type.type));
    }
    /// The states of the variables among the leaves; they begin as zeros of the variable's shape.
    void set_states(leaf_value* to, const leaf_value* leaves) {
        static constexpr auto names = names_of_trained<Variables...>();
        for (int i = 0; i < state_count; ++i) {
            state_memory& state = states_[static_cast<std::size_t>(i)];
            const leaf_info& leaf = step_code::leaves[first_state + i];
            const auto v = static_cast<std::size_t>(i % variable_count);
            const shape& extents = *leaves[numbers[v]].extents;
            state.fit(optimizers::state_extents<Optimizer>(i / variable_count, extents, names[v]), leaf.type.type);
            to[i] = {state.bytes.data(), &state.extents, leaf.is_static};
        }
    }

    std::array<state_memory, std::size_t(state_count)> states_;  // of each variable the first, of each the second, ...
};

}  // namespace runtime::training

}  // namespace telar::inline TELAR_ABI
