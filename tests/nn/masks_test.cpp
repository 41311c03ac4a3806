// SPDX-License-Identifier: BSL-1.0
#include <telar/nn.hpp>

#include <doctest/doctest.h>

using namespace telar;

namespace {

struct forgets {
    nn::site here{};
    constexpr symbol operator()(symbol x) const { return reverse(x, 1); }
};
struct turns {
    nn::site here{};
    constexpr symbol operator()(symbol x) const {
        const auto mask = nn::mask_of(x);
        return mask ? nn::with_mask(reverse(x, 1), reverse(*mask, 1)) : x;
    }
};
struct adds {
    nn::site here{};
    constexpr symbol operator()(symbol x) const { return x + 1; }
};
struct net {
    nn::masking masked{};
    nn::repeat<forgets, 2> forgetting{};
    nn::repeat<turns, 1> turning{};
    nn::repeat<adds, 2> adding{};
    nn::global_average_pooling pool{};
    constexpr symbol operator()(symbol x) const {
        x = masked(x);
        return concat({pool(x), pool(forgetting(x)), pool(turning(x)), pool(adding(x))}, 1);
    }
};

}  // namespace

TEST_CASE("repeated layers hand on a mask, make another, or drop it, as without") {
    nn::model<net, tensor<float, dyn, 4, 1>> model;
    const tensor<float, 2, 4, 1> x{{{1}, {0}, {2}, {0}}, {{0}, {0}, {0}, {3}}};
    const auto y = model(x);
    const float expected[2][4]{{1.5f, 0.75f, 1.5f, 3.5f}, {3, 0.75f, 3, 5}};
    for (int n = 0; n < 2; ++n)
        for (int k = 0; k < 4; ++k) {
            INFO(n, ", ", k);
            CHECK(y(n, k) == doctest::Approx(expected[n][k]));
        }
}
