// SPDX-License-Identifier: BSL-1.0
// A mistake inside of scopes tells their path.
// error: E101 matmul: columns of lhs must equal rows of rhs
// error: in_region<.*"model.layer".*at_line<13>
// lines: 24
#include <telar/core/errors.hpp>
#include <telar/telar.hpp>

using namespace telar;

constexpr auto layer = scope<"layer">(telar::function([](symbol x, symbol W) {
    const symbol y = tanh(x);
    return matmul(y, W);
}));
constexpr auto model = scope<"model">(telar::function([](symbol x, symbol W) { return layer(layer(x, W), W); }));

int main() {
#ifndef REJECT
    variable<"W", tensor<float, 4, 4>> W;
#else
    variable<"W", tensor<float, 4, 5>> W;
#endif
    input<"X", tensor<float, dyn, 4>> X;
    [[maybe_unused]] auto y = model(X, W);
}
