// SPDX-License-Identifier: BSL-1.0
// State: assigning expressions to variables. Every read in a run sees the variables as they were at the start; all
// assignments commit together; a run that fails commits nothing.
#pragma once
#include <telar/expr/operators.hpp>
#include <telar/run/program.hpp>

namespace telar::inline TELAR_ABI {

namespace runtime {
template <class Leaf, class Node> struct assigned {
    using leaf = Leaf;
    static constexpr int captures = Node::captures;
    static constexpr int tree_size = Node::tree_size;
    static constexpr value_type type = Node::type;
    static constexpr void add_root(trace& t) {
        const symbol v = Leaf::lower(t), s = Node::lower(t);
        if (!t.g.dims.same(v.extents(), s.extents())) {  // extents that are unknown must be the variable's
            for (int k = 0; k < v.rank() && k < s.rank(); ++k) t.g.dims.unify(v.extents()[k], s.extents()[k]);
        }
        t.g.roots.push({s.id, static_cast<std::int32_t>(v.self().attribute[0]), v.linear, 0});
    }
};
/// Results first, then assignments.
template <class Results, class... Assigned> struct updating;
template <class... Results, class... Assigned> struct updating<std::tuple<Results...>, Assigned...> {
    static constexpr int results = sizeof...(Results);
    static constexpr int captures = (0 + ... + Results::captures) + (0 + ... + Assigned::captures);
    static constexpr int tree_size = (0 + ... + Results::tree_size) + (0 + ... + Assigned::tree_size);
    static constexpr value_type type{};
    static constexpr void add_roots(trace& t) {
        (add_result(t, symbol{Results::lower(t)}), ...);
        (Assigned::add_root(t), ...);
    }
    static constexpr void add_result(trace& t, symbol s) { t.g.roots.push({s.id, -1, s.linear, 0}); }
};

/// What stands in for an update or a training step that was refused, so that running it says nothing more.
struct refused_step {
    static constexpr bool is_step = true;
    template <class... Feeds> tensor<float> run_in(session&, const Feeds&...) const { return {}; }
};
}  // namespace runtime

namespace runtime::updates {

template <class T> constexpr bool fits(const value_type& variable) {
    if (T::type.type != variable.type || T::type.extents.rank != variable.extents.rank) return false;
    for (int k = 0; k < variable.extents.rank; ++k) {
        const extent_t a = T::type.extents[k], b = variable.extents[k];
        if (a != dyn && b != dyn && a != b) return false;
    }
    return true;
}
template <class Leaf, class E> auto checked(const assignment<Leaf, E>& a) {
    if constexpr (!fits<E>(Leaf::type))
        core::errors::assigned_value_does_not_fit<Leaf, typename core::errors::got_type<E::type.type>>();
    return a;
}
template <class... Leaf> constexpr bool all_differ() {
    constexpr std::uint64_t id[sizeof...(Leaf) + 1]{identity<Leaf>...};
    for (std::size_t i = 0; i < sizeof...(Leaf); ++i)
        for (std::size_t k = 0; k < i; ++k)
            if (id[i] == id[k]) return false;
    return true;
}
template <class Leaf, class E> auto leaf_of(const assignment<Leaf, E>&) -> Leaf;
/// Sorts what is to be computed into results and assignments.
template <int Base, class Results, class Done, class... A> struct nodes;
template <int Base, class... Results, class... Done> struct nodes<Base, std::tuple<Results...>, std::tuple<Done...>> {
    using type = updating<std::tuple<Results...>, Done...>;
};
template <int Base, class Results, class... Done, class Leaf, class E, class... Rest>
struct nodes<Base, Results, std::tuple<Done...>, assignment<Leaf, E>, Rest...>
    : nodes<Base + E::node_type::captures, Results,
            std::tuple<Done..., assigned<Leaf, typename shift<Base, typename E::node_type>::type>>, Rest...> {};
template <int Base, class... Results, class Done, class Node, class... L, class... Rest>
struct nodes<Base, std::tuple<Results...>, Done, expression<Node, L...>, Rest...>
    : nodes<Base + Node::captures, std::tuple<Results..., typename shift<Base, Node>::type>, Done, Rest...> {};

template <class Leaf, class E> const E& value_of(const assignment<Leaf, E>& a) { return a.value; }
template <class Node, class... L> const auto& value_of(const expression<Node, L...>& e) { return e; }
template <class Leaf, class E> auto target_of(const assignment<Leaf, E>& a) {
    return expression<Leaf, Leaf>(std::in_place, a.target);
}
template <class Node, class... L> auto target_of(const expression<Node, L...>&) { return expression<Node>(); }

/// The memory of the variables that are assigned to, each for its root.
template <class Code> void set_targets(void** results, const leaf_value* leaves) {
    for (int r = 0; r < Code::sizes.roots; ++r)
        if (const int target = Code::roots[r].target; target >= 0) results[r] = const_cast<void*>(leaves[target].data);
}
/// `place(results)` says where the results shall lie, once the dimensions are bound.
template <class Node, class... L, class Place, class... Feeds>
void run_assignments(workspace& w, const expression<Node, L...>& e,
                     const draw_readings<expression<Node, L...>>& readings, Place place, const Feeds&... feeds) {
    using code = compiled<Node, L...>;
    diagnose<code>();
    const auto leaves = binding::values<code>(e, feeds...);
    w.bind(code::tables(), leaves.data());
    void* results[code::sizes.roots + 1]{};
    place(results);
    set_targets<code>(results, leaves.data());
    if (readings.others.empty()) w.run(code::tables(), leaves.data(), results);
    else if constexpr (has_call_numbers<expression<Node, L...>> && code::sizes.roots > 1)
        run_readings_into<code>(results, w, e, readings, feeds...);
    binding::advance(e);
}

}  // namespace runtime::updates

/// What update(...) returns: run(update(W = ..., b = ...), feeds); what fetch(...) with assignments returns.
template <class E> struct update_list {
    using code = typename runtime::program_of<E>::type;
    static constexpr bool is_step = true;
    static constexpr int results = E::node_type::results;
    E joined;
    runtime::draw_readings<E> readings;

    template <Feed... Feeds> auto run_in(session& s, const Feeds&... feeds) const {
        workspace& w = s.workspace_of<code>();
        if constexpr (results == 0)
            runtime::updates::run_assignments(
                w, joined, readings, [](void**) {}, feeds...);
        else return collect(w, std::make_integer_sequence<int, results>{}, feeds...);
    }
    template <Output... Out, Feed... Feeds>
    void run_into(session& s, const std::tuple<Out&...>& outs, const Feeds&... feeds) const {
        static_assert(sizeof...(Out) == results, "run_into takes one tensor for each result");
        workspace& w = s.workspace_of<code>();
        runtime::updates::run_assignments(
            w, joined, readings, [&](void** memory) { runtime::place_results<code>(w, outs, memory); }, feeds...);
    }
    template <Feed... Feeds> void prepare_in(session& s, const Feeds&... feeds) const {
        expr::diagnose<code>();
        const auto leaves = runtime::binding::values<code>(joined, feeds...);
        s.workspace_of<code>().prepare(code::tables(), leaves.data());
    }

private:
    template <int... I, class... Feeds>
    auto collect(workspace& w, std::integer_sequence<int, I...>, const Feeds&... feeds) const {
        std::tuple<typename code::template result<I>...> out;
        const auto place = [&](void** memory) {
            ((std::get<I>(out) = code::template result<I>::uninitialized(w.result_extents(code::tables(), I))), ...);
            ((memory[I] = static_cast<void*>(std::get<I>(out).data())), ...);
        };
        runtime::updates::run_assignments(w, joined, readings, place, feeds...);
        if constexpr (results == 1) return std::get<0>(std::move(out));
        else return out;
    }
};

template <class E> struct runtime::binding::leaves_of_run<update_list<E>> : leaves_of_run<E> {};

namespace runtime::updates {
template <class... A> auto joined(const A&... a) {
    using node = typename nodes<0, std::tuple<>, std::tuple<>, A...>::type;
    auto all = join<node>(value_of(a)..., target_of(a)...);
    draw_readings<decltype(all)> readings;
    if constexpr (has_call_numbers<decltype(all)>) {
        reading_finder<decltype(all)> finder(all);
        const auto add = [&]<class T>(const T& item, bool assignments) {
            if (is_assignment<T> == assignments) finder.add(value_of(item));
        };
        (add(a, false), ...);  // in the order of the roots
        (add(a, true), ...);
        readings = std::move(finder).take(all);
    }
    return update_list<decltype(all)>{std::move(all), std::move(readings)};
}
}  // namespace runtime::updates

/// Several assignments that commit together: run(update(W = W - 0.1f * dW, b = b - 0.1f * db), X = data); also
/// update(W -= 0.1f * dW, steps += 1).
///
/// errors    E151 assigned_value_does_not_fit, E152 not_an_assignment, E153 assigned_twice, E232 written_already
template <class... A> [[nodiscard("update does nothing by itself: run(update(...))")]] auto update(const A&... a) {
    if constexpr ((... || Stateful<A>)&&(... && (Stateful<A> || expr::is_assignment<A>))) {
        core::errors::written_already<std::tuple<A...>>();
        return runtime::refused_step{};
    } else if constexpr (!(... && expr::is_assignment<A>)) {
        core::errors::not_an_assignment<std::tuple<A...>>();
        return runtime::refused_step{};
    } else if constexpr (!runtime::updates::all_differ<decltype(runtime::updates::leaf_of(a))...>()) {
        core::errors::assigned_twice<std::tuple<decltype(runtime::updates::leaf_of(a))...>>();
        return runtime::refused_step{};
    } else {
        return runtime::updates::joined(runtime::updates::checked(a)...);
    }
}
template <class T>
concept Assignment = expr::is_assignment<T>;
/// Expressions and assignments in one run: run(fetch(y, h = new_h, steps += 1), X = data) returns y and commits the
/// rest. Every read sees the variables as they were before.
///
///     run_into(std::tie(y), fetch(output, h = next_h, c = next_c), X = sample);   // allocates nothing
///
/// errors    E151 assigned_value_does_not_fit
template <class... E>
requires((... || Assignment<E>)&&(... || Lazy<E>)&&(... && (Assignment<E> || Lazy<E>))) auto fetch(const E&... e) {
    const auto item = []<class T>(const T& x) {
        if constexpr (Assignment<T>) return runtime::updates::checked(x);
        else return as_expression(x);
    };
    return runtime::updates::joined(item(e)...);
}
/// v = e as an assignment for update(...), also where e is a variable or a tensor, whose v = e writes at once.
template <Stateful V, Operand E> auto assign(V& v, const E& e) {
    return expr::assignment<typename V::leaf, expression_of<E>>{v.handle(), as_expression(e)};
}
/// W += e: the assignment W = W + e, for update(...).
template <Stateful V, class E> auto operator+=(V& v, const E& e) { return assign(v, v + e); }
template <Stateful V, class E> auto operator-=(V& v, const E& e) { return assign(v, v - e); }

}  // namespace telar::inline TELAR_ABI
