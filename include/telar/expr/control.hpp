// SPDX-License-Identifier: BSL-1.0
// Functions that say themselves how they are differentiated, and a choice between two functions.
#pragma once
#include <telar/expr/function.hpp>
#include <telar/expr/math.hpp>
#include <telar/expr/movement.hpp>
#include <telar/expr/scan.hpp>
#include <telar/graph/effects.hpp>
#include <telar/graph/own_derivative.hpp>

#include <array>

namespace telar::inline TELAR_ABI {

namespace ir::emit {

/// x as a new value, unlike any other: differentiating by it sees nothing of how x was made.
constexpr symbol anew(symbol x) {
    return with_derivative(x, std::array<symbol, 1>{x},
                           [](graph&, const derivative_operand*, int dy, int* dx) { dx[0] = dy; });
}

}  // namespace ir::emit

namespace expr::functions {

/// F, with D(dy, x...) -> dx for its derivative.
template <class F, class D> struct custom_gradient {
    static constexpr bool is_users = true;
    using body = typename F::body;

    template <std::size_t N> static constexpr void derive(graph& g, const derivative_operand* x, int dy, int* dx) {
        const auto results = [&]<std::size_t... I>(std::index_sequence<I...>) {
            return D{}(symbol{&g, dy}, emit::operand(g, x[I])...);
        }
        (std::make_index_sequence<N>{});
        static_assert(result_count<std::remove_const_t<decltype(results)>> == static_cast<int>(N),
                      "custom_gradient: the derivative returns one symbol for each argument of the function");
        for (int i = 0; i < static_cast<int>(N); ++i) dx[i] = result_at(results, i).id;
    }
    static constexpr bool may_be_state(symbol s) {
        return s.type() == dtype::int64 && s.rank() > 0 && s.extents()[s.rank() - 1] == 2;
    }
    template <class... S> constexpr symbol operator()(S... x) const {
        const std::array<symbol, sizeof...(S)> all{x...};
        graph& g = *all[0].g;
        const draw_numbers first = g.draws;
        const symbol y = F{}(x...);
        if (g.draws.next == first.next && (... || may_be_state(x))) g.draws.take();  // for D, which may draw
        return emit::with_derivative(y, all, &derive<sizeof...(S)>, first);
    }
};

/// The value; the derivative passes where p holds, and nothing passes where it does not, NaN neither.
constexpr symbol only_if(symbol p, symbol value) {
    return emit::with_derivative(value, std::array<symbol, 2>{p, value},
                                 [](graph& g, const derivative_operand* x, int dy, int* dx) {
                                     const symbol d{&g, dy}, zero = emit::constant(g, d.type(), 0);
                                     dx[1] = emit::elementwise(op::select, emit::operand(g, x[0]), d, zero).id;
                                 });
}
template <class F, class G> struct cond {
    static constexpr bool is_users = true;

    template <class... S> constexpr symbol operator()(symbol p, S... x) const {
        p = emit::reshape(p.plain(), shape());
        const symbol not_p = emit::elementwise(op::logical_not, p);
        graph& g = *p.g;
        const int before = g.size();
        const draw_numbers of_f = g.draws;
        const symbol a = F{}(only_if(p, x)...);
        const draw_numbers of_g = g.draws;
        const symbol b = G{}(only_if(not_p, x)...);
        const symbol both = emit::elementwise(op::select, p, a, b);
        const bool are_steps = may_be_steps(g, before, p, x...);
        if (emit::silence(g, before) && !are_steps)  // both sides would print
            g.fail({mistake_kind::print_inside_cond, op::print, {}, {}, 0, {}, {}, 0});
        if (!are_steps) return both;
        const symbol zero = emit::constant(g, both.type(), 0), zeros = emit::broadcast_to(zero, both.extents());
        return step_if<G>(of_g, not_p, step_if<F>(of_f, p, zeros, x...), x...);
    }

private:
    /// A step reads its operands along an additional first axis, so they have at most five. In the steps of a scan the
    /// step is a block, which pays only where a side costs more than a call.
    template <class... S> static constexpr bool may_be_steps(const graph& g, int before, S... x) {
        const scan_scopes scopes(g);
        bool pays = !(... || (scopes.exists[x.id] >= 0));
        for (int i = before; !pays && i < g.size(); ++i) {
            const family work = info(g[i].kind).group;
            pays =
                work == family::contraction || work == family::routine || work == family::scan || work == family::call;
        }
        return pays && (... && (x.rank() < max_rank)) && g.error.what == mistake_kind::none;
    }
    /// A scan of one step, taken if p holds: then H(x...), else `otherwise`. H draws what it drew when it was traced
    /// first.
    template <class H, class... S>
    static constexpr symbol step_if(const draw_numbers& draws, symbol p, symbol otherwise, S... x) {
        const draw_scope scope(*p.g, draws);
        auto step = [&](symbol holds, symbol, auto... now) {
            const symbol y = H{}(now.as_linear(x.linear)...).plain();
            return scanned{states(holds, emit::broadcast_to(y, otherwise.extents()))};
        };
        const auto as_sequence = [](symbol s) {
            shape one(1);
            for (int i = 0; i < s.rank(); ++i) one.append(s.extents()[i]);
            return emit::reshape(s.plain(), one);
        };
        return scanning::run(emit::scan(*p.g, 1, true), step, states(p, otherwise), over(as_sequence(x)...),
                             direction::forward)
            .state[1];
    }
};

}  // namespace expr::functions

/// f, differentiated by another function: df(dy, x...) returns dx for each argument x of f. What df computes may be
/// differentiated again.
///
/// shapes    dx as x, or what broadcasts to it
/// errors    those of f and of df; df is traced when a derivative is asked for
/// edge      f(x) inside df is the value of f, not a second computation; df draws the random numbers that f draws, then
///           others; x that are integers: any number of them
/// test      tests/expr/control_test.cpp
template <class F, class D> constexpr auto custom_gradient(function_object<F>, function_object<D>) {
    return function_object<expr::functions::custom_gradient<F, D>>{};
}

// clang-format off
/// f(x...) if p, else g(x...). The derivative flows through the chosen one alone, so that what is NaN or infinite in the
/// other, its derivative too, is not seen.
///
/// Only the chosen side is computed, forward and backward. Both sides are computed where that is cheaper: if they are
/// element-wise, and, in the step of a scan, also if they only sum. A side that does more in a step is a block (see
/// compile_once). Both sides are computed as well if an operand has six axes.
///
/// shapes    p (); f(x...) and g(x...) alike, or broadcasting
/// types     p bool; f and g give the same type
/// errors    E102 reshape_changes_the_number_of_elements (p has several elements: use where), E105 element_types_differ,
///           E113 needs_a_boolean, E145 print_inside_a_cond (beside an operand of six axes)
/// edge      a side that is not computed refuses no index
/// test      tests/expr/cond_test.cpp, tests/run/cond_test.cpp
template <class P, class F, class G, class... A> requires Operands<P, A...> constexpr auto cond(const P& p, function_object<F>, function_object<G>, const A&... x) { return expr::call<expr::functions::cond<F, G>>(source_line{}, p, x...); }
// clang-format on

}  // namespace telar::inline TELAR_ABI
