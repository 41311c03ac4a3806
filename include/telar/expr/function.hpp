// SPDX-License-Identifier: BSL-1.0
// One function, three ways: called with tensors it runs now, with expressions it builds a bigger expression, with
// symbols it appends to the graph that is being traced.
#pragma once
#include <telar/expr/join.hpp>
#include <telar/expr/variable.hpp>

#include <bit>

namespace telar::inline TELAR_ABI {

namespace expr {
/// A leaf of an eager call or of graph_of: the function's I-th argument.
template <int I, class T> struct argument : named_leaf<argument<I, T>, T> { using handle = const T*; };

/// Runs F on tensors; defined in run/eager.hpp, which alone sees the compiler and the kernels.
template <class F> struct eager;

/// Past this size an expression's type is too costly for the compiler; a function's graph is not.
inline constexpr int largest_expression = 1000;

namespace functions {
/// A function that is composed of others, as one operation: operands of two bytes are widened to float32, and each
/// result is rounded to their type. Everything between is float32: counts, constants, sums. The operands come without
/// the linear flag, so that * is element-wise inside, also for matrices.
template <class F> struct composed {
    static constexpr bool rounds_once = true;
    constexpr auto operator()(auto... x) const {
        const dtype type = narrow_type(x...);
        const auto y = F{}(prepared(x, is_half(type))...);
        if (!is_half(type)) return y;
        symbol r[static_cast<std::size_t>(result_count<std::remove_const_t<decltype(y)>>)];
        int i = 0;
        for (symbol& one : r) {
            one = result_at(y, i++);
            if (is_float(one.type())) one = emit::rounded(one, type);
        }
        return results_from<std::remove_const_t<decltype(y)>>(r);
    }

private:
    static constexpr dtype type_of(const auto& x) {
        if constexpr (std::same_as<std::remove_cvref_t<decltype(x)>, symbol>) return x.type();
        else return dtype::int32;  // an axis or a flag
    }
    static constexpr bool is_wide_number(const auto& x) {
        if constexpr (std::same_as<std::remove_cvref_t<decltype(x)>, symbol>)
            return x.rank() == 0 && x.type() == dtype::float32;
        else return false;
    }
    /// The operands' type of two bytes. A number beside them may be a float32; other types beside them are a mistake,
    /// which F finds.
    static constexpr dtype narrow_type(auto... x) {
        dtype type = dtype::float32;
        for (const dtype each : {type_of(x)...})
            if (is_half(each)) type = each;
        const bool fits = (... && (type_of(x) == type || !is_float(type_of(x)) || is_wide_number(x)));
        return fits ? type : dtype::float32;
    }
    /// What is no symbol is an axis or a flag.
    template <class T> static constexpr T prepared(T x, bool widens) {
        if constexpr (std::same_as<T, symbol>) return widens ? emit::widened(x.plain()) : x.plain();
        else return x;
    }
};
/// The type of a number beside operands of type `common`.
template <class F> constexpr dtype number_type(dtype common) {
    if constexpr (requires { F::rounds_once; }) return arithmetic_type(common);
    else return common;
}
}  // namespace functions

/// The element type that numbers beside these operands take: that of the first operand that is no bool.
template <class... A> constexpr dtype common_type() {
    constexpr auto type_of = []<class T>(std::type_identity<T>) {
        if constexpr (Tensor<T>) return T::type;
        else if constexpr (Lazy<T>) return expression_of<T>::type.type;
        else return dtype::boolean;
    };
    for (const dtype t : {type_of(std::type_identity<A>{})...})
        if (t != dtype::boolean) return t;
    return dtype::boolean;
}

/// A number becomes one of the operands' element type; an operand stays what it is.
template <dtype Common, class T> decltype(auto) beside_operands(const T& v) {
    if constexpr (!Scalar<T>) return (v);
    else if constexpr (Common == dtype::boolean || std::same_as<T, bool>) return T(v);
    else {
        if constexpr (Real<T> && !is_float(Common))
            core::errors::literal_is_no_integer<core::errors::got_type<Common>, core::errors::at_line<0>>();
        return static_cast<element_t<Common>>(v);
    }
}

namespace calling {

template <class F, class... A> constexpr auto on_symbols(source_line at, const A&... a) {
    graph* g = nullptr;
    dtype common = dtype::boolean;
    const auto look = [&](const auto& x) {
        if constexpr (Symbol<decltype(x)>) {
            if (!g) g = x.g;
            if (common == dtype::boolean) common = x.type();
        }
    };
    (look(a), ...);
    const auto lift = [&](const auto& x) -> symbol {
        using X = std::remove_cvref_t<decltype(x)>;
        if constexpr (Symbol<X>) return x;
        else if constexpr (std::same_as<X, bool>) return emit::constant(*g, dtype::boolean, x);
        else {
            const dtype type = common == dtype::boolean ? dtype_of<X>() : functions::number_type<F>(common);
            if constexpr (std::integral<X>) return whole_literal(*g, type, static_cast<std::int64_t>(x));
            else return literal(*g, type, static_cast<double>(x), false);
        }
    };
    if constexpr (requires { F::is_users; }) return F{}(lift(a)...);  // the lines inside say more than that of the call
    line_scope scope(g, at);
    return F{}(lift(a)...);
}

/// What stands in for the result of a call that was refused, so that nothing else is reported.
constexpr symbol refused() { return {}; }
template <class A, class... Rest> constexpr auto refused(const A& a, const Rest&... rest) {
    constexpr bool is_best = Symbol<A> || (Operand<A> && !(... || Operand<Rest>));
    if constexpr (is_best || sizeof...(rest) == 0) return a;
    else return refused(rest...);
}

/// The first of these types that is neither an operand nor a number.
template <class...> struct first_foreign { using type = void; };
template <class A, class... Rest>
struct first_foreign<A, Rest...>
    : std::conditional_t<Operand<A> || Scalar<A>, first_foreign<Rest...>, std::type_identity<A>> {};

template <class A, dtype Common>
using operand_expression =
    expression_of<std::remove_cvref_t<decltype(beside_operands<Common>(std::declval<const A&>()))>>;
template <class F, class... A>
using node_of = typename applied<F, std::tuple<>, 0, 0,
                                 operand_expression<A, functions::number_type<F>(common_type<A...>())>...>::type;

/// A call that draws: its node and where its draws are counted from, as an expression.
template <class Node> auto number_of_draws() {
    const draw_handle next = draw_handle::next(Node::checked.draws);
    if constexpr (Node::captures > 0) return expression<draw_number, draw_number>(std::in_place, next);
    else if constexpr (Node::results > 1) {
        using number = call_number<identity<Node>, of_all_results>;
        return expression<number, number>(std::in_place, next);
    } else {
        return expression<placed_number<identity<Node>, 0>, call_number<identity<Node>, 0>>(std::in_place, next);
    }
}
template <class Node>
using drawing_of =
    drawing<Node,
            typename shift<Node::captures, typename decltype(number_of_draws<Node>())::node_type, Node::places>::type>;

template <class F, class... A>
using eager_node_of = typename eager<F>::template node<
    std::remove_cvref_t<decltype(beside_operands<common_type<A...>()>(std::declval<const A&>()))>...>;
template <bool IsLazy, class F, class... A> struct chosen_node { using type = eager_node_of<F, A...>; };
template <class F, class... A> struct chosen_node<true, F, A...> { using type = node_of<F, A...>; };
/// The node of a call with these operands, lazy or eager.
template <class F, class... A> using node_called = typename chosen_node<(... || Lazy<A>), F, A...>::type;

template <class Node, class... E> auto on_expressions(const E&... e) {
    if constexpr (std::same_as<typename Node::result, symbol>) return join_operands<Node>(e...);
    else return [&]<std::size_t... I>(std::index_sequence<I...>) {
            return std::tuple(join_operands<element_of<static_cast<int>(I), Node>>(e...)...);
        }
    (std::make_index_sequence<static_cast<std::size_t>(Node::results)>{});
}

}  // namespace calling

/// The three-way call. F is a function object on symbols.
template <class F, class... A> constexpr auto call(source_line at, const A&... a) {
    if constexpr (!(... && (Operand<A> || Scalar<A>))) {
        core::errors::not_an_operand<typename calling::first_foreign<A...>::type>();
        return calling::refused(a...);
    } else if constexpr ((... || Symbol<A>)) {
        if constexpr ((... && (Symbol<A> || Scalar<A>))) return calling::on_symbols<F>(at, a...);
        else {
            core::errors::value_inside_a_traced_function<std::tuple<A...>>();
            return calling::refused(a...);
        }
    } else if constexpr ((... || Lazy<A>)) {
        using made = calling::node_of<F, A...>;
        if constexpr (made::results < 1) {
            core::errors::function_returns_no_symbol<typename made::result>();
            return calling::refused(a...);
        } else if constexpr (!made::is_constant) {
            diagnose<made>();
            return calling::refused(a...);
        } else {
            diagnose<made>();
            if constexpr (made::tree_size > largest_expression)
                core::errors::expression_too_large<core::errors::nodes<made::tree_size>>();
            constexpr dtype type = functions::number_type<F>(common_type<A...>());
            if constexpr (made::checked.draws == 0) {
                auto y = calling::on_expressions<made>(as_expression(beside_operands<type>(a))...);
                diagnose_names<decltype(y)>();
                return y;
            } else {
                auto y = calling::on_expressions<calling::drawing_of<made>>(as_expression(beside_operands<type>(a))...,
                                                                            calling::number_of_draws<made>());
                diagnose_names<decltype(y)>();
                return y;
            }
        }
    } else {
        return eager<F>::run(beside_operands<functions::number_type<F>(common_type<A...>())>(a)...);
    }
}
}  // namespace expr

/// One operand or more, beside numbers. (What is neither is refused by the call, which names it: E120.)
template <class... A>
concept Operands = (... || Operand<A>);

namespace expr {
/// What a traced function gets for an argument.
template <class> symbol& symbol_for();
}  // namespace expr

namespace expr::calling {
// How many arguments a user's lambda takes, without compiling its body, in which a mistake would be told from here: a
// call that it takes is ambiguous beside a rival that takes as many.
struct rivals_result {};
template <std::size_t Count> struct rival;
// clang-format off
template <> struct rival<0> { rivals_result operator()() const; };
template <> struct rival<1> { rivals_result operator()(auto) const; };
template <> struct rival<2> { rivals_result operator()(auto, auto) const; };
template <> struct rival<3> { rivals_result operator()(auto, auto, auto) const; };
template <> struct rival<4> { rivals_result operator()(auto, auto, auto, auto) const; };
template <> struct rival<5> { rivals_result operator()(auto, auto, auto, auto, auto) const; };
template <> struct rival<6> { rivals_result operator()(auto, auto, auto, auto, auto, auto) const; };
// clang-format on
inline constexpr std::size_t most_counted_arguments = 6;
template <class F, std::size_t Count> struct beside_rival : F, rival<Count> {
    using F::operator();
    using rival<Count>::operator();
};
template <class F, std::size_t... I> constexpr bool takes(std::index_sequence<I...>) {
    return !requires(beside_rival<F, sizeof...(I)> & f) {
        { f(symbol_for<std::integral_constant<std::size_t, I>>()...) } -> std::same_as<rivals_result>;
    };
}
template <class F, std::size_t... I> constexpr bool can_be_called(std::index_sequence<I...>) {
    return requires(F & f) { f(symbol_for<std::integral_constant<std::size_t, I>>()...); };
}
/// How many arguments a lambda takes that does not take Count; Count if it does, or if that cannot be told.
template <class F, std::size_t Count, std::size_t Other = 0> constexpr std::size_t arguments_instead_of() {
    if constexpr (Other > most_counted_arguments) return Count;
    else if constexpr (!takes<F>(std::make_index_sequence<Other>{})) return arguments_instead_of<F, Count, Other + 1>();
    else if constexpr (can_be_called<F>(std::make_index_sequence<Count>{})) return Count;
    else return Other;
}
template <class F, class... A> constexpr auto argument_error() {
    using diagnosis::is;
    constexpr std::size_t count = sizeof...(A);
    constexpr std::size_t taken = [] {
        if constexpr (!requires { typename F::body; } || count > most_counted_arguments) return count;
        else if constexpr (takes<typename F::body>(std::make_index_sequence<count>{})) return count;
        else return arguments_instead_of<typename F::body, count>();
    }();
    if constexpr (taken != count)
        return is<core::errors::wrong_number_of_arguments<core::errors::takes<static_cast<int>(taken)>,
                                                          core::errors::gets<static_cast<int>(count)>>>();
    else if constexpr (!(... && (Operand<A> || Scalar<A>)))
        return is<core::errors::not_an_operand<typename first_foreign<A...>::type>>();
    else if constexpr (!(... || Operand<A>)) return is<core::errors::numbers_alone<F>>();
    else return is<diagnosis::no_mistake>();
}
/// What is wrong with the arguments of a function before it is traced, as diagnose.
template <class F, class... A> using diagnose_arguments = typename decltype(argument_error<F, A...>())::type;
}  // namespace expr::calling

namespace expr::functions {
struct first {  // stands in for a function that was refused
    constexpr symbol operator()(symbol x, auto...) const { return x; }
};
}  // namespace expr::functions

namespace expr::calling {
/// The user's lambda inside of F, if there is one: of it is first told what it takes and what in it does not compile.
template <class F> struct lambda_in { using type = functions::first; };
template <class F>
requires requires { typename F::body; }
struct lambda_in<F> {
    using type = typename F::body;
};
}  // namespace expr::calling

/// What telar::function makes of a lambda or a function object. Mistakes are told here, not some templates deeper; a
/// body that does not compile was told of by the compiler, and what follows from it says nothing more.
template <class F> struct function_object {
    using functor = F;
    template <class... A> constexpr auto operator()(const A&... a) const {
        using lambda = typename expr::calling::lambda_in<F>::type;
        using refusal = expr::calling::diagnose_arguments<F, A...>;
        if constexpr (!std::same_as<refusal, expr::diagnosis::no_mistake>) {
            refusal();
            return expr::calling::refused(a...);
        } else {
            using result = decltype(std::declval<lambda>()(expr::symbol_for<A>()...));
            if constexpr (!requires { std::declval<lambda>()(expr::symbol_for<A>()...); }) {
                return expr::calling::refused(a...);
            } else if constexpr ((... || Symbol<A>)) {
                return expr::call<F>(source_line{}, a...);
            } else if constexpr (expr::result_count<result> < 1) {
                core::errors::function_returns_no_symbol<result>();
                return expr::calling::refused(a...);
            } else {
                expr::diagnose<expr::calling::node_called<F, A...>>();
                return expr::call<F>(source_line{}, a...);
            }
        }
    }
};

namespace expr {
/// A user's function, made from its type alone: [&](auto x) { ... } that captures nothing has no default constructor.
template <class F> struct traced {
    static constexpr bool is_users = true;  // a mistake inside it names the user's line
    using body = F;
    struct blank {};
    static constexpr F make() {
        if constexpr (std::is_default_constructible_v<F>) return F{};
        else return std::bit_cast<F>(blank{});
    }
    template <class... S> constexpr auto operator()(S... s) const { return make()(s...); }
};
}  // namespace expr

/// A function that is traced into a graph, as tf.function: called with tensors it runs now, with expressions it stays
/// lazy, with symbols it is inlined. An ordinary C++ loop inside builds the graph.
///
/// errors    E121 function_must_not_capture, E122 value_inside_a_traced_function, E123 function_returns_no_symbol
/// edge      results: a symbol, a std::tuple or a std::array of symbols; run-time ifs cannot be traced: use where
template <class F> constexpr auto function(F) {
    if constexpr (!std::is_empty_v<F>) {
        core::errors::function_must_not_capture<F>();
        return function_object<expr::functions::first>{};
    } else {
        return function_object<expr::traced<F>>{};
    }
}

}  // namespace telar::inline TELAR_ABI
