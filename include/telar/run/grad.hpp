// SPDX-License-Identifier: BSL-1.0
// Derivatives as expressions and as functions.
#pragma once
#include <telar/passes/differentiate.hpp>
#include <telar/run/program.hpp>

namespace telar::inline TELAR_ABI {

// ---------------------------------------------------------------- of expressions
template <class Node, class Leaf> struct gradient_of {
    static constexpr int captures = Node::captures;
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

/// d y / d v: an expression of v's shape, like any other.
///
/// shapes    y () ; v any -> the same
/// errors    E130 gradient_of_a_non_scalar, E131 variable_not_in_the_expression, E132 gradient_of_an_integer,
///           E133 no_path_for_the_gradient (when it is run)
/// test      tests/run/grad_test.cpp
template <class Node, class... L, Named V> auto gradient(const expression<Node, L...>& y, const V&) {
    using leaf = typename V::leaf;
    if constexpr (!(... || std::same_as<L, leaf>)) {
        errors::variable_not_in_the_expression<V>();
        return y;
    } else {
        diagnose<gradient_of<Node, leaf>>();
        return expression<gradient_of<Node, leaf>, L...>(y.handles());
    }
}

/// The same inside a traced function.
constexpr symbol gradient(symbol y, symbol x) { return differentiate(y, x); }

// ---------------------------------------------------------------- of functions
namespace functions {

template <class F, class... S> constexpr symbol scalar_result(const F&, S... s) {
    const auto y = F{}(s...);
    static_assert(std::same_as<std::remove_const_t<decltype(y)>, symbol>, "grad: the function must return one scalar");
    return y;
}
/// (dy/dx0, dy/dx1, ...); one argument: dy/dx.
template <class F> struct grad {
    static constexpr bool is_users = true;
    constexpr symbol operator()(symbol x) const { return differentiate(F{}(x), x); }
    template <class... S>
    requires(sizeof...(S) > 1) constexpr auto operator()(S... s) const {
        const symbol x[] = {s...};
        std::array<symbol, sizeof...(S)> dx;
        differentiate(F{}(s...), x, static_cast<int>(sizeof...(S)), dx.data());
        return dx;
    }
};
/// (y, dy/dx0, dy/dx1, ...).
template <class F> struct value_and_grad {
    static constexpr bool is_users = true;
    template <class... S> constexpr auto operator()(S... s) const {
        const symbol x[] = {s...};
        std::array<symbol, sizeof...(S) + 1> out;
        out[0] = F{}(s...);
        differentiate(out[0], x, static_cast<int>(sizeof...(S)), out.data() + 1);
        return out;
    }
};

}  // namespace functions

/// The derivative of a function that returns a scalar: grad(f)(t) has t's shape; several arguments give a tuple.
template <class F> constexpr auto grad(function_object<F>) { return function_object<functions::grad<F>>{}; }
/// (f(t), df/dt) in one program.
template <class F> constexpr auto value_and_grad(function_object<F>) {
    return function_object<functions::value_and_grad<F>>{};
}

}  // namespace telar::inline TELAR_ABI
