// SPDX-License-Identifier: BSL-1.0
#include <telar/nn/summary.hpp>

#include <doctest/doctest.h>

using namespace telar;

namespace {

struct net {
    nn::conv2d c{6, 5, nn::relu};
    nn::batch_norm norm{};
    nn::flatten flat{};
    nn::dropout drop{0.5};
    nn::dense out{10};
    constexpr symbol operator()(symbol x) const {
        x = nn::max_pool2d(norm(c(x)), 2);
        return out(drop(flat(x)));
    }
};

}  // namespace

TEST_CASE("a summary has a line for each layer that is called, and counts what it holds") {
    const nn::model<net, tensor<float, dyn, 12, 12, 1>> model;
    CHECK(summary(model) ==
          "layer  type        output shape     parameters\n"
          "c      conv2d      (None, 8, 8, 6)         156\n"
          "norm   batch_norm  (None, 8, 8, 6)          24\n"
          "flat   flatten     (None, 96)                0\n"
          "drop   dropout     (None, 96)                0\n"
          "out    dense       (None, 10)              970\n"
          "total: 1,150 (4,928 bytes), trainable: 1,138, not trainable: 12\n"
          "one prediction: 23,458 operations, 9,104 bytes moved, 1,920 bytes of arena\n");
    // A product (m,k) x (k,n) is 2 m n k. Beside it in the convolution bias and relu, and the normalisation's
    // difference, factor and offset, its factor being 4 operations for each channel; a step for each of 4 numbers in a
    // window.
    static_assert(23458 == 64 * 6 * (2 * 25 + 1 + 1 + 3) + 6 * 4 + 16 * 6 * 4 + 10 * (2 * 96 + 1));
}
namespace {
struct halves {
    nn::repeat<nn::dense, 3> same{nn::dense{4}};
    nn::dense low{2}, high{3};
    constexpr std::array<symbol, 2> operator()(symbol x, symbol y) const {
        for (const auto& each : same) x = each(x);
        return {low(x), high(x + y)};
    }
};
}  // namespace
TEST_CASE("a summary counts all outputs of one prediction, and what a block costs each time it is called") {
    const nn::model<halves, tensor<float, dyn, 4>, tensor<float, dyn, 4>> model;
    const std::string text = summary(model);
    const int numbers = 3 * 4 + 2 + 3;  // that dense layers give
    const std::string costs = "one prediction: " + std::to_string(numbers * (2 * 4 + 1) + 4) + " operations";
    CHECK(text.find(costs) != std::string::npos);
}
