// SPDX-License-Identifier: BSL-1.0
// An expression: nothing is computed; its type is the graph. The nodes are pure types, the object holds one handle per
// leaf, so `auto` is always safe: an expression never refers to a temporary.
#pragma once
#include <telar/core/fixed_string.hpp>
#include <telar/expr/diagnose.hpp>
#include <telar/expr/trace.hpp>
#include <telar/graph/draws.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

namespace telar::inline TELAR_ABI {

// ---------------------------------------------------------------- results of a traced function
/// How many values a function on symbols returns: a symbol is one, a tuple or an array of symbols several.
template <class R> inline constexpr int result_count = -1;
template <> inline constexpr int result_count<symbol> = 1;
template <class... S>
inline constexpr int result_count<std::tuple<S...>> = (... && std::same_as<S, symbol>) ? int(sizeof...(S)) : -1;
template <std::size_t N> inline constexpr int result_count<std::array<symbol, N>> = int(N);

template <class R> constexpr symbol result_at(const R& r, int i) {
    if constexpr (std::same_as<R, symbol>) return r;
    else if constexpr (requires { r[std::size_t{}]; }) return r[static_cast<std::size_t>(i)];
    else return [&]<std::size_t... K>(std::index_sequence<K...>) {
            symbol s;
            ((static_cast<int>(K) == i ? void(s = std::get<K>(r)) : void()), ...);
            return s;
        }
    (std::make_index_sequence<static_cast<std::size_t>(result_count<R>)>{});
}

/// The results as their function gave them.
template <class R> constexpr R results_from(const symbol* s) {
    if constexpr (std::same_as<R, symbol>) return *s;
    else return [&]<std::size_t... K>(std::index_sequence<K...>) {
            return R{s[K]...};
        }
    (std::make_index_sequence<static_cast<std::size_t>(result_count<R>)>{});
}

/// What calling F on values of the given types gives: the results' types, or a mistake.
template <int Results> struct outcome {
    mistake error{};
    std::int64_t draws = 0;  // how many numbers of draws it takes
    value_type values[std::size_t(Results)]{};
};

/// The outcome of Node::check(), or the mistake that it is no constant expression.
template <auto Outcome> struct known_outcome { static constexpr auto value = Outcome; };
template <class Node> struct unknown_outcome {
    static constexpr decltype(Node::check()) value{{mistake_kind::function_is_no_constant}, {}};
};
namespace calling {
template <class Node> auto try_outcome(int) -> known_outcome<Node::check()>;
template <class Node> auto try_outcome(...) -> unknown_outcome<Node>;
}  // namespace calling
template <class Node> using outcome_of = decltype(calling::try_outcome<Node>(0));

/// Whether the node is a mistake that was reported, or follows from one.
template <class Node> inline constexpr bool was_refused = false;
template <class Node>
requires requires { Node::is_refused; }
inline constexpr bool was_refused<Node> = Node::is_refused;

// ---------------------------------------------------------------- nodes: pure types, never instantiated as data
/// What all named leaves share; Self is the leaf's own type, Value the tensor type or number that it holds.
template <class Self, class Value> struct named_leaf {
    using value = Value;
    static constexpr value_type type = value_type_of<Value>();
    static constexpr bool is_captured = false;
    static constexpr int captures = 0;
    static constexpr int tree_size = 1;
    static constexpr symbol lower(trace& t) { return t.named<Self>(); }
};
template <fixed_string Name, class T> struct input_leaf : named_leaf<input_leaf<Name, T>, T> {
    static constexpr std::string_view name = Name.view();
    static constexpr bool is_input = true;
    struct handle {
        friend constexpr bool operator==(handle, handle) { return true; }
    };
};
/// A variable's storage, shared by the variable and by all expressions and steps that are made of it.
template <class T> struct variable_storage { T value{}; };
[[noreturn]] TELAR_COLD inline void refuse_without_value(std::string_view name) {
    fail<no_value>(joined_text({"\"", name, "\" has no value: it was moved from"}));
}
[[noreturn]] TELAR_COLD inline void refuse_unconstructed(std::string_view name) {
    fail<no_value>(joined_text({"\"", name, "\" has no value: it is not constructed yet, or is destroyed"}));
}
/// A variable's storage, or no_value.
template <class Leaf> const typename Leaf::handle& require_value(const typename Leaf::handle& h) {
    if (!h) refuse_without_value(Leaf::name);
    return h;
}
template <fixed_string Name, class T, bool Trainable>
struct variable_leaf : named_leaf<variable_leaf<Name, T, Trainable>, T> {
    static constexpr std::string_view name = Name.view();
    static constexpr bool is_variable = true;
    static constexpr bool is_trainable = Trainable && is_float(T::type);
    using handle = std::shared_ptr<variable_storage<T>>;
};
/// A tensor or a number inside an expression, known by its position alone.
template <class T> struct captured {
    using value = T;
    using handle = T;
    static constexpr value_type type = value_type_of<T>();
    static constexpr bool is_captured = true;
    static constexpr int captures = 1;
    static constexpr int tree_size = 1;
    static constexpr symbol lower(trace& t) { return t.captured(); }
};
/// A captured tensor that the user keeps alive: ref(t).
template <class T> struct captured_reference : captured<T> { using handle = const T*; };

template <class Leaf>
concept VariableLeaf = requires {
    Leaf::is_variable;
};
template <class Leaf>
concept InputLeaf = requires {
    Leaf::is_input;
};

// ---- calls that draw random numbers
/// Which call this is of those that draw, in the order in which they were made; and the number of its first draw in the
/// expression that it stands in: how many the calls before it take.
struct draw_handle {
    std::int64_t call = 0;
    tensor<std::int64_t, 1> first{0};

