// SPDX-License-Identifier: BSL-1.0
// Whole models against Keras': their losses and gradients, and how their losses fall. from_tensorflow.py says what the
// file has, and has the same formulas for weights and data. shared.cpp is compiled once for all of them.
#pragma once
#include <doctest/doctest.h>
#include <telar/kernels/reference/array.hpp>
#include <telar/telar.hpp>

#include <cmath>
#include <string>
#include <tuple>
#include <vector>

namespace programs {

using telar::ir::kernels::reference::array;

/// False, after a word about it, where the file cannot be read.
bool has_keras();

// ---------------------------------------------------------------- the formulas
/// Irregular whole numbers below 2^24.
inline std::uint32_t hashed(int seed, std::size_t i) {
    std::uint32_t h = (static_cast<std::uint32_t>(i) + 7919u * static_cast<std::uint32_t>(seed)) * 2654435761u;
    h = (h ^ h >> 15) * 0x2c1b3c6du;
    h = (h ^ h >> 12) * 0x297a2d39u;
    return (h ^ h >> 15) >> 8;
}
inline float between_ones(int seed, std::size_t i) { return static_cast<float>(hashed(seed, i)) * 0x1p-23f - 1; }
/// Images and the like: in [-1, 1).
template <telar::Tensor T> T data(int seed, const telar::shape& extents) {
    T x = T::uninitialized(extents);
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = between_ones(seed, i);
    return x;
}
/// Vectors lie around 1/2; others have variance 1 / fan-in.
template <telar::Tensor T> T weight(int seed) {
    T x;
    double fan_in = 1;
    for (int i = 0; i + 1 < T::rank; ++i) fan_in *= static_cast<double>(x.extents()[i]);
    const auto scale = static_cast<float>(std::sqrt(3 / fan_in));
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float u = between_ones(seed, i);
        x.data()[i] = T::rank == 1 ? 0.5f + u * 0.25f : u * scale;
    }
    return x;
}
/// Labels: whole numbers below `count`.
template <telar::Tensor T> T below(std::uint32_t count, int seed, const telar::shape& extents) {
    T x = T::uninitialized(extents);
    for (std::size_t i = 0; i < x.size(); ++i) x.data()[i] = static_cast<std::int32_t>(hashed(seed, i) % count);
    return x;
}
/// Sentences of tokens 1 .. 12, two of them shorter: 0 is padding.
inline telar::tensor<std::int32_t, telar::dyn, 7> encoder_tokens() {
    auto tokens = below<telar::tensor<std::int32_t, telar::dyn, 7>>(12, 1000, telar::shape(3, 7));
    for (telar::extent_t n = 0; n < 3; ++n)
        for (telar::extent_t i = 0; i < 7; ++i)
            tokens(n, i) = (n == 1 && i >= 4) || (n == 2 && i >= 6) ? 0 : 1 + tokens(n, i);
    return tokens;
}
/// Gives a model's variables their weights, in order.
template <telar::Named... V> void set_weights(const std::tuple<V&...>& variables) {
    int i = 0;
    std::apply([&](V&... v) { ((v = weight<typename V::value_t>(i++)), ...); }, variables);
}

// ---------------------------------------------------------------- comparisons
/// Holds the loss and the gradients, in that order, to Keras': |got - Keras'| in units of the largest |Keras'|.
void check_values(const std::string& model, const std::string& way, double allowed, const std::vector<array>& values);
/// The same for a graph's results: in float64 as traced and optimised, or in float32 as a schedule of kernels.
void check_graph(const std::string& model, const telar::ir::graph& g, const telar::core::growable<array>& leaves);
/// The losses of Keras' training, before each step.
std::vector<double> losses(const std::string& model);

/// f(a...) = the loss and its gradients, traced at run time with all floats of that type.
template <class F, telar::Tensor... A>
void check_traced(const std::string& model, telar::dtype floats, const F& f, const A&... a) {
    telar::ir::graph g;
    telar::core::growable<array> leaves;
    const auto leaf = [&]<class T>(const T& t) {
        const array from = telar::ir::kernels::reference::array_of(t.extents(), t.data());
        array to(telar::is_float(T::type) ? floats : T::type, t.extents());
        for (int i = 0; i < from.count(); ++i) to.push(from.at(i));
        return telar::expr::declare_leaf(g, leaves.push(to), {to.type, T::is_matrix, to.extents});
    };
    for (const telar::symbol s : f(leaf(a)...)) g.roots.push({s.id, -1, 0, 0});
    check_graph(model, g, leaves);
}
/// f(a...) = the loss and its gradients, compiled.
template <class F, telar::Tensor... A> void check_compiled(const std::string& model, const F& f, const A&... a) {
    const auto keep = [](const auto&... r) {
        return std::vector<array>{telar::ir::kernels::reference::array_of(r.extents(), r.data())...};
    };
    check_values(model, "compiled", 1e-4, std::apply(keep, f(a...)));
}
/// As many steps of training as Keras did, each loss near its in units of the first; it falls by a quarter or more.
template <class Step, class... Feeds>
void check_training(const std::string& model, double allowed, Step& step, const Feeds&... feeds) {
    const std::vector<double> want = losses(model);
    double loss = 0;
    for (std::size_t i = 0; i < want.size(); ++i) {
        loss = telar::run(step, feeds...);
        INFO(model, ", step ", i, ": ", loss, ", Keras has ", want[i]);
        CHECK(std::abs(loss - want[i]) <= allowed * want[0]);
    }
    CHECK(loss < 0.75 * want[0]);
}

}  // namespace programs
