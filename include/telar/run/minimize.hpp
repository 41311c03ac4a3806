// SPDX-License-Identifier: BSL-1.0
// minimize: the loss, its gradients and the optimiser's updates, compiled together.
#pragma once
#include <telar/run/flat_update.hpp>
#include <telar/run/update.hpp>

#include <array>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace runtime::training {

/// A loss, and what else is assigned when its step is run.
template <class Loss, class Updates> struct loss_and_updates {
    static constexpr int captures = Loss::captures + Updates::captures;
    static constexpr int tree_size = Loss::tree_size + Updates::tree_size;
    static constexpr value_type type = Loss::type;
    static constexpr symbol lower(trace& t) { return Loss::lower(t); }
    static constexpr void add_updates(trace& t) { Updates::add_roots(t); }
};
template <int By, class Updates> struct shifted_updates;
template <int By, class... Leaf, class... Node>
struct shifted_updates<By, updating<std::tuple<>, assigned<Leaf, Node>...>> {
    using type = updating<std::tuple<>, assigned<Leaf, typename shift<By, Node>::type>...>;
};
template <class Node, class... L, class Updates, class... U>
auto with_updates(const expression<Node, L...>& loss, const update_list<expression<Updates, U...>>& updates) {
    using shifted = typename shifted_updates<Node::captures, Updates>::type;
    if (!updates.readings.others.empty())
        fail<two_calls_as_one>(
            "minimize: two calls of one function, which draws random numbers, in the updates of one step: "
            "make them in one telar::function");
    auto joined = join<loss_and_updates<Node, shifted>, false>(loss, updates.joined);
    diagnose_names<decltype(joined)>();
    return joined;
}

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
/// The variables are looped over by number. A function for each of them would have a name as long as the model.
template <class Loss, class Optimizer, class... Variables> struct step_node {
    static constexpr int captures = Loss::captures;
    static constexpr int tree_size = Loss::tree_size + 1;
    static constexpr int count = trained_count<Variables...>;

    /// Of the values that are trained, by number: state K of each.
    template <int K> static constexpr void add_states(const trace& t, symbol* to) {
        constexpr const auto& ids = identities<typename state_of<Variables, Optimizer, K>::type...>;
        constexpr int counts[]{trained_count_of<Variables>()..., 0};
        for (int i = 0; i < static_cast<int>(sizeof...(Variables)); ++i)
            for (int k = 0; k < counts[i]; ++k) *to++ = t.named(ids.at[i] + static_cast<unsigned>(k));
    }
    template <int... K>
    static constexpr void add_all_states([[maybe_unused]] const trace& t, [[maybe_unused]] symbol* to,
                                         std::integer_sequence<int, K...>) {
        (add_states<K>(t, to + K * count), ...);
    }
    static constexpr void add_roots(trace& t) {
        t.g.regions.set_training(true);
        const symbol loss = Loss::lower(t);
        auto hypers_now = hypers_of<Optimizer, hyper_type<Variables...>>(t);
        symbol variables[std::size_t(count)], gradients[std::size_t(count)];
        int next = 0;
        each_trained<Variables...>([&](int i, int k) {
            variables[next++] = t.named(identities<Variables...>.at[i] + static_cast<unsigned>(k));
        });
        symbol states[std::size_t(count * Optimizer::states + 1)];
        add_all_states(t, states, std::make_integer_sequence<int, Optimizer::states>{});
        differentiate(optimizers::scaled_loss<Optimizer>(loss, count, states, hypers_now.data()), variables, count,
                      gradients);
        push(t, loss, {});
        for (symbol& g : gradients) g = emit::widened(g.plain());
        if constexpr (optimizers::transforms<Optimizer>)
            Optimizer::transform(gradients, count, states, hypers_now.data());
        const symbol number = t.named<step_leaf>() + 1;
        push(t, number, t.named<step_leaf>());
        int values[std::size_t(count)];
        const auto names = names_of_trained<Variables...>();
        for (int i = 0; i < count; ++i) {
            values[i] = t.g.roots.size();  // where update begins
            std::array<symbol, std::size_t(Optimizer::states)> own;
            for (int k = 0; k < Optimizer::states; ++k) own[static_cast<std::size_t>(k)] = states[k * count + i];
            update<Optimizer>(t, variables[i], gradients[i], number, own, hypers_now,
                              names[static_cast<std::size_t>(i)]);
        }
        allow_values<Variables...>(t.g, values);
        if constexpr (requires { Loss::add_updates(t); }) Loss::add_updates(t);
    }
};

