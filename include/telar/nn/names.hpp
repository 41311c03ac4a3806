// SPDX-License-Identifier: BSL-1.0
// The members of an aggregate: how many, where, and what they are called. Members are counted by brace initialisation,
// found by a structured binding, and a name is read out of the compiler's own text of a pointer to the member.
#pragma once
#include <telar/core/config.hpp>

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace telar::inline TELAR_ABI::nn {

namespace members {

struct anything {
    template <class T> operator T() const;
};
template <class T, std::size_t... I>
concept takes_braces = requires {
    T{(static_cast<void>(I), anything{})...};
};
template <class T, std::size_t N> constexpr bool is_made_of = []<std::size_t... I>(std::index_sequence<I...>) {
    return takes_braces<T, I...>;
}
(std::make_index_sequence<N>{});
inline constexpr std::size_t most = 40;
template <class T, std::size_t N = 0> constexpr std::size_t counted() {
    if constexpr (N < most + 1 && is_made_of<T, N + 1>) return counted<T, N + 1>();
    else return N;
}
/// A class that names its members by TELAR_NAMES. A class derived from one has to name its own.
template <class T>
concept Named = std::is_same_v<typename T::telar_named, T>;
/// How many members an aggregate has.
template <class T> inline constexpr std::size_t count = counted<std::remove_const_t<T>>();
template <Named T> inline constexpr std::size_t count<T> = T{}.telar_members([](auto&... m) { return sizeof...(m); });

/// f(member, member, ...).
template <class T, class F> constexpr decltype(auto) apply(T& m, F f) {
    constexpr std::size_t n = count<T>;
    // clang-format off
#define TELAR_MEMBERS(N, ...) else if constexpr (n == N) { auto& [__VA_ARGS__] = m; return f(__VA_ARGS__); }
    if constexpr (Named<T>) return m.telar_members(f);
    else if constexpr (n == 0) return f();
    TELAR_MEMBERS(1, a) TELAR_MEMBERS(2, a, b) TELAR_MEMBERS(3, a, b, c) TELAR_MEMBERS(4, a, b, c, d)
    TELAR_MEMBERS(5, a, b, c, d, e) TELAR_MEMBERS(6, a, b, c, d, e, g) TELAR_MEMBERS(7, a, b, c, d, e, g, h)
    TELAR_MEMBERS(8, a, b, c, d, e, g, h, i) TELAR_MEMBERS(9, a, b, c, d, e, g, h, i, j)
    TELAR_MEMBERS(10, a, b, c, d, e, g, h, i, j, k) TELAR_MEMBERS(11, a, b, c, d, e, g, h, i, j, k, l)
    TELAR_MEMBERS(12, a, b, c, d, e, g, h, i, j, k, l, o) TELAR_MEMBERS(13, a, b, c, d, e, g, h, i, j, k, l, o, p)
    TELAR_MEMBERS(14, a, b, c, d, e, g, h, i, j, k, l, o, p, q)
    TELAR_MEMBERS(15, a, b, c, d, e, g, h, i, j, k, l, o, p, q, r)
    TELAR_MEMBERS(16, a, b, c, d, e, g, h, i, j, k, l, o, p, q, r, s)
#define TELAR_MEMBERS_16 a, b, c, d, e, g, h, i, j, k, l, o, p, q, r, s
    TELAR_MEMBERS(17, TELAR_MEMBERS_16, t) TELAR_MEMBERS(18, TELAR_MEMBERS_16, t, u)
    TELAR_MEMBERS(19, TELAR_MEMBERS_16, t, u, v) TELAR_MEMBERS(20, TELAR_MEMBERS_16, t, u, v, w)
    TELAR_MEMBERS(21, TELAR_MEMBERS_16, t, u, v, w, x) TELAR_MEMBERS(22, TELAR_MEMBERS_16, t, u, v, w, x, y)
    TELAR_MEMBERS(23, TELAR_MEMBERS_16, t, u, v, w, x, y, z) TELAR_MEMBERS(24, TELAR_MEMBERS_16, t, u, v, w, x, y, z, aa)
#define TELAR_MEMBERS_24 TELAR_MEMBERS_16, t, u, v, w, x, y, z, aa
    TELAR_MEMBERS(25, TELAR_MEMBERS_24, ab) TELAR_MEMBERS(26, TELAR_MEMBERS_24, ab, ac)
    TELAR_MEMBERS(27, TELAR_MEMBERS_24, ab, ac, ad) TELAR_MEMBERS(28, TELAR_MEMBERS_24, ab, ac, ad, ae)
    TELAR_MEMBERS(29, TELAR_MEMBERS_24, ab, ac, ad, ae, af) TELAR_MEMBERS(30, TELAR_MEMBERS_24, ab, ac, ad, ae, af, ag)
    TELAR_MEMBERS(31, TELAR_MEMBERS_24, ab, ac, ad, ae, af, ag, ah)
    TELAR_MEMBERS(32, TELAR_MEMBERS_24, ab, ac, ad, ae, af, ag, ah, ai)
#define TELAR_MEMBERS_32 TELAR_MEMBERS_24, ab, ac, ad, ae, af, ag, ah, ai
    TELAR_MEMBERS(33, TELAR_MEMBERS_32, aj) TELAR_MEMBERS(34, TELAR_MEMBERS_32, aj, ak)
    TELAR_MEMBERS(35, TELAR_MEMBERS_32, aj, ak, al) TELAR_MEMBERS(36, TELAR_MEMBERS_32, aj, ak, al, am)
    TELAR_MEMBERS(37, TELAR_MEMBERS_32, aj, ak, al, am, an) TELAR_MEMBERS(38, TELAR_MEMBERS_32, aj, ak, al, am, an, ao)
    TELAR_MEMBERS(39, TELAR_MEMBERS_32, aj, ak, al, am, an, ao, ap)
    TELAR_MEMBERS(40, TELAR_MEMBERS_32, aj, ak, al, am, an, ao, ap, aq)
#undef TELAR_MEMBERS_32
#undef TELAR_MEMBERS_24
#undef TELAR_MEMBERS_16
#undef TELAR_MEMBERS
    // clang-format on
}

/// Room for an object whose members have names that can be told. There is no object: it may be of a type that no
/// constant can have.
template <class T> union room {
    char none;
    T object;
    constexpr room() : none{} {}
    constexpr ~room() {}
};
template <class T> inline constexpr room<T> fake{};
template <class T> struct pointer { T* to; };
template <class T> pointer(T*) -> pointer<T>;
template <auto P> constexpr std::string_view text_of_pointer() {
#if defined(_MSC_VER) && !defined(__clang__)
    return __FUNCSIG__;
#else
    return __PRETTY_FUNCTION__;
#endif
}
template <class T, std::size_t I> constexpr auto pointer_to_member() {
    return apply(fake<T>.object, [](const auto&... member) { return pointer{std::get<I>(std::tuple(&member...))}; });
}
/// The name in `... (& fake<mlp>.mlp::hidden)}]`: what stands behind the last dot, colon or arrow.
constexpr std::string_view last_name(std::string_view text) {
    text = text.substr(0, text.rfind('}'));
    while (!text.empty() && (text.back() == '}' || text.back() == ')' || text.back() == ']' || text.back() == ' '))
        text.remove_suffix(1);
    return text.substr(text.find_last_of(".:>") + 1);
}
/// Number I of a list, as "hidden, out".
constexpr std::string_view name_in(std::string_view list, std::size_t i) {
    for (; i > 0; --i) list.remove_prefix(list.find(',') + 1);
    list = list.substr(0, list.find(','));
    while (!list.empty() && list.front() == ' ') list.remove_prefix(1);
    while (!list.empty() && list.back() == ' ') list.remove_suffix(1);
    return list;
}
template <class T, std::size_t I>
inline constexpr std::string_view name = last_name(text_of_pointer<pointer_to_member<T, I>()>());
template <Named T, std::size_t I> inline constexpr std::string_view name<T, I> = name_in(T::telar_names, I);

template <class T> inline constexpr bool is_array = false;
template <class T, std::size_t N> inline constexpr bool is_array<std::array<T, N>> = true;
template <class T, std::size_t N> inline constexpr bool is_array<T[N]> = true;

}  // namespace members

}  // namespace telar::inline TELAR_ABI::nn

/// Names the members of a class, from inside the class. A class needs it that is no aggregate, or has bases, private
/// members, C arrays or more than 40 members. It needs a constexpr default constructor, too.
///
///     class mlp : public base {
///         nn::dense hidden{128, nn::relu}, out{10};
///
///     public:
///         constexpr mlp() = default;
///         constexpr symbol operator()(symbol x) const { return out(hidden(x)); }
///         TELAR_NAMES(mlp, hidden, out)
///     };
#define TELAR_NAMES(type, ...)                                    \
    using telar_named = type;                                     \
    static constexpr std::string_view telar_names = #__VA_ARGS__; \
    constexpr decltype(auto) telar_members(auto f) { return f(__VA_ARGS__); }
