// SPDX-License-Identifier: BSL-1.0
// Functions whose operations belong to a region of a name, and the assignment of a variable inside of a function.
#pragma once
#include <telar/expr/function.hpp>
#include <telar/graph/open_region.hpp>
#include <telar/graph/state.hpp>

namespace telar::inline TELAR_ABI {

namespace expr::functions {
/// F in a region that `Open` opens.
template <class F, class Open> struct in_region {
    static constexpr bool is_users = true;
    using body = typename expr::calling::lambda_in<F>::type;
    template <class... S> constexpr auto operator()(S... s) const {
        graph* g = nullptr;
        ((g = s.g), ...);
        const auto region = Open::open(*g);
        return F{}(s...);
    }
};
/// A region of a name.
template <fixed_string Name> struct named_region {
    static constexpr open_region open(graph& g) { return open_region(g, Name.view()); }
};
}  // namespace expr::functions

/// f, with a name for its part of the program, as tf.name_scope gives. The names of nested scopes are joined by a dot.
/// Errors, show_graph, dot_graph, explain and profile show the name.
///
///     constexpr auto encoder = scope<"encoder">(telar::function([](auto x, auto W) { return tanh(x * W); }));
///
/// shapes    those of f, as its types, values and derivatives
/// edge      an operation that two scopes apply to the same operands is computed once, and belongs to the first. A
///           kernel belongs to the scope of its product, else to that of most of its operations. A derivative belongs
///           to the scope of the operation that it differentiates
/// test      tests/expr/scope_test.cpp
template <fixed_string Name, class F> constexpr auto scope(function_object<F>) {
    return function_object<expr::functions::in_region<F, expr::functions::named_region<Name>>>{};
}

/// Inside a function: the variable gets this value when the run ends, as in update(v = e). Every read in the run sees
/// the value that it had at the start. next_value(v) is the value assigned so far, so that a second call of the
/// function continues from the first.
///
///     constexpr auto counted = telar::function([](auto x, auto calls) {
///         assign(calls, next_value(calls) + 1);
///         return x;
///     });
///
/// shapes    the value broadcasts to the variable
/// types     both alike
/// errors    E105 element_types_differ, E111 cannot_broadcast_to, E248 update_in_a_step, E249 update_is_lost (run alone
///           commits nothing), E250 updated_is_no_variable
/// edge      what a checkpoint computes again assigns nothing
/// gradient  none: neither passes one
/// test      tests/expr/scope_test.cpp
constexpr void assign(symbol variable, symbol value, source_line at = source_line::current()) {
    ir::line_scope scope(variable.g, at);
    ir::emit::assign(variable, value.plain());
}
constexpr symbol next_value(symbol variable) { return ir::emit::next_value(variable); }

}  // namespace telar::inline TELAR_ABI