    static draw_handle next() {
        static std::atomic<std::int64_t> calls{0};
        return {calls++};
    }
    friend bool operator==(const draw_handle& a, const draw_handle& b) { return a.call == b.call; }
};
/// The number of the first draw of a call. An expression does not know which of its calls are one, so that each time
/// that it names one is a leaf of its own; the values show which are.
template <std::int64_t Draws> struct draw_number : captured<tensor<std::int64_t, 1>> {
    using handle = draw_handle;
    static constexpr std::int64_t draws = Draws;
};
/// That of a call with several results, which are those of one call, however many are asked for.
template <std::uint64_t Call, std::int64_t Draws>
struct shared_draw_number : named_leaf<shared_draw_number<Call, Draws>, tensor<std::int64_t, 1>> {
    using handle = draw_handle;
    static constexpr std::int64_t draws = Draws;
};
template <class Leaf>
concept DrawNumber = requires {
    Leaf::draws;
};

/// A function applied to operands. Lowering calls the function on symbols; hash-consing shares what is equal.
template <class F, class... Operands> struct apply {
    static constexpr int captures = (0 + ... + Operands::captures);
    static constexpr int tree_size = (1 + ... + Operands::tree_size);

    static constexpr auto call(graph& g, std::array<symbol, sizeof...(Operands)> s) {
        constexpr bool is_telars_own = !requires { F::is_users; };
        g.depth += is_telars_own;  // its lines would say nothing to the user
        const auto r = [&]<std::size_t... I>(std::index_sequence<I...>) { return F{}(s[I]...); }
        (std::index_sequence_for<Operands...>{});
        g.depth -= is_telars_own;
        return r;
    }
    using result = decltype(call(std::declval<graph&>(), {}));
    static constexpr int results = result_count<result>;

    static constexpr result lower(trace& t) {
        const std::array<symbol, sizeof...(Operands)> s{symbol{Operands::lower(t)}...};
        if constexpr (results < 1 || !requires { F::is_users; }) {
            return call(t.g, s);
        } else {  // a user's function is called once on the same operands, however many of its results are asked for
            const int draws = checked.draws > 0 ? t.g.draws.base : -1;
            if (const symbol* known = t.results_of(identity<F>, draws, s)) return results_from<result>(known);
            const result r = call(t.g, s);
            std::array<symbol, static_cast<std::size_t>(results)> values;
            for (int i = 0; i < results; ++i) values[static_cast<std::size_t>(i)] = result_at(r, i);
            t.remember(identity<F>, draws, s, values);
            return r;
        }
    }

    /// The function called once on placeholders of the operands' types.
    static constexpr auto check() {
        outcome<(results > 0 ? results : 1)> o;
        if constexpr (results > 0) {
            graph g;
            int number = 0;
            const result r = call(g, {declare_leaf(g, number++, Operands::type)...});
            for (int i = 0; i < results; ++i) {
                const symbol s = result_at(r, i);
                o.values[i] = {s.type(), s.linear, s.extents()};
                for (int k = 0; k < s.rank(); ++k)
                    if (!is_number(o.values[i].extents[k] = g.dims.resolve(s.extents()[k])))
                        o.values[i].extents[k] = dyn;
            }
            o.error = g.error;
            o.draws = g.draws.next;
        }
        return o;
    }
    static constexpr bool is_users = requires { F::is_users; };
    static constexpr auto checked = [] {
        if constexpr (is_users) return outcome_of<apply>::value;
        else return check();
    }();
    static constexpr bool is_constant = checked.error.what != mistake_kind::function_is_no_constant;
    static constexpr bool follows_a_refusal = (false || ... || was_refused<Operands>);
    static constexpr bool is_refused = follows_a_refusal || checked.error.what != mistake_kind::none;
    /// What follows from a refused value says nothing more.
    static constexpr mistake error = follows_a_refusal ? mistake{} : checked.error;
    static constexpr value_type type = checked.values[0];
};
/// A call that draws random numbers: they are counted from its own Number.
template <class Node, class Number> struct drawing {
    using result = typename Node::result;
    static constexpr int results = Node::results;
    static constexpr int captures = Node::captures + Number::captures;
    static constexpr int tree_size = Node::tree_size;
    static constexpr const auto& checked = Node::checked;
    static constexpr mistake error = Node::error;
    static constexpr value_type type = Node::type;
    static constexpr result lower(trace& t) {
        const draw_scope scope(t.g, {Number::lower(t).id});
        return Node::lower(t);
    }
};
/// One result of a function that returns several.
template <int I, class Node> struct element_of {
    static constexpr int captures = Node::captures;
    static constexpr int tree_size = Node::tree_size;
    static constexpr bool is_refused = Node::is_refused;
    static constexpr mistake error = Node::error;
    static constexpr value_type type = Node::checked.values[I];
    static constexpr symbol lower(trace& t) { return result_at(Node::lower(t), I); }
};
/// The same node, its captured values `By` positions further on: how two operands' captures are kept apart.
template <int By, class Node> struct offset {
    static constexpr bool is_refused = was_refused<Node>;
    static constexpr int captures = Node::captures;
    static constexpr int tree_size = Node::tree_size;
    static constexpr value_type type = Node::type;
    static constexpr symbol lower(trace& t) {
        trace::shifted scope(t, By);
        return Node::lower(t);
    }
};
template <int By, class Node> struct shift {
    using type = std::conditional_t<By == 0 || Node::captures == 0, Node, offset<By, Node>>;
};
template <int By, int Inner, class Node> struct shift<By, offset<Inner, Node>> {
    using type = offset<By + Inner, Node>;
};

// ---------------------------------------------------------------- expression
template <class Node, class... Leaves>
class [[nodiscard("an expression computes nothing by itself: run(y, X = data)")]] expression {
public:
    using node_type = Node;
    static constexpr value_type type = Node::type;