/// The updates as part of the step's own program, each after its gradient, with the optimiser's states.
template <class Loss, class Optimizer, class... Variables> class fused_update;
template <class Node, class... L, class Optimizer, class... Variables>
class fused_update<expression<Node, L...>, Optimizer, Variables...> {
    static constexpr int first_state = leaf_numbers<L...>::count, variable_count = trained_count<Variables...>,
                         state_count = Optimizer::states * variable_count;

    template <int K> using states = type_list<typename state_of<Variables, Optimizer, K>::type...>;
    template <class... S, int... H>
    static compiled<step_node<Node, Optimizer, Variables...>, L..., S..., step_leaf,
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

    fused_update() : states_(static_cast<std::size_t>(state_count)) {}
    /// Called before the step: sets the leaves that follow those of the loss.
    void prepare(leaf_value* leaves, const hyper_type<Variables...>* hypers, void**) {
        set_states(leaves + first_state, leaves);
        leaf_value* to = leaves + first_state + state_count;
        *to++ = leaf_value_of(number);
        for (int k = 0; k < Optimizer::hypers; ++k) *to++ = leaf_value_of(hypers[k]);
    }
    static void finish(const leaf_value*, const hyper_type<Variables...>*) {}
    static void watch(kernel_observer*) {}
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
    /// The states of the variables among the leaves; they begin as zeros of the variable's shape.
    void set_states(leaf_value* to, const leaf_value* leaves) {
        static constexpr auto numbers = [] {
            constexpr std::size_t leaf_of[]{number_of_leaf<Variables, L...>...};
            std::array<std::size_t, std::size_t(variable_count)> all{};
            std::size_t next = 0;
            each_trained<Variables...>([&](int i, int k) {
                all[next++] = static_cast<std::size_t>(leaf_numbers<L...>::first(leaf_of[i]) + k);
            });
            return all;
        }();
        static constexpr auto names = names_of_trained<Variables...>();
        for (int i = 0; i < state_count; ++i) {
            state_memory& state = states_[static_cast<std::size_t>(i)];
            const leaf_info& leaf = step_code::leaves[first_state + i];
            const auto v = static_cast<std::size_t>(i % variable_count);
            state.fit(optimizers::state_extents<Optimizer>(i / variable_count, *leaves[numbers[v]].extents, names[v]),
                      leaf.type.type);
            to[i] = {state.bytes.data(), &state.extents, leaf.is_static};
        }
    }

    std::vector<state_memory> states_;  // of each variable the first, of each the second, ...
};
template <bool IsFlat, class Loss, class Optimizer, class... Variables> struct update_of {
    using type = fused_update<Loss, Optimizer, Variables...>;
};
template <class Loss, class Optimizer, class Group> struct update_of<true, Loss, Optimizer, Group> {
    using type = flat_update<Loss, Optimizer, Group>;
};

template <class Leaf> inline constexpr bool is_trainable = false;
template <VariableLeaf Leaf> inline constexpr bool is_trainable<Leaf> = Leaf::is_trainable;

}  // namespace runtime::training

/// A training step: run(step, X = data) returns the loss before the update. It owns its workspace and the optimiser's
/// state; `optimizer` may be changed between steps (a learning-rate schedule).
///
/// edge      the variables are referred to; all else is the step's own value: what the optimiser remembers of them, the
///           count of steps, the hyper-parameters. A copy goes on from there by itself, with the same variables;
///           assigned back, it restores what it has copied. A step that was moved from may be assigned to or destroyed,
///           and refuses to run (no_value)
template <class Loss, class Optimizer, class... Variables> class training_step;
template <class Node, class... L, class Optimizer, class... Variables>
class training_step<expression<Node, L...>, Optimizer, Variables...> {
    using hyper_type = runtime::training::hyper_type<Variables...>;
    static constexpr bool is_flat = runtime::training::is_flat<Optimizer, Variables...>;
    using update_type =
        typename runtime::training::update_of<is_flat, expression<Node, L...>, Optimizer, Variables...>::type;

public:
    using code = typename update_type::step_code;
    using next_code = typename update_type::next_code;  // of what runs behind it, or void
    static constexpr bool is_step = true;
    Optimizer optimizer;

