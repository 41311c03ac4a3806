// SPDX-License-Identifier: BSL-1.0
// Answer 9. The parameters of the net, counted by hand. A filter has its weights once, wherever it looks.
#include <iostream>
#include <telar/nn.hpp>

using namespace telar;

struct lenet {
    nn::conv2d edges{.filters = 6, .kernel_size = 3, .activation = nn::relu, .padding = nn::padding::same};
    nn::conv2d shapes{.filters = 16, .kernel_size = 3, .activation = nn::relu};
    nn::dense hidden{32, nn::relu}, out{10};
    constexpr symbol operator()(symbol x) const {
        x = nn::max_pool2d(edges(reshape(x, extents<-1, 8, 8, 1>)), 2);
        return out(hidden(nn::flatten{}(shapes(x))));
    }
};

int main() {
    constexpr std::size_t edges = 3 * 3 * 1 * 6 + 6;  // weights and, for each filter, a bias
    constexpr std::size_t shapes = 3 * 3 * 6 * 16 + 16;
    constexpr std::size_t hidden = 2 * 2 * 16 * 32 + 32;
    constexpr std::size_t out = 32 * 10 + 10;
    constexpr std::size_t dense_instead = 8 * 8 * 1 * (8 * 8 * 6) + 8 * 8 * 6;  // in the place of `edges` alone

    nn::model<lenet, tensor<float, dyn, 64>> net(1);
    std::size_t counted = 0;
    for (const auto& p : net.parameters()) counted += p.bytes() / sizeof(float);
    std::cout << edges + shapes + hidden + out << " by hand, " << counted << " in the model\n"
              << edges << " for the edges, " << dense_instead << " by a dense layer\n";
    return counted == edges + shapes + hidden + out ? 0 : 1;
}

// prints:
// 3350 by hand, 3350 in the model
// 60 for the edges, 24960 by a dense layer
