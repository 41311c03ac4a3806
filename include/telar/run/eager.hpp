// SPDX-License-Identifier: BSL-1.0
// Eager: a function called with tensors is compiled as a program of its own and run now.
#pragma once
#include <telar/run/compile.hpp>

namespace telar::inline TELAR_ABI {

namespace runtime {
/// Allocates the results of the roots `I`, runs, returns one tensor or a tuple of them.
template <class Program, int... I>
auto run_and_collect(workspace& w, const leaf_value* leaves, std::integer_sequence<int, I...>) {
    w.bind(Program::tables(), leaves);
    std::tuple<typename Program::template result<I>...> out{
        Program::template result<I>::uninitialized(w.result_extents(Program::tables(), I))...};
    std::apply(
        [&](auto&... t) {
            void* const results[] = {static_cast<void*>(t.data())...};
            w.run(Program::tables(), leaves, results);
        },
        out);
    if constexpr (sizeof...(I) == 1) return std::get<0>(std::move(out));
    else return out;
}

template <class T> leaf_value leaf_value_of(const T& v) {
    static constexpr shape no_axes;
    if constexpr (Scalar<T>) return {&v, &no_axes, true};
    else return {v.data(), &v.extents(), T::is_static};
}

/// The node and the program of a function that is called with values of the given types.
template <class F, class Index, class... A> struct call_of;
template <class F, std::size_t... I, class... A> struct call_of<F, std::index_sequence<I...>, A...> {
    using node = apply<F, argument<static_cast<int>(I), A>...>;
    using program = compiled<node, argument<static_cast<int>(I), A>...>;
};
}  // namespace runtime

template <class F> struct expr::eager {
    template <class... A> using node = typename runtime::call_of<F, std::index_sequence_for<A...>, A...>::node;
    template <class... A> static auto run(const A&... a) {
        using called = runtime::call_of<F, std::index_sequence_for<A...>, A...>;
        using made = typename called::node;
        if constexpr (made::results < 1) {
            core::errors::function_returns_no_symbol<typename made::result>();
            return expr::calling::refused(a...);
        } else if constexpr (!made::is_constant) {
            expr::diagnose<made>();
            return expr::calling::refused(a...);
        } else {
            expr::diagnose<made>();
            static TELAR_THREAD_LOCAL workspace w;
            const runtime::leaf_value leaves[] = {runtime::leaf_value_of(a)...};
            return runtime::run_and_collect<typename called::program>(w, leaves,
                                                                      std::make_integer_sequence<int, made::results>{});
        }
    }
};

/// The program of a call, from the arguments' types alone: decltype(graph_of(f, a, b))::count(op::mul).
template <class F, class... A>
auto graph_of(const function_object<F>&, const A&...) ->
    typename runtime::call_of<F, std::index_sequence_for<A...>, A...>::program;
/// The program of an expression: decltype(graph_of(loss)).
template <class Node, class... L> auto graph_of(const expression<Node, L...>&) -> runtime::compiled<Node, L...>;

}  // namespace telar::inline TELAR_ABI
