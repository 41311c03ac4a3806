// SPDX-License-Identifier: BSL-1.0
// A mistake in a loss is told once: no kernel of the training step is compiled after it.
// error: E106 dtype: this operation takes floats
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 4>> X;
    input<"Y", tensor<std::int32_t, dyn>> Y;
    variable<"W", tensor<float, 4, 3>> W;
#ifdef REJECT
    auto loss = mean(sparse_softmax_cross_entropy(Y, matmul(X, W)));
#else
    auto loss = mean(sparse_softmax_cross_entropy(matmul(X, W), Y));
#endif
    auto step = minimize(loss, sgd{.learning_rate = 0.1f});
    run(step, X = tensor<float, 2, 4>(), Y = tensor<std::int32_t, 2>());
}
