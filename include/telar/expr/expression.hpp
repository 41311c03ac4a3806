// SPDX-License-Identifier: BSL-1.0
// An expression: nothing is computed; its type is the graph. The nodes are pure types, the object holds one handle per
// leaf, so `auto` is always safe: an expression never refers to a temporary.
#pragma once
#include <telar/core/fixed_string.hpp>
#include <telar/expr/diagnose.hpp>
#include <telar/expr/leaf_handles.hpp>
#include <telar/expr/trace.hpp>
#include <telar/graph/draws.hpp>
#include <telar/graph/nested_scan.hpp>

#include <array>
#include <string_view>
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
    std::int64_t draws = 0;      // how many numbers of draws it takes
    std::int64_t asks_mode = 0;  // whether it trains
    value_type values[std::size_t(Results)]{};
};

/// The outcome of Node::check(), or the mistake that it is no constant expression.
template <auto Outcome> struct known_outcome { static constexpr auto value = Outcome; };
template <class Node> struct unknown_outcome {
    static constexpr decltype(Node::check()) value{{mistake_kind::function_is_no_constant}, {}, {}};
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
template <fixed_string Name, class T, bool Trainable>
struct variable_leaf : named_leaf<variable_leaf<Name, T, Trainable>, T> {
    static constexpr std::string_view name = Name.view();
    static constexpr bool is_variable = true;
    static constexpr bool is_trainable = Trainable && is_float(T::type);
    using handle = storage_handle;
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
concept AdvancingLeaf = requires(stored_value& v) {
    Leaf::advance(v);
};
template <class Leaf>
concept InputLeaf = requires {
    Leaf::is_input;
};

// ---- calls that draw random numbers
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

    /// The function called once on placeholders of the operands' types; twice if what it does depends on whether it
    /// trains. Its values are those of one that predicts.
    static constexpr auto check() {
        outcome<(results > 0 ? results : 1)> o;
        if constexpr (results > 0) {
            trace_once(o, false);
            if (o.asks_mode) trace_once(o, true);
        }
        return o;
    }
    /// A placeholder; of a group the first one.
    template <class Operand> static constexpr symbol declare_operand(graph& g, int& number) {
        if constexpr (!LeafGroup<Operand>) return declare_leaf(g, number++, Operand::type);
        else {
            const symbol first = declare_leaf(g, number++, Operand::value_types[0]);
            for (int k = 1; k < Operand::width; ++k) declare_leaf(g, number++, Operand::value_types[k]);
            return first;
        }
    }
    static constexpr void trace_once(outcome<(results > 0 ? results : 1)>& o, bool trains) {
        if constexpr (results > 0) {
            graph g;
            g.regions.set_training(trains);
            int number = 0;
            const result r = call(g, {declare_operand<Operands>(g, number)...});
            for (int i = 0; i < results; ++i) {
                const symbol s = result_at(r, i);
                g.roots.push({s.id, -1, s.linear, 0});
                if (trains) continue;
                o.values[i] = {s.type(), s.linear, s.extents()};
                for (int k = 0; k < s.rank(); ++k)
                    if (!is_number(o.values[i].extents[k] = g.dims.resolve(s.extents()[k])))
                        o.values[i].extents[k] = dyn;
            }
            refuse_values_taken_out(g);
            if (o.error.what == mistake_kind::none) o.error = g.error;
            if (g.draws.next > o.draws) o.draws = g.draws.next;
            o.asks_mode = g.regions.was_asked_mode;
        }
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

    using leaves = core::type_list<Leaves...>;

    expression() = default;
    explicit expression(expr::leaf_handles<Leaves...> h) : handles_(std::move(h)) {}
    /// Of a single leaf.
    template <class H>
    expression(std::in_place_t, H && only) : handles_(expr::handles_of_one<Leaves...>(std::forward<H>(only))) {}
    const expr::leaf_handles<Leaves...>& handles() const { return handles_; }

    /// Mistakes, each with its name: an expression's type is its graph, and it has no value before it is run.
    template <class Other, class... L> expression& operator=(const expression<Other, L...>&) {
        core::errors::expression_changes_its_type<expression, expression<Other, L...>>();
        return *this;
    }
    template <class Other> expression& operator+=(const Other&) {
        core::errors::expression_changes_its_type<expression, Other>();
        return *this;
    }
    explicit operator bool() const {
        core::errors::an_expression_has_no_value<Node>();
        return false;
    }

private:
    expr::leaf_handles<Leaves...> handles_;
};
template <class T> inline constexpr bool is_expression = false;
template <class Node, class... Leaves> inline constexpr bool is_expression<expression<Node, Leaves...>> = true;

namespace expr {
/// Empty of a captured value.
template <class Leaf> constexpr std::string_view name_of_leaf() {
    if constexpr (requires { Leaf::name; }) return Leaf::name;
    else return {};
}
template <class Leaf> inline constexpr std::uint64_t hash_of_name = hash_of(name_of_leaf<Leaf>());
namespace diagnosis {
/// Two leaves of one name and of different types, as an error that is not constructed yet.
template <class Node, class... L> constexpr auto namesakes(std::type_identity<expression<Node, L...>>) {
    constexpr std::array<std::size_t, 2> two = [] {
        constexpr std::uint64_t hashes[]{hash_of_name<L>..., 0};
        for (std::size_t k = 0; k < sizeof...(L); ++k)
            for (std::size_t j = 0; j < k; ++j)
                if (hashes[j] == hashes[k] && hashes[j] != hash_of({})) return std::array{j, k};
        return std::array<std::size_t, 2>{};
    }();
    if constexpr (two[0] == two[1]) return is<no_mistake>();
    else return is<core::errors::leaves_share_a_name<type_at<two[0], L...>, type_at<two[1], L...>>>();
}
template <class E, class... Same> constexpr auto namesakes(std::type_identity<std::tuple<E, Same...>>) {
    return namesakes(std::type_identity<E>{});
}
}  // namespace diagnosis

/// As diagnose, of the names of an expression's leaves.
template <class E> using diagnose_names = typename decltype(diagnosis::namesakes(std::type_identity<E>{}))::type;
}  // namespace expr

}  // namespace telar::inline TELAR_ABI
