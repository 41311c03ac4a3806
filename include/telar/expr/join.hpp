// SPDX-License-Identifier: BSL-1.0
// From operands to the expression over the leaves of all of them: named leaves once, captured ones by position.
#pragma once
#include <telar/expr/expression.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

namespace telar::inline TELAR_ABI::expr {

// ---------------------------------------------------------------- the list of leaves
/// The leaves of an operand beside those of the operands before it: where each stands then, and which are new.
template <std::size_t Have, std::size_t Come> struct leaf_positions {
    std::size_t position[Come + 1]{}, added[Come + 1]{};
    std::size_t count = 0;  // of those that are new

    /// An identity of 0 is a captured value's: it is never another's.
    constexpr leaf_positions(const std::uint64_t* have, const std::uint64_t* come) {
        for (std::size_t k = 0; k < Come; ++k) {
            std::size_t at = come[k] == 0 ? Have : 0;
            while (at < Have && have[at] != come[k]) ++at;
            if (at == Have) added[count] = k, at += count++;
            position[k] = at;
        }
    }
};
/// The place of a leaf among L...; how many there are if it is none of them.
template <class Leaf, class... L>
inline constexpr std::size_t number_of_leaf = [] {
    std::size_t i = 0;
    while (i < sizeof...(L) && identities<L...>.at[i] != identity<Leaf>) ++i;
    return i;
}();

/// Puts handles of an operand to their places among those of all.
void put_stored(storage_handle* to, const storage_handle* from, const std::uint16_t* places, std::size_t count,
                std::string_view (*name)(std::size_t));
[[noreturn]] void refuse_two_calls();

/// The operands' lists of leaves, joined one after the other.
template <class Have, class... Come> struct joining;
template <class... L> struct joining<type_list<L...>> {
    template <class Node> using expression_of = expression<Node, L...>;
    using handles = leaf_handles<L...>;
    static constexpr std::size_t count_of_draws = (std::size_t{0} + ... + std::size_t{is_draw_number<L>});

    template <bool AreRoots> static void put_handles(handles&) {}
};
template <class... H, class... C, class... Rest> struct joining<type_list<H...>, type_list<C...>, Rest...> {
private:
    static constexpr std::size_t have = sizeof...(H), come = sizeof...(C);
    static constexpr leaf_positions<have, come> leaves{identities<H...>.at, identities<C...>.at};
    template <std::size_t... K>
    static type_list<H..., type_at<leaves.added[K], C...>...> grown(std::index_sequence<K...>);
    static auto grown() {
        if constexpr (leaves.count == come) return type_list<H..., C...>{};
        else return decltype(grown(std::make_index_sequence<leaves.count>{})){};
    }
    using rest = joining<decltype(grown()), Rest...>;

public:
    template <class Node> using expression_of = typename rest::template expression_of<Node>;
    using handles = typename rest::handles;
    static constexpr std::size_t count_of_draws = rest::count_of_draws;

    /// The value that leaf I holds itself, of the operand that brought it.
    template <std::size_t I, class First, class... Others>
    static const auto& held_by(const First& first, const Others&... others) {
        if constexpr (I < have + leaves.count) return first.template get<leaves.added[I - have]>();
        else return rest::template held_by<I>(others...);
    }
    /// Puts in what is stored. Two handles of one leaf must be one object; the calls that roots name may be two
    /// (run/draw_readings.hpp).
    template <bool AreRoots, class First, class... Others>
    static void put_handles(handles& to, const First& first, const Others&... others) {
        if constexpr (First::places.stored > 0) {
            static constexpr auto places = [] {
                std::array<std::uint16_t, First::places.stored> p{};
                const leaf_kind kinds[]{kind_of_leaf<C>()...};
                for (std::size_t k = 0; k < come; ++k)
                    if (kinds[k] == leaf_kind::stored)
                        p[First::places.place[k]] =
                            static_cast<std::uint16_t>(handles::places.place[leaves.position[k]]);
                return p;
            }();
            put_stored(to.stored().data(), first.stored().data(), places.data(), places.size(), &name_of_stored);
        }
        if constexpr (!AreRoots && (... || is_call_number<C>))
            require_one_call(to, first, std::index_sequence_for<C...>{});
        rest::template put_handles<AreRoots>(to, others...);
    }

private:
    TELAR_COLD static std::string_view name_of_stored(std::size_t place) {
        const std::string_view names[]{name_of_leaf<C>()...};
        const leaf_kind kinds[]{kind_of_leaf<C>()...};
        std::size_t k = 0;
        for (; kinds[k] != leaf_kind::stored || place > 0; ++k) place -= kinds[k] == leaf_kind::stored;
        return names[k];
    }
    template <class First, std::size_t... K>
    static void require_one_call(const handles& to, const First& first, std::index_sequence<K...>) {
        const auto check = [&]<std::size_t I, class Leaf>(std::index_sequence<I>, std::type_identity<Leaf>) {
            if constexpr (is_call_number<Leaf>)
                if (!(to.template get<leaves.position[I]>() == first.template get<I>())) refuse_two_calls();
        };
        (check(std::index_sequence<K>{}, std::type_identity<C>{}), ...);
    }
};

// ---------------------------------------------------------------- joining operands
template <int Places, class Leaf> struct renamed { using type = Leaf; };
template <int Places, std::uint64_t Call, int Place> struct renamed<Places, call_number<Call, Place>> {
    using type = call_number<Call, Place == of_all_results ? Place : Place + Places>;
};
template <int Places, class... L> auto renamed_leaves(type_list<L...>) {
    if constexpr (Places == 0) return type_list<L...>{};
    else return type_list<typename renamed<Places, L>::type...>{};
}

/// f(number) for each draw that an expression numbers.
template <class Handles, class F, std::size_t... K> void each_draw(Handles& all, F f, std::index_sequence<K...>) {
    const auto one = [&]<class H>(H& held) {
        if constexpr (std::same_as<H, draw_handle>) f(held);
    };
    (one(all.template held<K>()), ...);
}
template <class Joining, class Node, bool AreRoots, class... E> auto join_as(const E&... e) {
    using handles = typename Joining::handles;
    handles all([&]<std::size_t... K>(std::index_sequence<K...>)->typename handles::held_values {
        return {{Joining::template held_by<handles::places.held_leaf[K]>(e.handles()...)}...};
    }(typename handles::held_numbers{}));
    Joining::template put_handles<AreRoots>(all, e.handles()...);
    if constexpr (Joining::count_of_draws > 0) {
        std::array<draw_handle*, Joining::count_of_draws> draws;
        std::size_t count = 0;
        each_draw(
            all, [&](draw_handle& draw) { draws[count++] = &draw; }, typename handles::held_numbers{});
        number_draws(draws);
    }
    return typename Joining::template expression_of<Node>(std::move(all));
}
/// An expression of `Node` over the leaves of all the given expressions, which are its roots.
template <class Node, bool AreRoots = true, class... E> auto join(const E&... e) {
    auto joined = join_as<joining<type_list<>, typename E::leaves...>, Node, AreRoots>(e...);
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
            return join_as<joining<type_list<>, decltype(renamed_leaves<before(I)>(typename E::leaves{}))...>, Node,
                           false>(e...);
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
TELAR_ONCE void put_stored(storage_handle* to, const storage_handle* from, const std::uint16_t* places,
                           std::size_t count, std::string_view (*name)(std::size_t)) {
    for (std::size_t k = 0; k < count; ++k) {
        if (!from[k]) refuse_without_value(name(k));
        storage_handle& there = to[places[k]];
        if (!there) there = from[k];
        else if (there != from[k])
            fail<duplicate_name>(joined_text({"two different variables named \"", there->name,
                                              "\" in one graph: a copy is another variable, alias(v) the same one"}));
    }
}
TELAR_ONCE TELAR_COLD void refuse_two_calls() {
    fail<two_calls_as_one>(
        "two calls of one function, which draws random numbers, on the same operands: in one expression they would be "
        "one; make them in one telar::function");
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::expr