    training_step(expression<Node, L...> loss, Optimizer o) : optimizer(std::move(o)), loss_(std::move(loss)) {
        runtime::optimizers::require_parts<Optimizer, runtime::training::parameter_names<Variables...>>();
        expr::diagnose<code>();
    }
    template <Feed... Feeds> auto operator()(const Feeds&... feeds) {
        runtime::binding::require_feeds<training_step, Feeds...>();
        return step(feeds...);
    }
    /// What run(step, ...) calls. Not of a temporary: its state would be gone with it.
    template <Feed... Feeds> auto run_in(session&, const Feeds&... feeds) & { return (*this)(feeds...); }
    /// The loss, as it was given to minimize.
    const expression<Node, L...>& loss() const { return loss_; }
    /// How many steps were taken.
    int steps() const { return static_cast<int>(update_.number.item()); }
    /// To go on as another step went: how many steps it took, and all that its optimiser remembers, in this order.
    void set_steps(int number) { *update_.number.data() = static_cast<float>(number); }
    std::vector<runtime::training::named_state> remembered() { return update_.remembered(); }
    /// State `number` with these extents, as zeros; the caller writes its bytes.
    std::byte* begin_state(int number, const shape& extents) { return update_.begin_state(number, extents); }
    static constexpr extent_t workspace_bytes(extent_t batch = 0) {
        if constexpr (std::is_void_v<next_code>) return code::workspace_bytes(batch);
        else return code::workspace_bytes(batch) + next_code::workspace_bytes(batch);
    }
    /// From now on the watcher is told of every kernel of this step: profile p; step.watch(p). It must outlive that.
    void watch(kernel_observer& watcher) { set_watcher(&watcher); }
    void stop_watching() { set_watcher(nullptr); }

private:
    void set_watcher(kernel_observer* watcher) {
        workspace_.watch(watcher);
        update_.watch(watcher);
    }
    template <class... Feeds> auto step(const Feeds&... feeds) {
        runtime::leaf_value leaves[code::leaf_count];
        runtime::binding::set_values(leaves, code::leaves.data(), loss_, feeds...);
        hyper_type hypers[Optimizer::hypers + 1];
        int k = 0;
        for (const auto value : runtime::optimizers::values_of(optimizer, update_.number.item()))
            hypers[k++] = static_cast<hyper_type>(value);
        void* results[code::sizes.roots];
        update_.prepare(leaves, hypers, results);

        workspace_.bind(code::tables(), leaves);
        typename code::template result<0> loss;
        results[0] = static_cast<void*>(loss.data());
        runtime::updates::set_targets<code>(results, leaves);
        workspace_.run(code::tables(), leaves, results);
        update_.finish(leaves, hypers);
        runtime::binding::advance(loss_);
        return loss;
    }

    expression<Node, L...> loss_;
    update_type update_;
    workspace workspace_;
};

template <class E, class... Rest>
struct runtime::binding::leaves_of_run<training_step<E, Rest...>> : leaves_of_run<E> {};

/// The variables that minimize shall change.
template <class... Leaves> struct variable_list {};
template <Named... V> constexpr variable_list<typename V::leaf...> wrt(const V&...) { return {}; }

namespace runtime::training {
template <class V, class... L> inline constexpr bool is_among = number_of_leaf<V, L...> < sizeof...(L);
/// The element type of the first that is no float, else of the last.
template <class... V> constexpr dtype first_not_float() {
    const dtype types[]{V::type.type...};
    dtype found = dtype::float32;
    for (const dtype t : types)
        if (is_float(found)) found = t;
    return found;
}
template <class V, class... L> constexpr void require_among() {
    if constexpr (!is_among<V, L...>) core::errors::variable_not_in_the_expression<V>();
}
}  // namespace runtime::training

