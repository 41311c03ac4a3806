// SPDX-License-Identifier: BSL-1.0
// error: E252 nn: a layer is called outside of a model
// error: of_shape<-1, 3>
// lines: 30
#include <telar/nn.hpp>

using namespace telar;

constexpr auto f = telar::function([](symbol x) {
#ifndef REJECT
    return nn::activation_layer{nn::relu}(x);
#else
    return nn::dense{2}(x);
#endif
});

int main() {
    input<"X", tensor<float, dyn, 3>> X;
    [[maybe_unused]] auto y = f(X);
}
