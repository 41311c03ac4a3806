// SPDX-License-Identifier: BSL-1.0
// error: E251 nn: a layer is called with other features than before
// error: has<.*lhs<3, 2>|wants<.*rhs<5, 2>
// lines: 30
#include <telar/nn.hpp>

using namespace telar;

struct shared {
    nn::dense same{2};
    constexpr symbol operator()(symbol a, symbol b) const { return same(a) - same(b); }
};

int main() {
#ifndef REJECT
    nn::model<shared, tensor<float, dyn, 3>, tensor<float, dyn, 3>> net;
#else
    nn::model<shared, tensor<float, dyn, 3>, tensor<float, dyn, 5>> net;
#endif
    input<"X", tensor<float, dyn, 3>> X;
    [[maybe_unused]] auto y = net(X, X);
}
