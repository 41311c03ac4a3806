// SPDX-License-Identifier: BSL-1.0
// error: E253 nn: the model has no parameter of this path
// error: "out.biases".*"out.kernel".*"out.bias"
// lines: 30
#include <telar/nn.hpp>

using namespace telar;

struct line {
    nn::dense out{1};
    constexpr symbol operator()(symbol x) const { return out(x); }
};

int main() {
    nn::model<line, tensor<float, dyn, 3>> net;
#ifndef REJECT
    net.get<"out.bias">()(0) = 1;
#else
    net.get<"out.biases">()(0) = 1;
#endif
}
