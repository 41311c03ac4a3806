// SPDX-License-Identifier: BSL-1.0
// minimize: the loss, its gradients and the optimiser's updates as one program.
#pragma once
#include <telar/core/buffer.hpp>
#include <telar/run/grad.hpp>
#include <telar/run/optimizers.hpp>
#include <telar/run/update.hpp>

#include <array>
#include <cstring>
#include <vector>

namespace telar::inline TELAR_ABI {

namespace runtime::training {

/// "W/adam/m", as the type's own constant.
template <class Variable, class Optimizer, int K> struct state_name {
    static constexpr std::size_t size =
        Variable::name.size() + Optimizer::name.size() + Optimizer::state_names[K].size() + 2;
    static constexpr std::array<char, size> text = [] {
        std::array<char, size> t{};
        std::size_t at = 0;
        for (std::string_view part :
             {Variable::name, std::string_view("/"), Optimizer::name, std::string_view("/"), Optimizer::state_names[K]})
            for (char c : part) t[at++] = c;
        return t;
    }();
};
struct slot_leaf_base {
    static constexpr bool is_variable = true;
    static constexpr bool is_trainable = false;
};
/// The type of a running mean of values of type T: those of two bytes would stand still.
template <class T> struct slot_value { using type = T; };
template <Half T, extent_t... N> struct slot_value<tensor<T, N...>> { using type = tensor<float, N...>; };
template <Half T, extent_t R, extent_t C> struct slot_value<matrix<T, R, C>> { using type = matrix<float, R, C>; };
/// The same of other extents.
template <class T, class Optimizer, int K> struct state_value : slot_value<T> {};
template <class T, class Optimizer, int K>
requires requires { Optimizer::state_extents(K, T::static_extents); }
struct state_value<T, Optimizer, K> {
    static constexpr shape extents = Optimizer::state_extents(K, T::static_extents);
    static constexpr extent_t extent(std::size_t i) { return extents.extent[i]; }
    template <std::size_t... I>
    static tensor<typename slot_value<T>::type::value_type, extent(I)...> made(std::index_sequence<I...>);
    using type = decltype(made(std::make_index_sequence<std::size_t(extents.rank)>{}));
};
/// What an optimiser remembers of a variable.
template <class Variable, class Optimizer, int K>
struct state_leaf : named_leaf<state_leaf<Variable, Optimizer, K>,
                               typename state_value<typename Variable::value, Optimizer, K>::type>,
                    slot_leaf_base {
    static constexpr std::string_view name{state_name<Variable, Optimizer, K>::text.data(),
                                           state_name<Variable, Optimizer, K>::size};
};
/// The same of the values of a group that are trained.
template <class Group, class Optimizer, int K> struct state_group : slot_leaf_base {
    using value = tensor<float>;
    using handle = storage_handle;
    static constexpr bool is_captured = false;
    static constexpr int captures = 0, tree_size = 1;
    static constexpr int width = Group::trained_count;
    static constexpr std::string_view name = Group::name;

    struct table {
        value_type types[std::size_t(width)]{};
        std::size_t end[std::size_t(width + 1)]{};
        char text[std::size_t(Group::length_of_names + width * 64 + 1)]{};
    };
    static constexpr table all = [] {
        static_assert(Optimizer::name.size() + Optimizer::state_names[K].size() + 2 <= 64);
        table t;
        std::size_t at = 0;
        for (int i = 0; i < width; ++i) {
            const value_type& v = Group::value_types[Group::trained[i]];
            t.types[i] = {is_half(v.type) ? dtype::float32 : v.type, v.linear,
                          runtime::optimizers::state_extents<Optimizer>(K, v.extents)};
            for (const std::string_view part : {Group::name_of(Group::trained[i]), std::string_view("/"),
                                                Optimizer::name, std::string_view("/"), Optimizer::state_names[K]})
                for (const char c : part) t.text[at++] = c;
            t.end[i + 1] = at;
        }
        return t;
    }();
    static constexpr const value_type (&value_types)[std::size_t(width)] = all.types;
    static constexpr value_type type = all.types[0];
    static constexpr std::string_view name_of(int k) { return {all.text + all.end[k], all.end[k + 1] - all.end[k]}; }
};
template <class Variable, class Optimizer, int K> struct state_of { using type = state_leaf<Variable, Optimizer, K>; };
template <LeafGroup Group, class Optimizer, int K> struct state_of<Group, Optimizer, K> {
    using type = state_group<Group, Optimizer, K>;
};
/// Which values an optimiser changes: of each variable its own, of a group those that are trained.
template <class Variable> constexpr int trained_count_of() {
    if constexpr (LeafGroup<Variable>) return Variable::trained_count;
    else return 1;
}
template <class... Variables>
inline constexpr int trained_count = [] {
    int n = 0;
    for (const int each : {trained_count_of<Variables>()..., 0}) n += each;
    return n;
}();
/// f(variable's number among Variables, value's number in its group) for each of them, in their order.
template <class... Variables> constexpr void each_trained(auto f) {
    constexpr int counts[]{trained_count_of<Variables>()..., 0};
    constexpr auto numbers_of = []<class V>(std::type_identity<V>) -> const int* {
        if constexpr (LeafGroup<V>) return V::trained;
        else return nullptr;
    };
    const int* const numbers[]{numbers_of(std::type_identity<Variables>{})..., nullptr};
    for (int i = 0; i < static_cast<int>(sizeof...(Variables)); ++i)
        for (int k = 0; k < counts[i]; ++k) f(i, numbers[i] ? numbers[i][k] : 0);
}
/// How many steps were taken.
struct step_leaf : named_leaf<step_leaf, tensor<float>>, slot_leaf_base {
    static constexpr std::string_view name = "step";
};
/// A hyper-parameter; it is a double where a parameter is one.
template <int K, class T> struct hyper_leaf : named_leaf<hyper_leaf<K, T>, T> {
    static constexpr std::string_view name = "hyper";
    static constexpr int hyper = K;
};
/// What an optimiser remembers of a parameter under a name such as "W/adam/m"; nothing before the first step.
struct named_state {
    std::string_view name;
    dtype type;
    shape known;  // dyn where only the first step tells
    shape extents{};
    std::byte* data;
    std::size_t bytes;
};
/// One state of a variable, in memory that the step owns.
struct state_memory {
    shape extents{};
    buffer<std::byte> bytes;

