// SPDX-License-Identifier: BSL-1.0
// error: E134 minimize: no trainable float variable stands in the loss
// error: nothing_to_minimize
// lines: 18
#include <telar/telar.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, dyn, 4>> X;
#ifndef REJECT
    variable<"W", matrix<float, 3, 4>> W;
#else
    variable<"W", matrix<float, 3, 4>, false> W;
#endif
    auto step = minimize(mean(square(W * X)), sgd{});
    run(step, X = {{1.f, 2.f, 3.f, 4.f}});
}
