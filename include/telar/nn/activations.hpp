// SPDX-License-Identifier: BSL-1.0
// Activations by Keras' names, as values: nn::dense{128, nn::relu}. A lambda of your own that captures nothing is one,
// too.
#pragma once
#include <telar/telar.hpp>

namespace telar::inline TELAR_ABI::nn {

/// What a layer does with its result; nullptr: nothing.
using activation = symbol (*)(symbol);

// clang-format off
inline constexpr auto linear = [](symbol x) -> symbol { return x; };
inline constexpr auto relu = [](symbol x) -> symbol { return telar::relu(x); };
inline constexpr auto sigmoid = [](symbol x) -> symbol { return telar::sigmoid(x); };
inline constexpr auto tanh = [](symbol x) -> symbol { return telar::tanh(x); };
inline constexpr auto softmax = [](symbol x) -> symbol { return telar::softmax(x); };
inline constexpr auto log_softmax = [](symbol x) -> symbol { return telar::log_softmax(x); };
inline constexpr auto softplus = [](symbol x) -> symbol { return telar::softplus(x); };
inline constexpr auto softsign = [](symbol x) -> symbol { return telar::softsign(x); };
inline constexpr auto elu = [](symbol x) -> symbol { return telar::elu(x); };
inline constexpr auto selu = [](symbol x) -> symbol { return telar::selu(x); };
inline constexpr auto celu = [](symbol x) -> symbol { return telar::celu(x, 1.0); };
inline constexpr auto gelu = [](symbol x) -> symbol { return telar::gelu(x); };
inline constexpr auto gelu_tanh = [](symbol x) -> symbol { return telar::gelu_tanh(x); };
inline constexpr auto silu = [](symbol x) -> symbol { return telar::silu(x); };
inline constexpr auto swish = [](symbol x) -> symbol { return telar::silu(x); };
inline constexpr auto relu6 = [](symbol x) -> symbol { return telar::relu6(x); };
inline constexpr auto leaky_relu = [](symbol x) -> symbol { return telar::leaky_relu(x, 0.2); };
inline constexpr auto hard_sigmoid = [](symbol x) -> symbol { return telar::hard_sigmoid(x); };
inline constexpr auto hard_silu = [](symbol x) -> symbol { return telar::hard_silu(x); };
inline constexpr auto hard_tanh = [](symbol x) -> symbol { return telar::hard_tanh(x); };
inline constexpr auto mish = [](symbol x) -> symbol { return telar::mish(x); };
inline constexpr auto log_sigmoid = [](symbol x) -> symbol { return telar::log_sigmoid(x); };
inline constexpr auto exponential = [](symbol x) -> symbol { return telar::exp(x); };
// clang-format on

constexpr symbol activated(activation f, symbol x) { return f ? f(x) : x; }

}  // namespace telar::inline TELAR_ABI::nn
