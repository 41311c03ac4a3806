// SPDX-License-Identifier: BSL-1.0
#include "fit.hpp"

using namespace telar;

struct block {
    nn::layer_norm before{}, between{};
    nn::multi_head_attention attention{4};
    nn::dense up{256, nn::gelu}, down{64};
    constexpr symbol operator()(symbol x) const {
        x = x + attention(before(x));
        return x + down(up(between(x)));
    }
};
struct net {
    block first{}, second{};
    nn::dense out{10};
    constexpr symbol operator()(symbol x) const { return out(nn::global_average_pooling{}(second(first(x)))); }
};
int main() { return bench::run<net, 32, 64>("encoder", 1280, 5); }
