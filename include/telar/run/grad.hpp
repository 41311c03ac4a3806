// SPDX-License-Identifier: BSL-1.0
// Derivatives as expressions and as functions.
#pragma once
#include <telar/expr/attributes.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/run/program.hpp>

namespace telar::inline TELAR_ABI {

namespace runtime {
// ---------------------------------------------------------------- of expressions
template <class Node, class Leaf> struct gradient_of {
    static constexpr int captures = Node::captures;
    static constexpr int places = places_of<Node>;
    static constexpr int tree_size = Node::tree_size + 1;
    static constexpr value_type type = Leaf::type;
    static constexpr symbol lower(trace& t) { return differentiate(symbol{Node::lower(t)}, symbol{Leaf::lower(t)}); }
    static constexpr mistake error = [] {
        mistake m;
        if (Node::type.extents.rank != 0)
            m = {mistake_kind::gradient_of_non_scalar, op::leaf, {}, {}, 0, Node::type.extents, {}, 0};
        else if (!is_float(Leaf::type.type))
            m = {mistake_kind::gradient_of_integer, op::leaf, Leaf::type.type, {}, 0, {}, {}, 0};
        else if (!is_float(Node::type.type))
            m = {mistake_kind::gradient_of_integer, op::leaf, Node::type.type, {}, 0, {}, {}, 0};
        return m;
    }();
};
}  // namespace runtime

/// d y / d v: an expression of v's shape, like any other.
///
/// shapes    y () ; v any -> the same
/// errors    E130 gradient_of_a_non_scalar, E131 variable_not_in_the_expression, E132 gradient_of_an_integer,
///           E133 no_path_for_the_gradient (when it is run)
/// test      tests/run/grad_test.cpp
template <class Node, class... L, Named V> auto gradient(const expression<Node, L...>& y, const V&) {
    using leaf = typename V::leaf;
    if constexpr (!(... || std::same_as<L, leaf>)) {
        core::errors::variable_not_in_the_expression<V>();
        return y;
    } else {
        expr::diagnose<runtime::gradient_of<Node, leaf>>();
        return expression<runtime::gradient_of<Node, leaf>, L...>(y.handles());
    }
}

/// The same inside a traced function.
constexpr symbol gradient(symbol y, symbol x) { return ir::passes::differentiate(y, x); }

// ---------------------------------------------------------------- of functions
namespace expr::functions {

/// Which of `count` arguments are meant.
template <extent_t... N> constexpr auto chosen_arguments(argument_numbers<N...>, int count) {
    return std::array<int, sizeof...(N)>{static_cast<int>(N < 0 ? N + count : N)...};
}
template <int Count, extent_t From, extent_t To> constexpr auto chosen_arguments(index_range<From, To>) {
    constexpr extent_t from = From < 0 ? From + Count : From, to = To < 0 ? To + Count : To < Count ? To : Count;
    std::array<int, static_cast<std::size_t>(from < to ? to - from : 0)> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int>(from) + static_cast<int>(i);
    return all;
}
template <int Count, extent_t... N> constexpr auto chosen_arguments(argument_numbers<N...> these) {
    return chosen_arguments(these, Count);
}
template <std::size_t N> constexpr bool are_arguments(const std::array<int, N>& numbers, int count) {
    for (const int n : numbers)
        if (n < 0 || n >= count) return false;
    return N > 0;
}

/// (y, dy/dx_i, dy/dx_k, ...) for the chosen arguments, or without y.
template <class F, bool WithValue, class Chosen> struct derivative {
    static constexpr bool is_users = true;
    using body = typename F::body;
    template <class... S> constexpr auto operator()(S... s) const {
        constexpr int given = static_cast<int>(sizeof...(S));
        constexpr auto chosen = chosen_arguments<given>(Chosen{});
        if constexpr (!are_arguments(chosen, given)) {
            core::errors::no_such_argument<Chosen, core::errors::operands<given>>();
            return F{}(s...);
        } else {
            const symbol all[] = {s...};
            std::array<symbol, chosen.size()> x;
            for (std::size_t i = 0; i < chosen.size(); ++i) x[i] = all[chosen[i]];
            std::array<symbol, WithValue + chosen.size()> out;
            const symbol y = F{}(s...);
            out[0] = y;
            passes::differentiate(y, x.data(), static_cast<int>(chosen.size()), out.data() + WithValue);
            if constexpr (out.size() == 1) return symbol(out[0]);
            else return out;
        }
    }
};

}  // namespace expr::functions

/// The derivative of a function that returns a scalar, by its first argument as in JAX: grad(f)(t) has t's shape. By
/// others: grad(f, argnums<1>); by several of them, as a tuple: grad(f, argnums<0, 2>), grad(f, range<1>) by all but
/// the first, grad(f, range<0>) by all.
///
/// errors    E130 gradient_of_a_non_scalar, E132 gradient_of_an_integer, E133 no_path_for_the_gradient,
///           E241 no_such_argument
/// test      tests/run/grad_test.cpp
template <class F, class Chosen = argument_numbers<0>> constexpr auto grad(function_object<F>, Chosen = {}) {
    return function_object<expr::functions::derivative<F, false, Chosen>>{};
}
/// (f(t), df/dt) in one program; by other arguments as grad.
template <class F, class Chosen = argument_numbers<0>> constexpr auto value_and_grad(function_object<F>, Chosen = {}) {
    return function_object<expr::functions::derivative<F, true, Chosen>>{};
}

}  // namespace telar::inline TELAR_ABI
