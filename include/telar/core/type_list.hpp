// SPDX-License-Identifier: BSL-1.0
// Flat lists of types. A model has a hundred variables; a list that is built by recursion costs the square of that.
#pragma once
#include <telar/core/config.hpp>

#include <cstddef>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::core {

template <class... T> struct type_list {};

/// Several lists as one.
template <class... Lists> struct concatenation;
template <class... Lists> using concatenated = typename concatenation<Lists...>::type;
template <> struct concatenation<> { using type = type_list<>; };
template <class... T> struct concatenation<type_list<T...>> { using type = type_list<T...>; };
template <class... A, class... B, class... Rest>
struct concatenation<type_list<A...>, type_list<B...>, Rest...> : concatenation<type_list<A..., B...>, Rest...> {};

#if defined(__clang__)
template <std::size_t I, class... T> using type_at = __type_pack_element<I, T...>;
#else
namespace type_lists {
template <std::size_t I, class T> struct numbered {};
template <class Numbers, class... T> struct numbering;
template <std::size_t... I, class... T> struct numbering<std::index_sequence<I...>, T...> : numbered<I, T>... {};
template <std::size_t I, class T> std::type_identity<T> find(const numbered<I, T>*);
template <class... T> using numbering_of = numbering<std::index_sequence_for<T...>, T...>;
}  // namespace type_lists
/// Type number I of T...
template <std::size_t I, class... T>
using type_at =
    typename decltype(type_lists::find<I>(static_cast<const type_lists::numbering_of<T...>*>(nullptr)))::type;
#endif

}  // namespace telar::inline TELAR_ABI::core