    /// Becomes zeros of this shape, unless it has the shape already.
    void fit(const shape& wanted, dtype type) {
        if (bytes.size() > 0 && extents == wanted) return;
        extents = wanted;
        bytes.resize(static_cast<std::size_t>(wanted.count()) * static_cast<std::size_t>(size_of(type)));
        if (bytes.size() > 0) std::memset(bytes.data(), 0, bytes.size());
    }
};
template <class... Variables>
using hyper_type = std::conditional_t<(... || (Variables::type.type == dtype::float64)), double, float>;

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

constexpr void push(trace& t, symbol s, symbol target) {
    t.g.roots.push({s.id, target.g ? static_cast<std::int32_t>(target.self().attribute[0]) : -1, target.linear, 0});
}
/// The update of one variable: its roots, behind those of the variables before it.
template <class Optimizer>
constexpr void update(trace& t, symbol v, symbol gradient, symbol number,
                      const std::array<symbol, std::size_t(Optimizer::states)>& states,
                      const std::array<symbol, std::size_t(Optimizer::hypers)>& hypers) {
    const symbol value = emit::widened(v.plain());
    const auto as_type = [&](symbol s) { return emit::cast(s, value.type()); };
    parameter_step<Optimizer::states, Optimizer::hypers> s{value, gradient, as_type(number), {}, {}};
    for (std::size_t k = 0; k < states.size(); ++k) s.state[k] = states[k].plain();
    for (std::size_t k = 0; k < hypers.size(); ++k) s.hyper[k] = as_type(hypers[k]);
    const auto after = Optimizer::update(s);
    push(t, emit::rounded(after[0], v.type()).as_linear(after[0].linear), v);
    for (std::size_t k = 0; k < states.size(); ++k) push(t, after[k + 1], states[k]);
}
/// The variables are looped over by number. A function for each of them would have a name as long as the model.
template <class Loss, class Optimizer, class... Variables> struct step_node {
    static constexpr int captures = Loss::captures;
    static constexpr int tree_size = Loss::tree_size + 1;
    static constexpr int count = trained_count<Variables...>;

    template <int... H>
    static constexpr std::array<symbol, sizeof...(H)> hypers([[maybe_unused]] const trace& t,
                                                             std::integer_sequence<int, H...>) {
        return {t.named<hyper_leaf<H, hyper_type<Variables...>>>()...};
    }
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
        auto hypers_now = hypers(t, std::make_integer_sequence<int, Optimizer::hypers>{});
        symbol variables[std::size_t(count)], gradients[std::size_t(count)];
        int next = 0;
        each_trained<Variables...>([&](int i, int k) {
            variables[next++] = t.named(identities<Variables...>.at[i] + static_cast<unsigned>(k));
        });
        symbol states[std::size_t(count * Optimizer::states + 1)];
        add_all_states(t, states, std::make_integer_sequence<int, Optimizer::states>{});
        differentiate(loss, variables, count, gradients);
        push(t, loss, {});
        for (symbol& g : gradients) g = emit::widened(g.plain());
        if constexpr (optimizers::transforms<Optimizer>)
            Optimizer::transform(gradients, count, states, hypers_now.data());
        const symbol number = t.named<step_leaf>() + 1;
        push(t, number, t.named<step_leaf>());
        for (int i = 0; i < count; ++i) {
            std::array<symbol, std::size_t(Optimizer::states)> own;
            for (int k = 0; k < Optimizer::states; ++k) own[static_cast<std::size_t>(k)] = states[k * count + i];
            update<Optimizer>(t, variables[i], gradients[i], number, own, hypers_now);
        }
        if constexpr (requires { Loss::add_updates(t); }) Loss::add_updates(t);
    }
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
    static constexpr int first_state = expr::leaf_numbers<L...>::count,
                         variable_count = runtime::training::trained_count<Variables...>,
                         state_count = Optimizer::states * variable_count;

