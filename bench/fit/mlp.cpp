// SPDX-License-Identifier: BSL-1.0
#include "fit.hpp"

struct net {
    telar::nn::dense hidden{128, telar::nn::relu}, out{10};
    constexpr telar::symbol operator()(telar::symbol x) const { return out(hidden(x)); }
};
int main() { return bench::run<net, 784>("mlp", 12800, 8); }
