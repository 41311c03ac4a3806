// SPDX-License-Identifier: BSL-1.0
// An LSTM of 40 units and a dense layer in RTNeural, whose networks are types too: inference alone, by Eigen.
#define RTNEURAL_USE_EIGEN 1
#define RTNEURAL_DEFAULT_ALIGNMENT 32
#include <RTNeural/RTNeural.h>

#include <cmath>

int main() {
    RTNeural::ModelT<float, 1, 1, RTNeural::LSTMLayerT<float, 1, 40>, RTNeural::DenseT<float, 40, 1>> model;
    model.reset();
    float y = 0;
    for (int i = 0; i < 24; ++i) y = model.forward(&y);
    return std::isfinite(y) ? 0 : 1;
}
