// SPDX-License-Identifier: BSL-1.0
// One element in memory, read and written as the reference's number types hold it.
#pragma once
#include <telar/kernels/reference/number.hpp>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <type_traits>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

template <class F, class... T> void with_element(dtype t, const F& f, type_list<T...>) {
    ((dtype_of<T>() == t ? f(std::type_identity<T>()) : void()), ...);
}
/// f(type_identity of the C++ type of t).
template <class F> void with_element(dtype t, const F& f) { with_element(t, f, element_types()); }

/// The element of type `t` at p, in a kernel that computes in `type`.
template <class V> V read_element(dtype type, dtype t, const std::byte* p) {
    V value{};
    with_element(t, [&]<class T>(std::type_identity<T>) {
        T element;
        std::memcpy(&element, p, sizeof element);
        const number_for<T> v(element);
        if constexpr (std::same_as<T, bool>) value = V(v.value);
        else value = convert(type, v, V());
    });
    return value;
}
template <class V> void write_element(dtype t, V value, std::byte* p) {
    with_element(t, [&]<class T>(std::type_identity<T>) {
        const auto element = static_cast<T>(convert(t, value, number_for<T>()).value);
        std::memcpy(p, &element, sizeof element);
    });
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
