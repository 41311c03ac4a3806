// SPDX-License-Identifier: BSL-1.0
// One training step of a perceptron with all that keeps a deep one in bounds: eight layers of 64 units, each with batch
// norm and dropout; mean squared error with an L2 penalty, gradients clipped by their global norm, Adam. The moving
// moments of the norms are updated in the same step.
#include <telar/telar.hpp>

#include <array>
#include <cmath>
#include <tuple>
#include <utility>

using namespace telar;

template <std::size_t I> struct layer {
    variable<"W" + number<I>, matrix<float, 64, 64>> W;
    variable<"gamma" + number<I>, tensor<float, 64>> gamma;
    variable<"beta" + number<I>, tensor<float, 64>> beta;

    auto weights() { return std::tie(W, gamma, beta); }
    void initialize(generator& random) {
        glorot_uniform{}(W.value(), random);
        ones_initializer{}(gamma.value(), random);
    }
};
template <class> struct network;
template <std::size_t... I> struct network<std::index_sequence<I...>> {
    std::tuple<layer<I>...> layers;
    variable<"W", matrix<float, 64, 1>> W;
    variable<"b", tensor<float, 1>> b;
    // A row for each layer. Two variables: the type of an assignment names all that its value is computed from.
    variable<"means", tensor<float, sizeof...(I), 64>, false> means;
    variable<"variances", tensor<float, sizeof...(I), 64>, false> variances;

    auto weights() { return std::tuple_cat(std::get<I>(layers).weights()..., std::tie(W, b)); }
    void initialize(generator random) {
        (std::get<I>(layers).initialize(random), ...);
        glorot_uniform{}(W.value(), random);
        ones_initializer{}(variances.value(), random);
    }
};
/// The loss, the new moving means and the new moving variances.   x (n,64), y (n,1)
constexpr auto loss_and_moments =
    telar::function([](auto x, auto y, auto rng, auto means, auto variances, auto... weights) {
        const std::array w{weights...};
        symbol penalty = 0 * sum(square(w[0])), of_batch = means, squared = variances;
        std::size_t i = 0;
        for (; i + 2 < w.size(); i += 3) {
            const symbol z = x * w[i], m = mean(z, 0, true), v = variance(z, 0, true);  // (1,64)
            of_batch = i == 0 ? m : concat({of_batch, m}, 0);
            squared = i == 0 ? v : concat({squared, v}, 0);
            penalty = penalty + sum(square(w[i]));
            x = dropout(relu(batch_norm(z, w[i + 1], w[i + 2], m, v)), 0.1, rng);
        }
        const symbol loss = mean(square(x * w[i] + w[i + 1] - y)) + 1e-4 * penalty;
        return std::tuple(loss, 0.99 * means + 0.01 * of_batch, 0.99 * variances + 0.01 * squared);
    });

int main() {
    network<std::make_index_sequence<8>> net;
    net.initialize(generator(1));
    random_state<"rng"> rng{3};
    input<"X", tensor<float, dyn, 64>> X;
    input<"Y", tensor<float, dyn, 1>> Y;
    auto [loss, means, variances] = std::apply(
        [&](auto&... w) { return loss_and_moments(X, Y, rng, net.means, net.variances, w...); }, net.weights());
    auto step = minimize(loss, clip_by_global_norm(adam{}, 1.0), update(net.means = means, net.variances = variances));

    tensor<float, dyn, 64> x(shape(16, 64));
    tensor<float, dyn, 1> y(shape(16, 1));
    generator(2).fill_uniform(x.span(), -1.f, 1.f);
    float last = 0;
    for (int i = 0; i < 2; ++i) last = run(step, X = x, Y = y);
    return std::isfinite(last) ? 0 : 1;
}
