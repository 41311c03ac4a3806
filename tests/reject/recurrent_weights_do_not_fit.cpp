// SPDX-License-Identifier: BSL-1.0
// error: E144 recurrent: W is \(inputs, gates \* units\)
// error: recurrent_weights_do_not_fit
// error: lhs<3, 8>
// error: rhs<2, 6>
// lines: 18
#include <telar/core/errors.hpp>
#include <telar/expr/recurrent.hpp>

using namespace telar;

int main() {
    input<"X", tensor<float, 1, 5, 3>> X;
    variable<"W", tensor<float, 3, 8>> W;
    variable<"b", tensor<float, 8>> b;
#ifndef REJECT
    variable<"U", tensor<float, 2, 8>> U;
#else
    variable<"U", tensor<float, 2, 6>> U;
#endif
    [[maybe_unused]] auto y = std::get<0>(lstm(X, W, U, b));
    [[maybe_unused]] auto z = y + y;  // says nothing more
}
