// SPDX-License-Identifier: BSL-1.0
// A wrapper that keeps the largest singular value of a layer's kernel at 1.
#pragma once
#include <telar/nn/bind.hpp>
#include <telar/nn/mode.hpp>

#include <concepts>
#include <type_traits>

namespace telar::inline TELAR_ABI::nn {

namespace spectral {
/// A layer with a parameter `kernel`, or `embeddings`.
template <class L>
concept HasKernel = requires(const L& l) {
    { l.kernel } -> std::same_as<const parameter&>;
}
|| requires(const L& l) {
    { l.embeddings } -> std::same_as<const parameter&>;
};
template <class L> constexpr const parameter& kernel_of(const L& l) {
    if constexpr (requires { l.kernel; }) return l.kernel;
    else return l.embeddings;
}
/// x of length 1.
constexpr symbol of_length_1(symbol x) {
    constexpr double largest = 1e7;
    return x * telar::minimum(telar::rsqrt(sum(square(x))), largest);
}

/// What a kernel is while its layer is called.
struct normalized final : parameter_filter {
    const parameter& vector_u;
    int power_iterations;
    bool moves;

    constexpr normalized(const parameter& kernel, const parameter& u, int iterations, bool is_trained)
        : parameter_filter(kernel), vector_u(u), power_iterations(iterations), moves(is_trained) {}
    constexpr symbol filtered(symbol kernel) const override {
        const extent_t units = kernel.extents()[kernel.rank() - 1];
        const symbol state = vector_u(kernel, shape(1, units), truncated_normal_values(0, 0.02), false);
        if (!moves) return kernel;
        const symbol before = stop_gradient(next_value(kernel));
        const extent_t rows = before.g->dims.count(ir::emit::without(before.extents(), 1u << (before.rank() - 1)));
        const symbol w = ir::emit::reshape(before, shape(rows, units));
        symbol u = next_value(state), v{};
        for (int k = 0; k < power_iterations; ++k) {
            v = of_length_1(matmul(u, ir::emit::swap_last(w)));
            u = of_length_1(matmul(v, w));
        }
        const symbol sigma = sum(matmul(v, w) * u);
        const symbol is_zero = ir::emit::reduce(op::all, before == 0, (1u << before.rank()) - 1, false);
        assign(state, telar::where(is_zero, next_value(state), u));
        assign(kernel, telar::where(is_zero, before, before / sigma));
        return ir::emit::in_place_of(next_value(kernel), kernel);
    }
};
}  // namespace spectral

/// A layer whose kernel W is divided by its largest singular value, when it is called in training:
/// W <- W / (v W u'), where v <- u W' / |u W'| and u <- v W / |v W| go on from call to call (power iterations).
///
///     nn::spectral_normalization{nn::conv2d{64, 3}}
///
/// shapes    those of the layer; vector_u (1, units), of a kernel (..., units)
/// edge      the new W is kept: the gradient of a step is taken there, and its update begins there. Predicting takes W
///           as it is. A kernel of zeros, and a layer that is frozen, stay as they are
/// source    Keras' SpectralNormalization; Miyato, Kataoka, Koyama and Yoshida, arXiv:1802.05957
/// test      tests/fixtures/keras_spectral_normalization_test.cpp
template <spectral::HasKernel Layer> struct spectral_normalization {
    Layer layer{};
    int power_iterations = 1;
    parameter vector_u{};
    site here{};

    constexpr symbol operator()(symbol x) const {
        const layer_call call(here, x, "spectral_normalization");
        const parameter& kernel = spectral::kernel_of(layer);
        const spectral::normalized through(kernel, vector_u, power_iterations, is_training(x) && !here.is_frozen());
        const parameter_filter::used use(kernel, through);
        return call.gives(layer(x));
    }
};
template <class Layer> spectral_normalization(Layer) -> spectral_normalization<Layer>;
template <class Layer> spectral_normalization(Layer, int) -> spectral_normalization<Layer>;

}  // namespace telar::inline TELAR_ABI::nn
