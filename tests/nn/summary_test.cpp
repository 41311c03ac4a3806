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
          "total: 1,150 (4,928 bytes), trainable: 1,138, not trainable: 12\n");
}
