// SPDX-License-Identifier: BSL-1.0
// error: E231 name: two leaves of one graph have one name, and are not of one type
// error: leaves_share_a_name
// error: tensor<float, 3>
// error: tensor<float, -1, 3>
// lines: 12, clang 16
#include <telar/telar.hpp>

using namespace telar;

int main() {
    variable<"W", tensor<float, 3>> W;
#ifndef REJECT
    input<"X", tensor<float, dyn, 3>> X;
#else
    input<"W", tensor<float, dyn, 3>> X;
#endif
    [[maybe_unused]] auto y = tanh(X) * W;
}
