// SPDX-License-Identifier: BSL-1.0
// From tensors to the reference's arrays and back; how close two of them are.
#pragma once
#include <doctest/doctest.h>
#include <telar/core/random.hpp>
#include <telar/kernels/reference/interpret.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace support {

using telar::ir::kernels::reference::array;

template <telar::Tensor T> array array_of(const T& t) {
    return telar::ir::kernels::reference::array_of(t.extents(), t.data());
}
template <telar::Scalar T> array array_of(const T& v) {
    return telar::ir::kernels::reference::array_of(telar::shape(), &v);
}

/// The values of the graph's roots, by the reference.
telar::core::growable<array> interpreted(const telar::ir::graph& g, const telar::core::growable<array>& leaves);
/// The same of a graph that calls these blocks.
telar::core::growable<array> interpreted(const telar::ir::graph& g, const telar::core::growable<array>& leaves,
                                         const telar::core::growable<telar::ir::graph_block>& blocks);

/// f(type_identity of the C++ type of t).
template <class F, class... T> void with_type(telar::dtype t, const F& f, telar::core::type_list<T...>) {
    ((telar::dtype_of<T>() == t ? f(std::type_identity<T>()) : void()), ...);
}
template <class F> void with_type(telar::dtype t, const F& f) { with_type(t, f, telar::core::element_types()); }

/// The values as they lie in memory.
std::vector<std::byte> bytes_of(const array& a);

/// |got - want|, infinite where just one is NaN or an infinity differs.
inline double distance(double got, double want) {
    if (std::isnan(got) || std::isnan(want)) return std::isnan(got) && std::isnan(want) ? 0 : INFINITY;
    return got == want ? 0 : std::abs(got - want);
}
/// The largest distance of any two elements, in units of `scale` + |want|.
template <telar::Tensor T> double error_of(const T& got, const array& want, double scale = 1) {
    if (got.extents() != want.extents || T::type != want.type) return INFINITY;
    double largest = 0;
    for (int i = 0; i < want.count(); ++i) {
        const double w = want.at(i);
        largest = std::max(
            largest, distance(static_cast<double>(got.data()[i]), w) / (std::isfinite(w) ? scale + std::abs(w) : 1.0));
    }
    return largest;
}
/// The largest difference of two tensors' elements.
template <telar::Tensor A, telar::Tensor B> double difference(const A& a, const B& b) {
    REQUIRE(a.extents() == b.extents());
    double most = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        most = std::max(most, std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
    return most;
}
/// Rounding errors of so many operations in T.
template <class T> constexpr double roundings(double count) {
    return std::is_integral_v<T> ? 0 : count * static_cast<double>(std::numeric_limits<T>::epsilon());
}
template <telar::Tensor T> bool same_bits(const T& a, const T& b) {
    return a.extents() == b.extents() && std::equal(reinterpret_cast<const std::byte*>(a.data()),
                                                    reinterpret_cast<const std::byte*>(a.data() + a.size()),
                                                    reinterpret_cast<const std::byte*>(b.data()));
}

/// Uniform numbers; whole ones for integers, either for bool.
template <telar::Element T, telar::extent_t... E>
telar::tensor<T, E...> random_tensor(telar::generator& g, telar::shape extents, double lo = -2, double hi = 2) {
    auto t = telar::tensor<T, E...>::uninitialized(extents);
    for (T& x : t) {
        if constexpr (std::is_same_v<T, bool>) x = g.integers(0, 2) != 0;
        else if constexpr (std::is_integral_v<T>)
            x = static_cast<T>(g.integers(static_cast<std::int64_t>(lo), static_cast<std::int64_t>(hi) + 1));
        else x = static_cast<T>(g.uniform(lo, hi));
    }
    return t;
}

}  // namespace support
