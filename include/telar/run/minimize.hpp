// SPDX-License-Identifier: BSL-1.0
// minimize: the loss, its gradients and the optimiser's updates, compiled together.
#pragma once
#include <telar/run/flat_update.hpp>
#include <telar/run/split_update.hpp>
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

/// How a step's updates are made: as one tensor, in a program of their own behind the gradients, or with them.
template <bool IsFlat, bool IsSplit, class Loss, class Optimizer, class... Variables> struct update_of {
    using type = fused_update<false, Loss, Optimizer, Variables...>;
};
template <class Loss, class Optimizer, class... Variables>
struct update_of<false, true, Loss, Optimizer, Variables...> {
    using type = split_update<Loss, Optimizer, Variables...>;
};
template <bool IsSplit, class Loss, class Optimizer, class Group>
struct update_of<true, IsSplit, Loss, Optimizer, Group> {
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
    using memory_pieces = runtime::training::memory_pieces;
    static constexpr bool is_flat = runtime::training::is_flat<Optimizer, Variables...>,
                          is_parallel = distributed::is_data_parallel<Optimizer>;
    using update_type = typename runtime::training::update_of<is_flat, is_parallel, expression<Node, L...>, Optimizer,
                                                              Variables...>::type;

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
        return step<true>(feeds...);
    }
    /// Of several processes: the step of one that has no batch, while others run theirs. Returns their mean loss.
    auto without_batch() requires is_parallel { return step<false>(); }
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
    /// Bytes of memory for use_memory; `batch` stands for every extent that is unknown. A constant.
    static constexpr std::size_t memory_bytes(extent_t batch = 0) {
        return memory_pieces::bytes_around +
               memory_pieces::piece(runtime::memory_bytes_of(code::description(), batch)) +
               update_type::memory_bytes(batch);
    }
    /// It works in this memory, which outlives it: its steps take nothing from the heap, unless a kernel needs working
    /// memory. What the optimiser remembers begins again. A copy of the step is on the heap; so are the gradients
    /// and the second program of a data-parallel step whose parameters are not one tensor.
    ///
    /// errors    invalid_argument: the memory is smaller than memory_bytes(batch)
    /// test      tests/run/step_in_memory_test.cpp
    void use_memory(std::span<std::byte> memory, extent_t batch = 0) {
        memory_pieces pieces(memory, memory_bytes(batch));
        workspace_ = workspace(pieces.take(runtime::memory_bytes_of(code::description(), batch)));
        update_.use_memory(pieces, batch);
    }
    /// From now on the watcher is told of every kernel of this step: profile p; step.watch(p). It must outlive that.
    void watch(kernel_observer& watcher) { set_watcher(&watcher); }
    void stop_watching() { set_watcher(nullptr); }

private:
    void set_watcher(kernel_observer* watcher) {
        watcher_ = watcher;
        workspace_.watch(watcher);
        update_.watch(watcher);
    }
    template <bool HasBatch, class... Feeds> auto step(const Feeds&... feeds) {
        runtime::leaf_value leaves[code::leaf_count];
        runtime::binding::set_values(leaves, code::leaves.data(), loss_, feeds...);
        hyper_type hypers[Optimizer::hypers + 1];
        int k = 0;
        for (const auto value : runtime::optimizers::values_of(optimizer, update_.number.item()))
            hypers[k++] = static_cast<hyper_type>(value);
        if constexpr (is_parallel) begin_alike(leaves);
        void* results[code::sizes.roots];
        update_.prepare(leaves, hypers, results);

        typename code::template result<0> loss;
        results[0] = static_cast<void*>(loss.data());
        const auto compute = [&] {
            workspace_.bind(code::tables(), leaves);
            runtime::updates::set_targets<code>(results, leaves);
            workspace_.run(code::tables(), leaves, results);
        };
        if constexpr (is_parallel) compute_together(loss, HasBatch, compute);
        else compute();
        update_.finish(leaves, hypers);
        if constexpr (HasBatch) runtime::binding::advance(loss_);
        return loss;
    }
    // ---- of several processes
    /// Before the first step all have the first one's values.
    void begin_alike(const runtime::leaf_value* leaves) {
        if (is_alike_) return;
        static constexpr auto numbers = runtime::training::numbers_of_trained<core::type_list<L...>, Variables...>;
        runtime::training::take_values_of_first(*optimizer.group, code::leaves.data(), leaves, numbers);
        is_alike_ = true;
    }
    /// Loss and gradients become the means of all.
    template <class Result, class Compute> void compute_together(Result& loss, bool has_batch, Compute compute) {
        auto& gradients = update_.gradients_of_all();
        *loss.data() = 0;
        const auto run = [&](kernel_observer* observer) {
            workspace_.watch(observer);
            compute();
            workspace_.watch(watcher_);
        };
        gradients.step(code::tables(), optimizer, has_batch, watcher_, run, loss.data());
    }

    expression<Node, L...> loss_;
    update_type update_;
    workspace workspace_;
    kernel_observer* watcher_ = nullptr;
    bool is_alike_ = false;
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
