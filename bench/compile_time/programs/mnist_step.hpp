// SPDX-License-Identifier: BSL-1.0
// One training step of a perceptron 784-128-10: softmax cross-entropy, its gradients, Adam. BATCH is the number of rows
// in a batch, or dyn.
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W1", matrix<float, 128, 784>> W1;
    variable<"b1", tensor<float, 128>> b1;
    variable<"W2", matrix<float, 10, 128>> W2;
    variable<"b2", tensor<float, 10>> b2;
    input<"X", tensor<float, BATCH, 784>> X;
    input<"labels", tensor<std::int32_t, BATCH>> labels;
    auto step = minimize(mean(sparse_softmax_cross_entropy(W2 * relu(W1 * X + b1) + b2, labels)), adam{});
    tensor<float, 128, 784> images;
    tensor<std::int32_t, 128> digits;
    return run(step, X = images, labels = digits).item() < 3 ? 0 : 1;
}
