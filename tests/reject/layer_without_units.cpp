// SPDX-License-Identifier: BSL-1.0
// error: E255 nn: a parameter of a layer has no elements: say how many units, filters or rows the layer has
// error: in_region<.*"out".*|wants<.*<3, 0>
// lines: 30
#include <telar/nn.hpp>

using namespace telar;

struct line {
#ifndef REJECT
    nn::dense out{1};
#else
    nn::dense out{};
#endif
    constexpr symbol operator()(symbol x) const { return out(x); }
};

int main() {
    nn::model<line, tensor<float, dyn, 3>> net;
    input<"X", tensor<float, dyn, 3>> X;
    [[maybe_unused]] auto y = net(X);
}
