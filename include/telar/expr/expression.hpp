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
#include <span>
#include <string>
#include <tuple>
#include <utility>

namespace telar::inline TELAR_ABI {

namespace expr {
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

// nvcc takes no such argument for a constant; what is none it refuses in its own words.
#if defined(__CUDACC__)
template <class Node> struct outcome_of { static constexpr auto value = Node::check(); };
#else
template <class Node> using outcome_of = decltype(calling::try_outcome<Node>(0));
#endif

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
[[noreturn]] void refuse_without_value(std::string_view name);
[[noreturn]] void refuse_unconstructed(std::string_view name);
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
/// Which call this is of those that draw, in the order in which they were made, and how many numbers it takes; the
/// number of its first draw in the expression that it stands in: how many the calls before it take.
struct draw_handle {
    std::int64_t call = 0, draws = 0, first = 0;

    static draw_handle next(std::int64_t draws) {
        static std::atomic<std::int64_t> calls{0};
        return {calls++, draws, 0};
    }
    friend bool operator==(const draw_handle& a, const draw_handle& b) { return a.call == b.call; }
};
/// The first draw of a call comes after those of the calls that were made before it.
inline void number_draws(std::span<draw_handle*> all) {
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->call < b->call; });
    std::int64_t next = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i > 0 && !(*all[i] == *all[i - 1])) next += all[i - 1]->draws;
        all[i]->first = next;
    }
}
/// An expression does not know which of its calls are one, only their handles do. So each time that one is named is a
/// leaf of its own: the number of the first draw, by position,
struct draw_number : captured<tensor<std::int64_t, 1>> {
    using handle = draw_handle;
};
/// or, of a call that nothing else tells from others, by its place among the calls in one tree. In several roots of one
/// program equal places are one leaf, so that a loss and its gradients, each asked for by itself, are computed once.
template <std::uint64_t Call, int Place>
struct call_number : named_leaf<call_number<Call, Place>, tensor<std::int64_t, 1>> {
    using handle = draw_handle;
};
/// The place of a call with several results: they are those of one call, however many are asked for.
inline constexpr int of_all_results = -1;

constexpr std::uint64_t identity_of_call(std::uint64_t call, int place) {
    return call + 0x9e3779b97f4a7c15u * static_cast<std::uint64_t>(place + 2);
}
template <std::uint64_t Call, int Place>
inline constexpr std::uint64_t identity<call_number<Call, Place>> = identity_of_call(Call, Place);

template <class Leaf> inline constexpr bool is_call_number = false;
template <std::uint64_t Call, int Place> inline constexpr bool is_call_number<call_number<Call, Place>> = true;
template <class Leaf> inline constexpr bool is_draw_number = is_call_number<Leaf> || std::same_as<Leaf, draw_number>;

/// As a node: the leaf at `Place` behind the places of the trees before.
template <std::uint64_t Call, int Place> struct placed_number {
    static constexpr int captures = 0, places = 1, tree_size = 1;
    static constexpr value_type type = value_type_of<tensor<std::int64_t, 1>>();
    static constexpr symbol lower(trace& t) { return t.named(identity_of_call(Call, t.place() + Place)); }
};
/// How many places a node's tree has.
template <class Node> inline constexpr int places_of = 0;
template <class Node>
requires requires { Node::places; }
inline constexpr int places_of<Node> = Node::places;

