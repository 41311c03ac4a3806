// SPDX-License-Identifier: BSL-1.0
// The handles of an expression's leaves. All variables have handles of one type. So the variables of a model are an
// array, which loops copy and compare; a tuple would be a type, with code of its own, for each number of them.
#pragma once
#include <telar/core/failure.hpp>
#include <telar/core/type_list.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

namespace telar::inline TELAR_ABI::expr {

// ---------------------------------------------------------------- a variable's storage
/// A variable's value, shared by the variable and by all expressions and steps that are made of it.
struct stored_value {
    std::string_view name;
    void (*advance)(stored_value&) = nullptr;  // called after each run that did not fail, if it is set
};
template <class T> struct variable_storage : stored_value { T value{}; };
using storage_handle = std::shared_ptr<stored_value>;

template <class T> T& value_in(stored_value& v) { return static_cast<variable_storage<T>&>(v).value; }
template <class T> T& value_in(const storage_handle& h) { return value_in<T>(*h); }

[[noreturn]] void refuse_without_value(std::string_view name);
[[noreturn]] void refuse_unconstructed(std::string_view name);
/// A variable's storage, or no_value.
inline const storage_handle& require_value(const storage_handle& h, std::string_view name) {
    if (!h) refuse_without_value(name);
    return h;
}

// ---------------------------------------------------------------- a call that draws random numbers
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
void number_draws(std::span<draw_handle*> all);

// ---------------------------------------------------------------- the handles of a list of leaves
/// Whether a leaf is fed, stored in a variable, or held by the expression (a captured value, the number of a draw).
enum class leaf_kind : std::uint8_t { fed, stored, held };
template <class Leaf> constexpr leaf_kind kind_of_leaf() {
    if constexpr (requires { Leaf::is_input; }) return leaf_kind::fed;
    else return std::same_as<typename Leaf::handle, storage_handle> ? leaf_kind::stored : leaf_kind::held;
}
/// The number of each leaf among those of its kind, and the leaves that are held.
template <std::size_t Count> struct leaf_places {
    std::size_t stored = 0, held = 0;
    std::size_t place[Count + 1]{}, held_leaf[Count + 1]{};

    constexpr explicit leaf_places(const leaf_kind (&kinds)[Count + 1]) {
        for (std::size_t i = 0; i < Count; ++i) {
            if (kinds[i] == leaf_kind::stored) place[i] = stored++;
            if (kinds[i] == leaf_kind::held) held_leaf[held] = i, place[i] = held++;
        }
    }
};

namespace handles {
template <std::size_t K, class H> struct one_held { H value{}; };
template <class Numbers, class... H> struct all_held;
template <std::size_t... K, class... H> struct all_held<std::index_sequence<K...>, H...> : one_held<K, H>... {};
}  // namespace handles

/// The handles of the leaves L..., in their order. It has few functions: the name of each is as long as the list, which
/// g++ takes long to handle.
template <class... L> struct leaf_handles {
    static constexpr std::size_t count = sizeof...(L);
    static constexpr leaf_places<count> places{{kind_of_leaf<L>()..., leaf_kind::fed}};
    /// The leaf whose handle is number K of those that are held.
    template <std::size_t K> using held_leaf = type_at<places.held_leaf[K], L...>;
    template <std::size_t K> using held_handle = typename held_leaf<K>::handle;
    using held_numbers = std::make_index_sequence<places.held>;
    template <std::size_t... K>
    static handles::all_held<std::index_sequence<K...>, held_handle<K>...> type_of_held(std::index_sequence<K...>);
    using held_values = decltype(type_of_held(held_numbers{}));

    std::array<storage_handle, places.stored> stored;
    [[no_unique_address]] held_values values;

    template <std::size_t K> held_handle<K>& held() {
        return static_cast<handles::one_held<K, held_handle<K>>&>(values).value;
    }
    template <std::size_t K> const held_handle<K>& held() const {
        return static_cast<const handles::one_held<K, held_handle<K>>&>(values).value;
    }
    /// The handle of leaf I.
    template <std::size_t I> const auto& get() const {
        if constexpr (kind_of_leaf<type_at<I, L...>>() == leaf_kind::stored) return stored[places.place[I]];
        else return held<places.place[I]>();
    }
};
/// The handles of a single leaf.
template <class Leaf, class H> leaf_handles<Leaf> handles_of_one(H&& handle) {
    if constexpr (kind_of_leaf<Leaf>() == leaf_kind::stored) return {{std::forward<H>(handle)}, {}};
    else if constexpr (kind_of_leaf<Leaf>() == leaf_kind::held) return {{}, {{std::forward<H>(handle)}}};
    else return {};
}

#if TELAR_HAS_BODIES
TELAR_ONCE TELAR_COLD void refuse_without_value(std::string_view name) {
    fail<no_value>(joined_text({"\"", name, "\" has no value: it was moved from"}));
}
TELAR_ONCE TELAR_COLD void refuse_unconstructed(std::string_view name) {
    fail<no_value>(joined_text({"\"", name, "\" has no value: it is not constructed yet, or is destroyed"}));
}
TELAR_ONCE void number_draws(std::span<draw_handle*> all) {
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->call < b->call; });
    std::int64_t next = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (i > 0 && !(*all[i] == *all[i - 1])) next += all[i - 1]->draws;
        all[i]->first = next;
    }
}
#endif  // TELAR_HAS_BODIES

}  // namespace telar::inline TELAR_ABI::expr
