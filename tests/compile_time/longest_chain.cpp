// SPDX-License-Identifier: BSL-1.0
// The longest model that README promises to compile without flags: a chain of element-wise layers and its gradient,
// which is NODES nodes when it is traced.
#include <telar/telar.hpp>

using namespace telar;

constexpr int layers = LAYERS;
constexpr auto loss = telar::function([](auto x, auto w) {
    for (int i = 0; i < layers; ++i) x = x + tanh(w * x);
    return sum(x);
});

variable<"w", tensor<float, 8>> w;
input<"x", tensor<float, 8>> x;
using chain_code = decltype(compile(gradient(loss(x, w), w)))::code;
static_assert(chain_code::traced_sizes.nodes == NODES);
static_assert(chain_code::plan_sizes.kernels > 0);

int main() {}