/// A function applied to operands. Lowering calls the function on symbols; hash-consing shares what is equal.
template <class F, class... Operands> struct apply {
    static constexpr int captures = (0 + ... + Operands::captures);
    static constexpr int places = (0 + ... + places_of<Operands>);
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
    static constexpr int places = places_of<Node> + places_of<Number>;
    static constexpr int tree_size = Node::tree_size;
    static constexpr bool is_refused = Node::is_refused;
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
    static constexpr int places = places_of<Node>;
    static constexpr int tree_size = Node::tree_size;
    static constexpr bool is_refused = Node::is_refused;
    static constexpr mistake error = Node::error;
    static constexpr value_type type = Node::checked.values[I];
    static constexpr symbol lower(trace& t) { return result_at(Node::lower(t), I); }
};
/// The same node, its captured values `By` positions further on, and its calls that draw `Places`: how those of two
/// operands are kept apart.
template <int By, int Places, class Node> struct offset {
    static constexpr bool is_refused = was_refused<Node>;
    static constexpr int captures = Node::captures;
    static constexpr int places = places_of<Node>;
    static constexpr int tree_size = Node::tree_size;
    static constexpr value_type type = Node::type;
    static constexpr symbol lower(trace& t) {
        trace::shifted scope(t, By, Places);
        return Node::lower(t);
    }
};
template <int By, class Node, int Places = 0> struct shift {
    static constexpr bool stays = (By == 0 || Node::captures == 0) && (Places == 0 || places_of<Node> == 0);
    using type = std::conditional_t<stays, Node, offset<By, Places, Node>>;
};
template <int By, int InnerBy, int InnerPlaces, class Node, int Places>
struct shift<By, offset<InnerBy, InnerPlaces, Node>, Places> {
    using type = offset<By + InnerBy, Places + InnerPlaces, Node>;
};

// ---------------------------------------------------------------- expression
/// What has no value before it is run. (The message of a deleted function shows its line: so the mistake is named
/// there.)
struct without_value {
    operator double() const = delete;  // E240: it has no value before it is run: no if, ?: or std::exp takes it
};
}  // namespace expr