    expression() = default;
    explicit expression(typename Leaves::handle... h) requires(sizeof...(Leaves) > 0) : handles_(std::move(h)...) {}
    explicit expression(std::tuple<typename Leaves::handle...> h) : handles_(std::move(h)) {}
    const std::tuple<typename Leaves::handle...>& handles() const { return handles_; }

    /// Mistakes, each with its name: an expression's type is its graph, and it has no value before it is run.
    template <class Other, class... L> expression& operator=(const expression<Other, L...>&) {
        errors::expression_changes_its_type<expression, expression<Other, L...>>();
        return *this;
    }
    template <class Other> expression& operator+=(const Other&) {
        errors::expression_changes_its_type<expression, Other>();
        return *this;
    }
    explicit operator bool() const {
        errors::an_expression_has_no_value<Node>();
        return false;
    }

private:
    std::tuple<typename Leaves::handle...> handles_;
};
template <class T> inline constexpr bool is_expression = false;
template <class Node, class... Leaves> inline constexpr bool is_expression<expression<Node, Leaves...>> = true;

// ---- joining the leaf lists of operands: named leaves once, captured ones by position
/// Empty of a captured value.
template <class Leaf> constexpr std::string_view name_of_leaf() {
    if constexpr (requires { Leaf::name; }) return Leaf::name;
    else return {};
}
template <class... L> struct leaf_list {
    static constexpr int all = sizeof...(L);
    struct plan {
        int first[std::size_t(all + 1)]{};  // the first leaf equal to this one
        int kept[std::size_t(all + 1)]{};   // those that stay
        int count = 0;
    };
    static constexpr plan joined = [] {
        constexpr std::uint64_t id[std::size_t(all + 1)]{(L::is_captured ? 0 : identity<L>)...};
        plan p;
        for (int i = 0; i < all; ++i) {
            p.first[i] = i;
            for (int j = 0; id[i] != 0 && j < i; ++j)
                if (id[j] == id[i]) {
                    p.first[i] = j;
                    break;
                }
            if (p.first[i] == i) p.kept[p.count++] = i;
        }
        return p;
    }();
    template <int I> using leaf = std::tuple_element_t<static_cast<std::size_t>(I), std::tuple<L...>>;
    using handles = std::tuple<typename L::handle...>;

    template <class Node, std::size_t... I> static auto build(handles h, std::index_sequence<I...>) {
        number_draws<joined.kept[I]...>(h);
        return expression<Node, leaf<joined.kept[I]>...>(
            std::get<static_cast<std::size_t>(joined.kept[I])>(std::move(h))...);
    }
    /// The first draw of a call comes after those of the calls that were made before it.
    template <int... I> static void number_draws(handles& h) {
        constexpr std::size_t count = (0 + ... + std::size_t{DrawNumber<leaf<I>>});
        if constexpr (count > 0) {
            std::array<std::pair<draw_handle*, std::int64_t>, count> drawn;
            std::size_t found = 0;
            const auto add = [&]<int K>(std::integral_constant<int, K>) {
                if constexpr (DrawNumber<leaf<K>>) drawn[found++] = {&std::get<K>(h), leaf<K>::draws};
            };
            (add(std::integral_constant<int, I>{}), ...);
            std::sort(drawn.begin(), drawn.end(), [](auto& a, auto& b) { return a.first->call < b.first->call; });
            std::int64_t next = 0, draws = 0;
            for (std::size_t i = 0; i < count; ++i) {
                if (i > 0 && drawn[i].first->call != drawn[i - 1].first->call) next += draws;
                drawn[i].first->first = {next};
                draws = drawn[i].second;
            }
        }
    }
    /// Two handles of one leaf must be one object.
    template <int I> static void check(const handles& h) {
        if constexpr (joined.first[I] != I && !InputLeaf<leaf<I>>) {
            constexpr auto first = static_cast<std::size_t>(joined.first[I]);
            if (std::get<I>(h) == std::get<first>(h)) return;
            if constexpr (DrawNumber<leaf<I>>) {
                fail<two_calls_as_one>(
                    "two calls of one function with several results, which draws random numbers, on the "
                    "same operands: in one graph they would be one; make them in one telar::function");
            } else {
                require_value<leaf<I>>(std::get<I>(h));
                require_value<leaf<I>>(std::get<first>(h));
                fail<duplicate_name>("two different variables named \"" + std::string(leaf<I>::name) +
                                     "\" in one graph: a copy is another variable, alias(v) the same one");
            }
        }
    }
    /// Two leaves of one name and of different types, if there are such; else a number twice.
    static constexpr std::pair<int, int> namesakes = [] {
        constexpr std::string_view names[]{name_of_leaf<L>()..., {}};
        for (int k = 0; k < joined.count; ++k)
            for (int j = 0; j < k; ++j)
                if (const std::string_view name = names[joined.kept[j]]; !name.empty() && name == names[joined.kept[k]])
                    return std::pair(joined.kept[j], joined.kept[k]);
        return std::pair(-1, -1);
    }();
};
template <class... E> struct leaves_of;
template <class... L> struct leaves_of<std::tuple<L...>> { using type = leaf_list<L...>; };
template <class Node, class... L> std::tuple<L...> leaf_tuple(const expression<Node, L...>&);

/// An expression of `Node` over the leaves of all the given expressions.
template <class Node, class... E> auto join(const E&... e) {
    using list = typename leaves_of<decltype(std::tuple_cat(leaf_tuple(e)...))>::type;
    if constexpr (constexpr auto same = list::namesakes; same.first != same.second)
        errors::leaves_share_a_name<typename list::template leaf<same.first>,
                                    typename list::template leaf<same.second>>();
    auto h = std::tuple_cat(e.handles()...);
    [&]<std::size_t... I>(std::index_sequence<I...>) { (list::template check<static_cast<int>(I)>(h), ...); }
    (std::make_index_sequence<static_cast<std::size_t>(list::all)>{});
    return list::template build<Node>(std::move(h),
                                      std::make_index_sequence<static_cast<std::size_t>(list::joined.count)>{});
}

/// apply<F, ...> over the nodes of expressions E, each one's captures shifted behind those of the ones before it.
template <class F, class Done, int Base, class... E> struct applied;
template <class F, class... Done, int Base> struct applied<F, std::tuple<Done...>, Base> {
    using type = apply<F, Done...>;
};
template <class F, class... Done, int Base, class E, class... Rest>
struct applied<F, std::tuple<Done...>, Base, E, Rest...>
    : applied<F, std::tuple<Done..., typename shift<Base, typename E::node_type>::type>, Base + E::node_type::captures,
              Rest...> {};

}  // namespace telar::inline TELAR_ABI
