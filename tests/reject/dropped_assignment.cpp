// SPDX-License-Identifier: BSL-1.0
// What does nothing by itself is missed when it is dropped: a warning, which is an error here.
// error: an assignment does nothing by itself: run(update(v = expression))
// error: a feed does nothing by itself: run(y, X = data)
// error: update does nothing by itself: run(update(...))
// error: minimize takes no step by itself: run(step, X = data)
// error: an expression computes nothing by itself: run(y, X = data)
#include <telar/telar.hpp>

#pragma GCC diagnostic error "-Wunused-result"
#pragma GCC diagnostic error "-Wunused-value"

using namespace telar;

int main() {
    variable<"W", tensor<float, 3>> W;
    input<"X", tensor<float, 3>> X;
    const tensor<float, 3> data = {1, 2, 3};
#ifndef REJECT
    run(update(W = W * X), X = data);
#else
    W = W * X;
    X = data;
    update(W = W * X);
    minimize(sum(W * X), sgd{});
    tanh(W);
#endif
}
