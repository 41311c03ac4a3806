// SPDX-License-Identifier: BSL-1.0
// State: assigning expressions to variables. Every read in a run sees the variables as they were at the start; all
// assignments commit together; a run that fails commits nothing.
#pragma once
#include <telar/expr/operators.hpp>
#include <telar/run/program.hpp>

namespace telar::inline TELAR_ABI {

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
    template <class... Feeds> void run_in(session&, const Feeds&...) const {}
};

namespace updates {

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
        errors::assigned_value_does_not_fit<Leaf, typename errors::got_type<E::type.type>>();
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
template <int Base, class Done, class... A> struct nodes;
template <int Base, class... Done> struct nodes<Base, std::tuple<Done...>> {
    using type = updating<std::tuple<>, Done...>;
};
template <int Base, class... Done, class Leaf, class E, class... Rest>
struct nodes<Base, std::tuple<Done...>, assignment<Leaf, E>, Rest...>
    : nodes<Base + E::node_type::captures,
            std::tuple<Done..., assigned<Leaf, typename shift<Base, typename E::node_type>::type>>, Rest...> {};

template <class Leaf, class E> auto target_of(const assignment<Leaf, E>& a) { return expression<Leaf, Leaf>(a.target); }

/// The memory of each root: results first (given), then the assigned variables, found among the leaves.
template <class Code, class... L>
void targets(const std::tuple<typename L::handle...>& handles, std::type_identity<std::tuple<L...>>, void** results) {
    for (int r = 0; r < Code::sizes.roots; ++r) {
        const int target = Code::optimised.roots[r].target;
        if (target < 0) continue;
        int number = 0;
        const auto look = [&]<class Leaf>(std::type_identity<Leaf>, const typename Leaf::handle& h) {
            if constexpr (VariableLeaf<Leaf>)
                if (number == target) results[r] = h->value.data();
            ++number;
        };
        [&]<std::size_t... I>(std::index_sequence<I...>) { (look(std::type_identity<L>{}, std::get<I>(handles)), ...); }
        (std::index_sequence_for<L...>{});
    }
}
template <class Node, class... L, class... Feeds>
void run_assignments(workspace& w, const expression<Node, L...>& e, const Feeds&... feeds) {
    using code = compiled<Node, L...>;
    diagnose<code>();
    const auto leaves = binding::values(e, feeds...);
    w.bind(code::tables, leaves.data());
    void* results[code::sizes.roots + 1]{};
    targets<code>(e.handles(), std::type_identity<std::tuple<L...>>{}, results);
    w.run(code::tables, leaves.data(), results);
    binding::advance(e);
}

}  // namespace updates

/// What update(...) returns: run(update(W = ..., b = ...), feeds).
template <class E> struct update_list {
    using code = typename program_of<E>::type;
    static constexpr bool is_step = true;
    E joined;

    template <Feed... Feeds> void run_in(session& s, const Feeds&... feeds) const {
        updates::run_assignments(s.workspace_of<code>(), joined, feeds...);
    }
};

/// Several assignments that commit together: run(update(W = W - 0.1f * dW, b = b - 0.1f * db), X = data); also
/// update(W -= 0.1f * dW, steps += 1).
///
/// errors    E151 assigned_value_does_not_fit, E152 not_an_assignment, E153 assigned_twice
template <class... A> auto update(const A&... a) {
    if constexpr (!(... && is_assignment<A>)) {
        errors::not_an_assignment<std::tuple<A...>>();
        return refused_step{};
    } else if constexpr (!updates::all_differ<decltype(updates::leaf_of(a))...>()) {
        errors::assigned_twice<std::tuple<decltype(updates::leaf_of(a))...>>();
        return refused_step{};
    } else {
        (updates::checked(a), ...);
        using node = typename updates::nodes<0, std::tuple<>, A...>::type;
        auto joined = join<node>(a.value..., updates::target_of(a)...);
        return update_list<decltype(joined)>{std::move(joined)};
    }
}
/// v = e as an assignment, also where e is a variable.
template <Named V, Lazy E> auto assign(const V& v, const E& e) {
    return assignment<typename V::leaf, expression_of<E>>{v.handle(), as_expression(e)};
}
/// W += e: the assignment W = W + e, for update(...).
template <Named V, class E>
requires(VariableLeaf<typename V::leaf>) [[nodiscard]] auto operator+=(const V& v, const E& e) {
    return assign(v, v + e);
}
template <Named V, class E>
requires(VariableLeaf<typename V::leaf>) [[nodiscard]] auto operator-=(const V& v, const E& e) {
    return assign(v, v - e);
}

}  // namespace telar::inline TELAR_ABI