namespace runtime::training {
/// The variables that minimize changes, beside those that it is to assign.
template <class... V> constexpr bool are_apart() { return true; }
template <class... V, class... Leaf, class... Node, class... L>
constexpr bool are_apart(
    std::type_identity<update_list<expression<updating<std::tuple<>, assigned<Leaf, Node>...>, L...>>>) {
    return updates::all_differ<V..., Leaf...>();
}
template <class E, class Optimizer, class... V>
auto minimize_these(const E& loss, Optimizer optimizer, type_list<V...>) {
    return training_step<E, Optimizer, V...>(loss, optimizer);
}
template <class Node, class... L, class Optimizer, class... V, class... Updates>
auto minimize_with(const expression<Node, L...>& loss, Optimizer optimizer, type_list<V...> these,
                   const Updates&... updates) {
    constexpr dtype not_a_float = first_not_float<Node, V...>();
    if constexpr (was_refused<Node>) {
        return refused_step{};
    } else if constexpr (!is_float(not_a_float)) {
        core::errors::gradient_of_an_integer<core::errors::got_type<not_a_float>, core::errors::at_line<0>>();
        return refused_step{};
    } else if constexpr (sizeof...(V) == 0) {
        core::errors::nothing_to_minimize<Node>();
        return refused_step{};
    } else if constexpr (!(... && is_among<V, L...>)) {
        (require_among<V, L...>(), ...);
        return refused_step{};
    } else if constexpr ((... || std::same_as<Updates, refused_step>)) {
        return refused_step{};
    } else if constexpr (!are_apart<V...>(std::type_identity<Updates>{}...)) {
        core::errors::assigned_twice<std::tuple<V...>>();
        return refused_step{};
    } else if constexpr (sizeof...(Updates) == 0) {
        return minimize_these(loss, optimizer, these);
    } else {
        return minimize_these(with_updates(loss, updates...), optimizer, these);
    }
}
/// The trainable variables among leaves.
template <class... L> struct trainable {
    static constexpr std::size_t count = (std::size_t{0} + ... + std::size_t{is_trainable<L>});
    static constexpr auto numbers = [] {
        std::array<std::size_t, count + 1> n{};
        std::size_t i = 0, found = 0;
        for (const bool is_one : {is_trainable<L>..., false}) {
            if (is_one) n[found++] = i;
            ++i;
        }
        return n;
    }();
    template <std::size_t... K> static type_list<type_at<numbers[K], L...>...> list(std::index_sequence<K...>);
};
template <class Node, class... L>
auto trainable_in(const expression<Node, L...>&)
    -> decltype(trainable<L...>::list(std::make_index_sequence<trainable<L...>::count>{}));
template <class T> inline constexpr bool is_update = std::same_as<T, refused_step>;
template <class E> inline constexpr bool is_update<update_list<E>> = update_list<E>::results == 0;
}  // namespace runtime::training

/// A training step for the given variables, or for every trainable variable in the loss. What update(...) names beside
/// them is assigned in the same step, and sees the variables as they were at its start: minimize(loss, adam{},
/// update(moving_mean = mean, moving_variance = variance)).
///
/// errors    E130 gradient_of_a_non_scalar, E131 variable_not_in_the_expression, E132 gradient_of_an_integer,
///           E133 no_path_for_the_gradient, E134 nothing_to_minimize, E153 assigned_twice
/// test      tests/run/minimize_test.cpp, tests/run/step_update_test.cpp
template <class Node, class... L, class Optimizer, class... V, class... Updates>
requires(sizeof...(Updates) <= 1 && (... && runtime::training::is_update<Updates>))  //
    [[nodiscard("minimize takes no step by itself: run(step, X = data)")]] auto minimize(
        const expression<Node, L...>& loss, Optimizer optimizer, variable_list<V...>, const Updates&... updates) {
    return runtime::training::minimize_with(loss, optimizer, core::type_list<V...>{}, updates...);
}
template <class Node, class... L, class Optimizer, class... Updates>
requires(sizeof...(Updates) <= 1 && (... && runtime::training::is_update<Updates>))  //
    [[nodiscard("minimize takes no step by itself: run(step, X = data)")]] auto minimize(
        const expression<Node, L...>& loss, Optimizer optimizer, const Updates&... updates) {
    return runtime::training::minimize_with(loss, optimizer, decltype(runtime::training::trainable_in(loss)){},
                                            updates...);
}

}  // namespace telar::inline TELAR_ABI
