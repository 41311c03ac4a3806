// SPDX-License-Identifier: BSL-1.0
// A value that is used twice, thirty times over: its tree has 2^30 leaves, its graph 30 products.
#include <telar/telar.hpp>

using namespace telar;

constexpr auto power = telar::function([](auto x) {
    for (int i = 0; i < 30; ++i) x = x * x;
    return x;
});

int main() {
    tensor<float, 4> t = {1, 1, 1, 1};
    return power(t)(0) == 1 ? 0 : 1;
}
