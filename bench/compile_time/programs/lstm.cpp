// SPDX-License-Identifier: BSL-1.0
// One training step of a forecaster: an LSTM of 40 units reads a window of 24 values, a dense layer says the next one;
// mean squared error, Adam.
#include <telar/telar.hpp>

#include <cmath>

using namespace telar;

struct forecaster {
    variable<"lstm/kernel", tensor<float, 1, 160>> W;
    variable<"lstm/recurrent_kernel", tensor<float, 40, 160>> U;
    variable<"lstm/bias", tensor<float, 160>> b;
    variable<"dense/kernel", matrix<float, 1, 40>> V;
    variable<"dense/bias", tensor<float, 1>> c;

    explicit forecaster(generator random) {
        glorot_uniform{}(W.value(), random);
        orthogonal{}(U.value(), random);
        glorot_uniform{}(V.value(), random);
    }
    /// (n,24,1) -> (n,1)
    auto operator()(const auto& window) const {
        auto [every_h, last_h, last_c] = lstm(window, W, U, b);
        return V * last_h + c;
    }
};

int main() {
    forecaster net(generator(1));
    input<"window", tensor<float, dyn, 24, 1>> window;
    input<"next", tensor<float, dyn, 1>> next;
    auto step = minimize(mean(square(net(window) - next)), adam{});

    tensor<float, dyn, 24, 1> x(shape(16, 24, 1));
    tensor<float, dyn, 1> y(shape(16, 1));
    generator(2).fill_uniform(x.span(), -1.f, 1.f);
    float loss = 0;
    for (int i = 0; i < 2; ++i) loss = run(step, window = x, next = y);
    return std::isfinite(loss) ? 0 : 1;
}
