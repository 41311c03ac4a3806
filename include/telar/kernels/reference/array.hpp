// SPDX-License-Identifier: BSL-1.0
// The reference's tensors: extents and values, in constant evaluation as at run time. Every int64 is exact.
#pragma once
#include <telar/core/growable.hpp>
#include <telar/core/shape.hpp>
#include <telar/kernels/reference/number.hpp>

#include <concepts>
#include <initializer_list>

namespace telar::inline TELAR_ABI::ir::kernels::reference {

/// Row-major values of one element type; one of the three lists holds them.
struct array {
    dtype type = dtype::float32;
    shape extents{};
    growable<number> numbers;    // the floats: already rounded to the type
    growable<integer> integers;  // already wrapped
    growable<truth> truths;      // bool

    /// f(the list that holds the values).
    template <class F> constexpr auto visit(F f) const {
        return is_float(type) ? f(numbers) : type == dtype::boolean ? f(truths) : f(integers);
    }
    template <class F> constexpr auto visit(F f) {
        return is_float(type) ? f(numbers) : type == dtype::boolean ? f(truths) : f(integers);
    }

    constexpr array() = default;
    /// No values yet, and room for them.
    constexpr array(dtype t, const shape& s) : type(t), extents(s) {
        visit([&](auto& list) { list.reserve(count()); });
    }

    constexpr int count() const { return static_cast<int>(extents.count()); }

    template <class V> constexpr const growable<V>& list() const {
        if constexpr (std::same_as<V, number>) return numbers;
        else if constexpr (std::same_as<V, integer>) return integers;
        else return truths;
    }
    template <class V> constexpr growable<V>& list() {
        if constexpr (std::same_as<V, number>) return numbers;
        else if constexpr (std::same_as<V, integer>) return integers;
        else return truths;
    }
    /// Value i, in row-major order, as a C++ number.
    template <Element T = double> constexpr T at(int i) const {
        const auto to_t = [&](const auto& list) { return convert(dtype_of<T>(), list[i], number_for<T>()).value; };
        return static_cast<T>(visit(to_t));
    }
    template <Element T> constexpr void push(T v) {
        visit([&]<class V>(growable<V>& list) { list.push(convert(type, number_for<T>(v), V())); });
    }
};

/// An array with the given values, row-major. There must be as many as the extents say.
template <Element T> constexpr array array_of(const shape& extents, const T* values) {
    array a(dtype_of<T>(), extents);
    for (int i = 0; i < a.count(); ++i) a.push(values[i]);
    return a;
}
template <Element T> constexpr array array_of(const shape& extents, std::initializer_list<T> values) {
    return array_of(extents, values.begin());
}

}  // namespace telar::inline TELAR_ABI::ir::kernels::reference
