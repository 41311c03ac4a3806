// SPDX-License-Identifier: BSL-1.0
// From operands to the expression over the leaves of all of them: named leaves once, captured ones by position.
#pragma once
#include <telar/expr/expression.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

namespace telar::inline TELAR_ABI::expr {

// ---------------------------------------------------------------- the list of leaves
/// An operand's leaves among those of the operands before it: the position of each in the joined list, and the new
/// ones.
template <std::size_t Have, std::size_t Come> struct leaf_positions {
    std::size_t position[Come + 1]{}, added[Come + 1]{};
    std::size_t count = 0;                   // how many are new
    std::uint16_t stored_place[Come + 1]{};  // of each stored leaf, among the handles of all

    /// An identity of 0 is a captured value's: it is never another's.
    constexpr leaf_positions(const std::uint64_t* have, const leaf_places<Have>& places, const std::uint64_t* come,
                             const leaf_kind (&kinds)[Come + 1]) {
        std::size_t new_place[Come + 1]{}, next_place = places.stored, stored = 0;
        for (std::size_t k = 0; k < Come; ++k) {
            std::size_t at = come[k] == 0 ? Have : 0, a = come[k] == 0 ? count : 0;
            while (at < Have && have[at] != come[k]) ++at;
            while (at == Have && a < count && come[added[a]] != come[k]) ++a;
            const bool is_stored = kinds[k] == leaf_kind::stored;
            if (at == Have && a == count) {
                added[count++] = k;
                if (is_stored) new_place[a] = next_place++;
            }
            position[k] = at < Have ? at : Have + a;
            if (is_stored)
                stored_place[stored++] = static_cast<std::uint16_t>(at < Have ? places.place[at] : new_place[a]);
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

/// The leaves of the first operand, then the new ones of the others.
template <class First, class Others> struct united_leaves;
template <class... H, class... C> struct united_leaves<type_list<H...>, type_list<C...>> {
    static constexpr std::size_t have = sizeof...(H), come = sizeof...(C);
    static constexpr leaf_positions<have, come> leaves{
        identities<H...>.at, leaf_handles<H...>::places, identities<C...>.at, {kind_of_leaf<C>()..., leaf_kind::fed}};
    static constexpr bool has_calls = (... || is_call_number<C>);
    template <std::size_t... K>
    static type_list<H..., type_at<leaves.added[K], C...>...> joined(std::index_sequence<K...>);
    using list = decltype(joined(std::make_index_sequence<leaves.count>{}));
    template <std::size_t K> using other = type_at<K, C...>;
};
template <class List> struct over_leaves;
template <class... L> struct over_leaves<type_list<L...>> {
    template <class Node> using expression_of = expression<Node, L...>;
    using handles = leaf_handles<L...>;
    static constexpr std::size_t count_of_draws = (std::size_t{0} + ... + std::size_t{is_draw_number<L>});
};

// ---------------------------------------------------------------- their handles
/// Puts in the handles of the first operand, then those of the others, each at its place.
void put_stored(storage_handle* to, std::span<const storage_handle> first,
                const std::span<const storage_handle>* others, std::size_t count, const std::uint16_t* places);
[[noreturn]] void refuse_two_calls();

/// The handle of leaf I, counted through the leaves of all operands.
template <std::size_t I, class First, class... Others>
const auto& handle_at(const First& first, const Others&... others) {
    if constexpr (I < First::count) return first.template get<I>();
    else return handle_at<I - First::count>(others...);
}
/// The values that the joined expression holds itself.
template <class United, class Handles, std::size_t... K, class... Operands>
typename Handles::held_values held_by(std::index_sequence<K...>, const Operands&... operands) {
    constexpr auto source = [](std::size_t leaf) {
        return leaf < United::have ? leaf : United::have + United::leaves.added[leaf - United::have];
    };
    return {{handle_at<source(Handles::places.held_leaf[K])>(operands...)}...};
}
/// Handles of one leaf that is a call must name the same call: two calls would share their random numbers.
template <class United, class Handles, std::size_t... K, class... Operands>
void require_one_call(const Handles& all, std::index_sequence<K...>, const Operands&... operands) {
    const auto check = [&]<std::size_t I>(std::index_sequence<I>) {
        if constexpr (is_call_number<typename United::template other<I>>)
            if (!(all.template get<United::leaves.position[I]>() == handle_at<United::have + I>(operands...)))
                refuse_two_calls();
    };
    (check(std::index_sequence<K>{}), ...);
}
/// f(number) for each draw that an expression numbers.
template <class Handles, class F, std::size_t... K> void each_draw(Handles& all, F f, std::index_sequence<K...>) {
    const auto one = [&]<class H>(H& held) {
        if constexpr (std::same_as<H, draw_handle>) f(held);
    };
    (one(all.template held<K>()), ...);
}
/// The handles of all operands as those of one expression. Two of one variable must be one object; the calls that roots
/// name may be two (run/draw_readings.hpp).
template <class United, bool AreRoots, class First, class... Others>
auto united_handles(const First& first, const Others&... others) {
    using all_leaves = over_leaves<typename United::list>;
    using handles = typename all_leaves::handles;
    handles all;
    if constexpr (handles::places.held > 0)
        all.values = held_by<United, handles>(typename handles::held_numbers{}, first, others...);
    if constexpr (handles::places.stored > 0) {
        const std::span<const storage_handle> from[]{others.stored..., {}};
        put_stored(all.stored.data(), first.stored, from, sizeof...(Others), United::leaves.stored_place);
    }
    if constexpr (United::has_calls && !AreRoots)
        require_one_call<United>(all, std::make_index_sequence<United::come>{}, first, others...);
    if constexpr (all_leaves::count_of_draws > 0) {
        std::array<draw_handle*, all_leaves::count_of_draws> draws;
        std::size_t count = 0;
        each_draw(
            all, [&](draw_handle& draw) { draws[count++] = &draw; }, typename handles::held_numbers{});
        number_draws(draws);
    }
    return all;
}

// ---------------------------------------------------------------- joining operands
template <int Places, class Leaf> struct renamed { using type = Leaf; };
template <int Places, std::uint64_t Call, int Place> struct renamed<Places, call_number<Call, Place>> {
    using type = call_number<Call, Place == of_all_results ? Place : Place + Places>;
};
template <int Places, class... L> auto renamed_leaves(type_list<L...>) {
    if constexpr (Places == 0) return type_list<L...>{};
    else return type_list<typename renamed<Places, L>::type...>{};
}

template <class Node, bool AreRoots, class First, class... Lists, class... E>
auto join_as(type_list<First, Lists...>, const E&... e) {
    if constexpr (sizeof...(Lists) == 0) {
        return typename over_leaves<First>::template expression_of<Node>((e.handles(), ...));
    } else {
        using united = united_leaves<First, concatenated<Lists...>>;
        using joined = typename over_leaves<typename united::list>::template expression_of<Node>;
        return joined(united_handles<united, AreRoots>(e.handles()...));
    }
}
/// An expression of `Node` over the leaves of all the given expressions, which are its roots.
template <class Node, bool AreRoots = true, class... E> auto join(const E&... e) {
    auto joined = join_as<Node, AreRoots>(type_list<typename E::leaves...>{}, e...);
    if constexpr (AreRoots) diagnose_names<decltype(joined)>();
    return joined;
}
/// The same, of expressions that are operands.
template <class Node, class... E> auto join_operands(const E&... e) {
    if constexpr ((0 + ... + places_of<typename E::node_type>) == 0)
        return join_as<Node, false>(type_list<typename E::leaves...>{}, e...);
    else return [&]<std::size_t... I>(std::index_sequence<I...>) {
            constexpr auto before = [](std::size_t k) {
                const int places[] = {places_of<typename E::node_type>...};
                int sum = 0;
                for (std::size_t i = 0; i < k; ++i) sum += places[i];
                return sum;
            };
            return join_as<Node, false>(type_list<decltype(renamed_leaves<before(I)>(typename E::leaves{}))...>{},
                                        e...);
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
TELAR_ONCE void put_stored(storage_handle* to, std::span<const storage_handle> first,
                           const std::span<const storage_handle>* others, std::size_t count,
                           const std::uint16_t* places) {
    std::copy(first.begin(), first.end(), to);
    std::size_t next = first.size();
    for (std::size_t o = 0; o < count; ++o)
        for (const storage_handle& handle : others[o]) {
            storage_handle& there = to[*places];
            if (*places++ == next) to[next++] = handle;
            else if (!there != !handle) refuse_without_value((there ? there : handle)->name);
            else if (there != handle)
                fail<duplicate_name>(
                    joined_text({"two different variables named \"", there->name,
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
