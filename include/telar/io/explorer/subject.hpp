// SPDX-License-Identifier: BSL-1.0
// What is explored: a traced graph, its leaves, and what they hold if there is a run.
#pragma once
#include <telar/io/reference_values.hpp>
#include <telar/run/minimize.hpp>

#include <array>
#include <cstring>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace telar::inline TELAR_ABI::io::explorer {

enum class leaf_role : std::int32_t { input, variable, captured };

struct leaf {
    std::string name;  // empty: a captured value
    leaf_role role = leaf_role::captured;
    shape extents{};                        // dyn where only a run tells
    std::optional<reference::array> value;  // of the run

    leaf(std::string_view n, leaf_role r, const shape& s) : name(n), role(r), extents(s) {}
};
/// A graph with the blocks that it calls.
struct subject {
    std::string name;
    graph traced;
    std::vector<leaf> leaves;

    /// The element type of a leaf, as far as the graph reads it.
    dtype type_of(std::size_t number) const {
        for (const node& n : traced.nodes)
            if (n.kind == op::leaf && n.attribute[0] == static_cast<extent_t>(number)) return n.type;
        return dtype::float32;
    }
    bool has_values() const {
        for (const leaf& l : leaves)
            if (!l.value) return false;
        return true;
    }
};

inline reference::array array_of_leaf(dtype type, const runtime::leaf_value& v) {
    any_tensor t(type, *v.extents);
    if (t.size() > 0) std::memcpy(t.bytes().data(), v.data, t.bytes().size());
    return array_of(t);
}
template <class Leaf> constexpr leaf_role role_of() {
    if constexpr (expr::InputLeaf<Leaf>) return leaf_role::input;
    else if constexpr (expr::VariableLeaf<Leaf>) return leaf_role::variable;
    else return leaf_role::captured;
}
/// The leaves L without values.
template <class... L> std::vector<leaf> leaves_of() {
    std::vector<leaf> all;
    const auto add = [&]<class Leaf>(std::type_identity<Leaf>) {
        runtime::leaf_info infos[static_cast<std::size_t>(expr::width_of_leaf<Leaf>())];
        runtime::leaf_info* to = infos;
        runtime::add_infos<Leaf>(to);
        for (const runtime::leaf_info& i : infos) all.emplace_back(i.name, role_of<Leaf>(), i.type.extents);
    };
    (add(std::type_identity<L>{}), ...);
    return all;
}
template <class T> struct program_parts;
template <template <class, class...> class Code, class Node, class... L> struct program_parts<Code<Node, L...>> {
    static subject made(std::string name) {
        return {std::move(name), runtime::trace_of<Node, L...>::traced(), leaves_of<L...>()};
    }
};
/// A program's code: its graph, without values.
template <class Code> subject subject_of_code(std::string name) { return program_parts<Code>::made(std::move(name)); }

/// Gives the first leaves the values that an expression has for these feeds.
template <class Node, class... L, class... Feeds>
void set_values(subject& s, const expression<Node, L...>& y, const Feeds&... feeds) {
    constexpr std::size_t count = static_cast<std::size_t>(expr::leaf_numbers<L...>::count);
    std::array<runtime::leaf_info, count + 1> infos{};
    runtime::leaf_info* to = infos.data();
    const int in_turn[] = {0, (runtime::add_infos<L>(to), 0)...};
    static_cast<void>(in_turn);
    std::array<runtime::leaf_value, count + 1> values{};
    runtime::binding::set_values(values.data(), infos.data(), y, feeds...);
    for (std::size_t i = 0; i < count; ++i) s.leaves[i].value = array_of_leaf(infos[i].type.type, values[i]);
}
/// An expression. Where all its inputs have values, so has all that it computes.
template <class Node, class... L, class... Feeds>
subject subject_of(const expression<Node, L...>& y, const Feeds&... feeds) {
    if constexpr (sizeof...(Feeds) > 0) runtime::binding::require_feeds<expression<Node, L...>, Feeds...>();
    subject s{"program", runtime::trace_of<Node, L...>::traced(), leaves_of<L...>()};
    if constexpr (sizeof...(Feeds) > 0 || !(... || expr::InputLeaf<L>)) set_values(s, y, feeds...);
    return s;
}
/// A function that is called with tensors.
template <class F, class... A> subject subject_of_call(const function_object<F>&, const A&... a) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
        using call = runtime::call_of<F, std::index_sequence<I...>, A...>;
        subject s = subject_of_code<typename call::program>("program");
        const auto set = [&](std::size_t i, dtype type, const runtime::leaf_value& v) {
            s.leaves[i].name = "argument " + std::to_string(i);
            s.leaves[i].role = leaf_role::input;
            s.leaves[i].value = array_of_leaf(type, v);
        };
        (set(I, A::type, runtime::leaf_value_of(a)), ...);
        return s;
    }
    (std::index_sequence_for<A...>{});
}

/// What an optimiser remembers, the count of steps, the hyper-parameters: behind the leaves of the loss.
template <class Step> void set_states(subject& s, Step step) {
    std::size_t i = 0;
    while (s.leaves[i].value) ++i;
    for (const runtime::training::named_state& state : step.remembered()) {
        leaf& l = s.leaves[i++];
        any_tensor t(state.type, state.bytes > 0 ? state.extents : l.extents);
        std::memset(t.bytes().data(), 0, t.bytes().size());
        if (state.bytes > 0) std::memcpy(t.bytes().data(), state.data, state.bytes);
        l.value = array_of(t);
    }
    const auto set_number = [&](double v) {
        reference::array a(s.type_of(i), shape());
        a.push(v);
        s.leaves[i++].value = a;
    };
    set_number(step.steps());
    for (const auto v : runtime::optimizers::values_of(step.optimizer, static_cast<float>(step.steps())))
        set_number(static_cast<double>(v));
}

/// A training step: its program, and what runs behind it. With feeds: the values of the next step, which is not taken.
template <class Step, class... Feeds> std::vector<subject> subjects_of_step(const Step& step, const Feeds&... feeds) {
    std::vector<subject> all;
    all.push_back(subject_of_code<typename Step::code>("step"));
    if constexpr (requires { Step::next_code::leaf_count; })
        all.push_back(subject_of_code<typename Step::next_code>("update"));
    if constexpr (sizeof...(Feeds) > 0) {
        runtime::binding::require_feeds<Step, Feeds...>();
        subject& s = all[0];
        if constexpr (requires { step.loss(); }) set_values(s, step.loss(), feeds...);
        else set_values(s, step.joined, feeds...);  // of update(...)
        constexpr bool remembers = requires(Step & one) { one.remembered(); };
        if constexpr (remembers && !requires { Step::next_code::leaf_count; }) set_states(s, step);
    }
    return all;
}

}  // namespace telar::inline TELAR_ABI::io::explorer
