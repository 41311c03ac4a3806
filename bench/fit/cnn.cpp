// SPDX-License-Identifier: BSL-1.0
#include "fit.hpp"

using namespace telar;

struct net {
    nn::conv2d first{32, 3, nn::relu}, second{64, 3, nn::relu};
    nn::dense out{10};
    constexpr symbol operator()(symbol x) const {
        x = nn::max_pool2d(second(nn::max_pool2d(first(x), 2)), 2);
        return out(nn::flatten{}(x));
    }
};
int main() { return bench::run<net, 28, 28, 1>("cnn", 1280, 5); }