    template <int K>
    using states = core::type_list<typename runtime::training::state_of<Variables, Optimizer, K>::type...>;
    template <class... S, int... H>
    static runtime::compiled<runtime::training::step_node<Node, Optimizer, Variables...>, L..., S...,
                             runtime::training::step_leaf, runtime::training::hyper_leaf<H, hyper_type>...>
        code_with(core::type_list<S...>, std::integer_sequence<int, H...>);
    /// The leaves: those of the loss, state 0 of each variable, state 1 of each, ..., the count of steps, the
    /// hyper-parameters.
    template <int... K>
    static decltype(code_with(core::concatenated<states<K>...>{}, std::make_integer_sequence<int, Optimizer::hypers>{}))
        code_of(std::integer_sequence<int, K...>);

public:
    using code = decltype(code_of(std::make_integer_sequence<int, Optimizer::states>{}));
    static constexpr bool is_step = true;
    Optimizer optimizer;

    training_step(expression<Node, L...> loss, Optimizer o)
        : optimizer(std::move(o)), loss_(std::move(loss)), states_(static_cast<std::size_t>(state_count)) {
        expr::diagnose<code>();
    }
    template <Feed... Feeds> auto operator()(const Feeds&... feeds) {
        runtime::binding::require_feeds<training_step, Feeds...>();
        return step(feeds...);
    }
    /// What run(step, ...) calls. Not of a temporary: its state would be gone with it.
    template <Feed... Feeds> auto run_in(session&, const Feeds&... feeds) & { return (*this)(feeds...); }
    /// How many steps were taken.
    int steps() const { return static_cast<int>(number_.item()); }
    /// To go on as another step went: how many steps it took, and all that its optimiser remembers, in this order.
    void set_steps(int number) { *number_.data() = static_cast<float>(number); }
    std::vector<runtime::training::named_state> remembered() {
        std::vector<runtime::training::named_state> all;
        for (int i = 0; i < state_count; ++i) {
            runtime::training::state_memory& state = states_[static_cast<std::size_t>(i)];
            const runtime::leaf_info& leaf = code::leaves[first_state + i];
            all.push_back(
                {leaf.name, leaf.type.type, leaf.type.extents, state.extents, state.bytes.data(), state.bytes.size()});
        }
        return all;
    }
    /// State `number` with these extents; the caller writes its bytes.
    std::byte* begin_state(int number, const shape& extents) {
        runtime::training::state_memory& state = states_[static_cast<std::size_t>(number)];
        state.bytes.resize(0);
        state.fit(extents, code::leaves[first_state + number].type.type);
        return state.bytes.data();
    }
    static constexpr extent_t workspace_bytes(extent_t batch = 0) { return code::workspace_bytes(batch); }
    /// From now on the watcher is told of every kernel of this step: profile p; step.watch(p). It must outlive that.
    void watch(kernel_observer& watcher) { workspace_.watch(&watcher); }
    void stop_watching() { workspace_.watch(nullptr); }

private:
    template <class... Feeds> auto step(const Feeds&... feeds) {
        runtime::leaf_value leaves[code::leaf_count];
        runtime::binding::set_values(leaves, code::leaves.data(), loss_, feeds...);
        set_states(leaves + first_state, leaves);
        hyper_type hyper[Optimizer::hypers + 1];
        int at = first_state + state_count, k = 0;
        leaves[at++] = runtime::leaf_value_of(number_);
        for (const auto value : runtime::optimizers::values_of(optimizer, number_.item())) {
            hyper[k] = static_cast<hyper_type>(value);
            leaves[at++] = runtime::leaf_value_of(hyper[k++]);
        }

        workspace_.bind(code::tables, leaves);
        typename code::template result<0> loss;
        void* results[code::sizes.roots];
        results[0] = static_cast<void*>(loss.data());
        runtime::updates::set_targets<code>(results, leaves);
        workspace_.run(code::tables, leaves, results);
        runtime::binding::advance(loss_);
        return loss;
    }
    /// The states of the variables among the leaves; they begin as zeros of the variable's shape.
    void set_states(runtime::leaf_value* to, const runtime::leaf_value* leaves) {
        static constexpr auto numbers = [] {
            constexpr std::size_t leaf_of[]{expr::number_of_leaf<Variables, L...>...};
            std::array<std::size_t, std::size_t(variable_count)> all{};
            std::size_t next = 0;
            runtime::training::each_trained<Variables...>([&](int i, int k) {
                all[next++] = static_cast<std::size_t>(expr::leaf_numbers<L...>::first(leaf_of[i]) + k);
            });
            return all;
        }();
        for (int i = 0; i < state_count; ++i) {
            runtime::training::state_memory& state = states_[static_cast<std::size_t>(i)];
            const runtime::leaf_info& leaf = code::leaves[first_state + i];
            const shape& of = *leaves[numbers[static_cast<std::size_t>(i % variable_count)]].extents;
            state.fit(runtime::optimizers::state_extents<Optimizer>(i / variable_count, of), leaf.type.type);
            to[i] = {state.bytes.data(), &state.extents, leaf.is_static};
        }
    }

    expression<Node, L...> loss_;
    std::vector<runtime::training::state_memory> states_;  // of each variable the first, of each the second, ...
    tensor<float> number_;                                 // of steps
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
    if constexpr (!is_among<V, L...>) errors::variable_not_in_the_expression<V>();
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
        errors::gradient_of_an_integer<errors::got_type<not_a_float>, errors::at_line<0>>();
        return refused_step{};
    } else if constexpr (sizeof...(V) == 0) {
        errors::nothing_to_minimize<Node>();
        return refused_step{};
    } else if constexpr (!(... && is_among<V, L...>)) {
        (require_among<V, L...>(), ...);
        return refused_step{};
    } else if constexpr ((... || std::same_as<Updates, refused_step>)) {
        return refused_step{};
    } else if constexpr (!are_apart<V...>(std::type_identity<Updates>{}...)) {
        errors::assigned_twice<std::tuple<V...>>();
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
