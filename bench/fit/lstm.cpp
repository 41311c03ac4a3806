// SPDX-License-Identifier: BSL-1.0
#include "fit.hpp"

struct net {
    telar::nn::lstm state{64};
    telar::nn::dense out{10};
    constexpr telar::symbol operator()(telar::symbol x) const { return out(state(x)); }
};
int main() { return bench::run<net, 28, 28>("lstm", 2560, 6); }
