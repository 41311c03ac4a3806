// SPDX-License-Identifier: BSL-1.0
// Derivatives as expressions and as functions.
#pragma once
#include <telar/expr/attributes.hpp>
#include <telar/passes/differentiate.hpp>
#include <telar/run/program.hpp>

namespace telar::inline TELAR_ABI {

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

/// (y, dy/dx_from, ..., dy/dx_(to-1)), or without y.
template <class F, bool WithValue, extent_t From, extent_t To> struct derivative {
    static constexpr bool is_users = true;
    template <class... S> constexpr auto operator()(S... s) const {
        constexpr extent_t count = sizeof...(S), from = From < 0 ? From + count : From,
                           to = To < 0       ? To + count
                                : To < count ? To
                                             : count;
        static_assert(0 <= from && from < to, "grad: the range names no argument");
        constexpr std::size_t derivatives = static_cast<std::size_t>(to - from);
        const symbol x[] = {s...};
        std::array<symbol, WithValue + derivatives> out;
        const symbol y = F{}(s...);
        out[0] = y;
        differentiate(y, x + from, static_cast<int>(derivatives), out.data() + WithValue);
        if constexpr (WithValue + derivatives == 1) return symbol(out[0]);
        else return out;
    }
};

}  // namespace functions

/// The derivative of a function that returns a scalar: grad(f)(t) has t's shape; several arguments give a tuple, and a
/// range says by which of them: grad(f, range<1>) by all but the first, grad(f, range<0, 1>) by the first alone.
///
/// errors    E130 gradient_of_a_non_scalar, E132 gradient_of_an_integer, E133 no_path_for_the_gradient
/// test      tests/run/grad_test.cpp
template <class F, extent_t From = 0, extent_t To = to_the_end>
constexpr auto grad(function_object<F>, index_range<From, To> = {}) {
    return function_object<functions::derivative<F, false, From, To>>{};
}
/// (f(t), df/dt, ...) in one program.
template <class F, extent_t From = 0, extent_t To = to_the_end>
constexpr auto value_and_grad(function_object<F>, index_range<From, To> = {}) {
    return function_object<functions::derivative<F, true, From, To>>{};
}

}  // namespace telar::inline TELAR_ABI
