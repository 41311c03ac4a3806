// SPDX-License-Identifier: BSL-1.0
// One training step of a deep residual perceptron: 24 blocks x + dense 64 (relu (dense 128 (x))), softmax cross-entropy
// over ten classes, Adam. 98 variables.
#include <telar/telar.hpp>

#include <cmath>
#include <tuple>
#include <utility>

using namespace telar;

constexpr auto residual =
    telar::function([](auto x, auto W1, auto b1, auto W2, auto b2) { return x + (relu(x * W1 + b1) * W2 + b2); });

template <std::size_t I> struct block {
    variable<"W1_" + number<I>, matrix<float, 64, 128>> W1;
    variable<"b1_" + number<I>, tensor<float, 128>> b1;
    variable<"W2_" + number<I>, matrix<float, 128, 64>> W2;
    variable<"b2_" + number<I>, tensor<float, 64>> b2;

    auto operator()(const auto& x) const { return residual(x, W1, b1, W2, b2); }
    void initialize(generator& random) {
        glorot_uniform{}(W1.value(), random);
        glorot_uniform{}(W2.value(), random);
    }
};
template <class> struct network;
template <std::size_t... I> struct network<std::index_sequence<I...>> {
    std::tuple<block<I>...> blocks;
    variable<"W", matrix<float, 64, 10>> W;
    variable<"b", tensor<float, 10>> b;

    void initialize(generator random) {
        (std::get<I>(blocks).initialize(random), ...);
        glorot_uniform{}(W.value(), random);
    }
    /// What the blocks from number K on make of x, then the classes.   (n,64) -> (n,10)
    template <std::size_t K = 0> auto logits(const auto& x) const {
        if constexpr (K < sizeof...(I)) return logits<K + 1>(std::get<K>(blocks)(x));
        else return x * W + b;
    }
};

int main() {
    network<std::make_index_sequence<24>> net;
    net.initialize(generator(1));
    input<"X", tensor<float, dyn, 64>> X;
    input<"labels", tensor<std::int32_t, dyn>> labels;
    auto step = minimize(mean(sparse_softmax_cross_entropy(net.logits(X), labels)), adam{});

    tensor<float, dyn, 64> x(shape(16, 64));
    tensor<std::int32_t, dyn> y(shape(16));
    generator(2).fill_uniform(x.span(), -1.f, 1.f);
    float loss = 0;
    for (int i = 0; i < 2; ++i) loss = run(step, X = x, labels = y);
    return std::isfinite(loss) ? 0 : 1;
}