template <class Node, class... Leaves>
class [[nodiscard("an expression computes nothing by itself: run(y, X = data)")]] expression
    : public expr::without_value {
public:
    using node_type = Node;
    static constexpr expr::value_type type = Node::type;

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

namespace expr {
/// Empty of a captured value.
template <class Leaf> constexpr std::string_view name_of_leaf() {
    if constexpr (requires { Leaf::name; }) return Leaf::name;
    else return {};
}

namespace diagnosis {
/// Two leaves of one name and of different types, as an error that is not constructed yet.
template <class Node, class... L> constexpr auto namesakes(std::type_identity<expression<Node, L...>>) {
    constexpr std::array<std::size_t, 2> two = [] {
        constexpr std::string_view names[]{name_of_leaf<L>()..., {}};
        for (std::size_t k = 0; k < sizeof...(L); ++k)
            for (std::size_t j = 0; j < k; ++j)
                if (!names[j].empty() && names[j] == names[k]) return std::array{j, k};
        return std::array<std::size_t, 2>{};
    }();
    if constexpr (two[0] == two[1]) return is<no_mistake>();
    else
        return is<errors::leaves_share_a_name<std::tuple_element_t<two[0], std::tuple<L...>>,
                                              std::tuple_element_t<two[1], std::tuple<L...>>>>();
}
template <class E, class... Same> constexpr auto namesakes(std::type_identity<std::tuple<E, Same...>>) {
    return namesakes(std::type_identity<E>{});
}
}  // namespace diagnosis

/// As diagnose, of the names of an expression's leaves.
template <class E> using diagnose_names = typename decltype(diagnosis::namesakes(std::type_identity<E>{}))::type;

// ---- joining the leaf lists of operands: named leaves once, captured ones by position
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
    template <int... I> static void number_draws(handles& h) {
        constexpr std::size_t count = (0 + ... + std::size_t{is_draw_number<leaf<I>>});
        if constexpr (count > 0) {
            std::array<draw_handle*, count> numbers;
            std::size_t found = 0;
            const auto add = [&]<int K>(std::integral_constant<int, K>) {
                if constexpr (is_draw_number<leaf<K>>) numbers[found++] = &std::get<static_cast<std::size_t>(K)>(h);
            };
            (add(std::integral_constant<int, I>{}), ...);
            telar::expr::number_draws(numbers);
        }
    }
    /// Two handles of one leaf must be one object; the calls that roots name may be two (run/draw_readings.hpp).
    template <int I, bool AreRoots> static void check(const handles& h) {
        constexpr bool may_be_two = InputLeaf<leaf<I>> || (AreRoots && is_call_number<leaf<I>>);
        if constexpr (joined.first[I] != I && !may_be_two) {
            constexpr auto first = static_cast<std::size_t>(joined.first[I]);
            if (std::get<I>(h) == std::get<first>(h)) return;
            if constexpr (is_call_number<leaf<I>>) {
                fail<two_calls_as_one>(
                    "two calls of one function, which draws random numbers, on the same operands: in one expression "
                    "they would be one; make them in one telar::function");
            } else {
                require_value<leaf<I>>(std::get<I>(h));
                require_value<leaf<I>>(std::get<first>(h));
                fail<duplicate_name>("two different variables named \"" + std::string(leaf<I>::name) +
                                     "\" in one graph: a copy is another variable, alias(v) the same one");
            }
        }
    }
};
template <class... E> struct leaves_of;
template <class... L> struct leaves_of<std::tuple<L...>> { using type = leaf_list<L...>; };
template <int Places, class Leaf> struct renamed { using type = Leaf; };
template <int Places, std::uint64_t Call, int Place> struct renamed<Places, call_number<Call, Place>> {
    using type = call_number<Call, Place == of_all_results ? Place : Place + Places>;
};
template <int Places, class Node, class... L>
auto leaf_tuple(const expression<Node, L...>&) -> std::tuple<typename renamed<Places, L>::type...>;

template <class List, class Node, bool AreRoots, class... E> auto join_leaves(const E&... e) {
    auto h = std::tuple_cat(e.handles()...);
    [&]<std::size_t... I>(std::index_sequence<I...>) { (List::template check<static_cast<int>(I), AreRoots>(h), ...); }
    (std::make_index_sequence<static_cast<std::size_t>(List::all)>{});
    return List::template build<Node>(std::move(h),
                                      std::make_index_sequence<static_cast<std::size_t>(List::joined.count)>{});
}
/// An expression of `Node` over the leaves of all the given expressions, which are its roots.
template <class Node, bool AreRoots = true, class... E> auto join(const E&... e) {
    using list = typename leaves_of<decltype(std::tuple_cat(leaf_tuple<0>(e)...))>::type;
    auto joined = join_leaves<list, Node, AreRoots>(e...);
    if constexpr (AreRoots) diagnose_names<decltype(joined)>();
    return joined;
}
/// The same, of expressions that are operands.
template <class Node, class... E> auto join_operands(const E&... e) {
    if constexpr ((0 + ... + places_of<typename E::node_type>) == 0) return join<Node, false>(e...);
    else return [&]<std::size_t... I>(std::index_sequence<I...>) {
            constexpr auto before = [](std::size_t k) {
                const int places[] = {places_of<typename E::node_type>...};
                int sum = 0;
                for (std::size_t i = 0; i < k; ++i) sum += places[i];
                return sum;
            };
            using list = typename leaves_of<decltype(std::tuple_cat(leaf_tuple<before(I)>(e)...))>::type;
            return join_leaves<list, Node, false>(e...);
        }
    (std::index_sequence_for<E...>{});
}

/// apply<F, ...> over the nodes of expressions E, each one's captures and places shifted behind those of the ones
/// before.
template <class F, class Done, int Base, int Places, class... E> struct applied;
template <class F, class... Done, int Base, int Places> struct applied<F, std::tuple<Done...>, Base, Places> {
    using type = apply<F, Done...>;
};
template <class F, class... Done, int Base, int Places, class E, class... Rest>
struct applied<F, std::tuple<Done...>, Base, Places, E, Rest...>
    : applied<F, std::tuple<Done..., typename shift<Base, typename E::node_type, Places>::type>,
              Base + E::node_type::captures, Places + places_of<typename E::node_type>, Rest...> {};

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD void refuse_without_value(std::string_view name) {
    fail<no_value>(joined_text({"\"", name, "\" has no value: it was moved from"}));
}
TELAR_ONCE TELAR_COLD void refuse_unconstructed(std::string_view name) {
    fail<no_value>(joined_text({"\"", name, "\" has no value: it is not constructed yet, or is destroyed"}));
}
#endif  // TELAR_HAS_BODIES
}  // namespace expr

}  // namespace telar::inline TELAR_ABI
