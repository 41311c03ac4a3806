// SPDX-License-Identifier: BSL-1.0
// error: E254 nn: the members of a model that is no aggregate cannot be found
// error: no_aggregate<.*hidden
// lines: 30
#include <telar/nn.hpp>

using namespace telar;

class hidden {
    nn::dense out{1};

public:
    constexpr hidden() = default;
    constexpr symbol operator()(symbol x) const { return out(x); }
#ifndef REJECT
    TELAR_NAMES(hidden, out)
#endif
};

int main() {
    nn::model<hidden, tensor<float, dyn, 3>> net;
    input<"X", tensor<float, dyn, 3>> X;
    [[maybe_unused]] auto y = net(X);
}
